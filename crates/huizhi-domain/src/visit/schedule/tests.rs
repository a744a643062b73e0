use std::collections::BTreeSet;

use jiff::civil::{Weekday, date};

use super::*;
use crate::clock::Zone;
use crate::seal::tests::Dice;

fn span(text: &str) -> Span {
    text.parse().unwrap()
}

fn opening(weekday: i32, hours: &str, every_min: i32, places: i32) -> Opening {
    Opening { weekday, span: span(hours), every_min, places, staff_places: 1 }
}

/// Monday to Friday as 惠州's halls have it (D12); Tuesday gives two places more.
fn week() -> Vec<Opening> {
    let days = (1..=5).flat_map(|day| {
        let places = if day == 2 { 6 } else { 4 };
        [opening(day, "08:30-12:00", 15, places), opening(day, "14:00-17:30", 15, places)]
    });
    days.collect()
}

fn closure(service: Option<&str>, from: Date, to: Date, hours: Option<&str>) -> Closure {
    Closure {
        id: ClosureId::new(Moment(0), &mut Dice(1)),
        service: service.map(str::to_owned),
        from,
        to,
        span: hours.map(span),
        reason: "the power is off".to_owned(),
    }
}

fn slots(openings: &[Opening], closures: &[Closure], day: Date) -> Vec<PlannedSlot> {
    let calendar = Calendar::built_in().unwrap();
    slots_of_day(openings, closures, "id-card", &calendar, &OfficeZone::china(), day)
}

/// The minutes at which slots begin.
fn minutes(openings: &[Opening], zone: &str, day: Date) -> Vec<i32> {
    let zone = OfficeZone::named(zone).unwrap();
    let slots = slots_of_day(openings, &[], "id-card", &Calendar::default(), &zone, day);
    slots.iter().map(|planned| planned.slot.minute).collect()
}

/// Every day of a range in a year's file, read without the code that is tested.
fn days_of(year: i16) -> (BTreeSet<Date>, BTreeSet<Date>) {
    let path = format!("{}/../../specs/calendar/{year}.toml", env!("CARGO_MANIFEST_DIR"));
    let file: toml::Table = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let (mut off, mut worked) = (BTreeSet::new(), BTreeSet::new());
    for holiday in file.get("holiday").unwrap().as_array().unwrap() {
        let day = |key: &str| holiday[key].as_str().unwrap().parse::<Date>().unwrap();
        off.extend(day("from").series(jiff::Span::new().days(1)).take_while(|it| *it <= day("to")));
        worked
            .extend(holiday["work"].as_array().unwrap().iter().map(|it| it.as_str().unwrap().parse::<Date>().unwrap()));
    }
    (off, worked)
}

#[test]
fn each_day_of_three_years_has_the_slots_that_the_notices_leave_it() {
    for year in [2024, 2025, 2026] {
        let (off, worked) = days_of(year);
        assert!(off.len() >= 27 && worked.len() >= 4, "{year}: {} off, {} worked", off.len(), worked.len());
        let all = date(year, 1, 1).series(jiff::Span::new().days(1)).take_while(|day| day.year() == year);
        for day in all {
            let slots = slots(&week(), &[], day);
            let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
            let open = !off.contains(&day) && (!weekend || worked.contains(&day));
            assert_eq!(slots.len(), if open { 28 } else { 0 }, "{day}");
            let places = if day.weekday() == Weekday::Tuesday { 6 } else { 4 };
            assert!(slots.iter().all(|it| it.places == places && it.staff_places == 1), "{day}");
            assert!(slots.iter().all(|it| it.slot.day == day && it.length_min == 15), "{day}");
        }
    }
}

#[test]
fn a_weekend_day_that_is_worked_instead_follows_monday_even_where_the_office_opens_on_weekends() {
    let mut openings = week();
    openings.push(opening(6, "09:00-10:00", 30, 2));
    openings.push(opening(7, "09:00-10:00", 30, 2));
    assert_eq!(slots(&openings, &[], date(2026, 10, 10)).len(), 28, "worked instead");
    assert_eq!(slots(&openings, &[], date(2026, 10, 17)).len(), 2, "its own hours");
    assert_eq!(slots(&openings, &[], date(2026, 10, 3)).len(), 0, "National Day");
    let from_tuesday: Vec<Opening> = openings.into_iter().filter(|it| it.weekday != 1).collect();
    assert_eq!(slots(&from_tuesday, &[], date(2026, 10, 10)).len(), 0, "closed on Mondays");
}

#[test]
fn slots_begin_at_the_opening_and_end_before_the_close() {
    let found = slots(&[opening(3, "08:30-09:40", 20, 1)], &[], date(2026, 11, 25));
    let begin: Vec<i32> = found.iter().map(|it| it.slot.minute).collect();
    assert_eq!(begin, [510, 530, 550]);
    assert_eq!(found[0].starts_at.wall(Zone::CHINA), "2026-11-25 08:30");
    assert!(slots(&[opening(3, "08:30-08:40", 20, 1)], &[], date(2026, 11, 25)).is_empty());
    let until_midnight = slots(&[opening(3, "23:00-24:00", 30, 1)], &[], date(2026, 11, 25));
    assert_eq!(until_midnight.len(), 2);
    assert!(
        slots(&[Opening { staff_places: 0, ..opening(3, "08:30-12:00", 15, 0) }], &[], date(2026, 11, 25)).is_empty()
    );
    assert!(slots(&[opening(3, "08:30-12:00", 0, 1)], &[], date(2026, 11, 25)).is_empty(), "and it ends");
}

#[test]
fn a_closure_takes_its_days_its_hours_and_its_service_and_nothing_else() {
    let (tuesday, wednesday, thursday) = (date(2026, 12, 1), date(2026, 12, 2), date(2026, 12, 3));
    let left = |closures: &[Closure], day| slots(&week(), closures, day).len();
    let same_day = [closure(None, wednesday, wednesday, None)];
    assert_eq!([tuesday, wednesday, thursday].map(|day| left(&same_day, day)), [28, 0, 28]);
    let several = [closure(None, tuesday, wednesday, None)];
    assert_eq!([tuesday, wednesday, thursday].map(|day| left(&several, day)), [0, 0, 28]);
    let afternoon = [closure(None, wednesday, wednesday, Some("14:00-24:00"))];
    assert_eq!([wednesday, thursday].map(|day| left(&afternoon, day)), [14, 28]);
    // A place that would not end before the hours begin goes too, and one that begins when they end stays.
    let hour = [closure(None, wednesday, wednesday, Some("09:10-09:30"))];
    let begin: Vec<i32> = slots(&week(), &hour, wednesday).iter().map(|it| it.slot.minute).collect();
    assert!(
        !begin.contains(&540) && !begin.contains(&555) && begin.contains(&525) && begin.contains(&570),
        "{begin:?}"
    );
    assert_eq!(left(&[closure(Some("residence"), wednesday, wednesday, None)], wednesday), 28);
    assert_eq!(left(&[closure(Some("id-card"), wednesday, wednesday, None)], wednesday), 0);
}

#[test]
fn days_from_a_day_to_the_one_before_it_have_no_slots() {
    let (calendar, zone) = (Calendar::built_in().unwrap(), OfficeZone::china());
    let count = |from, to| slots_of_days(&week(), &[], "id-card", &calendar, &zone, (from, to)).len();
    let (tuesday, friday) = (date(2026, 12, 1), date(2026, 12, 4));
    assert_eq!(count(tuesday, date(2026, 11, 30)), 0, "a window of no days");
    assert_eq!(count(tuesday, tuesday), 28);
    assert_eq!(count(tuesday, friday), 4 * 28);
}

/// A whole night in half hours: Sunday is the day on which clocks are changed.
fn night() -> Vec<Opening> {
    vec![opening(7, "00:00-06:00", 30, 1)]
}

#[test]
fn invariant_14_the_day_on_which_clocks_go_forward_has_no_phantom_slot() {
    for (zone, day) in [("Europe/Berlin", date(2026, 3, 29)), ("America/New_York", date(2026, 3, 8))] {
        let found = minutes(&night(), zone, day);
        let without_two_oclock: Vec<i32> = (0..12).map(|it| it * 30).filter(|it| !(120..180).contains(it)).collect();
        assert_eq!(found, without_two_oclock, "{zone}");
        let plain = minutes(&night(), zone, day.checked_add(jiff::Span::new().days(7)).unwrap());
        assert_eq!(plain.len(), 12, "{zone}");
    }
    // An hour that begins before the clock goes forward would reach into what follows.
    let late = [opening(7, "00:30-04:30", 60, 1)];
    assert_eq!(minutes(&late, "Europe/Berlin", date(2026, 3, 29)), [30, 210]);
    assert_eq!(minutes(&late, "Europe/Berlin", date(2026, 4, 5)), [30, 90, 150, 210]);
}

#[test]
fn invariant_14_the_day_on_which_clocks_go_back_has_each_slot_once() {
    for (name, day) in [("Europe/Berlin", date(2026, 10, 25)), ("America/New_York", date(2026, 11, 1))] {
        assert_eq!(minutes(&night(), name, day), (0..12).map(|it| it * 30).collect::<Vec<i32>>(), "{name}");
        let zone = OfficeZone::named(name).unwrap();
        let found = slots_of_day(&night(), &[], "id-card", &Calendar::default(), &zone, day);
        let apart: BTreeSet<i64> =
            found.windows(2).map(|pair| pair[1].starts_at.since_ms(pair[0].starts_at) / 60_000).collect();
        assert_eq!(apart, BTreeSet::from([30, 90]), "{name}: the hour that comes twice lies between two of them");
    }
}

#[test]
fn by_day_the_change_of_clocks_is_not_seen() {
    let day_shift = [opening(7, "08:30-12:00", 15, 4)];
    for (zone, changes) in [
        ("Europe/Berlin", [date(2026, 3, 29), date(2026, 10, 25)]),
        ("America/New_York", [date(2026, 3, 8), date(2026, 11, 1)]),
    ] {
        for day in changes {
            assert_eq!(minutes(&day_shift, zone, day).len(), 14, "{zone} {day}");
        }
    }
}

#[test]
fn in_any_zone_a_years_slots_are_in_order_and_none_overlaps_the_next() {
    let openings: Vec<Opening> = (1..=7).map(|day| opening(day, "00:00-24:00", 45, 1)).collect();
    for name in ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Sydney"] {
        let zone = OfficeZone::named(name).unwrap();
        let year = (date(2026, 1, 1), date(2026, 12, 31));
        let found = slots_of_days(&openings, &[], "id-card", &Calendar::default(), &zone, year);
        assert!(found.len() >= 365 * 30, "{name}: {}", found.len());
        for pair in found.windows(2) {
            let apart = pair[1].starts_at.since_ms(pair[0].starts_at);
            assert!(
                apart >= i64::from(pair[0].length_min) * 60_000,
                "{name}: {} and {}",
                pair[0].slot.day,
                pair[1].slot.day
            );
        }
    }
}

#[test]
fn openings_that_can_not_stand_together_are_told_with_their_day() {
    assert_eq!(check(&week()), Ok(()));
    assert_eq!(check(&[]), Ok(()));
    let with = |more: Opening| {
        let mut all = week();
        all.push(more);
        check(&all)
    };
    assert_eq!(with(opening(3, "11:45-13:00", 15, 1)), Err((3, OpeningError::Overlap)));
    assert_eq!(with(opening(3, "12:00-14:00", 15, 1)), Ok(()));
    assert_eq!(with(opening(8, "12:00-14:00", 15, 1)), Err((8, OpeningError::Hours)));
    assert_eq!(with(opening(6, "12:00-14:00", 4, 1)), Err((6, OpeningError::Length)));
    assert_eq!(with(opening(6, "12:00-14:00", 15, MOST_PLACES + 1)), Err((6, OpeningError::Places)));
    let backwards = Opening { span: Span { opens: 600, closes: 540 }, ..opening(6, "12:00-14:00", 15, 1) };
    assert_eq!(with(backwards), Err((6, OpeningError::Hours)));
}
