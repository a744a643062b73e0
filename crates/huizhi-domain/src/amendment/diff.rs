//! What differs between two texts, by lines.

use std::collections::VecDeque;

use serde::Serialize;

/// What happened to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// It stands in both.
    Same,
    /// It stood in the first only.
    Gone,
    /// It stands in the second only.
    New,
    /// Lines that stand in both are left out here.
    Skipped,
}

/// A line of a difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What happened to it.
    pub mark: Mark,
    /// Its number in the text that it stands in, from 1; of a line in both, the second's.
    pub number: usize,
    /// Its text; of left-out lines, how many they are.
    pub text: String,
}

/// Lines around a change that are shown.
const AROUND: usize = 3;

/// From this many lines on either side the longest common part is not looked for, because that takes the product of both: a table of counties
/// has 2,819 lines, of which a change touches a few, and those at the ends are taken off before.
const MOST: usize = 3000;

/// The lines that differ, each with a few around it. Nothing where the texts are the same.
#[must_use]
pub fn lines(before: &str, after: &str) -> Vec<Line> {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let all = compare(&old, &new);
    if all.iter().all(|line| line.mark == Mark::Same) {
        return Vec::new();
    }
    shortened(&all)
}

/// The difference as text, each line with `-`, `+` or a blank before it.
#[must_use]
pub fn text(lines: &[Line]) -> String {
    let mut text = String::new();
    for line in lines {
        let sign = match line.mark {
            Mark::Same => ' ',
            Mark::Gone => '-',
            Mark::New => '+',
            Mark::Skipped => '…',
        };
        text.push(sign);
        text.push_str(&line.text);
        text.push('\n');
    }
    text
}

fn compare(old: &[&str], new: &[&str]) -> Vec<Line> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (old.get(head..).unwrap_or_default(), new.get(head..).unwrap_or_default());
    let tail = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let old_middle = old_rest.get(..old_rest.len() - tail).unwrap_or_default();
    let new_middle = new_rest.get(..new_rest.len() - tail).unwrap_or_default();
    let mut all: Vec<Line> = (1..).zip(new.iter().take(head)).map(|(at, text)| line(Mark::Same, at, text)).collect();
    all.extend(middle(old_middle, new_middle, head));
    let from = new.len() - tail;
    all.extend((from + 1..).zip(new.iter().skip(from)).map(|(at, text)| line(Mark::Same, at, text)));
    all
}

fn line(mark: Mark, number: usize, text: &str) -> Line {
    Line { mark, number, text: text.to_owned() }
}

/// The longest common part by the usual table; `begun` lines stand before both.
fn middle(old: &[&str], new: &[&str], begun: usize) -> Vec<Line> {
    if old.len() > MOST || new.len() > MOST {
        let gone = (begun + 1..).zip(old).map(|(at, text)| line(Mark::Gone, at, text));
        return gone.chain((begun + 1..).zip(new).map(|(at, text)| line(Mark::New, at, text))).collect();
    }
    let width = new.len() + 1;
    let mut common = vec![0_u16; (old.len() + 1) * width];
    let at = |i: usize, j: usize| i * width + j;
    let get = |common: &[u16], i: usize, j: usize| common.get(at(i, j)).copied().unwrap_or_default();
    for (i, a) in old.iter().enumerate().rev() {
        for (j, b) in new.iter().enumerate().rev() {
            let length = if a == b {
                get(&common, i + 1, j + 1) + 1
            } else {
                get(&common, i + 1, j).max(get(&common, i, j + 1))
            };
            if let Some(cell) = common.get_mut(at(i, j)) {
                *cell = length;
            }
        }
    }
    let (mut i, mut j, mut lines) = (0, 0, Vec::new());
    loop {
        match (old.get(i), new.get(j)) {
            (Some(a), Some(b)) if a == b => {
                lines.push(line(Mark::Same, begun + j + 1, b));
                (i, j) = (i + 1, j + 1);
            }
            (Some(a), b) if b.is_none() || get(&common, i + 1, j) >= get(&common, i, j + 1) => {
                lines.push(line(Mark::Gone, begun + i + 1, a));
                i += 1;
            }
            (_, Some(b)) => {
                lines.push(line(Mark::New, begun + j + 1, b));
                j += 1;
            }
            (_, None) => return lines,
        }
    }
}

/// Leaves out lines that are far from every change.
fn shortened(all: &[Line]) -> Vec<Line> {
    let changed: Vec<usize> = (0..).zip(all).filter(|(_, line)| line.mark != Mark::Same).map(|(at, _)| at).collect();
    let mut next: VecDeque<usize> = changed.into();
    let mut last: Option<usize> = None;
    let (mut shown, mut left_out, mut first_left) = (Vec::new(), 0_usize, 0_usize);
    for (at, line) in all.iter().enumerate() {
        while next.front().is_some_and(|change| *change < at) {
            last = next.pop_front();
        }
        let near = next.front().is_some_and(|change| change - at <= AROUND) || last.is_some_and(|it| at - it <= AROUND);
        if near {
            if left_out > 0 {
                shown.push(Line { mark: Mark::Skipped, number: first_left, text: left_out.to_string() });
                left_out = 0;
            }
            shown.push(line.clone());
        } else {
            if left_out == 0 {
                first_left = line.number;
            }
            left_out += 1;
        }
    }
    if left_out > 0 {
        shown.push(Line { mark: Mark::Skipped, number: first_left, text: left_out.to_string() });
    }
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_changed_line_is_shown_with_those_around_it() {
        let before: Vec<String> = (1..=20).map(|at| format!("line {at}")).collect();
        let mut after = before.clone();
        after[9] = "other".to_owned();
        let found = lines(&before.join("\n"), &after.join("\n"));
        let marks: Vec<Mark> = found.iter().map(|line| line.mark).collect();
        let same = Mark::Same;
        assert_eq!(
            marks,
            [Mark::Skipped, same, same, same, Mark::Gone, Mark::New, same, same, same, Mark::Skipped],
            "{found:?}"
        );
        assert_eq!((found[0].text.as_str(), found[4].number, found[5].text.as_str()), ("6", 10, "other"));
        assert_eq!(lines("a\nb", "a\nb\n"), Vec::new(), "the last line's end is no line");
        assert_eq!(text(&lines("a", "b")), "-a\n+b\n");
    }

    proptest! {
        #[test]
        fn both_texts_can_be_made_from_the_difference(
            old in prop::collection::vec("[ab]", 0..12), new in prop::collection::vec("[abc]", 0..12)
        ) {
            let (a, b): (Vec<&str>, Vec<&str>) =
                (old.iter().map(String::as_str).collect(), new.iter().map(String::as_str).collect());
            let all = compare(&a, &b);
            let of = |mark: Mark| -> Vec<String> {
                all.iter().filter(|line| line.mark == Mark::Same || line.mark == mark).map(|line| line.text.clone()).collect()
            };
            prop_assert_eq!(of(Mark::Gone), old);
            prop_assert_eq!(of(Mark::New), new);
        }
    }
}
