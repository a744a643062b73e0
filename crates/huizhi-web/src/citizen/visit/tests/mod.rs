//! Booking as a browser without scripts sees it, each step and each refusal.

mod closed;
mod refusal;
mod story;

use axum::http::HeaderMap;
use huizhi_domain::account::{Assurance, Contact};
use huizhi_domain::applicant::{IdNumber, PersonName};
use huizhi_domain::calendar::Calendar;
use huizhi_domain::id::{AccountId, PersonId};
use huizhi_domain::office::Span;
use huizhi_domain::person::{Details, Relation};
use huizhi_domain::staff::Office;
use huizhi_domain::visit::schedule::Opening;
use huizhi_domain::visit::{Appointment, Rights, Visitor};
use huizhi_domain::words::Lang;
use huizhi_store::{Ask, Store};

use crate::account::{How, begin};
use crate::citizen::tests::{Browser, Says, Service};

/// From another province: the published example of GB 11643, nobody's number.
pub const FAR: &str = "11010519491231002X";
/// Synthetic: born on 29 February 2016.
pub const CHILD: &str = "441302201602290010";

/// Lets an office give three places of twenty minutes on each day of the week but the weekend, from 8:30 on.
pub async fn open(store: &Store, office: &Office) {
    let span = Span { opens: 8 * 60 + 30, closes: 9 * 60 + 30 };
    let of_day = |weekday| Opening { weekday, span, every_min: 20, places: 1, staff_places: 0 };
    let week: Vec<Opening> = (1..=5).map(of_day).collect();
    store.set_openings(office.id, "id-card", &week, None).await.unwrap();
    store.open_slots(&Calendar::built_in().unwrap()).await.unwrap();
}

/// An appointment of an account on Tuesday, 1 December 2026, at half past eight.
pub async fn booked(
    store: &Store,
    office: &Office,
    account: AccountId,
    person: Option<PersonId>,
    number: &IdNumber,
) -> Appointment {
    open(store, office).await;
    let ask = Ask {
        office: office.id,
        service: "id-card".to_owned(),
        business: "id-renewal".to_owned(),
        slot: "2026-12-01T08:30".parse().unwrap(),
        units: 1,
        visitor: Visitor {
            name: PersonName::parse("张小明").unwrap(),
            number: number.clone(),
            birth: number.birth().unwrap(),
        },
        account: Some(account),
        person,
        rights: Rights::Public,
        lang: Lang::Zh,
        once: None,
        session: None,
    };
    store.book(ask).await.unwrap().unwrap().appointment
}

/// Somebody who is signed in.
pub struct Citizen {
    pub browser: Browser,
    pub account: AccountId,
    /// The owner.
    pub person: PersonId,
}

impl Citizen {
    /// Signed in, sure enough who they are, and with the notice accepted.
    pub async fn new(service: &Service, contact: &str, number: &str) -> Self {
        let citizen = Self::unsure(service, contact, number).await;
        let store = &service.app.store;
        store.assure(citizen.account, Assurance::NumberChecked).await.unwrap();
        let version = service.app.notice.version();
        store.accept_notice(citizen.account, &version).await.unwrap();
        citizen
    }

    /// Signed in, and nothing more.
    pub async fn unsure(service: &Service, contact: &str, number: &str) -> Self {
        let store = &service.app.store;
        let contact = Contact::parse(contact).unwrap();
        let account = store.add_account(Some(&contact), None, Lang::Zh).await.unwrap();
        let number = IdNumber::parse(number, service.app.today()).unwrap();
        let birth = number.birth().unwrap_or(jiff::civil::date(1990, 3, 7));
        let name = PersonName::parse("王大明").unwrap();
        let details = Details { name, number, birth, proof: None };
        let person = store.add_person(account, Relation::Myself, &details).await.unwrap();
        let cookie = begin(&service.app, &HeaderMap::new(), account, How::Password).await.unwrap();
        let mut browser = service.browser();
        let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
        browser.keep(name, value);
        Self { browser, account, person }
    }

    /// The address of a page with what was chosen before it.
    pub fn asked(&self, page: &str, office: &Office) -> String {
        format!("/visit/{page}?person={}&business=id-renewal&office={}", self.person, office.id)
    }

    /// Chooses a time; where that leads, or the page that says why not.
    pub async fn choose(&mut self, office: &Office, slot: &str) -> crate::citizen::tests::Seen {
        let (person, office) = (self.person.to_string(), office.id.to_string());
        let fields = [
            ("person", person.as_str()),
            ("business", "id-renewal"),
            ("office", office.as_str()),
            ("slot", slot),
            ("once", ""),
        ];
        self.browser.post("/visit/time", &fields).await
    }

    /// Chooses and confirms; the booking's path.
    pub async fn book(&mut self, office: &Office, slot: &str) -> String {
        let check = self.choose(office, slot).await.to();
        let held = check.strip_prefix("/visit/check?held=").unwrap().to_owned();
        let to = self.browser.post("/visit/check", &[("held", &held)]).await.to();
        to.strip_suffix("?told=booked").unwrap().to_owned()
    }
}

/// A service whose one office gives places.
pub async fn service() -> (Service, Office) {
    let service = Service::new(Says::Fits).await;
    let office = service.app.store.offices().await.unwrap().remove(0);
    open(&service.app.store, &office).await;
    (service, office)
}
