//! Support (客服): help by topic first, then an inquiry (咨询), which staff answer.
//!
//! An inquiry may be tied to an order. Who wrote it, and whoever holds its order, reads it; what is said in it is kept sealed.

mod canned;
mod figures;
mod hours;
mod topic;
mod words;

use serde::Serialize;

use crate::clock::Moment;
use crate::id::{InquiryId, OrderId, StaffId};
use crate::words::Lang;

pub use canned::{CannedAnswer, CannedFault, CannedWords, PLACES, unfilled};
pub use figures::{Figures, FirstAnswer};
pub use hours::{Service, ServiceError};
pub use topic::{Link, Question, QuestionWords, Topic, TopicError, Topics};
pub use words::{Author, Ender, Rating, State};

/// Letters of one message at most.
pub const LONGEST: usize = 2000;

/// An inquiry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Inquiry {
    /// Its id.
    pub id: InquiryId,
    /// The order that it is about.
    pub order: Option<OrderId>,
    /// Its topic's id.
    pub topic: String,
    /// The language that it was written in.
    pub lang: Lang,
    /// Where it stands.
    pub state: State,
    /// When it was asked.
    pub asked_at: Moment,
    /// By when the first answer was promised.
    pub due_at: Moment,
    /// When the first answer was given.
    pub first_answer_at: Option<Moment>,
    /// Since when it waits for an answer; `None` where it does not.
    pub waits_since: Option<Moment>,
    /// When something was said or done last.
    pub changed_at: Moment,
    /// Who of staff sees to it.
    pub staff: Option<StaffId>,
    /// When it was closed, and by whom.
    pub closed: Option<(Moment, Ender)>,
    /// What its citizen said of the help.
    pub rating: Option<Rating>,
    /// Place of the newest answer; 0 before the first.
    pub answered_to: i32,
    /// Place up to which its citizen has read.
    pub read_to: i32,
}

impl Inquiry {
    /// Whether its citizen has an answer to read.
    #[must_use]
    pub const fn is_unread(&self) -> bool {
        self.answered_to > self.read_to
    }
}

/// One thing that was said in an inquiry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Said {
    /// Its place in the inquiry, from 1 on.
    pub place: i32,
    /// Who said it.
    pub author: Author,
    /// Which of staff.
    pub staff: Option<StaffId>,
    /// What was said.
    pub text: String,
    /// When.
    pub at: Moment,
    /// Whether there is a picture with it.
    pub has_picture: bool,
}

/// Why something can't be done with an inquiry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SupportError {
    /// It is closed.
    #[error("the inquiry is closed")]
    Closed,
    /// It is not closed yet.
    #[error("the inquiry is not closed yet")]
    NotClosed,
    /// Too many of one's inquiries are open.
    #[error("too many inquiries are open")]
    TooManyOpen,
    /// Too much was said in it.
    #[error("the inquiry is full")]
    Full,
    /// Somebody else of staff took it.
    #[error("somebody else has taken the inquiry")]
    Taken,
}

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextFault {
    /// Nothing was written.
    Empty,
    /// It has more than [`LONGEST`] letters.
    TooLong,
}

/// Reads what was typed: trimmed, lines ended by `\n`, without characters that only machines mean.
///
/// # Errors
/// [`TextFault`].
pub fn text(typed: &str) -> Result<String, TextFault> {
    let lines = typed.replace("\r\n", "\n").replace('\r', "\n");
    let said: String = lines.chars().filter(|it| !it.is_control() || *it == '\n').collect();
    let said = said.trim();
    if said.is_empty() {
        return Err(TextFault::Empty);
    }
    if said.chars().count() > LONGEST { Err(TextFault::TooLong) } else { Ok(said.to_owned()) }
}

impl State {
    /// What a word of the citizen makes of an inquiry.
    ///
    /// # Errors
    /// [`SupportError::Closed`].
    pub const fn asked(self) -> Result<Self, SupportError> {
        match self {
            Self::Closed => Err(SupportError::Closed),
            Self::Open | Self::Answered | Self::Waiting => Ok(Self::Open),
        }
    }

    /// What an answer makes of an inquiry.
    ///
    /// # Errors
    /// [`SupportError::Closed`].
    pub const fn answered(self, then: Next) -> Result<Self, SupportError> {
        match (self, then) {
            (Self::Closed, _) => Err(SupportError::Closed),
            (_, Next::Nothing) => Ok(Self::Answered),
            (_, Next::Reply) => Ok(Self::Waiting),
            (_, Next::Close | Next::Unanswered) => Ok(Self::Closed),
        }
    }

    /// What opening it again makes of an inquiry: it waits for us once more.
    ///
    /// # Errors
    /// [`SupportError::NotClosed`].
    pub const fn reopened(self) -> Result<Self, SupportError> {
        match self {
            Self::Closed => Ok(Self::Open),
            Self::Open | Self::Answered | Self::Waiting => Err(SupportError::NotClosed),
        }
    }

    /// Whether something can still be said.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Closed)
    }
}

/// What an answer waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Next {
    /// Nothing: it was an answer.
    #[default]
    Nothing,
    /// The citizen is asked something.
    Reply,
    /// Nothing more: the inquiry is closed with it.
    Close,
    /// Nothing more: it was no answer but the reason why there is none, and the inquiry is closed with it.
    Unanswered,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inquiry_goes_back_and_forth_until_it_is_closed() {
        let open = State::Open;
        assert_eq!(open.answered(Next::Nothing), Ok(State::Answered));
        assert_eq!(open.answered(Next::Reply), Ok(State::Waiting));
        assert_eq!(State::Waiting.asked(), Ok(State::Open));
        assert_eq!(open.answered(Next::Close), Ok(State::Closed));
        assert_eq!(State::Closed.asked(), Err(SupportError::Closed));
        assert_eq!(State::Closed.answered(Next::Nothing), Err(SupportError::Closed));
        assert_eq!(open.answered(Next::Unanswered), Ok(State::Closed));
        assert_eq!(State::Closed.reopened(), Ok(State::Open));
        assert_eq!(open.reopened(), Err(SupportError::NotClosed));
        for state in State::ALL {
            assert_eq!(state.word().parse(), Ok(*state));
        }
    }

    #[test]
    fn texts_are_trimmed_and_have_an_end() {
        assert_eq!(text(" a\r\nb\u{7}\n "), Ok("a\nb".to_owned()));
        assert_eq!(text(" \n "), Err(TextFault::Empty));
        assert_eq!(text(&"字".repeat(LONGEST)).map(|it| it.chars().count()), Ok(LONGEST));
        assert_eq!(text(&"字".repeat(LONGEST + 1)), Err(TextFault::TooLong));
    }
}
