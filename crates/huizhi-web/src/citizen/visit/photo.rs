//! The photo's receipt at the visit (R14, R69): booking and receipt are made in either order, and the page says when there will be none.

use huizhi_domain::applicant::IdNumber;
use huizhi_domain::id::PersonId;
use huizhi_domain::materials::Receipt;
use huizhi_domain::order::{Order, OrderState};
use huizhi_domain::receipt::Standing;
use huizhi_domain::visit::Business;
use jiff::civil::Date;
use serde::Serialize;

use crate::app::App;
use crate::citizen::people::order_person::order_person;
use crate::citizen::quoted;
use crate::error::PageError;
use crate::visitor::Guest;

/// How the receipt stands on the day of the visit.
#[derive(Clone, Default, Serialize)]
pub struct PhotoNeed {
    /// `none` (none is needed), `valid`, `short` (it ends before), `under-way`, `missing`.
    state: &'static str,
    /// The order or its receipt; empty where there is none.
    link: String,
    /// The receipt's last day; empty without one.
    until: String,
    /// Where a new one begins.
    begin: String,
    /// Whether an earlier photo may do (D5).
    reuse: bool,
}

impl PhotoNeed {
    /// One for each state.
    #[cfg(test)]
    pub fn samples() -> Vec<Self> {
        ["none", "valid", "short", "under-way", "missing"]
            .map(|state| Self {
                state,
                link: "/order/01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
                until: "2026-12-01".to_owned(),
                begin: "/photo/cn-resident-id/guide?city=441300".to_owned(),
                reuse: state == "missing",
            })
            .into()
    }

    fn rank(&self) -> u8 {
        match self.state {
            "valid" => 3,
            "under-way" => 2,
            "short" => 1,
            _ => 0,
        }
    }
}

/// For whom, what and when a receipt is looked for.
pub struct Wanted<'a> {
    /// For whom of the account.
    pub person: Option<PersonId>,
    /// Their number.
    pub number: &'a IdNumber,
    /// What for.
    pub business: &'a Business,
    /// The office's city.
    pub city: &'a str,
    /// The day of the visit.
    pub day: Date,
    /// What the rules say of the receipt.
    pub receipt: Receipt,
}

/// Looks among the orders that account and browser hold.
///
/// # Errors
/// As the store.
pub async fn need(app: &App, guest: &Guest, wanted: &Wanted<'_>) -> Result<PhotoNeed, PageError> {
    let Some(document) = wanted.business.document.as_deref().filter(|_| wanted.receipt.is_needed()) else {
        return Ok(PhotoNeed { state: "none", ..PhotoNeed::default() });
    };
    let mut best = PhotoNeed { state: "missing", ..PhotoNeed::default() };
    for order in guest.orders(app).await? {
        let Some(found) = standing(app, &order, document, wanted).await? else { continue };
        if found.rank() > best.rank() {
            best = found;
        }
    }
    let begin = format!("/photo/{}/guide?city={}", quoted(document), quoted(wanted.city));
    Ok(PhotoNeed { begin, reuse: wanted.receipt == Receipt::Reuse, ..best })
}

/// How an order's receipt stands; `None` for an order of somebody or something else, or one that is over.
async fn standing(
    app: &App,
    order: &Order,
    document: &str,
    wanted: &Wanted<'_>,
) -> Result<Option<PhotoNeed>, PageError> {
    let open = !matches!(order.state, OrderState::Withdrawn | OrderState::Expired);
    if !open || !order_person(app, order.id).await?.is(wanted.person, wanted.number) {
        return Ok(None);
    }
    let id = order.id;
    let Some(issued) = app.store.receipt_of(id).await? else {
        let under_way = order.document == document;
        let need = PhotoNeed { state: "under-way", link: format!("/order/{id}"), ..PhotoNeed::default() };
        return Ok(under_way.then_some(need));
    };
    let receipt = &issued.receipt;
    if !receipt.documents.iter().any(|it| it == document) || receipt.standing(app.today()) != Standing::Valid {
        return Ok(None);
    }
    let state = if receipt.standing(wanted.day) == Standing::Valid { "valid" } else { "short" };
    let (link, until) = (format!("/order/{id}/receipt"), receipt.valid_until.to_string());
    Ok(Some(PhotoNeed { state, link, until, ..PhotoNeed::default() }))
}
