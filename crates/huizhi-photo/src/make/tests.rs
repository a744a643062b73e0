use super::certificate::certify;
use super::{Edit, MakeOptions, make};
use crate::face::{Face, Finder, MESH_POINTS, Pose, landmark};
use crate::matte::{Matter, Silhouette};
use crate::pixels::{Gray, Point, Rect, Rgb};
use crate::spec::{Catalog, Spec};
use crate::{PhotoError, Portrait};

const WALL: [u8; 3] = [70, 120, 80];
const SKIN: [u8; 3] = [200, 160, 140];
const CLOTH: [u8; 3] = [40, 40, 70];

/// Sees a drawn person by colour: the head is a disc of skin.
struct Drawn;

impl Finder for Drawn {
    fn find(&self, portrait: &Portrait) -> Result<Vec<Face>, PhotoError> {
        let picture = portrait.working();
        let skin: Vec<Point> = points(picture).filter(|(_, c)| near(*c, SKIN)).map(|(p, _)| p).collect();
        let head = Rect::around(&skin);
        Ok(if skin.len() < 50 { Vec::new() } else { vec![face(head.centre(), head.width / 2.0)] })
    }
}

impl Matter for Drawn {
    fn matte(&self, picture: &Rgb) -> Result<Gray, PhotoError> {
        let data = points(picture).map(|(_, c)| if near(c, SKIN) || near(c, CLOTH) { 255 } else { 0 }).collect();
        Ok(Gray { width: picture.width, height: picture.height, data })
    }

    fn silhouette(&self, picture: &Rgb) -> Result<Silhouette, PhotoError> {
        Ok(Silhouette { mask: self.matte(&picture.resized(256, 256))?, features: Vec::new() })
    }
}

fn points(picture: &Rgb) -> impl Iterator<Item = (Point, [u8; 3])> + '_ {
    (0..picture.height).flat_map(move |y| {
        (0..picture.width).map(move |x| (Point::new(x as f32 + 0.5, y as f32 + 0.5), picture.at(x, y)))
    })
}

fn near(a: [u8; 3], b: [u8; 3]) -> bool {
    a.iter().zip(&b).all(|(x, y)| x.abs_diff(*y) < 40)
}

/// A face on a head of this radius: ear roots at the sides, the eyes a little above the middle.
fn face(centre: Point, radius: f32) -> Face {
    let at = |x: f32, y: f32| Point::new(centre.x + x * radius, centre.y + y * radius);
    let mut mesh = vec![at(0.0, 0.0); MESH_POINTS];
    mesh[landmark::RIGHT_TRAGION] = at(-0.95, 0.0);
    mesh[landmark::LEFT_TRAGION] = at(0.95, 0.0);
    mesh[landmark::RIGHT_EYE_OUTER] = at(-0.6, -0.05);
    mesh[landmark::RIGHT_EYE_INNER] = at(-0.2, -0.05);
    mesh[landmark::LEFT_EYE_INNER] = at(0.2, -0.05);
    mesh[landmark::LEFT_EYE_OUTER] = at(0.6, -0.05);
    mesh[landmark::CHIN] = at(0.0, 0.95);
    mesh[landmark::FOREHEAD] = at(0.0, -0.7);
    Face {
        bounds: Rect { x: centre.x - radius, y: centre.y - radius, width: 2.0 * radius, height: 2.0 * radius },
        mesh,
        depth: vec![0.0; MESH_POINTS],
        presence: 20.0,
        score: 1.0,
        blendshapes: vec![0.0; 52],
        features: Vec::new(),
        pose: Pose::default(),
    }
}

/// A head of 100 px radius on a body before a wall.
fn portrait(width: u32, height: u32, centre: Point) -> Portrait {
    let mut picture = Rgb::filled(width, height, WALL);
    for y in 0..height {
        for x in 0..width {
            let p = Point::new(x as f32 + 0.5, y as f32 + 0.5);
            if p.distance(centre) < 100.0 {
                picture.set(x, y, SKIN);
            } else if p.y > centre.y + 97.0 && (p.x - centre.x).abs() < 190.0 {
                picture.set(x, y, CLOTH);
            }
        }
    }
    Portrait::from_pixels(picture).unwrap()
}

fn document(id: &str) -> Spec {
    Catalog::built_in().unwrap().get(id).unwrap().clone()
}

fn made(portrait: &Portrait, id: &str, options: MakeOptions) -> Result<super::IdPhoto, PhotoError> {
    let face = Drawn.find(portrait)?.remove(0);
    make(portrait, &face, &document(id), (&Drawn, &Drawn), options)
}

#[test]
fn a_resident_card_photo_meets_every_rule_and_its_certificate_says_so() {
    let photo = made(&portrait(600, 700, Point::new(300.0, 300.0)), "cn-resident-id", MakeOptions::default()).unwrap();
    assert_eq!(photo.certificate.broken(), Vec::<&str>::new(), "{:?}", photo.certificate);
    assert!(photo.shortfalls.is_empty(), "{:?}", photo.shortfalls);
    assert_eq!((photo.picture.width, photo.picture.height), (358, 441));
    assert_eq!(photo.picture.at(2, 2), [255, 255, 255]);
    assert!(photo.edits.contains(&Edit::Background { rgb: [255, 255, 255] }));
    assert_eq!(photo.doubt, None);
}

#[test]
fn the_chosen_background_is_used_and_the_same_input_gives_the_same_file() {
    let portrait = portrait(600, 700, Point::new(300.0, 300.0));
    let blue = MakeOptions { background: Some([67, 142, 219]), ..MakeOptions::default() };
    let photo = made(&portrait, "cn-1in", blue).unwrap();
    assert_eq!(photo.picture.at(1, 1), [67, 142, 219]);
    assert_eq!(photo.encoded.bytes, made(&portrait, "cn-1in", blue).unwrap().encoded.bytes);
}

#[test]
fn background_is_drawn_beside_a_person_where_the_picture_ends() {
    // The wall ends 30 px beside the shoulders and 20 px above the head.
    let photo = made(&portrait(440, 520, Point::new(220.0, 120.0)), "cn-resident-id", MakeOptions::default()).unwrap();
    let top = photo.picture.at(179, 2);
    assert_eq!(top, [255, 255, 255]);
    assert!(photo.certificate.holds(), "{:?}", photo.certificate.broken());
}

#[test]
fn a_body_is_never_drawn() {
    // The picture ends at the chin.
    let photo = made(&portrait(600, 400, Point::new(300.0, 298.0)), "cn-resident-id", MakeOptions::default()).unwrap();
    assert!(photo.shortfalls.iter().any(|s| s.rule == "frame_bottom"), "{:?}", photo.shortfalls);
    assert!(photo.region.iter().all(|p| p.y <= 400.5), "{:?}", photo.region);
    assert!(!photo.certificate.holds());
}

#[test]
fn a_document_that_forbids_changes_keeps_its_own_background_or_is_refused() {
    let photo = made(&portrait(900, 1000, Point::new(450.0, 400.0)), "x-us-passport", MakeOptions::default()).unwrap();
    assert!(near(photo.picture.at(3, 3), WALL));
    assert!(
        !photo.edits.iter().any(|e| matches!(e, Edit::Background { .. } | Edit::Tone { .. } | Edit::Extended { .. }))
    );
    let narrow = made(&portrait(240, 900, Point::new(120.0, 300.0)), "x-us-passport", MakeOptions::default());
    let Err(PhotoError::NotMade(obstacle)) = narrow else { panic!("the picture is too narrow") };
    let why = obstacle.to_string();
    assert!(why.contains("x-us-passport") && why.contains("more room"), "{why}");
}

#[test]
fn a_file_without_a_face_gets_a_certificate_that_does_not_hold() {
    let spec = document("cn-resident-id");
    let empty = Rgb::filled(358, 441, [255; 3]);
    let file = super::encode_for(&empty, &spec, spec.size.as_ref().unwrap()).unwrap();
    let certificate = certify(&file.bytes, &spec, &Drawn, &Drawn).unwrap();
    assert!(certificate.broken().contains(&"one_face"));
}
