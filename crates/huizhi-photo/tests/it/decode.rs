//! Every kind of photo that a phone, a camera or a scanner makes is read as a viewer shows it.

use huizhi_photo::decode::{Format, Orientation, Origin};
use huizhi_photo::pixels::Rgb;
use huizhi_photo::{Limits, PhotoError, Portrait};
use png::{BitDepth, ColorType};

use crate::decode_files::*;

fn decoded(file: &[u8]) -> Portrait {
    Portrait::decode(file, &Limits::default()).unwrap()
}

fn refused(file: &[u8]) -> PhotoError {
    Portrait::decode(file, &Limits::default()).err().expect("accepted")
}

/// Mean absolute difference of samples.
fn difference(a: &Rgb, b: &Rgb) -> f64 {
    assert_eq!((a.width, a.height), (b.width, b.height));
    let sum: u64 = a.data.iter().zip(&b.data).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.data.len() as f64
}

/// The centres of the four quarters, top left first, row by row.
fn assert_quarters(picture: &Rgb, expected: [[u8; 3]; 4], tolerance: u8, what: &str) {
    let (w, h) = (picture.width, picture.height);
    let places = [(w / 4, h / 4), (3 * w / 4, h / 4), (w / 4, 3 * h / 4), (3 * w / 4, 3 * h / 4)];
    for ((x, y), colour) in places.into_iter().zip(expected) {
        let found = picture.at(x, y);
        let near = found.iter().zip(colour).all(|(a, b)| a.abs_diff(b) <= tolerance);
        assert!(near, "{what}: {found:?} instead of {colour:?} at {x}, {y}");
    }
}

const AS_DRAWN: [[u8; 3]; 4] = [TOP_LEFT, TOP_RIGHT, LOW_LEFT, LOW_RIGHT];

#[test]
fn jpeg_of_every_kind_is_read() {
    let picture = quarters(100, 70);
    for progressive in [false, true] {
        for subsampled in [false, true] {
            for restart_interval in [0, 1, 5] {
                let file = jpeg(&picture, &Jpeg { progressive, restart_interval, subsampled, ..Jpeg::default() });
                let portrait = decoded(&file);
                assert!(difference(portrait.working(), &picture) < 3.0);
                let traits = portrait.file.jpeg.unwrap();
                assert_eq!((traits.progressive, traits.chroma_subsampled), (progressive, subsampled));
                assert_eq!(portrait.file.format, Format::Jpeg);
            }
        }
    }
}

#[test]
fn a_gray_jpeg_becomes_rgb() {
    let picture = quarters(64, 48);
    let portrait = decoded(&gray_jpeg(&picture));
    let [r, g, b] = portrait.working().at(10, 10);
    assert!(r == g && g == b);
    assert!(r.abs_diff(picture.luma().at(10, 10)) <= 2);
}

#[test]
fn exif_orientations_set_the_picture_upright() {
    let stored = quarters(96, 64);
    let [a, b, c, d] = AS_DRAWN;
    // What stands where once the stored picture is upright (CIPA DC-008, tag 0x0112).
    let upright = [
        [a, b, c, d],
        [b, a, d, c],
        [d, c, b, a],
        [c, d, a, b],
        [a, c, b, d],
        [c, a, d, b],
        [d, b, c, a],
        [b, d, a, c],
    ];
    for (value, expected) in (1_u16..).zip(upright) {
        let exif = exif(&[(0x112, value)], &[]);
        let files = [
            ("JPEG", jpeg(&stored, &Jpeg { exif: exif.clone(), ..Jpeg::default() })),
            ("PNG", with_chunk(&png(&stored), *b"eXIf", &exif)),
            ("WebP", webp(&stored, &exif)),
        ];
        for (kind, file) in files {
            let portrait = decoded(&file);
            let sides = if value >= 5 { (64, 96) } else { (96, 64) };
            assert_eq!((portrait.width(), portrait.height()), sides, "{kind} {value}");
            assert_quarters(portrait.working(), expected, 6, &format!("{kind}, orientation {value}"));
            assert_eq!(portrait.file.orientation, Orientation::from_exif(value.into()));
        }
    }
}

#[test]
fn a_heic_is_turned_by_its_container_and_not_again_by_exif() {
    let [a, b, c, d] = AS_DRAWN;
    let files: [(&[u8], _); 4] = [
        (include_bytes!("fixtures/quadrants_turned_1.heic"), [a, b, c, d]),
        (include_bytes!("fixtures/quadrants_turned_3.heic"), [d, c, b, a]),
        (include_bytes!("fixtures/quadrants_turned_6.heic"), [c, a, d, b]),
        (include_bytes!("fixtures/quadrants_turned_8.heic"), [b, d, a, c]),
    ];
    for (file, expected) in files {
        let portrait = decoded(file);
        assert_quarters(portrait.working(), expected, 8, "HEIC");
        assert_eq!(portrait.file.orientation, Orientation::Upright);
        assert_eq!(portrait.file.origin, Origin::Camera);
    }
}

#[test]
fn a_heic_of_ten_bits_and_one_with_alpha_are_read() {
    assert_quarters(decoded(include_bytes!("fixtures/quadrants_10_bit.heic")).working(), AS_DRAWN, 8, "10 bit");
    let portrait = decoded(include_bytes!("fixtures/quadrants_alpha.heic"));
    assert!(portrait.file.had_alpha);
    let over_white = AS_DRAWN.map(|c| c.map(|v| ((u32::from(v) * 128 + 255 * 127) / 255) as u8));
    assert_quarters(portrait.working(), over_white, 8, "alpha");
}

#[test]
fn png_of_every_depth_is_read() {
    let depths = [(BitDepth::One, 1), (BitDepth::Two, 2), (BitDepth::Four, 4), (BitDepth::Eight, 8)];
    for (depth, bits) in depths {
        // All samples at their highest value.
        let samples = vec![0xFF; (32 * bits / 8) * 24];
        let gray = png_of(32, 24, ColorType::Grayscale, depth, &samples, |_| {});
        assert_eq!(decoded(&gray).working().at(5, 5), [255; 3], "{bits} bit gray");
        let palette = png_of(32, 24, ColorType::Indexed, depth, &vec![0; samples.len()], |encoder| {
            encoder.set_palette(vec![10, 20, 30, 0, 0, 0]);
        });
        assert_eq!(decoded(&palette).working().at(5, 5), [10, 20, 30], "{bits} bit palette");
    }
    let wide: Vec<u8> = [0x12, 0x34, 0x56, 0x78, 0x9A, 0xBC].repeat(32 * 24);
    let file = png_of(32, 24, ColorType::Rgb, BitDepth::Sixteen, &wide, |_| {});
    assert_eq!(decoded(&file).working().at(5, 5), [0x12, 0x56, 0x9A]);
}

#[test]
fn transparent_places_stand_over_white() {
    let half = [100, 100, 100, 128].repeat(32 * 24);
    let file = png_of(32, 24, ColorType::Rgba, BitDepth::Eight, &half, |_| {});
    let portrait = decoded(&file);
    assert_eq!(portrait.working().at(3, 3), [177; 3]);
    assert!(portrait.file.had_alpha);
    let gray = png_of(32, 24, ColorType::GrayscaleAlpha, BitDepth::Eight, &[0, 0].repeat(32 * 24), |_| {});
    assert_eq!(decoded(&gray).working().at(3, 3), [255; 3]);
    let palette = png_of(32, 24, ColorType::Indexed, BitDepth::Eight, &vec![0; 32 * 24], |encoder| {
        encoder.set_palette(vec![10, 20, 30]);
        encoder.set_trns(vec![0]);
    });
    assert_eq!(decoded(&palette).working().at(3, 3), [255; 3]);
    let lossy = decoded(include_bytes!("fixtures/quadrants_lossy_alpha.webp"));
    assert!(lossy.file.had_alpha);
}

#[test]
fn webp_lossy_and_lossless_are_read() {
    let picture = quarters(96, 64);
    assert!(decoded(&webp(&picture, &[])).working() == &picture);
    assert_quarters(decoded(include_bytes!("fixtures/quadrants_lossy.webp")).working(), AS_DRAWN, 16, "lossy");
}

#[test]
fn moving_pictures_are_refused_by_name() {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 32, 24);
    encoder.set_animated(2, 0).unwrap();
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&vec![0; 32 * 24]).unwrap();
    writer.write_image_data(&vec![9; 32 * 24]).unwrap();
    writer.finish().unwrap();
    assert_eq!(refused(&file).to_string(), "an animated PNG is not supported; send a JPEG, PNG, WebP or HEIC photo");
    let webp = refused(include_bytes!("fixtures/quadrants_animated.webp"));
    assert!(webp.to_string().starts_with("an animated WebP is not supported"), "{webp}");
}

#[test]
fn print_colours_and_twelve_bits_are_refused_by_name() {
    let cmyk = refused(include_bytes!("fixtures/quadrants_cmyk.jpg"));
    assert!(cmyk.to_string().contains("CMYK"), "{cmyk}");
    let mut wide = jpeg(&quarters(64, 48), &Jpeg::default());
    let frame = wide.windows(2).position(|w| w == [0xFF, 0xC0]).unwrap();
    wide[frame + 4] = 12;
    assert!(matches!(refused(&wide), PhotoError::Unsupported { .. }));
    assert!(refused(&wide).to_string().contains("12 bits"));
}

#[test]
fn display_p3_and_adobe_rgb_are_converted_and_srgb_is_not() {
    let red = Rgb::filled(64, 48, [234, 51, 35]);
    let file = |profile: &moxcms::ColorProfile| jpeg(&red, &Jpeg { icc: profile.encode().unwrap(), ..Jpeg::default() });
    // Display P3 (234, 51, 35) is the red of sRGB.
    let p3 = decoded(&file(&moxcms::ColorProfile::new_display_p3()));
    assert!(p3.file.profile_converted);
    let [r, g, b] = p3.working().at(9, 9);
    assert!(r >= 253 && g <= 6 && b <= 8, "{r} {g} {b}");
    assert!(decoded(&file(&moxcms::ColorProfile::new_adobe_rgb())).file.profile_converted);
    assert!(!decoded(&file(&moxcms::ColorProfile::new_srgb())).file.profile_converted);
    // A region at full resolution has the same colours.
    let region = p3.sampled(&huizhi_photo::pixels::Affine::IDENTITY, 8, 8);
    assert!(region.at(4, 4).iter().zip([r, g, b]).all(|(a, b)| a.abs_diff(b) <= 2));
}

#[test]
fn a_broken_or_foreign_profile_counts_as_srgb() {
    let picture = quarters(64, 48);
    let gray = moxcms::ColorProfile::new_gray_with_gamma(2.2).encode().unwrap();
    let mut broken = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    broken.truncate(140);
    for icc in [gray, broken, vec![0xFF; 500]] {
        let portrait = decoded(&jpeg(&picture, &Jpeg { icc, ..Jpeg::default() }));
        assert!(!portrait.file.profile_converted);
        assert!(difference(portrait.working(), &picture) < 3.0);
    }
}

#[test]
fn corrupt_exif_is_no_reason_to_refuse() {
    let picture = quarters(64, 48);
    let good = exif(&[(0x112, 6)], &[(0x131, "Snapseed")]);
    let mut random = Random(3);
    for _ in 0..300 {
        let mut exif = good.clone();
        for _ in 0..=random.below(6) {
            let at = random.below(exif.len());
            exif[at] = random.next() as u8;
        }
        exif.truncate(1 + random.below(good.len()));
        decoded(&jpeg(&picture, &Jpeg { exif, ..Jpeg::default() }));
    }
}

#[test]
fn exif_tells_software_and_whether_a_camera_is_named() {
    let picture = quarters(64, 48);
    let file = |exif: Vec<u8>| decoded(&jpeg(&picture, &Jpeg { exif, ..Jpeg::default() })).file;
    let phone = file(exif(&[(0x112, 1)], &[(0x10F, "Maker"), (0x110, "Model 9"), (0x131, "\u{1}Editor 3 ")]));
    assert_eq!((phone.origin, phone.software.as_deref()), (Origin::Camera, Some("Editor 3")));
    let editor = file(exif(&[(0x112, 1)], &[(0x131, "Editor 3")]));
    assert_eq!(editor.origin, Origin::Unnamed);
    assert_eq!(file(Vec::new()).origin, Origin::Unknown);
}

#[test]
fn what_phones_append_after_the_picture_is_left_alone() {
    let picture = quarters(96, 64);
    let alone = jpeg(&picture, &Jpeg { subsampled: true, ..Jpeg::default() });
    let second = jpeg(&busy(32, 32), &Jpeg::default());
    let tails: [&[u8]; 4] = [&second, b"\0\0\0\x18ftypmp42 a motion photo", &[0; 4096], &second[..50]];
    for tail in tails {
        let portrait = decoded(&[&alone, tail].concat());
        assert!(portrait.working() == decoded(&alone).working());
    }
}
