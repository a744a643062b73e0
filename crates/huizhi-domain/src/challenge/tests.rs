use std::collections::HashSet;

use super::*;
use crate::seal::tests::Dice;

const ASKED: Challenge = Challenge { steps: [Step::TurnLeft, Step::Blink, Step::OpenMouth] };
const LIMIT: f32 = 0.6;
/// As the page takes them: nine frames a second for seven seconds.
const FRAMES: u32 = 63;
const EVERY_MS: u32 = 111;

/// Numbers that look random, −1…1: what a mesh adds by itself.
fn noise(frame: u32, channel: u32) -> f32 {
    let mixed = (frame * 7 + channel + 1).wrapping_mul(2_654_435_761) >> 8;
    (mixed % 2001) as f32 / 1000.0 - 1.0
}

/// Somebody who does the steps one after the other, each in its part of the time.
fn film(steps: &[Step]) -> Film {
    let each = FRAMES / steps.len().max(1) as u32;
    let frames = (0..FRAMES).map(|i| {
        let mut frame = Frame {
            at_ms: 200 + i * EVERY_MS,
            digest: [i as u8; 32],
            faces: 1,
            yaw: 2.0 + 0.4 * noise(i, 0),
            pitch: -6.0 + 0.4 * noise(i, 1),
            roll: 1.0 + 0.4 * noise(i, 2),
            right_eye: 0.3 + 0.01 * noise(i, 3),
            left_eye: 0.29 + 0.01 * noise(i, 4),
            mouth: 0.02 + 0.01 * noise(i, 5),
            centre: [240.0, 180.0],
            width: 130.0,
            unlike: i.is_multiple_of(9).then_some(0.3),
        };
        // A bump in the middle of the step's time, 0…1.
        let within = (i % each) as f32 / each as f32;
        let bump = (std::f32::consts::PI * ((within - 0.25) * 2.0).clamp(0.0, 1.0)).sin();
        match steps.get((i / each) as usize) {
            Some(Step::Blink) if (within - 0.5).abs() < 0.06 => (frame.right_eye, frame.left_eye) = (0.06, 0.07),
            Some(Step::TurnLeft) => frame.yaw += 34.0 * bump,
            Some(Step::TurnRight) => frame.yaw -= 34.0 * bump,
            Some(Step::OpenMouth) => frame.mouth += 0.5 * bump,
            Some(Step::LookUp) => frame.pitch += 22.0 * bump,
            Some(Step::Blink) | None => {}
        }
        frame
    });
    Film { frames: frames.collect(), came_after_ms: 9_000, unlike: Some(0.35), same_person: LIMIT }
}

fn good() -> Film {
    film(&ASKED.steps)
}

#[test]
fn every_order_is_passed_by_whoever_does_it_and_by_nobody_else() {
    let mut passed = 0;
    for a in Step::ALL {
        for b in Step::ALL {
            for c in Step::ALL {
                let steps = [a, b, c];
                if a == b || b == c || a == c {
                    continue;
                }
                assert_eq!(judge(&Challenge { steps }, &film(&steps)), Ok(()), "{steps:?}");
                passed += u32::from(judge(&ASKED, &film(&steps)).is_ok());
            }
        }
    }
    assert_eq!(passed, 1, "of 60 films made before, one fits");
}

#[test]
fn all_sixty_orders_are_drawn_and_survive_the_database() {
    let mut dice = Dice(7);
    let drawn: HashSet<String> = (0..2_000).map(|_| Challenge::draw(&mut dice).to_string()).collect();
    assert_eq!(drawn.len(), 60);
    for text in drawn {
        assert_eq!(text.parse::<Challenge>().unwrap().to_string(), text);
    }
    assert!("blink blink".parse::<Challenge>().is_err());
}

#[test]
fn a_wrong_order_is_refused() {
    let swapped = [Step::OpenMouth, Step::Blink, Step::TurnLeft];
    assert_eq!(judge(&ASKED, &film(&swapped)), Err(Flaw::Order));
    // Everything at once, as a film that should fit each challenge.
    let all = [Step::TurnLeft, Step::TurnRight, Step::Blink, Step::OpenMouth, Step::LookUp];
    assert_eq!(judge(&ASKED, &film(&all)), Err(Flaw::Order));
}

#[test]
fn a_missing_step_is_named() {
    let without =
        |step| ASKED.steps.into_iter().map(|it| if it == step { Step::LookUp } else { it }).collect::<Vec<_>>();
    assert_eq!(judge(&ASKED, &film(&without(Step::TurnLeft))), Err(Flaw::Missing(Step::TurnLeft)));
    assert_eq!(judge(&ASKED, &film(&without(Step::OpenMouth))), Err(Flaw::Missing(Step::OpenMouth)));
    let mut staring = good();
    for frame in &mut staring.frames {
        (frame.right_eye, frame.left_eye) = (0.3 + 0.001 * frame.yaw, 0.3);
    }
    assert_eq!(judge(&ASKED, &staring), Err(Flaw::Missing(Step::Blink)));
}

#[test]
fn eyes_that_stay_closed_are_no_blink_and_a_wink_is_none() {
    let mut asleep = good();
    for frame in asleep.frames.iter_mut().filter(|frame| (3_000..4_200).contains(&frame.at_ms)) {
        (frame.right_eye, frame.left_eye) = (0.05, 0.05);
    }
    assert_eq!(judge(&ASKED, &asleep), Err(Flaw::Missing(Step::Blink)));
    let mut winking = good();
    for (i, frame) in winking.frames.iter_mut().enumerate() {
        frame.left_eye = 0.3 + 0.01 * noise(i as u32, 4);
    }
    assert_eq!(judge(&ASKED, &winking), Err(Flaw::Missing(Step::Blink)));
}

#[test]
fn a_turn_as_slow_as_a_tilted_picture_is_refused() {
    let mut slow = film(&[Step::Blink, Step::OpenMouth]);
    for frame in &mut slow.frames {
        frame.yaw = frame.at_ms as f32 / 7_000.0 * 26.0;
    }
    let asked = Challenge { steps: [Step::Blink, Step::OpenMouth, Step::TurnLeft] };
    assert_eq!(judge(&asked, &slow), Err(Flaw::Slow(Step::TurnLeft)));
}

#[test]
fn a_still_picture_is_refused() {
    assert_eq!(judge(&ASKED, &film(&[])), Err(Flaw::Still));
    let mut same = good();
    same.frames[40].digest = same.frames[3].digest;
    assert_eq!(judge(&ASKED, &same), Err(Flaw::Repeated));
}

#[test]
fn a_loop_is_refused() {
    let mut looped = film(&[Step::TurnLeft, Step::Blink]);
    let once = looped.frames[..21].to_vec();
    for (i, frame) in looped.frames.iter_mut().enumerate() {
        let (at_ms, digest) = (frame.at_ms, frame.digest);
        *frame = Frame { at_ms, digest, ..once[i % once.len()] };
    }
    assert_eq!(judge(&ASKED, &looped), Err(Flaw::Loop));
}

#[test]
fn two_faces_nobody_and_a_cut_are_refused() {
    let with = |change: &dyn Fn(&mut Frame)| {
        let mut film = good();
        film.frames[30..37].iter_mut().for_each(change);
        judge(&ASKED, &film)
    };
    assert_eq!(with(&|frame| frame.faces = 2), Err(Flaw::TwoFaces));
    assert_eq!(with(&|frame| frame.faces = 0), Err(Flaw::NoFace));
    assert_eq!(with(&|frame| frame.centre[0] += 200.0), Err(Flaw::Cut));
    assert_eq!(with(&|frame| frame.width = 70.0), Err(Flaw::Cut));
}

#[test]
fn another_person_in_the_middle_or_throughout_is_refused() {
    let mut swapped = good();
    swapped.frames[36].unlike = Some(0.9);
    assert_eq!(judge(&ASKED, &swapped), Err(Flaw::OtherFace));
    let other = Film { unlike: Some(0.8), ..good() };
    assert_eq!(judge(&ASKED, &other), Err(Flaw::OtherPerson));
    let mut unseen = good();
    unseen.frames[20..43].iter_mut().for_each(|frame| frame.unlike = None);
    assert_eq!(judge(&ASKED, &unseen), Err(Flaw::NoFace), "each third shows who it is");
    let first = Film { unlike: None, ..good() };
    assert_eq!(judge(&ASKED, &first), Ok(()), "who enrols is compared with nobody");
}

#[test]
fn slow_cameras_late_answers_and_made_up_times_are_refused() {
    let mut sparse = good();
    let mut place = 0;
    sparse.frames.retain(|_| {
        place += 1;
        place % 2 == 0
    });
    assert_eq!(judge(&ASKED, &sparse), Err(Flaw::Sparse));
    let late = Film { came_after_ms: ANSWER_MS + 1, ..good() };
    assert_eq!(judge(&ASKED, &late), Err(Flaw::Late));
    let early = Film { came_after_ms: 5_000, ..good() };
    assert_eq!(judge(&ASKED, &early), Err(Flaw::Late), "no frame is younger than the answer");
    let mut long = good();
    for frame in &mut long.frames {
        frame.at_ms *= 2;
    }
    assert_eq!(judge(&ASKED, &long), Err(Flaw::Late));
    let mut back = good();
    back.frames.swap(10, 11);
    assert_eq!(judge(&ASKED, &back), Err(Flaw::Late));
    assert_eq!(judge(&ASKED, &Film { frames: Vec::new(), ..good() }), Err(Flaw::Sparse));
    assert!(!Flaw::Late.counts() && Flaw::Order.counts());
}

#[test]
fn a_face_raises_only_what_a_checked_number_says() {
    let raised = Assurance::ALL.map(assurance_by_face);
    assert_eq!(
        raised,
        [Assurance::SelfAsserted, Assurance::FaceMatched, Assurance::FaceMatched, Assurance::SeenAtWindow]
    );
}
