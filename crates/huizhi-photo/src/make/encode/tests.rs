use proptest::prelude::*;
use zune_core::bytestream::ZCursor;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::*;

/// A picture drawn by code: flat, gradient, a face-like blob, noise.
fn drawn(kind: u8, width: u32, height: u32, seed: u32) -> Rgb {
    let mut picture = Rgb::filled(width, height, [255, 255, 255]);
    let mut state = seed | 1;
    for y in 0..height {
        for x in 0..width {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            let dx = (x as f32 - width as f32 / 2.0) / (width as f32 * 0.3);
            let dy = (y as f32 - height as f32 / 2.0) / (height as f32 * 0.35);
            let noise = (state >> 24) as u8;
            let colour = match kind {
                0 => [67, 142, 219],
                1 => [(x * 255 / width) as u8, (y * 255 / height) as u8, 128],
                2 if dx * dx + dy * dy < 1.0 => {
                    let shade = 40.0 * (dx + 1.0) + f32::from(noise) / 32.0;
                    [(190.0 - shade) as u8, (150.0 - shade) as u8, (130.0 - shade) as u8]
                }
                2 => [255, 255, 255],
                _ => [noise, (state >> 16) as u8, (state >> 8) as u8],
            };
            picture.set(x, y, colour);
        }
    }
    picture
}

fn jpeg_request(kb_min: Option<f32>, kb_max: Option<f32>) -> Request {
    Request { format: FileFormat::Jpeg, quality: None, kb_min, kb_max, dpi: 350 }
}

/// Decodes strictly; gives columns, rows and RGB.
fn decoded(bytes: &[u8]) -> (usize, usize, Vec<u8>) {
    let mut decoder =
        JpegDecoder::new_with_options(ZCursor::new(bytes), DecoderOptions::default().set_strict_mode(true));
    let pixels = decoder.decode().unwrap();
    let (width, height) = decoder.dimensions().unwrap();
    (width, height, pixels)
}

/// Walks the segments as ITU-T T.81 has them and gives their markers up to the scan.
fn markers(bytes: &[u8]) -> Vec<u8> {
    let (mut at, mut found) = (2, Vec::new());
    while found.last() != Some(&0xDA) {
        assert_eq!(bytes[at], 0xFF, "no marker at byte {at}");
        found.push(bytes[at + 1]);
        at += 2 + usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
    }
    found
}

fn assert_is_plain_jfif(bytes: &[u8], width: u32, height: u32, dpi: u16) {
    let (w, h, _) = decoded(bytes);
    assert_eq!((w as u32, h as u32), (width, height));
    assert_eq!(&bytes[..11], b"\xFF\xD8\xFF\xE0\0\x10JFIF\0");
    assert_eq!(bytes[13], 1, "density unit is dots per inch");
    assert_eq!(&bytes[14..18], [dpi.to_be_bytes(), dpi.to_be_bytes()].concat());
    assert_eq!(&bytes[bytes.len() - 2..], [0xFF, 0xD9]);
    // In coded data every FF is followed by 00, so FFD9 stands at the end and nowhere else after the scan's start.
    let scan = segment(bytes, 0xDA).unwrap();
    assert_eq!(bytes[scan..].windows(2).position(|w| w == [0xFF, 0xD9]), Some(bytes.len() - scan - 2));
    let found = markers(bytes);
    assert!(!found.contains(&0xE1), "no EXIF");
    assert!(found.contains(&0xC0), "baseline");
    assert_eq!(found.iter().position(|&m| m == 0xDA), Some(found.len() - 1));
}

#[test]
fn a_quality_that_the_document_names_is_kept_and_a_size_outside_its_band_is_noted() {
    let picture = drawn(2, 358, 441, 7);
    let asked = Request { quality: Some(70), kb_min: Some(14.0), kb_max: Some(40.0), ..jpeg_request(None, None) };
    let encoded = encode(&picture, &asked).unwrap();
    assert_eq!(encoded.quality, Some(70));
    let size = encoded.bytes.len();
    let inside = (14 * 1024..=40 * 1024).contains(&size);
    assert_eq!(encoded.notes.is_empty(), inside, "{size} bytes: {:?}", encoded.notes);

    let narrow = Request { kb_min: Some(100.0), kb_max: Some(200.0), ..asked };
    let note = Note::OutsideBand { found: size, min: 100 * 1024, max: 200 * 1024 };
    assert_eq!(encode(&picture, &narrow).unwrap().notes, [note]);
}

#[test]
fn without_a_band_the_quality_is_the_best_that_is_chosen_unasked() {
    let encoded = encode(&drawn(2, 358, 441, 7), &jpeg_request(None, None)).unwrap();
    assert_eq!(encoded.quality, Some(BEST_QUALITY));
    assert!(encoded.notes.is_empty());
    assert_is_plain_jfif(&encoded.bytes, 358, 441, 350);
}

#[test]
fn colour_is_stored_at_full_resolution_and_components_are_numbered_as_jfif_says() {
    let encoded = encode(&drawn(1, 100, 60, 1), &jpeg_request(None, Some(8.0))).unwrap();
    let frame = segment(&encoded.bytes, 0xC0).unwrap();
    assert_eq!(&encoded.bytes[frame + 9..frame + 19], [3, 1, 0x11, 0, 2, 0x11, 1, 3, 0x11, 1]);
    let scan = segment(&encoded.bytes, 0xDA).unwrap();
    assert_eq!(&encoded.bytes[scan + 4..scan + 11], [3, 1, 0x00, 2, 0x11, 3, 0x11]);
}

#[test]
fn the_quality_found_is_the_highest_that_fits() {
    let picture = drawn(2, 358, 441, 3);
    let limit = 20 * 1024;
    let encoded = encode(&picture, &jpeg_request(None, Some(20.0))).unwrap();
    let quality = encoded.quality.unwrap();
    assert!(quality < BEST_QUALITY && encoded.bytes.len() <= limit);
    assert!(jpeg(&picture, quality + 1, 350, SamplingFactor::R_4_4_4).unwrap().len() > limit);
}

#[test]
fn a_flat_picture_is_padded_before_the_scan_and_its_pixels_stay() {
    let picture = drawn(0, 358, 441, 1);
    for kb in [20.0, 63.9, 64.0, 64.1, 200.0] {
        let encoded = encode(&picture, &jpeg_request(Some(kb), None)).unwrap();
        assert_eq!(encoded.bytes.len(), (f64::from(kb) * 1024.0).ceil() as usize, "as little as needed");
        assert_eq!(encoded.quality, Some(100));
        assert!(matches!(encoded.notes[..], [Note::Padded { .. }]));
        assert_is_plain_jfif(&encoded.bytes, 358, 441, 350);
        let plain = jpeg(&picture, 100, 350, SamplingFactor::R_4_4_4).unwrap();
        assert_eq!(decoded(&encoded.bytes), decoded(&plain));
    }
}

#[test]
fn every_length_of_padding_gives_whole_segments() {
    let plain = jpeg(&drawn(0, 16, 16, 1), 90, 300, SamplingFactor::R_4_4_4).unwrap();
    for added in (4..40).chain(LONGEST_COMMENT - 8..LONGEST_COMMENT + 8).chain([2 * LONGEST_COMMENT + 1]) {
        let longer = padded(&plain, added).unwrap();
        assert_eq!(longer.len(), plain.len() + added);
        assert_eq!(decoded(&longer).0, 16);
        assert!(markers(&longer).contains(&0xFE));
    }
}

#[test]
fn noise_in_a_tight_band_takes_half_the_colour_resolution_as_the_last_step() {
    let picture = drawn(3, 200, 200, 5);
    let full = jpeg(&picture, WORST_QUALITY, 350, SamplingFactor::R_4_4_4).unwrap().len();
    let kb = (full - 1) as f32 / 1024.0;
    let encoded = encode(&picture, &jpeg_request(None, Some(kb))).unwrap();
    assert_eq!(encoded.notes, [Note::Subsampled]);
    assert_is_plain_jfif(&encoded.bytes, 200, 200, 350);
}

#[test]
fn a_limit_that_cannot_be_met_is_an_error_with_the_size_reached_and_the_limit() {
    let picture = drawn(3, 358, 441, 5);
    let message = encode(&picture, &jpeg_request(None, Some(10.0))).unwrap_err().to_string();
    let reached = jpeg(&picture, WORST_QUALITY, 350, SamplingFactor::R_4_2_0).unwrap().len();
    assert!(message.contains(&format!("{reached} bytes")) && message.contains("10240 bytes"), "{message}");
}

#[test]
fn requests_that_contradict_themselves_are_refused_by_value() {
    let picture = drawn(0, 16, 16, 1);
    let bad = [
        (Request { dpi: 0, ..jpeg_request(None, None) }, "0 dpi"),
        (Request { quality: Some(101), ..jpeg_request(None, None) }, "101"),
        (Request { quality: Some(0), ..jpeg_request(None, None) }, "quality 0"),
        (jpeg_request(Some(30.0), Some(20.0)), "30720"),
        (jpeg_request(Some(-1.0), None), "-1"),
        (jpeg_request(None, Some(f32::NAN)), "NaN"),
    ];
    for (request, value) in bad {
        let message = encode(&picture, &request).unwrap_err().to_string();
        assert!(message.contains(value), "{message} should name {value}");
    }
    let broken = Rgb { width: 4, height: 4, data: vec![0; 5] };
    assert!(encode(&broken, &jpeg_request(None, None)).is_err());
    assert!(encode(&Rgb::filled(65_536, 1, [0; 3]), &jpeg_request(None, None)).is_err());
}

#[test]
fn png_keeps_every_pixel_and_its_density_and_is_padded_to_the_byte() {
    let picture = drawn(2, 120, 150, 9);
    let request = Request { format: FileFormat::Png, kb_min: Some(100.0), ..jpeg_request(None, None) };
    let encoded = encode(&picture, &request).unwrap();
    assert_eq!(encoded.bytes.len(), 100 * 1024);
    assert_eq!(encoded.quality, None);
    let mut reader = png::Decoder::new(std::io::Cursor::new(&encoded.bytes)).read_info().unwrap();
    let dims = reader.info().pixel_dims.unwrap();
    // 350 / 0.0254 = 13,779.5 px per metre.
    assert_eq!((dims.xppu, dims.yppu, dims.unit), (13_780, 13_780, png::Unit::Meter));
    let mut data = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut data).unwrap();
    reader.finish().unwrap();
    assert_eq!(data, picture.data);

    let limited = Request { kb_min: None, kb_max: Some(1.0), ..request };
    assert!(encode(&picture, &limited).unwrap_err().to_string().contains("1024 bytes"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_band_is_met_inside_a_valid_file_or_the_error_names_the_limit(
        kind in 0_u8..4, seed in any::<u32>(), width in 16_u32..220, height in 16_u32..220,
        min in 0_u32..60_000, room in 0_u32..30_000, bounded in any::<bool>(), dpi in 1_u16..1200,
    ) {
        let picture = drawn(kind, width, height, seed);
        let max = min + room;
        let kb = |bytes: u32| Some(bytes as f32 / 1024.0);
        let request = Request { dpi, ..jpeg_request(kb(min), if bounded { kb(max) } else { None }) };
        match encode(&picture, &request) {
            Ok(encoded) => {
                prop_assert!(encoded.bytes.len() >= min as usize);
                prop_assert!(!bounded || encoded.bytes.len() <= max as usize);
                assert_is_plain_jfif(&encoded.bytes, width, height, dpi);
            }
            Err(e) => {
                prop_assert!(bounded, "without an upper limit every band can be met: {e}");
                prop_assert!(e.to_string().contains(&format!("{max} bytes")), "{e}");
            }
        }
    }
}
