//! `cargo xtask likeness PEOPLE OTHERS…`: how often two pictures of one person are taken for two, and of two for one.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context as _;
use huizhi_photo::likeness::{Likeness, NUMBERS, Network, Recogniser as _, SAME_PERSON};
use huizhi_photo::net::Rten;
use huizhi_photo::{Finder as _, Limits, Portrait};
use rayon::prelude::*;

use crate::portraits::{Folder, Labelled, models};

/// Distances that are tabled.
const THRESHOLDS: [f32; 8] = [0.90, 0.95, 1.00, 1.05, 1.08, 1.10, 1.15, 1.20];

/// What is added to each direction's variance before it is evened out: directions in which 376 portraits hardly differ are mostly chance.
/// Of 1e-4 to 2e-3 all do alike (docs/face.md).
const FLOOR: f64 = 1e-3;

/// Pictures whose mean stands for a person, where means are compared.
const TOGETHER: usize = 3;

/// Which pictures.
#[derive(clap::Args)]
pub struct Options {
    /// The first folder's pictures are labelled with their `person`; those of the others are only held against these, because
    /// nobody says who they are.
    #[command(flatten)]
    folder: Folder,
    /// Fits the spread of likenesses on the pictures of all folders, writes it, and compares nothing.
    #[arg(long)]
    fit: bool,
    /// How many of the worst pairs of each kind are named.
    #[arg(long, default_value_t = 5)]
    worst: usize,
}

/// One picture that shows a face.
struct Seen<'a> {
    picture: &'a Labelled,
    likeness: Likeness,
}

/// A pair's distance and its pictures.
type Pair<'a> = (f32, &'a str, &'a str);

/// Prints the numbers of pairs, the table by threshold, and the worst pairs.
pub fn run(root: &Path, options: &Options) -> anyhow::Result<()> {
    let pictures = options.folder.read()?;
    let models = models(root)?;
    let weights = fs::read(root.join("models/likeness_150.onnx")).context("models/likeness_150.onnx")?.leak();
    let path = root.join("models/likeness.f32");
    let spread = fs::read(&path).unwrap_or_else(|_| plain());
    let network = Network::open(&Rten::with_threads(1), weights, &spread)?;
    let seen: Vec<Option<Seen>> = pictures
        .par_iter()
        .map(|picture| {
            let portrait = Portrait::decode(&fs::read(&picture.path)?, &Limits::default())?;
            let Some(face) = models.find(&portrait)?.into_iter().next() else { return Ok(None) };
            let likeness =
                if options.fit { network.raw(&portrait, &face)? } else { network.likeness(&portrait, &face)? };
            Ok(Some(Seen { picture, likeness }))
        })
        .collect::<anyhow::Result<_>>()?;
    let seen: Vec<Seen> = seen.into_iter().flatten().collect();
    println!("{} pictures, a face in {}", pictures.len(), seen.len());
    if options.fit {
        let numbers: Vec<Vec<f64>> = seen.iter().map(|seen| numbers(&seen.likeness)).collect();
        fs::write(&path, fitted(&numbers)?)?;
        println!("{} written", path.display());
        return Ok(());
    }
    let (people, others): (Vec<&Seen>, Vec<&Seen>) = seen.iter().partition(|seen| seen.picture.folder == 0);
    let (mut same, mut different) = (Vec::new(), Vec::new());
    for (i, a) in people.iter().enumerate() {
        for b in &people[..i] {
            let kind = if person(a)? == person(b)? { &mut same } else { &mut different };
            kind.push(pair(a, b));
        }
    }
    let against: Vec<Pair> = people.iter().flat_map(|a| others.iter().map(|b| pair(a, b))).collect();
    for kind in [&mut same, &mut different] {
        kind.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    println!(
        "pairs: {} of one person, {} of two, {} with a picture of others",
        same.len(),
        different.len(),
        against.len()
    );
    println!("distance   not matched of one    matched of two       matched with others");
    for threshold in THRESHOLDS {
        let missed = same.iter().filter(|pair| pair.0 > threshold).count();
        let within = |pairs: &[Pair]| pairs.iter().filter(|pair| pair.0 <= threshold).count();
        println!(
            "{threshold:.2}{}     {:>18}  {:>18}  {:>18}",
            if (threshold - SAME_PERSON).abs() < 1e-6 { "*" } else { " " },
            share(missed, same.len()),
            share(within(&different), different.len()),
            share(within(&against), against.len())
        );
    }
    together(&people)?;
    let name = |what: &str, pairs: &mut dyn Iterator<Item = &Pair>| {
        for (distance, a, b) in pairs.take(options.worst) {
            println!("{what}: {distance:.3} {a} {b}");
        }
    };
    let mut against = against;
    against.sort_by(|a, b| a.0.total_cmp(&b.0));
    name("of one person, far apart", &mut same.iter().rev());
    name("of two, close", &mut different.iter());
    name("with others, close", &mut against.iter());
    Ok(())
}

/// The same for means of three pictures, as enrolment and sign-in make them: every person's pictures in the table's order, three by three.
fn together(people: &[&Seen]) -> anyhow::Result<()> {
    let mut of_person: BTreeMap<&str, Vec<Likeness>> = BTreeMap::new();
    for seen in people {
        of_person.entry(person(seen)?).or_default().push(seen.likeness.clone());
    }
    let means: Vec<(&str, Likeness)> = of_person
        .iter()
        .flat_map(|(who, all)| all.chunks_exact(TOGETHER).filter_map(|some| Some((*who, Likeness::mean(some)?))))
        .collect();
    let (mut same, mut different) = (Vec::new(), Vec::new());
    for (i, a) in means.iter().enumerate() {
        for b in &means[..i] {
            let kind = if a.0 == b.0 { &mut same } else { &mut different };
            kind.push(a.1.distance(&b.1));
        }
    }
    println!("means of {TOGETHER}: {} pairs of one person, {} of two", same.len(), different.len());
    for threshold in THRESHOLDS {
        let missed = same.iter().filter(|distance| **distance > threshold).count();
        let matched = different.iter().filter(|distance| **distance <= threshold).count();
        println!("{threshold:.2}      {:>18}  {:>18}", share(missed, same.len()), share(matched, different.len()));
    }
    Ok(())
}

/// A spread that changes nothing, for the first fit.
fn plain() -> Vec<u8> {
    let mut numbers = vec![0.0_f32; NUMBERS];
    numbers.extend((0..NUMBERS * NUMBERS).map(|i| if i % (NUMBERS + 1) == 0 { 1.0 } else { 0.0 }));
    numbers.iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn numbers(likeness: &Likeness) -> Vec<f64> {
    likeness.to_bytes().as_chunks::<4>().0.iter().map(|v| f64::from(f32::from_le_bytes(*v))).collect()
}

/// Mean, and the inverse of the lower triangle of the covariance (Cholesky), which makes every direction equally wide.
fn fitted(all: &[Vec<f64>]) -> anyhow::Result<Vec<u8>> {
    anyhow::ensure!(all.len() > NUMBERS, "{} faces are too few for {NUMBERS} directions", all.len());
    let count = all.len() as f64;
    let mean: Vec<f64> = (0..NUMBERS).map(|i| all.iter().map(|v| v[i]).sum::<f64>() / count).collect();
    let covariance = |i: usize, j: usize| {
        let sum: f64 = all.iter().map(|v| (v[i] - mean[i]) * (v[j] - mean[j])).sum();
        sum / (count - 1.0) + if i == j { FLOOR } else { 0.0 }
    };
    let mut lower = vec![vec![0.0; NUMBERS]; NUMBERS];
    for i in 0..NUMBERS {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| lower[i][k] * lower[j][k]).sum();
            let left = covariance(i, j) - known;
            lower[i][j] = if i == j { left.sqrt() } else { left / lower[j][j] };
        }
    }
    let mut inverse: Vec<Vec<f64>> = Vec::new();
    for (i, row) in lower.iter().enumerate() {
        let mut made = vec![0.0; NUMBERS];
        for (column, value) in made.iter_mut().enumerate().take(i + 1) {
            let known: f64 = inverse.iter().zip(row).map(|(above, weight)| above[column] * weight).sum();
            *value = (f64::from(u8::from(i == column)) - known) / row[i];
        }
        inverse.push(made);
    }
    let numbers = mean.iter().chain(inverse.iter().flatten());
    Ok(numbers.flat_map(|v| (*v as f32).to_le_bytes()).collect())
}

fn person<'a>(seen: &'a Seen) -> anyhow::Result<&'a str> {
    let label = seen.picture.labels.get("person");
    label.map(String::as_str).with_context(|| format!("{} has no label_person", seen.picture.file))
}

fn pair<'a>(a: &Seen<'a>, b: &Seen<'a>) -> Pair<'a> {
    (a.likeness.distance(&b.likeness), &a.picture.file, &b.picture.file)
}

fn share(some: usize, all: usize) -> String {
    format!("{some} ({:.2} %)", some as f64 * 100.0 / all.max(1) as f64)
}
