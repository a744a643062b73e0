//! Citizens' accounts: made once somebody has shown that a telephone or mailbox is theirs, signed in to by password, code or face.

mod code;
mod session;

use huizhi_domain::account::{Account, Assurance, CodePurpose, Contact};
use huizhi_domain::audit::Actor;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AccountId, OrderId};
use huizhi_domain::words::Lang;
use zeroize::Zeroizing;

use crate::db::{change, read};
use crate::{Result, Store, StoreError, Visitor};

pub use code::{CodeAnswer, CodeSent, Limited};
pub(crate) use code::{NewCode, UsedCode};
pub use session::SessionLine;
pub(crate) use session::{NewSession, lives};

/// A new account's row.
#[derive(Clone)]
pub struct NewAccount {
    pub id: AccountId,
    pub lang: Lang,
    pub contact: Option<Vec<u8>>,
    pub contact_sealed: Option<Vec<u8>>,
    pub password: Option<String>,
}

/// Whether a password may be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Try {
    /// It may, once; it counts as wrong until [`Store::right_password`].
    Free,
    /// None is compared until then.
    Wait(Moment),
}

impl Store {
    /// The account of an id.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn account(&self, id: AccountId) -> Result<Option<Account>> {
        read!(self.0.db, account::find(id))
    }

    /// The account that a contact belongs to.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn account_by_contact(&self, contact: &Contact) -> Result<Option<AccountId>> {
        let contact = self.contact_index(contact);
        read!(self.0.db, account::by_contact(contact))
    }

    /// The account that a contact belongs to, and the hash of its password, where it has one.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn account_password(&self, contact: &Contact) -> Result<Option<(AccountId, Option<String>)>> {
        let contact = self.contact_index(contact);
        read!(self.0.db, account::password_by_contact(contact))
    }

    /// How an account is reached; `None` where it has no contact, or is not there.
    ///
    /// # Errors
    /// [`StoreError::Seal`], [`StoreError::Row`].
    pub async fn contact_of(&self, id: AccountId) -> Result<Option<Contact>> {
        let Some((Some(sealed), _)) = read!(self.0.db, account::kept(id))? else { return Ok(None) };
        let plain = self.0.keys.ring.open(&about(id), &sealed)?;
        let contact = std::str::from_utf8(&plain).ok().and_then(|text| Contact::parse(text).ok());
        contact.map(Some).ok_or_else(|| StoreError::Row { what: "a contact", value: id.to_string() })
    }

    /// The hash of an account's password; `None` where it has none.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn password_of(&self, id: AccountId) -> Result<Option<String>> {
        Ok(read!(self.0.db, account::kept(id))?.and_then(|(_, password)| password))
    }

    /// As whom an account holds orders.
    #[must_use]
    pub fn account_visitor(&self, id: AccountId) -> Visitor {
        Visitor::of(self.0.keys.ring.index("account", &id.to_string()))
    }

    /// Makes an account without a code, for who is known otherwise: a provider of identities, tests, measurements.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where the contact has an account.
    pub async fn add_account(
        &self,
        contact: Option<&Contact>,
        password: Option<String>,
        lang: Lang,
    ) -> Result<AccountId> {
        let new = self.new_account(contact, password, lang);
        let id = new.id;
        let entry = self.entry(Actor::Citizen, "account.made", &id, &[]);
        let keys = self.0.keys.clone();
        change!(self.0.db, account::add(keys, new, entry))?;
        Ok(id)
    }

    /// Makes the account of a contact that a code proves. The account's id counts only where the answer is [`CodeAnswer::Right`].
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn register(
        &self,
        contact: &Contact,
        typed: &str,
        password: String,
        lang: Lang,
    ) -> Result<(CodeAnswer, AccountId)> {
        let used = self.used(CodePurpose::Register, contact, typed);
        let new = self.new_account(Some(contact), Some(password), lang);
        let id = new.id;
        let entry = self.entry(Actor::Citizen, "account.made", &id, &[]);
        let keys = self.0.keys.clone();
        let answer = change!(self.0.db, account::register(keys, used, new, entry))?;
        Ok((answer, id))
    }

    /// Sets a new password by a code and ends all sessions. The account's id is there where the answer is [`CodeAnswer::Right`].
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn recover(
        &self,
        contact: &Contact,
        typed: &str,
        password: String,
    ) -> Result<(CodeAnswer, Option<AccountId>)> {
        let account = self.account_by_contact(contact).await?;
        let used = self.used(CodePurpose::Recover, contact, typed);
        let subject = account.map_or_else(String::new, |id| id.to_string());
        let entry = self.entry(Actor::Citizen, "account.recovered", &subject, &[]);
        let keys = self.0.keys.clone();
        let answer = change!(self.0.db, account::recover(keys, used, account, password, entry))?;
        Ok((answer, account.filter(|_| answer == CodeAnswer::Right)))
    }

    /// Changes a password, of which the caller has seen that the old one was right, and ends all sessions.
    ///
    /// # Errors
    /// [`StoreError::Absent`].
    pub async fn change_password(&self, id: AccountId, password: String) -> Result<()> {
        let entry = self.entry(Actor::Citizen, "account.password-changed", &id, &[]);
        let keys = self.0.keys.clone();
        change!(self.0.db, account::set_password(keys, id, password, entry))
    }

    /// Has an account reached at another contact, which a code proves, and ends all sessions. The caller has seen that it is the account's
    /// owner who asks.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where the account is not there.
    pub async fn change_contact(&self, id: AccountId, contact: &Contact, typed: &str) -> Result<CodeAnswer> {
        let used = self.used(CodePurpose::Contact, contact, typed);
        let sealed = self.0.keys.ring.seal(&about(id), contact.as_str().as_bytes(), &mut self.0.random.draw());
        let entry = self.entry(Actor::Citizen, "account.contact-changed", &id, &[]);
        let keys = self.0.keys.clone();
        change!(self.0.db, account::change_contact(keys, used, id, sealed, entry))
    }

    /// Raises how sure it is whose account it is; it never sinks.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn assure(&self, id: AccountId, assurance: Assurance) -> Result<()> {
        let detail = [("assurance", i64::from(assurance.number()).into())];
        let entry = self.entry(self.1.actor, "account.assured", &id, &detail);
        let keys = self.0.keys.clone();
        change!(self.0.db, account::assure(keys, id, assurance, entry))
    }

    /// Lets an account hold orders that its browser holds; the caller has seen that it does.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn take_orders(&self, id: AccountId, orders: Vec<OrderId>) -> Result<()> {
        let visitor = self.account_visitor(id).bytes();
        let detail = [("orders", (orders.len() as i64).into())];
        let entry = self.entry(Actor::Citizen, "account.orders-taken", &id, &detail);
        let keys = self.0.keys.clone();
        change!(self.0.db, account::take_orders(keys, visitor, orders, entry))
    }

    /// Takes a try at the password of a contact, in a browser that is known or not; each of both has a count of its own. What is refused
    /// here costs no hash and no write.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn try_password(&self, contact: &Contact, device: Option<&str>) -> Result<Try> {
        let (subject, now, zone) = (self.misses_index(contact, device), self.now(), self.zone());
        let known = read!(self.0.db, account::find_misses(subject.clone()))?;
        let until = match known.and_then(|misses| misses.waits_until(now)) {
            Some(until) => Some(until),
            None => change!(self.0.db, account::take_try(subject, now, zone))?,
        };
        Ok(until.map_or(Try::Free, Try::Wait))
    }

    /// Forgets the wrong passwords after the right one.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn right_password(&self, contact: &Contact, device: Option<&str>) -> Result<()> {
        let subject = self.misses_index(contact, device);
        change!(self.0.db, account::forgive(subject))
    }

    fn new_account(&self, contact: Option<&Contact>, password: Option<String>, lang: Lang) -> NewAccount {
        let mut random = self.0.random.draw();
        let id = AccountId::new(self.now(), &mut random);
        let sealed = contact.map(|it| self.0.keys.ring.seal(&about(id), it.as_str().as_bytes(), &mut random));
        let contact = contact.map(|it| self.contact_index(it));
        NewAccount { id, lang, contact, contact_sealed: sealed, password }
    }

    pub(crate) fn contact_index(&self, contact: &Contact) -> Vec<u8> {
        self.0.keys.ring.index("contact", contact.as_str()).to_vec()
    }

    fn misses_index(&self, contact: &Contact, device: Option<&str>) -> Vec<u8> {
        match device {
            None => self.contact_index(contact),
            Some(device) => {
                let text = Zeroizing::new(format!("{device}\n{}", contact.as_str()));
                self.0.keys.ring.index("contact device", &text).to_vec()
            }
        }
    }
}

fn about(id: AccountId) -> String {
    format!("account {id} contact")
}
