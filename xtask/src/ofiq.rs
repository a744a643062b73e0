//! `cargo xtask ofiq`: our ISO/IEC 29794-5 components against the answers of the reference implementation.
//!
//! The portraits and the recorded inputs of the engine's networks are not in the repository; this says how near
//! one comes, it is no test.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use huizhi_photo::face::Pose;
use huizhi_photo::iso::{Alignment, Component, Inputs, PARSED_PX, Score, measure};
use huizhi_photo::pixels::{Affine, Gray, Point, Rect};
use huizhi_photo::{Limits, Portrait};
use npyz::npz::NpzArchive;

/// What to compare.
#[derive(Clone, Debug, clap::Args)]
pub struct Arguments {
    /// Folder of the recorded inputs, NAME.npz; the engine's answers, `portraits_dev.csv`, stand in its parent.
    #[arg(long)]
    vectors: PathBuf,
    /// Folder of the pictures.
    #[arg(long)]
    portraits: PathBuf,
}

/// Prints the agreement of every component, and of all.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let answers = arguments.vectors.join("..").join("portraits_dev.csv");
    let mut reader = csv::Reader::from_path(&answers).with_context(|| format!("cannot read {}", answers.display()))?;
    let mut agreements: BTreeMap<Component, Agreement> = BTreeMap::new();
    let (mut pictures, mut worst_alignment) = (0_u32, 0.0_f64);
    for row in reader.deserialize() {
        let row: BTreeMap<String, String> = row?;
        if row.get("status").is_none_or(|status| status != "ok") {
            continue;
        }
        let name = row.get("file").context("the table has no column named file")?;
        let (scores, off) = assess(name, arguments).with_context(|| name.clone())?;
        worst_alignment = worst_alignment.max(off);
        pictures += 1;
        for component in Component::ALL.into_iter().filter(|c| c.is_computed()) {
            let column = format!("{component}.scalar");
            let expected: f64 = row.get(&column).with_context(|| format!("no column {column}"))?.parse()?;
            let found = scores.iter().find(|score| score.component == component);
            agreements.entry(component).or_default().add(name, expected, found);
        }
    }
    println!("{:<30} {:>9} {:>6} {:>6} {:>6}  worst picture", "component", "compared", "exact", "±1", "worst");
    let mut total = Agreement::default();
    for (component, one) in &agreements {
        let Agreement { compared, exact, near, worst, at } = one;
        println!("{:<30} {compared:>9} {exact:>6} {near:>6} {worst:>6}  {at}", component.to_string());
        total.compared += compared;
        total.exact += exact;
        total.near += near;
    }
    let share = |count: u32| 100.0 * f64::from(count) / f64::from(total.compared.max(1));
    println!("{pictures} pictures: exact {:.2} %, within ±1 {:.2} %", share(total.exact), share(total.near));
    println!("alignment: largest difference of a coefficient {worst_alignment:.1e}");
    Ok(())
}

/// How often one component agreed.
#[derive(Default)]
struct Agreement {
    compared: u32,
    exact: u32,
    near: u32,
    worst: f64,
    at: String,
}

impl Agreement {
    /// A component that we left out counts as 100 off.
    fn add(&mut self, name: &str, expected: f64, found: Option<&Score>) {
        let off = found.map_or(100.0, |score| (f64::from(score.scalar) - expected).abs());
        self.compared += 1;
        self.exact += u32::from(off < 0.5);
        self.near += u32::from(off < 1.5);
        if off > self.worst {
            self.worst = off;
            name.clone_into(&mut self.at);
        }
    }
}

/// Our answers for one picture from the engine's recorded inputs, and how far our alignment is from its.
fn assess(name: &str, arguments: &Arguments) -> anyhow::Result<(Vec<Score>, f64)> {
    let bytes = fs::read(arguments.portraits.join(name)).context("the picture is missing")?;
    let limits = Limits { file_bytes: usize::MAX, ..Limits::default() };
    let portrait = Portrait::decode(&bytes, &limits)?;
    let picture = portrait.sampled(&Affine::IDENTITY, portrait.width(), portrait.height());
    let vectors = arguments.vectors.join(format!("{name}.npz"));
    // Places are pixel indices there; the centre of a pixel lies half a pixel further in our coordinates.
    let places: Vec<i32> = array(&vectors, "landmarks98")?;
    ensure!(places.len() == 196, "landmarks98 has {} numbers, it must have 196", places.len());
    let landmarks: [Point; 98] =
        std::array::from_fn(|i| Point::new(places[2 * i] as f32 + 0.5, places[2 * i + 1] as f32 + 0.5));
    let boxes: Vec<i64> = array(&vectors, "ssd_boxes")?;
    let faces: Vec<Rect> = boxes
        .chunks_exact(4)
        .map(|b| Rect { x: b[0] as f32, y: b[1] as f32, width: b[2] as f32, height: b[3] as f32 })
        .collect();
    let background = Gray { width: PARSED_PX, height: PARSED_PX, data: array(&vectors, "parsing_bg400")? };
    ensure!(background.data.len() == (PARSED_PX * PARSED_PX) as usize, "parsing_bg400 is not 400 × 400");
    let pose: Vec<f64> = array(&vectors, "pose")?;
    ensure!(pose.len() == 3, "pose has {} numbers, it must have 3", pose.len());
    let rows: Vec<f64> = array(&vectors, "affine")?;
    let alignment = Alignment::fit(&landmarks).context("the landmarks fall together")?;
    let off = alignment.rows().iter().zip(&rows).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    let scores = measure(&Inputs {
        picture: &picture,
        landmarks: &landmarks,
        faces: &faces,
        background: Some(&background),
        pose: Pose { pitch: pose[0] as f32, yaw: pose[1] as f32, roll: pose[2] as f32 },
        alignment,
    });
    Ok((scores, off))
}

/// One array of an archive, flat.
fn array<T: npyz::Deserialize>(path: &Path, name: &str) -> anyhow::Result<Vec<T>> {
    let mut archive = NpzArchive::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let array = archive.by_name(name)?.with_context(|| format!("{} has no {name}", path.display()))?;
    Ok(array.into_vec()?)
}
