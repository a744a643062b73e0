//! How long the machine's part takes: from a sent photo to its report, alone and with several citizens at once, and from an approval to the
//! receipt's PDF.
//!
//! `cargo run -p huizhi --example load -- URL PHOTO CITIZENS PHOTOS [LOGIN PASSWORD LOGIN PASSWORD]`: a running `huizhi serve`, a photo that
//! is fit or needs a reason, and two reviewers. `phone:PHOTO` enlarges the photo to the 12 megapixels and the grain of a phone's first. It
//! talks to the service as a browser without scripts does, and counts wall time.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{bail, ensure};
use huizhi_photo::make::encode::{self, Request};
use huizhi_photo::pixels::{Affine, Point};
use huizhi_photo::spec::FileFormat;
use huizhi_photo::{Limits, Portrait};

#[path = "../tests/e2e/client.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod client;

use client::Client;

/// A phone's photo, held upright, px.
const PHONE: (u32, u32) = (3000, 4000);
/// Quality that gives the 3 to 5 MB of a phone's file.
const PHONE_QUALITY: u8 = 90;
/// The grain of a phone in a room: a few levels of 255.
const GRAIN: i16 = 6;

/// The photo's bytes, enlarged where that is asked.
fn photo(named: &str) -> anyhow::Result<Vec<u8>> {
    let Some(path) = named.strip_prefix("phone:") else { return Ok(std::fs::read(named)?) };
    let portrait = Portrait::decode(&std::fs::read(path)?, &Limits::default())?;
    let (width, height) = (portrait.width() as f32, portrait.height() as f32);
    let scale = (width / PHONE.0 as f32).max(height / PHONE.1 as f32);
    let middle = Point::new(width / 2.0, height / 2.0);
    let region = Affine::region(middle, PHONE.0 as f32, PHONE.1 as f32, scale, 0.0);
    let mut large = portrait.sampled(&region, PHONE.0, PHONE.1);
    // Numerical Recipes' generator: the same grain each time.
    let mut state = 1_u32;
    for value in &mut large.data {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let grain = (state >> 16) as i16 % (2 * GRAIN + 1) - GRAIN;
        *value = (i16::from(*value) + grain).clamp(0, 255) as u8;
    }
    let request =
        Request { format: FileFormat::Jpeg, quality: Some(PHONE_QUALITY), kb_min: None, kb_max: None, dpi: 72 };
    let file = encode::encode(&large, &request)?.bytes;
    println!("photo: {} x {} px, {} bytes", PHONE.0, PHONE.1, file.len());
    Ok(file)
}

fn spread(name: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)].as_millis();
    println!("{name}: {} times, median {} ms, 95 of 100 within {} ms", times.len(), at(50), at(95));
}

/// Sends a photo and waits for its report; gives its path and the time.
fn timed(citizen: &mut Client, order: &str, photo: &[u8]) -> anyhow::Result<(String, Duration)> {
    let begun = Instant::now();
    Ok((citizen.report(order, photo)?, begun.elapsed()))
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [base, named, citizens, photos, staff @ ..] = &arguments[..] else {
        bail!("URL PHOTO CITIZENS PHOTOS [LOGIN PASSWORD LOGIN PASSWORD]");
    };
    let (citizens, photos): (usize, usize) = (citizens.parse()?, photos.parse()?);
    let photo = photo(named)?;
    // The service takes the same file twice for one photo, so each gets a few bytes behind its end, as phones write too.
    let own = |name: &str| [&photo[..], name.as_bytes()].concat();

    let mut alone = Vec::new();
    let mut citizen = Client::new(base);
    let order = citizen.begin()?;
    let mut last = String::new();
    for n in 0..photos {
        let (to, took) = timed(&mut citizen, &order, &own(&format!("alone {n} {order}")))?;
        alone.push(took);
        if n + 1 < photos {
            citizen.post(&format!("{to}/drop"), &[])?;
        }
        last = to;
    }
    spread("photo to report, one citizen", alone);

    let together = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..citizens)
            .map(|one| {
                let (together, own) = (&together, &own);
                scope.spawn(move || -> anyhow::Result<()> {
                    let mut citizen = Client::new(base);
                    let order = citizen.begin()?;
                    for n in 0..photos {
                        let (to, took) = timed(&mut citizen, &order, &own(&format!("{one} {n} {order}")))?;
                        together.lock().map_err(|_| anyhow::anyhow!("a citizen gave up"))?.push(took);
                        citizen.post(&format!("{to}/drop"), &[])?;
                    }
                    Ok(())
                })
            })
            .collect();
        all.into_iter().try_for_each(|it| it.join().map_err(|_| anyhow::anyhow!("a citizen gave up"))?)
    })?;
    spread(&format!("photo to report, {citizens} citizens at once"), together.into_inner()?);

    if staff.len() == 4 {
        approve(&mut citizen, base, &order, &last, staff)?;
    }
    Ok(())
}

/// Submits, has two reviewers approve, and waits for the receipt.
fn approve(citizen: &mut Client, base: &str, order: &str, photo: &str, staff: &[String]) -> anyhow::Result<()> {
    citizen.submit(order, photo)?;
    for pair in staff.chunks(2) {
        let mut desk = Client::staff(base, &pair[0], &pair[1])?;
        let case = desk.claim_soon()?;
        desk.post(&format!("{case}/accept"), &[])?;
    }
    // The ten seconds in which the second can be undone are no part of the machine's.
    std::thread::sleep(Duration::from_secs(10));
    let begun = Instant::now();
    while citizen.get(&format!("{order}/receipt/a4.pdf")).is_err() {
        ensure!(begun.elapsed() < Duration::from_secs(30), "no receipt after half a minute");
        std::thread::sleep(Duration::from_millis(20));
    }
    println!("end of the ten seconds to PDF: {} ms", begun.elapsed().as_millis());
    let mut times = Vec::new();
    for _ in 0..20 {
        let begun = Instant::now();
        citizen.get(&format!("{order}/receipt/a4.pdf"))?;
        times.push(begun.elapsed());
    }
    spread("receipt as A4 PDF", times);
    Ok(())
}
