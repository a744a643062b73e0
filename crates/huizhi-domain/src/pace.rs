//! The pace of approvals from which on nobody can have looked, so that the lead is told (security.md, row 5).
//!
//! The alarms are data, `specs/review/pace.toml`, each with its reason. Below them nobody's speed is counted (UX.md §4.3).

use serde::Deserialize;

use crate::clock::Moment;

const BUILT_IN: &str = include_str!("../../../specs/review/pace.toml");

/// Rings for so many approvals of one reviewer within so many seconds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaceAlarm {
    /// From this many on.
    pub approvals: usize,
    /// The stretch of time, s.
    pub within_s: i64,
    /// Why nobody looks so fast.
    pub reason: String,
    /// Who says so.
    pub source: String,
}

/// A file of alarms that can't be read. The operator's to mend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("review/pace.toml: {0}")]
pub struct PaceError(String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    alarm: Vec<PaceAlarm>,
}

/// The alarms that come with the crate.
///
/// # Errors
/// [`PaceError`] for a faulty file; a test holds that it is none.
pub fn alarms() -> Result<Vec<PaceAlarm>, PaceError> {
    read(BUILT_IN)
}

/// The file that comes with the crate.
#[must_use]
pub fn file() -> &'static str {
    BUILT_IN
}

/// Reads alarms.
///
/// # Errors
/// [`PaceError`]: a faulty text, another version, or an alarm that is no pace.
pub fn read(text: &str) -> Result<Vec<PaceAlarm>, PaceError> {
    let file: File = toml::from_str(text).map_err(|error| PaceError(error.to_string().trim_end().to_owned()))?;
    if file.version != 1 {
        return Err(PaceError(format!("version is {}, and only 1 is known", file.version)));
    }
    match file.alarm.iter().find(|alarm| alarm.approvals < 2 || alarm.within_s < 1) {
        None => Ok(file.alarm),
        Some(alarm) => Err(PaceError(format!("{} approvals within {} s is no pace", alarm.approvals, alarm.within_s))),
    }
}

impl PaceAlarm {
    /// The densest stretch of a reviewer's approvals: how many it has, and when it ended. `None` where they are fewer than the
    /// alarm's everywhere. `approved` is in the order of time.
    #[must_use]
    pub fn densest(&self, approved: &[Moment]) -> Option<(usize, Moment)> {
        let mut first = 0;
        let mut densest: Option<(usize, Moment)> = None;
        for (last, at) in approved.iter().enumerate() {
            while at.since_ms(approved[first]) >= self.within_s * 1000 {
                first += 1;
            }
            let count = last - first + 1;
            if count >= self.approvals && densest.is_none_or(|(most, _)| count > most) {
                densest = Some((count, *at));
            }
        }
        densest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn each_ms(step: i64, count: i64) -> Vec<Moment> {
        (0..count).map(|n| Moment(n * step)).collect()
    }

    #[test]
    fn a_pace_rings_from_its_number_on_and_says_where_it_was_densest() {
        let alarm = PaceAlarm { approvals: 3, within_s: 60, reason: String::new(), source: String::new() };
        assert_eq!(alarm.densest(&each_ms(30_000, 9)), None, "two within any minute");
        assert_eq!(alarm.densest(&each_ms(29_000, 3)), Some((3, Moment(58_000))));
        let mut approved = each_ms(100_000, 4);
        approved.extend([301_000, 302_000, 303_000, 400_000, 401_000, 402_000].map(Moment));
        assert_eq!(alarm.densest(&approved), Some((4, Moment(303_000))));
        assert_eq!(alarm.densest(&[]), None);
    }

    #[test]
    fn the_file_is_sound_and_a_faulty_one_is_told() {
        assert!(!alarms().unwrap().is_empty());
        let faulty = "version = 1\n[[alarm]]\napprovals = 1\nwithin_s = 60\nreason = \"\"\nsource = \"\"";
        assert!(read(faulty).unwrap_err().to_string().contains("1 approvals within 60 s"));
        assert!(read("version = 2\nalarm = []").is_err());
    }
}
