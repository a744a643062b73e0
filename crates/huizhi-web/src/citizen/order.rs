//! Step 7: the order's timeline, and all orders of a visitor.

use axum::extract::State;
use axum::response::Html;
use huizhi_domain::clock::Moment;
use huizhi_domain::message::{Happening, Message};
use huizhi_domain::order::{Order, OrderState};
use huizhi_domain::receipt::Standing;
use huizhi_domain::review::Opinion;
use huizhi_store::{Issued, Photo};
use serde::Serialize;

use super::report::drawing;
use super::whose::Whose;
use crate::account::MaybeSignedIn;
use crate::app::{App, in_lang};
use crate::error::PageError;
use crate::page::{Look, View};
use crate::visitor::{Guest, HeldOrder};

/// One order in a list.
#[derive(Clone, Serialize)]
pub struct OrderLine {
    id: String,
    document_name: String,
    city_name: String,
    /// For whom, where that is said: in the list of all.
    who: String,
    state: &'static str,
    changed_at: i64,
    /// Where going on begins.
    next: String,
}

impl OrderLine {
    /// The line of an order.
    pub fn of(app: &App, look: &Look, order: &Order) -> Self {
        let id = order.id;
        let next = match order.state {
            OrderState::Draft => format!("/order/{id}/photos"),
            OrderState::Approved => format!("/order/{id}/receipt"),
            _ => format!("/order/{id}"),
        };
        Self {
            id: id.to_string(),
            document_name: app.document_name(&order.document, look.lang),
            city_name: app.city_name(&order.city, look.lang),
            who: String::new(),
            state: order.state.word(),
            changed_at: order.changed_at.0,
            next,
        }
    }

    /// One for each state.
    #[cfg(test)]
    pub fn samples() -> Vec<Self> {
        let line = |state: OrderState| Self {
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            document_name: "居民身份证".to_owned(),
            city_name: "惠州市".to_owned(),
            who: if state == OrderState::Draft { String::new() } else { "张小明".to_owned() },
            state: state.word(),
            changed_at: 1_764_051_360_000,
            next: "/order/01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
        };
        OrderState::ALL.map(line).into()
    }
}

/// All orders.
#[derive(Serialize)]
pub struct OrdersView {
    orders: Vec<OrderLine>,
    unread: usize,
}

impl View for OrdersView {
    const TEMPLATE: &'static str = "citizen/orders.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        vec![Self { orders: OrderLine::samples(), unread: 2 }, Self { orders: Vec::new(), unread: 0 }]
    }
}

/// `/orders`
pub async fn orders(
    State(app): State<App>,
    look: Look,
    guest: Guest,
    MaybeSignedIn(account): MaybeSignedIn,
) -> Result<Html<String>, PageError> {
    let (orders, messages) = (guest.orders(&app).await?, guest.messages(&app).await?);
    let whose = Whose::of(&app, account.as_ref().map(|account| account.id)).await?;
    let mut names = whose.orders(&app, orders.iter().map(|order| order.id).collect()).await?;
    let line = |order: &Order| OrderLine {
        who: names.remove(&order.id).unwrap_or_default(),
        ..OrderLine::of(&app, &look, order)
    };
    let lines = orders.iter().map(line).collect();
    let mut unread = messages.iter().filter(|message| message.read_at.is_none()).count();
    if let Some(account) = account {
        let visits = app.store.visit_messages_of(account.id).await?;
        unread += visits.iter().filter(|message| message.read_at.is_none()).count();
    }
    app.show(&look, &OrdersView { orders: lines, unread })
}

/// The timeline.
#[derive(Default, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a part of the page that shows or not")]
pub struct OrderView {
    id: String,
    state: &'static str,
    document_name: String,
    city_name: String,
    changed_at: i64,
    steps: Vec<Step>,
    /// The photo that was submitted last; empty before.
    attempt: String,
    has_id_photo: bool,
    reasons: Vec<Reason>,
    note: String,
    can_appeal: bool,
    /// Whether another reviewer is to look at the photo once more.
    appealed: bool,
    can_withdraw: bool,
    has_photos: bool,
    due_fen: i64,
    /// Whether it can be paid here and now.
    can_pay: bool,
    refund_fen: i64,
    /// How many stand before it in the queue; -1 where it is not in it.
    before: i64,
    /// The other centre that has the photo; empty where it is with the own desk.
    centre: String,
    /// Whether that one is silent for long.
    silent: bool,
    minutes_min: u16,
    minutes_max: u16,
    /// Until when the citizen may act; 0 where nothing lapses.
    lapses_at: i64,
    /// How the receipt stands; empty before it is issued.
    receipt: &'static str,
    /// The link by which the order is followed elsewhere.
    link: String,
    /// Whether the visit to the window is booked.
    books: bool,
}

/// One step of the timeline.
#[derive(Serialize)]
struct Step {
    key: &'static str,
    /// `done`, `now`, `todo`.
    state: &'static str,
    at: i64,
}

/// Why the review sent the photo back.
#[derive(Serialize)]
struct Reason {
    title: String,
    why: String,
    fix: String,
    drawing: &'static str,
}

impl View for OrderView {
    const TEMPLATE: &'static str = "citizen/order.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let view = |state: OrderState, receipt: &'static str, more: bool| Self {
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            state: state.word(),
            document_name: "居民身份证".to_owned(),
            city_name: "惠州市".to_owned(),
            changed_at: 1_764_051_360_000,
            steps: steps(state, receipt, &[], Moment(5)),
            attempt: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            reasons: vec![Reason {
                title: "耳朵未露出".to_owned(),
                why: "…".to_owned(),
                fix: "…".to_owned(),
                drawing: if more { "hair-ears.svg" } else { "" },
            }],
            note: if more { "请换一张".to_owned() } else { String::new() },
            has_id_photo: more,
            can_appeal: more,
            appealed: more,
            can_withdraw: more,
            has_photos: more,
            due_fen: i64::from(more) * 1500,
            can_pay: more,
            refund_fen: i64::from(more) * 1500,
            before: if more { 3 } else { -1 },
            centre: if more { String::new() } else { "广东省检测中心".to_owned() },
            silent: !more && state == OrderState::Waiting,
            minutes_min: 10,
            minutes_max: 30,
            lapses_at: i64::from(more),
            receipt,
            link: "http://localhost/o/abc".to_owned(),
            books: more,
        };
        let states = OrderState::ALL.into_iter().flat_map(|state| [view(state, "", true), view(state, "", false)]);
        let receipts = ["valid", "used", "expired", "revoked"].map(|it| view(OrderState::Approved, it, false));
        states.chain(receipts).collect()
    }
}

/// `/order/{id}`
pub async fn order(State(app): State<App>, look: Look, HeldOrder(order): HeldOrder) -> Result<Html<String>, PageError> {
    let photos = app.store.photos(order.id).await?;
    let messages = app.store.messages_of(order.id).await?;
    let issued = app.store.receipt_of(order.id).await?;
    let secret = app.store.secret_of(order.id).await?;
    let receipt = issued.as_ref().map_or("", |it: &Issued| it.receipt.standing(app.today()).word());
    let sent = order.attempt.and_then(|id| photos.iter().find(|photo| photo.id == id));
    let (codes, note) = rejection(sent);
    let waiting = matches!(order.state, OrderState::Waiting | OrderState::InReview);
    let before = if waiting { app.store.before_in_queue(&order).await?.unwrap_or(0) } else { -1 };
    let at_peer = if waiting { app.store.at_peer(&order).await? } else { None };
    let minutes = app.policy(&order.city, &order.document).map(|policy| policy.turnaround.value);
    let reason = |code: &String| {
        let rejection = app.rejection(code)?;
        let why = crate::words::words().pattern(look.lang, &format!("why-{code}")).unwrap_or_default();
        Some(Reason {
            title: in_lang(&rejection.title, look.lang).to_owned(),
            why: why.to_owned(),
            fix: in_lang(&rejection.fix, look.lang).to_owned(),
            drawing: drawing(code),
        })
    };
    let view = OrderView {
        id: order.id.to_string(),
        state: order.state.word(),
        document_name: app.document_name(&order.document, look.lang),
        city_name: app.city_name(&order.city, look.lang),
        changed_at: order.changed_at.0,
        steps: steps(order.state, receipt, &messages, order.created_at),
        attempt: sent.map(|photo| photo.id.to_string()).unwrap_or_default(),
        has_id_photo: sent.is_some_and(|photo| photo.has_id_photo),
        reasons: codes.iter().filter_map(reason).collect(),
        note,
        can_appeal: order.state == OrderState::Rejected && sent.is_some_and(|photo| photo.appealed_at.is_none()),
        appealed: waiting && sent.is_some_and(|photo| photo.appealed_at.is_some()),
        can_withdraw: order.clone().withdraw(app.store.now()).is_ok(),
        has_photos: photos.iter().any(|photo| photo.has_id_photo) || receipt == Standing::Valid.word(),
        due_fen: order.due_fen(),
        can_pay: app.till().is_some(),
        refund_fen: order.refund_fen(),
        before,
        silent: at_peer.as_ref().is_some_and(|it| it.is_silent(app.store.now())),
        centre: at_peer.map(|it| it.name).unwrap_or_default(),
        minutes_min: minutes.map_or(0, |it| it.min),
        minutes_max: minutes.map_or(0, |it| it.max),
        lapses_at: order.lapses_at().map_or(0, |at| at.0),
        receipt,
        link: app.settings.address(&format!("/o/{secret}")),
        books: super::visit::books(&app, &order.document),
    };
    app.show(&look, &view)
}

/// Codes and the reviewer's words of a rejection.
pub fn rejection(photo: Option<&Photo>) -> (Vec<String>, String) {
    match photo.and_then(|photo| photo.outcome.clone()) {
        Some(Opinion::Reject { codes, note }) => (codes, note),
        _ => (Vec::new(), String::new()),
    }
}

/// 已提交 → 审核中 → 通过 or 请重拍 → 回执已出 → 已到窗口.
fn steps(state: OrderState, receipt: &str, messages: &[Message], created: Moment) -> Vec<Step> {
    let at = |happening: Happening| messages.iter().rfind(|it| it.happening == happening).map_or(0, |it| it.at.0);
    let issued = !receipt.is_empty();
    let used = receipt == Standing::Used.word();
    let rank = match state {
        OrderState::Draft | OrderState::Withdrawn | OrderState::Expired => 0,
        OrderState::Unpaid => 1,
        OrderState::Waiting | OrderState::InReview | OrderState::Rejected => 2,
        OrderState::Approved if used => 6,
        OrderState::Approved if issued => 5,
        OrderState::Approved => 4,
    };
    let third = if state == OrderState::Rejected { "rejected" } else { "approved" };
    let submitted = at(Happening::Submitted);
    let keys = [
        ("begun", 0, created.0),
        ("submitted", 1, submitted),
        ("reviewed", 2, 0),
        (third, 3, at(Happening::Rejected) * i64::from(state == OrderState::Rejected)),
        ("issued", 4, at(Happening::ReceiptIssued)),
        ("used", 5, at(Happening::ReceiptUsed)),
    ];
    let rejected = state == OrderState::Rejected;
    keys.into_iter()
        .map(|(key, place, at)| {
            let state = match place {
                // A rejection ends the review; what to do next is the citizen's.
                3 if rejected => "now",
                2 if rejected => "done",
                _ if place < rank => "done",
                _ if place == rank => "now",
                _ => "todo",
            };
            Step { key, state, at: if state == "todo" { 0 } else { at } }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::tests::renders;

    #[test]
    fn pages_render() {
        renders::<OrdersView>();
        renders::<OrderView>();
    }

    #[test]
    fn a_rejection_is_where_the_timeline_stands() {
        let steps = steps(OrderState::Rejected, "", &[], Moment(1));
        let now: Vec<&str> = steps.iter().filter(|step| step.state == "now").map(|step| step.key).collect();
        assert_eq!(now, ["rejected"]);
    }
}
