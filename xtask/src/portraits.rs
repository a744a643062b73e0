//! A labelled folder: `portraits.csv` and its pictures.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use huizhi_photo::analysis::{Analysis, examine};
use huizhi_photo::models::{Models, Weights};
use huizhi_photo::net::Rten;
use huizhi_photo::probe::Probe;
use huizhi_photo::{Limits, Portrait};
use rayon::prelude::*;

/// Where labelled pictures lie.
#[derive(clap::Args)]
pub struct Folder {
    /// Folders of pictures; `images/` in each is looked into as well.
    #[arg(value_name = "DIR", required = true)]
    pub pictures: Vec<PathBuf>,
    /// Table of labels of all folders.
    #[arg(long, value_name = "CSV", help = "table of labels [default: each DIR's portraits.csv]")]
    pub labels: Option<PathBuf>,
}

/// One labelled picture.
pub struct Labelled {
    /// File name.
    pub file: String,
    /// Every column whose name begins with `label_`, without that.
    pub labels: BTreeMap<String, String>,
    /// Where it lies.
    pub path: PathBuf,
    /// Which of the folders it came from, from 0.
    pub folder: usize,
    /// Repository it was published in. Pictures of one repository resemble each other, so that cross-validation keeps them
    /// on one side.
    pub source: String,
}

impl Folder {
    /// The rows whose pictures are there, folder by folder.
    pub fn read(&self) -> anyhow::Result<Vec<Labelled>> {
        let mut found = Vec::new();
        for (folder, pictures) in self.pictures.iter().enumerate() {
            let table = self.labels.clone().unwrap_or_else(|| pictures.join("portraits.csv"));
            let before = found.len();
            let mut rows =
                csv::Reader::from_path(&table).with_context(|| format!("cannot read {}", table.display()))?;
            for row in rows.deserialize() {
                let row: BTreeMap<String, String> = row?;
                let file = row.get("file").cloned().context("a row has no “file”")?;
                let source = row.get("source_repo").cloned().unwrap_or_default();
                let labels =
                    row.iter().filter_map(|(k, v)| Some((k.strip_prefix("label_")?.to_owned(), v.clone()))).collect();
                let place = [pictures.join(&file), pictures.join("images").join(&file)];
                if let Some(path) = place.into_iter().find(|p| p.is_file()) {
                    found.push(Labelled { file, labels, path, folder, source });
                }
            }
            anyhow::ensure!(
                found.len() > before,
                "none of the pictures of {} are in {}",
                table.display(),
                pictures.display()
            );
        }
        Ok(found)
    }
}

/// The real models for judging, from `models/`.
pub fn models(root: &Path) -> anyhow::Result<Models> {
    open(root, false)
}

/// The real models for judging and making.
pub fn models_to_make(root: &Path) -> anyhow::Result<Models> {
    open(root, true)
}

fn open(root: &Path, make: bool) -> anyhow::Result<Models> {
    let read = |name: &str| -> anyhow::Result<&'static [u8]> {
        let path = root.join("models").join(name);
        Ok(fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?.leak())
    };
    let weights = Weights {
        detector: read("blazeface_short_128.onnx")?,
        mesh: read("facemesh_478_256.onnx")?,
        expression: read("blendshapes_52.onnx")?,
        silhouette: read("selfie_256.onnx")?,
        matte: if make { read("modnet_dyn_f16w.onnx")? } else { &[] },
    };
    Ok(Models::open(&Rten::with_threads(1), &weights)?)
}

/// Looks at every picture, on all cores, and keeps what `keep` makes of it; in the table's order.
pub fn examine_all<T: Send>(
    models: &Models,
    probes: &[Probe],
    pictures: &[Labelled],
    keep: impl Fn(&Labelled, Analysis) -> T + Sync,
) -> anyhow::Result<Vec<T>> {
    pictures
        .par_iter()
        .map(|picture| {
            let bytes = fs::read(&picture.path)?;
            let portrait = Portrait::decode(&bytes, &Limits::default()).with_context(|| picture.file.clone())?;
            let analysis = examine(portrait, models, models, probes).with_context(|| picture.file.clone())?;
            Ok(keep(picture, analysis))
        })
        .collect()
}
