//! Releases and their waiting rooms: who entered, whose turn it is, and what was drawn.

use futures::future::join_all;
use huizhi_domain::audit::Actor;
use huizhi_domain::calendar::Calendar;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AccountId, EntryId, OfficeId, ReleaseId};
use huizhi_domain::visit::draw::{Drawn, Seed, Seeds};
use huizhi_domain::visit::release::{Entered, Times, given_out};
use jiff::civil::Date;

use crate::db::{change, read};
use crate::{Result, Store, StoreError};

/// Rooms that are tended at the same time: as many as share a commit.
const AT_ONCE: usize = 64;

/// How long after a rush it is still known who was in the room: whoever asks why they got no place asks within a day.
const KNOWN_MS: i64 = 24 * 3_600_000;

/// A waiting room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// The release's id.
    pub id: ReleaseId,
    /// Where.
    pub office: OfficeId,
    /// The service.
    pub service: String,
    /// The day that is given out.
    pub day: Date,
    /// What was published when the room opened.
    pub commitment: Seed,
    /// When it opens, and when the places do.
    pub times: Times,
    /// How many rounds are drawn.
    pub drawn: i64,
    /// Since when one needs no turn.
    pub over_at: Option<Moment>,
    /// How many entries there are.
    pub entries: i64,
    /// How many of them wait.
    pub waiting: i64,
    /// How many places are left.
    pub left: i64,
    pub(crate) seeds: Vec<u8>,
}

impl Room {
    /// Whether one needs no turn any more: everybody had theirs, the places are given, or the hour is over.
    #[must_use]
    pub fn is_over(&self, now: Moment) -> bool {
        self.over_at.is_some() || now >= self.times.ends_at
    }
}

/// What came of entering a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entering {
    /// They are inside, now or since before.
    Inside,
    /// The account waits for somebody else already.
    OtherPerson,
    /// Another account waits for the same person.
    OtherAccount,
    /// The room is not there yet.
    TooEarly,
    /// It is over, and no turn is needed.
    Over,
}

/// A new release's row.
#[derive(Clone)]
pub struct NewRelease {
    pub id: ReleaseId,
    pub office: OfficeId,
    pub service: String,
    pub day: Date,
    pub commitment: Seed,
    pub seeds: Vec<u8>,
    pub times: Times,
}

/// A new entry's row.
#[derive(Clone)]
pub struct NewEntry {
    pub id: EntryId,
    pub person_key: Vec<u8>,
    pub account: AccountId,
}

impl Store {
    /// Opens the rooms whose time has come: one for each office, service and day that is given out today. Gives how many.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn open_rooms(&self, calendar: &Calendar) -> Result<usize> {
        let (now, mut opened) = (self.now(), 0);
        for office in self.offices().await? {
            let policy = self.booking_policy(office.id).await?;
            for day in given_out(&policy, now.day(self.zone()), calendar) {
                let times = Times::of(&policy, day, now, calendar, self.zone());
                let Some(times) = times.filter(|it| (it.room_from..it.ends_at).contains(&now)) else { continue };
                let office = office.id;
                for service in read!(self.0.db, release::services(office, day))? {
                    opened += usize::from(self.open_room(office, service, day, times).await?);
                }
            }
        }
        Ok(opened)
    }

    async fn open_room(&self, office: OfficeId, service: String, day: Date, times: Times) -> Result<bool> {
        if self.room(office, &service, day).await?.is_some() {
            return Ok(false);
        }
        let (id, seeds) = {
            let mut random = self.0.random.draw();
            (ReleaseId::new(self.now(), &mut random), Seeds::draw(&mut random))
        };
        let sealed = self.0.keys.ring.seal(&about(id), seeds.reveal(), &mut self.0.random.draw());
        let commitment = seeds.commitment();
        let detail = [("commitment", commitment.to_string().into())];
        let entry = self.entry(Actor::Service, "release.opened", &id, &detail);
        let new = NewRelease { id, office, service, day, commitment, seeds: sealed, times };
        let keys = self.0.keys.clone();
        change!(self.0.db, release::open(keys, new, entry))
    }

    /// The waiting room of a day, if it has or had one.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn room(&self, office: OfficeId, service: &str, day: Date) -> Result<Option<Room>> {
        let (service, now) = (service.to_owned(), self.now());
        read!(self.0.db, release::find(office, service, day, now))
    }

    /// A person's entry in a room, by the keyed hash of their number.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn entry_of_person(&self, room: ReleaseId, person_key: &[u8]) -> Result<Option<Entered>> {
        let person_key = person_key.to_vec();
        read!(self.0.db, release::of_person(room, person_key))
    }

    /// An account's entry in a room.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn entry_of_account(&self, room: ReleaseId, account: AccountId) -> Result<Option<Entered>> {
        read!(self.0.db, release::of_account(room, account))
    }

    /// Lets somebody of an account into a room, once, however often it is asked for.
    ///
    /// # Errors
    /// [`StoreError::Seal`] where the room's seeds don't open.
    pub async fn enter_room(&self, room: &Room, account: AccountId, person_key: &[u8]) -> Result<Entering> {
        let seeds = self.seeds_of(room)?;
        // The id says when the room opened, not when somebody came: everybody may see it.
        let id = EntryId::new(room.times.room_from, &mut self.0.random.draw());
        let detail = [("release", room.id.to_string().into())];
        let entry = self.entry(Actor::Citizen, "release.entered", &id, &detail);
        let new = NewEntry { id, person_key: person_key.to_vec(), account };
        let (keys, room) = (self.0.keys.clone(), room.id);
        change!(self.0.db, release::enter(keys, room, new, seeds, entry))
    }

    /// Takes an account's entry back; whether there was one.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn leave_room(&self, room: ReleaseId, account: AccountId) -> Result<bool> {
        let entry = self.entry(Actor::Citizen, "release.left", &room, &[]);
        let keys = self.0.keys.clone();
        change!(self.0.db, release::leave(keys, room, account, entry))
    }

    /// Draws what is due and lets the next in, in all rooms. Gives how many were let in.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn tend_rooms(&self) -> Result<i64> {
        let now = self.now();
        let rooms: Vec<ReleaseId> = read!(self.0.db, release::live(now))?;
        if !rooms.is_empty() {
            // What is over is counted as taken until somebody writes that down.
            self.expire_holds().await?;
        }
        let mut let_in = 0;
        for some in rooms.chunks(AT_ONCE) {
            for tended in join_all(some.iter().map(|room| self.tend_room(*room))).await {
                let_in += tended?;
            }
        }
        Ok(let_in)
    }

    async fn tend_room(&self, room: ReleaseId) -> Result<i64> {
        let told = self.entry(Actor::Service, "release.tended", &room, &[]);
        let keys = self.0.keys.clone();
        change!(self.0.db, release::tend(keys, room, told))
    }

    /// What was drawn in a room: a round after the other, with its seed, for everybody to check.
    ///
    /// # Errors
    /// [`StoreError::Seal`] where the room's seeds don't open.
    pub async fn draw_of(&self, room: &Room) -> Result<Vec<Drawn>> {
        let (seeds, id) = (self.seeds_of(room)?, room.id);
        // From the last one back: a seed gives the one before with one hash.
        let first = Drawn { seed: seeds.of(room.drawn - 1), entries: Vec::new() };
        let before = |after: &Drawn| Some(Drawn { seed: after.seed.before(), entries: Vec::new() });
        let drawn = usize::try_from(room.drawn).unwrap_or_default();
        let mut rounds: Vec<Drawn> = std::iter::successors(Some(first), before).take(drawn).collect();
        rounds.reverse();
        for (round, entry) in read!(self.0.db, release::drawn(id))? {
            // One that was drawn since the room was read is shown the next time.
            if let Some(drawn) = usize::try_from(round).ok().and_then(|round| rounds.get_mut(round)) {
                drawn.entries.push(entry);
            }
        }
        Ok(rounds)
    }

    /// The rooms in which an account is known still.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn rooms_of(&self, account: AccountId) -> Result<Vec<(OfficeId, String, Date)>> {
        read!(self.0.db, release::rooms_of(account))
    }

    /// Forgets who was in rooms that have been over for a day.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn forget_rooms(&self) -> Result<()> {
        let before = self.now().after_ms(-KNOWN_MS);
        change!(self.0.db, release::forget(before))
    }

    fn seeds_of(&self, room: &Room) -> Result<Seeds> {
        let bytes = self.0.keys.ring.open(&about(room.id), &room.seeds)?;
        let bytes = <[u8; 32]>::try_from(bytes.as_slice());
        bytes.map(Seeds::new).map_err(|_| StoreError::Row { what: "a room's seeds", value: room.id.to_string() })
    }
}

fn about(id: ReleaseId) -> String {
    format!("release {id} seeds")
}
