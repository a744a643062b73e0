//! The cashier: a clerk takes the price of an order at the counter, or hands a refund out, and says so with a second click.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::{Router, routing};
use huizhi_domain::id::OrderId;
use huizhi_domain::order::{Order, OrderError, OrderState};
use huizhi_store::{Refund, StoreError};
use serde::{Deserialize, Serialize};

use super::frame::{self, Place};
use super::session::Clerk;
use super::{say, short};
use crate::app::App;
use crate::error::PageError;
use crate::form::Posted;
use crate::page::{Look, View};

type Answer = Result<Response, PageError>;

/// Characters by which people call an order; fewer name too many.
const SHORT: usize = 6;

/// The till's addresses.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/desk/cashier", routing::get(list))
        .route("/desk/cashier/{order}/pay", routing::get(ask_pay).post(pay))
        .route("/desk/cashier/{order}/refund", routing::get(ask_refund).post(refund))
}

/// What is looked for, and what the step before did. The latter is only shown.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    find: String,
    told: Option<String>,
    of: Option<OrderId>,
    fen: Option<i64>,
}

#[derive(Clone, Debug, Default, Serialize)]
struct CashierView {
    find: String,
    told: Option<String>,
    fault: Option<String>,
    asked: Option<Line>,
    unpaid: Vec<Line>,
    refunds: Vec<Line>,
    /// Why nothing is listed for what was typed.
    nothing: Option<String>,
}

impl View for CashierView {
    const TEMPLATE: &'static str = "desk/cashier.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let line = |what| Line {
            what,
            order: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            short: "9G5FAV".to_owned(),
            document: "document".to_owned(),
            since: "2026-11-25 09:00".to_owned(),
            amount: yuan(2000),
            fen: 2000,
        };
        let empty = Self::default();
        let none = Self { find: "9G5FAV".to_owned(), nothing: Some("nothing".to_owned()), ..empty.clone() };
        let found = Self { unpaid: vec![line("pay")], told: Some("told".to_owned()), nothing: None, ..none.clone() };
        let lists = Self { unpaid: vec![line("pay")], refunds: vec![line("refund")], ..empty.clone() };
        let asks = ["pay", "refund"].map(|what| Self {
            asked: Some(line(what)),
            fault: Some("fault".to_owned()),
            ..lists.clone()
        });
        [empty, none, found, lists].into_iter().chain(asks).collect()
    }
}

#[derive(Clone, Debug, Serialize)]
struct Line {
    what: &'static str,
    order: String,
    short: String,
    document: String,
    since: String,
    amount: String,
    fen: i64,
}

async fn list(State(app): State<App>, clerk: Clerk, look: Look, Query(asked): Query<Asked>) -> Answer {
    let told = told(&look, &asked);
    let view = CashierView { told, find: asked.find.trim().to_owned(), ..CashierView::default() };
    show(&app, &clerk, &look, view).await
}

fn told(look: &Look, asked: &Asked) -> Option<String> {
    let short = short(asked.of?);
    let amount = yuan(asked.fen.unwrap_or(0));
    match asked.told.as_deref()? {
        "pay" => Some(say(look.lang, "cashier-done-pay", &[("short", &short), ("amount", &amount)])),
        "refund" => Some(say(look.lang, "cashier-done-refund", &[("short", &short), ("amount", &amount)])),
        "before" => Some(say(look.lang, "cashier-done-before", &[("short", &short)])),
        _ => None,
    }
}

async fn show(app: &App, clerk: &Clerk, look: &Look, view: CashierView) -> Answer {
    let place = Place { staff: Some(&clerk.staff), office: clerk.office.as_ref(), here: "cashier" };
    let Some(office) = &clerk.office else {
        let fault = Some(say(look.lang, "cashier-no-office", &[]));
        return frame::show(app, look, place, CashierView { fault, ..view });
    };
    let ending = as_id(&view.find);
    let fits = |id: &OrderId| id.to_string().ends_with(&ending);
    let unpaid = app.store.unpaid(&office.city).await?;
    let refunds = app.store.refunds_due(&office.city).await?;
    let unpaid: Vec<Line> = unpaid.iter().filter(|order| fits(&order.id)).map(|order| due(app, look, order)).collect();
    let refunds: Vec<Line> = refunds.iter().filter(|refund| fits(&refund.order)).map(owed).collect();
    let nothing = if view.find.is_empty() || !unpaid.is_empty() || !refunds.is_empty() {
        None
    } else {
        Some(nothing(app, look, &office.city, &ending).await?)
    };
    frame::show(app, look, place, CashierView { unpaid, refunds, nothing, ..view })
}

/// Why nothing is listed for what was typed: the order is settled, or it is none of this city.
async fn nothing(app: &App, look: &Look, city: &str, ending: &str) -> Result<String, PageError> {
    let found = if ending.len() < SHORT { Vec::new() } else { app.store.orders_ending(city, ending).await? };
    Ok(match found.as_slice() {
        [order] if order.paid_fen > 0 => {
            let (short, amount) = (short(order.id), yuan(order.paid_fen));
            say(look.lang, "cashier-paid", &[("short", &short), ("amount", &amount)])
        }
        [order] => say(look.lang, "cashier-nothing-due", &[("short", &short(order.id))]),
        _ => say(look.lang, "cashier-none-found", &[]),
    })
}

/// What was typed, as ids are written: Crockford's base 32 has no I, L and O.
fn as_id(typed: &str) -> String {
    typed
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect()
}

fn due(app: &App, look: &Look, order: &Order) -> Line {
    Line {
        what: "pay",
        order: order.id.to_string(),
        short: short(order.id),
        document: app.document_name(&order.document, look.lang),
        since: order.changed_at.wall(app.store.zone()),
        amount: yuan(order.due_fen()),
        fen: order.due_fen(),
    }
}

fn owed(refund: &Refund) -> Line {
    Line {
        what: "refund",
        order: refund.order.to_string(),
        short: short(refund.order),
        document: String::new(),
        since: String::new(),
        amount: yuan(refund.fen),
        fen: refund.fen,
    }
}

/// An order of the office's city; others are not there for this clerk.
async fn of_city(app: &App, clerk: &Clerk, id: OrderId) -> Result<Order, PageError> {
    let city = clerk.office.as_ref().map(|office| office.city.as_str());
    let order = app.store.order(id).await?;
    order.filter(|order| Some(order.city.as_str()) == city).ok_or(PageError::Absent)
}

async fn ask_pay(State(app): State<App>, clerk: Clerk, look: Look, Path(id): Path<OrderId>) -> Answer {
    let order = of_city(&app, &clerk, id).await?;
    if order.state != OrderState::Unpaid {
        return Ok(back("before", id, 0));
    }
    let view = CashierView { asked: Some(due(&app, &look, &order)), ..CashierView::default() };
    show(&app, &clerk, &look, view).await
}

/// The amount that the clerk saw.
#[derive(Deserialize)]
struct Seen {
    fen: i64,
}

async fn pay(
    State(app): State<App>,
    clerk: Clerk,
    look: Look,
    Path(id): Path<OrderId>,
    Posted(Seen { fen }): Posted<Seen>,
) -> Answer {
    let order = of_city(&app, &clerk, id).await?;
    match app.store.pay(id, fen, clerk.staff.id).await {
        Ok(_) => Ok(back("pay", id, fen)),
        Err(StoreError::Order(OrderError::WrongAmount { due_fen, .. })) => {
            let fault = say(look.lang, "cashier-changed", &[("amount", &yuan(due_fen))]);
            let view =
                CashierView { asked: Some(due(&app, &look, &order)), fault: Some(fault), ..CashierView::default() };
            show(&app, &clerk, &look, view).await
        }
        Err(StoreError::Order(_) | StoreError::Conflict(_)) => Ok(back("before", id, 0)),
        Err(error) => Err(error.into()),
    }
}

/// The refund of an order of the office's city, where one is due.
async fn refund_of(app: &App, clerk: &Clerk, order: &Order) -> Result<Option<Refund>, PageError> {
    let Some(office) = &clerk.office else { return Ok(None) };
    let due = app.store.refunds_due(&office.city).await?;
    Ok(due.into_iter().find(|refund| refund.order == order.id))
}

async fn ask_refund(State(app): State<App>, clerk: Clerk, look: Look, Path(id): Path<OrderId>) -> Answer {
    let order = of_city(&app, &clerk, id).await?;
    let Some(refund) = refund_of(&app, &clerk, &order).await? else { return Ok(back("before", id, 0)) };
    let line = Line { document: app.document_name(&order.document, look.lang), ..owed(&refund) };
    let line = Line { since: order.changed_at.wall(app.store.zone()), ..line };
    show(&app, &clerk, &look, CashierView { asked: Some(line), ..CashierView::default() }).await
}

async fn refund(
    State(app): State<App>,
    clerk: Clerk,
    look: Look,
    Path(id): Path<OrderId>,
    Posted(Seen { fen }): Posted<Seen>,
) -> Answer {
    let order = of_city(&app, &clerk, id).await?;
    let Some(due) = refund_of(&app, &clerk, &order).await? else { return Ok(back("before", id, 0)) };
    if due.fen != fen {
        let fault = say(look.lang, "cashier-changed", &[("amount", &yuan(due.fen))]);
        let view = CashierView { asked: Some(owed(&due)), fault: Some(fault), ..CashierView::default() };
        return show(&app, &clerk, &look, view).await;
    }
    match app.store.refund(id, clerk.staff.id).await {
        Ok(()) => Ok(back("refund", id, fen)),
        Err(StoreError::Absent(_) | StoreError::Conflict(_)) => Ok(back("before", id, 0)),
        Err(error) => Err(error.into()),
    }
}

fn back(told: &str, of: OrderId, fen: i64) -> Response {
    Redirect::to(&format!("/desk/cashier?told={told}&of={of}&fen={fen}")).into_response()
}

/// Fen as people write them: `¥ 20.00`.
fn yuan(fen: i64) -> String {
    format!("¥\u{a0}{}.{:02}", fen / 100, fen.abs() % 100)
}

#[cfg(test)]
mod tests {
    use super::super::frame::Framed;
    use super::*;

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<CashierView>>();
    }

    #[test]
    fn an_id_is_found_however_it_was_typed() {
        assert_eq!(as_id(" q69-g5fov "), "Q69G5F0V");
        assert_eq!(as_id("il"), "11");
    }

    #[test]
    fn amounts_have_two_decimals() {
        assert_eq!([yuan(2000), yuan(5), yuan(123_456)], ["¥\u{a0}20.00", "¥\u{a0}0.05", "¥\u{a0}1234.56"]);
    }
}
