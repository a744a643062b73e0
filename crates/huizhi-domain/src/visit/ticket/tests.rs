use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::seal::tests::Dice;

const NOW: Moment = Moment(1_795_572_000_000);

fn office(seed: u64) -> OfficeId {
    OfficeId::new(NOW, &mut Dice(seed))
}

fn desk(window: &str) -> Desk {
    Desk { office: office(1), window: window.to_owned(), today: date(2026, 11, 25) }
}

fn ticket() -> Ticket {
    Ticket {
        id: TicketId::new(NOW, &mut Dice(2)),
        office: office(1),
        service: "id-card".to_owned(),
        business: "id-renewal".to_owned(),
        day: date(2026, 11, 25),
        ordinal: 7,
        appointment: None,
        state: TicketState::Waiting,
        window: None,
        for_window: None,
        due_at: NOW,
        calls: 0,
        arrived_at: NOW,
        called_at: None,
        done_at: None,
        outcome: None,
    }
}

fn called() -> Ticket {
    ticket().after(&Act::Call, &desk("1"), NOW).unwrap()
}

#[test]
fn words_and_states_are_each_others() {
    for state in TicketState::ALL {
        assert_eq!(state.word().parse(), Ok(state));
    }
    for outcome in Outcome::ALL {
        assert_eq!(outcome.word().parse(), Ok(outcome));
    }
    assert!("gone".parse::<TicketState>().is_err() && "gone".parse::<Outcome>().is_err());
}

#[test]
fn numbers_say_who_has_an_appointment() {
    assert_eq!(ticket().label(), "B007");
    let with = Ticket { appointment: Some(AppointmentId::new(NOW, &mut Dice(3))), ordinal: 1234, ..ticket() };
    assert_eq!(with.label(), "A1234");
}

#[test]
fn a_visit_goes_from_waiting_to_done() {
    let called = called();
    assert_eq!((called.state, called.calls, called.window.as_deref()), (TicketState::Called, 1, Some("1")));
    let serving = called.after(&Act::Serve, &desk("1"), NOW).unwrap();
    let done = serving.after(&Act::Finish(Outcome::Done), &desk("1"), NOW.after_s(60)).unwrap();
    assert_eq!(
        (done.state, done.outcome, done.done_at),
        (TicketState::Done, Some(Outcome::Done), Some(NOW.after_s(60)))
    );
    for act in [Act::Call, Act::Serve, Act::Leave, Act::Finish(Outcome::Done)] {
        assert_eq!(done.after(&act, &desk("1"), NOW), Err(TicketError::State(TicketState::Done)));
    }
}

#[test]
fn a_called_one_can_not_be_taken_by_another_window() {
    let called = called();
    let acts = [
        Act::Call,
        Act::Recall,
        Act::Skip { behind: None },
        Act::Serve,
        Act::Miss,
        Act::Leave,
        Act::Finish(Outcome::Done),
    ];
    for act in acts {
        assert_eq!(called.after(&act, &desk("2"), NOW), Err(TicketError::Elsewhere("1".to_owned())), "{act:?}");
    }
}

#[test]
fn another_offices_and_another_days_are_left_alone() {
    let elsewhere = Desk { office: office(9), ..desk("1") };
    assert_eq!(ticket().after(&Act::Call, &elsewhere, NOW), Err(TicketError::Office));
    for day in [date(2026, 11, 24), date(2026, 11, 26)] {
        let other = Ticket { day, ..ticket() };
        assert_eq!(other.after(&Act::Call, &desk("1"), NOW), Err(TicketError::Day(day)));
    }
}

#[test]
fn the_fourth_call_is_none() {
    let twice = called().after(&Act::Recall, &desk("1"), NOW).unwrap();
    let thrice = twice.after(&Act::Recall, &desk("1"), NOW).unwrap();
    assert_eq!((thrice.state, thrice.calls), (TicketState::Called, CALLS_MOST));
    for act in [Act::Recall, Act::Skip { behind: None }] {
        assert_eq!(thrice.after(&act, &desk("1"), NOW), Err(TicketError::NoMoreCalls(CALLS_MOST)), "{act:?}");
    }
    assert_eq!(thrice.after(&Act::Miss, &desk("1"), NOW).unwrap().state, TicketState::Missed);
}

#[test]
fn nobody_is_missing_after_one_call() {
    let once = called();
    assert_eq!(once.after(&Act::Miss, &desk("1"), NOW), Err(TicketError::TooSoon(1)));
    let twice = once.after(&Act::Recall, &desk("1"), NOW).unwrap();
    assert_eq!(twice.after(&Act::Miss, &desk("1"), NOW).unwrap().state, TicketState::Missed);
}

#[test]
fn who_is_skipped_goes_behind_the_next_few_and_never_forward() {
    let last = NOW.after_s(600);
    let skipped = called().after(&Act::Skip { behind: Some(last) }, &desk("1"), NOW).unwrap();
    assert_eq!((skipped.state, skipped.window, skipped.calls), (TicketState::Skipped, None, 1));
    assert_eq!(skipped.due_at, last.after_ms(1));
    let alone = called().after(&Act::Skip { behind: Some(NOW.after_s(-600)) }, &desk("1"), NOW).unwrap();
    assert_eq!(alone.due_at, NOW);
}

#[test]
fn who_is_sent_on_keeps_their_turn_and_waits_for_that_window_only() {
    let act = Act::Transfer { service: "residence".to_owned(), window: Some("5".to_owned()) };
    let sent = called().after(&act, &desk("1"), NOW).unwrap();
    assert_eq!((sent.state, sent.calls, sent.due_at), (TicketState::Waiting, 0, NOW));
    assert_eq!(sent.after(&Act::Call, &desk("1"), NOW), Err(TicketError::Elsewhere("5".to_owned())));
    assert_eq!(sent.after(&Act::Call, &desk("5"), NOW).unwrap().window.as_deref(), Some("5"));
}

#[test]
fn windows_have_names_that_fit_the_screen() {
    assert_eq!(window_name(" 3A "), Some("3A".to_owned()));
    assert_eq!(window_name("综合一"), Some("综合一".to_owned()));
    assert!(is_number("3") && is_number("3A") && !is_number("综合一") && !is_number("North 1"));
    for text in ["", "  ", "<b>", "the very longest window"] {
        assert_eq!(window_name(text), None, "{text}");
    }
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        Just(Act::Call),
        Just(Act::Recall),
        Just(Act::Skip { behind: Some(NOW.after_s(60)) }),
        Just(Act::Serve),
        Just(Act::Transfer { service: "residence".to_owned(), window: None }),
        Just(Act::Finish(Outcome::Done)),
        Just(Act::Miss),
        Just(Act::Leave),
    ]
}

proptest! {
    #[test]
    fn whatever_two_windows_do_nobody_is_called_too_often_or_held_by_nobody(
        acts in proptest::collection::vec((act(), prop_oneof![Just("1"), Just("2")]), 0..40)
    ) {
        let mut ticket = ticket();
        for (act, window) in acts {
            let Ok(next) = ticket.after(&act, &desk(window), NOW) else { continue };
            prop_assert!(!ticket.state.is_over(), "nothing follows an end");
            prop_assert!(!ticket.state.is_held() || ticket.window.as_deref() == Some(window));
            prop_assert!(next.calls <= CALLS_MOST);
            prop_assert!(next.due_at >= ticket.due_at, "nobody gets ahead");
            prop_assert_eq!(next.state.waits(), next.window.is_none());
            prop_assert_eq!(next.state.is_over(), next.done_at.is_some());
            ticket = next;
        }
    }
}
