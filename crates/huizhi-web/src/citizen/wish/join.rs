//! Joining the waiting list.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::account::Act;
use huizhi_domain::visit::Needed;
use huizhi_domain::visit::wish::MOST_DAYS;
use huizhi_store::{NewWish, Wished};
use jiff::Span;
use jiff::civil::Date;

use super::list::{Typed, office_of, view};
use super::{HERE, TIMES};
use crate::account::SignedIn;
use crate::app::App;
use crate::citizen::people::choice::chosen;
use crate::citizen::see_other;
use crate::error::PageError;
use crate::form::{FormErrors, Posted};
use crate::page::Look;

/// POST `/visit/list`
pub async fn join(
    State(app): State<App>,
    look: Look,
    SignedIn { account, .. }: SignedIn,
    Posted(typed): Posted<Typed>,
) -> Result<Response, PageError> {
    if !account.may(Act::Book) {
        return Ok(see_other("/visit/level?to=/visit/list"));
    }
    let offices = app.store.offices().await?;
    let office = office_of(&offices, &typed.office).ok_or(PageError::Absent)?.id;
    if !app.store.booking_policy(office).await?.waiting_list {
        return Err(PageError::Absent);
    }
    let mut errors = FormErrors::default();
    let person = chosen(&app, Some(&account), &typed.person).await?;
    if person.is_none() {
        errors.add("person", "wish-person-missing");
    }
    let business = app.businesses.get(&typed.business).filter(|business| business.booking == Needed::Required);
    if business.is_none() {
        errors.add("business", "wish-business-missing");
    }
    let days = days(&typed, app.today());
    if days.is_none() {
        errors.add("from", "wish-days-wrong");
    }
    let times = TIMES.iter().find(|(word, _)| *word == typed.times).unwrap_or(&TIMES[0]).1;
    if let (Some(person), Some(business), Some((from, to))) = (person, business, days) {
        let new = NewWish {
            account: account.id,
            person: person.id,
            person_key: app.store.person_key(&person.details.number),
            office,
            service: business.service.clone(),
            business: business.id.clone(),
            from,
            to,
            times,
            lang: look.lang,
        };
        match app.store.add_wish(new).await? {
            Wished::Added(_) => return Ok(see_other(&format!("{HERE}?told=joined"))),
            Wished::Already => errors.add("person", "wish-already"),
        }
    }
    let view = view(&app, &look, &account, typed, errors).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, app.show(&look, &view)?).into_response())
}

/// The first and the last day, where they are some that may be wished for.
fn days(typed: &Typed, today: Date) -> Option<(Date, Date)> {
    let (from, to): (Date, Date) = (typed.from.trim().parse().ok()?, typed.to.trim().parse().ok()?);
    let last = today.saturating_add(Span::new().days(MOST_DAYS));
    (today <= from && from <= to && to <= last).then_some((from, to))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_of_the_coming_month_may_be_wished_for() {
        let of = |from: &str, to: &str| {
            let typed = Typed { from: from.to_owned(), to: to.to_owned(), ..Typed::default() };
            days(&typed, date(2026, 11, 25))
        };
        assert_eq!(of("2026-11-25", " 2026-12-26 "), Some((date(2026, 11, 25), date(2026, 12, 26))));
        for (from, to) in [
            ("2026-11-24", "2026-11-26"),
            ("2026-11-27", "2026-11-26"),
            ("2026-11-25", "2026-12-27"),
            ("", "2026-11-26"),
            ("2026-11-26", "soon"),
        ] {
            assert_eq!(of(from, to), None, "{from} {to}");
        }
    }
}
