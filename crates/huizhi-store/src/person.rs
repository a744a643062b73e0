//! People of an account: added, changed, forgotten, acted for, and handed over to an account of their own.

use huizhi_domain::audit::Actor;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AccountId, OfficeId, OrderId, PersonId, StaffId};
use huizhi_domain::person::{Details, HAND_OVER_MS, Person, ProofStanding, Relation};
use huizhi_domain::receipt::ReceiptNumber;

use crate::db::{change, read};
use crate::order::{about, draw_secret};
use crate::{Result, Store, StoreError};

/// A person as the row has it.
#[derive(Clone)]
pub struct SealedPerson {
    pub id: PersonId,
    pub relation: Relation,
    pub details: Vec<u8>,
    pub seen: Option<(OfficeId, StaffId, Moment)>,
}

/// An order on its way to its person's own account, with a new link. What is known of the applicant loses the guardian's telephone
/// number and address; `None` where nothing is known.
#[derive(Clone)]
pub struct Moved {
    pub order: OrderId,
    pub secret: Vec<u8>,
    pub secret_sealed: Vec<u8>,
    pub applicant: Option<Vec<u8>>,
}

/// What came of an attempt to take somebody over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakenOver {
    /// The person, and this many orders, are the account's now.
    Done {
        /// How many orders.
        orders: usize,
    },
    /// The code is not good, or no more.
    NoCode,
    /// The number is not the person's.
    WrongNumber,
}

impl Store {
    /// The people of an account, in the order in which they were added.
    ///
    /// # Errors
    /// [`StoreError::Seal`].
    pub async fn people(&self, account: AccountId) -> Result<Vec<Person>> {
        let sealed = read!(self.0.db, person::all(account))?;
        sealed.into_iter().map(|it| self.open_person(&it)).collect()
    }

    /// A person of an account.
    ///
    /// # Errors
    /// [`StoreError::Seal`].
    pub async fn person(&self, account: AccountId, id: PersonId) -> Result<Option<Person>> {
        let sealed = read!(self.0.db, person::find(account, id))?;
        sealed.map(|it| self.open_person(&it)).transpose()
    }

    /// Adds a person.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] for a second owner.
    pub async fn add_person(&self, account: AccountId, relation: Relation, details: &Details) -> Result<PersonId> {
        let id = PersonId::new(self.now(), &mut self.0.random.draw());
        let details = self.seal_details(id, details);
        let entry = self.entry(Actor::Citizen, "person.added", &id, &[("relation", relation.word().into())]);
        let keys = self.0.keys.clone();
        change!(self.0.db, person::add(keys, account, id, relation, details, entry))?;
        Ok(id)
    }

    /// Changes a person; what a window saw was seen of what was written before.
    ///
    /// # Errors
    /// [`StoreError::Absent`], [`StoreError::Conflict`] for a second owner.
    pub async fn change_person(
        &self,
        account: AccountId,
        id: PersonId,
        relation: Relation,
        details: &Details,
    ) -> Result<()> {
        let details = self.seal_details(id, details);
        let entry = self.entry(Actor::Citizen, "person.changed", &id, &[]);
        let keys = self.0.keys.clone();
        change!(self.0.db, person::change(keys, account, id, relation, details, entry))
    }

    /// Forgets a person. Their orders stay with the account.
    ///
    /// # Errors
    /// [`StoreError::Absent`].
    pub async fn remove_person(&self, account: AccountId, id: PersonId) -> Result<()> {
        let entry = self.entry(Actor::Citizen, "person.removed", &id, &[]);
        let keys = self.0.keys.clone();
        change!(self.0.db, person::remove(keys, account, id, entry))
    }

    /// Forgets all people of an account, who withdrew the consent to keep them.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn remove_people(&self, account: AccountId) -> Result<()> {
        let entry = self.entry(Actor::Citizen, "person.all-removed", &account, &[]);
        let keys = self.0.keys.clone();
        change!(self.0.db, person::remove_all(keys, account, entry))
    }

    /// Notes for whom of an account's people an order is.
    ///
    /// # Errors
    /// [`StoreError::Absent`] for somebody else's person.
    pub async fn set_person_of(&self, order: OrderId, account: AccountId, id: PersonId) -> Result<()> {
        change!(self.0.db, person::of_order_is(account, id, order))
    }

    /// The person of an account for whom an order is; `None` where that was not said.
    ///
    /// # Errors
    /// [`StoreError::Seal`].
    pub async fn person_of(&self, order: OrderId) -> Result<Option<Person>> {
        let sealed = read!(self.0.db, person::of_order(order))?;
        sealed.map(|it| self.open_person(&it)).transpose()
    }

    /// The person for whom a receipt is, for the window that has it.
    ///
    /// # Errors
    /// [`StoreError::Seal`].
    pub async fn person_of_number(&self, number: &ReceiptNumber) -> Result<Option<Person>> {
        let index = self.number_index(number);
        let Some(found) = read!(self.0.db, receipt::by_number(index))? else { return Ok(None) };
        self.person_of(found.receipt.order).await
    }

    /// A clerk saw the paper that shows a person's relation to their guardian.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn saw_proof(&self, id: PersonId, office: OfficeId, staff: StaffId) -> Result<()> {
        let detail = [("office", office.to_string().into())];
        let entry = self.entry(Actor::Staff(staff), "person.proof-seen", &id, &detail);
        let keys = self.0.keys.clone();
        change!(self.0.db, person::saw_proof(keys, id, office, staff, entry))
    }

    /// A code by which a person is taken over; it is good for a week, and once. The code before it is good no more.
    ///
    /// # Errors
    /// [`StoreError::Absent`] for somebody else's person, and for the owner.
    pub async fn hand_over(&self, account: AccountId, id: PersonId) -> Result<String> {
        let secret = draw_secret(&mut self.0.random.draw()).to_string();
        let code = self.hand_over_index(&secret);
        let entry = self.entry(Actor::Citizen, "person.handed-over", &id, &[]);
        let until = entry.at.after_ms(HAND_OVER_MS);
        let keys = self.0.keys.clone();
        change!(self.0.db, person::lay_code(keys, account, id, code, until, entry))?;
        Ok(secret)
    }

    /// Whether a code is good.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn is_handed_over(&self, code: &str) -> Result<bool> {
        let (index, now) = (self.hand_over_index(code), self.now());
        Ok(read!(self.0.db, person::by_code(index, now))?.is_some())
    }

    /// Takes over a person by the code that their guardian handed over and the number that only they and the guardian know: person and
    /// orders become the account's, and the guardian holds nothing of them any more.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where something changed at the same time.
    pub async fn take_over(&self, to: AccountId, code: &str, number: &str) -> Result<TakenOver> {
        let (index, now) = (self.hand_over_index(code), self.now());
        let Some((sealed, from)) = read!(self.0.db, person::by_code(index.clone(), now))? else {
            return Ok(TakenOver::NoCode);
        };
        let person = self.open_person(&sealed)?;
        let typed: String = number.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_uppercase();
        if typed != person.details.number.as_str() {
            let id = person.id;
            change!(self.0.db, person::missed(id))?;
            return Ok(TakenOver::WrongNumber);
        }
        // The guardian who opens the link in the own account changes nothing.
        if from == to {
            return Ok(TakenOver::NoCode);
        }
        let id = person.id;
        let mut moved = Vec::new();
        for order in read!(self.0.db, person::orders(id))? {
            moved.push(self.moved(order).await?);
        }
        let orders = moved.len();
        let visitor = self.account_visitor(to).bytes();
        let entry = self.entry(Actor::Citizen, "person.taken-over", &id, &[("account", to.to_string().into())]);
        let keys = self.0.keys.clone();
        change!(self.0.db, person::take_over(keys, id, index, to, visitor, moved, entry))?;
        Ok(TakenOver::Done { orders })
    }

    async fn moved(&self, order: OrderId) -> Result<Moved> {
        let ring = &self.0.keys.ring;
        let secret = draw_secret(&mut self.0.random.draw()).to_string();
        let applicant = self.applicant(order).await?.map(|mut record| {
            record.phone = None;
            record.email = None;
            let plain = zeroize::Zeroizing::new(serde_json::to_vec(&record).unwrap_or_default());
            ring.seal(&about(order, "applicant"), &plain, &mut self.0.random.draw())
        });
        Ok(Moved {
            order,
            secret: ring.index("order secret", &secret).to_vec(),
            secret_sealed: ring.seal(&about(order, "secret"), secret.as_bytes(), &mut self.0.random.draw()),
            applicant,
        })
    }

    fn hand_over_index(&self, code: &str) -> Vec<u8> {
        self.0.keys.ring.index("person code", &code.trim().to_ascii_lowercase()).to_vec()
    }

    fn seal_details(&self, id: PersonId, details: &Details) -> Vec<u8> {
        let plain = zeroize::Zeroizing::new(serde_json::to_vec(details).unwrap_or_default());
        self.0.keys.ring.seal(&details_name(id), &plain, &mut self.0.random.draw())
    }

    fn open_person(&self, row: &SealedPerson) -> Result<Person> {
        let plain = self.0.keys.ring.open(&details_name(row.id), &row.details)?;
        let details: Details = serde_json::from_slice(&plain)
            .map_err(|_| StoreError::Row { what: "a person", value: row.id.to_string() })?;
        let standing = row.seen.map_or(ProofStanding::Claimed, |(office, staff, at)| ProofStanding::SeenAtWindow {
            office,
            staff,
            at,
        });
        Ok(Person { id: row.id, relation: row.relation, details, standing })
    }
}

fn details_name(id: PersonId) -> String {
    format!("person {id} details")
}
