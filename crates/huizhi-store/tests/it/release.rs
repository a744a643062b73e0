//! Waiting rooms: a person is in it once, the draw can be checked, and nobody has a turn without a place.

use std::collections::BTreeMap;

use huizhi_domain::account::Contact;
use huizhi_domain::applicant::{IdNumber, PersonName};
use huizhi_domain::calendar::Calendar;
use huizhi_domain::clock::{Zone, midnight};
use huizhi_domain::id::{AccountId, EntryId, OfficeId};
use huizhi_domain::staff::Role;
use huizhi_domain::visit::draw::{ROUND_MS, TURN_MS, check};
use huizhi_domain::visit::release::{Entered, EntryState, LEAST_MS};
use huizhi_domain::visit::schedule::PlannedSlot;
use huizhi_domain::visit::{BookingPolicy, Rights, Slot, Visitor};
use huizhi_domain::words::Lang;
use huizhi_store::{Ask, Entering, Room};
use jiff::civil::{Date, date};

use crate::{Bench, on_both};

pub(crate) const SERVICE: &str = "id-card";
const MINUTE_MS: i64 = 60_000;

/// The day that is given out at eleven on the bench's first morning.
fn day() -> Date {
    date(2026, 12, 2)
}

fn eleven() -> BookingPolicy {
    BookingPolicy { release_at: Some(660), ..BookingPolicy::default() }
}

pub(crate) fn number(of: usize) -> IdNumber {
    IdNumber::of_other_document(&format!("P{of:07}")).unwrap()
}

pub(crate) fn visitor(of: usize) -> Visitor {
    Visitor { name: PersonName::parse("测试员甲").unwrap(), number: number(of), birth: date(1990, 3, 7) }
}

pub(crate) async fn citizen(bench: &Bench, of: usize) -> AccountId {
    let contact = Contact::parse(&format!("139{of:08}")).unwrap();
    bench.store.add_account(Some(&contact), None, Lang::Zh).await.unwrap()
}

/// An office with slots at some minutes of a day, each with so many places.
pub(crate) async fn office(bench: &Bench, policy: BookingPolicy, day: Date, minutes: &[i32], places: i32) -> OfficeId {
    let office = bench.store.add_office("441300", "江北窗口", "惠州市江北").await.unwrap().id;
    let admin = bench.staff("admin", Role::Admin).await;
    bench.store.set_booking_policy(office, policy, admin.id).await.unwrap();
    let slots: Vec<PlannedSlot> = minutes
        .iter()
        .map(|minute| PlannedSlot {
            slot: Slot { day, minute: *minute },
            starts_at: midnight(day, Zone::CHINA).after_s(i64::from(*minute) * 60),
            length_min: 15,
            places,
            staff_places: 0,
        })
        .collect();
    bench.store.plan_slots(office, SERVICE, &slots).await.unwrap();
    office
}

pub(crate) fn ask(office: OfficeId, slot: Slot, of: usize, account: AccountId) -> Ask {
    Ask {
        office,
        service: SERVICE.to_owned(),
        business: "id-renewal".to_owned(),
        slot,
        units: 1,
        visitor: visitor(of),
        account: Some(account),
        person: None,
        rights: Rights::Public,
        lang: Lang::Zh,
        once: None,
        session: None,
    }
}

/// A room half an hour before eleven.
async fn opened(bench: &Bench, minutes: &[i32], places: i32) -> Room {
    let office = office(bench, eleven(), day(), minutes, places).await;
    let calendar = Calendar::built_in().unwrap();
    assert_eq!(bench.store.open_rooms(&calendar).await.unwrap(), 0, "an hour before");
    bench.clock.pass_ms(30 * MINUTE_MS);
    assert_eq!(bench.store.open_rooms(&calendar).await.unwrap(), 1);
    assert_eq!(bench.store.open_rooms(&calendar).await.unwrap(), 0, "once");
    room(bench, office).await
}

async fn room(bench: &Bench, office: OfficeId) -> Room {
    bench.store.room(office, SERVICE, day()).await.unwrap().unwrap()
}

async fn enter(bench: &Bench, room: &Room, account: AccountId, of: usize) -> Entering {
    let key = bench.store.person_key(&number(of));
    bench.store.enter_room(room, account, &key).await.unwrap()
}

async fn entry(bench: &Bench, room: &Room, account: AccountId) -> Entered {
    bench.store.entry_of_account(room.id, account).await.unwrap().unwrap()
}

/// So many citizens in a room, by the id of their entry.
async fn crowd(bench: &Bench, room: &Room, count: usize) -> BTreeMap<EntryId, (usize, AccountId)> {
    let mut inside = BTreeMap::new();
    for of in 0..count {
        let account = citizen(bench, of).await;
        assert_eq!(enter(bench, room, account, of).await, Entering::Inside);
        let entered = entry(bench, room, account).await;
        assert_eq!((entered.state, entered.before), (EntryState::Waiting, None), "nothing is known before the draw");
        inside.insert(entered.id, (of, account));
    }
    inside
}

#[test]
fn a_person_and_an_account_are_in_a_room_once() {
    on_both(|bench| async move {
        let of = opened(&bench, &[540], 3).await;
        let (one, other) = (citizen(&bench, 1).await, citizen(&bench, 2).await);
        for _ in 0..3 {
            assert_eq!(enter(&bench, &of, one, 1).await, Entering::Inside);
        }
        let first = entry(&bench, &of, one).await.id;
        assert_eq!(enter(&bench, &of, one, 2).await, Entering::OtherPerson);
        assert_eq!(enter(&bench, &of, other, 1).await, Entering::OtherAccount);
        let tries = (0..40).map(|_| {
            let (store, of, key) = (bench.store.clone(), of.clone(), bench.store.person_key(&number(2)));
            tokio::spawn(async move { store.enter_room(&of, other, &key).await })
        });
        for tried in tries.collect::<Vec<_>>() {
            assert_eq!(tried.await.unwrap().unwrap(), Entering::Inside);
        }
        let now = room(&bench, of.office).await;
        assert_eq!((now.entries, now.waiting), (2, 2), "a bot that asks forty times at once has one entry");
        assert_eq!(entry(&bench, &of, one).await.id, first);
        assert_eq!(bench.store.rooms_of(one).await.unwrap(), [(of.office, SERVICE.to_owned(), day())]);
        bench.store.check_log(&[]).await.unwrap().unwrap();
    });
}

#[test]
fn the_draw_is_the_one_that_was_promised_and_turns_are_no_more_than_places() {
    on_both(|bench| async move {
        let before = opened(&bench, &[540, 555], 3).await;
        let inside = crowd(&bench, &before, 20).await;
        assert_eq!(bench.store.tend_rooms().await.unwrap(), 0);
        assert!(bench.store.draw_of(&before).await.unwrap().is_empty(), "no seed is shown before its round");
        bench.clock.pass_ms(30 * MINUTE_MS);
        assert_eq!(bench.store.tend_rooms().await.unwrap(), 6);
        assert_eq!(bench.store.tend_rooms().await.unwrap(), 0);
        let after = room(&bench, before.office).await;
        assert_eq!(after.commitment, before.commitment);
        let drawn = bench.store.draw_of(&after).await.unwrap();
        assert_eq!(check(&before.commitment, &drawn), Ok(()));
        assert_eq!((drawn.len(), drawn[0].entries.len()), (1, 20));
        for (place, id) in drawn[0].entries.iter().enumerate() {
            let entered = entry(&bench, &before, inside[id].1).await;
            assert_eq!(entered.id, *id);
            if place < 6 {
                assert_eq!(entered.until, Some(bench.store.now().after_ms(TURN_MS)));
                assert!(entered.may_book(bench.store.now()));
            } else {
                assert_eq!((entered.state, entered.before), (EntryState::Waiting, Some(place as i64 - 6)));
            }
        }
        for (place, id) in drawn[0].entries[..6].iter().enumerate() {
            let (of, account) = inside[id];
            let slot = Slot { day: day(), minute: if place < 3 { 540 } else { 555 } };
            bench.store.book(ask(before.office, slot, of, account)).await.unwrap().unwrap();
        }
        assert_eq!(bench.store.tend_rooms().await.unwrap(), 0, "nobody more than there are places");
        assert_eq!(entry(&bench, &before, inside[&drawn[0].entries[0]].1).await.state, EntryState::Used);
        bench.clock.pass_ms(LEAST_MS);
        bench.store.tend_rooms().await.unwrap();
        let over = room(&bench, before.office).await;
        assert!(over.is_over(bench.store.now()) && over.left == 0, "sold out");
        bench.store.check_log(&[]).await.unwrap().unwrap();
    });
}

#[test]
fn many_workers_let_in_no_more_than_there_are_places() {
    on_both(|bench| async move {
        let of = opened(&bench, &[540, 555, 570], 3).await;
        crowd(&bench, &of, 30).await;
        bench.clock.pass_ms(30 * MINUTE_MS);
        let mut workers = Vec::new();
        for store in [bench.store.clone(), bench.store.clone(), bench.again().await, bench.again().await] {
            workers.push(tokio::spawn(async move { store.tend_rooms().await }));
        }
        let mut let_in = 0;
        for worker in workers {
            let_in += worker.await.unwrap().unwrap();
        }
        assert_eq!(let_in, 9);
        assert_eq!(room(&bench, of.office).await.waiting, 21);
        let drawn = bench.store.draw_of(&room(&bench, of.office).await).await.unwrap();
        assert_eq!(check(&of.commitment, &drawn), Ok(()));
        bench.store.check_log(&[]).await.unwrap().unwrap();
    });
}

#[test]
fn a_turn_that_is_not_used_goes_to_the_next_and_who_comes_later_waits_behind() {
    on_both(|bench| async move {
        let of = opened(&bench, &[540], 2).await;
        let inside = crowd(&bench, &of, 5).await;
        bench.clock.pass_ms(30 * MINUTE_MS);
        assert_eq!(bench.store.tend_rooms().await.unwrap(), 2);
        bench.clock.pass_ms(1);
        let late = citizen(&bench, 70).await;
        assert_eq!(enter(&bench, &of, late, 70).await, Entering::Inside);
        assert_eq!((entry(&bench, &of, late).await.round, entry(&bench, &of, late).await.before), (1, None));
        bench.clock.pass_ms(ROUND_MS);
        assert_eq!(bench.store.tend_rooms().await.unwrap(), 0);
        assert_eq!(entry(&bench, &of, late).await.before, Some(3));
        bench.clock.pass_ms(TURN_MS);
        assert_eq!(bench.store.tend_rooms().await.unwrap(), 2, "the next two");
        assert_eq!(entry(&bench, &of, late).await.before, Some(1));
        let drawn = bench.store.draw_of(&room(&bench, of.office).await).await.unwrap();
        assert_eq!(check(&of.commitment, &drawn), Ok(()));
        let (first, sleeper) = (drawn[0].entries[0], inside[&drawn[0].entries[0]]);
        assert_eq!(entry(&bench, &of, sleeper.1).await.state, EntryState::Passed);
        assert_eq!(enter(&bench, &of, sleeper.1, sleeper.0).await, Entering::Inside, "who let it pass may wait again");
        let again = entry(&bench, &of, sleeper.1).await;
        assert!(again.id != first && again.round > 1);
        let drawn = bench.store.draw_of(&room(&bench, of.office).await).await.unwrap();
        assert!(drawn[0].entries.contains(&first), "what was drawn stays");
    });
}

#[test]
fn a_hold_that_ends_gives_the_turn_back_while_it_lasts() {
    on_both(|bench| async move {
        let of = opened(&bench, &[540], 1).await;
        let inside = crowd(&bench, &of, 2).await;
        bench.clock.pass_ms(30 * MINUTE_MS);
        bench.store.tend_rooms().await.unwrap();
        let drawn = bench.store.draw_of(&room(&bench, of.office).await).await.unwrap();
        let (first, account) = inside[&drawn[0].entries[0]];
        let slot = Slot { day: day(), minute: 540 };
        let held = bench.store.hold(ask(of.office, slot, first, account)).await.unwrap().unwrap();
        bench.store.tend_rooms().await.unwrap();
        assert_eq!(entry(&bench, &of, account).await.state, EntryState::Used);
        let by = huizhi_domain::visit::By::Account(account);
        bench.store.cancel_appointment(held.appointment.id, by).await.unwrap().unwrap();
        assert_eq!(bench.store.tend_rooms().await.unwrap(), 0, "the place is still theirs to choose");
        assert!(entry(&bench, &of, account).await.may_book(bench.store.now()));
        bench.clock.pass_ms(TURN_MS);
        assert_eq!(bench.store.tend_rooms().await.unwrap(), 1, "and then the next one's");
    });
}

#[test]
fn who_leaves_is_forgotten_and_so_is_everybody_a_day_later() {
    on_both(|bench| async move {
        let of = opened(&bench, &[540], 1).await;
        let inside = crowd(&bench, &of, 3).await;
        let accounts: Vec<AccountId> = inside.values().map(|it| it.1).collect();
        assert!(bench.store.leave_room(of.id, accounts[0]).await.unwrap());
        assert!(!bench.store.leave_room(of.id, accounts[0]).await.unwrap());
        bench.store.erase_all_of(accounts[1]).await.unwrap();
        for gone in &accounts[..2] {
            assert!(bench.store.entry_of_account(of.id, *gone).await.unwrap().is_none());
            assert!(bench.store.rooms_of(*gone).await.unwrap().is_empty());
        }
        assert_eq!(room(&bench, of.office).await.waiting, 1);
        bench.clock.pass_ms(30 * MINUTE_MS);
        assert_eq!(bench.store.tend_rooms().await.unwrap(), 1, "who stayed has the turn");
        bench.clock.pass_ms(60 * MINUTE_MS);
        bench.store.tend_rooms().await.unwrap();
        bench.store.forget_rooms().await.unwrap();
        assert!(bench.store.entry_of_account(of.id, accounts[2]).await.unwrap().is_some());
        bench.clock.pass_ms(24 * 60 * MINUTE_MS);
        bench.store.forget_rooms().await.unwrap();
        assert!(bench.store.entry_of_account(of.id, accounts[2]).await.unwrap().is_none());
        let over = room(&bench, of.office).await;
        let drawn = bench.store.draw_of(&over).await.unwrap();
        assert_eq!(check(&of.commitment, &drawn), Ok(()), "the draw can be checked for good");
        assert_eq!(drawn[0].entries.len(), 3);
    });
}
