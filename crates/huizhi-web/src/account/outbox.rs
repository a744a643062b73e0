//! What a demonstration would have sent: shown on a page instead. In memory, and only the newest.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use huizhi_domain::clock::Moment;

/// Letters that are kept: a demonstration shows the last few.
const MOST: usize = 50;

/// A letter that went nowhere.
#[derive(Clone)]
pub struct Letter {
    /// To whom it would have gone.
    pub to: String,
    /// What it says.
    pub text: String,
    /// When.
    pub at: Moment,
}

/// Letters, the newest first.
#[derive(Default)]
pub struct Outbox(Mutex<VecDeque<Letter>>);

impl Outbox {
    /// Adds one.
    pub fn put(&self, letter: Letter) {
        let mut letters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        letters.push_front(letter);
        letters.truncate(MOST);
    }

    /// All of them.
    pub fn letters(&self) -> Vec<Letter> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

impl std::fmt::Debug for Outbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Outbox(…)")
    }
}
