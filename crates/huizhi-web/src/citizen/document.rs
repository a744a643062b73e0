//! Step 1: which document is the photo for?

use axum::extract::{Query, State};
use axum::response::Html;
use serde::{Deserialize, Serialize};

use super::home::COMMONEST;
use crate::app::{App, in_lang};
use crate::error::PageError;
use crate::page::{Look, View};

/// All documents by group.
#[derive(Serialize)]
pub struct DocumentsView {
    q: String,
    common: Vec<&'static str>,
    groups: Vec<Group>,
}

/// Documents of one kind.
#[derive(Serialize)]
struct Group {
    key: &'static str,
    documents: Vec<Line>,
}

/// One document.
#[derive(Serialize)]
struct Line {
    id: String,
    name: String,
}

const GROUPS: [&str; 4] = ["gov", "edu", "foreign", "generic"];

impl View for DocumentsView {
    const TEMPLATE: &'static str = "citizen/documents.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let line = || Line { id: "cn-kaoyan".to_owned(), name: "硕士研究生考试".to_owned() };
        let groups = || GROUPS.iter().map(|key| Group { key, documents: vec![line(), line()] }).collect();
        vec![
            Self { q: String::new(), common: COMMONEST.to_vec(), groups: groups() },
            Self { q: "考试".to_owned(), common: Vec::new(), groups: groups() },
            Self { q: "xyz".to_owned(), common: Vec::new(), groups: Vec::new() },
        ]
    }
}

/// What was searched.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Search {
    q: String,
}

/// `/photo`
pub async fn documents(
    State(app): State<App>,
    look: Look,
    Query(search): Query<Search>,
) -> Result<Html<String>, PageError> {
    let q = search.q.trim().to_owned();
    let wanted = q.to_lowercase();
    let fits = |text: &str| text.to_lowercase().contains(&wanted);
    let groups = GROUPS.iter().map(|key| {
        let specs = app.catalog.iter().filter(|spec| spec.group == *key);
        let found = specs
            .filter(|spec| q.is_empty() || fits(&spec.name.zh) || fits(&spec.name.en) || fits(&short(&look, &spec.id)));
        let documents =
            found.map(|spec| Line { id: spec.id.clone(), name: in_lang(&spec.name, look.lang).to_owned() }).collect();
        Group { key, documents }
    });
    let groups = groups.filter(|group: &Group| !group.documents.is_empty()).collect();
    let common = if q.is_empty() { COMMONEST.to_vec() } else { Vec::new() };
    app.show(&look, &DocumentsView { q, common, groups })
}

/// The short name of one of the commonest documents; empty for others.
fn short(look: &Look, id: &str) -> String {
    let key = format!("document-short-{id}");
    crate::words::words().pattern(look.lang, &key).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::DocumentsView>();
    }
}
