//! Whatever is done to appointments in whatever order, the store does what a simple model of it says: random steps, a played clock, and after
//! each step places, states and the tables compared.
//!
//! One thing the model does not decide but watches: which of those who lost their place to a change of hours gets it back. It holds that nobody
//! gets one who may not.

use std::collections::BTreeMap;

use huizhi_domain::clock::{Clock as _, Moment};
use huizhi_domain::id::{AppointmentId, OfficeId};
use huizhi_domain::visit::schedule::PlannedSlot;
use huizhi_domain::visit::{By, Refused, Slot, State};
use huizhi_store::{Given, Place};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::contention::{SERVICE, ask, free_of_limits, holds, office, plan, tomorrow};
use crate::{Bench, START};

/// People, few enough to meet each other.
const PEOPLE: u64 = 6;
/// Slots: four on one day, two on the next.
const SLOTS: usize = 6;
/// Stories where `HUIZHI_ATTEMPTS` says nothing, and at most: a story has some twenty steps.
const STORIES: u32 = 12;
const MOST_STORIES: u32 = 2000;

#[derive(Clone, Debug)]
enum Step {
    Hold(u64, usize),
    Book(u64, usize),
    Confirm(usize),
    Cancel(usize),
    Move(usize, usize),
    Pass(i64),
    Expire,
    Plan(usize, i32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..PEOPLE, 0..SLOTS).prop_map(|(person, slot)| Step::Hold(person, slot)),
        5 => (0..PEOPLE, 0..SLOTS).prop_map(|(person, slot)| Step::Book(person, slot)),
        3 => (0..9_usize).prop_map(Step::Confirm),
        3 => (0..9_usize).prop_map(Step::Cancel),
        3 => (0..9_usize, 0..SLOTS).prop_map(|(which, slot)| Step::Move(which, slot)),
        3 => (0..12_i64).prop_map(Step::Pass),
        1 => Just(Step::Expire),
        3 => (0..SLOTS, 0..3_i32).prop_map(|(slot, places)| Step::Plan(slot, places)),
    ]
}

/// An appointment as the model has it.
struct Theirs {
    id: AppointmentId,
    code: String,
    person: u64,
    slot: usize,
    state: State,
    until: Option<Moment>,
}

struct Model<'a> {
    bench: &'a Bench,
    office: OfficeId,
    slots: Vec<PlannedSlot>,
    /// People of this story are nobody of another.
    first: u64,
    places: [i32; SLOTS],
    theirs: Vec<Theirs>,
}

impl Model<'_> {
    fn now(&self) -> Moment {
        self.bench.clock.now()
    }

    fn state(&self, it: &Theirs) -> State {
        match it.until {
            Some(until) if it.state == State::Held && until <= self.now() => State::Lapsed,
            _ => it.state,
        }
    }

    /// Who has a place in a slot, but for one.
    fn taken(&self, slot: usize, but: Option<AppointmentId>) -> i32 {
        let has = |it: &&Theirs| it.slot == slot && self.state(it).is_live() && Some(it.id) != but;
        self.theirs.iter().filter(has).count() as i32
    }

    fn has_room(&self, slot: usize, but: Option<AppointmentId>) -> bool {
        self.taken(slot, but) < self.places[slot]
    }

    /// Whether somebody has another appointment on the day of a slot.
    fn is_busy(&self, person: u64, slot: usize, but: Option<AppointmentId>) -> bool {
        let day = self.slots[slot].slot.day;
        let live = |it: &Theirs| self.state(it).is_live() && self.slots[it.slot].slot.day == day;
        self.theirs.iter().any(|it| it.person == person && Some(it.id) != but && live(it))
    }

    fn which(&self, which: usize) -> Option<usize> {
        (!self.theirs.is_empty()).then(|| which % self.theirs.len())
    }

    /// Those who lost a place and have one again, in a slot or anywhere: there was room, and nothing else of theirs on the day.
    async fn supported(&mut self, slot: Option<usize>) {
        for at in 0..self.theirs.len() {
            let it = &self.theirs[at];
            if it.state != State::Stranded || slot.is_some_and(|slot| slot != it.slot) {
                continue;
            }
            let now = self.bench.store.appointment(it.id).await.unwrap().unwrap();
            if now.state == State::Booked && now.slot == self.slots[it.slot].slot {
                assert!(self.has_room(it.slot, None), "a place was given back that there is not");
                assert!(!self.is_busy(it.person, it.slot, Some(it.id)), "two on a day");
                self.theirs[at].state = State::Booked;
            }
        }
    }

    async fn ask(&mut self, person: u64, slot: usize, is_held: bool) {
        let (store, ask) = (&self.bench.store, ask(self.office, self.slots[slot].slot, self.first + person));
        let answer = if is_held { store.hold(ask).await } else { store.book(ask).await };
        let answer = answer.unwrap();
        self.supported(None).await;
        match answer {
            Ok(Given { appointment, code }) => {
                assert!(self.has_room(slot, None) && !self.is_busy(person, slot, None), "it should be refused");
                let (id, state, until) = (appointment.id, appointment.state, appointment.hold_until);
                assert_eq!(state, if is_held { State::Held } else { State::Booked });
                assert_eq!(until, is_held.then(|| self.now().after_ms(600_000)));
                self.theirs.push(Theirs { id, code, person, slot, state, until });
            }
            Err(Refused::SameDay { .. }) => assert!(self.is_busy(person, slot, None)),
            Err(Refused::Full { alternatives }) => {
                assert!(!self.has_room(slot, None), "there is room");
                let known = |slot: Slot| self.slots.iter().position(|planned| planned.slot == slot);
                for free in alternatives {
                    let at = known(free.slot).unwrap();
                    assert!(at != slot && self.has_room(at, None), "{} is no alternative", free.slot);
                }
            }
            Err(refused) => panic!("{refused}"),
        }
    }

    async fn confirm(&mut self, at: usize) {
        let it = &self.theirs[at];
        let (state, by) = (self.state(it), By::Code { code: it.code.clone() });
        let answer = self.bench.store.confirm(it.id, by).await.unwrap();
        match state {
            State::Held => {
                assert_eq!(answer.unwrap().appointment.state, State::Booked);
                self.theirs[at].state = State::Booked;
                self.theirs[at].until = None;
            }
            State::Lapsed => assert_eq!(answer.unwrap_err(), Refused::Lapsed),
            // It may have got its place back just before.
            State::Stranded => {
                let refused = answer.unwrap_err();
                assert!(matches!(refused, Refused::State(State::Stranded | State::Booked)), "{refused}");
            }
            other => assert_eq!(answer.unwrap_err(), Refused::State(other)),
        }
    }

    async fn cancel(&mut self, at: usize) {
        let it = &self.theirs[at];
        let (state, by) = (self.state(it), By::Code { code: it.code.clone() });
        let answer = self.bench.store.cancel_appointment(it.id, by).await.unwrap();
        match state {
            State::Held | State::Booked => {
                assert_eq!(answer.unwrap().state, State::Cancelled);
                self.theirs[at].state = State::Cancelled;
            }
            // It may have got its place back just before.
            State::Stranded => {
                answer.unwrap();
                self.theirs[at].state = State::Cancelled;
            }
            State::Lapsed => assert_eq!(answer.unwrap_err(), Refused::Lapsed),
            other => assert_eq!(answer.unwrap_err(), Refused::State(other)),
        }
    }

    async fn shift(&mut self, at: usize, slot: usize) {
        let it = &self.theirs[at];
        let (id, person, state, by) = (it.id, it.person, self.state(it), By::Code { code: it.code.clone() });
        let stays = state == State::Booked && it.slot == slot;
        let answer = self.bench.store.move_appointment(id, self.slots[slot].slot, by).await.unwrap();
        if !matches!(state, State::Booked | State::Stranded) {
            let expected = if state == State::Lapsed { Refused::Lapsed } else { Refused::State(state) };
            assert_eq!(answer.unwrap_err(), expected);
            return;
        }
        match answer {
            Ok(given) => {
                assert_eq!((given.appointment.id, given.appointment.slot), (id, self.slots[slot].slot));
                // Whoever got a place there before it did; itself, where it had lost that very place.
                self.theirs[at].state = State::Cancelled;
                self.supported(Some(slot)).await;
                let fits = self.has_room(slot, Some(id)) && !self.is_busy(person, slot, Some(id));
                assert!(stays || fits, "it should be refused");
                self.theirs[at].slot = slot;
                self.theirs[at].state = State::Booked;
            }
            Err(Refused::SameDay { .. }) => assert!(self.is_busy(person, slot, Some(id))),
            Err(Refused::Full { .. }) => {
                self.supported(Some(slot)).await;
                assert!(!self.has_room(slot, Some(id)), "there is room");
            }
            Err(refused) => panic!("{refused}"),
        }
    }

    /// Holds go before bookings, and nobody more than has to.
    async fn plan(&mut self, slot: usize, places: i32) {
        let planned = PlannedSlot { places, ..self.slots[slot] };
        let before = self.taken(slot, None);
        // Who lost their place before may get it just before this change, and lose it again.
        let waits = self.theirs.iter().any(|it| it.slot == slot && it.state == State::Stranded);
        let done = self.bench.store.plan_slots(self.office, SERVICE, &[planned]).await.unwrap();
        let lost = (done.dropped.len() + done.stranded.len()) as i32;
        for it in &mut self.theirs {
            if done.dropped.contains(&it.id) {
                assert!(it.slot == slot && it.state == State::Held);
                it.state = State::Lapsed;
            } else if done.stranded.contains(&it.id) {
                assert!(it.slot == slot && matches!(it.state, State::Booked | State::Stranded));
                it.state = State::Stranded;
            }
        }
        self.places[slot] = places;
        let has_to = (before - places).max(0);
        assert!(lost == has_to || (waits && lost > has_to), "{has_to} have to lose a place: {done:?}");
        let holds = self.theirs.iter().any(|it| it.slot == slot && self.state(it) == State::Held);
        assert!(done.stranded.is_empty() || !holds, "a booking lost its place before a hold");
        for id in &done.supported {
            assert!(self.theirs.iter().any(|it| it.id == *id && it.state == State::Stranded), "{done:?}");
        }
    }

    async fn done(&mut self, step: &Step) {
        match *step {
            Step::Hold(person, slot) => self.ask(person, slot, true).await,
            Step::Book(person, slot) => self.ask(person, slot, false).await,
            Step::Confirm(which) => {
                if let Some(at) = self.which(which) {
                    self.confirm(at).await;
                }
            }
            Step::Cancel(which) => {
                if let Some(at) = self.which(which) {
                    self.cancel(at).await;
                }
            }
            Step::Move(which, slot) => {
                if let Some(at) = self.which(which) {
                    self.shift(at, slot).await;
                }
            }
            Step::Pass(minutes) => self.bench.clock.pass_ms(minutes * 60_000),
            Step::Expire => {
                self.bench.store.expire_holds().await.unwrap();
            }
            Step::Plan(slot, places) => self.plan(slot, places).await,
        }
        self.supported(None).await;
        // Alternatives are named from what was looked up a quarter of a second ago at most.
        self.bench.clock.pass_ms(300);
    }

    /// States, free places and tables are what the model says.
    async fn compare(&self) {
        let store = &self.bench.store;
        for it in &self.theirs {
            let now = store.appointment(it.id).await.unwrap().unwrap();
            assert_eq!((now.state_at(self.now()), now.slot), (self.state(it), self.slots[it.slot].slot), "{}", it.id);
        }
        let (from, to) = (self.slots[0].slot.day, self.slots[SLOTS - 1].slot.day);
        let free = store.free(self.office, SERVICE, from, to).await.unwrap();
        let free: BTreeMap<Slot, i32> = free.iter().map(|free| (free.slot, free.left())).collect();
        for (at, planned) in self.slots.iter().enumerate() {
            let left = (self.places[at] - self.taken(at, None)).max(0);
            assert_eq!(free.get(&planned.slot).copied().unwrap_or(0), left, "{}", planned.slot);
        }
    }
}

#[test]
fn whatever_is_done_to_appointments_the_model_says_the_same() {
    let stories = std::env::var("HUIZHI_ATTEMPTS").map_or(STORIES, |it| it.parse::<u32>().unwrap() / 20);
    let stories = stories.clamp(STORIES, MOST_STORIES);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let place = Place::Sqlite(folder.path().join("huizhi.sqlite"));
    let bench = runtime.block_on(Bench::open(place, folder));
    let told = std::cell::Cell::new(0_u64);
    let config = Config { cases: stories, failure_persistence: None, ..Config::default() };
    let held = TestRunner::new(config).run(&prop::collection::vec(step(), 1..40), |steps| {
        told.set(told.get() + 1);
        bench.clock.pass_ms(START - bench.clock.now().0);
        runtime.block_on(async {
            let after = tomorrow().tomorrow().unwrap();
            let slots: Vec<PlannedSlot> = [plan(tomorrow(), 4, 1), plan(after, 2, 1)].concat();
            let office = office(&bench.store, &slots, free_of_limits()).await;
            let first = told.get() * 10;
            let mut model = Model { bench: &bench, office, slots, first, places: [1; SLOTS], theirs: Vec::new() };
            for step in &steps {
                model.done(step).await;
                model.compare().await;
            }
        });
        Ok(())
    });
    held.unwrap();
    runtime.block_on(holds(&bench.store));
}
