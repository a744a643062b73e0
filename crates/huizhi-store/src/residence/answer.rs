//! Who confirms or refuses a declaration: a landlord by a link, or an office.

use huizhi_domain::audit::{Actor, Entry};
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AccountId, DeclarationId, OfficeId, StaffId};
use huizhi_domain::residence::{Answerer, Confirmer, Declaration, Paper, Refusal, ResidenceError, Rules, State};
use serde_json::Value;

use super::{Answer, answerer_name, tried};
use crate::db::{change, read};
use crate::order::draw_secret;
use crate::{Result, Store};

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

impl Store {
    /// Draws a link for the landlord; the one before is good no more.
    ///
    /// # Errors
    /// [`crate::StoreError::Absent`] where no landlord can confirm it, or not any more.
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
    /// [`crate::StoreError::Db`].
    pub async fn withdraw_residence_link(&self, account: AccountId, id: DeclarationId) -> Result<()> {
        let entry = self.entry(Actor::Citizen, "residence.link-withdrawn", &id, &[]);
        let keys = self.0.keys.clone();
        change!(self.0.db, residence::drop_link(keys, account, id, entry))
    }

    /// The declaration of a landlord's link, while it is good.
    ///
    /// # Errors
    /// [`crate::StoreError::Seal`].
    pub async fn residence_by_link(&self, secret: &str) -> Result<Option<Declaration>> {
        let (link, now) = (self.residence_link_index(secret), self.now());
        read!(self.0.db, residence::by_link(link, now))?.map(|row| self.open_residence(&row)).transpose()
    }

    /// What a landlord or an agent says, by their link, which is used up by it.
    ///
    /// # Errors
    /// [`crate::StoreError::Residence`]: the link is good no more.
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
        let id = found.ok_or(ResidenceError::Link)?.id;
        let verdict = refusal.map_or_else(|| Ok(rules.valid_until(today)), Err);
        let answerer = Some(self.seal_residence(&answerer_name(id), answerer));
        let answer = Answer { answerer, ..Answer::of(by, verdict, now, today) };
        let entry = self.answered(Actor::Citizen, id, &answer, &[]);
        tried(|| self.answer_link_once(link.clone(), answer.clone(), entry.clone())).await
    }

    async fn answer_link_once(&self, link: Vec<u8>, answer: Answer, entry: Entry) -> Result<State> {
        let keys = self.0.keys.clone();
        change!(self.0.db, residence::answer_link(keys, link, answer, entry))
    }

    /// What a clerk of the declaration's city says.
    ///
    /// # Errors
    /// [`crate::StoreError::Absent`], [`crate::StoreError::Residence`] by cause.
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
        tried(|| self.answer_office_once(id, city.to_owned(), answer.clone(), entry.clone())).await
    }

    async fn answer_office_once(&self, id: DeclarationId, city: String, answer: Answer, entry: Entry) -> Result<State> {
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

    fn residence_link_index(&self, secret: &str) -> Vec<u8> {
        self.0.keys.ring.index("residence link", &secret.trim().to_ascii_lowercase()).to_vec()
    }
}
