//! The answer: the sentence first, then what to bring, what it costs and how long it takes, and who says so.

use huizhi_domain::applicant::age;
use huizhi_domain::id::OrderId;
use huizhi_domain::materials::{Age, Answer, Item, Reason, Said, Situation, Source, Term, Validity};
use huizhi_domain::person::Person;
use huizhi_domain::policy::Confidence;
use huizhi_domain::receipt::Standing;
use huizhi_domain::words::Lang;
use jiff::civil::Date;

use super::asked::{Asked, Question};
use super::shown::{
    AnswerView, DeadlineView, HaveView, ItemView, LaterView, LinkView, ReasonView, SaidLine, SourceView,
};
use crate::app::App;
use crate::citizen::people::order_person::{OrderPerson, order_person};
use crate::error::PageError;
use crate::page::Look;
use crate::visitor::Guest;

/// Who reads the answer.
pub struct Reader<'a> {
    /// Whose receipts are looked through.
    pub guest: &'a Guest,
    /// Who of the account it is asked for; `None` where that is not known.
    pub person: Option<&'a Person>,
}

/// An answer as it is shown.
pub async fn view(
    app: &App,
    look: &Look,
    reader: &Reader<'_>,
    asked: &Asked,
    situation: &Situation,
) -> Result<AnswerView, PageError> {
    let lang = look.lang;
    let answer = app.materials.answer(situation);
    let shown = |said: &Option<Said>| said.as_ref().map(|it| it.of(lang).to_owned()).unwrap_or_default();
    let mut items = Vec::new();
    for item in &answer.items {
        items.push(ItemView { have: held(app, reader, item, situation).await?, ..item_view(lang, item) });
    }
    let instead = answer
        .instead
        .as_ref()
        .map(|it| (Asked { person: asked.person.clone(), ..Asked::of(it) }.path(None), it))
        .map(|(path, it)| LinkView { path, name: business_name(app, lang, &it.business) });
    Ok(AnswerView {
        allowed: answer.allowed.word(),
        says: answer.says.of(lang).to_owned(),
        business: business_name(app, lang, &situation.business),
        back: asked.path(Some(last_question(situation, asked))),
        said: said(app, look, asked, situation),
        items,
        attends: shown(&answer.attends),
        channels: answer.channels.iter().map(|it| it.of(lang).to_owned()).collect(),
        fee_fen: answer.fee_fen,
        validity: answer.validity.map(|it| term(app, lang, it.term)).unwrap_or_default(),
        later: answer.validity.and_then(|it| later(app, lang, it)),
        deadline: answer.deadline.map(|it| DeadlineView { days: it.days, remote: it.remote_days, working: it.working }),
        observed: shown(&answer.observed),
        fingerprint: shown(&answer.fingerprint),
        booking: answer.booking.word(),
        reuse_years: answer.reuse_years.unwrap_or(0),
        reasons: reasons(lang, &answer, &answer.reasons),
        conflicts: reasons(lang, &answer, &answer.conflicts),
        obstacles: obstacles(lang, &answer, asked),
        instead,
        sources: sources(&answer),
        confidence: confidence(answer.confidence),
        from: answer.from.to_string(),
        day: situation.day.to_string(),
        past: situation.day < app.today(),
        case: answer.case_id,
    })
}

/// The question that is gone back to: the last that was answered.
fn last_question(situation: &Situation, asked: &Asked) -> Question {
    if !asked.day.is_empty() {
        Question::Day
    } else if situation.age.is_some() {
        Question::Age
    } else if situation.who.has_home() {
        Question::Home
    } else {
        Question::Business
    }
}

fn item_view(lang: Lang, item: &Item) -> ItemView {
    ItemView {
        id: item.id.clone(),
        name: item.name.of(lang).to_owned(),
        why: item.why.as_ref().map(|it| it.of(lang).to_owned()).unwrap_or_default(),
        any_of: item.any_of.iter().map(|it| it.of(lang).to_owned()).collect(),
        more: item.more,
        advised: item.advised,
        solve: item.solve.as_ref().map(|it| LinkView { path: it.path.clone(), name: it.name.of(lang).to_owned() }),
        have: None,
    }
}

/// The receipt that the reader holds for the document whose photo an item asks for, of who is asked about; of several the one that is good
/// longest.
async fn held(
    app: &App,
    reader: &Reader<'_>,
    item: &Item,
    situation: &Situation,
) -> Result<Option<HaveView>, PageError> {
    let photo = item.solve.as_ref().and_then(|solve| solve.path.strip_prefix("/photo/"));
    let Some(document) = photo.and_then(|path| path.split('/').next()) else { return Ok(None) };
    let mut best: Option<(Date, OrderId, String)> = None;
    for order in reader.guest.orders(app).await? {
        let Some(issued) = app.store.receipt_of(order.id).await? else { continue };
        let receipt = issued.receipt;
        let fits =
            receipt.documents.iter().any(|it| it == document) && receipt.standing(app.today()) == Standing::Valid;
        if !fits {
            continue;
        }
        let whose = order_person(app, order.id).await?;
        if is_asked_about(&whose, reader.person, situation) {
            best = best.max(Some((receipt.valid_until, order.id, whose.name)));
        }
    }
    Ok(best.map(|(until, order, name)| HaveView {
        path: format!("/order/{order}/receipt"),
        name,
        until: until.to_string(),
        good: until >= situation.day,
    }))
}

/// Whether the answer is about somebody: who of the account it is, or, where that is not known, somebody of that age.
fn is_asked_about(whose: &OrderPerson, person: Option<&Person>, situation: &Situation) -> bool {
    if let Some(person) = person {
        return whose.is(Some(person.id), &person.details.number);
    }
    let Some(birth) = whose.birth else { return false };
    match situation.age {
        Some(Age::Born(asked)) => birth == asked,
        Some(Age::Years(years)) => age(birth, situation.day) == years,
        None => false,
    }
}

fn business_name(app: &App, lang: Lang, id: &str) -> String {
    app.materials.business(id).map_or_else(|| id.to_owned(), |it| it.name.of(lang).to_owned())
}

fn term(app: &App, lang: Lang, term: Term) -> String {
    match term {
        Term::Months(months) => app.say(lang, "what-months", &[("count", &months)]),
        Term::Years(years) => app.say(lang, "what-years", &[("count", &years)]),
        Term::LongTerm => app.say(lang, "what-long-term", &[]),
    }
}

fn later(app: &App, lang: Lang, validity: Validity) -> Option<LaterView> {
    let later = validity.later?;
    Some(LaterView { from: later.from.to_string(), term: term(app, lang, later.term) })
}

/// What was said, with a link to each question.
fn said(app: &App, look: &Look, asked: &Asked, situation: &Situation) -> Vec<SaidLine> {
    let place = app.city_name(&app.materials.city().to_string(), look.lang);
    let word = |key: &str| app.say(look.lang, key, &[("city", &place)]);
    let line =
        |question: Question, value| SaidLine { question: question.word(), value, change: asked.path(Some(question)) };
    let mut lines = vec![
        line(Question::Who, word(&format!("what-who-{}", situation.who.word()))),
        line(Question::Business, business_name(app, look.lang, &situation.business)),
    ];
    if situation.who.has_home() {
        lines.push(line(Question::Home, word(&format!("what-home-{}", situation.home.word()))));
    }
    if let Some(years) = situation.years() {
        lines.push(line(Question::Age, app.say(look.lang, "what-age-years", &[("years", &years)])));
    }
    if let Some(said) = situation.obstacle.as_ref().and_then(|id| app.materials.obstacle(id)) {
        // Changing it is taking it back.
        let change = Asked { but: String::new(), ..asked.clone() }.path(None);
        lines.push(SaidLine { question: "but", value: said.of(look.lang).to_owned(), change });
    }
    if !asked.day.is_empty() {
        lines.push(line(Question::Day, crate::page::day_text(look.lang, &situation.day.to_string())));
    }
    lines
}

fn reasons(lang: Lang, answer: &Answer, reasons: &[Reason]) -> Vec<ReasonView> {
    let number = |source: &Option<String>| {
        let place = answer.sources.iter().position(|it| Some(&it.id) == source.as_ref());
        place.map_or(0, |place| place + 1)
    };
    reasons.iter().map(|it| ReasonView { text: it.said.of(lang).to_owned(), source: number(&it.source) }).collect()
}

/// What would turn the answer, each with the address where it does.
fn obstacles(lang: Lang, answer: &Answer, asked: &Asked) -> Vec<LinkView> {
    let path = |but: &str| Asked { but: but.to_owned(), ..asked.clone() }.path(None);
    answer.obstacles.iter().map(|it| LinkView { path: path(&it.id), name: it.said.of(lang).to_owned() }).collect()
}

fn sources(answer: &Answer) -> Vec<SourceView> {
    let of = |it: &Source| SourceView {
        title: it.title.clone(),
        urls: it.urls.clone(),
        kind: it.kind.word(),
        checked: it.checked.clone(),
    };
    answer.sources.iter().map(of).collect()
}

const fn confidence(of: Confidence) -> &'static str {
    match of {
        Confidence::Low => "low",
        Confidence::Medium => "medium",
        Confidence::High => "high",
    }
}
