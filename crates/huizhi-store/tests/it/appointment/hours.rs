//! Changes of hours: who loses a place, and who gets one again.

use huizhi_domain::visit::{By, State};
use huizhi_store::Planned;

use super::{Hall, NINE, SERVICE, at, free_policy, planned};
use crate::{Bench, on_both};

async fn plan(bench: &Bench, hall: &Hall, places: i32) -> Planned {
    bench.store.plan_slots(hall.office, SERVICE, &[planned(at(NINE), places, 0)]).await.unwrap()
}

#[test]
fn invariant_12_holds_go_first_and_the_oldest_is_helped_first() {
    on_both(|bench| async move {
        let hall = Hall::open(&bench, free_policy(), 4).await;
        let mut ids = Vec::new();
        for n in 0..3 {
            ids.push(hall.book(&bench, n, at(NINE)).await.unwrap().appointment.id);
            bench.clock.pass_ms(1);
        }
        let held = bench.store.hold(hall.ask(3, at(NINE))).await.unwrap().unwrap().appointment.id;
        let slots = [planned(at(NINE), 1, 0)];
        let dry = bench.store.preview_slots(hall.office, SERVICE, &slots).await.unwrap();
        assert_eq!(dry.dropped, [held]);
        assert_eq!(dry.stranded, [ids[2], ids[1]]);
        assert_eq!(hall.left(&bench).await, [0, 4, 4], "it was only asked");
        assert_eq!(plan(&bench, &hall, 1).await, dry);
        assert_eq!(plan(&bench, &hall, 1).await, Planned::default(), "twice changes nothing");
        let state = async |id| bench.store.appointment(id).await.unwrap().unwrap().state;
        assert_eq!(state(held).await, State::Lapsed);
        assert_eq!((state(ids[0]).await, state(ids[1]).await), (State::Booked, State::Stranded));
        assert_eq!(plan(&bench, &hall, 2).await.supported, [ids[1]]);
        bench.store.cancel_appointment(ids[0], By::Service).await.unwrap().unwrap();
        assert_eq!(state(ids[2]).await, State::Booked, "a cancellation helps, too");
        assert_eq!(hall.left(&bench).await, [0, 4, 4]);
        bench.store.check_log(&[]).await.unwrap().unwrap();
    });
}

#[test]
fn invariant_12_a_slot_that_is_closed_comes_back_with_its_people() {
    on_both(|bench| async move {
        let hall = Hall::open(&bench, free_policy(), 2).await;
        let first = hall.book(&bench, 1, at(NINE)).await.unwrap();
        bench.clock.pass_ms(1);
        let second = hall.book(&bench, 2, at(NINE)).await.unwrap();
        assert_eq!(plan(&bench, &hall, 0).await.stranded, [second.appointment.id, first.appointment.id]);
        assert_eq!(hall.left(&bench).await, [2, 2], "nine o'clock is not offered");
        let code = By::Code { code: second.code.clone() };
        bench.store.move_appointment(second.appointment.id, at(NINE + 30), code).await.unwrap().unwrap();
        assert_eq!(plan(&bench, &hall, 2).await.supported, [first.appointment.id]);
        assert_eq!(hall.left(&bench).await, [1, 1, 2]);
        let kept = bench.store.planned_slots(hall.office, SERVICE, super::DAY, super::DAY).await.unwrap();
        assert_eq!(kept.iter().map(|it| it.places).collect::<Vec<_>>(), [2, 2, 2]);
    });
}
