//! `cargo xtask probes DIR`: fits the linear probes of `models/probes/` on labelled portraits.

use std::fs;
use std::path::Path;

use huizhi_photo::Portrait;
use huizhi_photo::analysis::{Analysis, examine};
use huizhi_photo::check::{self, Evidence};
use huizhi_photo::pixels::Affine;
use huizhi_photo::probe::{self, Probe};

use crate::portraits::{self, Folder};

/// What to fit on.
#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    folder: Folder,
}

/// Weight of the penalty against the mean of the squared features. Chosen once, on the fitting set's own halves; the
/// answers hardly change between 0.1 and 1.
const PENALTY: f64 = 0.3;

/// Fits one probe for every check that reads a `seen.…` measure and says which labels are yes and no.
pub fn run(root: &Path, options: &Options) -> anyhow::Result<()> {
    let pictures = options.folder.read()?;
    let models = portraits::models(root)?;
    // Every portrait counts twice, as it is and mirrored: no side is preferred.
    let seen: Vec<[Option<Vec<f32>>; 2]> = portraits::examine_all(&models, &[], &pictures, |_, analysis| {
        let mirrored = mirrored(&analysis.portrait).and_then(|m| examine(m, &models, &models, &[]).ok());
        [features(&analysis), mirrored.as_ref().and_then(features)]
    })?;
    fs::create_dir_all(root.join("models/probes"))?;
    for rule in check::built_in()? {
        let (Some(name), Some(evidence)) = (rule.measure.strip_prefix("seen."), &rule.evidence) else { continue };
        let samples: Vec<(&[f32], bool)> = pictures
            .iter()
            .zip(&seen)
            .filter_map(|(picture, seen)| Some((seen, says(evidence, picture)?)))
            .flat_map(|(seen, answer)| seen.iter().flatten().map(move |f| (f.as_slice(), answer)))
            .collect();
        let yes = samples.iter().filter(|s| s.1).count();
        let fitted = fit(name, &samples)?;
        fs::write(root.join("models/probes").join(format!("{name}.f32")), fitted.to_bytes())?;
        println!("{name}: {yes} yes, {} no", samples.len() - yes);
    }
    Ok(())
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
pub fn says(evidence: &Evidence, picture: &portraits::Labelled) -> Option<bool> {
    let label = picture.labels.get(&evidence.label)?;
    if evidence.positive.contains(label) {
        Some(true)
    } else if evidence.negative.is_empty() || evidence.negative.contains(label) {
        Some(false)
    } else {
        None
    }
}

/// Ridge regression on ±1, both answers weighing the same, solved in its dual form: there are far fewer portraits
/// than features.
#[allow(clippy::needless_range_loop, reason = "matrix code reads best with its indices")]
fn fit(name: &str, samples: &[(&[f32], bool)]) -> anyhow::Result<Probe> {
    let n = samples.len();
    let yes = samples.iter().filter(|s| s.1).count();
    anyhow::ensure!(yes > 0 && yes < n, "{name}: {yes} of {n} portraits say yes; there must be both answers");
    let count = probe::FEATURES;
    let mut mean = vec![0.0_f64; count];
    let mut deviation = vec![0.0_f64; count];
    for (features, _) in samples {
        for i in 0..count {
            mean[i] += f64::from(features[i]) / n as f64;
        }
    }
    for (features, _) in samples {
        for i in 0..count {
            deviation[i] += (f64::from(features[i]) - mean[i]).powi(2) / n as f64;
        }
    }
    let scale: Vec<f64> = deviation.iter().map(|v| 1.0 / (v.sqrt() + 1e-3)).collect();
    let rows: Vec<Vec<f64>> =
        samples.iter().map(|(f, _)| (0..count).map(|i| (f64::from(f[i]) - mean[i]) * scale[i]).collect()).collect();
    let weight = |answer: bool| n as f64 / 2.0 / if answer { yes } else { n - yes } as f64;
    let mut matrix = vec![vec![0.0; n]; n];
    for i in 0..n {
        for j in 0..=i {
            let dot: f64 = rows[i].iter().zip(&rows[j]).map(|(a, b)| a * b).sum();
            matrix[i][j] = dot / count as f64;
            matrix[j][i] = matrix[i][j];
        }
        matrix[i][i] += PENALTY / weight(samples[i].1);
    }
    let answers: Vec<f64> = samples.iter().map(|s| if s.1 { 1.0 } else { -1.0 }).collect();
    let duals = solve(matrix, answers);
    let mut weights = vec![0.0_f64; count];
    for (row, dual) in rows.iter().zip(&duals) {
        for i in 0..count {
            weights[i] += row[i] * dual / count as f64;
        }
    }
    let bias: f64 = -(0..count).map(|i| weights[i] * scale[i] * mean[i]).sum::<f64>();
    Ok(Probe::new(name, bias as f32, (0..count).map(|i| (weights[i] * scale[i]) as f32).collect())?)
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
