//! Files that are no photos, or more than photos, sent as a citizen sends a photo: each gets an answer that says what is wrong, and the service
//! stays.

use std::time::{Duration, Instant};

use crate::client::{Answer, Client};
use crate::server::Server;

const PORTRAITS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/portraits");
/// The largest file that is taken, bytes.
const MOST: usize = 15 * 1024 * 1024;

#[test]
fn hostile_files_are_answered_and_the_service_stays() {
    let server = Server::start();
    let mut citizen = Client::new(&server.url);
    let order = citizen.begin().unwrap();
    let mut opened = 0;
    for (name, file) in files() {
        let answer = citizen.send_photo(&order, &file).unwrap();
        opened += usize::from(is_answered(&mut citizen, &order, name, answer));
    }
    for (name, kind, body) in forms() {
        let answer = citizen.send_bytes(&format!("{order}/photos"), kind, &body).unwrap();
        is_answered(&mut citizen, &order, name, answer);
    }
    // Those that are photos as well, and a flat one without a face.
    assert!(opened >= 3, "{opened} files were opened");
    assert_eq!(citizen.ask("/health").unwrap().status, 200);
    let good = citizen.report(&order, &portrait("officer_cap_glasses.jpg")).unwrap();
    let preview = citizen.ask(&format!("{good}/preview")).unwrap();
    assert!(preview.body.starts_with(b"\xFF\xD8\xFF") || preview.body.starts_with(b"\x89PNG"));
}

#[test]
fn what_hides_in_a_photo_does_not_come_out_with_it() {
    let server = Server::start();
    let mut citizen = Client::new(&server.url);
    let order = citizen.begin().unwrap();
    let hidden = b"<script>alert(document.cookie)</script>";
    let photo = [&portrait("officer_cap_glasses.jpg")[..], hidden].concat();
    let to = citizen.report(&order, &photo).unwrap();
    for kind in ["preview", "id-photo"] {
        let picture = citizen.ask(&format!("{to}/{kind}")).unwrap();
        assert_eq!(picture.status, 200, "{kind}");
        assert!(!picture.body.windows(hidden.len()).any(|it| it == hidden), "{kind}");
        let header = |name: &str| picture.headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default();
        assert!(header("content-type").starts_with("image/"), "{kind}: {}", header("content-type"));
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert!(header("content-security-policy").contains("sandbox"), "{kind}");
    }
}

/// Holds an answer against what a citizen needs, and makes room for the next. Whether the file was opened.
fn is_answered(citizen: &mut Client, order: &str, name: &str, answer: Answer) -> bool {
    assert!(answer.status < 500, "{name}: {}", answer.status);
    let Some(to) = answer.to else {
        assert!((400..500).contains(&answer.status), "{name}: {}", answer.status);
        let page = String::from_utf8(answer.body).unwrap();
        let says = page.contains("id=\"photo-problem\"") || page.contains("<h1");
        assert!(says && !page.contains("upload-"), "{name}: {page}");
        return false;
    };
    let begun = Instant::now();
    let page = loop {
        let page = citizen.text(&to).unwrap();
        if !page.contains("class=\"verdict waiting\"") {
            break page;
        }
        assert!(begun.elapsed() < Duration::from_mins(2), "{name}: no answer after two minutes");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert!(page.contains("class=\"verdict "), "{name}: {page}");
    citizen.post(&format!("{to}/drop"), &[]).unwrap_or_else(|error| panic!("{name}: {to}: {error}"));
    assert!(to.starts_with(order), "{name}");
    !page.contains("class=\"verdict unreadable\"")
}

fn portrait(name: &str) -> Vec<u8> {
    std::fs::read(format!("{PORTRAITS}/{name}")).unwrap()
}

/// Numerical Recipes' generator: random enough to be nothing, and the same each time.
fn noise(seed: u32) -> impl Iterator<Item = u8> {
    std::iter::successors(Some(seed), |n| Some(n.wrapping_mul(1_664_525).wrapping_add(1_013_904_223)))
        .map(|n| (n >> 16) as u8)
}

fn files() -> Vec<(&'static str, Vec<u8>)> {
    let (jpeg, png) = (portrait("officer_cap_glasses.jpg"), portrait("cat.png"));
    let with = |head: &[u8], rest: usize| head.iter().copied().chain(noise(7).take(rest)).collect::<Vec<u8>>();
    let mut files = vec![
        ("nothing", Vec::new()),
        ("one byte", vec![0xFF]),
        ("noise", noise(1).take(50_000).collect()),
        ("zeros", vec![0; 100_000]),
        ("too long", with(&jpeg, MOST)),
        ("GIF", with(b"GIF89a", 500)),
        ("PDF", b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj".to_vec()),
        ("SVG", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec()),
        ("HTML", b"<!doctype html><script>alert(1)</script>".to_vec()),
        ("ZIP", with(b"PK\x03\x04", 500)),
        ("ELF", with(b"\x7FELF\x02\x01\x01", 500)),
        ("a start of a JPEG", vec![0xFF, 0xD8, 0xFF]),
        ("noise after a JPEG's start", with(b"\xFF\xD8\xFF\xE0\x00\x10JFIF\0", 20_000)),
        ("noise after a PNG's start", with(b"\x89PNG\r\n\x1a\n", 20_000)),
        ("noise after a HEIC's start", with(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", 20_000)),
        ("noise after a WebP's start", with(b"RIFF\xFF\xFF\xFF\x7FWEBPVP8L", 20_000)),
        ("an AVIF without pictures", b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf\0\0\0\x08meta".to_vec()),
        (
            "a WebP of 16 million px a side",
            with(b"RIFF\x20\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xFF\xFF\xFF\xFF\xFF\xFF", 0),
        ),
        ("a PNG of 60,000 px a side", png_of(60_000, b"")),
        ("a PNG whose data unpack for ever", png_of(8_000, &[0x78, 0xDA, 0xED, 0xC1, 0x01, 0x01, 0, 0, 0, 0x80, 0x90])),
        ("a PNG of 0 px", png_of(0, b"")),
        ("a JPEG that says 65,535 px a side", resized(&jpeg, 0xFFFF)),
        ("a JPEG that says 0 px a side", resized(&jpeg, 0)),
        ("a JPEG with metadata that point at themselves", with_segment(&jpeg, 0xE1, &looped_exif())),
        ("a JPEG with a broken colour profile", with_segment(&jpeg, 0xE2, b"ICC_PROFILE\0\x01\xFFnot a profile")),
        ("a JPEG with 8 MB of comments", commented(&jpeg, 128)),
        ("a JPEG that is a ZIP", [&jpeg[..], b"PK\x05\x06", &[0; 18]].concat()),
        ("a JPEG that is a page", [&jpeg[..], b"<script>alert(1)</script>"].concat()),
        ("a PNG that is a script", [&png[..], b"#!/bin/sh\nreboot\n"].concat()),
    ];
    for percent in [1, 20, 50, 80, 99] {
        files.push(("a JPEG that was cut", jpeg[..jpeg.len() * percent / 100].to_vec()));
        files.push(("a PNG that was cut", png[..png.len() * percent / 100].to_vec()));
    }
    for seed in 0..12 {
        let mut damaged = if seed % 2 == 0 { jpeg.clone() } else { png.clone() };
        let numbers: Vec<u8> = noise(seed).take(8 * (seed as usize + 1)).collect();
        for four in numbers.chunks_exact(4) {
            let at = u32::from_le_bytes([four[0], four[1], four[2], 0]) as usize % damaged.len();
            damaged[at] = four[3];
        }
        files.push(("a damaged photo", damaged));
    }
    files
}

/// Forms that are none, with their content types.
fn forms() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let part = |line: &str| format!("--e\r\nContent-Disposition: form-data; {line}\r\n\r\n").into_bytes();
    let jpeg = portrait("officer_cap_glasses.jpg");
    let whole = |line: &str| [&part(line)[..], &jpeg, b"\r\n--e--\r\n"].concat();
    let data = "multipart/form-data; boundary=e";
    vec![
        ("no edge", "multipart/form-data", whole("name=\"photo\"; filename=\"a\"")),
        ("another kind", "application/json", b"{}".to_vec()),
        ("another field", data, whole("name=\"face\"; filename=\"a\"")),
        ("a field without a name", data, whole("filename=\"a\"")),
        ("no end", data, [&part("name=\"photo\"; filename=\"a\"")[..], &jpeg].concat()),
        ("a name that climbs", data, whole("name=\"photo\"; filename=\"../../../../etc/passwd\"")),
        ("a name with a break", data, whole("name=\"photo\"; filename=\"a\\\"\r\nX-Header: 1\r\n\"")),
        ("a name of 10 KB", data, whole(&format!("name=\"photo\"; filename=\"{}\"", "a".repeat(10_000)))),
        ("a thousand parts", data, [part("name=\"x\"").repeat(1000), b"--e--\r\n".to_vec()].concat()),
        ("nothing", data, Vec::new()),
    ]
}

/// A PNG of so many px a side with these compressed data.
fn png_of(side: u32, data: &[u8]) -> Vec<u8> {
    let header = [&side.to_be_bytes()[..], &side.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, body) in [(b"IHDR", &header[..]), (b"IDAT", data), (b"IEND", b"")] {
        let chunk = [&kind[..], body].concat();
        file.extend((body.len() as u32).to_be_bytes());
        file.extend(&chunk);
        file.extend(checksum(&chunk).to_be_bytes());
    }
    file
}

/// CRC-32 as PNG has it (W3C PNG, annex D).
fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 * (crc & 1)))
    })
}

/// The JPEG with other sides in its frame header.
fn resized(jpeg: &[u8], side: u16) -> Vec<u8> {
    let mut file = jpeg.to_vec();
    let at = file.windows(2).position(|it| it == [0xFF, 0xC0]).unwrap();
    file[at + 5..at + 7].copy_from_slice(&side.to_be_bytes());
    file[at + 7..at + 9].copy_from_slice(&side.to_be_bytes());
    file
}

/// The JPEG with another segment behind its first marker.
fn with_segment(jpeg: &[u8], marker: u8, body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xFF, marker], &length, body, &jpeg[2..]].concat()
}

/// The JPEG with so many of the longest comments.
fn commented(jpeg: &[u8], count: usize) -> Vec<u8> {
    let comment = [&[0xFF, 0xFE, 0xFF, 0xFF][..], &vec![b'x'; 65_533]].concat();
    [&jpeg[..2], &comment.repeat(count), &jpeg[2..]].concat()
}

/// Metadata (TIFF 6.0) whose one directory is followed by itself, and whose entry says that it is as long as can be.
fn looped_exif() -> Vec<u8> {
    let entry = [0x01, 0x12, 0x00, 0x03, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 8];
    [&b"Exif\0\0MM\0\x2A\0\0\0\x08\0\x01"[..], &entry, &[0, 0, 0, 8]].concat()
}
