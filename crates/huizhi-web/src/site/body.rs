//! The body of an article: its own text, and between it blocks that show the service's data as they are today.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use huizhi_domain::article::body::{self, Part, Trust};
use huizhi_domain::article::{ArticleId, Block, Published};
use huizhi_domain::words::Lang;
use jiff::civil::Date;

use super::{block, fact};
use crate::app::App;
use crate::error::PageError;
use crate::page::Look;

/// Bodies that are kept: some ten megabytes. Beyond it all are forgotten, which costs less than knowing which was read last.
const MOST: usize = 2_000;

/// Which body: the article, in a language and a version, on a day, because blocks say until when something is good.
type Key = (ArticleId, Lang, i64, Date);

/// Bodies that were rendered.
#[derive(Default)]
pub struct Bodies(Mutex<BTreeMap<Key, Arc<Vec<Piece>>>>);

/// A piece of a body.
enum Piece {
    /// Good as long as its key is.
    Kept(String),
    /// Depends on what may change at any moment.
    Live(Block),
}

impl Bodies {
    fn get(&self, key: &Key) -> Option<Arc<Vec<Piece>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).map(Arc::clone)
    }

    fn keep(&self, key: Key, pieces: &Arc<Vec<Piece>>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(key, Arc::clone(pieces));
    }
}

/// The body of a published article, as HTML.
///
/// # Errors
/// As the store; [`PageError::Broken`] where a block's template does not fit.
pub async fn of(app: &App, look: &Look, article: &Published) -> Result<String, PageError> {
    let key = (article.id, article.lang, article.version, app.today());
    let pieces = if let Some(pieces) = app.site.bodies.get(&key) {
        pieces
    } else {
        let made = Arc::new(pieces(app, look, &article.body).await?);
        app.site.bodies.keep(key, &made);
        made
    };
    joined(app, look, &pieces).await
}

/// A text that is not published yet, as its page will show it.
///
/// # Errors
/// As [`of`].
pub async fn preview(app: &App, look: &Look, markdown: &str) -> Result<String, PageError> {
    let pieces = pieces(app, look, markdown).await?;
    joined(app, look, &pieces).await
}

async fn pieces(app: &App, look: &Look, markdown: &str) -> Result<Vec<Piece>, PageError> {
    let mut pieces = Vec::new();
    for part in body::parts(&fact::filled(app, look.lang, markdown)) {
        pieces.push(match part {
            Part::Text(text) => Piece::Kept(body::html(&text, Trust::Editor)),
            Part::Block(block) if block::is_live(&block) => Piece::Live(block),
            Part::Block(block) => Piece::Kept(block::render(app, look, &block).await?),
        });
    }
    Ok(pieces)
}

async fn joined(app: &App, look: &Look, pieces: &[Piece]) -> Result<String, PageError> {
    let mut html = String::new();
    for piece in pieces {
        match piece {
            Piece::Kept(text) => html.push_str(text),
            Piece::Live(block) => html.push_str(&block::render(app, look, block).await?),
        }
    }
    Ok(html)
}
