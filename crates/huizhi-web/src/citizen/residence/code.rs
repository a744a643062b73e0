//! The residence code: shown after its holder agreed to it, new every few minutes.

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::residence::Standing;
use serde::Serialize;

use super::one::found;
use crate::account::SignedIn;
use crate::app::App;
use crate::citizen::receipt::qr;
use crate::citizen::see_other;
use crate::error::PageError;
use crate::page::{Look, View};

/// The code, or the question whether it is to be shown.
#[derive(Default, Serialize)]
pub struct CodeView {
    id: String,
    /// What whoever scans it sees: two signs of the holder, district and last day.
    name: String,
    last_four: String,
    city_name: String,
    district: String,
    until: String,
    /// Modules of the QR code as one SVG path, and the side of its square; empty while it is only asked.
    qr_path: String,
    qr_side: usize,
    /// When the code was drawn and when it is over, in ms since 1970.
    drawn_at: i64,
    ends_at: i64,
    /// Until when new ones are drawn without asking again.
    shown_until: i64,
    /// Seconds after which the page draws another.
    again_s: i64,
    minutes: i64,
}

impl View for CodeView {
    const TEMPLATE: &'static str = "citizen/residence/code.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let at = 1_764_051_360_000;
        let ask = || Self {
            id: "01A".to_owned(),
            name: "张*".to_owned(),
            last_four: "0024".to_owned(),
            city_name: "惠州市".to_owned(),
            district: "惠城区".to_owned(),
            until: "2027-11-25".to_owned(),
            minutes: 15,
            ..Self::default()
        };
        let qr_path = "M0 0h1v1h-1z".to_owned();
        vec![ask(), Self { qr_path, qr_side: 81, drawn_at: at, ends_at: at, shown_until: at, again_s: 120, ..ask() }]
    }
}

/// `/residence/{declaration}/code`: each visit draws a new code, while its holder agrees.
pub async fn code(
    State(app): State<App>,
    look: Look,
    SignedIn { account, .. }: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let declaration = found(&app, account.id, &id).await?;
    let today = app.today();
    if declaration.standing(today) != Standing::Valid {
        return Ok(see_other(&format!("/residence/{}", declaration.id)));
    }
    let rules = app.residence.on(today);
    let drawn = app.store.residence_pass(account.id, declaration.id, rules).await?;
    let (subject, address) = (&declaration.details.subject, &declaration.details.address);
    let mut view = CodeView {
        id: declaration.id.to_string(),
        name: subject.name.masked(),
        last_four: subject.number.last_four().to_owned(),
        city_name: app.city_name(&address.city, look.lang),
        district: address.district.clone(),
        until: declaration.valid_until.map(|day| day.to_string()).unwrap_or_default(),
        minutes: rules.code.shown_minutes,
        ..CodeView::default()
    };
    if let Some(drawn) = drawn {
        let (qr_path, qr_side) = qr(&app.settings.address(&format!("/rc/{}", drawn.token)))?;
        let (drawn_at, ends_at) = (drawn.claims.iat * 1000, drawn.claims.exp * 1000);
        // A minute before it is over, so that nobody holds out one that ends in the queue.
        let again_s = (rules.code.minutes * 60 - 60).max(30);
        view = CodeView { qr_path, qr_side, drawn_at, ends_at, shown_until: drawn.shown_until.0, again_s, ..view };
    }
    Ok(app.show(&look, &view)?.into_response())
}

/// POST `/residence/{declaration}/code`: its holder agrees that whoever scans it sees what the page says.
pub async fn agree(
    State(app): State<App>,
    SignedIn { account, .. }: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let declaration = found(&app, account.id, &id).await?;
    let today = app.today();
    if declaration.standing(today) != Standing::Valid {
        return Ok(see_other(&format!("/residence/{}", declaration.id)));
    }
    app.store.show_residence(account.id, declaration.id, app.residence.on(today)).await?;
    Ok(see_other(&format!("/residence/{}/code", declaration.id)))
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::CodeView>();
    }
}
