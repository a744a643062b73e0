//! When an office gives places: its openings and closures, and the slots of a day that follow from them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::slot::Slot;
use super::zone::OfficeZone;
use crate::calendar::{Calendar, Day};
use crate::clock::Moment;
use crate::id::ClosureId;
use crate::office::Span;

/// Minutes of a day.
const DAY_MIN: i32 = 24 * 60;

/// The shortest and the longest that a place may take.
pub const EVERY_MIN: std::ops::RangeInclusive<i32> = 5..=480;

/// The most places of one slot: a hall with this many windows would be the largest there is.
pub const MOST_PLACES: i32 = 500;

/// Hours in which an office gives places, on one day of the week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Opening {
    /// The day of the week: Monday is 1.
    pub weekday: i32,
    /// From when until when.
    pub span: Span,
    /// Minutes from one slot to the next.
    pub every_min: i32,
    /// Places of each slot that anybody may book.
    pub places: i32,
    /// Places of each slot that only the desk gives.
    pub staff_places: i32,
}

/// Days, or hours of days, on which no places are given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Closure {
    /// Its id.
    pub id: ClosureId,
    /// The service that it is about; all of them without one.
    pub service: Option<String>,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// The hours of each of the days; the whole of them without any.
    pub span: Option<Span>,
    /// Why, as citizens read it.
    pub reason: String,
}

/// A slot as the schedule has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlannedSlot {
    /// When, by the clock on the wall.
    pub slot: Slot,
    /// The same as a moment.
    pub starts_at: Moment,
    /// How long a place takes.
    pub length_min: i32,
    /// Places that anybody may book; none closes the slot.
    pub places: i32,
    /// Places that only the desk gives.
    pub staff_places: i32,
}

/// What is wrong with openings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum OpeningError {
    /// The day of the week is none, or the hours are none of a day.
    #[error("no hours of a day of the week")]
    Hours,
    /// A place takes less than 5 minutes, or more than 8 hours.
    #[error("a place takes from 5 minutes to 8 hours")]
    Length,
    /// Places below none, or more than a hall can have.
    #[error("a slot has from 0 to 500 places")]
    Places,
    /// Two of one day overlap.
    #[error("two openings of one day overlap")]
    Overlap,
}

impl OpeningError {
    /// Its word in message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Hours => "hours",
            Self::Length => "length",
            Self::Places => "places",
            Self::Overlap => "overlap",
        }
    }
}

/// Whether openings can stand together.
///
/// # Errors
/// [`OpeningError`], with the day of the week at fault.
pub fn check(openings: &[Opening]) -> Result<(), (i32, OpeningError)> {
    for opening in openings {
        let Opening { weekday, span, every_min, places, staff_places } = opening;
        let fault =
            if !(1..=7).contains(weekday) || span.opens < 0 || span.closes > DAY_MIN || span.opens >= span.closes {
                Some(OpeningError::Hours)
            } else if !EVERY_MIN.contains(every_min) {
                Some(OpeningError::Length)
            } else if !(0..=MOST_PLACES).contains(places) || !(0..=MOST_PLACES).contains(staff_places) {
                Some(OpeningError::Places)
            } else {
                None
            };
        if let Some(fault) = fault {
            return Err((*weekday, fault));
        }
    }
    for (at, one) in openings.iter().enumerate() {
        if openings.iter().skip(at + 1).any(|other| other.weekday == one.weekday && overlap(one.span, other.span)) {
            return Err((one.weekday, OpeningError::Overlap));
        }
    }
    Ok(())
}

impl Closure {
    /// Whether it takes a place of a service away.
    #[must_use]
    pub fn takes(&self, service: &str, day: Date, place: Span) -> bool {
        self.service.as_deref().is_none_or(|of| of == service)
            && (self.from..=self.to).contains(&day)
            && self.span.is_none_or(|span| overlap(span, place))
    }
}

/// The slots of a day, earliest first. A holiday has none; a weekend day that is worked instead (调休) follows Monday's openings; other
/// weekend days have slots only where the office opens on them.
///
/// A slot begins at a minute that the wall shows on this day, and ends before the office closes. On the day on which clocks are put
/// forward none begins in the minutes that are left out, or reaches over them; on the day on which they are put back each minute is taken
/// once.
#[must_use]
pub fn slots_of_day(
    openings: &[Opening],
    closures: &[Closure],
    service: &str,
    calendar: &Calendar,
    zone: &OfficeZone,
    day: Date,
) -> Vec<PlannedSlot> {
    let weekday = match calendar.day(day) {
        Day::Holiday(_) => return Vec::new(),
        Day::WorkingInstead(_) => 1,
        Day::Working | Day::Weekend => i32::from(day.weekday().to_monday_one_offset()),
    };
    let mut slots = BTreeMap::new();
    for opening in openings.iter().filter(|opening| opening.weekday == weekday && is_sound(opening)) {
        let last = opening.span.closes - opening.every_min;
        let step = usize::try_from(opening.every_min).unwrap_or(usize::MAX);
        for minute in (opening.span.opens..=last).step_by(step) {
            let place = Span { opens: minute, closes: minute + opening.every_min };
            if closures.iter().any(|closure| closure.takes(service, day, place)) {
                continue;
            }
            if let Some(planned) = planned(opening, zone, day, minute) {
                slots.entry(minute).or_insert(planned);
            }
        }
    }
    slots.into_values().collect()
}

/// The slots of days, both of them too; none where the last is before the first.
#[must_use]
pub fn slots_of_days(
    openings: &[Opening],
    closures: &[Closure],
    service: &str,
    calendar: &Calendar,
    zone: &OfficeZone,
    (from, to): (Date, Date),
) -> Vec<PlannedSlot> {
    let mut slots = Vec::new();
    let mut day = from;
    while day <= to {
        slots.extend(slots_of_day(openings, closures, service, calendar, zone, day));
        let Ok(tomorrow) = day.tomorrow() else { break };
        day = tomorrow;
    }
    slots
}

/// A row that nobody checked must not stop the others.
fn is_sound(opening: &Opening) -> bool {
    opening.every_min > 0
        && opening.places >= 0
        && opening.staff_places >= 0
        && opening.places + opening.staff_places > 0
}

/// The slot of a minute, where the wall shows that minute and all the others of the place: in the night on which clocks are put forward,
/// an hour from half past one would reach into the places after it.
fn planned(opening: &Opening, zone: &OfficeZone, day: Date, minute: i32) -> Option<PlannedSlot> {
    let starts_at = zone.moment(day, minute)?;
    let last = zone.wall(starts_at.after_s(i64::from(opening.every_min - 1) * 60));
    (last.day == day && last.minute < minute + opening.every_min).then_some(PlannedSlot {
        slot: Slot { day, minute },
        starts_at,
        length_min: opening.every_min,
        places: opening.places,
        staff_places: opening.staff_places,
    })
}

fn overlap(one: Span, other: Span) -> bool {
    one.opens < other.closes && other.opens < one.closes
}

#[cfg(test)]
mod tests;
