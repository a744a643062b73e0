//! Terminals at windows, which an office owns, and when offices are open.

use huizhi_domain::audit::Actor;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{OfficeId, StaffId, TerminalId};
use huizhi_domain::office::Hours;

use crate::db::{change, read};
use crate::{Result, Store};

/// How long the code of a terminal can be typed.
const CODE_MS: i64 = 10 * 60_000;
/// Characters of a code: 40 bits, for ten minutes.
const CODE_CHARACTERS: usize = 8;

/// A terminal whose browser shows its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// Its id.
    pub id: TerminalId,
    /// The office that it was registered for.
    pub office: Option<OfficeId>,
}

/// A terminal as an administrator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TerminalLine {
    /// Its id.
    pub id: TerminalId,
    /// Its office.
    pub office: OfficeId,
    /// Since when.
    pub registered_at: Moment,
}

impl Store {
    /// The terminal of a secret; `None` for an unknown one, and for one that was taken back.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn terminal(&self, secret: &str) -> Result<Option<Terminal>> {
        let secret = self.terminal_index(secret);
        read!(self.0.db, terminal::find(secret))
    }

    /// Gives the terminal of a secret, new or not yet registered, a code to be typed by who registers it within ten minutes.
    ///
    /// # Errors
    /// [`crate::StoreError::Conflict`] for one that is registered, or was taken back.
    pub async fn terminal_code(&self, secret: &str) -> Result<String> {
        let now = self.now();
        let id = TerminalId::new(now, &mut self.0.random.draw());
        let code = self.draw_letters(CODE_CHARACTERS);
        let (secret, hash, ends_at) =
            (self.terminal_index(secret), self.terminal_code_index(&code), now.after_ms(CODE_MS));
        change!(self.0.db, terminal::code(id, secret, hash, now, ends_at))?;
        Ok(code.to_uppercase())
    }

    /// Registers the terminal that shows a code for an office.
    ///
    /// # Errors
    /// [`crate::StoreError::Absent`] for a code that no terminal shows, or that is too old.
    pub async fn register_terminal(&self, code: &str, office: OfficeId, by: StaffId) -> Result<()> {
        let code: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
        let entry = self.entry(Actor::Staff(by), "terminal.registered", &office, &[]);
        let (keys, code) = (self.0.keys.clone(), self.terminal_code_index(&code.to_lowercase()));
        change!(self.0.db, terminal::register(keys, code, office, by, entry))
    }

    /// All terminals that are registered, by office.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn terminals(&self) -> Result<Vec<TerminalLine>> {
        read!(self.0.db, terminal::all())
    }

    /// Takes a terminal back; its next request finds it gone.
    ///
    /// # Errors
    /// [`crate::StoreError::Absent`] for one that is not registered.
    pub async fn revoke_terminal(&self, id: TerminalId, by: StaffId) -> Result<()> {
        let entry = self.entry(Actor::Staff(by), "terminal.revoked", &id, &[]);
        let keys = self.0.keys.clone();
        change!(self.0.db, terminal::revoke(keys, id, entry))
    }

    /// When an office is open.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn office_hours(&self, office: OfficeId) -> Result<Hours> {
        read!(self.0.db, terminal::hours(office))
    }

    /// Sets when an office is open; `None` as who did it is the operator at the machine.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn set_office_hours(&self, office: OfficeId, hours: &Hours, by: Option<StaffId>) -> Result<()> {
        let entry = self.entry(by.map_or(Actor::Service, Actor::Staff), "office.hours-set", &office, &[]);
        let (keys, hours) = (self.0.keys.clone(), hours.clone());
        change!(self.0.db, terminal::set_hours(keys, office, hours, entry))
    }

    fn terminal_index(&self, secret: &str) -> Vec<u8> {
        self.0.keys.ring.index("terminal", secret).to_vec()
    }

    fn terminal_code_index(&self, code: &str) -> Vec<u8> {
        self.0.keys.ring.index("terminal code", code).to_vec()
    }
}
