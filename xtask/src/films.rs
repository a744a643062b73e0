//! `cargo xtask films DIR`: how many of the 60 challenges of signing in by face a film answers that was made before.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use huizhi_domain::challenge::{Challenge, Film, Frame, Step, judge};
use huizhi_photo::likeness::{Later, Likeness, SAME_PERSON};
use huizhi_photo::net::Rten;
use huizhi_sandbox::{Answer, Desk, FilmRequest, Request};
use rayon::prelude::*;

use crate::portraits;

/// Time between frames, ms: nine a second, as the page films.
const STEP_MS: u32 = 111;

/// Where films lie.
#[derive(clap::Args)]
pub struct Options {
    /// A folder with a folder of JPEG frames for each film, nine a second, at most 64 of 64 KiB each.
    films: PathBuf,
}

/// Prints a line a film, and how often which rule refused.
pub fn run(root: &Path, options: &Options) -> anyhow::Result<()> {
    let read = |name: &str| -> anyhow::Result<&'static [u8]> { Ok(fs::read(root.join("models").join(name))?.leak()) };
    let (onnx, spread) = (read("likeness_150.onnx")?, read("likeness.f32")?);
    let mut folders: Vec<PathBuf> = fs::read_dir(&options.films)
        .with_context(|| format!("cannot read {}", options.films.display()))?
        .map(|entry| Ok(entry?.path()))
        .collect::<anyhow::Result<_>>()?;
    folders.retain(|path| path.is_dir());
    folders.sort();
    let measured: Vec<Vec<Frame>> = folders
        .par_iter()
        .map_init(
            || {
                let later = Later::new(Rten::with_threads(1), onnx, spread);
                portraits::models(root).and_then(|models| Ok(Desk::open(models.recognising(later))?))
            },
            |desk, folder| match desk {
                Ok(desk) => measure(desk, folder).with_context(|| folder.display().to_string()),
                Err(error) => anyhow::bail!("{error:#}"),
            },
        )
        .collect::<anyhow::Result<_>>()?;
    let (mut passed, mut refused) = (0, BTreeMap::<&str, usize>::new());
    for (folder, frames) in folders.iter().zip(measured) {
        let came_after_ms = i64::from(frames.last().map_or(0, |frame| frame.at_ms)) + 500;
        let film = Film { frames, came_after_ms, unlike: None, same_person: SAME_PERSON };
        let (mut answered, mut by) = (0, BTreeMap::<&str, usize>::new());
        for challenge in challenges() {
            match judge(&challenge, &film) {
                Ok(()) => answered += 1,
                Err(flaw) => *by.entry(flaw.word()).or_default() += 1,
            }
        }
        let why: Vec<String> = by.iter().map(|(word, count)| format!("{word} {count}")).collect();
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        println!("{name}: {} frames, answers {answered} of 60; {}", film.frames.len(), why.join(", "));
        passed += answered;
        for (word, count) in by {
            *refused.entry(word).or_default() += count;
        }
    }
    let asked = folders.len() * 60;
    println!("{} films × 60 challenges: {passed} of {asked} answered", folders.len());
    for (word, count) in refused {
        println!("refused by {word}: {count}");
    }
    Ok(())
}

/// All orders of three of the five steps.
fn challenges() -> Vec<Challenge> {
    let mut all = Vec::new();
    for a in Step::ALL {
        for b in Step::ALL {
            for c in Step::ALL {
                if a != b && b != c && a != c {
                    all.push(Challenge { steps: [a, b, c] });
                }
            }
        }
    }
    all
}

fn measure(desk: &Desk, folder: &Path) -> anyhow::Result<Vec<Frame>> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)?.map(|it| Ok(it?.path())).collect::<anyhow::Result<_>>()?;
    paths.sort();
    let files: Vec<Vec<u8>> = paths.iter().map(fs::read).collect::<Result<_, _>>()?;
    let request = FilmRequest::new(&files).context("too many frames, or too large ones")?;
    let Answer::Film(film) = desk.answer(&Request::Film(request)) else { anyhow::bail!("it could not be measured") };
    let likenesses: Vec<Option<Likeness>> =
        film.frames.iter().map(|seen| Likeness::from_bytes(seen.likeness.as_ref()?)).collect();
    let first = likenesses.iter().flatten().next();
    let frames = film.frames.iter().zip(&likenesses).zip(&files).zip(0..);
    let frames = frames.map(|(((seen, likeness), file), i)| {
        let unlike = likeness.as_ref().zip(first).map(|(likeness, first)| likeness.distance(first));
        Frame::of(i * STEP_MS, file, seen.faces, seen.motion.unwrap_or_default(), unlike)
    });
    Ok(frames.collect())
}
