//! Acceptances of the notice, reminders of the day before, and deliveries of what is told of visits.

use huizhi_domain::applicant::{IdNumber, PersonName};
use huizhi_domain::clock::{Zone, midnight};
use huizhi_domain::delivery::{Channel, DeliveryState, Outcome};
use huizhi_domain::id::{AccountId, AppointmentId};
use huizhi_domain::visit::schedule::PlannedSlot;
use huizhi_domain::visit::{By, Rights, Slot, VisitHappening, Visitor};
use huizhi_domain::words::Lang;
use huizhi_store::Ask;
use jiff::civil::date;

use crate::{Bench, on_both};

const HOUR_MS: i64 = 3_600_000;
/// Synthetic, and of nobody.
const NUMBERS: [&str; 2] = ["441302199003070024", "11010519491231002X"];

/// Books half past eight on Tuesday, 1 December 2026, or a later slot.
async fn book(bench: &Bench, account: AccountId, number: &str, minute: i32) -> AppointmentId {
    let store = &bench.store;
    let (day, length_min) = (date(2026, 12, 1), 20);
    let office = match store.offices().await.unwrap().first() {
        Some(office) => office.clone(),
        None => store.add_office("441300", "江北窗口", "惠州市江北").await.unwrap(),
    };
    let planned = |minute: i32| PlannedSlot {
        slot: Slot { day, minute },
        starts_at: midnight(day, Zone::CHINA).after_s(i64::from(minute) * 60),
        length_min,
        places: 1,
        staff_places: 0,
    };
    store.plan_slots(office.id, "id-card", &[planned(510), planned(530)]).await.unwrap();
    let number = IdNumber::parse(number, date(2026, 11, 25)).unwrap();
    let ask = Ask {
        office: office.id,
        service: "id-card".to_owned(),
        business: "id-renewal".to_owned(),
        slot: Slot { day, minute },
        units: 1,
        visitor: Visitor { name: PersonName::parse("张小明").unwrap(), birth: number.birth().unwrap(), number },
        account: Some(account),
        person: None,
        rights: Rights::Public,
        lang: Lang::Zh,
        once: None,
        session: None,
    };
    store.book(ask).await.unwrap().unwrap().appointment.id
}

async fn reminders(bench: &Bench, account: AccountId) -> usize {
    let told = bench.store.visit_messages_of(account).await.unwrap();
    told.iter().filter(|message| message.happening == VisitHappening::Reminder).count()
}

#[test]
fn a_version_of_the_notice_is_accepted_once_and_goes_with_the_account() {
    on_both(|bench| async move {
        let store = &bench.store;
        let account = store.add_account(None, None, Lang::Zh).await.unwrap();
        store.accept_notice(account, "2026-11-01").await.unwrap();
        bench.clock.pass_ms(HOUR_MS);
        store.accept_notice(account, "2026-11-28").await.unwrap();
        let accepted = store.accepted_notices(account).await.unwrap();
        bench.clock.pass_ms(HOUR_MS);
        store.accept_notice(account, "2026-11-28").await.unwrap();
        assert_eq!(store.accepted_notices(account).await.unwrap(), accepted, "the first time counts");
        assert_eq!(
            accepted.iter().map(|(version, _)| version.as_str()).collect::<Vec<_>>(),
            ["2026-11-28", "2026-11-01"]
        );
        let other = store.add_account(None, None, Lang::Zh).await.unwrap();
        assert!(store.accepted_notices(other).await.unwrap().is_empty());
        store.erase_all_of(account).await.unwrap();
        assert!(store.accepted_notices(account).await.unwrap().is_empty());
        assert!(store.check_log(&[]).await.unwrap().is_ok());
    });
}

#[test]
fn invariant_16_a_reminder_is_sent_inside_its_window_once_and_to_who_needs_it() {
    on_both(|bench| async move {
        let store = &bench.store;
        let (early, late) = (account(&bench).await, account(&bench).await);
        let appointment = book(&bench, early, NUMBERS[0], 510).await;
        assert_eq!(store.remind_of_visits().await.unwrap(), 0, "six days before");
        // Monday, seven in the morning, and then eight.
        bench.clock.pass_ms(4 * 24 * HOUR_MS + 21 * HOUR_MS);
        book(&bench, late, NUMBERS[1], 530).await;
        assert_eq!(store.remind_of_visits().await.unwrap(), 0, "not in the night");
        bench.clock.pass_ms(HOUR_MS);
        let again = bench.again().await;
        let both = (store.remind_of_visits().await.unwrap(), again.remind_of_visits().await.unwrap());
        assert_eq!(both, (1, 0), "two processes remind once");
        assert_eq!((reminders(&bench, early).await, reminders(&bench, late).await), (1, 0));
        // The next day is too late, whatever happened between.
        bench.clock.pass_ms(24 * HOUR_MS + HOUR_MS);
        assert_eq!(store.remind_of_visits().await.unwrap(), 0, "not of the past");
        assert!(store.appointment(appointment).await.unwrap().is_some());
    });
}

#[test]
fn invariant_16_nobody_is_reminded_of_what_was_cancelled() {
    on_both(|bench| async move {
        let store = &bench.store;
        let account = account(&bench).await;
        let appointment = book(&bench, account, NUMBERS[0], 510).await;
        store.cancel_appointment(appointment, By::Account(account)).await.unwrap().unwrap();
        bench.clock.pass_ms(5 * 24 * HOUR_MS);
        assert_eq!(store.remind_of_visits().await.unwrap(), 0);
        assert_eq!(reminders(&bench, account).await, 0);
    });
}

#[test]
fn what_is_told_of_a_visit_is_sent_and_what_fails_waits() {
    on_both(|bench| async move {
        let store = &bench.store;
        let account = account(&bench).await;
        book(&bench, account, NUMBERS[0], 510).await;
        let message = store.unspread_visits().await.unwrap().remove(0);
        assert_eq!((message.account, message.happening), (account, VisitHappening::Booked));
        store.spread_visit(&message, &[Channel::Mail, Channel::Sms]).await.unwrap();
        store.spread_visit(&message, &[Channel::Mail]).await.unwrap();
        assert!(store.unspread_visits().await.unwrap().is_empty());
        let claimed = store.claim_visit_deliveries(10).await.unwrap();
        assert_eq!(claimed.len(), 2, "each once");
        assert!(store.claim_visit_deliveries(10).await.unwrap().is_empty(), "somebody has them");
        let of = |channel| claimed.iter().find(|it| it.channel == channel).unwrap();
        let (mail, sms) = (of(Channel::Mail), of(Channel::Sms));
        assert_eq!(store.visit_delivered(mail, &Outcome::Sent).await.unwrap(), DeliveryState::Sent);
        assert_eq!(store.visit_delivered(sms, &Outcome::later("http-503")).await.unwrap(), DeliveryState::Due);
        assert!(store.claim_visit_deliveries(10).await.unwrap().is_empty(), "not before its time");
        bench.clock.pass_ms(HOUR_MS);
        let again = store.claim_visit_deliveries(10).await.unwrap();
        assert_eq!((again.len(), again[0].tries), (1, 2));
        store.visit_delivered(&again[0], &Outcome::refused("http-400")).await.unwrap();
        let found = store.find_visit_message(message.id).await.unwrap();
        assert_eq!(found, Some(message.clone()));
        bench.clock.pass_ms(91 * 24 * HOUR_MS);
        store.forget_visit_deliveries().await.unwrap();
        assert!(store.visit_deliveries_of(message.id).await.unwrap().is_empty());
        // An erasure takes what is on its way with the message.
        store.erase_all_of(account).await.unwrap();
        assert!(store.find_visit_message(message.id).await.unwrap().is_none());
    });
}

async fn account(bench: &Bench) -> AccountId {
    bench.store.add_account(None, None, Lang::Zh).await.unwrap()
}
