//! Windows fetch photos by number: reserve, then consume or release. What is given out is signed, so that a window can show later
//! what it got, from whom and when.

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Json, Router, routing};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use huizhi_domain::clock::Moment;
use huizhi_domain::receipt::{Claims, ReceiptNumber};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::problem::{Body, Problem};
use super::session::WindowClerk;
use crate::app::App;
use crate::desk::bound::Unbound;
use crate::desk::elsewhere::Trouble;
use crate::desk::fetch::{Asking, PURPOSES, Refusal};

/// The addresses of windows.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/window/fetch", routing::post(fetch))
        .route("/api/v1/window/consume", routing::post(consume))
        .route("/api/v1/window/release", routing::post(release))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    number: String,
    document: String,
    purpose: String,
}

impl Asked {
    fn number(&self) -> Result<ReceiptNumber, Problem> {
        let mistyped = |error: huizhi_domain::receipt::NumberError| {
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "number-mistyped", error.to_string())
        };
        self.number.parse().map_err(mistyped)
    }

    fn of<'a>(&'a self, clerk: &'a WindowClerk) -> Result<Asking<'a>, Problem> {
        let purpose = PURPOSES.into_iter().find(|known| *known == self.purpose).ok_or_else(|| {
            let detail = format!("a purpose is one of {}", PURPOSES.join(", "));
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "purpose", detail)
        })?;
        let (staff, office, terminal) = (&clerk.staff, &clerk.office, clerk.terminal);
        Ok(Asking { staff, office, document: &self.document, purpose, terminal })
    }
}

/// What is signed: the photo, to whom, for what and when. Keys as in a receipt's token where they mean the same.
#[derive(Serialize)]
struct Given<'a> {
    v: u32,
    act: &'static str,
    receipt: String,
    document: &'a str,
    /// SHA-256 of the photo file, base64url.
    #[serde(skip_serializing_if = "Option::is_none")]
    p: Option<String>,
    office: String,
    /// Seconds since 1970-01-01 UTC.
    iat: i64,
}

/// A compact JWS. Its `typ` keeps it apart from a receipt's token, which has none.
fn signed(app: &App, given: &Given<'_>) -> String {
    let signer = &app.store.keys().signer;
    let header = json!({ "alg": "EdDSA", "kid": signer.id(), "typ": "huizhi-window+jws" });
    let part = |json: serde_json::Result<Vec<u8>>| URL_SAFE_NO_PAD.encode(json.unwrap_or_default());
    signer.token(&format!("{}.{}", part(serde_json::to_vec(&header)), part(serde_json::to_vec(given))))
}

async fn fetch(State(app): State<App>, clerk: WindowClerk, Body(asked): Body<Asked>) -> Result<Json<Value>, Problem> {
    let (number, asking) = (asked.number()?, asked.of(&clerk)?);
    let got = asking.fetch(&app, &number).await.map_err(|refusal| problem(&app, refusal))?;
    let (receipt, digest) = (got.receipt, Claims::digest_of(&got.photo));
    let given = Given {
        v: 1,
        act: "fetched",
        receipt: receipt.clone(),
        document: asking.document,
        p: Some(digest.clone()),
        office: clerk.office.id.to_string(),
        iat: app.store.now().0 / 1000,
    };
    Ok(Json(json!({
        "receipt": receipt,
        "document": asking.document,
        "issuer": number.issuer().to_string(),
        "applicant": got.applicant,
        "valid_until": got.valid_until.to_string(),
        "reserved_until": seconds(got.reserved_until),
        "photo": STANDARD.encode(&got.photo),
        "photo_media": "image/jpeg",
        "photo_sha256": digest,
        "signed": signed(&app, &given),
    })))
}

/// 202 where the receipt is a peer's that could not be told yet: it is written down, and told until the peer acknowledges it.
async fn consume(
    State(app): State<App>,
    clerk: WindowClerk,
    Body(asked): Body<Asked>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let (number, asking) = (asked.number()?, asked.of(&clerk)?);
    let used = asking.consume(&app, &number).await.map_err(|refusal| problem(&app, refusal))?;
    let status = if used.to_be_told.is_some() { StatusCode::ACCEPTED } else { StatusCode::OK };
    let office = used.office.to_string();
    Ok((status, Json(json!({ "document": used.document, "office": office, "consumed_at": seconds(used.at) }))))
}

async fn release(State(app): State<App>, clerk: WindowClerk, Body(asked): Body<Asked>) -> Result<StatusCode, Problem> {
    let (number, asking) = (asked.number()?, asked.of(&clerk)?);
    asking.release(&app, &number).await.map_err(|refusal| problem(&app, refusal))?;
    Ok(StatusCode::NO_CONTENT)
}

const fn seconds(at: Moment) -> i64 {
    at.0.div_euclid(1000)
}

fn problem(app: &App, refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Failed(error) => error.into(),
        Refusal::Terminal(Unbound::Terminal) => {
            Problem::new(StatusCode::FORBIDDEN, "terminal", "photos are fetched at a registered terminal of the office")
        }
        Refusal::Terminal(Unbound::Closed) => {
            Problem::new(StatusCode::FORBIDDEN, "closed", "the office is closed at this hour")
        }
        Refusal::TooFast(until) => {
            let wait = until.since_ms(app.store.now()).div_euclid(1000) + 1;
            Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate", "this terminal fetched too many photos within an hour")
                .after_s(wait)
        }
        Refusal::Locked(until) => {
            let wait = until.since_ms(app.store.now()).div_euclid(1000) + 1;
            Problem::new(StatusCode::TOO_MANY_REQUESTS, "locked", "too many unknown numbers within an hour")
                .after_s(wait)
        }
        Refusal::Unknown { left } => {
            Problem::new(StatusCode::NOT_FOUND, "receipt-unknown", "no such receipt").with("left", left)
        }
        Refusal::OtherDocument => {
            Problem::new(StatusCode::CONFLICT, "other-document", "the receipt is not for this document")
        }
        Refusal::NotValid(standing) => {
            let code = match standing {
                huizhi_domain::receipt::Standing::Used => "receipt-used",
                huizhi_domain::receipt::Standing::Revoked => "receipt-revoked",
                _ => "receipt-expired",
            };
            Problem::new(StatusCode::GONE, code, format!("the receipt is {}", standing.word()))
        }
        Refusal::Used { at, office } => {
            let detail = "the photo was used for this document before";
            Problem::new(StatusCode::CONFLICT, "taken-used", detail).with("at", seconds(at)).with("office", office)
        }
        Refusal::Held { until, office } => {
            let detail = "another window holds the photo for this document";
            Problem::new(StatusCode::CONFLICT, "taken-held", detail)
                .with("until", seconds(until))
                .with("office", office)
        }
        Refusal::Elsewhere { peer, trouble } => of_peer(&peer, &trouble),
    }
}

/// Why a peer's receipt is not to be had.
fn of_peer(peer: &str, trouble: &Trouble) -> Problem {
    let (status, code, detail) = match trouble {
        Trouble::Issuer(code) => {
            let detail = format!("this service has no line to whoever issues numbers that begin with {code}");
            return Problem::new(StatusCode::NOT_FOUND, "issuer-unknown", detail);
        }
        Trouble::NotHeld => {
            return Problem::new(StatusCode::CONFLICT, "not-held", "this window does not hold the photo");
        }
        Trouble::Line => {
            let detail = format!("{peer} does not answer");
            return Problem::new(StatusCode::SERVICE_UNAVAILABLE, "peer-unreachable", detail).after_s(60);
        }
        Trouble::Clock => (StatusCode::BAD_GATEWAY, "peer-clock", format!("our clock and that of {peer} differ")),
        Trouble::Unproven(_) => {
            (StatusCode::BAD_GATEWAY, "peer-unproven", format!("the answer of {peer} can not be believed"))
        }
        Trouble::Photo => {
            (StatusCode::BAD_GATEWAY, "peer-photo", format!("the photo is not the one that {peer} signed"))
        }
        Trouble::Unheard(_) => (StatusCode::BAD_GATEWAY, "peer-unheard", format!("{peer} did not take the question")),
        Trouble::No(_) => (StatusCode::BAD_GATEWAY, "peer-refuses", format!("{peer} refuses")),
    };
    let problem = Problem::new(status, code, detail);
    if trouble.cause().is_empty() { problem } else { problem.with("cause", trouble.cause()) }
}
