//! What a face does, frame by frame, and whether that is what was asked.

use super::{Challenge, Flaw, Frame, Step};

/// A turn, degrees, and where the head looks ahead: frontal portraits are read as up to 9.5° (specs/checks/pose.turned.toml).
const TURNED: f32 = 20.0;
const AHEAD: f32 = 10.0;
/// How long a turn may take from there, ms: a head that is asked turns in half a second, and a picture that is tilted by hand slowly.
const TURN_MS: u32 = 2_500;
/// How far the mouth opens, in widths of itself above its own median: closed lips are at most 0.05 (specs/checks/mouth.open.toml).
const OPENED: f32 = 0.2;
/// How far the chin rises above its own median, degrees: portraits that are accepted as level reach 22° from the lowest to the highest,
/// so it is measured against the person's own middle, of which talking and breathing move some 3°.
const RAISED: f32 = 12.0;
/// Eyes are closed where both have less than this share of their own median opening, and were closed for so long, ms: shorter is noise,
/// longer is no blink.
const CLOSED: f32 = 0.6;
const BLINK_MS: std::ops::RangeInclusive<u32> = 80..=500;

/// A movement that was seen.
#[derive(Clone, Copy)]
struct Event {
    step: Step,
    at_ms: u32,
    slow: bool,
}

/// Holds what was seen against what was asked. Blinks come by themselves, so those that were not asked say nothing; of all other
/// movements there may be no more than were asked.
pub(super) fn in_order(challenge: &Challenge, seen: &[&Frame]) -> Result<(), Flaw> {
    let mut done = turns(seen, Step::TurnLeft, 1.0);
    done.extend(turns(seen, Step::TurnRight, -1.0));
    done.extend(rises(seen, Step::OpenMouth, OPENED, |frame| frame.mouth));
    done.extend(rises(seen, Step::LookUp, RAISED, |frame| frame.pitch));
    done.sort_by_key(|event| event.at_ms);
    // Somebody may open the mouth twice where it is asked once.
    done.dedup_by_key(|event| event.step);
    let asked: Vec<Step> = challenge.steps.into_iter().filter(|step| *step != Step::Blink).collect();
    if let Some(missing) = asked.iter().find(|step| done.iter().all(|event| event.step != **step)) {
        return Err(Flaw::Missing(*missing));
    }
    if !done.iter().map(|event| event.step).eq(asked.iter().copied()) {
        return Err(Flaw::Order);
    }
    if let Some(slow) = done.iter().find(|event| event.slow) {
        return Err(Flaw::Slow(slow.step));
    }
    let Some(place) = challenge.steps.iter().position(|step| *step == Step::Blink) else { return Ok(()) };
    // `done` has the steps without the blink, so what stands at its place comes after it.
    let after = place.checked_sub(1).map_or(0, |before| done[before].at_ms);
    let before = done.get(place).map_or(u32::MAX, |next| next.at_ms);
    if blinks(seen).iter().any(|at_ms| (after..before).contains(at_ms)) {
        Ok(())
    } else {
        Err(Flaw::Missing(Step::Blink))
    }
}

/// Turns to one side: `side` is 1 for the person's left. Each begins with the head looking ahead, or to the other side.
fn turns(seen: &[&Frame], step: Step, side: f32) -> Vec<Event> {
    let mut ahead_ms = None;
    let mut events = Vec::new();
    for frame in seen.iter().copied() {
        let turned = frame.yaw * side;
        if turned <= AHEAD {
            ahead_ms = Some(frame.at_ms);
        } else if turned >= TURNED
            && let Some(from) = ahead_ms.take()
        {
            events.push(Event { step, at_ms: frame.at_ms, slow: frame.at_ms - from > TURN_MS });
        }
    }
    events
}

/// Rises of a measure above its own median; the next one counts once it came halfway down.
fn rises(seen: &[&Frame], step: Step, by: f32, measure: impl Fn(&Frame) -> f32) -> Vec<Event> {
    let middle = median(seen.iter().copied().map(&measure));
    let mut low = true;
    let mut events = Vec::new();
    for frame in seen.iter().copied() {
        let risen = measure(frame) - middle;
        if low && risen >= by {
            events.push(Event { step, at_ms: frame.at_ms, slow: false });
        }
        low = risen < if low { by } else { by / 2.0 };
    }
    events
}

/// When blinks began. A blink lasts at least from the first closed frame to the last one, and less than from the last open one to
/// the next; it counts where a length between those is one of a blink.
fn blinks(seen: &[&Frame]) -> Vec<u32> {
    let facing = || seen.iter().filter(|frame| frame.yaw.abs() < TURNED);
    let right = median(facing().map(|frame| frame.right_eye));
    let left = median(facing().map(|frame| frame.left_eye));
    let closed =
        |frame: &Frame| frame.yaw.abs() < TURNED && frame.right_eye < CLOSED * right && frame.left_eye < CLOSED * left;
    let mut found = Vec::new();
    let mut open_ms = None;
    let mut shut: Option<(u32, u32)> = None;
    for frame in seen.iter().copied() {
        if closed(frame) {
            shut = Some(shut.map_or((frame.at_ms, frame.at_ms), |(first, _)| (first, frame.at_ms)));
            continue;
        }
        if let (Some(before), Some((first, last))) = (open_ms, shut.take()) {
            let (least, most) = (last - first, frame.at_ms - before);
            if least <= *BLINK_MS.end() && most >= *BLINK_MS.start() {
                found.push(first);
            }
        }
        open_ms = Some(frame.at_ms);
    }
    found
}

fn median(values: impl Iterator<Item = f32>) -> f32 {
    let mut sorted: Vec<f32> = values.collect();
    sorted.sort_by(f32::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}
