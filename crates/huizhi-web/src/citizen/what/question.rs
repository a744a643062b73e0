//! A question, with what was said before carried along.

use huizhi_domain::account::Account;
use huizhi_domain::applicant::IdKind;
use huizhi_domain::materials::{Business, Home, Who};
use jiff::civil::Date;
use serde::Serialize;

use super::asked::{Asked, Known, Question};
use crate::app::App;
use crate::error::PageError;
use crate::form::FormErrors;
use crate::page::{Look, View};

/// A question.
#[derive(Default, Serialize)]
pub struct QuestionView {
    question: &'static str,
    city_name: String,
    /// Where one comes back to, with all that was said.
    back: String,
    /// What was said of the other questions, name and value.
    carried: Vec<(&'static str, String)>,
    choices: Vec<Choice>,
    /// Beyond those that are meant for who asks.
    others: Vec<Choice>,
    /// The people of who is signed in.
    pub people: Vec<PersonLine>,
    birth: String,
    age: String,
    day: String,
    /// The day that is meant where nobody says otherwise.
    usual: String,
    /// What is to be mended.
    pub errors: FormErrors,
}

/// Something to choose.
#[derive(Clone, Serialize)]
struct Choice {
    value: String,
    name: String,
    hint: String,
    chosen: bool,
}

/// Somebody of the account.
#[derive(Clone, Serialize)]
pub struct PersonLine {
    name: String,
    relation: &'static str,
    path: String,
}

impl View for QuestionView {
    const TEMPLATE: &'static str = "citizen/what-question.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let choice = |chosen| Choice {
            value: "mainland".to_owned(),
            name: "内地居民".to_owned(),
            hint: if chosen { "有内地户口".to_owned() } else { String::new() },
            chosen,
        };
        let person =
            PersonLine { name: "张小明".to_owned(), relation: "child", path: "/what?who=mainland".to_owned() };
        let wrong = ["who", "business", "home", "birth", "day"];
        let keys = ["what-who-wrong", "what-business-wrong", "what-home-wrong", "what-birth-wrong", "what-day-wrong"];
        let questions = Question::ALL.into_iter().zip(wrong.into_iter().zip(keys));
        let mut all = Vec::new();
        for (question, (field, key)) in questions {
            let view = |errors| Self {
                question: question.word(),
                city_name: "惠州市".to_owned(),
                back: "/".to_owned(),
                carried: vec![("who", "mainland".to_owned())],
                choices: vec![choice(true), choice(false)],
                others: vec![choice(false)],
                people: vec![person.clone()],
                day: "2026-12-01".to_owned(),
                usual: "2026-12-01".to_owned(),
                errors,
                ..Self::default()
            };
            all.extend([view(FormErrors::default()), view(FormErrors::one(field, key))]);
        }
        let faults = [("age", "what-age-wrong"), ("birth", "what-birth-later")];
        all.extend(faults.map(|(field, key)| Self {
            question: "age",
            errors: FormErrors::one(field, key),
            ..Self::default()
        }));
        all
    }
}

/// A question as it is shown.
pub fn view(app: &App, look: &Look, asked: &Asked, known: &Known, question: Question, usual: Date) -> QuestionView {
    let (choices, others) = choices(app, look, asked, known, question);
    QuestionView {
        question: question.word(),
        city_name: app.city_name(&app.materials.city().to_string(), look.lang),
        back: back(asked, known, question),
        carried: carried(asked, question),
        choices,
        others,
        birth: asked.birth.clone(),
        age: asked.age.clone(),
        day: if asked.day.is_empty() { usual.to_string() } else { asked.day.clone() },
        usual: usual.to_string(),
        ..QuestionView::default()
    }
}

/// The question before, or the first page.
fn back(asked: &Asked, known: &Known, question: Question) -> String {
    let no_home = known.who.is_some_and(|who| !who.has_home());
    let before = Question::ALL.into_iter().rfind(|it| *it < question && !(no_home && *it == Question::Home));
    before.map_or_else(|| "/".to_owned(), |before| asked.path(Some(before)))
}

/// What goes along with the form: everything but the fields of the question itself.
fn carried(asked: &Asked, question: Question) -> Vec<(&'static str, String)> {
    let all = [
        (Some(Question::Who), "who", &asked.who),
        (Some(Question::Business), "business", &asked.business),
        (Some(Question::Home), "home", &asked.home),
        (None, "person", &asked.person),
        (Some(Question::Age), "birth", &asked.birth),
        (Some(Question::Age), "age", &asked.age),
        (None, "but", &asked.but),
        (Some(Question::Day), "day", &asked.day),
    ];
    let others = all.into_iter().filter(|(of, _, value)| *of != Some(question) && !value.is_empty());
    others.map(|(_, name, value)| (name, value.clone())).collect()
}

/// What can be chosen, first what is meant for who asks, then the rest.
fn choices(app: &App, look: &Look, asked: &Asked, known: &Known, question: Question) -> (Vec<Choice>, Vec<Choice>) {
    let place = app.city_name(&app.materials.city().to_string(), look.lang);
    let word = |key: &str| app.say(look.lang, key, &[("city", &place)]);
    let choice = |word_of: &str, kind: &str, said: &str| Choice {
        value: word_of.to_owned(),
        name: word(&format!("what-{kind}-{word_of}")),
        hint: word(&format!("what-{kind}-{word_of}-hint")),
        chosen: said == word_of,
    };
    match question {
        Question::Who => (Who::ALL.map(|who| choice(who.word(), "who", &asked.who)).to_vec(), Vec::new()),
        Question::Home => {
            let homes = Home::ALL.into_iter().filter(|home| *home != Home::NotApplicable);
            (homes.map(|home| choice(home.word(), "home", &asked.home)).collect(), Vec::new())
        }
        Question::Business => {
            let theirs = |it: &Business| known.who.is_none_or(|who| it.for_who.contains(&who));
            let line = |it: &Business| Choice {
                value: it.id.clone(),
                name: it.name.of(look.lang).to_owned(),
                hint: it.hint.as_ref().map(|hint| hint.of(look.lang).to_owned()).unwrap_or_default(),
                chosen: it.id == asked.business,
            };
            let all = app.materials.businesses();
            let (own, others): (Vec<&Business>, Vec<&Business>) = all.iter().partition(|it| theirs(it));
            (own.into_iter().map(line).collect(), others.into_iter().map(line).collect())
        }
        Question::Age | Question::Day => (Vec::new(), Vec::new()),
    }
}

/// The people of who is signed in, each with the address where who they are and when they were born is said.
pub async fn people(app: &App, account: Option<&Account>, asked: &Asked) -> Result<Vec<PersonLine>, PageError> {
    let Some(account) = account else { return Ok(Vec::new()) };
    let people = app.store.people(account.id).await?;
    let of_age = people.iter().filter(|person| person.may_be_acted_for(app.today()));
    let lines = of_age.map(|person| {
        let who = who_of(person.details.number.kind()).map_or("", Who::word);
        let said = Asked {
            who: who.to_owned(),
            person: person.id.to_string(),
            birth: person.details.birth.to_string(),
            age: String::new(),
            but: String::new(),
            ..asked.clone()
        };
        PersonLine {
            name: person.details.name.as_str().to_owned(),
            relation: person.relation.word(),
            path: said.path(None),
        }
    });
    Ok(lines.collect())
}

/// Who somebody is by the document that they gave; `None` where it does not say, and it is asked.
const fn who_of(kind: IdKind) -> Option<Who> {
    match kind {
        IdKind::ResidentId | IdKind::ChinesePassport => Some(Who::Mainland),
        IdKind::HkMacauResidencePermit | IdKind::HkMacauTravelPermit => Some(Who::HongKongMacau),
        IdKind::TaiwanResidencePermit | IdKind::TaiwanTravelPermit => Some(Who::Taiwan),
        IdKind::ForeignerPermanentResidence | IdKind::ForeignerPermanentResidenceOld => Some(Who::Foreigner),
        IdKind::OtherDocument => None,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::QuestionView>();
    }
}
