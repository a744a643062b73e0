//! `/visit`: the way in, and the appointments that there are.

use axum::extract::State;
use axum::response::Html;
use huizhi_domain::visit::State as Standing;
use serde::Serialize;

use super::line::VisitLine;
use crate::account::MaybeSignedIn;
use crate::app::App;
use crate::citizen::whose::Whose;
use crate::error::PageError;
use crate::page::{Look, View};

/// Appointments that are over and still listed.
const OVER_SHOWN: usize = 20;

/// The page.
#[derive(Serialize)]
pub struct HomeView {
    /// Whether somebody is signed in; who is not chooses how to.
    is_in: bool,
    open: Vec<VisitLine>,
    over: Vec<VisitLine>,
}

impl View for HomeView {
    const TEMPLATE: &'static str = "citizen/visit/home.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let (open, over): (Vec<VisitLine>, Vec<VisitLine>) =
            VisitLine::samples().into_iter().partition(VisitLine::is_open);
        let none = || Self { is_in: true, open: Vec::new(), over: Vec::new() };
        vec![none(), Self { is_in: false, ..none() }, Self { is_in: true, open, over }]
    }
}

/// `/visit`
pub async fn home(
    State(app): State<App>,
    look: Look,
    MaybeSignedIn(account): MaybeSignedIn,
) -> Result<Html<String>, PageError> {
    let Some(account) = account else {
        return app.show(&look, &HomeView { is_in: false, open: Vec::new(), over: Vec::new() });
    };
    let (now, offices) = (app.store.now(), app.store.offices().await?);
    let told = app.store.visit_messages_of(account.id).await?;
    let whose = Whose::of(&app, Some(account.id)).await?;
    let mut lines = Vec::new();
    for appointment in app.store.appointments_of(account.id).await? {
        // What was held and given back was never an appointment, and nobody was told of it.
        let was_one = match appointment.state_at(now) {
            Standing::Lapsed => false,
            Standing::Cancelled => told.iter().any(|message| message.appointment == appointment.id),
            _ => true,
        };
        if was_one {
            let who = whose.visit(&app, &appointment).await?;
            lines.push(VisitLine::of(&app, look.lang, &appointment, who, &offices));
        }
    }
    let (mut open, mut over): (Vec<VisitLine>, Vec<VisitLine>) = lines.into_iter().partition(VisitLine::is_open);
    open.sort_by_key(|line| !line.is_stranded());
    over.truncate(OVER_SHOWN);
    app.show(&look, &HomeView { is_in: true, open, over })
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::HomeView>();
    }
}
