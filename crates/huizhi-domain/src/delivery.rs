//! Deliveries (投递): a message on its way to one target by one channel. The inbox has every message without them.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::id::{DeliveryId, MessageId};
use crate::order::UnknownWord;

/// The pauses after failed tries, in seconds: five seconds for a hiccup, then ever longer, three days in all. Those that Standard Webhooks
/// 1.0 proposes.
const PAUSES_S: [i64; 9] = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// A citizen's message that could not be on its way for this long is stale: the inbox has it, and by now more may have happened.
pub const STALE_MS: i64 = 3 * 86_400_000;

/// How a message leaves the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// E-mail.
    Mail,
    /// 短信.
    Sms,
    /// A subscribe message (订阅消息) of WeChat.
    Wechat,
    /// A partner's web hook.
    Hook,
}

impl Channel {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Mail, Self::Sms, Self::Wechat, Self::Hook];

    /// Its word in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Sms => "sms",
            Self::Wechat => "wechat",
            Self::Hook => "hook",
        }
    }
}

impl FromStr for Channel {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|it| it.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryState {
    /// It is to be sent, or to be sent again.
    Due,
    /// The other side took it.
    Sent,
    /// The other side said no for good.
    Refused,
    /// It was tried often enough.
    GivenUp,
}

impl DeliveryState {
    const ALL: [Self; 4] = [Self::Due, Self::Sent, Self::Refused, Self::GivenUp];

    /// Its word in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Sent => "sent",
            Self::Refused => "refused",
            Self::GivenUp => "given-up",
        }
    }
}

impl FromStr for DeliveryState {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|it| it.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// A delivery. It carries no address: where a citizen is reached is looked up when it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// What is told. The other side gets this id with every try, and so knows a repetition.
    pub message: MessageId,
    /// How.
    pub channel: Channel,
    /// To which of several: a hook's id; empty where the channel has one.
    pub target: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was begun to be sent.
    pub tries: i32,
    /// When it is tried next, while it is due.
    pub next_at: Moment,
    /// The last fault's code.
    pub error: Option<String>,
    /// When it was settled.
    pub done_at: Option<Moment>,
}

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The other side took it.
    Sent,
    /// It failed and may go well later.
    Later {
        /// Why, as a code without anybody's data.
        code: String,
        /// The pause that the other side asked for.
        after_s: Option<i64>,
    },
    /// It will never go well.
    Refused {
        /// Why, as a code.
        code: String,
    },
}

impl Outcome {
    /// A failure that may go well later, by its code.
    #[must_use]
    pub fn later(code: impl Into<String>) -> Self {
        Self::Later { code: code.into(), after_s: None }
    }

    /// A failure for good, by its code.
    #[must_use]
    pub fn refused(code: impl Into<String>) -> Self {
        Self::Refused { code: code.into() }
    }

    /// Where a delivery stands after it, and when it is tried next. `tries` counts this one; `chance` in 0…1 spreads pauses by a quarter,
    /// so that what failed together does not come back together.
    #[must_use]
    pub fn after(&self, tries: i32, now: Moment, chance: f64) -> (DeliveryState, Moment) {
        match self {
            Self::Sent => (DeliveryState::Sent, now),
            Self::Refused { .. } => (DeliveryState::Refused, now),
            Self::Later { after_s, .. } => {
                let pause = usize::try_from(tries - 1).ok().and_then(|place| PAUSES_S.get(place));
                let Some(pause_s) = pause else { return (DeliveryState::GivenUp, now) };
                // What the other side asks for is heard up to a day.
                let pause_s = (*pause_s).max(after_s.unwrap_or(0).min(86_400));
                let spread_ms = (pause_s as f64 * 250.0 * chance.clamp(0.0, 1.0)) as i64;
                (DeliveryState::Due, now.after_s(pause_s).after_ms(spread_ms))
            }
        }
    }

    /// Its code; none for what went well.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Sent => None,
            Self::Later { code, .. } | Self::Refused { code } => Some(code),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_for_three_days_and_then_it_is_given_up() {
        let (mut now, mut pauses) = (Moment(0), Vec::new());
        for tries in 1..=10 {
            let (state, next) = Outcome::later("x").after(tries, now, 0.0);
            if tries == 10 {
                assert_eq!(state, DeliveryState::GivenUp);
            } else {
                assert_eq!(state, DeliveryState::Due);
                pauses.push(next.since_ms(now) / 1000);
                now = next;
            }
        }
        assert_eq!(pauses, PAUSES_S);
        assert!(pauses.is_sorted() && (3 * 86_400..4 * 86_400).contains(&(now.0 / 1000)), "{}", now.0);
    }

    #[test]
    fn the_other_side_may_ask_for_a_longer_pause_up_to_a_day() {
        let asked = |after_s, tries| {
            let outcome = Outcome::Later { code: "x".to_owned(), after_s: Some(after_s) };
            outcome.after(tries, Moment(0), 0.0).1.0 / 1000
        };
        assert_eq!((asked(60, 1), asked(1, 2), asked(10_000_000, 1)), (60, 300, 86_400));
        let spread = Outcome::later("x").after(2, Moment(0), 1.0).1.0;
        assert_eq!(spread, 375_000);
    }
}
