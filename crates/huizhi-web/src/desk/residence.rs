//! Residence at the desk: codes are verified, and what waits in the office's city is confirmed by a paper or refused.

mod one;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::{Router, routing};
use huizhi_domain::residence::{Declaration, PassClaims};
use huizhi_store::PassRead;
use serde::{Deserialize, Serialize};

use super::frame::{self, Place};
use super::say;
use super::session::Clerk;
use crate::app::App;
use crate::error::PageError;
use crate::form::Posted;
use crate::page::{Look, View, day_text, moment};

type Answer = Result<Response, PageError>;

/// The addresses of residence.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/desk/residence", routing::get(queue).post(scan))
        .route("/desk/residence/{declaration}", routing::get(one::one))
        .route("/desk/residence/{declaration}/confirm", routing::post(one::confirm))
        .route("/desk/residence/{declaration}/refuse", routing::post(one::refuse))
}

/// The queue, and what came of a scan.
#[derive(Clone, Debug, Default, Serialize)]
struct QueueView {
    fault: Option<String>,
    told: Option<String>,
    scanned: Option<Scanned>,
    queue: Vec<Line>,
}

/// A declaration that waits. Name and district are enough to find it by.
#[derive(Clone, Debug, Serialize)]
struct Line {
    id: String,
    name: String,
    district: String,
    dwelling: &'static str,
    state: &'static str,
    declared_at: String,
}

/// What a code says.
#[derive(Clone, Debug, Serialize)]
struct Scanned {
    /// `good`, `over`, `no-more` or `not-ours`.
    answer: &'static str,
    name: String,
    last_four: String,
    district: String,
    until: String,
}

impl View for QueueView {
    const TEMPLATE: &'static str = "desk/residence.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let line = |state| Line {
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            name: "name".to_owned(),
            district: "district".to_owned(),
            dwelling: "rented",
            state,
            declared_at: "then".to_owned(),
        };
        let queue: Vec<Line> = ["declared", "confirmed"].into_iter().map(line).collect();
        let answers = ["good", "over", "no-more", "not-ours"].map(|answer| Self {
            scanned: Some(Scanned {
                answer,
                name: "name".to_owned(),
                last_four: "0024".to_owned(),
                district: "district".to_owned(),
                until: "day".to_owned(),
            }),
            queue: queue.clone(),
            ..Self::default()
        });
        let plain = [
            Self::default(),
            Self { fault: Some("fault".to_owned()), ..Self::default() },
            Self { told: Some("told".to_owned()), queue: queue.clone(), ..Self::default() },
        ];
        answers.into_iter().chain(plain).collect()
    }
}

/// What the page before did; nothing else is shown.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    told: String,
}

/// What acts did, by their words.
const TOLD: [&str; 3] = ["confirmed", "refused", "before"];

async fn queue(State(app): State<App>, clerk: Clerk, look: Look, Query(asked): Query<Asked>) -> Answer {
    let word = TOLD.into_iter().find(|known| *known == asked.told);
    let told = word.map(|word| say(look.lang, &format!("desk-residence-told-{word}"), &[]));
    show(&app, &clerk, &look, QueueView { told, ..QueueView::default() }).await
}

async fn show(app: &App, clerk: &Clerk, look: &Look, view: QueueView) -> Answer {
    let place = Place { staff: Some(&clerk.staff), office: clerk.office.as_ref(), here: "residence" };
    let Some(office) = &clerk.office else {
        let fault = Some(say(look.lang, "desk-residence-no-office", &[]));
        return frame::show(app, look, place, QueueView { fault, ..view });
    };
    let waiting = app.store.residences_waiting(&office.city).await?;
    let status = if view.fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let view = QueueView { queue: waiting.iter().map(|it| line(look, it)).collect(), ..view };
    let mut page = frame::show(app, look, place, view)?;
    *page.status_mut() = status;
    Ok(page)
}

fn line(look: &Look, of: &Declaration) -> Line {
    Line {
        id: of.id.to_string(),
        name: of.details.subject.name.masked(),
        district: of.details.address.district.clone(),
        dwelling: of.dwelling.word(),
        state: of.state.word(),
        declared_at: moment(look.lang, of.declared_at),
    }
}

/// What was scanned: a code, or the address that has it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    code: String,
}

/// POST `/desk/residence`: verifies a code. Its holder agreed to that when they showed it, and is told that it was done.
async fn scan(State(app): State<App>, clerk: Clerk, look: Look, Posted(typed): Posted<Typed>) -> Answer {
    let code = typed.code.trim();
    let Some(office) = clerk.office.as_ref().filter(|_| !code.is_empty()) else {
        let fault = Some(say(look.lang, "desk-residence-scan-missing", &[]));
        return show(&app, &clerk, &look, QueueView { fault, ..QueueView::default() }).await;
    };
    let token = code.rsplit_once("/rc/").map_or(code, |(_, token)| token);
    let scanned = match app.store.read_residence_pass(token).await? {
        PassRead::Good(claims) => {
            app.store.residence_verified(claims.r, clerk.staff.id, office.id).await?;
            good(&app, &look, claims)
        }
        PassRead::Over => bare("over"),
        PassRead::NoMore => bare("no-more"),
        PassRead::NotOurs => bare("not-ours"),
    };
    show(&app, &clerk, &look, QueueView { scanned: Some(scanned), ..QueueView::default() }).await
}

fn good(app: &App, look: &Look, claims: PassClaims) -> Scanned {
    Scanned {
        answer: "good",
        district: format!("{} {}", app.city_name(&claims.c, look.lang), claims.q),
        until: day_text(look.lang, &claims.u.to_string()),
        name: claims.n,
        last_four: claims.l,
    }
}

fn bare(answer: &'static str) -> Scanned {
    let nothing = String::new;
    Scanned { answer, name: nothing(), last_four: nothing(), district: nothing(), until: nothing() }
}

#[cfg(test)]
mod tests {
    use super::super::frame::Framed;
    use super::*;

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<QueueView>>();
    }
}
