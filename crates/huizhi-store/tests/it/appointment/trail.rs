//! What is told, what the log says, and what is left of somebody who goes.

use huizhi_domain::audit::{Actor, Entry};
use huizhi_domain::person::Relation;
use huizhi_domain::visit::{By, State, VisitHappening, Visitor};
use huizhi_store::Ask;

use super::{DAY, Hall, NINE, SERVICE, TEN, account, at, free_policy, planned};
use crate::{Bench, on_both};

/// What the log says of appointments: who did what.
async fn said(bench: &Bench) -> Vec<(Actor, String)> {
    let page = bench.store.log_entries(0, 1000).await.unwrap();
    let entries = page.into_iter().map(|(_, bytes)| serde_json::from_slice::<Entry>(&bytes).unwrap());
    entries.filter(|it| it.action.starts_with("appointment.")).map(|it| (it.actor, it.action)).collect()
}

#[test]
fn invariant_17_each_change_is_told_to_its_account_once() {
    on_both(|bench| async move {
        let hall = Hall::open(&bench, free_policy(), 1).await;
        let me = account(&bench, "13800138000").await;
        let held = bench.store.hold(Ask { account: Some(me), ..hall.ask(1, at(NINE)) }).await.unwrap().unwrap();
        let id = held.appointment.id;
        assert!(bench.store.visit_messages_of(me).await.unwrap().is_empty(), "a hold is nothing to tell");
        let mut told = vec![VisitHappening::Booked];
        bench.store.confirm(id, By::Account(me)).await.unwrap().unwrap();
        bench.clock.pass_ms(1);
        bench.store.move_appointment(id, at(TEN), By::Account(me)).await.unwrap().unwrap();
        told.push(VisitHappening::Moved);
        bench.clock.pass_ms(1);
        bench.store.plan_slots(hall.office, SERVICE, &[planned(at(TEN), 0, 0)]).await.unwrap();
        told.push(VisitHappening::Stranded);
        bench.clock.pass_ms(1);
        bench.store.cancel_appointment(id, By::Account(me)).await.unwrap().unwrap();
        told.push(VisitHappening::Cancelled);
        let messages = bench.store.visit_messages_of(me).await.unwrap();
        let happened: Vec<VisitHappening> = messages.iter().rev().map(|it| it.happening).collect();
        assert_eq!(happened, told);
        let times: Vec<_> = messages.iter().rev().map(|it| it.slot).collect();
        assert_eq!(times, [NINE, TEN, TEN, TEN].map(|minute| Some(at(minute))), "each keeps the time that it told of");
        bench.store.read_visit_message(me, messages[0].id).await.unwrap();
        let read = bench.store.visit_messages_of(me).await.unwrap();
        assert_eq!(read.iter().filter(|it| it.read_at.is_some()).count(), 1);
        assert!(bench.store.tell_visit(id, VisitHappening::Reminder).await.unwrap());
        assert!(!bench.store.tell_visit(id, VisitHappening::Reminder).await.unwrap(), "at the same moment only once");
    });
}

#[test]
fn invariant_18_the_log_says_who_did_what_and_refusals_are_not_in_it() {
    on_both(|bench| async move {
        let hall = Hall::open(&bench, free_policy(), 1).await;
        let desk = bench.store.by(Actor::Staff(hall.staff), None);
        let given = desk.book(hall.ask(1, at(NINE))).await.unwrap().unwrap();
        let before = bench.store.log_head().await.unwrap().unwrap().size;
        hall.book(&bench, 2, at(NINE)).await.unwrap_err();
        hall.book(&bench, 1, at(TEN)).await.unwrap_err();
        assert_eq!(bench.store.log_head().await.unwrap().unwrap().size, before);
        let held = bench.store.hold(hall.ask(2, at(TEN))).await.unwrap().unwrap();
        bench.store.cancel_appointment(given.appointment.id, By::Code { code: given.code }).await.unwrap().unwrap();
        bench.store.confirm(held.appointment.id, By::Service).await.unwrap().unwrap();
        let id = held.appointment.id;
        bench.store.set_visit_state(id, State::Arrived, Some(hall.staff)).await.unwrap().unwrap();
        bench.store.set_visit_state(id, State::Done, Some(hall.staff)).await.unwrap().unwrap();
        let staff = Actor::Staff(hall.staff);
        let expected = [
            (staff, "appointment.booked"),
            (Actor::Citizen, "appointment.held"),
            (Actor::Citizen, "appointment.cancelled"),
            (Actor::Service, "appointment.booked"),
            (staff, "appointment.arrived"),
            (staff, "appointment.done"),
        ];
        let expected: Vec<(Actor, String)> =
            expected.iter().map(|(actor, action)| (*actor, (*action).to_owned())).collect();
        assert_eq!(said(&bench).await, expected);
        bench.store.check_log(&[]).await.unwrap().unwrap();
        let page = bench.store.log_entries(0, 1000).await.unwrap();
        let number = super::visitor(2).number;
        for (_, bytes) in page {
            let text = String::from_utf8(bytes).unwrap();
            assert!(!text.contains("测试员") && !text.contains(number.as_str()), "{text}");
        }
    });
}

#[test]
fn invariant_18_who_goes_leaves_places_and_figures_and_nothing_else() {
    on_both(|bench| async move {
        let hall = Hall::open(&bench, free_policy(), 1).await;
        let me = account(&bench, "13800138000").await;
        let given = bench.store.book(Ask { account: Some(me), ..hall.ask(1, at(NINE)) }).await.unwrap().unwrap();
        let id = given.appointment.id;
        bench.store.erase_all_of(me).await.unwrap();
        let left = bench.store.appointment(id).await.unwrap().unwrap();
        assert_eq!((left.state, left.account, left.person), (State::Cancelled, None, None));
        assert_eq!(bench.store.visitor_of(id).await.unwrap(), None);
        assert_eq!(bench.store.code_of(id).await.unwrap(), None);
        assert!(bench.store.visit_messages_of(me).await.unwrap().is_empty());
        let four = super::visitor(1).number.last_four().to_owned();
        let found = bench.store.appointments_by_person(hall.office, DAY, "测试员甲", &four).await.unwrap();
        assert!(found.is_empty());
        assert_eq!(hall.left(&bench).await, [1, 1, 1], "the place is free");
        hall.book(&bench, 1, at(NINE)).await.unwrap();
        bench.store.check_log(&[]).await.unwrap().unwrap();
    });
}

#[test]
fn who_grew_up_takes_their_appointments_along() {
    on_both(|bench| async move {
        let hall = Hall::open(&bench, free_policy(), 1).await;
        let (guardian, grown) = (account(&bench, "13800138000").await, account(&bench, "13900139000").await);
        let details = crate::person::details(crate::person::CHILD);
        let child = bench.store.add_person(guardian, Relation::Child, &details).await.unwrap();
        let visitor = Visitor { name: details.name.clone(), number: details.number.clone(), birth: details.birth };
        let ask = Ask { account: Some(guardian), person: Some(child), visitor, ..hall.ask(1, at(NINE)) };
        let id = bench.store.book(ask).await.unwrap().unwrap().appointment.id;
        let code = bench.store.hand_over(guardian, child).await.unwrap();
        bench.store.take_over(grown, &code, crate::person::CHILD).await.unwrap();
        let theirs = bench.store.appointments_of(grown).await.unwrap();
        assert_eq!(theirs.iter().map(|it| it.id).collect::<Vec<_>>(), [id]);
        assert!(bench.store.appointments_of(guardian).await.unwrap().is_empty());
        assert!(bench.store.visit_messages_of(guardian).await.unwrap().is_empty());
        assert_eq!(bench.store.visit_messages_of(grown).await.unwrap().len(), 1);
        bench.store.remove_person(grown, child).await.unwrap();
        assert_eq!(bench.store.appointment(id).await.unwrap().unwrap().person, None);
    });
}
