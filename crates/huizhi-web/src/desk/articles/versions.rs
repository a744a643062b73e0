//! All versions of an article in one language, and what each changed.

use std::collections::BTreeMap;

use axum::extract::{Path, Query, State};
use axum::{Router, routing};
use huizhi_domain::article::Writer;
use huizhi_domain::diff::{self, Line};
use huizhi_domain::id::StaffId;
use serde::{Deserialize, Serialize};

use super::{Answer, address, whole};
use crate::app::App;
use crate::desk::frame::{self, Place};
use crate::desk::session::Author;
use crate::error::PageError;
use crate::page::{Look, View};

/// The address of the versions.
pub fn routes() -> Router<App> {
    Router::new().route("/desk/articles/{id}/{lang}/versions", routing::get(versions))
}

/// Which version is looked at, and what it is held against; the newest and the one before it where nobody says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    of: Option<i64>,
    against: Option<i64>,
}

#[derive(Clone, Debug, Serialize)]
struct VersionsView {
    id: String,
    of_lang: &'static str,
    title: String,
    rows: Vec<Row>,
    /// Which version is shown, and against which; 0 is none.
    of: i64,
    against: i64,
    newest: i64,
    lines: Vec<Line>,
}

#[derive(Clone, Debug, Serialize)]
struct Row {
    version: i64,
    title: String,
    /// Empty for the text that came with the service.
    writer: String,
    written_at: i64,
    live: bool,
}

impl View for VersionsView {
    const TEMPLATE: &'static str = "desk/articles/versions.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let row = |version, writer: &str, live| Row {
            version,
            title: "title".to_owned(),
            writer: writer.to_owned(),
            written_at: 1_795_572_000_000,
            live,
        };
        let view = Self {
            id: "9089".to_owned(),
            of_lang: "en",
            title: "title".to_owned(),
            rows: vec![row(2, "name", false), row(1, "", true)],
            of: 2,
            against: 1,
            newest: 2,
            lines: diff::whole("a\nb", "a\nc"),
        };
        vec![view.clone(), Self { of: 1, against: 0, lines: diff::whole("", "a"), ..view }]
    }
}

/// `/desk/articles/{id}/{lang}/versions?of=&against=`
async fn versions(
    State(app): State<App>,
    Author(staff): Author,
    look: Look,
    Path((id, lang)): Path<(String, String)>,
    Query(wanted): Query<Wanted>,
) -> Answer {
    let (id, lang) = address(&id, &lang)?;
    let line = app.store.article_state(id, lang).await?.ok_or(PageError::Absent)?;
    let newest = line.standing.draft_version;
    let of = wanted.of.unwrap_or(newest);
    let against = wanted.against.unwrap_or(of.saturating_sub(1));
    let shown = app.store.version(id, lang, of).await?.ok_or(PageError::Absent)?;
    let before = app.store.version(id, lang, against).await?;
    let names: BTreeMap<StaffId, String> =
        app.store.all_staff().await?.into_iter().map(|staff| (staff.id, staff.name)).collect();
    let rows = app.store.versions(id, lang).await?.into_iter().map(|it| Row {
        version: it.version,
        title: it.title,
        writer: match it.written_by {
            Writer::Staff(id) => names.get(&id).cloned().unwrap_or_default(),
            Writer::Seed => String::new(),
        },
        written_at: it.written_at.0,
        live: line.standing.live_version == Some(it.version),
    });
    let view = VersionsView {
        id: id.to_string(),
        of_lang: lang.tag(),
        title: line.title.clone(),
        rows: rows.collect(),
        of,
        against: before.as_ref().map_or(0, |it| it.version),
        newest,
        lines: diff::whole(&before.as_ref().map(whole).unwrap_or_default(), &whole(&shown)),
    };
    frame::show(&app, &look, Place::of(&staff, "articles"), view)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::frame::Framed;

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<VersionsView>>();
    }
}
