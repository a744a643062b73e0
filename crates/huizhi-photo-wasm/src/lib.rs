//! The photo engine for WASM hosts: a photo's bytes in, its report as JSON out.
//!
//! Plain exports without a binding generator, so that a page and a test call the same thing: `reserve(n)` gives a
//! buffer's address, the host writes the photo there, `judge(n)` answers with the report's length, and `answer()`
//! with its address. Guidance only; the verdict is the server's.

use std::cell::RefCell;

use huizhi_photo::analysis::examine;
use huizhi_photo::models::{Models, Weights};
use huizhi_photo::net::Rten;
use huizhi_photo::spec::Catalog;
use huizhi_photo::{Limits, PhotoError, Portrait, check, probe, report};

const WEIGHTS: Weights = Weights {
    detector: include_bytes!("../../../models/blazeface_short_128.onnx"),
    mesh: include_bytes!("../../../models/facemesh_478_256.onnx"),
    expression: include_bytes!("../../../models/blendshapes_52.onnx"),
    silhouette: include_bytes!("../../../models/selfie_256.onnx"),
    matte: &[],
};

thread_local! {
    static PHOTO: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static ANSWER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Makes room for a photo of `length` bytes and gives its address.
#[unsafe(no_mangle)]
pub extern "C" fn reserve(length: usize) -> *mut u8 {
    PHOTO.with_borrow_mut(|photo| {
        *photo = vec![0; length];
        photo.as_mut_ptr()
    })
}

/// Judges the photo for the resident ID card and gives the length of the report, JSON in UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn judge() -> usize {
    let report = PHOTO.with_borrow(|photo| report_json(photo, "cn-resident-id"));
    let text = report.unwrap_or_else(|e| serde_json::json!({ "error": e.to_string() }).to_string());
    ANSWER.with_borrow_mut(|answer| {
        *answer = text.into_bytes();
        answer.len()
    })
}

/// Address of the report.
#[unsafe(no_mangle)]
pub extern "C" fn answer() -> *const u8 {
    ANSWER.with_borrow(Vec::as_ptr)
}

/// The report of a photo for a document, as JSON.
///
/// # Errors
/// Those of decoding, of the models and of the catalogue.
pub fn report_json(photo: &[u8], document: &str) -> Result<String, PhotoError> {
    let models = Models::open(&Rten::with_threads(1), &WEIGHTS)?;
    let catalog = Catalog::built_in()?;
    let spec = catalog.find(document)?;
    let portrait = Portrait::decode(photo, &Limits::default())?;
    let analysis = examine(portrait, &models, &models, &probe::built_in()?)?;
    let report = report::report(&analysis, spec, &check::built_in()?);
    serde_json::to_string(&report).map_err(|e| PhotoError::Model { name: "report".to_owned(), why: e.to_string() })
}
