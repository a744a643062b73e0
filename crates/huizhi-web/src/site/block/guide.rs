//! How to take the photo: the pictures and the rules of the guide itself, never a copy of them (R56).

use serde::Serialize;

use crate::app::App;
use crate::citizen::guide::{Fact, edit_word, facts};
use crate::page::{Look, View};

/// The shooting guide of a document.
#[derive(Serialize)]
pub struct GuideBlock {
    document: String,
    document_name: String,
    facts: Vec<Fact>,
    edit_policy: &'static str,
}

impl View for GuideBlock {
    const TEMPLATE: &'static str = "site/block/guide.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let catalog = huizhi_photo::spec::Catalog::built_in().unwrap();
        let of = |spec: &huizhi_photo::spec::Spec| Self {
            document: spec.id.clone(),
            document_name: spec.name.zh.clone(),
            facts: facts(spec, "白色"),
            edit_policy: edit_word(spec.edit_policy),
        };
        catalog.iter().map(of).collect()
    }
}

/// The block of a document that there is.
pub fn view(app: &App, look: &Look, document: &str) -> Option<GuideBlock> {
    let spec = app.document(document)?;
    Some(GuideBlock {
        document: spec.id.clone(),
        document_name: app.document_name(&spec.id, look.lang),
        facts: facts(spec, &super::document::colour(app, look, spec)),
        edit_policy: edit_word(spec.edit_policy),
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::GuideBlock>();
    }
}
