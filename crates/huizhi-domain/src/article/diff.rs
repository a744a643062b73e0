//! What differs between two versions, line by line.

use serde::Serialize;

/// Pairs of lines that are compared at most: beyond it, whatever differs is shown as one piece.
const MOST_PAIRS: usize = 4_000_000;

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
}

/// A line of one text or both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What became of it.
    pub fate: Fate,
    /// Its text.
    pub text: String,
}

impl Line {
    fn of(fate: Fate, text: &str) -> Self {
        Self { fate, text: text.to_owned() }
    }
}

/// The lines of both texts, in their order; what is gone stands before what came in its place.
#[must_use]
pub fn diff(before: &str, after: &str) -> Vec<Line> {
    let (before, after): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let head = before.iter().zip(&after).take_while(|(one, other)| one == other).count();
    let (old, new) = (before.get(head..).unwrap_or_default(), after.get(head..).unwrap_or_default());
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(one, other)| one == other).count();
    let (old, foot) = old.split_at(old.len() - tail);
    let new = new.get(..new.len() - tail).unwrap_or_default();
    let mut lines: Vec<Line> = before.iter().take(head).map(|line| Line::of(Fate::Same, line)).collect();
    lines.extend(middle(old, new));
    lines.extend(foot.iter().map(|line| Line::of(Fate::Same, line)));
    lines
}

/// By the longest lines that both have in common.
fn middle(old: &[&str], new: &[&str]) -> Vec<Line> {
    let gone = |lines: &[&str]| lines.iter().map(|line| Line::of(Fate::Gone, line)).collect::<Vec<_>>();
    let come = |lines: &[&str]| lines.iter().map(|line| Line::of(Fate::New, line)).collect::<Vec<_>>();
    if old.len() * new.len() > MOST_PAIRS {
        return [gone(old), come(new)].concat();
    }
    let lengths = common(old, new);
    let length = |i: usize, j: usize| lengths.get(i).and_then(|row| row.get(j)).copied().unwrap_or(0);
    let mut lines = Vec::new();
    let (mut i, mut j) = (0, 0);
    while let (Some(one), Some(other)) = (old.get(i), new.get(j)) {
        if one == other {
            lines.push(Line::of(Fate::Same, one));
            (i, j) = (i + 1, j + 1);
        } else if length(i + 1, j) >= length(i, j + 1) {
            lines.push(Line::of(Fate::Gone, one));
            i += 1;
        } else {
            lines.push(Line::of(Fate::New, other));
            j += 1;
        }
    }
    lines.extend(gone(old.get(i..).unwrap_or_default()));
    lines.extend(come(new.get(j..).unwrap_or_default()));
    lines
}

/// How many lines the rests of both have in common, from each pair of lines on.
fn common(old: &[&str], new: &[&str]) -> Vec<Vec<u32>> {
    let mut rows = vec![vec![0_u32; new.len() + 1]];
    for one in old.iter().rev() {
        let below = rows.last().cloned().unwrap_or_default();
        let mut row = vec![0_u32; new.len() + 1];
        for (j, other) in new.iter().enumerate().rev() {
            let at = |row: &[u32], j: usize| row.get(j).copied().unwrap_or(0);
            let best = if one == other { at(&below, j + 1) + 1 } else { at(&below, j).max(at(&row, j + 1)) };
            if let Some(cell) = row.get_mut(j) {
                *cell = best;
            }
        }
        rows.push(row);
    }
    rows.reverse();
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(before: &str, after: &str) -> Vec<String> {
        let mark = |fate| match fate {
            Fate::Same => ' ',
            Fate::Gone => '-',
            Fate::New => '+',
        };
        diff(before, after).iter().map(|line| format!("{}{}", mark(line.fate), line.text)).collect()
    }

    #[test]
    fn lines_are_the_same_gone_or_new() {
        assert_eq!(said("a\nb\nc", "a\nb\nc"), [" a", " b", " c"]);
        assert_eq!(said("a\nb\nc", "a\nx\nc"), [" a", "-b", "+x", " c"]);
        assert_eq!(said("a\nb\nc\nd", "b\nd\ne"), ["-a", " b", "-c", " d", "+e"]);
        assert_eq!(said("", "a"), ["+a"]);
        assert_eq!(said("a", ""), ["-a"]);
        assert_eq!(said("a\na", "a"), [" a", "-a"]);
    }

    #[test]
    fn both_texts_come_back_from_what_is_shown() {
        let (before, after) = ("问\n答\n\n一\n二\n三\n一", "问\n\n答\n二\n四\n一\n一");
        let lines = diff(before, after);
        let of = |not: Fate| {
            let kept: Vec<&str> = lines.iter().filter(|it| it.fate != not).map(|it| it.text.as_str()).collect();
            kept.join("\n")
        };
        assert_eq!((of(Fate::New).as_str(), of(Fate::Gone).as_str()), (before, after));
    }

    #[test]
    fn long_texts_without_a_common_line_are_shown_at_once() {
        let long = |word: &str| (0..2_100).map(|n| format!("{word}{n}")).collect::<Vec<_>>().join("\n");
        assert_eq!(diff(&long("a"), &long("b")).len(), 4_200);
    }
}
