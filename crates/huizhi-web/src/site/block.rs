//! Blocks (资料块) of an article: what the service's data say today, so that an article can't contradict the service.
//!
//! A block that names what the data do not have shows nothing: a reader is better served by the rest of the article than by an error.

mod card;
mod cities;
mod document;
mod guide;
mod materials;
mod offices;
mod receipt;

use huizhi_domain::article::Block;

pub use card::card;

use crate::app::App;
use crate::error::PageError;
use crate::page::{Look, View};

/// Whether a block shows what may change at any moment: offices are the store's, all else comes with the [`App`].
#[must_use]
pub const fn is_live(block: &Block) -> bool {
    matches!(block, Block::Offices { .. })
}

/// A block as HTML.
///
/// # Errors
/// As the store; [`PageError::Broken`] where its template does not fit.
pub async fn render(app: &App, look: &Look, block: &Block) -> Result<String, PageError> {
    let html = match block {
        Block::Guide { document } => shown(app, look, guide::view(app, look, document))?,
        Block::Document { document } => shown(app, look, document::view(app, look, document))?,
        Block::Receipt { city, document } => shown(app, look, receipt::view(app, look, city, document.as_deref()))?,
        Block::Card { document } => shown(app, look, card::of(app, look, document))?,
        Block::Cities => shown(app, look, Some(cities::view(app, look)))?,
        Block::Materials { business } => shown(app, look, materials::view(app, look, business))?,
        Block::Offices { city } => shown(app, look, offices::view(app, look, city).await?)?,
    };
    if html.is_none() {
        tracing::warn!(block = %block, "a block names what the data do not have");
    }
    Ok(html.unwrap_or_default())
}

fn shown<V: View>(app: &App, look: &Look, view: Option<V>) -> Result<Option<String>, PageError> {
    view.map(|view| app.show(look, &view).map(|page| page.0)).transpose()
}
