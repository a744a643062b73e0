//! What differs between two texts, line by line: versions of an article, and files of the settings.

use serde::Serialize;
use similar::{ChangeTag, TextDiff};

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It stands in both.
    Same,
    /// It is gone.
    Gone,
    /// It is new.
    New,
    /// Lines that stand in both are left out here.
    Skipped,
}

/// A line of one text or both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What became of it.
    pub fate: Fate,
    /// Its number in the text that it stands in, from 1; of a line in both, the second's.
    pub number: usize,
    /// Its text; of left-out lines, how many they are.
    pub text: String,
}

/// Lines around a change that are shown.
const AROUND: usize = 3;

/// The lines of both texts, in their order; what is gone stands before what came in its place.
#[must_use]
pub fn whole(before: &str, after: &str) -> Vec<Line> {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let diff = TextDiff::from_slices(&old, &new);
    let line = |change: similar::Change<&str>| {
        let fate = match change.tag() {
            ChangeTag::Equal => Fate::Same,
            ChangeTag::Delete => Fate::Gone,
            ChangeTag::Insert => Fate::New,
        };
        let at = change.new_index().or(change.old_index()).unwrap_or_default();
        Line { fate, number: at + 1, text: change.value().to_owned() }
    };
    diff.iter_all_changes().map(line).collect()
}

/// The lines that differ, each with a few around it. Nothing where the texts are the same.
#[must_use]
pub fn around(before: &str, after: &str) -> Vec<Line> {
    let all = whole(before, after);
    let changed: Vec<usize> = (0..).zip(&all).filter(|(_, line)| line.fate != Fate::Same).map(|(at, _)| at).collect();
    if changed.is_empty() {
        return Vec::new();
    }
    let (mut shown, mut skipped, mut next): (Vec<Line>, Vec<&Line>, usize) = (Vec::new(), Vec::new(), 0);
    for (at, line) in all.iter().enumerate() {
        while changed.get(next).is_some_and(|change| change + AROUND < at) {
            next += 1;
        }
        if changed.get(next).is_some_and(|change| change.abs_diff(at) <= AROUND) {
            leave_out(&mut shown, &mut skipped);
            shown.push(line.clone());
        } else {
            skipped.push(line);
        }
    }
    leave_out(&mut shown, &mut skipped);
    shown
}

fn leave_out(shown: &mut Vec<Line>, skipped: &mut Vec<&Line>) {
    if let Some(first) = skipped.first() {
        shown.push(Line { fate: Fate::Skipped, number: first.number, text: skipped.len().to_string() });
        skipped.clear();
    }
}

/// The difference as text, each line with `-`, `+` or a blank before it.
#[must_use]
pub fn text(lines: &[Line]) -> String {
    let mut text = String::new();
    for line in lines {
        let sign = match line.fate {
            Fate::Same => ' ',
            Fate::Gone => '-',
            Fate::New => '+',
            Fate::Skipped => '…',
        };
        text.push(sign);
        text.push_str(&line.text);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_are_the_same_gone_or_new() {
        let said = |before: &str, after: &str| text(&whole(before, after));
        assert_eq!(said("a\nb\nc", "a\nx\nc"), " a\n-b\n+x\n c\n");
        assert_eq!(said("a\nb\nc\nd", "b\nd\ne"), "-a\n b\n-c\n d\n+e\n");
        assert_eq!(said("", "a"), "+a\n");
        assert_eq!(said("a", ""), "-a\n");
    }

    #[test]
    fn a_changed_line_is_shown_with_those_around_it() {
        let before: Vec<String> = (1..=20).map(|at| format!("line {at}")).collect();
        let mut after = before.clone();
        after[9] = "other".to_owned();
        let found = around(&before.join("\n"), &after.join("\n"));
        let fates: Vec<Fate> = found.iter().map(|line| line.fate).collect();
        let same = Fate::Same;
        assert_eq!(
            fates,
            [Fate::Skipped, same, same, same, Fate::Gone, Fate::New, same, same, same, Fate::Skipped],
            "{found:?}"
        );
        assert_eq!((found[0].text.as_str(), found[4].number, found[5].text.as_str()), ("6", 10, "other"));
        assert_eq!(around("a\nb", "a\nb\n"), Vec::new(), "the last line's end is no line");
    }

    proptest! {
        #[test]
        fn both_texts_can_be_made_from_the_difference(
            old in prop::collection::vec("[ab]", 0..12), new in prop::collection::vec("[abc]", 0..12)
        ) {
            let all = whole(&old.join("\n"), &new.join("\n"));
            let of = |fate: Fate| -> Vec<String> {
                all.iter().filter(|line| line.fate == Fate::Same || line.fate == fate).map(|line| line.text.clone()).collect()
            };
            prop_assert_eq!(of(Fate::Gone), old);
            prop_assert_eq!(of(Fate::New), new);
        }
    }
}
