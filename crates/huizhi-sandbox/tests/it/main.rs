//! Photos in confined processes. This program is its own worker: it has a main function instead of the usual harness, so
//! that it can be started as one, and so that attacks can run in the jail without any door for them in the real worker.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall say where")]

mod attack;
mod engine;
mod hostile;
mod load;

use std::path::Path;
use std::process::ExitCode;

use huizhi_photo::PhotoError;
use huizhi_photo::likeness::Later;
use huizhi_photo::models::{Models, Weights};
use huizhi_photo::net::Rten;
use huizhi_sandbox::{Choices, Document, JudgeRequest, Making, Program, Settings, Workers, worker};
use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("photo-worker") => worker::serve(models),
        Some("attacked-worker") => worker::serve_with(attack::open),
        Some("curious-worker") => worker::serve_with(attack::peek),
        _ => {}
    }
    let trials = [engine::trials(), hostile::trials(), attack::trials(), load::trials()];
    libtest_mimic::run(&Arguments::from_args(), trials.into_iter().flatten().collect()).exit_code()
}

/// A test by its function's name.
macro_rules! trials {
    ($($name:ident),+ $(,)?) => {
        pub fn trials() -> Vec<libtest_mimic::Trial> {
            vec![$(crate::trial(stringify!($name), $name)),+]
        }
    };
}
pub(crate) use trials;

fn trial(name: &str, test: fn()) -> Trial {
    Trial::test(name, move || {
        test();
        Ok(())
    })
}

fn models() -> Result<Models, PhotoError> {
    let weights = Weights {
        detector: include_bytes!("../../../../models/blazeface_short_128.onnx"),
        mesh: include_bytes!("../../../../models/facemesh_478_256.onnx"),
        expression: include_bytes!("../../../../models/blendshapes_52.onnx"),
        silhouette: include_bytes!("../../../../models/selfie_256.onnx"),
        matte: include_bytes!("../../../../models/modnet_dyn_f16w.onnx"),
    };
    let engine = Rten::with_threads(1);
    let later =
        (include_bytes!("../../../../models/likeness_150.onnx"), include_bytes!("../../../../models/likeness.f32"));
    Ok(Models::open(&engine, &weights)?.recognising(Later::new(engine, later.0, later.1)))
}

/// This program as a worker of some kind.
fn program(kind: &str) -> Program {
    Program { path: std::env::current_exe().unwrap(), arguments: vec![kind.into()] }
}

/// Time enough for a machine that does much else.
fn patient() -> Settings {
    Settings { pool: 1, queue: 32, wall_s: 60, cpu_s: 30, ..Settings::default() }
}

/// Runs with a pool of the real worker.
fn with_workers<F: Future>(settings: Settings, test: impl FnOnce(Workers) -> F) -> F::Output {
    on_runtime(async move { test(Workers::start(program("photo-worker"), settings).await.unwrap()).await })
}

fn on_runtime<F: Future>(test: F) -> F::Output {
    tokio::runtime::Runtime::new().unwrap().block_on(test)
}

fn corpus(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/portraits").join(name)).unwrap()
}

fn request(photo: Vec<u8>, making: Making) -> JudgeRequest {
    JudgeRequest { document: Document::Id("cn-resident-id".to_owned()), making, choices: Choices::default(), photo }
}
