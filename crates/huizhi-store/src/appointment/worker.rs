//! The combining worker: one task of the process takes what many ask for at the same time, decides it in one transaction with one sync of
//! the disk and one signature, and gives each their answer (storage.md: 33,700 bookings/s on one slot, where one at a time reaches 1,900).

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use huizhi_domain::clock::Moment;
use huizhi_domain::id::OfficeId;
use huizhi_domain::visit::ledger::{Booking, Spot};
use huizhi_domain::visit::{AppointmentNumber, BookingPolicy, Free, Refused};
use jiff::civil::Date;
use tokio::sync::{mpsc, oneshot};

use super::Wish;
use crate::db::{change, read};
use crate::{Inner, Result, StoreError};

/// Wishes that share a transaction at most.
const BATCH: usize = 512;

/// Wishes that may wait for the worker.
pub const WAITING: usize = 8192;

/// How often a wish is decided anew because somebody was first: after that its asker is told.
const TRIES: usize = 4;

/// How many free slots are named to who finds none.
const ALTERNATIVES: usize = 5;

/// Days around the one that was asked for in which others are looked for.
const AROUND_DAYS: i64 = 14;

/// How long free slots that were looked up are good enough to be named: they are a hint, and a crowd asks for the same.
const GOOD_MS: i64 = 250;

/// What a wish is answered.
pub type Decided = std::result::Result<Booking, Refused>;

/// A wish, and who waits.
pub struct Waiting {
    pub wish: Wish,
    pub reply: oneshot::Sender<Result<Decided>>,
}

/// Works until nobody can ask any more.
pub(crate) async fn work(inner: Weak<Inner>, mut waiting: mpsc::Receiver<Waiting>) {
    let mut batch = Vec::with_capacity(BATCH);
    let mut known = Known::default();
    while waiting.recv_many(&mut batch, BATCH).await > 0 {
        let Some(inner) = inner.upgrade() else { return };
        let (wishes, replies): (Vec<Wish>, Vec<_>) = batch.drain(..).map(|it| (it.wish, it.reply)).unzip();
        let spots: Vec<Option<Spot>> = wishes.iter().map(spot_of).collect();
        let mut answers = decide_all(&inner, wishes).await;
        if answers.iter().any(|answer| matches!(answer, Ok(Ok(_)))) {
            known = Known::default();
        }
        known.name_others(&inner, &spots, &mut answers).await;
        for (reply, answer) in replies.into_iter().zip(answers) {
            // Who asked may have gone away; what was decided stays.
            let _ = reply.send(answer);
        }
    }
}

/// The slot that somebody wants.
fn spot_of(wish: &Wish) -> Option<Spot> {
    match wish {
        Wish::Book(new, _) => Some(new.spot.clone()),
        _ => None,
    }
}

/// Decides on wishes together; one by one where somebody else was first.
async fn decide_all(inner: &Arc<Inner>, wishes: Vec<Wish>) -> Vec<Result<Decided>> {
    let all = Arc::new(wishes);
    match decide(inner, Arc::clone(&all)).await {
        Ok(answers) => answers.into_iter().map(Ok).collect(),
        Err(error) if stands_alone(&error) => {
            let mut answers = Vec::with_capacity(all.len());
            for wish in all.iter() {
                answers.push(decide_one(inner, wish.clone()).await);
            }
            answers
        }
        Err(error) => all.iter().map(|_| Err(same(&error))).collect(),
    }
}

async fn decide_one(inner: &Arc<Inner>, mut wish: Wish) -> Result<Decided> {
    let mut tries = 0;
    loop {
        tries += 1;
        match decide(inner, Arc::new(vec![wish.clone()])).await {
            Ok(answers) => return answers.into_iter().next().ok_or(StoreError::Absent("answer")),
            Err(error) if raced(&error) && tries < TRIES => {}
            Err(error) => return Err(error),
        }
        // Of a million numbers a dozen are drawn twice.
        if let Wish::Book(new, _) = &mut wish {
            new.number = AppointmentNumber::draw(&mut inner.random.draw());
        }
    }
}

async fn decide(inner: &Arc<Inner>, wishes: Arc<Vec<Wish>>) -> Result<Vec<Decided>> {
    let terms = Arc::new(inner.terms());
    change!(inner.db, appointment::decide(terms, wishes))
}

/// Whether somebody else was first, and deciding anew may help.
pub fn raced(error: &StoreError) -> bool {
    match error {
        StoreError::Conflict(_) => true,
        // 40001 and 40P01: PostgreSQL undid it, for the sake of another.
        StoreError::Db(sqlx::Error::Database(cause)) => {
            cause.is_check_violation() || cause.code().is_some_and(|code| matches!(&*code, "40001" | "40P01"))
        }
        _ => false,
    }
}

/// Whether the fault may be one wish's alone, so that the others need not suffer for it.
fn stands_alone(error: &StoreError) -> bool {
    raced(error) || matches!(error, StoreError::Row { .. } | StoreError::Absent(_))
}

/// The same fault for everybody of a batch.
fn same(error: &StoreError) -> StoreError {
    match error {
        StoreError::Stopped => StoreError::Stopped,
        other => StoreError::Db(sqlx::Error::Protocol(other.to_string())),
    }
}

/// Free slots by office and service.
type FreeBy = BTreeMap<(OfficeId, String), Vec<Free>>;

/// Free slots that were looked up a moment ago.
#[derive(Default)]
struct Known {
    at: Option<Moment>,
    free: FreeBy,
}

impl Known {
    /// Names the nearest free slots to whoever finds none.
    async fn name_others(&mut self, inner: &Arc<Inner>, spots: &[Option<Spot>], answers: &mut [Result<Decided>]) {
        let now = inner.clock.now();
        if self.at.is_none_or(|at| now.since_ms(at) >= GOOD_MS || now < at) {
            self.free.clear();
            self.at = Some(now);
        }
        let mut asked = BTreeMap::new();
        for (spot, answer) in spots.iter().zip(answers.iter()) {
            if let (Some(spot), Ok(Err(Refused::Full { .. }))) = (spot, answer) {
                let key = (spot.office, spot.service.clone());
                if !self.free.contains_key(&key) {
                    asked.insert(key, spot.slot.day);
                }
            }
        }
        if asked.is_empty() && self.free.is_empty() {
            return;
        }
        match look_up(inner, asked, now).await {
            Ok(found) => self.free.extend(found),
            Err(error) => tracing::warn!(%error, "alternatives are not named"),
        }
        for (spot, answer) in spots.iter().zip(answers.iter_mut()) {
            if let (Some(spot), Ok(Err(Refused::Full { alternatives }))) = (spot, answer) {
                *alternatives = nearest(&self.free, spot);
            }
        }
    }
}

/// The nearest of free slots to one.
fn nearest(free: &FreeBy, spot: &Spot) -> Vec<Free> {
    let theirs = free.get(&(spot.office, spot.service.clone()));
    theirs.map(|free| Free::nearest(free, spot.slot, ALTERNATIVES)).unwrap_or_default()
}

/// The nearest free slots to one that is full.
pub(crate) async fn alternatives(inner: &Arc<Inner>, spot: &Spot) -> Result<Vec<Free>> {
    let asked = BTreeMap::from([((spot.office, spot.service.clone()), spot.slot.day)]);
    Ok(nearest(&look_up(inner, asked, inner.clock.now()).await?, spot))
}

/// Free slots around days, as far as they may be booked now.
async fn look_up(inner: &Arc<Inner>, asked: BTreeMap<(OfficeId, String), Date>, now: Moment) -> Result<FreeBy> {
    let mut found: FreeBy = asked.keys().map(|key| (key.clone(), Vec::new())).collect();
    if asked.is_empty() {
        return Ok(found);
    }
    let span = jiff::Span::new().days(AROUND_DAYS);
    let days: Vec<(OfficeId, String, Date, Date)> = asked
        .into_iter()
        .map(|((office, service), day)| (office, service, day.saturating_sub(span), day.saturating_add(span)))
        .collect();
    let own: Vec<(OfficeId, BookingPolicy)> = read!(inner.db, appointment::policies())?;
    let policies: BTreeMap<OfficeId, BookingPolicy> = own.into_iter().collect();
    let (terms, default) = (inner.terms(), BookingPolicy::default());
    let free: Vec<Free> = read!(inner.db, appointment::nearby(days, now))?;
    for slot in free {
        let policy = policies.get(&slot.office).unwrap_or(&default);
        let (from, to) = policy.bookable_at(terms.wall, &terms.calendar);
        let early = slot.starts_at.since_ms(now) >= policy.earliest_min.saturating_mul(60_000);
        if slot.left() > 0 && early && (from..=to).contains(&slot.slot.day) {
            found.entry((slot.office, slot.service.clone())).or_default().push(slot);
        }
    }
    Ok(found)
}
