//! The rules of a document's photo: size, background, file, and what may be changed.

use huizhi_photo::spec::Spec;
use serde::Serialize;

use crate::app::App;
use crate::citizen::guide::{Fact, edit_word, facts};
use crate::page::{Look, View};
use crate::site::fact::file_size;

/// The rules.
#[derive(Serialize)]
pub struct DocumentBlock {
    document: String,
    document_name: String,
    facts: Vec<Fact>,
    /// How large the file may be; empty where nothing is prescribed.
    file_size: String,
    edit_policy: &'static str,
}

impl View for DocumentBlock {
    const TEMPLATE: &'static str = "site/block/document.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let catalog = huizhi_photo::spec::Catalog::built_in().unwrap();
        let of = |spec: &Spec| Self {
            document: spec.id.clone(),
            document_name: spec.name.zh.clone(),
            facts: facts(spec, "白色"),
            file_size: if spec.file.is_some() { "14–28 KB".to_owned() } else { String::new() },
            edit_policy: edit_word(spec.edit_policy),
        };
        catalog.iter().map(of).collect()
    }
}

/// The block of a document that there is.
pub fn view(app: &App, look: &Look, document: &str) -> Option<DocumentBlock> {
    let spec = app.document(document)?;
    let file = spec.file.as_ref();
    Some(DocumentBlock {
        document: spec.id.clone(),
        document_name: app.document_name(&spec.id, look.lang),
        facts: facts(spec, &colour(app, look, spec)),
        file_size: file.and_then(|file| file_size(app, look.lang, file)).unwrap_or_default(),
        edit_policy: edit_word(spec.edit_policy),
    })
}

/// The background that is preferred, in words; empty where none is prescribed.
pub fn colour(app: &App, look: &Look, spec: &Spec) -> String {
    let key = spec.backgrounds.first().map(|it| format!("background-{}", it.name));
    key.map(|key| app.say(look.lang, &key, &[])).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::DocumentBlock>();
    }
}
