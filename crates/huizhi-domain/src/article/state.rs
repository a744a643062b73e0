//! On what way an article is in one language: draft → review → scheduled → published → archived. Who asks for publication does not
//! publish; a constraint of the table says so too.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::id::StaffId;
use crate::order::UnknownWord;

/// Where the newest version of an article in one language is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It is being written.
    Draft,
    /// Its writer asks for publication, which somebody else gives.
    Review,
    /// It is published when its time comes.
    Scheduled,
    /// Readers see it.
    Published,
    /// Readers see it no more.
    Archived,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Draft, Self::Review, Self::Scheduled, Self::Published, Self::Archived];

    /// Its word in the database and in message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Review => "review",
            Self::Scheduled => "scheduled",
            Self::Published => "published",
            Self::Archived => "archived",
        }
    }
}

impl FromStr for State {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|state| state.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// Why something is not done with an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArticleRefused {
    /// Who asked for publication does not publish.
    #[error("another person has to publish it")]
    SamePerson,
    /// Its state does not allow it.
    #[error("not while the state is {}", .0.word())]
    State(State),
    /// There is no such article, language or version.
    #[error("no such article or version")]
    Unknown,
}

/// Why a version is not saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SaveRefused {
    /// Somebody saved a newer version meanwhile.
    #[error("version {version} was saved meanwhile")]
    Newer {
        /// Its number.
        version: i64,
    },
    /// Title or body is empty.
    #[error("title or body is empty")]
    Empty,
    /// Title, excerpt or body is longer than one may be.
    #[error("title, excerpt or body is too long")]
    TooLong,
    /// There is no such article.
    #[error("no such article")]
    Unknown,
}

/// What somebody does with an article in one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Asks for publication of the newest version.
    Ask {
        /// Who.
        by: StaffId,
    },
    /// Publishes what was asked for, now or later.
    Publish {
        /// Who.
        by: StaffId,
        /// When; now without it, or where it is past.
        at: Option<Moment>,
    },
    /// Takes a request or a schedule back.
    Withdraw,
    /// Takes it from the readers.
    Archive,
}

/// How an article stands in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Where the newest version is.
    pub state: State,
    /// The newest version.
    pub draft_version: i64,
    /// The version that readers see.
    pub live_version: Option<i64>,
    /// Who asked for publication of the newest.
    pub asked_by: Option<StaffId>,
    /// When.
    pub asked_at: Option<Moment>,
    /// When it is to be published.
    pub publish_at: Option<Moment>,
    /// Who published the newest, or said when.
    pub published_by: Option<StaffId>,
    /// Since when readers have the article, in whatever version.
    pub published_at: Option<Moment>,
    /// Since when they have this version.
    pub changed_at: Option<Moment>,
}

impl Standing {
    /// How a language stands with its first version.
    #[must_use]
    pub const fn first(version: i64) -> Self {
        Self {
            state: State::Draft,
            draft_version: version,
            live_version: None,
            asked_by: None,
            asked_at: None,
            publish_at: None,
            published_by: None,
            published_at: None,
            changed_at: None,
        }
    }

    /// With a new version, which nobody has asked to publish; what readers see stays.
    #[must_use]
    pub fn saved(self, version: i64) -> Self {
        Self { draft_version: version, ..self.drafted() }
    }

    /// After a step.
    ///
    /// # Errors
    /// [`ArticleRefused::State`], [`ArticleRefused::SamePerson`].
    pub fn after(self, step: Step, now: Moment) -> Result<Self, ArticleRefused> {
        let refused = Err(ArticleRefused::State(self.state));
        match (step, self.state) {
            (Step::Ask { by }, State::Draft | State::Archived) => {
                Ok(Self { state: State::Review, asked_by: Some(by), asked_at: Some(now), ..self })
            }
            (Step::Publish { by, .. }, State::Review) if self.asked_by == Some(by) => Err(ArticleRefused::SamePerson),
            (Step::Publish { by, at }, State::Review) => {
                let asked = Self { published_by: Some(by), ..self };
                match at {
                    Some(at) if at > now => Ok(Self { state: State::Scheduled, publish_at: Some(at), ..asked }),
                    _ => Ok(asked.live(now)),
                }
            }
            (Step::Withdraw, State::Review | State::Scheduled) => Ok(self.drafted()),
            (Step::Archive, State::Published | State::Draft) if self.live_version.is_some() => {
                Ok(Self { state: State::Archived, live_version: None, ..self.drafted() })
            }
            _ => refused,
        }
    }

    /// Published, where its time has come.
    #[must_use]
    pub fn due(self, now: Moment) -> Option<Self> {
        let is_due = self.state == State::Scheduled && self.publish_at.is_some_and(|at| at <= now);
        is_due.then(|| self.live(now))
    }

    /// What came with the service: nobody asked, and nobody published it.
    #[must_use]
    pub fn seeded(version: i64, at: Moment) -> Self {
        Self::first(version).live(at)
    }

    /// Whether readers see something else than before.
    #[must_use]
    pub fn shows_other_than(&self, before: Option<&Self>) -> bool {
        let seen = |standing: &Self| standing.live_version.map(|version| (version, standing.changed_at));
        seen(self) != before.and_then(seen)
    }

    fn live(self, now: Moment) -> Self {
        Self {
            state: State::Published,
            live_version: Some(self.draft_version),
            publish_at: None,
            published_at: self.published_at.or(Some(now)),
            changed_at: Some(now),
            ..self
        }
    }

    fn drafted(self) -> Self {
        Self { state: State::Draft, asked_by: None, asked_at: None, publish_at: None, published_by: None, ..self }
    }
}

#[cfg(test)]
mod tests;
