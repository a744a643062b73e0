//! Holds and codes.

use huizhi_domain::visit::{AppointmentNumber, By, Refused, State};

use super::{Hall, NINE, TEN, account, at, free_policy};
use crate::on_both;

/// A hold of the default rules.
const HOLD_MS: i64 = 10 * 60_000;

#[test]
fn invariant_06_a_hold_ends_at_exactly_its_time() {
    on_both(|bench| async move {
        let hall = Hall::open(&bench, free_policy(), 1).await;
        let held = bench.store.hold(hall.ask(1, at(NINE))).await.unwrap().unwrap().appointment;
        assert_eq!(held.hold_until, Some(held.made_at.after_ms(HOLD_MS)));
        bench.clock.pass_ms(HOLD_MS - 1);
        assert_eq!(hall.left(&bench).await, [0, 1, 1]);
        assert!(matches!(hall.book(&bench, 2, at(NINE)).await, Err(Refused::Full { .. })));
        bench.clock.pass_ms(1);
        // Nobody swept.
        assert_eq!(hall.left(&bench).await, [1, 1, 1]);
        assert_eq!(bench.store.confirm(held.id, By::Service).await.unwrap(), Err(Refused::Lapsed));
        hall.book(&bench, 2, at(NINE)).await.unwrap();
        hall.book(&bench, 1, at(TEN)).await.unwrap();
        assert_eq!(bench.store.appointment(held.id).await.unwrap().unwrap().state, State::Lapsed);
        assert_eq!(bench.store.expire_holds().await.unwrap(), 0, "the place was taken with the hold's end");
        bench.store.check_log(&[]).await.unwrap().unwrap();
    });
}

#[test]
fn invariant_06_a_hold_elsewhere_that_ended_does_not_keep_its_person() {
    on_both(|bench| async move {
        let hall = Hall::open(&bench, free_policy(), 1).await;
        bench.store.hold(hall.ask(1, at(NINE))).await.unwrap().unwrap();
        bench.store.hold(hall.ask(2, at(TEN))).await.unwrap().unwrap();
        bench.clock.pass_ms(HOLD_MS);
        hall.book(&bench, 1, at(NINE + 30)).await.unwrap();
        assert_eq!(bench.store.expire_holds().await.unwrap(), 0, "holds on the same day end with the first wish");
        assert_eq!(hall.left(&bench).await, [1, 0, 1]);
    });
}

#[test]
fn invariant_06_what_nobody_asks_for_is_swept() {
    on_both(|bench| async move {
        let hall = Hall::open(&bench, free_policy(), 2).await;
        for n in 0..4 {
            let minute = if n % 2 == 0 { NINE } else { TEN };
            bench.store.hold(hall.ask(n, at(minute))).await.unwrap().unwrap();
        }
        assert_eq!(bench.store.expire_holds().await.unwrap(), 0);
        bench.clock.pass_ms(HOLD_MS);
        assert_eq!(bench.store.expire_holds().await.unwrap(), 4);
        assert_eq!(bench.store.expire_holds().await.unwrap(), 0);
        assert_eq!(hall.left(&bench).await, [2, 2, 2]);
    });
}

#[test]
fn invariant_07_what_is_confirmed_is_confirmed_once() {
    on_both(|bench| async move {
        let hall = Hall::open(&bench, free_policy(), 1).await;
        let me = account(&bench, "13800138000").await;
        let held =
            bench.store.hold(huizhi_store::Ask { account: Some(me), ..hall.ask(1, at(NINE)) }).await.unwrap().unwrap();
        let id = held.appointment.id;
        let booked = bench.store.confirm(id, By::Account(me)).await.unwrap().unwrap();
        assert_eq!((booked.appointment.state, &booked.code), (State::Booked, &held.code));
        assert_eq!(bench.store.confirm(id, By::Account(me)).await.unwrap(), Err(Refused::State(State::Booked)));
        bench.clock.pass_ms(HOLD_MS);
        assert_eq!(bench.store.appointment(id).await.unwrap().unwrap().state_at(bench.store.now()), State::Booked);
        bench.store.cancel_appointment(id, By::Account(me)).await.unwrap().unwrap();
        let unknown = huizhi_domain::id::AppointmentId::new(bench.store.now(), &mut NoDice);
        assert_eq!(bench.store.confirm(unknown, By::Service).await.unwrap(), Err(Refused::Unknown));
        assert_eq!(bench.store.confirm(id, By::Service).await.unwrap(), Err(Refused::State(State::Cancelled)));
    });
}

/// Draws nothing but zeros.
struct NoDice;

impl rand_core::TryRng for NoDice {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(0)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(0)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        bytes.fill(0);
        Ok(())
    }
}

#[test]
fn invariant_08_a_wrong_code_opens_nothing_and_neither_does_the_name() {
    on_both(|bench| async move {
        let hall = Hall::open(&bench, free_policy(), 3).await;
        let given = hall.book(&bench, 1, at(NINE)).await.unwrap();
        let (id, number) = (given.appointment.id, given.appointment.number.clone());
        let wrong = if given.code == "123456" { "654321" } else { "123456" };
        let code = |code: &str| By::Code { code: code.to_owned() };
        for typed in [wrong, "测试员甲", ""] {
            assert_eq!(
                bench.store.cancel_appointment(id, code(typed)).await.unwrap(),
                Err(Refused::NotYours),
                "{typed}"
            );
        }
        let spaced = format!(" {} {} ", &given.code[..3], &given.code[3..]);
        let shown = bench.store.appointment_by_code(&number, &spaced).await.unwrap().unwrap();
        assert_eq!(shown.id, id);
        for _ in 0..2 {
            assert_eq!(bench.store.appointment_by_code(&number, wrong).await.unwrap(), Err(Refused::NotYours));
        }
        // Five wrong ones: from now on none is compared.
        let right = bench.store.cancel_appointment(id, code(&given.code)).await.unwrap();
        assert_eq!(right, Err(Refused::NotYours));
        let nobody: AppointmentNumber = "00000000".parse().unwrap();
        assert_eq!(bench.store.appointment_by_code(&nobody, wrong).await.unwrap(), Err(Refused::NotYours));
        bench.clock.pass_ms(14 * 3_600_000);
        bench.store.cancel_appointment(id, code(&given.code)).await.unwrap().unwrap();
        assert_eq!(bench.store.code_of(id).await.unwrap(), Some(given.code));
    });
}

#[test]
fn somebody_is_found_by_name_and_last_four_and_kept_sealed() {
    on_both(|bench| async move {
        let hall = Hall::open(&bench, free_policy(), 3).await;
        let given = hall.book(&bench, 1, at(NINE)).await.unwrap();
        let visitor = super::visitor(1);
        let four = visitor.number.last_four().to_lowercase();
        let found = bench.store.appointments_by_person(hall.office, super::DAY, " 测试员甲 ", &four).await.unwrap();
        assert_eq!(found, std::slice::from_ref(&given.appointment));
        let other = bench.store.appointments_by_person(hall.office, super::DAY, "测试员乙", &four).await.unwrap();
        assert!(other.is_empty());
        assert_eq!(bench.store.visitor_of(given.appointment.id).await.unwrap(), Some(visitor));
        let typed: AppointmentNumber = given.appointment.number.to_string().to_lowercase().parse().unwrap();
        let by_number = bench.store.appointment_by_number(&typed).await.unwrap();
        assert_eq!(by_number, Some(given.appointment));
    });
}
