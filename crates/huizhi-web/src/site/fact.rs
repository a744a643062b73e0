//! Numbers inside an article's sentences, as the data have them today.

use huizhi_domain::article::Fact;
use huizhi_domain::article::fact::fill;
use huizhi_domain::policy::{Acceptance, Policy};
use huizhi_domain::words::Lang;
use huizhi_photo::spec::FileRule;

use crate::app::App;
use crate::citizen::home::COMMONEST;
use crate::page::yuan;

/// The document of a receipt that is named by its city alone: the one that is asked for most.
pub const USUAL: &str = COMMONEST[0];

/// A text with its facts filled in.
#[must_use]
pub fn filled(app: &App, lang: Lang, markdown: &str) -> String {
    fill(markdown, &|fact| value(app, lang, fact))
}

/// A fact's value; `None` where the data have none.
#[must_use]
pub fn value(app: &App, lang: Lang, fact: &Fact) -> Option<String> {
    match fact {
        Fact::ReceiptDays { city, document } => {
            Some(taken(app, city, document.as_deref())?.validity.value.days.to_string())
        }
        Fact::Price { city, document } => {
            let price = taken(app, city, document.as_deref())?.price_fen.value;
            Some(if price == 0 { app.say(lang, "site-free", &[]) } else { yuan(price.into()) })
        }
        Fact::Pixels { document } => {
            let size = app.document(document)?.size.as_ref()?;
            Some(format!("{}×{}", size.width_px, size.height_px))
        }
        Fact::FileSize { document } => file_size(app, lang, app.document(document)?.file.as_ref()?),
    }
}

/// What a city asks where it takes a receipt at all.
fn taken(app: &App, city: &str, document: Option<&str>) -> Option<Policy> {
    app.policy(city, document.unwrap_or(USUAL)).filter(|policy| policy.receipt.value == Acceptance::Accepted)
}

/// How large a file may be; `None` where nothing is prescribed.
pub fn file_size(app: &App, lang: Lang, file: &FileRule) -> Option<String> {
    match (file.kb_min, file.kb_max) {
        (Some(least), Some(most)) => Some(format!("{least}–{most} KB")),
        (Some(least), None) => Some(app.say(lang, "site-kb-least", &[("kb", &least)])),
        (None, Some(most)) => Some(app.say(lang, "site-kb-most", &[("kb", &most)])),
        (None, None) => None,
    }
}
