//! One-time codes, and the word that a browser keeps of whom it asked one for.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use huizhi_domain::account::{CODE_LIVES_MS, Code, CodePurpose, Contact};
use huizhi_domain::clock::Moment;
use huizhi_domain::id::MessageId;
use zeroize::Zeroizing;

use crate::db::{change, read};
use crate::{Result, Store};

/// How long a browser keeps for whom it asked a code: as long as three codes one after the other.
const ASKED_MS: i64 = 3 * CODE_LIVES_MS;

/// Why no code went out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limited {
    /// The contact had as many as it may have, until then.
    Contact(Moment),
    /// The service has sent as many as it may a day.
    Service,
}

/// What came of asking for a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeSent {
    /// This one is to be sent.
    Send(Code),
    /// None.
    Limited(Limited),
}

/// What came of a code that was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeAnswer {
    /// It is the one that was sent.
    Right,
    /// It is not.
    Wrong,
    /// None waits any more: it is too old, was used, or was missed too often.
    Over,
}

/// A new code's row.
#[derive(Clone)]
pub struct NewCode {
    pub id: String,
    pub contact: Vec<u8>,
    pub purpose: CodePurpose,
    pub code: Vec<u8>,
    pub expires_at: Moment,
}

/// A code that was typed; `code` is empty where it is none.
#[derive(Clone)]
pub struct UsedCode {
    pub contact: Vec<u8>,
    pub purpose: CodePurpose,
    pub code: Option<Vec<u8>>,
}

impl Store {
    /// Draws a code for a contact, whether it has an account or not, within the limits of the contact and of the service, which sends
    /// `a_day` at most.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn send_code(&self, purpose: CodePurpose, contact: &Contact, a_day: u32) -> Result<CodeSent> {
        let (now, a_day) = (self.now(), i64::from(a_day));
        let mut random = self.0.random.draw();
        let code = Code::draw(&mut random);
        let new = NewCode {
            id: MessageId::new(now, &mut random).to_string(),
            contact: self.contact_index(contact),
            purpose,
            code: self.code_index(purpose, contact, &code),
            expires_at: now.after_ms(CODE_LIVES_MS),
        };
        let limited = change!(self.0.db, account::put_code(new, now, a_day))?;
        Ok(limited.map_or(CodeSent::Send(code), CodeSent::Limited))
    }

    /// Whether a code waits to be typed: without one, nothing needs to be hashed.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn code_waits(&self, purpose: CodePurpose, contact: &Contact) -> Result<bool> {
        let (index, now) = (self.contact_index(contact), self.now());
        read!(self.0.db, account::code_waits(index, purpose.word(), now))
    }

    /// Uses a code up. A code for registering, recovering or another contact is used by [`Self::register`], [`Self::recover`] and
    /// [`Self::change_contact`], together with what it allows.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn use_code(&self, purpose: CodePurpose, contact: &Contact, typed: &str) -> Result<CodeAnswer> {
        let (used, now) = (self.used(purpose, contact, typed), self.now());
        change!(self.0.db, account::use_code(used, now))
    }

    /// The contact for which a browser asked a code, sealed for its cookie: an address in a page's own address would stand in histories
    /// and logs.
    #[must_use]
    pub fn seal_asked(&self, purpose: CodePurpose, contact: &Contact) -> String {
        let plain = Zeroizing::new(format!("{} {}", self.now().0, contact.as_str()));
        BASE64.encode(self.0.keys.ring.seal(&asked(purpose), plain.as_bytes(), &mut self.0.random.draw()))
    }

    /// The contact of [`Self::seal_asked`]; `None` for what we did not seal, for another purpose, and after half an hour.
    #[must_use]
    pub fn open_asked(&self, purpose: CodePurpose, sealed: &str) -> Option<Contact> {
        let plain = self.0.keys.ring.open(&asked(purpose), &BASE64.decode(sealed).ok()?).ok()?;
        let (at, contact) = std::str::from_utf8(&plain).ok()?.split_once(' ')?;
        let age_ms = self.now().since_ms(Moment(at.parse().ok()?));
        if (0..ASKED_MS).contains(&age_ms) { Contact::parse(contact).ok() } else { None }
    }

    pub(crate) fn used(&self, purpose: CodePurpose, contact: &Contact, typed: &str) -> UsedCode {
        let code = Code::parse(typed).map(|code| self.code_index(purpose, contact, &code));
        UsedCode { contact: self.contact_index(contact), purpose, code }
    }

    fn code_index(&self, purpose: CodePurpose, contact: &Contact, code: &Code) -> Vec<u8> {
        let text = Zeroizing::new(format!("{} {} {}", purpose.word(), code.reveal(), contact.as_str()));
        self.0.keys.ring.index("code", &text).to_vec()
    }
}

fn asked(purpose: CodePurpose) -> String {
    format!("asked {}", purpose.word())
}
