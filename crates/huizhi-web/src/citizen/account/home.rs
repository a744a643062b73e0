//! The account's own page: its orders, and the ways to everything else of it.

use axum::extract::{Query, State};
use axum::response::{Html, Response};
#[cfg(test)]
use huizhi_domain::account::Assurance;
use huizhi_domain::consent::Purpose;
use huizhi_domain::id::OrderId;
use serde::Serialize;

use super::super::guide::has_consented;
use super::super::order::OrderLine;
use super::super::outside::ways;
use super::super::see_other;
use super::Asked;
use crate::account::SignedIn;
use crate::app::App;
use crate::error::PageError;
use crate::page::{Look, View};
use crate::visitor::Guest;

/// What may have been done before.
const TOLD: [&str; 3] = ["password", "orders", "contact"];

/// Orders that are shown here; `/orders` has them all.
const SHOWN: usize = 3;

/// The account's page.
#[derive(Serialize)]
pub struct HomeView {
    /// How it is reached, masked; empty where it is not.
    contact: String,
    assurance: &'static str,
    level: u8,
    has_face: bool,
    /// Whether somebody else can say who they are.
    has_links: bool,
    orders: Vec<OrderLine>,
    /// How many orders the browser holds and the account does not.
    offered: usize,
    /// One of [`TOLD`], or empty.
    told: &'static str,
}

impl View for HomeView {
    const TEMPLATE: &'static str = "citizen/account/home.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let view = |assurance: Assurance, offered: usize, told: &'static str| Self {
            contact: if offered == 0 { String::new() } else { "138****1234".to_owned() },
            assurance: assurance.word(),
            level: assurance.number(),
            has_face: offered > 0,
            has_links: offered > 0,
            orders: OrderLine::samples().into_iter().take(offered).collect(),
            offered,
            told,
        };
        let levels = Assurance::ALL.map(|level| view(level, 1, ""));
        levels.into_iter().chain(TOLD.map(|told| view(Assurance::SelfAsserted, 0, told))).collect()
    }
}

/// `/account`
pub async fn home(
    State(app): State<App>,
    look: Look,
    SignedIn { account, .. }: SignedIn,
    guest: Guest,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, PageError> {
    let orders = app.store.orders_of(&app.store.account_visitor(account.id)).await?;
    let held: Vec<OrderId> = orders.iter().map(|order| order.id).collect();
    let view = HomeView {
        contact: app.store.contact_of(account.id).await?.map(|contact| contact.masked()).unwrap_or_default(),
        assurance: account.assurance.word(),
        level: account.assurance.number(),
        has_face: account.has_face,
        has_links: !ways(&app, look.lang).is_empty() || !app.store.links_of(account.id).await?.is_empty(),
        orders: orders.iter().take(SHOWN).map(|order| OrderLine::of(&app, &look, order)).collect(),
        offered: offered(&app, &guest, &held).await?.len(),
        told: TOLD.into_iter().find(|told| *told == asked.told).unwrap_or_default(),
    };
    app.show(&look, &view)
}

/// The browser's orders that the account does not hold.
async fn offered(app: &App, guest: &Guest, held: &[OrderId]) -> Result<Vec<OrderId>, PageError> {
    let Some(browser) = guest.browser(app) else { return Ok(Vec::new()) };
    let orders = app.store.orders_of(&browser).await?;
    Ok(orders.iter().map(|order| order.id).filter(|id| !held.contains(id)).collect())
}

/// POST `/account/orders`: the account takes over what its browser holds.
pub async fn take_orders(
    State(app): State<App>,
    SignedIn { account, .. }: SignedIn,
    guest: Guest,
) -> Result<Response, PageError> {
    let orders = app.store.orders_of(&app.store.account_visitor(account.id)).await?;
    let held: Vec<OrderId> = orders.iter().map(|order| order.id).collect();
    let offered = offered(&app, &guest, &held).await?;
    if !offered.is_empty() {
        let consented = consented(&app, &offered).await?;
        app.store.take_orders(account.id, offered).await?;
        if consented {
            let version = app.consents.version(Purpose::FacePhoto);
            app.store.consent(account.id, Purpose::FacePhoto, &version).await?;
        }
    }
    Ok(see_other("/account?told=orders"))
}

/// Whether the consent of the guide was ticked for one of them: from now on it is the account's to see, and to withdraw.
async fn consented(app: &App, orders: &[OrderId]) -> Result<bool, PageError> {
    for id in orders {
        if app.store.applicant(*id).await?.is_some_and(|record| has_consented(&record)) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::HomeView>();
    }
}
