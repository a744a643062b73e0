//! Is a receipt good? For anybody who has its number or its code; the photo is never shown (R62).

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::{ConnectInfo, Path, State};
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse as _, Response};
use huizhi_domain::clock::Moment;
use huizhi_domain::receipt::{NumberError, ReceiptNumber, Standing};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::app::{App, client};
use crate::error::PageError;
use crate::form::{FormErrors, Posted};
use crate::page::{Look, View};

/// Every answer takes at least this long, so that its speed tells nothing (D34). A lookup takes some milliseconds.
const ANSWERS_AFTER: Duration = Duration::from_millis(150);

/// A receipt's standing, or the question for its number.
#[derive(Default, Serialize)]
pub struct VerifyView {
    number: String,
    /// `valid`, `used`, `expired`, `revoked`, `unknown`; empty before anything was asked.
    standing: &'static str,
    /// What a code says of itself; empty for a number.
    documents: Vec<String>,
    city_name: String,
    valid_until: String,
    errors: FormErrors,
}

impl View for VerifyView {
    const TEMPLATE: &'static str = "citizen/verify.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let errors = ["verify-empty", "verify-length", "verify-character", "verify-check"];
        let asked = ["", "valid", "used", "expired", "revoked", "unknown"].into_iter().flat_map(|standing| {
            [false, true].map(|code| Self {
                number: "HZ00 1111 2222 3333 4444".to_owned(),
                standing,
                documents: if code { vec!["居民身份证".to_owned()] } else { Vec::new() },
                city_name: if code { "惠州市".to_owned() } else { String::new() },
                valid_until: if code { "2026-12-01".to_owned() } else { String::new() },
                errors: FormErrors::default(),
            })
        });
        let faulty = errors.into_iter().map(|key| {
            let mut errors = FormErrors::default();
            errors.add_value("number", key, "U");
            Self { errors, ..Self::default() }
        });
        asked.chain(faulty).collect()
    }
}

/// `/verify`
pub async fn ask(State(app): State<App>, look: Look) -> Result<Html<String>, PageError> {
    app.show(&look, &VerifyView::default())
}

/// What was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    number: String,
}

/// POST `/verify`: the number stays out of addresses and logs.
pub async fn verify(
    State(app): State<App>,
    look: Look,
    headers: HeaderMap,
    extensions: Extensions,
    Posted(typed): Posted<Typed>,
) -> Result<Response, PageError> {
    let begun = Instant::now();
    let number: ReceiptNumber = match typed.number.parse() {
        Ok(number) => number,
        Err(error) => {
            let (key, value) = match error {
                NumberError::Length(0) => ("verify-empty", String::new()),
                NumberError::Length(found) => ("verify-length", found.to_string()),
                NumberError::Character(found) => ("verify-character", found.to_string()),
                NumberError::Check => ("verify-check", String::new()),
            };
            let mut errors = FormErrors::default();
            errors.add_value("number", key, value);
            let view = VerifyView { number: typed.number, errors, ..VerifyView::default() };
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, app.show(&look, &view)?).into_response());
        }
    };
    let now = app.store.now();
    // By client, and by number, so that many clients together can't ask about one number without end.
    let by_client = app.shared.asked.take(&who(&app, &headers, &extensions), now);
    if !by_client || !app.shared.asked.take(&format!("number {}", number.reveal()), now) {
        return Err(PageError::TooMany);
    }
    let found = app.store.standing(&number).await?;
    let view = VerifyView { number: number.grouped(), standing: word(found), ..VerifyView::default() };
    tokio::time::sleep_until(begun + ANSWERS_AFTER).await;
    Ok(app.show(&look, &view)?.into_response())
}

/// The receipts' words for outsiders. Unknown, revoked, expired and used differ only for who has the whole number or a signed
/// code, which is proof enough to be told.
const fn word(standing: Option<Standing>) -> &'static str {
    match standing {
        Some(standing) => standing.word(),
        None => "unknown",
    }
}

fn who(app: &App, headers: &HeaderMap, extensions: &Extensions) -> String {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    client(headers, peer, &app.settings)
}

/// `/v/{token}`: what a scanned code says. The signature is checked first; the number itself is not in it.
pub async fn token(
    State(app): State<App>,
    look: Look,
    headers: HeaderMap,
    extensions: Extensions,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    let begun = Instant::now();
    if !app.shared.asked.take(&who(&app, &headers, &extensions), app.store.now()) {
        return Err(PageError::TooMany);
    }
    let view = match app.store.standing_of_token(&token).await? {
        Some((claims, standing)) => VerifyView {
            standing: word(standing),
            documents: claims.d.iter().map(|id| app.document_name(id, look.lang)).collect(),
            city_name: app.city_name(&claims.c, look.lang),
            valid_until: last_day(&app, claims.exp),
            ..VerifyView::default()
        },
        None => VerifyView { standing: "unknown", ..VerifyView::default() },
    };
    tokio::time::sleep_until(begun + ANSWERS_AFTER).await;
    Ok(app.show(&look, &view)?.into_response())
}

/// The last day of a receipt whose time ends at a moment: that moment is the midnight after it.
fn last_day(app: &App, ends_s: i64) -> String {
    Moment(ends_s.saturating_mul(1000) - 1).day(app.store.zone()).to_string()
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::VerifyView>();
    }
}
