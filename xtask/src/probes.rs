//! `cargo xtask probes DIR…`: fits the linear probes of `models/probes/` on labelled portraits.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use huizhi_photo::Portrait;
use huizhi_photo::analysis::{Analysis, examine};
use huizhi_photo::check::{self, Evidence, Rule};
use huizhi_photo::models::Models;
use huizhi_photo::pixels::Affine;
use huizhi_photo::probe::{self, Probe};
use rayon::prelude::*;

use crate::portraits::{self, Folder, Labelled};

/// What to fit on.
#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    folder: Folder,
}

/// Weight of the penalty against the mean of the squared features. Of 0.1, 0.3, 1 and 3 it gave the best mean AUC out of
/// fold (docs/evaluation.md).
const PENALTY: f64 = 1.0;

/// Probes that read the mesh network alone: what it sees of the face tells more, out of fold, than both networks together.
const FACE_ONLY: &[&str] = &["brows-covered", "eyes-closed", "fringe", "mouth-open", "earring", "glasses"];

/// Samples that must say yes, mirror images counted; a probe with fewer keeps the weights it has, which an earlier set gave.
const LEAST: usize = 10;

/// Parts that the portraits are cut into for cross-validation.
const FOLDS: usize = 10;

/// What the networks see of a portrait and of its mirror image; both are fitted on, so that no side is preferred.
pub type Seen = [Option<Vec<f32>>; 2];

/// Fits one probe for every check that reads a `seen.…` measure and says which labels are yes and no.
pub fn run(root: &Path, options: &Options) -> anyhow::Result<()> {
    let pictures = options.folder.read()?;
    let models = portraits::models(root)?;
    let seen: Vec<Seen> =
        portraits::examine_all(&models, &[], &pictures, |_, analysis| self::seen(&models, &analysis))?;
    let table = Table::new(&seen);
    fs::create_dir_all(root.join("models/probes"))?;
    for rule in check::built_in()? {
        let Some((name, evidence)) = asked(&rule) else { continue };
        let samples = table.samples(&pictures, |p| says(evidence, p));
        let yes = samples.iter().filter(|s| s.1).count();
        if yes < LEAST {
            println!("{name}: only {yes} yes; left as it is");
            continue;
        }
        let fitted = table.probe(name, &samples)?;
        fs::write(root.join("models/probes").join(format!("{name}.f32")), fitted.to_bytes())?;
        println!("{name}: {yes} yes, {} no (each portrait twice)", samples.len() - yes);
    }
    Ok(())
}

/// What a probe needs of a portrait.
pub fn seen(models: &Models, analysis: &Analysis) -> Seen {
    let mirrored = mirrored(&analysis.portrait).and_then(|m| examine(m, models, models, &[]).ok());
    [features(analysis), mirrored.as_ref().and_then(features)]
}

/// Every probe's answer for every portrait, from probes that were fitted without any portrait of its repository.
pub fn cross_validated(rules: &[Rule], pictures: &[Labelled], seen: &[Seen]) -> Vec<BTreeMap<String, f32>> {
    let table = Table::new(seen);
    let folds = folds(pictures);
    let mut answers = vec![BTreeMap::new(); pictures.len()];
    for (name, evidence) in rules.iter().filter_map(asked) {
        let all = table.samples(pictures, |p| says(evidence, p));
        if all.iter().filter(|s| s.1).count() < LEAST {
            continue;
        }
        let parts: Vec<Vec<(usize, f64)>> = (0..FOLDS)
            .into_par_iter()
            .map(|fold| {
                let samples: Vec<(usize, bool)> = all.iter().copied().filter(|s| folds[s.0 / 2] != fold).collect();
                let duals = table.duals(name, &samples);
                (0..pictures.len())
                    .filter(|&i| folds[i] == fold && seen[i][0].is_some())
                    .map(|i| (i, duals.iter().map(|&(j, dual)| dual * (table.product(name, 2 * i, j) + 1.0)).sum()))
                    .collect()
            })
            .collect();
        for (i, answer) in parts.into_iter().flatten() {
            answers[i].insert(format!("seen.{name}"), answer as f32);
        }
    }
    answers
}

/// Each portrait's part: whole repositories, the largest first, each to the emptiest part.
fn folds(pictures: &[Labelled]) -> Vec<usize> {
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    for picture in pictures {
        *sizes.entry(&picture.source).or_default() += 1;
    }
    let mut sources: Vec<(&str, usize)> = sizes.into_iter().collect();
    sources.sort_by_key(|s| std::cmp::Reverse(s.1));
    let mut loads = [0; FOLDS];
    let mut fold_of = BTreeMap::new();
    for (source, size) in sources {
        let emptiest = (0..FOLDS).min_by_key(|&f| loads[f]).unwrap_or_default();
        loads[emptiest] += size;
        fold_of.insert(source, emptiest);
    }
    pictures.iter().map(|p| fold_of.get(p.source.as_str()).copied().unwrap_or_default()).collect()
}

/// The probe a rule asks, and the labels that answer it.
fn asked(rule: &Rule) -> Option<(&str, &Evidence)> {
    Some((rule.probe()?, rule.evidence.as_ref()?))
}

fn features(analysis: &Analysis) -> Option<Vec<f32>> {
    probe::features(analysis.faces.first()?, analysis.chip.as_ref()?)
}

/// The photo as in a mirror, at most 2,048 px long.
fn mirrored(portrait: &Portrait) -> Option<Portrait> {
    let (w, h) = (portrait.width(), portrait.height());
    let scale = (w.max(h) as f32 / 2048.0).max(1.0);
    let size = |v: u32| (v as f32 / scale) as u32;
    let map = Affine { m: [-scale, 0.0, w as f32, 0.0, scale, 0.0] };
    Portrait::from_pixels(portrait.sampled(&map, size(w), size(h))).ok()
}

/// What a picture's label answers; `None` where it is neither yes nor no.
pub fn says(evidence: &Evidence, picture: &Labelled) -> Option<bool> {
    let label = picture.labels.get(&evidence.label)?;
    if evidence.positive.contains(label) {
        Some(true)
    } else if evidence.negative.is_empty() || evidence.negative.contains(label) {
        Some(false)
    } else {
        None
    }
}

/// All portraits' features, standardised, and their products with each other. Sample 2 i is portrait i, 2 i + 1 its mirror
/// image.
struct Table {
    mean: Vec<f64>,
    scale: Vec<f64>,
    rows: Vec<Option<Vec<f32>>>,
    /// Mean product of two samples' features over the mesh network's part.
    face: Vec<Vec<f64>>,
    /// The same over both networks.
    both: Vec<Vec<f64>>,
}

impl Table {
    fn new(seen: &[Seen]) -> Self {
        let raw: Vec<Option<&Vec<f32>>> = seen.iter().flatten().map(Option::as_ref).collect();
        let known = raw.iter().flatten().count().max(1) as f64;
        let mut mean = vec![0.0_f64; probe::FEATURES];
        let mut scale = vec![0.0_f64; probe::FEATURES];
        for features in raw.iter().flatten() {
            for (sum, value) in mean.iter_mut().zip(features.iter()) {
                *sum += f64::from(*value) / known;
            }
        }
        for features in raw.iter().flatten() {
            for ((sum, mean), value) in scale.iter_mut().zip(&mean).zip(features.iter()) {
                *sum += (f64::from(*value) - mean).powi(2) / known;
            }
        }
        for value in &mut scale {
            *value = 1.0 / (value.sqrt() + 1e-3);
        }
        let rows: Vec<Option<Vec<f32>>> = raw
            .par_iter()
            .map(|f| {
                let f = (*f)?;
                Some(f.iter().zip(&mean).zip(&scale).map(|((v, m), s)| ((f64::from(*v) - m) * s) as f32).collect())
            })
            .collect();
        let products = |from: usize, to: usize| -> Vec<Vec<f64>> {
            let one = |a: &Option<Vec<f32>>, b: &Option<Vec<f32>>| match (a, b) {
                (Some(a), Some(b)) => dot(&a[from..to], &b[from..to]) / (to - from) as f64,
                _ => 0.0,
            };
            rows.par_iter().enumerate().map(|(i, a)| rows[..=i].iter().map(|b| one(a, b)).collect()).collect()
        };
        let face = products(0, probe::FACE_FEATURES);
        let both = products(0, probe::FEATURES);
        Self { mean, scale, rows, face, both }
    }

    /// The samples with features whose label is yes or no.
    fn samples(&self, pictures: &[Labelled], says: impl Fn(&Labelled) -> Option<bool>) -> Vec<(usize, bool)> {
        let both = |i: usize| [2 * i, 2 * i + 1];
        pictures
            .iter()
            .enumerate()
            .filter_map(|(i, p)| Some((i, says(p)?)))
            .flat_map(|(i, answer)| both(i).map(|sample| (sample, answer)))
            .filter(|s| self.rows[s.0].is_some())
            .collect()
    }

    fn product(&self, name: &str, a: usize, b: usize) -> f64 {
        let table = if FACE_ONLY.contains(&name) { &self.face } else { &self.both };
        table[a.max(b)][a.min(b)]
    }

    /// Ridge regression on ±1, both answers weighing the same, in its dual form: there are far fewer portraits than
    /// features. A feature that is always 1 carries the bias.
    fn duals(&self, name: &str, samples: &[(usize, bool)]) -> Vec<(usize, f64)> {
        let n = samples.len();
        let yes = samples.iter().filter(|s| s.1).count();
        let weight = |answer: bool| n as f64 / 2.0 / if answer { yes } else { n - yes }.max(1) as f64;
        let matrix = samples
            .iter()
            .enumerate()
            .map(|(i, a)| {
                let penalty = |j: usize| if i == j { PENALTY / weight(a.1) } else { 0.0 };
                samples.iter().enumerate().map(|(j, b)| self.product(name, a.0, b.0) + 1.0 + penalty(j)).collect()
            })
            .collect();
        let answers = samples.iter().map(|s| if s.1 { 1.0 } else { -1.0 }).collect();
        samples.iter().map(|s| s.0).zip(solve(matrix, answers)).collect()
    }

    /// The probe fitted on these samples.
    fn probe(&self, name: &str, samples: &[(usize, bool)]) -> anyhow::Result<Probe> {
        let count = if FACE_ONLY.contains(&name) { probe::FACE_FEATURES } else { probe::FEATURES };
        let mut weights = vec![0.0_f64; probe::FEATURES];
        let mut bias = 0.0;
        for (sample, dual) in self.duals(name, samples) {
            bias += dual;
            let Some(row) = &self.rows[sample] else { continue };
            for (weight, value) in weights[..count].iter_mut().zip(row) {
                *weight += f64::from(*value) * dual / count as f64;
            }
        }
        for ((weight, scale), mean) in weights.iter_mut().zip(&self.scale).zip(&self.mean) {
            *weight *= scale;
            bias -= *weight * mean;
        }
        Ok(Probe::new(name, bias as f32, weights.iter().map(|w| *w as f32).collect())?)
    }
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    let sums = a.chunks(64).zip(b.chunks(64)).map(|(a, b)| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>());
    sums.map(f64::from).sum()
}

/// Solves a symmetric positive definite system by Cholesky decomposition.
#[allow(clippy::needless_range_loop, reason = "matrix code reads best with its indices")]
fn solve(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Vec<f64> {
    let n = b.len();
    for j in 0..n {
        for k in 0..j {
            a[j][j] -= a[j][k] * a[j][k];
        }
        a[j][j] = a[j][j].max(1e-12).sqrt();
        for i in j + 1..n {
            for k in 0..j {
                a[i][j] -= a[i][k] * a[j][k];
            }
            a[i][j] /= a[j][j];
        }
    }
    for i in 0..n {
        for k in 0..i {
            b[i] -= a[i][k] * b[k];
        }
        b[i] /= a[i][i];
    }
    for i in (0..n).rev() {
        for k in i + 1..n {
            b[i] -= a[k][i] * b[k];
        }
        b[i] /= a[i][i];
    }
    b
}

#[cfg(test)]
mod tests {
    use super::solve;

    #[test]
    fn a_small_system_is_solved() {
        let x = solve(vec![vec![4.0, 2.0], vec![2.0, 3.0]], vec![8.0, 7.0]);
        assert!((x[0] - 1.25).abs() < 1e-9 && (x[1] - 1.5).abs() < 1e-9);
    }
}
