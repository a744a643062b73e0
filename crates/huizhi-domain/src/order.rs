//! An order (订单): one citizen, one document, one city, from the first photo to the receipt.
//!
//! ```text
//! draft ─► unpaid ─► waiting ⇄ in review ─► approved
//!   │        │          │  ▲        └─► rejected ─► (new photo or appeal) waiting
//!   └─► expired         └─ withdrawn          └─► withdrawn, expired
//! ```

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::id::{AttemptId, OrderId};
use crate::words::Lang;

/// How many photos a citizen may hold side by side before choosing one.
pub const PHOTOS_AT_ONCE: usize = 3;

/// How long an order waits for its citizen, as draft, unpaid or rejected: 30 days. A draft's photo is a face that nobody
/// asked us to keep (PIPL art. 19: as short as possible), a rejected one leaves time for a new photo.
pub const WAITS_FOR_CITIZEN_MS: i64 = 30 * 24 * 3_600_000;

/// A draft without an answer for a day is deleted with its photos (UX.md: a report waits 24 h).
pub const DRAFT_WAITS_MS: i64 = 24 * 3_600_000;

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrderState {
    /// The citizen is still at it.
    Draft,
    /// Submitted; the price is not yet paid.
    Unpaid,
    /// In the queue of the detection centre.
    Waiting,
    /// A reviewer holds it, or a decision can still be undone.
    InReview,
    /// 审核失败: a new photo is free.
    Rejected,
    /// 通过: the receipt follows.
    Approved,
    /// Given up by the citizen.
    Withdrawn,
    /// Given up by time.
    Expired,
}

impl OrderState {
    /// All of them, in the order of the journey.
    pub const ALL: [Self; 8] = [
        Self::Draft,
        Self::Unpaid,
        Self::Waiting,
        Self::InReview,
        Self::Rejected,
        Self::Approved,
        Self::Withdrawn,
        Self::Expired,
    ];

    /// Its word in the database, in message keys and in the interface for machines.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Unpaid => "unpaid",
            Self::Waiting => "waiting",
            Self::InReview => "in-review",
            Self::Rejected => "rejected",
            Self::Approved => "approved",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
        }
    }
}

impl fmt::Display for OrderState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for OrderState {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|state| state.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// A word that stands for nothing here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no word of ours")]
pub struct UnknownWord(pub String);

/// An order without its applicant and photos, which are kept apart from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// The document's id in `specs/documents`.
    pub document: String,
    /// The issuing city's code (GB/T 2260, six digits).
    pub city: String,
    /// Where it stands.
    pub state: OrderState,
    /// What it costs, in fen; set when it is submitted for the first time.
    pub price_fen: i64,
    /// What was paid, in fen, less what was paid back.
    pub paid_fen: i64,
    /// The version of rules and policy that it is judged and issued by; pinned at its first submission.
    pub rules: String,
    /// Its place in the queue: the moment of its first submission, kept through rejections.
    pub queued_at: Option<Moment>,
    /// The attempt that was submitted last.
    pub attempt: Option<AttemptId>,
    /// The language its citizen reads.
    pub lang: Lang,
    /// When it began.
    pub created_at: Moment,
    /// When its state changed last.
    pub changed_at: Moment,
}

/// Why a change of an order is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// The order stands elsewhere.
    #[error("an order that is {state} can't be {wish}")]
    WrongState {
        /// Where it stands.
        state: OrderState,
        /// What was wanted, as a participle.
        wish: &'static str,
    },
    /// Three photos are there; one has to go first.
    #[error("an order holds at most {PHOTOS_AT_ONCE} photos at a time")]
    TooManyPhotos,
    /// The photo is no usable one: the engine would not let it through even with a reason.
    #[error("this photo can't be submitted")]
    Unusable,
    /// The photo has faults that need a reason.
    #[error("this photo has faults; submitting it takes a reason")]
    ReasonMissing,
    /// Another amount is due.
    #[error("{due_fen} fen are due, not {offered_fen}")]
    WrongAmount {
        /// What is due.
        due_fen: i64,
        /// What was offered.
        offered_fen: i64,
    },
    /// The attempt was appealed against before.
    #[error("one appeal an attempt")]
    AppealedBefore,
}

impl Order {
    /// Whether the citizen may add, drop and choose photos.
    #[must_use]
    pub const fn takes_photos(&self) -> bool {
        matches!(self.state, OrderState::Draft | OrderState::Rejected)
    }

    /// Still to be paid, in fen. A resubmission costs nothing: what was paid stays paid.
    #[must_use]
    pub const fn due_fen(&self) -> i64 {
        if self.price_fen > self.paid_fen { self.price_fen - self.paid_fen } else { 0 }
    }

    /// Submits one of its photos. The first time pins price and rules and takes a place in the queue; later ones keep all three.
    ///
    /// # Errors
    /// [`OrderError::WrongState`] unless draft or rejected.
    pub fn submit(mut self, attempt: AttemptId, terms: Terms, now: Moment) -> Result<Self, OrderError> {
        if !self.takes_photos() {
            return Err(self.wrong("submitted"));
        }
        if self.queued_at.is_none() {
            self.queued_at = Some(now);
            self.price_fen = terms.price_fen;
            self.rules = terms.rules;
        }
        self.attempt = Some(attempt);
        self.state = if self.due_fen() > 0 { OrderState::Unpaid } else { OrderState::Waiting };
        self.changed_at = now;
        Ok(self)
    }

    /// Takes the whole price.
    ///
    /// # Errors
    /// [`OrderError::WrongState`] unless unpaid, [`OrderError::WrongAmount`].
    pub fn pay(mut self, fen: i64, now: Moment) -> Result<Self, OrderError> {
        if self.state != OrderState::Unpaid {
            return Err(self.wrong("paid"));
        }
        if fen != self.due_fen() {
            return Err(OrderError::WrongAmount { due_fen: self.due_fen(), offered_fen: fen });
        }
        self.paid_fen += fen;
        self.state = OrderState::Waiting;
        self.changed_at = now;
        Ok(self)
    }

    /// A reviewer takes it from the queue.
    ///
    /// # Errors
    /// [`OrderError::WrongState`] unless waiting.
    pub fn claim(mut self, now: Moment) -> Result<Self, OrderError> {
        self.go(OrderState::InReview, &[OrderState::Waiting], "claimed", now)?;
        Ok(self)
    }

    /// It goes back to the queue: left by its reviewer, or in need of another one.
    ///
    /// # Errors
    /// [`OrderError::WrongState`] unless in review.
    pub fn give_back(mut self, now: Moment) -> Result<Self, OrderError> {
        self.go(OrderState::Waiting, &[OrderState::InReview], "given back", now)?;
        Ok(self)
    }

    /// The review is over.
    ///
    /// # Errors
    /// [`OrderError::WrongState`] unless in review.
    pub fn settle(mut self, approved: bool, now: Moment) -> Result<Self, OrderError> {
        let to = if approved { OrderState::Approved } else { OrderState::Rejected };
        self.go(to, &[OrderState::InReview], "decided", now)?;
        Ok(self)
    }

    /// The citizen asks for another pair of eyes on the rejected attempt.
    ///
    /// # Errors
    /// [`OrderError::WrongState`] unless rejected.
    pub fn appeal(mut self, now: Moment) -> Result<Self, OrderError> {
        self.go(OrderState::Waiting, &[OrderState::Rejected], "appealed against", now)?;
        Ok(self)
    }

    /// The citizen gives it up; until a reviewer holds it, and again after a rejection.
    ///
    /// # Errors
    /// [`OrderError::WrongState`] while in review and after the end.
    pub fn withdraw(mut self, now: Moment) -> Result<Self, OrderError> {
        let from = [OrderState::Draft, OrderState::Unpaid, OrderState::Waiting, OrderState::Rejected];
        self.go(OrderState::Withdrawn, &from, "withdrawn", now)?;
        Ok(self)
    }

    /// What is to be paid back when it is withdrawn now, in fen (D8): everything, because nothing was approved.
    #[must_use]
    pub const fn refund_fen(&self) -> i64 {
        match self.state {
            OrderState::Approved | OrderState::InReview => 0,
            _ => self.paid_fen,
        }
    }

    /// When it lapses if its citizen does nothing; `None` where somebody else is to act, or nothing is left to do.
    #[must_use]
    pub const fn lapses_at(&self) -> Option<Moment> {
        match self.state {
            OrderState::Draft => Some(self.changed_at.after_ms(DRAFT_WAITS_MS)),
            OrderState::Unpaid | OrderState::Rejected => Some(self.changed_at.after_ms(WAITS_FOR_CITIZEN_MS)),
            _ => None,
        }
    }

    /// Ends it because its time is over.
    ///
    /// # Errors
    /// [`OrderError::WrongState`] where it has no such time, or it has not come.
    pub fn expire(mut self, now: Moment) -> Result<Self, OrderError> {
        if self.lapses_at().is_none_or(|at| now < at) {
            return Err(self.wrong("expired"));
        }
        self.state = OrderState::Expired;
        self.changed_at = now;
        Ok(self)
    }

    fn go(&mut self, to: OrderState, from: &[OrderState], wish: &'static str, now: Moment) -> Result<(), OrderError> {
        if !from.contains(&self.state) {
            return Err(self.wrong(wish));
        }
        self.state = to;
        self.changed_at = now;
        Ok(())
    }

    const fn wrong(&self, wish: &'static str) -> OrderError {
        OrderError::WrongState { state: self.state, wish }
    }
}

/// What is pinned when an order is submitted for the first time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The price, in fen; 0 where the service is free.
    pub price_fen: i64,
    /// Version of rules and policy.
    pub rules: String,
}

/// Why a citizen submits a photo that the engine found fault with (UX.md §4.2, step 4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// What kind of reason.
    pub kind: OverrideKind,
    /// In the citizen's words; may be empty where the kind says enough.
    pub text: String,
}

/// Kinds of reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OverrideKind {
    /// Faith, such as a headscarf.
    Religious,
    /// Health, such as an eye that can't open.
    Medical,
    /// The check is wrong.
    CheckIsWrong,
}

impl OverrideKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Religious, Self::Medical, Self::CheckIsWrong];

    /// Its word in forms and the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Religious => "religious",
            Self::Medical => "medical",
            Self::CheckIsWrong => "check-is-wrong",
        }
    }
}

impl FromStr for OverrideKind {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|kind| kind.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn draft() -> Order {
        Order {
            id: OrderId::new(Moment(1), &mut Counter(1)),
            document: "cn-resident-id".to_owned(),
            city: "441300".to_owned(),
            state: OrderState::Draft,
            price_fen: 0,
            paid_fen: 0,
            rules: String::new(),
            queued_at: None,
            attempt: None,
            lang: Lang::Zh,
            created_at: Moment(1),
            changed_at: Moment(1),
        }
    }

    struct Counter(u8);

    impl rand_core::TryRng for Counter {
        type Error = std::convert::Infallible;

        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            Ok(u32::from(self.0))
        }

        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            Ok(u64::from(self.0))
        }

        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
            bytes.fill(self.0);
            Ok(())
        }
    }

    fn attempt(n: u8) -> AttemptId {
        AttemptId::new(Moment(2), &mut Counter(n))
    }

    fn terms(price_fen: i64) -> Terms {
        Terms { price_fen, rules: "1".to_owned() }
    }

    #[test]
    fn a_rejected_photo_keeps_its_place_in_the_queue_and_costs_nothing_more() {
        let order = draft().submit(attempt(1), terms(2000), Moment(10)).unwrap();
        assert_eq!((order.state, order.due_fen()), (OrderState::Unpaid, 2000));
        let order = order.pay(2000, Moment(20)).unwrap().claim(Moment(30)).unwrap().settle(false, Moment(40)).unwrap();
        let later = Terms { price_fen: 9000, rules: "2".to_owned() };
        let order = order.submit(attempt(2), later, Moment(50)).unwrap();
        assert_eq!((order.state, order.queued_at, order.due_fen()), (OrderState::Waiting, Some(Moment(10)), 0));
        assert_eq!(order.rules, "1");
    }

    #[test]
    fn a_held_order_can_not_be_withdrawn_and_an_approved_one_pays_nothing_back() {
        let order = draft().submit(attempt(1), terms(0), Moment(10)).unwrap().claim(Moment(11)).unwrap();
        assert!(matches!(order.clone().withdraw(Moment(12)), Err(OrderError::WrongState { .. })));
        let order = order.settle(true, Moment(13)).unwrap();
        assert_eq!(order.refund_fen(), 0);
        assert!(order.withdraw(Moment(14)).is_err());
    }

    #[test]
    fn the_price_is_taken_once_and_whole() {
        let order = draft().submit(attempt(1), terms(500), Moment(10)).unwrap();
        assert_eq!(order.clone().pay(400, Moment(11)), Err(OrderError::WrongAmount { due_fen: 500, offered_fen: 400 }));
        assert!(order.pay(500, Moment(11)).unwrap().pay(500, Moment(12)).is_err());
    }

    #[test]
    fn drafts_lapse_after_a_day_and_waiting_orders_never() {
        assert!(draft().expire(Moment(DRAFT_WAITS_MS)).is_err());
        assert_eq!(draft().expire(Moment(DRAFT_WAITS_MS + 1)).unwrap().state, OrderState::Expired);
        let order = draft().submit(attempt(1), terms(0), Moment(10)).unwrap();
        assert!(order.expire(Moment(i64::MAX)).is_err());
    }

    proptest! {
        #[test]
        fn no_way_leads_out_of_an_end_and_money_never_grows(steps in proptest::collection::vec(0_u8..9, 0..40)) {
            let mut order = draft();
            for (n, step) in steps.into_iter().enumerate() {
                let now = Moment(100 + n as i64);
                let before = order.clone();
                let next = match step {
                    0 => order.clone().submit(attempt(n as u8), terms(700), now),
                    1 => order.clone().pay(700, now),
                    2 => order.clone().claim(now),
                    3 => order.clone().give_back(now),
                    4 => order.clone().settle(true, now),
                    5 => order.clone().settle(false, now),
                    6 => order.clone().appeal(now),
                    7 => order.clone().withdraw(now),
                    _ => order.clone().expire(Moment(i64::MAX)),
                };
                if let Ok(next) = next { order = next; }
                let ended = [OrderState::Approved, OrderState::Withdrawn, OrderState::Expired].contains(&before.state);
                prop_assert!(!ended || order == before);
                prop_assert!(order.paid_fen == 0 || order.paid_fen == 700);
                prop_assert!(order.state != OrderState::Waiting || order.paid_fen == 700);
                prop_assert!(before.queued_at.is_none() || order.queued_at == before.queued_at);
            }
        }
    }
}
