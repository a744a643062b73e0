//! Erase me: a page that says what is lost, one more that asks for good, and what was deleted. No word has to be typed.

use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::account::Account;
use huizhi_domain::receipt::Standing;
use huizhi_store::{Erased, StoreError};
use serde::{Deserialize, Serialize};

use crate::account::{self, NotIn, SignedIn};
use crate::app::App;
use crate::citizen::visit::line::when;
use crate::error::PageError;
use crate::form::{FormErrors, Posted};
use crate::page::{Look, View};

/// A session that began longer ago than this, 15 min, proves no more than that somebody has the telephone.
const RECENT_MS: i64 = 15 * 60_000;

/// The pages, one after the other.
#[derive(Serialize)]
pub struct EraseView {
    /// `what` (what is lost), `sure` (asks for good), `wait` (a photo is being looked at) or `done`.
    step: &'static str,
    orders: usize,
    people: usize,
    /// Receipts that are good until then.
    receipts: usize,
    /// Booked visits that are still to come, each by its day and time.
    visits: Vec<String>,
    residences: usize,
    /// Waiting-list wishes of which something may still come.
    wishes: usize,
    inquiries: usize,
    comments: usize,
    refund_fen: i64,
    /// Whether the password is asked once more.
    asks_password: bool,
    errors: FormErrors,
}

impl View for EraseView {
    const TEMPLATE: &'static str = "citizen/people/erase.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let view = |step, count: usize, errors| Self {
            step,
            orders: count,
            people: count,
            receipts: count,
            visits: vec!["2026年12月7日 星期一 10:00".to_owned(); count],
            residences: count,
            wishes: count,
            inquiries: count,
            comments: count,
            refund_fen: if count > 0 { 1500 } else { 0 },
            asks_password: count > 0,
            errors,
        };
        let faulty = ["erase-password-wrong", "erase-password-wait"].map(|key| FormErrors::one("password", key));
        let all = ["what", "sure", "wait", "done"]
            .into_iter()
            .flat_map(|step| [view(step, 2, FormErrors::default()), view(step, 0, FormErrors::default())]);
        let old = view("sure", 0, FormErrors::one("erase", "erase-sign-in-again"));
        all.chain([old]).chain(faulty.map(|errors| view("sure", 2, errors))).collect()
    }
}

async fn view(app: &App, look: &Look, account: &Account, step: &'static str) -> Result<EraseView, PageError> {
    let contact = app.store.contact_of(account.id).await?;
    let asks_password = account.has_password && contact.is_some();
    let account = account.id;
    let visitor = app.store.account_visitor(account);
    let (mut receipts, mut refund_fen) = (0, 0);
    for order in app.store.orders_of(&visitor).await? {
        let issued = app.store.receipt_of(order.id).await?;
        let valid = issued.is_some_and(|it| it.receipt.standing(app.today()) == Standing::Valid);
        receipts += usize::from(valid);
        if order.clone().withdraw(app.store.now()).is_ok() {
            refund_fen += order.refund_fen();
        }
    }
    let now = app.store.now();
    let appointments = app.store.appointments_of(account).await?;
    let to_come = appointments.iter().filter(|it| it.state_at(now).is_open() && it.starts_at > now);
    let wishes = app.store.wishes_of(account).await?;
    Ok(EraseView {
        step,
        orders: app.store.orders_to_erase(account).await?,
        people: app.store.people(account).await?.len(),
        receipts,
        visits: to_come.map(|it| when(app, look.lang, it.slot)).collect(),
        residences: app.store.residences_of(account).await?.len(),
        wishes: wishes.iter().filter(|it| it.state.is_live()).count(),
        inquiries: app.store.inquiries_of(&visitor).await?.len(),
        comments: app.store.comments_of(&visitor).await?.len(),
        refund_fen,
        asks_password,
        errors: FormErrors::default(),
    })
}

/// `/account/erase`: what is lost, and what stays.
pub async fn ask(
    State(app): State<App>,
    look: Look,
    SignedIn { account, .. }: SignedIn,
) -> Result<Response, PageError> {
    Ok(app.show(&look, &view(&app, &look, &account, "what").await?)?.into_response())
}

/// Which page the button stands on, and the password once more.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Step {
    step: String,
    password: String,
}

/// POST `/account/erase`: the second page, and after it the erasure.
pub async fn erase(
    State(app): State<App>,
    look: Look,
    signed: SignedIn,
    headers: HeaderMap,
    extensions: Extensions,
    Posted(step): Posted<Step>,
) -> Result<Response, PageError> {
    let asked = view(&app, &look, &signed.account, "sure").await?;
    if step.step != "sure" {
        return Ok(app.show(&look, &asked)?.into_response());
    }
    let who = account::who(&app, &headers, &extensions);
    if let Some(errors) = unproved(&app, &headers, &who, &signed, &step.password).await? {
        let view = EraseView { errors, ..asked };
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, app.show(&look, &view)?).into_response());
    }
    match app.store.erase_all_of(signed.account.id).await {
        Ok(Erased { orders, receipts, refund_fen }) => {
            let view = EraseView { step: "done", orders, receipts, refund_fen, ..asked };
            // Nobody is signed in any more: the page that had the form would ask who they are.
            let look = Look { return_to: "/".to_owned(), ..look };
            let mut response = app.show(&look, &view)?.into_response();
            response.headers_mut().append(SET_COOKIE, account::cookie(&app, "")?);
            Ok(response)
        }
        Err(StoreError::InUse(_)) => {
            let view = EraseView { step: "wait", ..asked };
            Ok((StatusCode::CONFLICT, app.show(&look, &view)?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// Why it is not proved whose account it is; `None` where it is: by the password, or, where there is none, by a session that began a
/// moment ago.
async fn unproved(
    app: &App,
    headers: &HeaderMap,
    who: &str,
    signed: &SignedIn,
    password: &str,
) -> Result<Option<FormErrors>, PageError> {
    let account = &signed.account;
    let contact = app.store.contact_of(account.id).await?.filter(|_| account.has_password);
    let Some(contact) = contact else {
        let sessions = app.store.sessions_of(account.id).await?;
        let own = sessions.into_iter().find(|line| line.id == signed.session);
        let recent = own.is_some_and(|line| app.store.now().since_ms(line.began_at) < RECENT_MS);
        return Ok((!recent).then(|| FormErrors::one("erase", "erase-sign-in-again")));
    };
    let key = match account::check(app, headers, who, &contact, password).await? {
        Ok(id) if id == account.id => return Ok(None),
        Ok(_) | Err(NotIn::Wrong) => "erase-password-wrong",
        Err(NotIn::Wait(_)) => "erase-password-wait",
    };
    Ok(Some(FormErrors::one("password", key)))
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::EraseView>();
    }
}
