//! The codes of a demonstration, which go to nobody. The page is there in a demonstration only.

use axum::extract::State;
use axum::response::Html;
use serde::Serialize;

use crate::app::App;
use crate::error::PageError;
use crate::page::{Look, View};

/// What would have been sent, the newest first.
#[derive(Serialize)]
pub struct OutboxView {
    letters: Vec<Line>,
}

/// A letter.
#[derive(Serialize)]
struct Line {
    to: String,
    text: String,
    at: i64,
}

impl View for OutboxView {
    const TEMPLATE: &'static str = "citizen/account/outbox.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let line = Line { to: "13800001234".to_owned(), text: "123456".to_owned(), at: 1_764_051_360_000 };
        vec![Self { letters: vec![line] }, Self { letters: Vec::new() }]
    }
}

/// `/outbox`
pub async fn outbox(State(app): State<App>, look: Look) -> Result<Html<String>, PageError> {
    if !app.settings.demo {
        return Err(PageError::Absent);
    }
    let letters = app.shared.accounts.outbox.letters().into_iter();
    let lines = letters.map(|letter| Line { to: letter.to, text: letter.text, at: letter.at.0 });
    app.show(&look, &OutboxView { letters: lines.collect() })
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::OutboxView>();
    }
}
