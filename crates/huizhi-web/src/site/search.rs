//! `/search`: what a question finds among articles, documents, cities and offices, and what is suggested while it is typed.
//!
//! What is asked is kept nowhere, and stands in no log.

mod index;

#[cfg(test)]
mod tests;

use axum::Json;
use axum::extract::{Query, State};
use axum::response::Html;
use huizhi_domain::search::{Query as Asked, highlight, snippet};
use huizhi_store::Hit;
use serde::{Deserialize, Serialize};

use super::category::{CategoryLine, categories};
use super::{by_address, other, prefix};
use crate::app::App;
use crate::citizen::quoted;
use crate::error::PageError;
use crate::page::{Look, View};

pub use index::index;

/// Finds a page: two screens of a phone.
const A_PAGE: usize = 10;
/// As far as anybody looks.
const FURTHEST: usize = 100;
/// Suggestions below the box: more would stand behind a phone's keyboard.
const SUGGESTED: usize = 6;
/// Characters of a text that are shown with a find.
const SHOWN: usize = 80;

/// What was found.
#[derive(Serialize)]
pub struct SearchView {
    /// What was asked, as it is shown again.
    searched: String,
    /// `ask`, `found`, `near` for what comes near where nothing fits, `none`.
    outcome: &'static str,
    hits: Vec<HitLine>,
    /// Finds before these; empty on the first page.
    first: String,
    /// Those after; empty where there are none.
    next: String,
    /// The same question in the other language.
    in_other_lang: String,
    categories: Vec<CategoryLine>,
}

/// Something that was found, in pieces: those with `true` are what was asked for.
#[derive(Serialize)]
pub struct HitLine {
    kind: &'static str,
    address: String,
    title: Vec<(String, bool)>,
    text: Vec<(String, bool)>,
}

impl View for SearchView {
    const TEMPLATE: &'static str = "site/search.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let line = |kind, text: &str| HitLine {
            kind,
            address: "/sfz/9089.html".to_owned(),
            title: vec![("什么是".to_owned(), false), ("照片回执".to_owned(), true)],
            text: if text.is_empty() { Vec::new() } else { vec![(text.to_owned(), true)] },
        };
        ["ask", "found", "near", "none"]
            .map(|outcome| Self {
                searched: if outcome == "ask" { String::new() } else { "照片回执".to_owned() },
                outcome,
                hits: match outcome {
                    "found" | "near" => {
                        vec![line("article", "回执"), line("city", ""), line("document", ""), line("office", "")]
                    }
                    _ => Vec::new(),
                },
                first: if outcome == "found" { "/search?q=a".to_owned() } else { String::new() },
                next: if outcome == "found" { "/search?q=a&from=20".to_owned() } else { String::new() },
                in_other_lang: "/en/search".to_owned(),
                categories: vec![CategoryLine { path: "/sfz/".to_owned(), name: "身份证".to_owned(), here: false }],
            })
            .into()
    }
}

/// What is asked.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Question {
    q: String,
    /// How many finds come before; what is no number is none.
    from: String,
}

/// `/search?q=&from=`, `/en/search?q=&from=`
pub async fn search(
    State(app): State<App>,
    look: Look,
    Query(question): Query<Question>,
) -> Result<Html<String>, PageError> {
    let look = by_address(look);
    let asked = Asked::parse(&question.q);
    let mut from = question.from.parse().unwrap_or(0_usize).min(FURTHEST);
    let mut found = app.store.search(&asked, look.lang, A_PAGE, from).await?;
    if found.hits.is_empty() && from > 0 {
        from = 0;
        found = app.store.search(&asked, look.lang, A_PAGE, from).await?;
    }
    let outcome = match (asked.is_empty(), found.hits.is_empty(), found.near.is_empty()) {
        (true, ..) => "ask",
        (_, false, _) => "found",
        (_, _, false) => "near",
        _ => "none",
    };
    let page = |at: usize| format!("{}/search?q={}&from={at}", prefix(look.lang), quoted(asked.typed()));
    let hits = if found.hits.is_empty() { &found.near } else { &found.hits };
    let view = SearchView {
        searched: asked.typed().to_owned(),
        outcome,
        hits: hits.iter().map(|hit| line(&asked, hit)).collect(),
        first: if from > 0 { page(0) } else { String::new() },
        next: if found.more && from < FURTHEST { page(from + A_PAGE) } else { String::new() },
        in_other_lang: format!("{}/search?q={}", prefix(other(look.lang)), quoted(asked.typed())),
        categories: categories(&app, look.lang, None).await?,
    };
    app.show(&look, &view)
}

fn line(asked: &Asked, hit: &Hit) -> HitLine {
    HitLine {
        kind: hit.kind.word(),
        address: hit.address.clone(),
        title: highlight(asked, &hit.title),
        text: snippet(asked, &hit.text, SHOWN),
    }
}

/// What is suggested.
#[derive(Serialize)]
pub struct Suggestions {
    suggestions: Vec<Suggestion>,
}

/// Something to go to.
#[derive(Serialize)]
struct Suggestion {
    title: String,
    /// What it is, in the reader's words.
    kind: String,
    address: String,
}

/// `/search/suggest?q=`, `/en/search/suggest?q=`: for the script of the search box.
pub async fn suggest(
    State(app): State<App>,
    look: Look,
    Query(question): Query<Question>,
) -> Result<Json<Suggestions>, PageError> {
    let look = by_address(look);
    let hits = app.store.suggest(&question.q, look.lang, SUGGESTED).await?;
    let suggestions = hits.into_iter().map(|hit| Suggestion {
        kind: app.say(look.lang, &format!("search-kind-{}", hit.kind), &[]),
        title: hit.title,
        address: hit.address,
    });
    Ok(Json(Suggestions { suggestions: suggestions.collect() }))
}
