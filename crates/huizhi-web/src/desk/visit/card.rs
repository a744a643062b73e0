//! The card itself: what a clerk sees of a visit.

use huizhi_domain::applicant::{IdKind, IdNumber};
use huizhi_domain::id::AppointmentId;
use huizhi_domain::materials::{Home, Item, Situation, Who};
use huizhi_domain::visit::ticket::{Outcome, TicketState};
use huizhi_domain::visit::window_photo::document_for;
use huizhi_domain::visit::{Appointment, State, Visitor};
use huizhi_domain::words::Lang;
use serde::Serialize;

use super::super::window_photo::purpose_of;
use crate::app::App;
use crate::error::PageError;
use crate::page::day_text;

/// A visit as a clerk sees it.
#[derive(Clone, Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a part of the card that shows or not")]
pub struct Card {
    /// The appointment's id.
    pub id: String,
    number: String,
    /// Name and number, masked: enough to compare with the card on the counter.
    who: String,
    business: String,
    at: String,
    state: &'static str,
    /// The number in the hall; none before they arrive.
    ticket: Option<String>,
    /// Where the ticket stands; empty before they arrive.
    ticket_state: &'static str,
    /// What to ask for, to be ticked.
    papers: Vec<Paper>,
    /// Whether a photo's receipt is among it.
    receipt: bool,
    /// Where the household registration is, as the number lets one guess; empty for who has none.
    home: &'static str,
    /// The standing of their residence; empty where nothing is known.
    residence: &'static str,
    /// Where and until when the residence is valid.
    residence_of: Option<String>,
    can_arrive: bool,
    can_finish: bool,
    /// Whether the window may take the photo.
    can_take: bool,
    /// What `1` in the box says: that they are here, or that they were served.
    next: &'static str,
    /// The document that the photo is for, where they came for one.
    pub document: String,
    /// What for, among the purposes of fetching.
    pub purpose: &'static str,
    outcomes: [&'static str; Outcome::CHOICES.len()],
}

#[derive(Clone, Debug, Serialize)]
struct Paper {
    name: String,
    /// Any one of these is enough.
    any_of: Vec<String>,
    advised: bool,
}

/// Day and time of an appointment.
pub fn when(lang: Lang, appointment: &Appointment) -> String {
    format!("{} {}", day_text(lang, &appointment.slot.day.to_string()), appointment.slot.time())
}

/// The card of an appointment.
pub async fn of(app: &App, lang: Lang, appointment: &Appointment) -> Result<Card, PageError> {
    let visitor = app.store.visitor_of(appointment.id).await?;
    let ticket = app.store.ticket_of(appointment.id).await?;
    let (papers, receipt, home) = match &visitor {
        Some(visitor) => needed(app, lang, appointment, visitor),
        None => (Vec::new(), false, ""),
    };
    let residence = match &visitor {
        Some(visitor) => app.store.residence_standing(&visitor.number).await?,
        None => None,
    };
    let valid = |known: &huizhi_domain::residence::Known| {
        known.until.map(|until| format!("{} {}", known.district, day_text(lang, &until.to_string())))
    };
    let policy = app.store.booking_policy(appointment.office).await?;
    let document = app.businesses.get(&appointment.business).and_then(|it| it.document.as_deref());
    let can_take = receipt
        && document_for(&policy, document, ticket.as_ref()).is_ok()
        && !is_photo_used(app, appointment.id).await?;
    let today = appointment.slot.day == app.store.today();
    let over = ticket.as_ref().is_none_or(|ticket| ticket.state.is_over());
    Ok(Card {
        id: appointment.id.to_string(),
        number: appointment.number.to_string(),
        who: visitor.as_ref().map_or_else(String::new, |it| format!("{} {}", it.name.masked(), it.number.masked())),
        business: super::super::business_name(app, lang, &appointment.business),
        at: when(lang, appointment),
        state: appointment.state.word(),
        ticket: ticket.as_ref().map(huizhi_domain::visit::ticket::Ticket::label),
        ticket_state: ticket.as_ref().map_or("", |ticket| TicketState::word(ticket.state)),
        papers,
        receipt,
        home,
        residence: residence.as_ref().map_or("", |known| known.standing.word()),
        residence_of: residence.as_ref().and_then(valid),
        can_arrive: today && appointment.state == State::Booked,
        can_finish: today && !over,
        can_take,
        next: if appointment.state == State::Booked { "arrive" } else { Outcome::CHOICES[0].word() },
        document: document.unwrap_or_default().to_owned(),
        purpose: purpose_of(&appointment.business),
        outcomes: Outcome::CHOICES.map(Outcome::word),
    })
}

/// Whether a photo that the window took was used: then nobody lacks one.
async fn is_photo_used(app: &App, id: AppointmentId) -> Result<bool, PageError> {
    let Some(order) = app.store.window_photo_of(id).await? else { return Ok(false) };
    let issued = app.store.receipt_of(order).await?;
    Ok(issued.is_some_and(|issued| issued.receipt.uses.iter().any(|it| it.consumed_at.is_some())))
}

/// What they have to bring, whether a photo's receipt is among it, and from where they are as their number lets one guess.
fn needed(app: &App, lang: Lang, appointment: &Appointment, visitor: &Visitor) -> (Vec<Paper>, bool, &'static str) {
    let who = who(&visitor.number);
    let home = home(app, &visitor.number);
    let day = appointment.slot.day;
    let situation = Situation::new(who, home, visitor.birth, &appointment.business, day);
    let answer = app.materials.answer(&situation);
    let line = |item: &Item| Paper {
        name: item.name.of(lang).to_owned(),
        any_of: item.any_of.iter().map(|said| said.of(lang).to_owned()).collect(),
        advised: item.advised,
    };
    let home = if who.has_home() { home.word() } else { "" };
    (answer.items.iter().map(line).collect(), answer.receipt.is_needed(), home)
}

fn who(number: &IdNumber) -> Who {
    match number.kind() {
        IdKind::ResidentId | IdKind::ChinesePassport => Who::Mainland,
        IdKind::HkMacauResidencePermit | IdKind::HkMacauTravelPermit => Who::HongKongMacau,
        IdKind::TaiwanResidencePermit | IdKind::TaiwanTravelPermit => Who::Taiwan,
        IdKind::ForeignerPermanentResidence | IdKind::ForeignerPermanentResidenceOld | IdKind::OtherDocument => {
            Who::Foreigner
        }
    }
}

/// The first digits of a number say where it was given, which is where most people are still registered. The clerk sees that it is a
/// guess.
fn home(app: &App, number: &IdNumber) -> Home {
    let city = app.materials.city().to_string();
    let (province, prefecture) = (city.get(..2).unwrap_or("-"), city.get(..4).unwrap_or("-"));
    match number.as_str() {
        text if text.starts_with(prefecture) => Home::Here,
        text if text.starts_with(province) => Home::Province,
        _ => Home::Elsewhere,
    }
}

#[cfg(test)]
impl Card {
    /// Cards that go through every branch of the template.
    pub fn samples() -> Vec<Self> {
        let text = str::to_owned;
        let item = |any_of: &[&str], advised| Paper {
            name: text("item"),
            any_of: any_of.iter().map(|it| text(it)).collect(),
            advised,
        };
        let booked = Self {
            id: text("01ARZ3NDEKTSV4RRFFQ69G5FAV"),
            number: text("K7Q2-M9XR"),
            who: text("甲** 4413************38"),
            business: text("business"),
            at: text("then"),
            state: State::Booked.word(),
            ticket: None,
            ticket_state: "",
            papers: vec![item(&[], false), item(&["this", "that"], true)],
            receipt: true,
            home: Home::Elsewhere.word(),
            residence: "",
            residence_of: None,
            can_arrive: true,
            can_finish: false,
            can_take: false,
            next: "arrive",
            document: text("cn-resident-id"),
            purpose: "renewal",
            outcomes: Outcome::CHOICES.map(Outcome::word),
        };
        let mut samples: Vec<Self> = State::ALL
            .into_iter()
            .map(|state| Self { state: state.word(), can_arrive: state == State::Booked, ..booked.clone() })
            .collect();
        samples.extend(TicketState::ALL.map(|state| Self {
            state: State::Arrived.word(),
            ticket: Some(text("A007")),
            ticket_state: state.word(),
            can_arrive: false,
            can_finish: !state.is_over(),
            papers: Vec::new(),
            receipt: false,
            home: "",
            ..booked.clone()
        }));
        for (standing, of) in
            [("waiting", None), ("held", None), ("valid", Some("district")), ("lapsed", None), ("over", None)]
        {
            samples.push(Self { residence: standing, residence_of: of.map(text), home: "here", ..booked.clone() });
        }
        samples.push(Self { home: "province", can_take: true, ..booked });
        samples
    }
}
