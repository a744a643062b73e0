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
mod tests {
    use super::*;
    use crate::seal::tests::Dice;

    fn staff(seed: u64) -> StaffId {
        StaffId::new(Moment(0), &mut Dice(seed))
    }

    fn asked() -> Standing {
        Standing::first(1).after(Step::Ask { by: staff(1) }, Moment(1)).unwrap()
    }

    #[test]
    fn who_asks_does_not_publish() {
        let publish = |by| asked().after(Step::Publish { by, at: None }, Moment(2));
        assert_eq!(publish(staff(1)), Err(ArticleRefused::SamePerson));
        let live = publish(staff(2)).unwrap();
        assert_eq!((live.state, live.live_version), (State::Published, Some(1)));
        assert_eq!((live.published_at, live.changed_at), (Some(Moment(2)), Some(Moment(2))));
        assert!(live.shows_other_than(None));
    }

    #[test]
    fn a_schedule_waits_for_its_time_and_can_be_taken_back() {
        let at = Some(Moment(10));
        let planned = asked().after(Step::Publish { by: staff(2), at }, Moment(2)).unwrap();
        assert_eq!((planned.state, planned.live_version), (State::Scheduled, None));
        assert_eq!(planned.clone().due(Moment(9)), None);
        assert_eq!(planned.clone().due(Moment(10)).unwrap().state, State::Published);
        let back = planned.after(Step::Withdraw, Moment(3)).unwrap();
        assert_eq!(back, Standing::first(1));
        let past = asked().after(Step::Publish { by: staff(2), at: Some(Moment(1)) }, Moment(2)).unwrap();
        assert_eq!(past.state, State::Published, "a time that is past is now");
    }

    #[test]
    fn readers_keep_the_live_version_while_a_newer_one_is_on_its_way() {
        let live = asked().after(Step::Publish { by: staff(2), at: None }, Moment(2)).unwrap();
        let draft = live.clone().saved(2);
        assert_eq!((draft.state, draft.draft_version, draft.live_version), (State::Draft, 2, Some(1)));
        assert!(!draft.shows_other_than(Some(&live)));
        // Who published the first may ask for the second, and who asked for the first publish it.
        let asked = draft.after(Step::Ask { by: staff(2) }, Moment(3)).unwrap();
        assert_eq!(asked.published_by, None);
        let second = asked.after(Step::Publish { by: staff(1), at: None }, Moment(4)).unwrap();
        assert_eq!((second.published_at, second.changed_at), (Some(Moment(2)), Some(Moment(4))));
        assert!(second.shows_other_than(Some(&live)));
    }

    #[test]
    fn a_change_of_what_was_asked_for_has_to_be_asked_for_again() {
        let changed = asked().saved(2);
        assert_eq!((changed.state, changed.asked_by), (State::Draft, None));
        let publish = Step::Publish { by: staff(2), at: None };
        assert_eq!(changed.after(publish, Moment(2)), Err(ArticleRefused::State(State::Draft)));
    }

    #[test]
    fn only_what_is_seen_is_archived_and_it_comes_back_by_two_persons() {
        assert_eq!(Standing::first(1).after(Step::Archive, Moment(1)), Err(ArticleRefused::State(State::Draft)));
        let archived = Standing::seeded(1, Moment(1)).after(Step::Archive, Moment(2)).unwrap();
        assert_eq!((archived.state, archived.live_version), (State::Archived, None));
        assert!(archived.shows_other_than(Some(&Standing::seeded(1, Moment(1)))));
        let again = archived.clone().saved(2);
        assert_eq!((again.state, again.published_at), (State::Draft, Some(Moment(1))));
        assert_eq!(archived.after(Step::Ask { by: staff(1) }, Moment(3)).unwrap().state, State::Review);
    }

    #[test]
    fn words_come_back() {
        for state in State::ALL {
            assert_eq!(state.word().parse(), Ok(state));
        }
    }
}
