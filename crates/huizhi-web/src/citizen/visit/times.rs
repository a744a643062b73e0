//! Days and times of an office as lists of buttons: no script, no grid to drag in, and full days say what can be done.

use huizhi_domain::calendar::Day;
use huizhi_domain::id::OfficeId;
use huizhi_domain::visit::schedule::Closure;
use huizhi_domain::visit::{BookingPolicy, Free, Slot};
use huizhi_domain::words::Lang;
use jiff::civil::Date;
use serde::Serialize;

use super::line::{day as day_words, length};
use crate::app::App;
use crate::error::PageError;
use crate::page::Look;

/// Days that are listed at most: an office that lets people book a year ahead shows the first two months.
const DAYS_MOST: usize = 62;

/// Noon, in minutes of the day.
const NOON: i32 = 12 * 60;

/// The days that can be booked, and the times of one of them.
#[derive(Clone, Default, Serialize)]
pub struct Times {
    days: Vec<DayLine>,
    /// The day whose times are shown.
    chosen: Option<DayLine>,
    halves: Vec<HalfDay>,
    /// What the office allows.
    rules: Rules,
}

/// A day.
#[derive(Clone, Serialize)]
struct DayLine {
    /// `2026-12-01`
    day: String,
    words: String,
    /// `free`, `full`, `closed`, `holiday`, `rest`
    state: &'static str,
    left: i32,
    holiday: String,
    /// What is closed on it and why, a sentence a closure.
    closed: Vec<String>,
    chosen: bool,
}

/// The times of a morning or an afternoon; there is at least one.
#[derive(Clone, Serialize)]
struct HalfDay {
    morning: bool,
    times: Vec<TimeLine>,
}

/// A time.
#[derive(Clone, Serialize)]
struct TimeLine {
    slot: String,
    time: String,
    until: String,
    left: i32,
}

/// What an office allows, in words; empty where there is no such rule.
#[derive(Clone, Default, Serialize)]
pub struct Rules {
    cancel: String,
    change: String,
    early: String,
    late: String,
    hold: String,
    release: String,
    waiting_list: bool,
}

impl Rules {
    /// The rules of an office in the reader's words.
    pub fn of(app: &App, lang: Lang, policy: &BookingPolicy) -> Self {
        let words = |minutes: i64| length(app, lang, minutes);
        Self {
            cancel: words(policy.cancel_min),
            change: words(policy.change_min),
            early: words(policy.check_in_from_min),
            late: words(policy.late_after_min),
            hold: words(policy.hold_min),
            release: policy
                .release_at
                .map(|minute| format!("{:02}:{:02}", minute / 60, minute % 60))
                .unwrap_or_default(),
            waiting_list: policy.waiting_list,
        }
    }

    /// With everything.
    #[cfg(test)]
    pub fn sample() -> Self {
        let two = || "2 小时".to_owned();
        Self {
            cancel: two(),
            change: two(),
            early: two(),
            late: two(),
            hold: two(),
            release: "09:00".to_owned(),
            waiting_list: true,
        }
    }
}

impl Times {
    /// With a day chosen, without one, and without any day.
    #[cfg(test)]
    pub fn samples() -> Vec<Self> {
        let day = |state, chosen| DayLine {
            day: "2026-12-01".to_owned(),
            words: "2026年12月1日 星期二".to_owned(),
            state,
            left: 3,
            holiday: "元旦".to_owned(),
            closed: if matches!(state, "full" | "closed") {
                vec!["不办理：线路检修停电".to_owned()]
            } else {
                Vec::new()
            },
            chosen,
        };
        let time = || TimeLine {
            slot: "2026-12-01T08:30".to_owned(),
            time: "08:30".to_owned(),
            until: "08:50".to_owned(),
            left: 1,
        };
        let half = |morning| HalfDay { morning, times: vec![time()] };
        let states = ["free", "full", "closed", "holiday", "rest"];
        let days: Vec<DayLine> = states.into_iter().map(|state| day(state, state == "free")).collect();
        let rules = Rules::sample();
        let chosen = Self {
            days: days.clone(),
            chosen: Some(day("free", true)),
            halves: vec![half(true), half(false)],
            rules: rules.clone(),
        };
        let none = |state| Self { chosen: Some(day(state, true)), halves: Vec::new(), ..chosen.clone() };
        let mut all: Vec<Self> = states.into_iter().skip(1).map(none).collect();
        all.push(chosen);
        all.push(Self { days, rules: rules.clone(), ..Self::default() });
        all.push(Self { rules, ..Self::default() });
        all
    }
}

/// The days and times of an office's service, for a visit that takes so many consecutive places.
///
/// # Errors
/// As the store.
pub async fn times(
    app: &App,
    look: &Look,
    office: OfficeId,
    service: &str,
    units: i32,
    day: &str,
) -> Result<Times, PageError> {
    let policy = app.store.booking_policy(office).await?;
    let zone = app.store.zone();
    let now = app.store.now();
    let wall = Slot { day: now.day(zone), minute: now.minute(zone) };
    let (from, to) = policy.bookable_at(wall, &app.calendar);
    let rules = Rules::of(app, look.lang, &policy);
    if from > to {
        return Ok(Times { rules, ..Times::default() });
    }
    let all = app.store.free(office, service, from, to).await?;
    let earliest = now.after_s(policy.earliest_min.saturating_mul(60));
    let free: Vec<&Free> = usable(&all, units).into_iter().filter(|slot| slot.starts_at >= earliest).collect();
    let mut closures = app.store.closures(office).await?;
    closures.retain(|closure| closure.service.as_deref().is_none_or(|of| of == service));
    let chosen: Option<Date> = day.parse().ok().filter(|day| (from..=to).contains(day));
    let days = from.series(jiff::Span::new().days(1)).take_while(|day| *day <= to).take(DAYS_MOST);
    let line = |day| line(app, look.lang, day, chosen, (all.as_slice(), free.as_slice()), &closures);
    Ok(Times { days: days.map(line).collect(), chosen: chosen.map(line), halves: halves(&free, chosen, units), rules })
}

fn line(
    app: &App,
    lang: Lang,
    day: Date,
    chosen: Option<Date>,
    (all, free): (&[Free], &[&Free]),
    closures: &[Closure],
) -> DayLine {
    let left: i32 = free.iter().filter(|slot| slot.slot.day == day).map(|slot| slot.left()).sum();
    let has_slots = all.iter().any(|slot| slot.slot.day == day);
    let holiday = match app.calendar.day(day) {
        Day::Holiday(name) => match lang {
            Lang::Zh => name.zh.clone(),
            Lang::En => name.en.clone(),
        },
        _ => String::new(),
    };
    // On a holiday nobody comes anyway.
    let of_day = closures.iter().filter(|closure| holiday.is_empty() && (closure.from..=closure.to).contains(&day));
    let closed: Vec<String> = of_day.map(|closure| closed_words(app, lang, closure)).collect();
    let state = if left > 0 {
        "free"
    } else if has_slots {
        "full"
    } else if !holiday.is_empty() {
        "holiday"
    } else if closed.is_empty() {
        "rest"
    } else {
        "closed"
    };
    DayLine {
        day: day.to_string(),
        words: day_words(app, lang, day),
        state,
        left,
        holiday,
        closed,
        chosen: chosen == Some(day),
    }
}

/// A closure in a sentence: its hours, where it has some, and why.
fn closed_words(app: &App, lang: Lang, closure: &Closure) -> String {
    let reason = &closure.reason;
    match closure.span {
        None => app.say(lang, "visit-closed", &[("reason", reason)]),
        Some(span) => app.say(lang, "visit-closed-hours", &[("hours", &span), ("reason", reason)]),
    }
}

fn halves(free: &[&Free], chosen: Option<Date>, units: i32) -> Vec<HalfDay> {
    let of = |morning: bool| {
        let times = free.iter().filter(|slot| Some(slot.slot.day) == chosen && (slot.slot.minute < NOON) == morning);
        HalfDay { morning, times: times.map(|slot| time(slot, units)).collect() }
    };
    [of(true), of(false)].into_iter().filter(|half| !half.times.is_empty()).collect()
}

fn time(free: &Free, units: i32) -> TimeLine {
    let until = Slot { minute: free.slot.minute + free.length_min * units, ..free.slot };
    TimeLine { slot: free.slot.to_string(), time: free.slot.time(), until: until.time(), left: free.left() }
}

/// Slots at which a visit of so many consecutive places can begin.
fn usable(all: &[Free], units: i32) -> Vec<&Free> {
    let goes_on = |one: &Free, place: i32| {
        let next = Slot { minute: one.slot.minute + place * one.length_min, ..one.slot };
        all.iter().any(|it| it.slot == next && it.left() > 0)
    };
    all.iter().filter(|one| one.left() > 0 && (1..units).all(|place| goes_on(one, place))).collect()
}

#[cfg(test)]
mod tests {
    use huizhi_domain::clock::Moment;

    use super::*;

    #[test]
    fn a_visit_of_two_places_begins_where_two_are_free() {
        let free = |text: &str, taken| Free {
            office: "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
            service: "id-card".to_owned(),
            slot: text.parse().unwrap(),
            starts_at: Moment(0),
            length_min: 20,
            capacity: 1,
            taken,
        };
        let all = [
            free("2026-12-01T08:30", 0),
            free("2026-12-01T08:50", 0),
            free("2026-12-01T09:10", 1),
            free("2026-12-01T09:30", 0),
            free("2026-12-02T08:50", 0),
        ];
        let begins = |units| usable(&all, units).iter().map(|it| it.slot.to_string()).collect::<Vec<_>>();
        assert_eq!(begins(1).len(), 4);
        assert_eq!(begins(2), ["2026-12-01T08:30"]);
    }
}
