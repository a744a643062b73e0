//! `/visit/business`: what for. What needs no booking is shown as such (D14), and what is not for this person with the reason.

use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::materials::Allowed;
use huizhi_domain::person::Person;
use huizhi_domain::visit::Needed;
use serde::Serialize;

use super::{Asked, Booker, bring};
use crate::app::App;
use crate::citizen::people::choice;
use crate::citizen::see_other;
use crate::error::PageError;
use crate::page::{Look, View};

/// What to choose from.
#[derive(Serialize)]
pub struct BusinessView {
    name: String,
    lines: Vec<BusinessLine>,
    back: String,
}

/// A business.
#[derive(Serialize)]
struct BusinessLine {
    name: String,
    /// The next page's address; empty where nothing can be booked.
    to: String,
    /// Whether one comes without booking; never where it is not for this person.
    free: bool,
    /// Why it is not for this person; empty where it is.
    why_not: String,
}

impl View for BusinessView {
    const TEMPLATE: &'static str = "citizen/visit/business.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let line = |to: &str, free, why_not: &str| BusinessLine {
            name: "身份证到期换领".to_owned(),
            to: to.to_owned(),
            free,
            why_not: why_not.to_owned(),
        };
        let lines =
            vec![line("/visit/office?business=id-renewal", false, ""), line("", true, ""), line("", false, "…")];
        vec![Self { name: "张小明".to_owned(), lines, back: "/visit/who".to_owned() }]
    }
}

/// `/visit/business?person=`
pub async fn business(
    State(app): State<App>,
    look: Look,
    Booker(account): Booker,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let Some(person) = choice::chosen(&app, Some(&account), &asked.person).await? else {
        return Ok(see_other(&asked.address("/visit/who")));
    };
    let view = BusinessView {
        name: person.details.name.as_str().to_owned(),
        lines: lines(&app, &look, &person, &asked),
        back: Asked { person: String::new(), ..asked.clone() }.address("/visit/who"),
    };
    Ok(app.show(&look, &view)?.into_response())
}

fn lines(app: &App, look: &Look, person: &Person, asked: &Asked) -> Vec<BusinessLine> {
    let (mut lines, today) = (Vec::new(), app.today());
    for business in app.businesses.all() {
        let situation = bring::situation(app, &person.details.number, person.details.birth, &business.id, today);
        let answer = app.materials.answer(&situation);
        let why_not = match answer.allowed {
            Allowed::No => answer.says.of(look.lang).to_owned(),
            Allowed::Yes | Allowed::Conditional => String::new(),
        };
        // Nobody is sent to the counter for what they can't get there.
        let free = business.booking == Needed::NotNeeded && why_not.is_empty();
        let to = if free || !why_not.is_empty() {
            String::new()
        } else {
            Asked { business: business.id.clone(), ..asked.clone() }.address("/visit/office")
        };
        lines.push(BusinessLine { name: business.name.in_lang(look.lang).to_owned(), to, free, why_not });
    }
    lines
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::BusinessView>();
    }
}
