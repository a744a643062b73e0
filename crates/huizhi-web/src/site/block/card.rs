//! The card that leads into the service: to tap on a phone, to point a phone at on a desk (R28). The page has both, and its width decides.

use serde::Serialize;

use crate::app::App;
use crate::page::{Look, View};
use crate::site::qr;

/// The card.
#[derive(Serialize)]
pub struct CardView {
    /// Where it leads.
    to: String,
    /// The document; empty for all.
    document_name: String,
    /// The code of the same address.
    qr: String,
}

impl View for CardView {
    const TEMPLATE: &'static str = "site/block/card.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        ["居民身份证", ""]
            .map(|name| Self {
                to: "/photo".to_owned(),
                document_name: name.to_owned(),
                qr: "/qr/photo/all.svg".to_owned(),
            })
            .into()
    }
}

/// The card of a document that there is.
pub fn of(app: &App, look: &Look, document: &str) -> Option<CardView> {
    app.document(document).map(|_| card(app, look, Some(document)))
}

/// The card of a document; of one that there is not, or of none, that of all documents.
#[must_use]
pub fn card(app: &App, look: &Look, document: Option<&str>) -> CardView {
    let spec = document.and_then(|id| app.document(id));
    CardView {
        to: spec.map_or_else(|| "/photo".to_owned(), |spec| format!("/photo/{}/city", spec.id)),
        document_name: spec.map(|spec| app.document_name(&spec.id, look.lang)).unwrap_or_default(),
        qr: qr::of_service(spec.map(|spec| spec.id.as_str())),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::CardView>();
    }
}
