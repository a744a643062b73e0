//! Who looked at my photo: from the log, by role and office, never by name.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::audit::Actor;
use huizhi_domain::id::AccountId;
use huizhi_domain::words::Lang;
use serde::Serialize;

use crate::account::SignedIn;
use crate::app::App;
use crate::error::PageError;
use crate::page::{Look, View};

/// Looks within this time by the same for the same are one: a page shows several pictures.
const TOGETHER_MS: i64 = 60_000;

/// Everybody who looked.
#[derive(Serialize)]
pub struct SeenView {
    looks: Vec<LookLine>,
}

/// Somebody's look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LookLine {
    /// When, in ms since 1970.
    pub at: i64,
    /// A role's word, `shop` or `centre`.
    pub who: &'static str,
    /// What the office is called; empty for who has none.
    pub office: String,
    /// The action's word, with `-` for the dot: `photo-viewed`.
    pub action: String,
    /// The document that the order is for; empty where it was about a person.
    pub document_name: String,
    /// The order's id; empty where it was about a person.
    pub order: String,
}

impl View for SeenView {
    const TEMPLATE: &'static str = "citizen/people/seen.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let line = |who, action: &str| LookLine {
            at: 1_764_051_360_000,
            who,
            office: if who == "clerk" { "江北窗口".to_owned() } else { String::new() },
            action: action.to_owned(),
            document_name: "居民身份证".to_owned(),
            order: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
        };
        let mut looks: Vec<LookLine> = huizhi_domain::staff::Role::ALL
            .into_iter()
            .map(|role| line(role.word(), "photo-viewed"))
            .chain(["photo-claimed", "photo-decided"].map(|it| line("reviewer", it)))
            .chain(["receipt-reserved", "receipt-consumed", "person-proof-seen"].map(|it| line("clerk", it)))
            .chain(["residence-viewed", "residence-verified"].map(|it| line("clerk", it)))
            .chain([line("shop", "photo-viewed"), line("centre", "case-given"), line("staff", "photo-viewed")])
            .collect();
        looks.push(LookLine { order: String::new(), document_name: String::new(), ..looks[0].clone() });
        vec![Self { looks }, Self { looks: Vec::new() }]
    }
}

/// Who looked at what is an account's, newest first.
///
/// # Errors
/// As the store.
pub async fn looks(app: &App, lang: Lang, account: AccountId) -> Result<Vec<LookLine>, PageError> {
    let staff = app.store.all_staff().await?;
    let offices = app.store.offices().await?;
    let orders = app.store.orders_of(&app.store.account_visitor(account)).await?;
    let mut known = BTreeSet::new();
    let mut lines = Vec::new();
    for look in app.store.looks_at(account).await? {
        let member = match look.entry.actor {
            Actor::Staff(id) => staff.iter().find(|it| it.id == id),
            _ => None,
        };
        let who = match look.entry.actor {
            // What the citizen did is no look of somebody's.
            Actor::Citizen => continue,
            // Somebody who left: the role is no more known.
            Actor::Staff(_) => member.map_or("staff", |it| it.role.word()),
            Actor::Partner(_) => "shop",
            Actor::Service => "centre",
        };
        let office = member.and_then(|it| it.office).and_then(|id| offices.iter().find(|office| office.id == id));
        let document = look.order.and_then(|id| orders.iter().find(|order| order.id == id));
        let line = LookLine {
            at: look.entry.at.0,
            who,
            office: office.map(|it| it.name.clone()).unwrap_or_default(),
            action: look.entry.action.replace('.', "-"),
            document_name: document.map(|it| app.document_name(&it.document, lang)).unwrap_or_default(),
            order: look.order.map(|id| id.to_string()).unwrap_or_default(),
        };
        if known.insert((line.at / TOGETHER_MS, line.who, line.action.clone(), line.order.clone())) {
            lines.push(line);
        }
    }
    Ok(lines)
}

/// `/account/data/seen`
pub async fn seen(
    State(app): State<App>,
    look: Look,
    SignedIn { account, .. }: SignedIn,
) -> Result<Response, PageError> {
    let looks = looks(&app, look.lang, account.id).await?;
    Ok(app.show(&look, &SeenView { looks })?.into_response())
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::SeenView>();
    }
}
