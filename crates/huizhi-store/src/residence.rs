//! Residence declarations: declared, confirmed by a link or at an office, in force one at a time, and shown by a code.

use huizhi_domain::account::Assurance;
use huizhi_domain::applicant::IdNumber;
use huizhi_domain::audit::{Actor, Entry};
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AccountId, DeclarationId, OfficeId, PersonId, StaffId};
use huizhi_domain::person::Person;
use huizhi_domain::residence::{
    Answerer, Confirmer, Declaration, Declared, Details, Dwelling, Known, Paper, PassClaims, PassError, Refusal, Rules,
    Standing, State, Subject, confirms_itself, may_declare_for, read_pass, to_be_signed,
};
use jiff::civil::Date;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::db::{change, read};
use crate::order::draw_secret;
use crate::{Result, Store, StoreError};

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

/// A link for the landlord.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResidenceLink {
    /// Its secret, of which only a keyed hash is kept.
    pub secret: String,
    /// Until when it is good.
    pub until: Moment,
}

/// What a clerk says of a declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfficeAnswer {
    /// The clerk.
    pub staff: StaffId,
    /// Their office.
    pub office: OfficeId,
    /// The paper that they saw, or why they say no.
    pub verdict: std::result::Result<Paper, Refusal>,
}

/// A code that was drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResidenceCode {
    /// The signed text.
    pub token: String,
    /// What it says.
    pub claims: PassClaims,
    /// Until when more of them are drawn.
    pub shown_until: Moment,
}

/// What a scanned code is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PassRead {
    /// It is good, and what it says holds still.
    Good(PassClaims),
    /// Its minutes are over.
    Over,
    /// It was good, but the residence is not any more.
    NoMore,
    /// It is no code of ours, or was changed.
    NotOurs,
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
        let state = self.tried(|| self.declare_once(row.clone(), alone.clone(), entries.clone())).await?;
        Ok((id, state))
    }

    async fn declare_once(&self, row: NewRow, answer: Option<Answer>, entries: Vec<Entry>) -> Result<State> {
        let keys = self.0.keys.clone();
        change!(self.0.db, residence::declare(keys, row, answer, entries))
    }

    /// Tries a change again where another declaration of the same person was first.
    async fn tried<F: Future<Output = Result<State>>>(&self, change: impl Fn() -> F) -> Result<State> {
        for _ in 1..TRIES {
            match change().await {
                Err(StoreError::Conflict(_)) => {}
                done => return done,
            }
        }
        change().await
    }

    /// What an account declared, newest first.
    ///
    /// # Errors
    /// [`StoreError::Seal`].
    pub async fn residences_of(&self, account: AccountId) -> Result<Vec<Declaration>> {
        let rows = read!(self.0.db, residence::all(account))?;
        rows.into_iter().map(|row| self.open_residence(row)).collect()
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
        read!(self.0.db, residence::find(id))?.map(|row| self.open_residence(row)).transpose()
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
        rows.into_iter().map(|row| self.open_residence(row)).collect()
    }

    /// How the residence of a person stands today, for a window that has their number; `None` where nothing was declared.
    ///
    /// # Errors
    /// [`StoreError::Seal`].
    pub async fn residence_standing(&self, number: &IdNumber) -> Result<Option<Known>> {
        let key = self.residence_key(number);
        let row = read!(self.0.db, residence::of_person(key))?;
        let found = row.map(|row| self.open_residence(row)).transpose()?;
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

    /// Draws a link for the landlord; the one before is good no more.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where no landlord can confirm it, or not any more.
    pub async fn residence_link(&self, account: AccountId, id: DeclarationId, rules: &Rules) -> Result<ResidenceLink> {
        let secret = draw_secret(&mut self.0.random.draw()).to_string();
        let link = self.residence_link_index(&secret);
        let entry = self.entry(Actor::Citizen, "residence.link-drawn", &id, &[]);
        let until = entry.at.after_ms(rules.link_ms());
        let keys = self.0.keys.clone();
        change!(self.0.db, residence::lay_link(keys, account, id, link, until, entry))?;
        Ok(ResidenceLink { secret, until })
    }

    /// Takes the landlord's link back.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn withdraw_residence_link(&self, account: AccountId, id: DeclarationId) -> Result<()> {
        let entry = self.entry(Actor::Citizen, "residence.link-withdrawn", &id, &[]);
        let keys = self.0.keys.clone();
        change!(self.0.db, residence::drop_link(keys, account, id, entry))
    }

    /// The declaration of a landlord's link, while it is good.
    ///
    /// # Errors
    /// [`StoreError::Seal`].
    pub async fn residence_by_link(&self, secret: &str) -> Result<Option<Declaration>> {
        let (link, now) = (self.residence_link_index(secret), self.now());
        read!(self.0.db, residence::by_link(link, now))?.map(|row| self.open_residence(row)).transpose()
    }

    /// What a landlord or an agent says, by their link, which is used up by it.
    ///
    /// # Errors
    /// [`StoreError::Residence`]: the link is good no more.
    pub async fn answer_residence_link(
        &self,
        secret: &str,
        by: Confirmer,
        answerer: &Answerer,
        refusal: Option<Refusal>,
        rules: &Rules,
    ) -> Result<State> {
        let (link, now, today) = (self.residence_link_index(secret), self.now(), self.today());
        let found = read!(self.0.db, residence::by_link(link.clone(), now))?;
        let id = found.ok_or(huizhi_domain::residence::ResidenceError::Link)?.id;
        let verdict = refusal.map_or_else(|| Ok(rules.valid_until(today)), Err);
        let answerer = Some(self.seal_residence(&answerer_name(id), answerer));
        let answer = Answer { answerer, ..Answer::of(by, verdict, now, today) };
        let entry = self.answered(Actor::Citizen, id, &answer, &[]);
        self.tried(|| self.answer_link_once(link.clone(), answer.clone(), entry.clone())).await
    }

    async fn answer_link_once(&self, link: Vec<u8>, answer: Answer, entry: Entry) -> Result<State> {
        let keys = self.0.keys.clone();
        change!(self.0.db, residence::answer_link(keys, link, answer, entry))
    }

    /// What a clerk of the declaration's city says.
    ///
    /// # Errors
    /// [`StoreError::Absent`], [`StoreError::Residence`] by cause.
    pub async fn answer_residence(
        &self,
        id: DeclarationId,
        city: &str,
        said: OfficeAnswer,
        rules: &Rules,
    ) -> Result<State> {
        let (now, today) = (self.now(), self.today());
        let verdict = said.verdict.map(|_| rules.valid_until(today));
        let answer = Answer {
            office: Some((said.office, said.staff)),
            paper: said.verdict.ok(),
            ..Answer::of(Confirmer::Office, verdict, now, today)
        };
        let detail = [("office", Value::from(said.office.to_string()))];
        let entry = self.answered(Actor::Staff(said.staff), id, &answer, &detail);
        self.tried(|| self.answer_office_once(id, city.to_owned(), answer.clone(), entry.clone())).await
    }

    async fn answer_office_once(
        &self,
        id: DeclarationId,
        city: String,
        answer: Answer,
        entry: Entry,
    ) -> Result<State> {
        let keys = self.0.keys.clone();
        change!(self.0.db, residence::answer_at_office(keys, id, city, answer, entry))
    }

    fn answered(&self, actor: Actor, id: DeclarationId, answer: &Answer, more: &[(&str, Value)]) -> Entry {
        let by = ("by", Value::from(answer.by.word()));
        let (action, what) = match answer.verdict {
            Ok(_) => ("residence.confirmed", answer.paper.map(|it| ("paper", Value::from(it.word())))),
            Err(refusal) => ("residence.refused", Some(("reason", Value::from(refusal.word())))),
        };
        let detail: Vec<(&str, Value)> = [by].into_iter().chain(what).chain(more.iter().cloned()).collect();
        self.entry(actor, action, &id, &detail)
    }

    /// Notes that its holder agrees that whoever scans the code sees what it says, for some minutes.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where it is not in force.
    pub async fn show_residence(&self, account: AccountId, id: DeclarationId, rules: &Rules) -> Result<()> {
        let entry = self.entry(Actor::Citizen, "residence.shown", &id, &[("consent", "code".into())]);
        let (until, today, keys) = (entry.at.after_ms(rules.shown_ms()), self.today(), self.0.keys.clone());
        change!(self.0.db, residence::show(keys, account, id, until, today, entry))
    }

    /// Draws a code of a residence; `None` where it is not in force, or its holder has not agreed to show it now.
    ///
    /// # Errors
    /// [`StoreError::Seal`].
    pub async fn residence_pass(
        &self,
        account: AccountId,
        id: DeclarationId,
        rules: &Rules,
    ) -> Result<Option<ResidenceCode>> {
        let (now, today) = (self.now(), self.today());
        let Some(found) = self.residence_of(account, id).await? else { return Ok(None) };
        let (Some(last), Some(shown_until)) = (found.valid_until, found.shown_until) else { return Ok(None) };
        if found.standing(today) != Standing::Valid || now >= shown_until {
            return Ok(None);
        }
        let Details { subject, address, .. } = found.details;
        let iat = now.0.div_euclid(1000);
        let claims = PassClaims {
            v: 1,
            r: id,
            n: subject.name.masked(),
            l: subject.number.last_four().to_owned(),
            c: address.city,
            q: address.district,
            u: last,
            iat,
            exp: iat + rules.code_ms() / 1000,
        };
        let signer = &self.0.keys.signer;
        let token = signer.token(&to_be_signed(&claims, signer.id()));
        Ok(Some(ResidenceCode { token, claims, shown_until }))
    }

    /// What a scanned code is worth in this moment.
    ///
    /// # Errors
    /// [`StoreError::Seal`].
    pub async fn read_residence_pass(&self, token: &str) -> Result<PassRead> {
        let claims = match read_pass(&self.0.keys.verifier, token.trim(), self.now()) {
            Ok(claims) => claims,
            Err(PassError::Over) => return Ok(PassRead::Over),
            Err(PassError::Token(_)) => return Ok(PassRead::NotOurs),
        };
        let found = self.residence(claims.r).await?;
        let holds = found.is_some_and(|it| it.standing(self.today()) == Standing::Valid);
        Ok(if holds { PassRead::Good(claims) } else { PassRead::NoMore })
    }

    /// Notes that a window verified a residence, which its holder is shown.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn residence_verified(&self, id: DeclarationId, staff: StaffId, office: OfficeId) -> Result<()> {
        let detail = [("office".to_owned(), Value::from(office.to_string()))].into_iter().collect();
        self.log(Actor::Staff(staff), "residence.verified", &id.to_string(), detail).await
    }

    /// The keyed hash of a person's number, of a kind of its own, so that this table can't be joined with another.
    fn residence_key(&self, number: &IdNumber) -> Vec<u8> {
        self.0.keys.ring.index("residence person", number.as_str()).to_vec()
    }

    fn residence_link_index(&self, secret: &str) -> Vec<u8> {
        self.0.keys.ring.index("residence link", &secret.trim().to_ascii_lowercase()).to_vec()
    }

    fn seal_residence(&self, about: &str, what: &impl Serialize) -> Vec<u8> {
        let plain = zeroize::Zeroizing::new(serde_json::to_vec(what).unwrap_or_default());
        self.0.keys.ring.seal(about, &plain, &mut self.0.random.draw())
    }

    fn unseal_residence<T: DeserializeOwned>(&self, about: &str, sealed: &[u8]) -> Result<T> {
        let plain = self.0.keys.ring.open(about, sealed)?;
        serde_json::from_slice(&plain).map_err(|_| StoreError::Row { what: "a residence", value: about.to_owned() })
    }

    fn open_residence(&self, row: SealedDeclaration) -> Result<Declaration> {
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
