//! The networks' weights, built into the binary: nothing has to lie beside it.

use huizhi_photo::PhotoError;
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

/// What the networks are opened for. The matte costs most of the memory, so checking goes without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Judging photos.
    Check,
    /// Judging photos and making ID photos.
    Make,
}

/// Opens the networks; each set runs on `threads` threads of its own.
pub fn open(purpose: Purpose, threads: usize) -> Result<Models, PhotoError> {
    let weights = match purpose {
        Purpose::Check => CHECKING,
        Purpose::Make => Weights { matte: MATTE, ..CHECKING },
    };
    Models::open(&Rten::with_threads(threads), &weights)
}

/// How many threads this machine runs at once.
pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
