//! Canned answers: written once, in both languages, with places that are filled in for each inquiry.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};
use huizhi_domain::id::CannedAnswerId;
use huizhi_domain::staff::Staff;
use huizhi_domain::support::{CannedFault, CannedWords, LONGEST, PLACES, TextFault};
use huizhi_domain::words::Lang;
use huizhi_store::StoreError;
use serde::{Deserialize, Serialize};

use super::super::frame::{self, Place};
use super::super::say;
use super::{Answer, Supporter};
use crate::app::App;
use crate::error::PageError;
use crate::form::Posted;
use crate::page::{Look, View, moment};

/// All canned answers, and one to write.
#[derive(Clone, Debug, Default, Serialize)]
struct AnswersView {
    fault: Option<String>,
    told: Option<String>,
    answers: Vec<Line>,
    typed: Typed,
    places: Vec<&'static str>,
}

/// A canned answer.
#[derive(Clone, Debug, Serialize)]
struct Line {
    id: String,
    name: String,
    zh: String,
    en: String,
    changed_at: String,
}

/// What was typed; with an id it is in the place of an older one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Typed {
    id: String,
    name: String,
    zh: String,
    en: String,
}

impl View for AnswersView {
    const TEMPLATE: &'static str = "desk/inquiries/answers.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let line = Line {
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            name: "name".to_owned(),
            zh: "甲".to_owned(),
            en: "a".to_owned(),
            changed_at: "then".to_owned(),
        };
        let typed = Typed { id: line.id.clone(), ..Typed::default() };
        let full = Self { answers: vec![line], places: PLACES.to_vec(), ..Self::default() };
        vec![
            Self { fault: Some("fault".to_owned()), typed, ..full.clone() },
            Self { told: Some("told".to_owned()), ..full },
            Self::default(),
        ]
    }
}

/// Which one is to be changed, and what the page before did.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    edit: String,
    told: String,
}

/// What acts did, by their words.
const TOLD: [&str; 2] = ["kept", "dropped"];

/// `/desk/inquiries/answers?edit=`
pub async fn answers(
    State(app): State<App>,
    Supporter(staff): Supporter,
    look: Look,
    Query(asked): Query<Asked>,
) -> Answer {
    let all = app.store.canned_answers().await?;
    let edited = all.into_iter().find(|it| it.id.to_string() == asked.edit);
    let typed = edited.map(|it| Typed { id: it.id.to_string(), name: it.words.name, zh: it.words.zh, en: it.words.en });
    let word = TOLD.into_iter().find(|known| *known == asked.told);
    let told = word.map(|word| say(look.lang, &format!("desk-canned-told-{word}"), &[]));
    show(&app, &staff, &look, AnswersView { told, typed: typed.unwrap_or_default(), ..AnswersView::default() }).await
}

async fn show(app: &App, staff: &Staff, look: &Look, view: AnswersView) -> Answer {
    let status = if view.fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let all = app.store.canned_answers().await?.into_iter();
    let answers = all.map(|it| Line {
        id: it.id.to_string(),
        name: it.words.name,
        zh: it.words.zh,
        en: it.words.en,
        changed_at: moment(look.lang, it.changed_at),
    });
    let view = AnswersView { answers: answers.collect(), places: PLACES.to_vec(), ..view };
    let mut page = frame::show(app, look, Place::of(staff, "inquiries"), view)?;
    *page.status_mut() = status;
    Ok(page)
}

/// POST `/desk/inquiries/answers`
pub async fn keep(
    State(app): State<App>,
    Supporter(staff): Supporter,
    look: Look,
    Posted(typed): Posted<Typed>,
) -> Answer {
    let again = |fault: String| AnswersView { fault: Some(fault), typed: typed.clone(), ..AnswersView::default() };
    let words = match CannedWords::parse(&typed.name, &typed.zh, &typed.en) {
        Ok(words) => words,
        Err(fault) => return show(&app, &staff, &look, again(words_of(look.lang, &fault))).await,
    };
    let id: Option<CannedAnswerId> = match typed.id.as_str() {
        "" => None,
        id => Some(id.parse().map_err(|_| PageError::Absent)?),
    };
    match app.store.keep_canned_answer(id, &words, staff.id).await {
        Ok(_) => Ok(Redirect::to("/desk/inquiries/answers?told=kept").into_response()),
        Err(StoreError::Conflict(_)) => {
            show(&app, &staff, &look, again(say(look.lang, "desk-canned-twice", &[]))).await
        }
        Err(error) => Err(error.into()),
    }
}

/// What is wrong, with the box that it is in.
fn words_of(lang: Lang, fault: &CannedFault) -> String {
    let field = |field: &str| say(lang, &format!("desk-canned-{field}"), &[]);
    match fault {
        CannedFault::Text(at, TextFault::Empty) => say(lang, "desk-canned-empty", &[("field", &field(at))]),
        CannedFault::Text(at, TextFault::TooLong) => {
            say(lang, "desk-canned-long", &[("field", &field(at)), ("value", &LONGEST)])
        }
        CannedFault::Place(at, place) => say(lang, "desk-canned-place", &[("field", &field(at)), ("place", place)]),
    }
}

/// POST `/desk/inquiries/answers/{answer}/drop`
pub async fn drop_one(State(app): State<App>, Supporter(staff): Supporter, Path(id): Path<String>) -> Answer {
    let id: CannedAnswerId = id.parse().map_err(|_| PageError::Absent)?;
    app.store.drop_canned_answer(id, staff.id).await?;
    Ok(Redirect::to("/desk/inquiries/answers?told=dropped").into_response())
}

#[cfg(test)]
mod tests {
    use super::super::super::frame::Framed;
    use super::*;

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<AnswersView>>();
    }
}
