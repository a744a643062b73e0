//! The networks in ONNX Runtime: an operator's own library, loaded when the program starts.
//!
//! It is about three times as fast as the built-in engine on the largest network. Its answers differ in the last digits
//! (see [`tests`]), from processor to processor too; who needs the same report everywhere keeps the built-in engine.

use std::path::Path;
use std::sync::{Mutex, OnceLock};

use huizhi_photo::PhotoError;
use huizhi_photo::net::{Engine, Net};
use ort::environment::Environment;
use ort::session::Session;
use ort::value::TensorRef;

/// The library's environment, of which it allows one in a process; or why there is none.
static ENVIRONMENT: OnceLock<Result<Environment, String>> = OnceLock::new();

/// A loaded library.
pub struct OnnxRuntime {
    environment: Environment,
    threads: usize,
}

struct OnnxRuntimeNet {
    name: String,
    // Running changes the session, so one network serves one photo at a time; batch opens a set for each worker.
    session: Mutex<Session>,
}

impl OnnxRuntime {
    /// Loads the library at `path`; its networks run on `threads` threads each. A process keeps the first that it loads.
    ///
    /// # Errors
    /// [`PhotoError::Model`] where it cannot be loaded or is older than 1.22; the operator's to mend.
    pub fn load(path: &Path, threads: usize) -> Result<Self, PhotoError> {
        let failed = |why: String| PhotoError::Model {
            name: format!("ONNX Runtime ({})", path.display()),
            why: format!(
                "{why}; give the path of libonnxruntime.so of version 1.{} or later, or leave --onnxruntime and \
                 HUIZHI_ONNXRUNTIME out",
                ort::MINOR_VERSION
            ),
        };
        // The loader would look for a bare name beside the program and in the system's folders.
        let whole = path.canonicalize().map_err(|e| failed(e.to_string()))?;
        let environment = ENVIRONMENT.get_or_init(|| environment(&whole)).clone().map_err(failed)?;
        Ok(Self { environment, threads: threads.max(1) })
    }

    fn session(&self, onnx: &[u8]) -> ort::Result<Session> {
        Session::builder(&self.environment)?
            .with_intra_threads(self.threads)?
            // Threads that wait by turning burn what the next photo could use.
            .with_intra_op_spinning(false)?
            // A plan of all buffers at once costs 90 MB and wins no time: 346 against 246 to 267 MB for one photo.
            .with_memory_pattern(false)?
            .commit_from_memory(onnx)
    }
}

fn environment(library: &Path) -> Result<Environment, String> {
    let builder = ort::init_from(library).map_err(|e| e.to_string())?;
    builder.with_name("huizhi").with_telemetry(false).build().map_err(|e| e.to_string())
}

impl Engine for OnnxRuntime {
    fn open(&self, name: &str, onnx: &'static [u8], taps: &[&str]) -> Result<Box<dyn Net>, PhotoError> {
        let session = if taps.is_empty() { self.session(onnx) } else { self.session(&with_outputs(onnx, taps)) };
        let session = session.map_err(|e| PhotoError::Model { name: name.to_owned(), why: e.to_string() })?;
        Ok(Box::new(OnnxRuntimeNet { name: name.to_owned(), session: Mutex::new(session) }))
    }
}

impl Net for OnnxRuntimeNet {
    fn run(&self, input: &[f32], shape: [usize; 4]) -> Result<Vec<Vec<f32>>, PhotoError> {
        let failed = |why: String| PhotoError::Model { name: self.name.clone(), why };
        let shape = if shape[3] == 0 { &shape[..3] } else { &shape[..] };
        let input = TensorRef::from_array_view((shape, input)).map_err(|e| failed(e.to_string()))?;
        let mut session = self.session.lock().map_err(|_| failed("another thread stopped while it ran".to_owned()))?;
        let outputs = session.run(ort::inputs![input]).map_err(|e| failed(e.to_string()))?;
        let flat = |value: ort::value::ValueRef| value.try_extract_tensor::<f32>().map(|(_, data)| data.to_vec());
        outputs.values().map(|value| flat(value).map_err(|e| failed(e.to_string()))).collect()
    }
}

/// The model with `taps` as further outputs of type float.
///
/// ONNX Runtime gives only what the graph names as an output. Protocol buffers join a message that comes twice, lists by
/// appending; so a second graph that holds the outputs only is added behind the model.
fn with_outputs(onnx: &[u8], taps: &[&str]) -> Vec<u8> {
    /// Field numbers of onnx.proto: `ModelProto.graph`, `GraphProto.output`, `ValueInfoProto.name` and `.type`.
    const GRAPH: u8 = 7;
    const OUTPUT: u8 = 12;
    const NAME: u8 = 1;
    const TYPE: u8 = 2;
    /// `TypeProto.tensor_type { elem_type: FLOAT }`.
    const FLOAT: [u8; 4] = [0x0A, 2, 0x08, 1];
    let mut outputs = Vec::new();
    for tap in taps {
        let value = [field(NAME, tap.as_bytes()), field(TYPE, &FLOAT)].concat();
        outputs.extend(field(OUTPUT, &value));
    }
    [onnx, &field(GRAPH, &outputs)].concat()
}

/// A length-delimited field of a protocol buffer.
fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![number << 3 | 2];
    let mut length = content.len();
    while length >= 0x80 {
        bytes.push(length as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
    bytes.extend_from_slice(content);
    bytes
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use huizhi_photo::chip::Chip;
    use huizhi_photo::{Finder, Limits, Matter, Portrait};

    use super::{field, with_outputs};
    use crate::models::{Networks, Purpose, open};

    /// Most that the engines may differ by: points, px of the upright picture as a share of the inter-eye distance;
    /// expression weights; levels of 255 of a matte or silhouette. Measured on the corpus: 2.2e-6 (1.6e-4 px),
    /// 6.3e-6, and 1 level.
    const TOLERANCE: (f32, f32, u8) = (1e-4, 1e-4, 2);

    #[test]
    fn a_tap_becomes_an_output_behind_the_model() {
        assert_eq!(with_outputs(b"m", &["v9"]), *b"m\x3A\x0C\x62\x0A\x0A\x02v9\x12\x04\x0A\x02\x08\x01");
        assert_eq!(field(1, &[7; 300])[..4], [0x0A, 0xAC, 0x02, 7]);
    }

    #[test]
    fn a_library_that_is_not_there_is_named() {
        let networks = Networks { onnxruntime: Some("/no/such/libonnxruntime.so".into()) };
        let Err(error) = open(Purpose::Check, 1, &networks) else { panic!("it was opened") };
        let said = error.to_string();
        assert!(said.contains("/no/such/libonnxruntime.so") && said.contains("HUIZHI_ONNXRUNTIME"), "{said}");
    }

    #[test]
    fn both_engines_see_the_same() {
        let networks = Networks::default();
        if networks.library().is_none() {
            println!("not compared: HUIZHI_ONNXRUNTIME names no library");
            return;
        }
        let ours = open(Purpose::Make, 1, &Networks { onnxruntime: Some("".into()) }).unwrap();
        let theirs = open(Purpose::Make, 1, &networks).unwrap();
        let levels = |a: &[u8], b: &[u8]| a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        let largest = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/portraits");
        let mut compared = 0;
        for entry in std::fs::read_dir(corpus).unwrap() {
            let path = entry.unwrap().path();
            let portrait = Portrait::decode(&std::fs::read(&path).unwrap(), &Limits::default()).unwrap();
            let (a, b) = (ours.find(&portrait).unwrap(), theirs.find(&portrait).unwrap());
            assert_eq!(a.len(), b.len());
            for (a, b) in a.iter().zip(&b) {
                let px = a.mesh.iter().zip(&b.mesh).map(|(p, q)| p.distance(*q)).fold(0.0, f32::max);
                let points = px / a.inter_eye_distance();
                let expression = largest(&a.blendshapes, &b.blendshapes);
                let features = largest(&a.features, &b.features);
                let chips = [&ours, &theirs].map(|models| Chip::cut(&portrait, a, models).unwrap());
                let silhouette = levels(&chips[0].person.data, &chips[1].person.data);
                let mattes = [&ours, &theirs].map(|models| models.matte(&chips[0].picture).unwrap());
                let matte = levels(&mattes[0].data, &mattes[1].data);
                println!(
                    "{}: points {px:.1e} px ({points:.1e} of the inter-eye distance), expression {expression:.1e}, \
                     features {features:.1e}, silhouette {silhouette} levels, matte {matte} levels",
                    path.file_name().unwrap().display()
                );
                assert!(points <= TOLERANCE.0 && expression <= TOLERANCE.1);
                assert!(silhouette <= TOLERANCE.2 && matte <= TOLERANCE.2);
                assert_eq!(chips[0].features.len(), chips[1].features.len());
                compared += 1;
            }
        }
        assert!(compared >= 2);
    }
}
