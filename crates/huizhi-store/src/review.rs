//! The review: the queue, claims with a lease, decisions that can be undone for ten seconds, and the lead's board.

use std::collections::BTreeMap;

use huizhi_domain::audit::Actor;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AttemptId, DecisionId, StaffId};
use huizhi_domain::message::Happening;
use huizhi_domain::order::Order;
use huizhi_domain::review::{self, Decision, Opinion, Seat, SecondLook, Step};
use huizhi_domain::staff::Staff;
use serde::Serialize;

use crate::db::{change, read};
use crate::photo::SealedPhoto;
use crate::{NewOrder, Photo, Result, Store};

/// What a reviewer has before them. No name and no number is in it.
#[derive(Clone, Debug)]
pub struct Case {
    /// The photo.
    pub photo: Photo,
    /// Its order.
    pub order: Order,
    /// Which seat the reviewer has.
    pub seat: Seat,
    /// The applicant is under 16.
    pub child: bool,
    /// A window took the photo, and the applicant stands there.
    pub at_window: bool,
    /// The order's other photos, oldest first.
    pub earlier: Vec<Photo>,
    /// What the others said; only for the lead, who settles their disagreement.
    pub opinions: Vec<Opinion>,
    /// Since when it is held.
    pub held_since: Moment,
    /// Until when it is held, without a sign of life.
    pub held_until: Moment,
}

impl Case {
    /// Why two look at it.
    #[must_use]
    pub fn second_look(&self) -> Option<SecondLook> {
        self.photo.second_look
    }
}

/// The queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Queue {
    /// How many orders wait.
    pub waiting: i64,
    /// Since when the oldest waits.
    pub oldest: Option<Moment>,
    /// How many photos are before a reviewer.
    pub held: i64,
}

/// A held photo's rows.
pub struct Held {
    pub order: Order,
    pub seat: Seat,
    pub looked: Looked,
    pub earlier: Vec<SealedPhoto>,
    pub child: bool,
    pub at_window: bool,
    pub since: Moment,
    pub until: Moment,
}

/// A photo and all decisions on it.
pub struct Looked {
    pub photo: SealedPhoto,
    pub decisions: Vec<Decision>,
}

impl Looked {
    /// What comes next.
    pub fn next(&self) -> Step {
        let round: Vec<Decision> = self.decisions.iter().filter(|it| it.round == self.photo.round).cloned().collect();
        let overturns = self.photo.outcome.as_ref().filter(|_| self.photo.round > 1);
        review::next(&round, self.photo.second_look.is_some(), overturns)
    }
}

/// A decision on its way in.
#[derive(Clone)]
pub struct Deciding {
    pub id: DecisionId,
    pub attempt: AttemptId,
    pub opinion: Opinion,
}

/// A settled decision, for the board.
pub struct Told {
    pub attempt: AttemptId,
    pub round: i32,
    pub reviewer: StaffId,
    pub name: String,
    pub opinion: Opinion,
    pub engine: Vec<String>,
    pub expected: Option<Opinion>,
    pub decided_at: Moment,
    pub submitted_at: Option<Moment>,
}

/// What the lead sees (D35).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Board {
    /// Engine and people, code by code.
    pub codes: Vec<CodeLine>,
    /// Reviewers and how often a second one agreed with them. No speed: haste is not to be rewarded.
    pub reviewers: Vec<ReviewerLine>,
    /// Decisions.
    pub decided: usize,
    /// Decisions that let the photo through.
    pub accepted: usize,
    /// Photos that two looked at.
    pub second_looks: usize,
    /// Photos on which the two did not agree.
    pub disagreements: usize,
    /// Looks at probes, photos with a known answer.
    pub probes_seen: usize,
    /// Those that gave the known answer.
    pub probes_right: usize,
    /// Seconds from submission to the first decision, median; `None` without decisions.
    pub queue_p50_s: Option<i64>,
    /// And the time that 95 of 100 do not exceed.
    pub queue_p95_s: Option<i64>,
}

/// How engine and people agree on a code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CodeLine {
    /// The rejection code.
    pub code: String,
    /// Both found it.
    pub both: usize,
    /// Only the engine.
    pub engine_only: usize,
    /// Only people.
    pub people_only: usize,
}

/// How a reviewer and the others agree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReviewerLine {
    /// The reviewer's name.
    pub name: String,
    /// Their decisions.
    pub decided: usize,
    /// Decisions on photos that another looked at too.
    pub compared: usize,
    /// Those on which both said the same.
    pub agreed: usize,
}

impl Store {
    /// The next photo for a reviewer, held for them for five minutes: the one that they hold already, else the oldest that they
    /// may look at. `None` where nothing waits for them.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn claim(&self, staff: &Staff) -> Result<Option<Case>> {
        self.claim_beside(staff, None).await
    }

    /// The photo after one that a reviewer looks at, held for them too, so that its pictures are there when they come to it.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn claim_ahead(&self, staff: &Staff, of: AttemptId) -> Result<Option<Case>> {
        self.claim_beside(staff, Some(of)).await
    }

    async fn claim_beside(&self, staff: &Staff, beside: Option<AttemptId>) -> Result<Option<Case>> {
        let entry = self.entry(Actor::Staff(staff.id), "photo.claimed", &"", &[]);
        let probe = self.0.random.chance() < review::PROBE_SHARE;
        let (keys, staff) = (self.0.keys.clone(), staff.clone());
        let held = change!(self.0.db, review::claim(keys, staff, probe, beside, entry))?;
        held.map(|held| self.case_of(held)).transpose()
    }

    /// A photo that a reviewer holds; `None` unless they do.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn case(&self, staff: &Staff, id: AttemptId) -> Result<Option<Case>> {
        let held = read!(self.0.db, review::held(staff.clone(), id, self.now()))?;
        held.map(|held| self.case_of(held)).transpose()
    }

    /// Keeps a photo for its reviewer for five more minutes; gives until when.
    ///
    /// # Errors
    /// [`review::ReviewError::NotHeld`].
    pub async fn renew(&self, staff: &Staff, id: AttemptId) -> Result<Moment> {
        let (staff, now) = (staff.clone(), self.now());
        change!(self.0.db, review::renew(staff, id, now))
    }

    /// Gives a photo back to the queue, with the reviewer's reason. It is not put before them again for `away_ms`: for ever would let
    /// a photo wait that everybody passed on.
    ///
    /// # Errors
    /// [`review::ReviewError::NotHeld`].
    pub async fn leave(&self, staff: &Staff, id: AttemptId, why: &str, away_ms: i64) -> Result<()> {
        let entry = self.entry(Actor::Staff(staff.id), "photo.left", &id, &[("why", why.into())]);
        let (keys, staff, second) = (self.0.keys.clone(), staff.clone(), false);
        change!(self.0.db, review::leave(keys, staff, id, second, away_ms, entry))
    }

    /// Gives a photo back to the queue and asks that two others look at it; it is not put before this reviewer again for `away_ms`.
    ///
    /// # Errors
    /// [`review::ReviewError::NotHeld`].
    pub async fn ask_second(&self, staff: &Staff, id: AttemptId, away_ms: i64) -> Result<()> {
        let entry = self.entry(Actor::Staff(staff.id), "photo.second-look-asked", &id, &[]);
        let (keys, staff, second) = (self.0.keys.clone(), staff.clone(), true);
        change!(self.0.db, review::leave(keys, staff, id, second, away_ms, entry))
    }

    /// Decides on a held photo. The citizen is told after ten seconds, by [`Self::settle_due`]. The opinion was checked
    /// by [`review::checked`].
    ///
    /// # Errors
    /// [`review::ReviewError::NotHeld`], [`review::ReviewError::SamePerson`].
    pub async fn decide(&self, staff: &Staff, attempt: AttemptId, opinion: Opinion) -> Result<Decision> {
        let says = if opinion.accepts() { "accept" } else { "reject" };
        let entry = self.entry(Actor::Staff(staff.id), "photo.decided", &attempt, &[("says", says.into())]);
        let id = DecisionId::new(entry.at, &mut self.0.random.draw());
        let (keys, staff, deciding) = (self.0.keys.clone(), staff.clone(), Deciding { id, attempt, opinion });
        change!(self.0.db, review::decide(keys, staff, deciding, entry))
    }

    /// Takes a decision back within its ten seconds; gives the photo, which is held again.
    ///
    /// # Errors
    /// [`review::ReviewError::TooLate`], [`review::ReviewError::NotHeld`] for somebody else's.
    pub async fn undo(&self, staff: &Staff, id: DecisionId) -> Result<AttemptId> {
        let entry = self.entry(Actor::Staff(staff.id), "photo.decision-undone", &id, &[]);
        let (keys, staff) = (self.0.keys.clone(), staff.clone());
        change!(self.0.db, review::undo(keys, staff, id, entry))
    }

    /// Does what follows from decisions whose ten seconds are over, and takes back what reviewers left lying. Gives how many were
    /// settled.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn settle_due(&self) -> Result<usize> {
        let now = self.now();
        change!(self.0.db, review::lapse(now))?;
        let mut settled = 0;
        for (id, attempt, of) in read!(self.0.db, review::due(now))? {
            let entry = self.entry(Actor::Service, "order.settled", &of, &[("attempt", attempt.to_string().into())]);
            let message = self.message(of, Happening::Rejected, entry.at);
            let keys = self.0.keys.clone();
            settled += usize::from(change!(self.0.db, review::settle(keys, id, attempt, of, message, entry))?);
        }
        Ok(settled)
    }

    /// Keeps a photo with a known answer, which is put before reviewers now and then to see whether they look (security.md,
    /// row 5). The engine judges it like any other; then it waits.
    ///
    /// # Errors
    /// As [`Self::receive_photo`].
    pub async fn add_probe(&self, new: NewOrder, photo: &[u8], expected: &Opinion) -> Result<AttemptId> {
        let (order, _) = self.begin(new, None, true, None).await?;
        let id = self.receive_photo(order.id, photo).await?;
        let expected = serde_json::to_string(expected).unwrap_or_default();
        change!(self.0.db, review::expect(id, expected))?;
        Ok(id)
    }

    /// The queue.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn queue(&self) -> Result<Queue> {
        read!(self.0.db, review::queue())
    }

    /// How many orders stand before one in the queue; `None` where it is not in it.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn before_in_queue(&self, order: &Order) -> Result<Option<i64>> {
        let Some(queued_at) = order.queued_at else { return Ok(None) };
        read!(self.0.db, review::before(order.id, queued_at)).map(Some)
    }

    /// What the lead sees of the time since a moment.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn board(&self, since: Moment) -> Result<Board> {
        Ok(board(&read!(self.0.db, review::decided_since(since))?))
    }

    fn case_of(&self, held: Held) -> Result<Case> {
        let opinions = match held.seat {
            Seat::Lead => held.looked.decisions.iter().map(|it| it.opinion.clone()).collect(),
            Seat::First | Seat::Second => Vec::new(),
        };
        Ok(Case {
            photo: self.open_photo(held.looked.photo)?,
            order: held.order,
            seat: held.seat,
            child: held.child,
            at_window: held.at_window,
            earlier: held.earlier.into_iter().map(|row| self.open_photo(row)).collect::<Result<_>>()?,
            opinions,
            held_since: held.since,
            held_until: held.until,
        })
    }
}

pub fn board(told: &[Told]) -> Board {
    let (probes, told): (Vec<&Told>, Vec<&Told>) = told.iter().partition(|it| it.expected.is_some());
    let right = |it: &&&Told| it.expected.as_ref().is_some_and(|known| known.accepts() == it.opinion.accepts());
    let mut board = Board {
        decided: told.len(),
        probes_seen: probes.len(),
        probes_right: probes.iter().filter(right).count(),
        ..Board::default()
    };
    let mut codes: BTreeMap<&str, CodeLine> = BTreeMap::new();
    let mut reviewers: BTreeMap<StaffId, ReviewerLine> = BTreeMap::new();
    let mut waits = Vec::new();
    for group in told.chunk_by(|a, b| (a.attempt, a.round) == (b.attempt, b.round)) {
        let agree = group.windows(2).all(|pair| pair[0].opinion.accepts() == pair[1].opinion.accepts());
        board.second_looks += usize::from(group.len() > 1);
        board.disagreements += usize::from(!agree);
        waits.extend(group.first().and_then(|first| Some(first.decided_at.since_ms(first.submitted_at?) / 1000)));
        for it in group {
            let line = reviewers.entry(it.reviewer).or_insert_with(|| ReviewerLine {
                name: it.name.clone(),
                decided: 0,
                compared: 0,
                agreed: 0,
            });
            line.decided += 1;
            line.compared += usize::from(group.len() > 1);
            line.agreed += usize::from(group.len() > 1 && agree);
            board.accepted += usize::from(it.opinion.accepts());
            let people: &[String] = match &it.opinion {
                Opinion::Accept => &[],
                Opinion::Reject { codes, .. } => codes,
            };
            for code in people {
                let line = codes.entry(code).or_default();
                if it.engine.contains(code) { line.both += 1 } else { line.people_only += 1 }
            }
            for code in it.engine.iter().filter(|code| !people.contains(code)) {
                codes.entry(code).or_default().engine_only += 1;
            }
        }
    }
    board.codes = codes.into_iter().map(|(code, line)| CodeLine { code: code.to_owned(), ..line }).collect();
    board.reviewers = reviewers.into_values().collect();
    waits.sort_unstable();
    let at = |share: usize| waits.get((waits.len() * share / 100).min(waits.len().saturating_sub(1))).copied();
    board.queue_p50_s = at(50);
    board.queue_p95_s = at(95);
    board
}
