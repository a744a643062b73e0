//! All articles, in both languages: what waits for a second person first.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::{Router, routing};
use huizhi_domain::article::{ArticleId, State as Stage};
use huizhi_domain::words::Lang;
use huizhi_store::StateLine;
use serde::{Deserialize, Serialize};

use super::{Answer, followed, told};
use crate::app::App;
use crate::citizen::quoted;
use crate::desk::frame::{self, Place};
use crate::desk::session::Author;
use crate::page::{Look, View};

/// Articles a page.
const A_PAGE: usize = 50;

/// The address of the list.
pub fn routes() -> Router<App> {
    Router::new().route("/desk/articles", routing::get(list))
}

/// What is looked for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Wanted {
    /// Words of the title, or a number.
    q: String,
    /// A state's word; all without it.
    state: String,
    /// A category's slug; all without it.
    category: String,
    /// From 0.
    page: usize,
    #[serde(skip_serializing)]
    told: String,
}

impl Wanted {
    /// Another page of the same.
    fn address(&self, page: usize) -> String {
        let Self { q, state, category, .. } = self;
        format!("/desk/articles?q={}&state={}&category={}&page={page}", quoted(q), quoted(state), quoted(category))
    }
}

#[derive(Clone, Debug, Default, Serialize)]
struct ListView {
    told: Option<String>,
    wanted: Wanted,
    states: Vec<&'static str>,
    categories: Vec<(String, String)>,
    rows: Vec<Row>,
    count: usize,
    /// The addresses of the pages before and after.
    newer: Option<String>,
    older: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct Row {
    id: String,
    category: String,
    zh: Option<Cell>,
    en: Option<Cell>,
}

/// An article in one language.
#[derive(Clone, Debug, Serialize)]
struct Cell {
    title: String,
    state: &'static str,
    /// Whether readers see a version while a newer one is on its way.
    live: bool,
    /// Whether the Chinese text changed since it was translated.
    stale: bool,
    written_at: i64,
}

impl View for ListView {
    const TEMPLATE: &'static str = "desk/articles/list.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let cell = |state: Stage, stale| Cell {
            title: "title".to_owned(),
            state: state.word(),
            live: stale,
            stale,
            written_at: 1_795_572_000_000,
        };
        let rows = Stage::ALL.map(|state| Row {
            id: "9089".to_owned(),
            category: "category".to_owned(),
            zh: (state != Stage::Draft).then(|| cell(state, false)),
            en: (state != Stage::Review).then(|| cell(state, state == Stage::Published)),
        });
        let view = Self {
            states: Stage::ALL.map(Stage::word).to_vec(),
            categories: vec![("sfz".to_owned(), "category".to_owned())],
            wanted: Wanted { state: "draft".to_owned(), category: "sfz".to_owned(), ..Wanted::default() },
            ..Self::default()
        };
        let full = Self {
            rows: rows.to_vec(),
            count: 5,
            newer: Some("?page=0".to_owned()),
            older: Some("?page=2".to_owned()),
            ..view.clone()
        };
        vec![view.clone(), Self { told: Some("told".to_owned()), ..full }]
    }
}

/// `/desk/articles?q=&state=&category=&page=`
async fn list(State(app): State<App>, Author(staff): Author, look: Look, Query(wanted): Query<Wanted>) -> Answer {
    let lines = app.store.article_states().await?;
    let mut articles: BTreeMap<ArticleId, Vec<&StateLine>> = BTreeMap::new();
    for line in &lines {
        articles.entry(line.id).or_default().push(line);
    }
    let mut found: Vec<(ArticleId, Vec<&StateLine>)> =
        articles.into_iter().filter(|(id, lines)| fits(&wanted, *id, lines)).collect();
    let waits = |lines: &[&StateLine]| lines.iter().any(|line| line.standing.state == Stage::Review);
    found.sort_by_key(|(id, lines)| (!waits(lines), std::cmp::Reverse(*id)));
    let first = wanted.page.saturating_mul(A_PAGE);
    let rows = found.iter().skip(first).take(A_PAGE).map(|(id, lines)| row(&app, look.lang, *id, lines));
    let categories = app.categories.all();
    let view = ListView {
        told: told(look.lang, &wanted.told),
        states: Stage::ALL.map(Stage::word).to_vec(),
        categories: categories.map(|it| (it.slug.clone(), it.name(look.lang).to_owned())).collect(),
        rows: rows.collect(),
        count: found.len(),
        newer: wanted.page.checked_sub(1).map(|page| wanted.address(page)),
        older: (first.saturating_add(A_PAGE) < found.len()).then(|| wanted.address(wanted.page + 1)),
        wanted,
    };
    frame::show(&app, &look, Place::of(&staff, "articles"), view)
}

fn fits(wanted: &Wanted, id: ArticleId, lines: &[&StateLine]) -> bool {
    let q = wanted.q.trim().to_lowercase();
    let named = q.is_empty() || id.to_string() == q || lines.iter().any(|it| it.title.to_lowercase().contains(&q));
    let state = wanted.state.is_empty() || lines.iter().any(|it| it.standing.state.word() == wanted.state);
    let category = wanted.category.is_empty() || lines.iter().any(|it| it.category == wanted.category);
    named && state && category
}

fn row(app: &App, lang: Lang, id: ArticleId, lines: &[&StateLine]) -> Row {
    let of = |lang: Lang| lines.iter().find(|line| line.lang == lang).copied();
    let chinese = of(Lang::Zh).map(|line| followed(&line.standing));
    let cell = |line: &StateLine| Cell {
        title: line.title.clone(),
        state: line.standing.state.word(),
        live: line.standing.live_version.is_some() && line.standing.state != Stage::Published,
        stale: line.lang == Lang::En && line.of_version.zip(chinese).is_some_and(|(of, newest)| of < newest),
        written_at: line.written_at.0,
    };
    let category = lines.first().map(|line| line.category.as_str()).unwrap_or_default();
    let name = app.categories.get(category).map_or(category, |it| it.name(lang));
    Row { id: id.to_string(), category: name.to_owned(), zh: of(Lang::Zh).map(cell), en: of(Lang::En).map(cell) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::frame::Framed;

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<ListView>>();
    }
}
