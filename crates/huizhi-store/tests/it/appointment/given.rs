//! Places are given once, several at a time or none, and to those who may have them.

use huizhi_domain::account::How;
use huizhi_domain::visit::{By, Refused, Rights, Slot, State};
use huizhi_store::{Ask, Place};

use super::{DAY, Hall, NINE, SERVICE, TEN, account, at, free_policy, planned};
use crate::on_both;

#[test]
fn invariant_01_and_02_a_crowd_gets_exactly_the_places_that_there_are() {
    on_both(|bench| async move {
        let hall = Hall::open(&bench, free_policy(), 7).await;
        // On PostgreSQL two stores on one database stand for two processes.
        let mut stores = vec![bench.store.clone()];
        if matches!(bench.place, Place::Postgres(_)) {
            stores.push(bench.again().await);
        }
        let crowd = (0..90_u32).map(|n| {
            let store = stores[n as usize % stores.len()].clone();
            let ask = hall.ask(n, at(NINE));
            tokio::spawn(async move { store.book(ask).await.unwrap() })
        });
        let (mut given, mut full) = (0, 0);
        for answer in crowd.collect::<Vec<_>>() {
            match answer.await.unwrap() {
                Ok(_) => given += 1,
                Err(Refused::Full { .. }) => full += 1,
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!((given, full), (7, 83));
        assert_eq!(hall.left(&bench).await, [0, 7, 7]);
        assert_eq!(bench.store.appointments_on(hall.office, DAY).await.unwrap().len(), 7);
    });
}

#[test]
fn invariant_03_other_days_and_offices_do_not_meet() {
    on_both(|bench| async move {
        let hall = Hall::open(&bench, free_policy(), 1).await;
        let other = bench.store.add_office("441300", "仲恺分局户政窗口", "惠州市仲恺区").await.unwrap().id;
        let friday = Slot { day: DAY.tomorrow().unwrap(), minute: NINE };
        bench.store.plan_slots(other, SERVICE, &[planned(at(NINE), 1, 0)]).await.unwrap();
        bench.store.plan_slots(hall.office, SERVICE, &[planned(friday, 1, 0)]).await.unwrap();
        hall.book(&bench, 1, at(NINE)).await.unwrap();
        hall.book(&bench, 2, friday).await.unwrap();
        bench.store.book(Ask { office: other, ..hall.ask(3, at(NINE)) }).await.unwrap().unwrap();
        assert!(matches!(hall.book(&bench, 4, at(NINE)).await, Err(Refused::Full { .. })));
        let next = bench.store.next_free(SERVICE, DAY, friday.day).await.unwrap();
        assert_eq!(next.len(), 1, "the other office has none left");
        assert_eq!((next[0].office, next[0].slot), (hall.office, at(NINE + 30)));
    });
}

#[test]
fn invariant_04_several_places_are_taken_all_or_none() {
    on_both(|bench| async move {
        let hall = Hall::open(&bench, free_policy(), 1).await;
        let desk = |n, units| Ask { rights: Rights::Desk, units, ..hall.ask(n, at(NINE)) };
        let three = bench.store.book(desk(1, 3)).await.unwrap().unwrap().appointment;
        assert_eq!((three.units, hall.left(&bench).await), (3, vec![0, 0, 0]));
        bench.store.cancel_appointment(three.id, By::Service).await.unwrap().unwrap();
        assert_eq!(hall.left(&bench).await, [1, 1, 1]);
        hall.book(&bench, 2, at(TEN)).await.unwrap();
        assert!(matches!(bench.store.book(desk(1, 3)).await.unwrap(), Err(Refused::Full { .. })));
        assert!(matches!(bench.store.book(desk(1, 4)).await.unwrap(), Err(Refused::Full { .. })));
        assert_eq!(hall.left(&bench).await, [1, 1, 0], "nothing of it was taken");
        let two = bench.store.book(desk(1, 2)).await.unwrap().unwrap().appointment;
        bench.store.move_appointment(two.id, at(NINE + 30), By::Service).await.unwrap().unwrap_err();
        assert_eq!(hall.left(&bench).await, [0, 0, 0]);
    });
}

#[test]
fn invariant_05_unknown_taken_and_the_desks_own() {
    on_both(|bench| async move {
        let hall = Hall::open(&bench, free_policy(), 1).await;
        assert_eq!(hall.book(&bench, 1, at(NINE + 5)).await, Err(Refused::Unknown));
        let business = |business: &str| Ask { business: business.to_owned(), ..hall.ask(1, at(NINE)) };
        assert_eq!(bench.store.book(business("id-gift")).await.unwrap(), Err(Refused::Unknown));
        assert_eq!(bench.store.book(business("hmt-permit")).await.unwrap(), Err(Refused::Unknown), "needs none (D14)");
        // A stranger says how many places they would like: the business says one.
        let greedy = bench.store.book(Ask { units: 3, ..hall.ask(1, at(NINE)) }).await.unwrap().unwrap();
        assert_eq!((greedy.appointment.units, hall.left(&bench).await), (1, vec![0, 1, 1]));
        let Err(Refused::Full { alternatives }) = hall.book(&bench, 2, at(NINE)).await else { panic!("it is full") };
        let named: Vec<Slot> = alternatives.iter().map(|it| it.slot).collect();
        assert_eq!(named, [at(NINE + 30), at(TEN)], "the nearest first");
        let moved = bench.store.book(hall.ask(3, at(TEN))).await.unwrap().unwrap().appointment;
        let answer = bench.store.move_appointment(moved.id, at(NINE), By::Service).await.unwrap();
        let Err(Refused::Full { alternatives }) = answer else { panic!("it is full") };
        assert_eq!(alternatives.iter().map(|it| it.slot).collect::<Vec<_>>(), [at(NINE + 30)]);
        bench.store.plan_slots(hall.office, SERVICE, &[planned(at(NINE), 1, 1)]).await.unwrap();
        assert!(matches!(hall.book(&bench, 4, at(NINE)).await, Err(Refused::Full { .. })));
        let at_desk = Ask { rights: Rights::Desk, ..hall.ask(4, at(NINE)) };
        bench.store.book(at_desk).await.unwrap().unwrap();
        let again = Ask { rights: Rights::Desk, ..hall.ask(5, at(NINE)) };
        assert!(matches!(bench.store.book(again).await.unwrap(), Err(Refused::Full { .. })));
    });
}

#[test]
fn the_same_request_is_answered_as_the_first_time_also_after_a_restart() {
    on_both(|bench| async move {
        let hall = Hall::open(&bench, free_policy(), 5).await;
        let me = account(&bench, "13800138000").await;
        let ask = Ask { once: Some("key".to_owned()), account: Some(me), ..hall.ask(1, at(NINE)) };
        let first = bench.store.book(ask.clone()).await.unwrap().unwrap();
        assert_eq!(bench.store.book(ask.clone()).await.unwrap(), Ok(first.clone()));
        assert_eq!(bench.again().await.book(ask.clone()).await.unwrap(), Ok(first.clone()));
        assert_eq!(hall.left(&bench).await, [4, 5, 5]);
        let stranger = Ask { account: None, visitor: super::visitor(2), ..ask };
        let theirs = bench.store.book(stranger).await.unwrap().unwrap();
        assert_ne!(theirs.appointment.id, first.appointment.id, "a key is its owner's");
    });
}

#[test]
fn a_session_that_was_ended_books_nothing() {
    on_both(|bench| async move {
        let hall = Hall::open(&bench, free_policy(), 5).await;
        let me = account(&bench, "13800138000").await;
        bench.store.begin_account_session(me, How::Password, "token", None, "linux/firefox").await.unwrap();
        let session = Some(bench.store.session_key("token"));
        let ask = |n| Ask { account: Some(me), session: session.clone(), ..hall.ask(n, at(NINE)) };
        bench.store.book(ask(1)).await.unwrap().unwrap();
        bench.store.end_account_session("token").await.unwrap();
        assert_eq!(bench.store.book(ask(2)).await.unwrap(), Err(Refused::NotYours));
        let mine = bench.store.appointments_of(me).await.unwrap();
        assert_eq!(mine.iter().map(|it| it.state).collect::<Vec<_>>(), [State::Booked]);
    });
}
