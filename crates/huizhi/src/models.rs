//! The networks' weights, built into the binary: nothing has to lie beside it. And the engine that runs them.

use std::path::{Path, PathBuf};

use clap::Args;
use huizhi_photo::PhotoError;
use huizhi_photo::likeness::Later;
use huizhi_photo::models::{Models, Weights};
use huizhi_photo::net::Rten;

const CHECKING: Weights = Weights {
    detector: include_bytes!("../../../models/blazeface_short_128.onnx"),
    mesh: include_bytes!("../../../models/facemesh_478_256.onnx"),
    expression: include_bytes!("../../../models/blendshapes_52.onnx"),
    silhouette: include_bytes!("../../../models/selfie_256.onnx"),
    matte: &[],
};

const MATTE: &[u8] = include_bytes!("../../../models/modnet_dyn_f16w.onnx");

const LIKENESS: &[u8] = include_bytes!("../../../models/likeness_150.onnx");
const SPREAD: &[u8] = include_bytes!("../../../models/likeness.f32");

/// What the networks are opened for. The matte costs most of the memory, so checking goes without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Judging photos.
    Check,
    /// Judging photos and making ID photos.
    Make,
}

/// What the networks run in.
#[derive(Args, Clone, Debug, Default)]
pub struct Networks {
    /// Run the networks in this ONNX Runtime library, faster and the same but for last digits; an empty path takes the
    /// built-in engine. The variable `HUIZHI_ONNXRUNTIME` says the same
    #[arg(long, value_name = "LIBRARY")]
    pub onnxruntime: Option<PathBuf>,
}

impl Networks {
    /// The library that was asked for; `None` for the built-in engine.
    pub fn library(&self) -> Option<PathBuf> {
        let asked = self.onnxruntime.clone().or_else(|| std::env::var_os("HUIZHI_ONNXRUNTIME").map(PathBuf::from));
        asked.filter(|path| !path.as_os_str().is_empty())
    }

    /// Name of the engine, as reports tell it.
    pub fn name(&self) -> &'static str {
        if self.library().is_some() { "onnxruntime" } else { "rten" }
    }
}

/// Opens the networks; each set runs on `threads` threads of its own.
pub fn open(purpose: Purpose, threads: usize, networks: &Networks) -> Result<Models, PhotoError> {
    let weights = match purpose {
        Purpose::Check => CHECKING,
        Purpose::Make => Weights { matte: MATTE, ..CHECKING },
    };
    match networks.library() {
        None => Models::open(&Rten::with_threads(threads), &weights),
        Some(library) => in_onnxruntime(&library, threads, &weights),
    }
}

/// Opens the networks of a photo worker: all of them, in the built-in engine, as no library can be loaded there, on one
/// thread, as other photos are read beside it.
pub fn for_one_photo() -> Result<Models, PhotoError> {
    let engine = Rten::with_threads(1);
    let models = Models::open(&engine, &Weights { matte: MATTE, ..CHECKING })?;
    Ok(models.recognising(Later::new(engine, LIKENESS, SPREAD)))
}

#[cfg(feature = "onnxruntime")]
fn in_onnxruntime(library: &Path, threads: usize, weights: &Weights) -> Result<Models, PhotoError> {
    Models::open(&crate::onnxruntime::OnnxRuntime::load(library, threads)?, weights)
}

#[cfg(not(feature = "onnxruntime"))]
fn in_onnxruntime(library: &Path, _: usize, _: &Weights) -> Result<Models, PhotoError> {
    Err(PhotoError::Model {
        name: format!("ONNX Runtime ({})", library.display()),
        why: "this program was built without it; build it with `cargo build --package huizhi --features onnxruntime`, \
              or leave --onnxruntime and HUIZHI_ONNXRUNTIME out"
            .to_owned(),
    })
}

/// How many threads this machine runs at once.
pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
