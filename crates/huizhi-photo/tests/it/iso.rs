//! ISO/IEC 29794-5: mappings against the reference implementation's own table, measures against a separate
//! implementation on pictures drawn by formula. `iso/SOURCE.md` names the sources of the data.

use std::collections::BTreeMap;

use huizhi_photo::face::Pose;
use huizhi_photo::iso::{Alignment, Component, Inputs, PARSED_PX, measure, scalar};
use huizhi_photo::pixels::{Gray, Point, Rect, Rgb};

const EXPECTED: &str = include_str!("iso/bsi_expected_results.csv");
const DRAWN: &str = include_str!("iso/drawn.toml");

#[test]
fn every_scalar_of_the_reference_table_comes_out_the_same() {
    let mut lines = EXPECTED.lines();
    let head: Vec<&str> = lines.next().unwrap().split(';').collect();
    let mut same = 0;
    for line in lines {
        let values: Vec<&str> = line.split(';').collect();
        for component in Component::ALL {
            let column = |name: String| head.iter().position(|h| *h == name).unwrap();
            let raw: f64 = values[column(component.to_string())].parse().unwrap();
            let expected: u8 = values[column(format!("{component}.scalar"))].parse().unwrap();
            assert_eq!(scalar(component, raw), expected, "{component} of {}, raw {raw}", values[0]);
            same += 1;
        }
    }
    assert_eq!(same, 784);
}

#[test]
fn drawn_faces_measure_as_in_a_separate_implementation() {
    let drawn: Drawn = toml::from_str(DRAWN).unwrap();
    assert_eq!(drawn.face.len(), 3);
    for face in drawn.face {
        let picture = face.draw();
        let landmarks: Vec<Point> =
            face.landmarks.iter().map(|&[x, y]| Point::new(x as f32 + 0.5, y as f32 + 0.5)).collect();
        let landmarks: [Point; 98] = landmarks.try_into().unwrap();
        let boxes: Vec<Rect> = face.boxes.iter().map(|&[x, y, width, height]| Rect { x, y, width, height }).collect();
        let [pitch, yaw, roll] = face.pitch_yaw_roll;
        let found = measure(&Inputs {
            picture: &picture,
            landmarks: &landmarks,
            faces: &boxes,
            background: Some(&wall()),
            pose: Pose { yaw, pitch, roll },
            alignment: Alignment::fit(&landmarks).unwrap(),
        });
        let found: BTreeMap<Component, f64> = found.iter().map(|score| (score.component, score.raw)).collect();
        assert_eq!(found.len(), face.raw.len(), "{}: {found:?}", face.name);
        for (component, expected) in face.raw {
            // A pixel on the face's rim may fall the other way; that moves no raw value by more.
            let near = (found[&component] - expected).abs() <= 1e-4 * expected.abs().max(1.0);
            assert!(near, "{}: {component} is {}, not {expected}", face.name, found[&component]);
        }
    }
}

#[test]
fn a_picture_without_a_usable_face_leaves_components_out() {
    use Component::{HeadPosePitch, HeadPoseRoll, HeadPoseYaw, HeadSize, InterEyeDistance};
    let picture = Rgb::filled(64, 64, [120, 100, 90]);
    let landmarks = [Point::new(5_000.0, 5_000.0); 98];
    let alignment = Alignment::from_rows([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    let scores = measure(&Inputs {
        picture: &picture,
        landmarks: &landmarks,
        faces: &[],
        background: None,
        pose: Pose::default(),
        alignment,
    });
    // Eyes in one place are 0 px apart and 0 of the height: values, if bad ones. Nothing is left that divides by
    // the face's size or looks at its pixels.
    let left: Vec<Component> = scores.iter().map(|score| score.component).collect();
    assert_eq!(left, [InterEyeDistance, HeadSize, HeadPoseYaw, HeadPosePitch, HeadPoseRoll]);
}

#[derive(serde::Deserialize)]
struct Drawn {
    face: Vec<DrawnFace>,
}

#[derive(serde::Deserialize)]
struct DrawnFace {
    name: String,
    w: u32,
    h: u32,
    cx: i64,
    cy: i64,
    rx: i64,
    ry: i64,
    dim: i64,
    pitch_yaw_roll: [f32; 3],
    boxes: Vec<[f32; 4]>,
    landmarks: Vec<[i32; 2]>,
    raw: BTreeMap<Component, f64>,
}

impl DrawnFace {
    /// An ellipse of skin before a wall, darker towards the right, with grain.
    fn draw(&self) -> Rgb {
        let mut picture = Rgb::filled(self.w, self.h, [0; 3]);
        for row in 0..self.h {
            for column in 0..self.w {
                let (x, y) = (i64::from(column), i64::from(row));
                let across = (x - self.cx) * self.ry;
                let down = (y - self.cy) * self.rx;
                let inside = across * across + down * down <= self.rx * self.ry * self.rx * self.ry;
                let grain = ((((x * 73) ^ (y * 151)) * 2_654_435_761) & 0xFFFF_FFFF) >> 28;
                let light = 255 - self.dim * x / i64::from(self.w);
                let colour: [i64; 3] = if inside { [210, 160, 130] } else { [90, 120, 150] };
                picture.set(column, row, colour.map(|c| (c * light / 255 + grain).clamp(0, 255) as u8));
            }
        }
        picture
    }
}

/// Background everywhere but in a disc for the head, and not beside the shoulders.
fn wall() -> Gray {
    let mut wall = Gray::filled(PARSED_PX, PARSED_PX, 0);
    for (at, value) in wall.data.iter_mut().enumerate() {
        let (x, y) = (at as i32 % PARSED_PX as i32, at as i32 / PARSED_PX as i32);
        *value = u8::from((x - 200) * (x - 200) + (y - 180) * (y - 180) > 130 * 130 && y < 300);
    }
    wall
}
