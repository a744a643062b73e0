//! No file, however made, stops the engine, costs more than its limits or gets half a picture through.

use huizhi_photo::{Limits, PhotoError, Portrait};
use png::{BitDepth, ColorType};

use crate::decode_files::*;

fn refused(file: &[u8]) -> PhotoError {
    match Portrait::decode(file, &Limits::default()) {
        Ok(portrait) => panic!("accepted as {:?}", portrait.file),
        Err(error) => error,
    }
}

/// The kind of error and the words that its message must have.
fn assert_refused(file: &[u8], kind: &str, words: &[&str]) {
    let error = refused(file);
    let message = error.to_string();
    assert!(format!("{error:?}").starts_with(kind), "{error:?} instead of {kind}");
    for word in words {
        assert!(message.contains(word), "{message:?} does not say {word:?}");
    }
}

#[test]
fn a_file_cut_at_any_percent_is_refused() {
    for (kind, file) in one_of_each() {
        assert!(Portrait::decode(&file, &Limits::default()).is_ok(), "{kind}");
        let cuts = (0..100).map(|percent| file.len() * percent / 100).chain([file.len() - 2, file.len() - 1]);
        for cut in cuts {
            let found = Portrait::decode(&file[..cut], &Limits::default());
            assert!(found.is_err(), "{kind} cut at {cut} of {} bytes was accepted", file.len());
        }
    }
}

#[test]
fn a_larger_jpeg_cut_at_any_percent_is_refused_with_the_remedy() {
    for progressive in [false, true] {
        let file = jpeg(&busy(640, 480), &Jpeg { progressive, subsampled: true, ..Jpeg::default() });
        for percent in 1..100 {
            let cut = &file[..file.len() * percent / 100];
            assert_refused(cut, "Unreadable", &["JPEG", "cut short", &cut.len().to_string(), "send the whole file"]);
        }
    }
}

#[test]
fn an_end_marker_does_not_heal_a_cut_baseline_jpeg() {
    for restart_interval in [0, 7] {
        let file = jpeg(&busy(640, 480), &Jpeg { subsampled: true, restart_interval, ..Jpeg::default() });
        let start = file.windows(2).position(|w| w == [0xFF, 0xDA]).unwrap() + 14;
        let restarts: Vec<usize> =
            (start..file.len() - 1).filter(|&i| file[i] == 0xFF && (0xD0..0xD8).contains(&file[i + 1])).collect();
        let percents = (0..100).map(|percent| start + (file.len() - 2 - start) * percent / 100);
        for cut in percents.chain(restarts) {
            let healed = [&file[..cut], &[0xFF, 0xD9]].concat();
            assert!(Portrait::decode(&healed, &Limits::default()).is_err(), "cut at {cut} of {}", file.len());
        }
    }
}

#[test]
fn what_is_no_photo_is_refused_by_name() {
    assert_refused(b"", "Unreadable", &["empty"]);
    for byte in [0_u8, 0xFF, b'<'] {
        assert_refused(&[byte], "Unsupported", &["send a JPEG, PNG, WebP or HEIC"]);
    }
    let kinds: [(&[u8], &str); 14] = [
        (b"hello, this is text", "this kind of file"),
        (b"<!doctype html><script>alert(1)</script>", "this kind of file"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "this kind of file"),
        (b"PK\x03\x04 a zip", "ZIP"),
        (b"GIF89a\x01\x00\x01\x00", "GIF"),
        (b"BM\0\0\0\0", "BMP"),
        (b"%PDF-1.7", "PDF"),
        (b"II*\0\x08\0\0\0", "TIFF"),
        (b"\xFF\x0A\0\0", "JPEG XL"),
        (b"\0\0\0\x1cftypavif\0\0\0\0", "AVIF"),
        (b"\0\0\0\x1cftypmp42\0\0\0\0", "video"),
        (b"\0\0\0\x1cftypmsf1\0\0\0\0", "image sequence"),
        (b"\x7fELF\x02\x01\x01", "this kind of file"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "this kind of file"),
    ];
    for (file, word) in kinds {
        assert_refused(file, "Unsupported", &[word, "send a JPEG, PNG, WebP or HEIC"]);
    }
}

#[test]
fn a_polyglot_is_only_ever_its_picture() {
    let html = b"<html><script>alert(1)</script></html>";
    let picture = quarters(64, 48);
    let tail = [jpeg(&picture, &Jpeg::default()), html.to_vec(), b"PK\x03\x04".to_vec()].concat();
    assert!(Portrait::decode(&tail, &Limits::default()).is_ok());
    let head = [html.to_vec(), jpeg(&picture, &Jpeg::default())].concat();
    assert_refused(&head, "Unsupported", &[]);
    // A name or a declared type plays no part: a PNG in JPEG's clothes is a PNG.
    let comment = [&[0xFF, 0xD8, 0xFF, 0xFE, 0, 42][..], html, b"  ", &png(&picture)].concat();
    assert_refused(&comment, "Unreadable", &["JPEG"]);
}

#[test]
fn pixel_bombs_are_refused_by_their_header() {
    let mut header = b"\x89PNG\r\n\x1a\n".to_vec();
    header = with_chunk(&[&header[..], &[0; 25]].concat(), *b"IDAT", &[0; 8])[..8].to_vec();
    let ihdr = |w: u32, h: u32| [&w.to_be_bytes()[..], &h.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    let bomb = |w, h| {
        let empty = [&header[..], &[0; 25]].concat();
        let whole = with_chunk(&empty, *b"IHDR", &ihdr(w, h));
        [&header[..], &whole[33..]].concat()
    };
    assert_refused(&bomb(60_000, 60_000), "TooLarge", &["60000×60000 px", "10000 px", "send it smaller"]);
    assert_refused(&bomb(9_999, 9_999), "TooLarge", &["9999×9999 px", "64000000 px"]);
    assert_refused(&bomb(u32::MAX >> 1, 1), "TooLarge", &[]);
    assert_refused(&bomb(0, 0), "Unreadable", &[]);
    assert_refused(&bomb(8, 8), "Unreadable", &["8×8 px", "16 px"]);

    let mut jpeg = jpeg(&quarters(64, 48), &Jpeg::default());
    let frame = jpeg.windows(2).position(|w| w == [0xFF, 0xC0]).unwrap();
    jpeg[frame + 5..frame + 9].fill(0xFF);
    assert_refused(&jpeg, "TooLarge", &["65535×65535 px"]);
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0x1F, 0x40, 0x1F, 0x40]);
    // 8000 × 8000 px are allowed, the data for them are missing.
    assert_refused(&jpeg, "Unreadable", &["JPEG"]);
}

#[test]
fn a_progressive_jpeg_is_held_to_its_memory_and_its_scans() {
    let small = jpeg(&quarters(64, 48), &Jpeg { progressive: true, ..Jpeg::default() });
    let mut large = small.clone();
    let frame = large.windows(2).position(|w| w == [0xFF, 0xC2]).unwrap();
    large[frame + 5..frame + 9].copy_from_slice(&[0x1F, 0x40, 0x1F, 0x40]);
    assert_refused(&large, "TooLarge", &["memory", "576 MB", "400 MB"]);

    let scan = small.windows(2).rposition(|w| w == [0xFF, 0xDA]).unwrap();
    let end = small.len() - 2;
    let bomb = [&small[..end], &small[scan..end].repeat(1_000), &small[end..]].concat();
    assert_refused(&bomb, "TooLarge", &["number of JPEG scans", "the limit is 64", "ordinary JPEG"]);
}

#[test]
fn huge_chunks_and_zlib_bombs_cost_nothing() {
    let picture = quarters(64, 48);
    let mut long = png(&picture);
    let data = long.windows(4).position(|w| w == b"IDAT").unwrap();
    long[data - 4..data].copy_from_slice(&0x7FFF_FFFF_u32.to_be_bytes());
    assert_refused(&long, "Unreadable", &["PNG"]);

    // 64 MB of zeros in 64 kB: as text it is passed over, as a profile it is dropped.
    let mut deflated = Vec::new();
    let bomb = png_of(8_000, 8_000, ColorType::Grayscale, BitDepth::Eight, &vec![0; 64_000_000], |_| {});
    let idat = bomb.windows(4).position(|w| w == b"IDAT").unwrap();
    let length = u32::from_be_bytes(*bomb[idat - 4..].first_chunk().unwrap()) as usize;
    deflated.extend(&bomb[idat + 4..idat + 4 + length]);
    for name in [*b"zTXt", *b"iCCP"] {
        let data = [b"name\0\0", &deflated[..]].concat();
        let file = with_chunk(&png(&picture), name, &data);
        let portrait = Portrait::decode(&file, &Limits::default()).unwrap();
        assert!(portrait.working() == &picture && !portrait.file.profile_converted);
    }
}

#[test]
fn a_webp_canvas_that_lies_is_refused() {
    let inner = webp(&quarters(64, 48), &[]);
    let canvas = |w: u32, h: u32| {
        let mut vp8x = b"VP8X\x0a\0\0\0\0\0\0\0".to_vec();
        vp8x.extend(&(w - 1).to_le_bytes()[..3]);
        vp8x.extend(&(h - 1).to_le_bytes()[..3]);
        let body = [b"WEBP", &vp8x[..], &inner[12..]].concat();
        [b"RIFF", &(body.len() as u32).to_le_bytes()[..], &body].concat()
    };
    assert!(Portrait::decode(&canvas(64, 48), &Limits::default()).is_ok());
    assert_refused(&canvas(1 << 24, 1 << 20), "", &[]);
    assert_refused(&canvas(9_000, 100), "Unreadable", &["WebP"]);
    assert_refused(&canvas(16, 16), "Unreadable", &["WebP"]);
}

#[test]
fn a_heic_whose_headers_lie_is_refused() {
    let file = heic(&quarters(96, 64));
    let size = file.windows(4).position(|w| w == b"ispe").unwrap() + 8;
    let with_size = |w: u32, h: u32| {
        let mut lie = file.clone();
        lie[size..size + 4].copy_from_slice(&w.to_be_bytes());
        lie[size + 4..size + 8].copy_from_slice(&h.to_be_bytes());
        lie
    };
    assert_refused(&with_size(60_000, 60_000), "TooLarge", &["60000×60000 px"]);
    assert_refused(&with_size(u32::MAX, u32::MAX), "TooLarge", &[]);
    assert_refused(&with_size(8, 8), "Unreadable", &["8×8 px"]);

    // A meta box of a million items would be compared with each other.
    let mut meta = b"\0\0\0\0".to_vec();
    meta.extend((300_008_u32).to_be_bytes());
    meta.extend(b"iinf");
    meta.resize(meta.len() + 300_000, 0);
    let mut many = b"\0\0\0\x10ftypheic\0\0\0\0".to_vec();
    many.extend((meta.len() as u32 + 8).to_be_bytes());
    many.extend(b"meta");
    many.extend(meta);
    assert_refused(&many, "TooLarge", &["300000 bytes", "save the photo again as JPEG"]);
}

#[test]
fn a_heic_grid_of_one_tile_over_and_over_is_refused_before_the_work() {
    let tile = heic(&quarters(64, 64));
    let small = Portrait::decode(&heic_grid(&tile, (64, 64), 2, 1), &Limits::default()).unwrap();
    assert_eq!((small.width(), small.height()), (128, 64));
    // 32 × 32 tiles are an ordinary picture by their area, but read the same bytes a thousand times.
    assert_refused(&heic_grid(&tile, (64, 64), 32, 32), "TooLarge", &["work", "save the photo again as JPEG"]);
    assert_refused(&heic_grid(&tile, (64, 64), 200, 200), "TooLarge", &["12800×12800 px"]);
}

#[test]
fn a_file_over_the_byte_limit_is_refused_before_it_is_looked_at() {
    let limits = Limits::default();
    let file = vec![0xFF; limits.file_bytes + 1];
    assert_refused(&file, "TooLarge", &["15728641 bytes", "15728640 bytes"]);
}

#[test]
fn mutated_files_are_read_or_refused_in_words() {
    let mut random = Random(0x48_55_49_5A_48_49);
    let limits = Limits { pixels: 1_000_000, decode_bytes: 16_000_000, ..Limits::default() };
    let mut accepted = 0;
    for (kind, file) in one_of_each() {
        for _ in 0..250 {
            let mut mutant = file.clone();
            for _ in 0..=random.below(8) {
                let at = random.below(mutant.len());
                match random.below(5) {
                    0 => mutant[at] = random.next() as u8,
                    1 => mutant[at] ^= 1 << random.below(8),
                    2 => mutant[at] = [0, 0xFF, 0x7F, 0x80][random.below(4)],
                    3 => drop(mutant.drain(at..(at + random.below(16)).min(mutant.len()))),
                    _ => {
                        let part = mutant[at..(at + random.below(64)).min(mutant.len())].to_vec();
                        mutant.splice(at..at, part);
                    }
                }
                if mutant.is_empty() {
                    mutant.push(0);
                }
            }
            match Portrait::decode(&mutant, &limits) {
                Ok(portrait) => {
                    accepted += 1;
                    assert!(u64::from(portrait.width()) * u64::from(portrait.height()) <= limits.pixels, "{kind}");
                }
                Err(error) => assert!(error.to_string().len() > 20, "{kind}: {error}"),
            }
        }
    }
    // Some change what no reader looks at; most must be met with a no or a picture, none with a panic.
    assert!(accepted > 50, "{accepted}");
}
