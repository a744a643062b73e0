//! Comments (评论) under articles: what may be said, who sees it, and what is looked for in it.
//!
//! Nothing is shown before a person has let it through. The e-mail address that a form asks for is for the record alone: it is sealed, read
//! by no page, and forgotten after [`EMAIL_KEPT_MS`].

mod content;
mod form;

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::order::UnknownWord;

pub use content::{ContentCheck, ContentError, Found};
pub use form::{CommentFault, CommentForm, NAME_MOST, NewComment, TEXT_MOST, parse};

/// How long an e-mail address is kept: as long as somebody may still ask who wrote it.
pub const EMAIL_KEPT_MS: i64 = 90 * 86_400_000;

/// How long a comment that is not shown is kept: its author may still ask why.
pub const REFUSED_KEPT_MS: i64 = 180 * 86_400_000;

/// How long a moderator may take a ruling back with one key, as reviewers may.
pub const UNDO_MS: i64 = 10_000;

/// Where a comment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CommentState {
    /// Nobody has looked at it.
    Waiting,
    /// Everybody sees it.
    Shown,
    /// A person found that it should not be seen.
    Hidden,
    /// An advert, or worse: put aside by a person or by the content check.
    Spam,
}

impl CommentState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Shown, Self::Hidden, Self::Spam];

    /// Its word in the database, addresses and message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Shown => "shown",
            Self::Hidden => "hidden",
            Self::Spam => "spam",
        }
    }
}

impl FromStr for CommentState {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|it| it.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// Why a comment is not shown, or why somebody wants it gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Objection {
    /// It sells something.
    Advert,
    /// It insults somebody.
    Insult,
    /// It has somebody's personal data in it.
    Private,
    /// What it says is wrong and would mislead.
    Wrong,
    /// It is about something else.
    OffTopic,
    /// The law forbids it.
    Unlawful,
}

impl Objection {
    /// All of them, in the order of the keys.
    pub const ALL: [Self; 6] = [Self::Advert, Self::Insult, Self::Private, Self::Wrong, Self::OffTopic, Self::Unlawful];

    /// Its word in the database, forms and message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Advert => "advert",
            Self::Insult => "insult",
            Self::Private => "private",
            Self::Wrong => "wrong",
            Self::OffTopic => "off-topic",
            Self::Unlawful => "unlawful",
        }
    }

    /// Where a comment goes for it: adverts and crimes are put aside, the rest is hidden.
    #[must_use]
    pub const fn state(self) -> CommentState {
        match self {
            Self::Advert | Self::Unlawful => CommentState::Spam,
            Self::Insult | Self::Private | Self::Wrong | Self::OffTopic => CommentState::Hidden,
        }
    }
}

impl FromStr for Objection {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|it| it.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// What a moderator says of a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// Everybody may see it.
    Show,
    /// Nobody sees it, and why.
    Refuse(Objection),
}

impl Ruling {
    /// Where the comment stands afterwards.
    #[must_use]
    pub const fn state(self) -> CommentState {
        match self {
            Self::Show => CommentState::Shown,
            Self::Refuse(why) => why.state(),
        }
    }

    /// Why it is not shown.
    #[must_use]
    pub const fn objection(self) -> Option<Objection> {
        match self {
            Self::Show => None,
            Self::Refuse(why) => Some(why),
        }
    }
}

/// How far the check by another service is. It is asked after the comment was taken, never while somebody waits for a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Checked {
    /// It is still to be asked.
    Due,
    /// There is no such service; our own list of words was all.
    Alone,
    /// It finds nothing.
    Pass,
    /// It is not sure.
    Review,
    /// It holds the text for forbidden.
    Risky,
    /// It gave no answer. A person decides, as always.
    Failed,
}

impl Checked {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Due, Self::Alone, Self::Pass, Self::Review, Self::Risky, Self::Failed];

    /// Its word in the database and in message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Alone => "alone",
            Self::Pass => "pass",
            Self::Review => "review",
            Self::Risky => "risky",
            Self::Failed => "failed",
        }
    }
}

impl FromStr for Checked {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|it| it.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// What another service says of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentOpinion {
    /// What it comes to.
    pub checked: Checked,
    /// The service's own code, for moderators; empty where it has none.
    pub code: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back_as_what_they_stand_for() {
        for state in CommentState::ALL {
            assert_eq!(state.word().parse(), Ok(state));
        }
        for objection in Objection::ALL {
            assert_eq!(objection.word().parse(), Ok(objection));
        }
        for checked in Checked::ALL {
            assert_eq!(checked.word().parse(), Ok(checked));
        }
    }

    #[test]
    fn a_ruling_says_where_a_comment_stands() {
        assert_eq!((Ruling::Show.state(), Ruling::Show.objection()), (CommentState::Shown, None));
        assert_eq!(Ruling::Refuse(Objection::Advert).state(), CommentState::Spam);
        assert_eq!(Ruling::Refuse(Objection::Private).state(), CommentState::Hidden);
    }
}
