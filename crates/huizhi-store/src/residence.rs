//! Residence declarations: declared, confirmed by a link or at an office, in force one at a time, and shown by a code.

use huizhi_domain::account::Assurance;
use huizhi_domain::applicant::IdNumber;
use huizhi_domain::audit::{Actor, Entry};
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AccountId, DeclarationId, OfficeId, PersonId, StaffId};
use huizhi_domain::person::Person;
use huizhi_domain::residence::{
    Confirmer, Declaration, Declared, Details, Dwelling, Known, Paper, Refusal, Rules, State, Subject, confirms_itself,
    may_declare_for,
};
use jiff::civil::Date;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::db::{change, read};
use crate::{Result, Store, StoreError};

mod answer;
mod code;

pub use answer::{OfficeAnswer, ResidenceLink};
pub use code::{PassRead, ResidenceCode};

/// How often a change is tried where another declaration of the same person came into force in the same moment: the second try sees it.
const TRIES: usize = 3;

/// A declaration's row.
#[derive(Clone)]
pub struct SealedDeclaration {
    pub id: DeclarationId,
    pub account: AccountId,
    pub person: PersonId,
    pub person_key: Vec<u8>,
    pub city: String,
    pub dwelling: Dwelling,
    pub details: Vec<u8>,
    pub state: State,
    pub declared_at: Moment,
    pub link_until: Option<Moment>,
    pub confirmer: Option<Confirmer>,
    pub answered_at: Option<Moment>,
    pub answerer: Option<Vec<u8>>,
    pub office: Option<(OfficeId, StaffId)>,
    pub paper: Option<Paper>,
    pub refusal: Option<Refusal>,
    pub valid_until: Option<Date>,
    pub ended_at: Option<Moment>,
    pub shown_until: Option<Moment>,
}

/// A declaration on its way in.
#[derive(Clone)]
pub struct NewRow {
    pub id: DeclarationId,
    pub account: AccountId,
    pub person: PersonId,
    pub person_key: Vec<u8>,
    pub city: String,
    pub dwelling: Dwelling,
    pub details: Vec<u8>,
    pub declared_at: Moment,
}

/// A yes with its last day, or a no with its reason.
#[derive(Clone)]
pub struct Answer {
    pub by: Confirmer,
    pub verdict: std::result::Result<Date, Refusal>,
    pub answerer: Option<Vec<u8>>,
    pub office: Option<(OfficeId, StaffId)>,
    pub paper: Option<Paper>,
    pub at: Moment,
    pub today: Date,
}

impl Answer {
    fn of(by: Confirmer, verdict: std::result::Result<Date, Refusal>, at: Moment, today: Date) -> Self {
        Self { by, verdict, answerer: None, office: None, paper: None, at, today }
    }
}

/// What is to be declared.
#[derive(Clone, Debug)]
pub struct NewDeclaration {
    /// The account that declares.
    pub account: AccountId,
    /// How sure it is whose it is.
    pub assurance: Assurance,
    /// Its person who lives there.
    pub person: Person,
    /// Where, how and since when.
    pub declared: Declared,
}

impl Store {
    /// Declares where one of an account's people lives. What needs nobody else's word is in force at once; a move ends the one before.
    ///
    /// # Errors
    /// [`StoreError::Residence`] by cause.
    pub async fn declare_residence(&self, new: &NewDeclaration, rules: &Rules) -> Result<(DeclarationId, State)> {
        may_declare_for(&new.person, rules, self.today())?;
        let now = self.now();
        let id = DeclarationId::new(now, &mut self.0.random.draw());
        let person = &new.person.details;
        let subject =
            Subject { name: person.name.clone(), number: person.number.clone(), relation: new.person.relation };
        let details = Details { subject, address: new.declared.address.clone(), since: new.declared.since };
        let row = NewRow {
            id,
            account: new.account,
            person: new.person.id,
            person_key: self.residence_key(&person.number),
            city: details.address.city.clone(),
            dwelling: new.declared.dwelling,
            details: self.seal_residence(&details_name(id), &details),
            declared_at: now,
        };
        let mut entries = vec![self.entry(
            Actor::Citizen,
            "residence.declared",
            &id,
            &[("for", new.person.relation.word().into()), ("dwelling", row.dwelling.word().into())],
        )];
        let alone = confirms_itself(row.dwelling, new.assurance, rules).then(|| {
            entries.push(self.entry(
                Actor::Citizen,
                "residence.confirmed",
                &id,
                &[("by", Confirmer::Oneself.word().into())],
            ));
            let today = self.today();
            Answer::of(Confirmer::Oneself, Ok(rules.valid_until(today)), now, today)
        });
        let state = tried(|| self.declare_once(row.clone(), alone.clone(), entries.clone())).await?;
        Ok((id, state))
    }

    async fn declare_once(&self, row: NewRow, answer: Option<Answer>, entries: Vec<Entry>) -> Result<State> {
        let keys = self.0.keys.clone();
        change!(self.0.db, residence::declare(keys, row, answer, entries))
    }

    /// What an account declared, newest first.
    ///
    /// # Errors
    /// [`StoreError::Seal`].
    pub async fn residences_of(&self, account: AccountId) -> Result<Vec<Declaration>> {
        let rows = read!(self.0.db, residence::all(account))?;
        rows.into_iter().map(|row| self.open_residence(&row)).collect()
    }

    /// A declaration of an account.
    ///
    /// # Errors
    /// [`StoreError::Seal`].
    pub async fn residence_of(&self, account: AccountId, id: DeclarationId) -> Result<Option<Declaration>> {
        Ok(self.residence(id).await?.filter(|it| it.account == account))
    }

    /// A declaration, for an office.
    ///
    /// # Errors
    /// [`StoreError::Seal`].
    pub async fn residence(&self, id: DeclarationId) -> Result<Option<Declaration>> {
        read!(self.0.db, residence::find(id))?.map(|row| self.open_residence(&row)).transpose()
    }

    /// Notes that a clerk looked at a declaration, which its owner is shown.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn residence_viewed(&self, id: DeclarationId, staff: StaffId, office: OfficeId) -> Result<()> {
        let detail = [("office".to_owned(), Value::from(office.to_string()))].into_iter().collect();
        self.log(Actor::Staff(staff), "residence.viewed", &id.to_string(), detail).await
    }

    /// Declarations of a city that wait for an answer, the oldest first.
    ///
    /// # Errors
    /// [`StoreError::Seal`].
    pub async fn residences_waiting(&self, city: &str) -> Result<Vec<Declaration>> {
        let city = city.to_owned();
        let rows = read!(self.0.db, residence::waiting(city))?;
        rows.into_iter().map(|row| self.open_residence(&row)).collect()
    }

    /// How the residence of a person stands today, for a window that has their number; `None` where nothing was declared.
    ///
    /// # Errors
    /// [`StoreError::Seal`].
    pub async fn residence_standing(&self, number: &IdNumber) -> Result<Option<Known>> {
        let key = self.residence_key(number);
        let row = read!(self.0.db, residence::of_person(key))?;
        let found = row.map(|row| self.open_residence(&row)).transpose()?;
        Ok(found.map(|it| it.known(self.today())))
    }

    /// Takes a declaration back, whether it waits or is in force.
    ///
    /// # Errors
    /// [`StoreError::Absent`], [`StoreError::Residence`] where it is over already.
    pub async fn cancel_residence(&self, account: AccountId, id: DeclarationId) -> Result<()> {
        let entry = self.entry(Actor::Citizen, "residence.cancelled", &id, &[]);
        let keys = self.0.keys.clone();
        change!(self.0.db, residence::cancel(keys, account, id, entry))
    }

    /// Forgets declarations that have been over for as long as the rules say. Gives how many.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn forget_residences(&self, rules: &Rules) -> Result<usize> {
        let before = self.now().after_ms(-rules.kept_ms());
        let old = read!(self.0.db, residence::old(before, before.day(self.0.zone)))?;
        let count = old.len();
        for id in old {
            let entry = self.entry(Actor::Service, "residence.forgotten", &id, &[]);
            let keys = self.0.keys.clone();
            change!(self.0.db, residence::forget_old(keys, id, entry))?;
        }
        Ok(count)
    }

    /// The keyed hash of a person's number, of a kind of its own, so that this table can't be joined with another.
    fn residence_key(&self, number: &IdNumber) -> Vec<u8> {
        self.0.keys.ring.index("residence person", number.as_str()).to_vec()
    }

    fn seal_residence(&self, about: &str, what: &impl Serialize) -> Vec<u8> {
        let plain = zeroize::Zeroizing::new(serde_json::to_vec(what).unwrap_or_default());
        self.0.keys.ring.seal(about, &plain, &mut self.0.random.draw())
    }

    fn unseal_residence<T: DeserializeOwned>(&self, about: &str, sealed: &[u8]) -> Result<T> {
        let plain = self.0.keys.ring.open(about, sealed)?;
        serde_json::from_slice(&plain).map_err(|_| StoreError::Row { what: "a residence", value: about.to_owned() })
    }

    fn open_residence(&self, row: &SealedDeclaration) -> Result<Declaration> {
        let answerer = row.answerer.as_deref();
        Ok(Declaration {
            details: self.unseal_residence(&details_name(row.id), &row.details)?,
            answerer: answerer.map(|sealed| self.unseal_residence(&answerer_name(row.id), sealed)).transpose()?,
            id: row.id,
            account: row.account,
            person: row.person,
            dwelling: row.dwelling,
            state: row.state,
            declared_at: row.declared_at,
            link_until: row.link_until,
            confirmer: row.confirmer,
            answered_at: row.answered_at,
            office: row.office,
            paper: row.paper,
            refusal: row.refusal,
            valid_until: row.valid_until,
            ended_at: row.ended_at,
            shown_until: row.shown_until,
        })
    }
}

fn details_name(id: DeclarationId) -> String {
    format!("residence {id} details")
}

fn answerer_name(id: DeclarationId) -> String {
    format!("residence {id} answerer")
}

/// Tries a change again where another declaration of the same person was first.
async fn tried<F: Future<Output = Result<State>>>(once: impl Fn() -> F) -> Result<State> {
    for _ in 1..TRIES {
        match once().await {
            Err(StoreError::Conflict(_)) => {}
            done => return done,
        }
    }
    once().await
}
