//! Checking in (到场): whose appointment may be taken at a window, and from when until when.

use jiff::civil::Date;

use super::appointment::{Appointment, State};
use super::policy::BookingPolicy;
use crate::clock::Moment;
use crate::id::OfficeId;

/// Why somebody can't check in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckInError {
    /// It is another office's.
    #[error("the appointment is at another office")]
    Office(OfficeId),
    /// It is of a past or a future day.
    #[error("the appointment is on {0}")]
    Day(Date),
    /// It opens later: when.
    #[error("checking in opens at {0:?}")]
    TooEarly(Moment),
    /// It was late: until when it could be.
    #[error("checking in ended at {0:?}")]
    TooLate(Moment),
    /// The appointment stands elsewhere.
    #[error("the appointment is {0}")]
    State(State),
}

/// Where and when somebody came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Came {
    /// The office.
    pub office: OfficeId,
    /// The day at the office.
    pub day: Date,
    /// The moment.
    pub at: Moment,
}

/// Whether an appointment may be checked in; gives by when they should be called.
///
/// An appointment that was taken for missed is one that may: a desk without a line tells of an arrival later than it was.
///
/// # Errors
/// [`CheckInError`], by cause.
pub fn check_in(appointment: &Appointment, policy: &BookingPolicy, came: &Came) -> Result<Moment, CheckInError> {
    if appointment.office != came.office {
        return Err(CheckInError::Office(appointment.office));
    }
    if !matches!(appointment.state, State::Booked | State::Missed) {
        return Err(CheckInError::State(appointment.state));
    }
    if appointment.slot.day != came.day {
        return Err(CheckInError::Day(appointment.slot.day));
    }
    let opens = appointment.starts_at.after_s(-60 * policy.check_in_from_min.max(0));
    let ends = appointment.starts_at.after_s(60 * policy.late_after_min.max(0));
    if came.at < opens {
        return Err(CheckInError::TooEarly(opens));
    }
    if came.at > ends {
        return Err(CheckInError::TooLate(ends));
    }
    Ok(appointment.starts_at)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::appointment::AppointmentNumber;
    use super::super::slot::Slot;
    use super::*;
    use crate::id::AppointmentId;
    use crate::seal::tests::Dice;
    use crate::words::Lang;

    /// 2026-11-25 10:00 in China.
    const START: Moment = Moment(1_795_572_000_000);

    fn office(seed: u64) -> OfficeId {
        OfficeId::new(START, &mut Dice(seed))
    }

    fn appointment() -> Appointment {
        Appointment {
            id: AppointmentId::new(START, &mut Dice(1)),
            number: AppointmentNumber::draw(&mut Dice(2)),
            office: office(3),
            service: "id-card".to_owned(),
            business: "id-renewal".to_owned(),
            slot: Slot { day: date(2026, 11, 25), minute: 600 },
            starts_at: START,
            units: 1,
            state: State::Booked,
            hold_until: None,
            account: None,
            person: None,
            made_at: START.after_s(-86_400),
            changed_at: START.after_s(-86_400),
            lang: Lang::Zh,
        }
    }

    fn came(minutes: i64) -> Came {
        Came { office: office(3), day: date(2026, 11, 25), at: START.after_s(60 * minutes) }
    }

    fn asked(appointment: &Appointment, came: Came) -> Result<Moment, CheckInError> {
        check_in(appointment, &BookingPolicy::default(), &came)
    }

    #[test]
    fn the_door_opens_a_quarter_of_an_hour_before_and_closes_with_the_policys_patience() {
        let open = START.after_s(-15 * 60);
        let late = 60 * BookingPolicy::default().late_after_min;
        assert_eq!(asked(&appointment(), came(-16)), Err(CheckInError::TooEarly(open)));
        assert_eq!(asked(&appointment(), came(-15)), Ok(START));
        assert_eq!(asked(&appointment(), came(late / 60)), Ok(START));
        let after = Came { at: START.after_s(late).after_ms(1), ..came(0) };
        assert_eq!(asked(&appointment(), after), Err(CheckInError::TooLate(START.after_s(late))));
    }

    #[test]
    fn a_past_or_a_future_days_appointment_is_not_checked_in() {
        for day in [date(2026, 11, 24), date(2026, 11, 26)] {
            let said = asked(&appointment(), Came { day, ..came(0) });
            assert_eq!(said, Err(CheckInError::Day(date(2026, 11, 25))));
        }
    }

    #[test]
    fn a_window_takes_only_what_is_at_its_office() {
        let said = asked(&appointment(), Came { office: office(4), ..came(0) });
        assert_eq!(said, Err(CheckInError::Office(office(3))));
    }

    #[test]
    fn only_what_was_booked_is_checked_in() {
        for state in [State::Held, State::Done, State::Cancelled, State::Lapsed, State::Stranded, State::Arrived] {
            let other = Appointment { state, ..appointment() };
            assert_eq!(asked(&other, came(0)), Err(CheckInError::State(state)));
        }
        let missed = Appointment { state: State::Missed, ..appointment() };
        assert_eq!(asked(&missed, came(0)), Ok(START), "an arrival that is told of late");
    }
}
