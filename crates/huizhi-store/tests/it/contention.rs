//! Many who want the same places at the same moment: none is given twice, none is lost, and what was answered is there. `HUIZHI_ATTEMPTS` says
//! how many tries; on PostgreSQL two stores on one database stand for two processes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use huizhi_domain::applicant::{IdNumber, PersonName};
use huizhi_domain::clock::{Zone, midnight};
use huizhi_domain::id::{AppointmentId, OfficeId};
use huizhi_domain::staff::Role;
use huizhi_domain::visit::schedule::PlannedSlot;
use huizhi_domain::visit::{BookingPolicy, By, Refused, Rights, Slot, State, Visitor};
use huizhi_domain::words::Lang;
use huizhi_store::{Ask, Given, Place, Store};
use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use tokio::task::JoinSet;

use crate::{Bench, fastrand, on_both};

pub(crate) const SERVICE: &str = "id-card";
pub(crate) const BUSINESS: &str = "id-renewal";

/// Tries where nobody says how many.
const ATTEMPTS: usize = 1200;
/// Who try at the same time.
const CROWD: usize = 48;
/// How many people they are: fewer than tries, so that somebody asks twice.
const PEOPLE: u64 = 400;

/// The day after [`crate::START`], a Thursday.
pub(crate) fn tomorrow() -> Date {
    date(2026, 11, 26)
}

/// Somebody who was never born, by a number.
pub(crate) fn visitor(n: u64) -> Visitor {
    let birth = date(1950, 1, 1).checked_add(((n / 1000) as i64).days()).unwrap();
    let body = format!("441302{}{:03}", birth.strftime("%Y%m%d"), n % 1000);
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let check = "10X98765432".chars().nth((sum % 11) as usize).unwrap();
    let number = IdNumber::parse(&format!("{body}{check}"), tomorrow()).unwrap();
    Visitor { name: PersonName::parse("张小明").unwrap(), number, birth }
}

pub(crate) fn ask(office: OfficeId, slot: Slot, n: u64) -> Ask {
    Ask {
        office,
        service: SERVICE.to_owned(),
        business: BUSINESS.to_owned(),
        slot,
        units: 1,
        visitor: visitor(n),
        account: None,
        person: None,
        rights: Rights::Public,
        lang: Lang::Zh,
        once: None,
        session: None,
    }
}

/// So many slots of a day, a quarter of an hour apart, from eight o'clock.
pub(crate) fn plan(day: Date, slots: i32, places: i32) -> Vec<PlannedSlot> {
    let minutes = (0..slots).map(|n| 480 + n * 15);
    let planned = minutes.map(|minute| PlannedSlot {
        slot: Slot { day, minute },
        starts_at: midnight(day, Zone::CHINA).after_s(i64::from(minute) * 60),
        length_min: 15,
        places,
        staff_places: 0,
    });
    planned.collect()
}

/// Rules with no limit but the places.
pub(crate) fn free_of_limits() -> BookingPolicy {
    BookingPolicy {
        same_day: true,
        earliest_min: 0,
        cancel_min: 0,
        change_min: 0,
        most_open: 0,
        misses: 0,
        waiting_list: false,
        ..BookingPolicy::default()
    }
}

/// An office with slots on the next day, without limits.
pub(crate) async fn office(store: &Store, slots: &[PlannedSlot], policy: BookingPolicy) -> OfficeId {
    let staff = if let Some(staff) = store.all_staff().await.unwrap().first() {
        staff.id
    } else {
        let (login, name, password) = ("lead".to_owned(), "lead".to_owned(), "-".to_owned());
        let new = huizhi_store::NewStaff { login, name, role: Role::Admin, office: None, password };
        store.add_staff(new).await.unwrap().id
    };
    let office = store.add_office("441300", "窗口", "惠州").await.unwrap().id;
    store.set_booking_policy(office, policy, staff).await.unwrap();
    let planned = store.plan_slots(office, SERVICE, slots).await.unwrap();
    assert_eq!(planned.made, slots.len());
    office
}

/// Nothing is given twice, and every count is the one that the appointments give.
pub(crate) async fn holds(store: &Store) {
    let audit = store.audit_slots(&[]).await.unwrap();
    assert!(audit.holds(), "{audit:?}");
}

/// The stores that are asked: two on one database where that may be.
async fn stores(bench: &Bench) -> Vec<Store> {
    match bench.place {
        Place::Postgres(_) => vec![bench.store.clone(), bench.again().await],
        Place::Sqlite(_) => vec![bench.store.clone()],
    }
}

/// What one of the crowd has, and what they saw.
#[derive(Default)]
struct Seen {
    kept: BTreeMap<AppointmentId, Given>,
    gone: BTreeSet<AppointmentId>,
    full: usize,
    again: usize,
}

/// Numbers that look drawn, the same for the same seed.
struct Draw(u64);

impl Draw {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }
}

async fn one(store: Store, office: OfficeId, slots: Arc<[Slot]>, tries: usize, seed: u64) -> Seen {
    let (mut draw, mut seen) = (Draw(seed | 1), Seen::default());
    for _ in 0..tries {
        // Half of all want one of the first three.
        let most = if draw.below(2) == 0 { 3 } else { slots.len() as u64 };
        let slot = slots[draw.below(most) as usize];
        let own = seen.kept.keys().nth(draw.below(4) as usize).copied();
        match (draw.below(10), own) {
            (0 | 1, Some(id)) => {
                let code = seen.kept[&id].code.clone();
                store.cancel_appointment(id, By::Code { code }).await.unwrap().unwrap();
                seen.kept.remove(&id);
                seen.gone.insert(id);
            }
            (2 | 3, Some(id)) => {
                let code = seen.kept[&id].code.clone();
                match store.move_appointment(id, slot, By::Code { code }).await.unwrap() {
                    Ok(given) => drop(seen.kept.insert(id, given)),
                    Err(Refused::Full { .. }) => seen.full += 1,
                    Err(refused) => panic!("{refused}"),
                }
            }
            _ => match store.book(ask(office, slot, draw.below(PEOPLE))).await.unwrap() {
                Ok(given) => drop(seen.kept.insert(given.appointment.id, given)),
                Err(Refused::Full { .. }) => seen.full += 1,
                Err(Refused::SameDay { .. }) => seen.again += 1,
                Err(refused) => panic!("{refused}"),
            },
        }
    }
    seen
}

#[test]
fn a_crowd_gets_every_place_once_and_keeps_what_was_answered() {
    let attempts = std::env::var("HUIZHI_ATTEMPTS").map_or(ATTEMPTS, |it| it.parse().unwrap());
    on_both(|bench| async move {
        let planned = plan(tomorrow(), 24, 5);
        let office = office(&bench.store, &planned, free_of_limits()).await;
        let slots: Arc<[Slot]> = planned.iter().map(|planned| planned.slot).collect();
        let stores = stores(&bench).await;
        let mut crowd = JoinSet::new();
        for n in 0..CROWD {
            let store = stores[n % stores.len()].clone();
            crowd.spawn(one(store, office, Arc::clone(&slots), attempts.div_ceil(CROWD), fastrand()));
        }
        let (mut kept, mut full, mut again) = (BTreeMap::new(), 0, 0);
        while let Some(seen) = crowd.join_next().await {
            let seen = seen.unwrap();
            full += seen.full;
            again += seen.again;
            for id in seen.gone {
                let gone = bench.store.appointment(id).await.unwrap().unwrap();
                assert_eq!(gone.state, State::Cancelled);
            }
            kept.extend(seen.kept);
        }
        let mut on_slots = BTreeMap::<Slot, i32>::new();
        for (id, given) in &kept {
            let now = bench.store.appointment(*id).await.unwrap().unwrap();
            assert_eq!((now.state, now.slot), (State::Booked, given.appointment.slot), "{id}");
            *on_slots.entry(now.slot).or_default() += 1;
        }
        assert!(on_slots.values().all(|people| *people <= 5), "{on_slots:?}");
        let audit = bench.store.audit_slots(&[]).await.unwrap();
        assert!(audit.holds() && audit.taken == kept.len() as i64, "{audit:?}, {} kept", kept.len());
        assert!(full > 0 && again > 0, "{full} found no place and {again} asked twice");
        let free = bench.store.free(office, SERVICE, tomorrow(), tomorrow()).await.unwrap();
        let left: i32 = free.iter().map(huizhi_domain::visit::Free::left).sum();
        assert_eq!(i64::from(left), audit.places - audit.taken);
    });
}

#[test]
fn freed_places_are_handed_out_exactly_once() {
    on_both(|bench| async move {
        let planned = plan(tomorrow(), 1, 10);
        let (office, slot) = (office(&bench.store, &planned, free_of_limits()).await, planned[0].slot);
        let stores = stores(&bench).await;
        let mut first = Vec::new();
        for n in 0..10 {
            first.push(bench.store.book(ask(office, slot, n)).await.unwrap().unwrap());
        }
        let mut crowd = JoinSet::new();
        for (n, given) in first.into_iter().enumerate().take(6) {
            let store = stores[n % stores.len()].clone();
            crowd.spawn(async move {
                let by = By::Code { code: given.code };
                store.cancel_appointment(given.appointment.id, by).await.unwrap().unwrap();
                false
            });
        }
        let wants = |crowd: &mut JoinSet<bool>, from: u64| {
            for n in from..from + 40 {
                let store = stores[n as usize % stores.len()].clone();
                crowd.spawn(async move {
                    match store.book(ask(office, slot, n)).await.unwrap() {
                        Ok(_) => true,
                        Err(Refused::Full { .. }) => false,
                        Err(refused) => panic!("{refused}"),
                    }
                });
            }
        };
        wants(&mut crowd, 100);
        let mut got = 0;
        while let Some(one) = crowd.join_next().await {
            got += usize::from(one.unwrap());
        }
        // Who came before the last was given back went without; what was left goes to those who come now.
        wants(&mut crowd, 200);
        while let Some(one) = crowd.join_next().await {
            got += usize::from(one.unwrap());
        }
        assert_eq!(got, 6);
        holds(&bench.store).await;
    });
}

#[test]
fn one_person_who_asks_everywhere_at_once_gets_one() {
    on_both(|bench| async move {
        let planned = plan(tomorrow(), 20, 3);
        let here = office(&bench.store, &planned, free_of_limits()).await;
        let there = office(&bench.store, &planned, free_of_limits()).await;
        let stores = stores(&bench).await;
        let mut crowd = JoinSet::new();
        for (n, planned) in planned.iter().enumerate() {
            for office in [here, there] {
                let (store, slot) = (stores[n % stores.len()].clone(), planned.slot);
                crowd.spawn(async move { store.book(ask(office, slot, 7)).await.unwrap() });
            }
        }
        let mut given = 0;
        while let Some(answer) = crowd.join_next().await {
            match answer.unwrap() {
                Ok(_) => given += 1,
                Err(refused) => assert!(matches!(refused, Refused::SameDay { .. }), "{refused}"),
            }
        }
        assert_eq!(given, 1);
        holds(&bench.store).await;
    });
}

#[test]
fn a_request_that_is_sent_many_times_at_once_is_done_once() {
    on_both(|bench| async move {
        let planned = plan(tomorrow(), 1, 50);
        let (office, slot) = (office(&bench.store, &planned, free_of_limits()).await, planned[0].slot);
        let stores = stores(&bench).await;
        let mut crowd = JoinSet::new();
        for n in 0..30 {
            let store = stores[n % stores.len()].clone();
            let ask = Ask { once: Some("the same".to_owned()), ..ask(office, slot, 7) };
            crowd.spawn(async move { store.book(ask).await.unwrap().unwrap() });
        }
        let mut answers = BTreeSet::new();
        while let Some(given) = crowd.join_next().await {
            let given = given.unwrap();
            answers.insert((given.appointment.number, given.code));
        }
        assert_eq!(answers.len(), 1);
        let audit = bench.store.audit_slots(&[]).await.unwrap();
        assert!(audit.holds() && audit.taken == 1, "{audit:?}");
    });
}

#[test]
fn a_full_slot_answers_with_the_nearest_that_are_free() {
    on_both(|bench| async move {
        let planned = plan(tomorrow(), 8, 1);
        let office = office(&bench.store, &planned, free_of_limits()).await;
        bench.store.book(ask(office, planned[4].slot, 1)).await.unwrap().unwrap();
        let refused = bench.store.book(ask(office, planned[4].slot, 2)).await.unwrap().unwrap_err();
        let Refused::Full { alternatives } = refused else { panic!("{refused}") };
        assert!((1..=5).contains(&alternatives.len()), "{alternatives:?}");
        assert!(alternatives.iter().all(|free| free.office == office && free.left() > 0));
        let nearest: BTreeSet<Slot> = alternatives.iter().take(2).map(|free| free.slot).collect();
        assert_eq!(nearest, BTreeSet::from([planned[3].slot, planned[5].slot]));
    });
}

#[test]
fn who_asks_first_gets_the_place() {
    on_both(|bench| async move {
        let planned = plan(tomorrow(), 1, 8);
        let (office, slot) = (office(&bench.store, &planned, free_of_limits()).await, planned[0].slot);
        // They are all there before the first is answered, in this order.
        let asks = (0..24).map(|n| bench.store.book(ask(office, slot, n)));
        let answers = futures::future::join_all(asks).await;
        let got: Vec<bool> = answers.into_iter().map(|answer| answer.unwrap().is_ok()).collect();
        let first: Vec<bool> = (0..24).map(|n| n < 8).collect();
        assert_eq!(got, first);
    });
}
