//! What do I need? (要带什么): a few questions, one a page, and the answer. All that was said stands in the address, so that it can be
//! kept, shared and printed; nothing is stored.

mod answer;
pub mod asked;
mod question;
mod shown;

#[cfg(test)]
mod tests;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::{Router, routing};
use huizhi_domain::materials::Age;

use crate::account::MaybeSignedIn;
use crate::app::App;
use crate::citizen::people::choice;
use crate::error::PageError;
use crate::form::FormErrors;
use crate::page::Look;
use crate::visitor::Guest;
use answer::Reader;
use asked::{Asked, Known, Question};

/// The addresses of the questions.
pub fn routes() -> Router<App> {
    Router::new().route("/what", routing::get(what))
}

/// `/what?who=&business=&home=&person=&birth=&age=&but=&day=&ask=`
async fn what(
    State(app): State<App>,
    look: Look,
    guest: Guest,
    MaybeSignedIn(account): MaybeSignedIn,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let usual = app.calendar.next_working_day(app.today());
    let known = match asked.known(&app.materials, app.today()) {
        Ok(known) => known,
        Err(faults) => {
            let question = faults.first().map_or(Question::Who, |fault| fault.question);
            let mut errors = FormErrors::default();
            for fault in faults.iter().filter(|fault| fault.question == question) {
                errors.add(fault.field, fault.key);
            }
            let mut view = question::view(&app, &look, &asked, &Known::default(), question, usual);
            view.errors = errors;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, app.show(&look, &view)?).into_response());
        }
    };
    let open = match known.situation(&app.materials, usual) {
        Ok(situation) if Question::of(&asked.ask).is_none() => {
            let person = choice::chosen(&app, account.as_ref(), &asked.person).await?;
            let person = person.filter(|it| situation.age == Some(Age::Born(it.details.birth)));
            let reader = Reader { guest: &guest, person: person.as_ref() };
            let view = answer::view(&app, &look, &reader, &asked, &situation).await?;
            return Ok(app.show(&look, &view)?.into_response());
        }
        Ok(_) => Question::Day,
        Err(open) => open,
    };
    // A question further on than what is known waits for those before it.
    let question = Question::of(&asked.ask).map_or(open, |wanted| wanted.min(open));
    let mut view = question::view(&app, &look, &asked, &known, question, usual);
    if question == open && asked.sent == question.word() {
        view.errors = FormErrors::one(if question == Question::Age { "birth" } else { "day" }, question.empty());
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, app.show(&look, &view)?).into_response());
    }
    if question == Question::Who {
        view.people = question::people(&app, account.as_ref(), &asked).await?;
    }
    Ok(app.show(&look, &view)?.into_response())
}
