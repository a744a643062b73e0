//! A wish of the waiting list (候补): which days and times would do. A place that is given back goes to who has waited longest.

use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Slot;
use crate::clock::Moment;
use crate::id::{AccountId, AppointmentId, OfficeId, PersonId, WishId};
use crate::office::Span;
use crate::order::UnknownWord;
use crate::words::Lang;

/// Offers that one wish gets at most: who lets three pass does not need the place (storage.md, group 20).
pub const MOST_OFFERS: i32 = 3;

/// Between two offers of one wish lies at least this.
pub const OFFER_EVERY_MS: i64 = 24 * 3_600_000;

/// Who has an appointment of the same service within this is offered none: their turn comes anyway.
pub const SOON_MS: i64 = 7 * 24 * 3_600_000;

/// How far ahead an offered place begins at least: somebody has to read of it, answer and come.
pub const AHEAD_MS: i64 = 3 * 3_600_000;

/// How long an offered place is held: long enough for somebody who looks at their telephone at noon.
pub const OFFER_MS: i64 = 2 * 3_600_000;

/// Days that one wish may span: beyond a month nobody knows what they will do.
pub const MOST_DAYS: i64 = 31;

/// Whether people are asked at a minute of the day, 07:30 to 20:30: who sleeps can't answer within two hours.
#[must_use]
pub fn is_waking(minute: i32) -> bool {
    (7 * 60 + 30..20 * 60 + 30).contains(&minute)
}

/// Where a wish stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WishState {
    /// It waits.
    Waiting,
    /// A place is held for it.
    Offered,
    /// It was fulfilled.
    Taken,
    /// Its owner took it back.
    Left,
    /// Its last day is over, or three offers were let pass.
    Lapsed,
}

impl WishState {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Waiting, Self::Offered, Self::Taken, Self::Left, Self::Lapsed];

    /// Its word in the database and in message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Offered => "offered",
            Self::Taken => "taken",
            Self::Left => "left",
            Self::Lapsed => "lapsed",
        }
    }

    /// Whether something may still come of it.
    #[must_use]
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Waiting | Self::Offered)
    }
}

impl FromStr for WishState {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|it| it.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// A wish.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Wish {
    /// Its id.
    pub id: WishId,
    /// Whose.
    pub account: AccountId,
    /// For whom of the account.
    pub person: PersonId,
    /// Where.
    pub office: OfficeId,
    /// The service whose places it waits for.
    pub service: String,
    /// What for.
    pub business: String,
    /// The first day that would do.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// The times of a day at which a place may begin.
    pub times: Span,
    /// The language of its owner.
    pub lang: Lang,
    /// Where it stands.
    pub state: WishState,
    /// Since when it waits. An offer that is let pass costs no place in the line.
    pub made_at: Moment,
    /// How many offers it had.
    pub offers: i32,
    /// When it had the last.
    pub offered_at: Option<Moment>,
    /// The place that is held for it, or was.
    pub appointment: Option<AppointmentId>,
}

impl Wish {
    /// Whether a place would do.
    #[must_use]
    pub fn fits(&self, slot: Slot) -> bool {
        (self.from..=self.to).contains(&slot.day) && (self.times.opens..self.times.closes).contains(&slot.minute)
    }

    /// Whether an offer may be made at a moment.
    #[must_use]
    pub fn may_be_offered(&self, now: Moment) -> bool {
        self.state == WishState::Waiting
            && self.offers < MOST_OFFERS
            && self.offered_at.is_none_or(|at| now.since_ms(at) >= OFFER_EVERY_MS)
    }

    /// What it is once an offer was refused or has lapsed.
    #[must_use]
    pub const fn after_offer(&self) -> WishState {
        if self.offers >= MOST_OFFERS { WishState::Lapsed } else { WishState::Waiting }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const HOUR_MS: i64 = 3_600_000;

    fn wish() -> Wish {
        Wish {
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
            account: "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
            person: "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
            office: "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
            service: "id-card".to_owned(),
            business: "id-renewal".to_owned(),
            from: date(2026, 12, 1),
            to: date(2026, 12, 3),
            times: "09:00-12:00".parse().unwrap(),
            lang: Lang::Zh,
            state: WishState::Waiting,
            made_at: Moment(0),
            offers: 0,
            offered_at: None,
            appointment: None,
        }
    }

    #[test]
    fn days_and_times_have_to_fit() {
        for (slot, fits) in [
            ("2026-12-01T09:00", true),
            ("2026-12-03T11:59", true),
            ("2026-12-03T12:00", false),
            ("2026-12-02T08:59", false),
            ("2026-11-30T09:00", false),
            ("2026-12-04T09:00", false),
        ] {
            assert_eq!(wish().fits(slot.parse().unwrap()), fits, "{slot}");
        }
    }

    #[test]
    fn three_offers_at_most_and_a_day_between_them() {
        let now = Moment(30 * 24 * HOUR_MS);
        let mut wish = wish();
        assert!(wish.may_be_offered(now));
        wish.offers = 1;
        wish.offered_at = Some(now);
        assert!(!wish.may_be_offered(now.after_ms(24 * HOUR_MS - 1)));
        assert!(wish.may_be_offered(now.after_ms(24 * HOUR_MS)));
        assert_eq!(wish.after_offer(), WishState::Waiting);
        wish.offers = 3;
        assert!(!wish.may_be_offered(now.after_ms(48 * HOUR_MS)));
        assert_eq!(wish.after_offer(), WishState::Lapsed);
    }

    #[test]
    fn a_wish_that_is_over_is_offered_nothing() {
        for state in WishState::ALL {
            let wish = Wish { state, ..wish() };
            assert_eq!(wish.may_be_offered(Moment(0)), state == WishState::Waiting, "{state:?}");
        }
    }
}
