//! When offices give places: the coming days, holidays and closures, and what a change of hours does to those who have booked.

use huizhi_domain::applicant::{IdNumber, PersonName};
use huizhi_domain::calendar::Calendar;
use huizhi_domain::id::{OfficeId, StaffId};
use huizhi_domain::staff::Role;
use huizhi_domain::visit::schedule::{Opening, OpeningError};
use huizhi_domain::visit::{BookingPolicy, Rights, Slot, State, Visitor};
use huizhi_domain::words::Lang;
use huizhi_store::{Ask, Given, NewClosure, NewOffice, Planned, ScheduleEdit, StoreError};
use jiff::civil::{Date, date};

use crate::{Bench, on_both};

const DAY_MS: i64 = 24 * 3_600_000;
const SERVICE: &str = "id-card";

/// An office of 惠州, and who keeps its hours.
struct Hall {
    office: OfficeId,
    admin: StaffId,
    calendar: Calendar,
}

impl Hall {
    async fn open(bench: &Bench, places: i32) -> Self {
        let new = NewOffice {
            city: "441300".to_owned(),
            name: "惠城".to_owned(),
            district: "惠城区".to_owned(),
            address: "惠州市惠城区".to_owned(),
            phone: "0752-0000001".to_owned(),
        };
        let office = bench.store.open_office(new, None).await.unwrap().id;
        let admin = bench.staff("admin", Role::Admin).await.id;
        bench.store.set_openings(office, SERVICE, &week(places), Some(admin)).await.unwrap();
        Self { office, admin, calendar: Calendar::built_in().unwrap() }
    }

    /// Places of each day that has any, from a day on.
    async fn days(&self, bench: &Bench, from: Date) -> Vec<(Date, usize)> {
        let slots = bench.store.planned_slots(self.office, SERVICE, from, Date::MAX).await.unwrap();
        let mut days: Vec<(Date, usize)> = Vec::new();
        for planned in slots.iter().filter(|planned| planned.places > 0) {
            match days.last_mut() {
                Some((day, count)) if *day == planned.slot.day => *count += 1,
                _ => days.push((planned.slot.day, 1)),
            }
        }
        days
    }

    async fn apply(&self, bench: &Bench, edit: &ScheduleEdit) -> Planned {
        bench.store.apply_schedule(self.office, edit.clone(), self.admin, &self.calendar).await.unwrap()
    }

    async fn close(&self, bench: &Bench, from: Date, to: Date, hours: Option<&str>) -> Planned {
        self.apply(bench, &close(from, to, hours)).await
    }

    async fn book(&self, bench: &Bench, who: u32, slot: Slot) -> Given {
        bench.store.book(self.ask(bench, who, slot)).await.unwrap().unwrap()
    }

    fn ask(&self, bench: &Bench, who: u32, slot: Slot) -> Ask {
        Ask {
            office: self.office,
            service: SERVICE.to_owned(),
            business: "id-renewal".to_owned(),
            slot,
            units: 1,
            visitor: visitor(bench, who),
            account: None,
            person: None,
            rights: Rights::Public,
            lang: Lang::Zh,
            once: None,
            session: None,
        }
    }
}

/// Monday to Friday, a quarter of an hour each: 28 slots a day.
fn week(places: i32) -> Vec<Opening> {
    let of_day = |weekday| {
        ["08:30-12:00", "14:00-17:30"].map(|hours| Opening {
            weekday,
            span: hours.parse().unwrap(),
            every_min: 15,
            places,
            staff_places: 0,
        })
    };
    (1..=5).flat_map(of_day).collect()
}

fn close(from: Date, to: Date, hours: Option<&str>) -> ScheduleEdit {
    let span = hours.map(|hours| hours.parse().unwrap());
    ScheduleEdit::Close(NewClosure { service: None, from, to, span, reason: "停电".to_owned() })
}

fn openings(openings: Vec<Opening>) -> ScheduleEdit {
    ScheduleEdit::Openings { service: SERVICE.to_owned(), openings }
}

fn at(day: Date, minute: i32) -> Slot {
    Slot { day, minute }
}

/// Somebody nobody else is: a number with a right check character (GB 11643).
fn visitor(bench: &Bench, who: u32) -> Visitor {
    let body = format!("44130119900307{who:03}");
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.chars().zip(weights).map(|(digit, weight)| digit.to_digit(10).unwrap() * weight).sum();
    let check = b"10X98765432"[sum as usize % 11];
    let today = bench.store.now().day(bench.store.zone());
    Visitor {
        name: PersonName::parse("张小明").unwrap(),
        number: IdNumber::parse(&format!("{body}{}", char::from(check)), today).unwrap(),
        birth: date(1990, 3, 7),
    }
}

/// A Tuesday, the day on which the stories' people come.
const TUESDAY: Date = date(2026, 12, 1);

#[test]
fn invariant_13_the_coming_days_have_their_slots_and_making_them_twice_changes_nothing() {
    on_both(|bench| async move {
        let hall = Hall::open(&bench, 4).await;
        let made = bench.store.open_slots(&hall.calendar).await.unwrap();
        // It is Wednesday, ten o'clock: what began is not offered any more. Five working days can be booked, and one more is made.
        let days = hall.days(&bench, date(2026, 11, 25)).await;
        let expected: Vec<(Date, usize)> = [
            (date(2026, 11, 25), 21),
            (date(2026, 11, 26), 28),
            (date(2026, 11, 27), 28),
            (date(2026, 11, 30), 28),
            (date(2026, 12, 1), 28),
            (date(2026, 12, 2), 28),
            (date(2026, 12, 3), 28),
        ]
        .to_vec();
        assert_eq!(days, expected);
        assert_eq!(made, 189);
        assert_eq!(bench.store.open_slots(&hall.calendar).await.unwrap(), 0, "all are there");
        assert_eq!(bench.store.open_slots_anew(&hall.calendar).await.unwrap(), 0, "and as they should be");
        bench.store.set_openings(hall.office, SERVICE, &week(4), Some(hall.admin)).await.unwrap();
        assert_eq!(bench.store.open_slots(&hall.calendar).await.unwrap(), 0, "the same openings are no change");
        bench.clock.pass_ms(DAY_MS);
        assert_eq!(bench.store.open_slots(&hall.calendar).await.unwrap(), 28, "the next day brings one day");
        assert_eq!(hall.days(&bench, date(2026, 12, 4)).await, [(date(2026, 12, 4), 28)]);
        let services = bench.store.office_services(hall.office).await.unwrap();
        assert_eq!(services, [SERVICE]);
    });
}

#[test]
fn invariant_13_holidays_have_no_slots_and_the_days_worked_for_them_have() {
    on_both(|bench| async move {
        // Back to the day before National Day, at ten.
        bench.clock.pass_ms(-56 * DAY_MS);
        let hall = Hall::open(&bench, 4).await;
        bench.store.open_slots(&hall.calendar).await.unwrap();
        let days: Vec<Date> = hall.days(&bench, date(2026, 9, 30)).await.into_iter().map(|(day, _)| day).collect();
        let october = |day| date(2026, 10, day);
        let expected = [date(2026, 9, 30), october(8), october(9), october(10), october(12), october(13), october(14)];
        assert_eq!(days, expected);
    });
}

#[test]
fn invariant_13_a_window_of_no_days_has_no_slots() {
    on_both(|bench| async move {
        let hall = Hall::open(&bench, 4).await;
        let none = BookingPolicy { days_ahead: 0, ..BookingPolicy::default() };
        bench.store.set_booking_policy(hall.office, none, hall.admin).await.unwrap();
        assert_eq!(bench.store.open_slots(&hall.calendar).await.unwrap(), 0);
        assert!(hall.days(&bench, date(2026, 11, 25)).await.is_empty());
        let three = BookingPolicy { days_ahead: 3, ..BookingPolicy::default() };
        bench.store.set_booking_policy(hall.office, three, hall.admin).await.unwrap();
        bench.store.open_slots(&hall.calendar).await.unwrap();
        let last = hall.days(&bench, date(2026, 11, 25)).await.last().copied();
        assert_eq!(last, Some((date(2026, 12, 1), 28)), "a longer window brings its days at once");
    });
}

#[test]
fn invariant_13_a_closure_takes_the_same_day_another_day_or_hours_and_gives_them_back() {
    on_both(|bench| async move {
        let hall = Hall::open(&bench, 4).await;
        bench.store.open_slots(&hall.calendar).await.unwrap();
        let today = date(2026, 11, 25);
        let count = async |day: Date| {
            let days = hall.days(&bench, today).await;
            days.iter().find(|(of, _)| *of == day).map_or(0, |(_, count)| *count)
        };
        hall.close(&bench, today, today, None).await;
        assert_eq!((count(today).await, count(TUESDAY).await), (0, 28));
        hall.close(&bench, TUESDAY, TUESDAY, Some("14:00-24:00")).await;
        assert_eq!((count(TUESDAY).await, count(date(2026, 12, 2)).await), (14, 28));
        // Later than any slot that is there; the day never gets any.
        hall.close(&bench, date(2026, 12, 8), date(2026, 12, 9), None).await;
        let twice = hall.close(&bench, TUESDAY, TUESDAY, Some("14:00-24:00")).await;
        assert_eq!(twice, Planned::default());
        assert_eq!(bench.store.closures(hall.office).await.unwrap().len(), 3, "the same is not added twice");
        bench.clock.pass_ms(7 * DAY_MS);
        bench.store.open_slots(&hall.calendar).await.unwrap();
        assert_eq!((count(date(2026, 12, 8)).await, count(date(2026, 12, 10)).await), (0, 28));
        let closures = bench.store.closures(hall.office).await.unwrap();
        let last = closures.last().unwrap();
        hall.apply(&bench, &ScheduleEdit::Reopen(last.id)).await;
        assert_eq!(count(date(2026, 12, 8)).await, 28);
        assert_eq!(hall.apply(&bench, &ScheduleEdit::Reopen(last.id)).await, Planned::default());
    });
}

#[test]
fn invariant_12_a_preview_says_what_a_change_does_and_does_nothing() {
    on_both(|bench| async move {
        let hall = Hall::open(&bench, 4).await;
        bench.store.open_slots(&hall.calendar).await.unwrap();
        let slot = at(TUESDAY, 9 * 60);
        for who in 1..=3 {
            hall.book(&bench, who, slot).await;
            bench.clock.pass_ms(1000);
        }
        let newest = hall.book(&bench, 4, at(TUESDAY, 10 * 60)).await;
        // Mornings only, and from half past nine.
        let mut shorter: Vec<Opening> = week(4);
        shorter.retain(|opening| opening.span.opens < 12 * 60);
        for opening in &mut shorter {
            opening.span.opens = 9 * 60 + 30;
        }
        let edit = openings(shorter);
        let before = hall.days(&bench, date(2026, 11, 25)).await;
        let preview = bench.store.preview_schedule(hall.office, &edit, &hall.calendar).await.unwrap();
        assert_eq!(preview.hits.len(), 3);
        assert!(preview.hits.iter().all(|hit| hit.slot == slot && hit.number != newest.appointment.number));
        let of_tuesday = preview.changes.iter().filter(|change| change.after.slot.day == TUESDAY);
        assert_eq!(
            of_tuesday.filter(|change| change.after.places == 0).count(),
            18,
            "four of the morning, the afternoon"
        );
        assert_eq!(preview.until, date(2026, 12, 3));
        assert_eq!(hall.days(&bench, date(2026, 11, 25)).await, before, "nothing was done");
        assert_eq!(bench.store.openings(hall.office, SERVICE).await.unwrap(), week(4));
        let again = bench.store.preview_schedule(hall.office, &edit, &hall.calendar).await.unwrap();
        assert_eq!(again, preview);

        let done = hall.apply(&bench, &edit).await;
        assert_eq!(done.stranded.len(), 3);
        assert_eq!(hall.apply(&bench, &edit).await, Planned::default(), "twice changes nothing");
        let nothing = bench.store.preview_schedule(hall.office, &edit, &hall.calendar).await.unwrap();
        assert!(nothing.changes.is_empty() && nothing.hits.is_empty());
        let left = bench.store.appointment(newest.appointment.id).await.unwrap().unwrap();
        assert_eq!(left.state, State::Booked);
    });
}

#[test]
fn invariant_12_holds_go_before_bookings_and_the_oldest_booking_gets_its_place_back_first() {
    on_both(|bench| async move {
        let hall = Hall::open(&bench, 4).await;
        bench.store.open_slots(&hall.calendar).await.unwrap();
        let slot = at(TUESDAY, 9 * 60);
        let mut booked = Vec::new();
        for who in 1..=3 {
            booked.push(hall.book(&bench, who, slot).await.appointment.id);
            bench.clock.pass_ms(1000);
        }
        let held = bench.store.hold(hall.ask(&bench, 4, slot)).await.unwrap().unwrap().appointment.id;
        let state = async |id| bench.store.appointment(id).await.unwrap().unwrap().state;

        let two = openings(week(2));
        let preview = bench.store.preview_schedule(hall.office, &two, &hall.calendar).await.unwrap();
        assert_eq!((preview.hits.len(), preview.holds), (1, 1), "the hold goes before a booking does");
        hall.apply(&bench, &two).await;
        assert_ne!(state(held).await, State::Held);
        assert_eq!(
            [state(booked[0]).await, state(booked[1]).await, state(booked[2]).await],
            [State::Booked, State::Booked, State::Stranded]
        );
        hall.apply(&bench, &openings(week(1))).await;
        assert_eq!(state(booked[1]).await, State::Stranded);

        let preview = bench.store.preview_schedule(hall.office, &two, &hall.calendar).await.unwrap();
        assert_eq!((preview.hits.len(), preview.supported), (0, 1));
        let done = hall.apply(&bench, &two).await;
        assert_eq!(done.supported, [booked[1]], "the oldest first");
        hall.apply(&bench, &openings(week(4))).await;
        assert_eq!(state(booked[2]).await, State::Booked);
    });
}

#[test]
fn openings_that_overlap_are_refused_and_nothing_is_lost() {
    on_both(|bench| async move {
        let hall = Hall::open(&bench, 4).await;
        let mut wrong = week(4);
        wrong.push(Opening { span: "11:00-13:00".parse().unwrap(), ..week(4)[0].clone() });
        let refused = bench.store.set_openings(hall.office, SERVICE, &wrong, Some(hall.admin)).await;
        assert!(matches!(refused, Err(StoreError::Opening(OpeningError::Overlap))), "{refused:?}");
        assert_eq!(bench.store.openings(hall.office, SERVICE).await.unwrap(), week(4));
    });
}

#[test]
fn figures_count_places_bookings_and_how_far_ahead_they_are_made() {
    on_both(|bench| async move {
        let hall = Hall::open(&bench, 4).await;
        bench.store.open_slots(&hall.calendar).await.unwrap();
        for who in 1..=3 {
            hall.book(&bench, who, at(TUESDAY, 9 * 60)).await;
        }
        bench.store.hold(hall.ask(&bench, 4, at(TUESDAY, 9 * 60))).await.unwrap().unwrap();
        let of_tuesday = bench.store.visit_figures(TUESDAY, TUESDAY).await.unwrap();
        let [figures] = of_tuesday.as_slice() else { panic!("{of_tuesday:?}") };
        assert_eq!((figures.office, figures.service.as_str()), (hall.office, SERVICE));
        assert_eq!((figures.offered, figures.booked, figures.cancelled), (4 * 28, 3, 0), "a hold is no booking");
        assert_eq!(figures.missed_share(), None, "nobody was due yet");
        // From Wednesday, ten o'clock, to Tuesday, nine: 143 hours.
        assert_eq!((figures.lead.count, figures.lead.half_s), (3, Some(143 * 3600)));
        assert_eq!(figures.wait.count, 0);
        assert!(bench.store.visit_figures(date(2026, 12, 12), date(2026, 12, 13)).await.unwrap().is_empty());
    });
}

#[test]
fn what_is_known_of_an_office_is_changed_and_its_city_stays() {
    on_both(|bench| async move {
        let hall = Hall::open(&bench, 4).await;
        let mut office = bench.store.office(hall.office).await.unwrap().unwrap();
        assert_eq!((office.district.as_str(), office.phone.as_str()), ("惠城区", "0752-0000001"));
        office.district = "惠阳区".to_owned();
        bench.store.set_office(&office, hall.admin).await.unwrap();
        assert_eq!(bench.store.office(hall.office).await.unwrap().unwrap(), office);
    });
}
