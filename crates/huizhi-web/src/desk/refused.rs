//! What a desk says in the place of a page, in its own frame: the citizens' pages lead staff nowhere.

use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use super::frame::{self, Place};
use crate::app::App;
use crate::error::PageError;
use crate::page::{Look, View};

/// Why there is no page, in the desks' own words; what else may go wrong says the same to everybody.
const OWN: [&str; 4] = ["absent", "invitation", "late", "no-right"];

/// Marks an answer to somebody whose role has no right to the page. Its status is that of a page that is not there.
#[derive(Clone, Copy, Debug)]
pub struct NoRight;

/// The bare answer to somebody whose role has no right to the page.
pub fn no_right() -> Response {
    let mut response = PageError::Absent.into_response();
    response.extensions_mut().insert(NoRight);
    response
}

/// The page that says why there is none.
#[derive(Clone, Debug, Serialize)]
struct RefusedView {
    /// The message of its heading; the text's has `-text` behind it.
    key: String,
}

impl RefusedView {
    fn of(kind: &str) -> Self {
        let words = if OWN.contains(&kind) { "desk-refused" } else { "error" };
        Self { key: format!("{words}-{kind}") }
    }
}

impl View for RefusedView {
    const TEMPLATE: &'static str = "desk/refused.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        OWN.into_iter().chain(crate::error::KINDS).map(Self::of).collect()
    }
}

/// The page in the place of a bare answer: why there is none, and the frame of whoever a session's token is.
///
/// # Errors
/// [`PageError::Broken`] where template and view do not fit each other.
pub async fn page(app: &App, look: &Look, token: Option<&str>, kind: &str) -> Result<Response, PageError> {
    let staff = match token {
        // What went wrong may be the store; the page is then nobody's.
        Some(token) => app.store.session(token).await.ok().flatten(),
        None => None,
    };
    frame::show(app, look, Place { staff: staff.as_ref(), office: None, here: "" }, RefusedView::of(kind))
}

#[cfg(test)]
mod tests {
    use super::super::frame::Framed;
    use super::*;

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<RefusedView>>();
    }
}
