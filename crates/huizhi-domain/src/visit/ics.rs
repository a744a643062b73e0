//! An appointment for people's calendars: iCalendar (RFC 5545, and RFC 5546 for what a calendar does with it).

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};

use super::State;
use crate::clock::{Moment, Zone};

/// The longest line, in octets and without its end (RFC 5545, 3.1).
const LINE_MOST: usize = 75;

/// The offices' zone, and what a calendar has to know of it. China has had no summer time since 1991, so one rule is all.
const ZONE: &str = "BEGIN:VTIMEZONE\r\nTZID:Asia/Shanghai\r\nBEGIN:STANDARD\r\nDTSTART:19910915T000000\r\nTZOFFSETFROM:+0800\r\n\
     TZOFFSETTO:+0800\r\nTZNAME:CST\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";

/// What a calendar does with the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// It enters it, or changes what it has. Nobody is invited to anything: who has booked keeps a note of it.
    Publish,
    /// It takes it out.
    Cancel,
}

impl Method {
    /// What is told of an appointment in a state; `None` where nothing is: one that was never confirmed is in no calendar.
    #[must_use]
    pub const fn of(state: State) -> Option<Self> {
        match state {
            State::Booked | State::Arrived => Some(Self::Publish),
            State::Cancelled | State::Stranded => Some(Self::Cancel),
            State::Held | State::Lapsed | State::Done | State::Missed => None,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Publish => "PUBLISH",
            Self::Cancel => "CANCEL",
        }
    }

    const fn status(self) -> &'static str {
        match self {
            Self::Publish => "CONFIRMED",
            Self::Cancel => "CANCELLED",
        }
    }
}

/// An appointment as a calendar shows it. Nobody is named.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    /// What the calendar does.
    pub method: Method,
    /// The same for all that is ever said of the appointment.
    pub uid: &'a str,
    /// Greater with each change.
    pub sequence: i64,
    /// When the file is made.
    pub stamp: Moment,
    /// The day at the office.
    pub day: Date,
    /// The minute of that day, by the clock on the office's wall.
    pub minute: i32,
    /// How long it takes.
    pub length_min: i32,
    /// What it is.
    pub summary: &'a str,
    /// Where it is.
    pub location: &'a str,
    /// What to know of it.
    pub description: &'a str,
    /// Its page.
    pub url: &'a str,
}

/// The file: UTF-8, lines of at most 75 octets, each ended by CR and LF.
#[must_use]
pub fn file(event: &Event<'_>) -> String {
    let midnight = event.day.to_datetime(Time::midnight());
    let after = |minutes: i32| midnight.saturating_add(SignedDuration::from_mins(i64::from(minutes)));
    let (begin, end) = (after(event.minute), after(event.minute.saturating_add(event.length_min)));
    let mut text =
        String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Huizhi//Visit//ZH\r\nCALSCALE:GREGORIAN\r\n");
    line(&mut text, &format!("METHOD:{}", event.method.word()));
    text.push_str(ZONE);
    text.push_str("BEGIN:VEVENT\r\n");
    line(&mut text, &format!("UID:{}", escaped(event.uid)));
    line(&mut text, &format!("SEQUENCE:{}", event.sequence.max(0)));
    line(&mut text, &format!("DTSTAMP:{}Z", wall(at(event.stamp))));
    line(&mut text, &format!("DTSTART;TZID=Asia/Shanghai:{}", wall(begin)));
    line(&mut text, &format!("DTEND;TZID=Asia/Shanghai:{}", wall(end)));
    line(&mut text, &format!("SUMMARY:{}", escaped(event.summary)));
    line(&mut text, &format!("LOCATION:{}", escaped(event.location)));
    line(&mut text, &format!("DESCRIPTION:{}", escaped(event.description)));
    line(&mut text, &format!("URL:{}", address(event.url)));
    // What is published has no attendee (RFC 5546, 3.2.1), nor has what takes it back (4.1.3). An organiser is a mailbox, and an office has
    // none; calendars take the file without, and take one with for an invitation that is to be answered.
    line(&mut text, &format!("STATUS:{}", event.method.status()));
    if event.method == Method::Publish {
        text.push_str("BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-P1D\r\n");
        line(&mut text, &format!("DESCRIPTION:{}", escaped(event.summary)));
        text.push_str("END:VALARM\r\n");
    }
    text.push_str("END:VEVENT\r\nEND:VCALENDAR\r\n");
    text
}

/// The moment in UTC.
fn at(moment: Moment) -> DateTime {
    let utc = Zone(0);
    let midnight = moment.day(utc).to_datetime(Time::midnight());
    midnight.saturating_add(SignedDuration::from_millis(moment.0.rem_euclid(86_400_000)))
}

/// `20261201T083000`
fn wall(at: DateTime) -> String {
    at.strftime("%Y%m%dT%H%M%S").to_string()
}

/// A text as a value (RFC 5545, 3.3.11). Other control characters have no place in one.
fn escaped(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | ';' | ',' => value.extend(['\\', letter]),
            '\n' => value.push_str("\\n"),
            letter if letter.is_control() => {}
            letter => value.push(letter),
        }
    }
    value
}

/// An address as a value: it has no escapes, so that what can't stand in one is left out.
fn address(url: &str) -> String {
    url.chars().filter(char::is_ascii_graphic).collect()
}

/// Writes a line, folded between characters: the space that begins the next part counts with it.
fn line(text: &mut String, whole: &str) {
    let mut length = 0;
    for letter in whole.chars() {
        if length + letter.len_utf8() > LINE_MOST {
            text.push_str("\r\n ");
            length = 1;
        }
        text.push(letter);
        length += letter.len_utf8();
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn event(method: Method) -> Event<'static> {
        Event {
            method,
            uid: "01ARZ3NDEKTSV4RRFFQ69G5FAV@id.example",
            sequence: 60,
            stamp: Moment(1_795_572_000_000),
            day: date(2026, 12, 1),
            minute: 8 * 60 + 30,
            length_min: 20,
            summary: "办理身份证；换领",
            location: "惠城户政窗口, 演示路 1 号; 二楼",
            description: "带户口簿\n提前 15 分钟到 \\ 过时作废",
            url: "https://id.example/visit/01ARZ3NDEKTSV4RRFFQ69G5FAV",
        }
    }

    #[test]
    fn a_confirmed_appointment_is_published_in_the_offices_zone_and_invites_nobody() {
        let text = file(&event(Method::Publish));
        for part in [
            "METHOD:PUBLISH\r\n",
            "BEGIN:VTIMEZONE\r\nTZID:Asia/Shanghai\r\n",
            "DTSTART;TZID=Asia/Shanghai:20261201T083000\r\n",
            "DTEND;TZID=Asia/Shanghai:20261201T085000\r\n",
            "DTSTAMP:20261125T020000Z\r\n",
            "STATUS:CONFIRMED\r\n",
            "TRIGGER:-P1D\r\n",
            "SEQUENCE:60\r\n",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        assert!(!text.contains("ORGANIZER") && !text.contains("ATTENDEE"), "{text}");
        assert!(text.starts_with("BEGIN:VCALENDAR\r\n") && text.ends_with("END:VCALENDAR\r\n"));
    }

    #[test]
    fn a_cancelled_one_is_taken_out_without_an_alarm() {
        let text = file(&event(Method::Cancel));
        assert!(
            text.contains("METHOD:CANCEL\r\n") && text.contains("STATUS:CANCELLED\r\n") && !text.contains("VALARM")
        );
        assert!(!text.contains("ORGANIZER") && !text.contains("ATTENDEE"), "{text}");
        assert!(text.contains("UID:01ARZ3NDEKTSV4RRFFQ69G5FAV@id.example\r\n"), "it is the same event");
    }

    #[test]
    fn what_was_never_confirmed_is_in_no_calendar() {
        for state in [State::Held, State::Lapsed] {
            assert_eq!(Method::of(state), None);
        }
        assert_eq!(
            (Method::of(State::Booked), Method::of(State::Cancelled)),
            (Some(Method::Publish), Some(Method::Cancel))
        );
    }

    #[test]
    fn texts_are_escaped() {
        let text = unfolded(&file(&event(Method::Publish)));
        assert!(text.contains("LOCATION:惠城户政窗口\\, 演示路 1 号\\; 二楼\r\n"), "{text}");
        assert!(text.contains("DESCRIPTION:带户口簿\\n提前 15 分钟到 \\\\ 过时作废\r\n"), "{text}");
        assert_eq!(escaped("a\r\nBEGIN:VEVENT\u{7}"), "a\\nBEGIN:VEVENT", "nobody writes a line of their own");
        assert_eq!(address("https://id.example/\r\nX:1"), "https://id.example/X:1");
    }

    #[test]
    fn no_line_is_longer_than_seventy_five_octets_and_none_is_cut_within_a_character() {
        for length in 1..120 {
            let description = "办".repeat(length);
            let text = file(&Event { description: &description, ..event(Method::Publish) });
            for line in text.split("\r\n") {
                assert!(line.len() <= LINE_MOST, "{} octets: {line}", line.len());
            }
            assert!(unfolded(&text).contains(&format!("DESCRIPTION:{description}\r\n")), "{length}");
        }
    }

    fn unfolded(text: &str) -> String {
        text.replace("\r\n ", "")
    }
}
