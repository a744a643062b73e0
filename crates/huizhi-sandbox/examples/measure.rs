//! What confinement costs: `cargo run --package huizhi-sandbox --example measure`, on an idle machine.
//! docs/sandbox.md has the figures. The program is its own worker.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use huizhi_photo::make::encode::{self, Request as Encoding};
use huizhi_photo::models::{Models, Weights};
use huizhi_photo::net::Rten;
use huizhi_photo::pixels::Affine;
use huizhi_photo::spec::FileFormat;
use huizhi_photo::{Limits, PhotoError, Portrait};
use huizhi_sandbox::{Choices, Desk, Document, JudgeRequest, Making, Program, Request, Settings, Workers, worker};

/// Photos of each kind.
const RUNS: usize = 20;

fn main() -> anyhow::Result<()> {
    if std::env::args().nth(1).as_deref() == Some("photo-worker") {
        worker::serve(models);
    }
    let portrait = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/portraits/astronaut_smile.png");
    let small = fs::read(portrait)?;
    let photos = [
        ("0.3 MP PNG", small.clone()),
        ("12 MP JPEG", enlarged(&small, 3464)?),
        ("64 MP JPEG", enlarged(&small, 8000)?),
    ];
    println!("| photo | way | wall, ms | CPU, ms |\n|---|---|---:|---:|");
    // The workers first: a child's peaks begin with its parent's size.
    let tops = on_workers(&photos)?;
    let desk = Desk::open(models()?)?;
    for (name, photo) in &photos {
        let request = Request::Judge(asked(photo));
        let before = cpu_ms("self")?;
        let walls = (0..RUNS).map(|_| timed(|| drop(desk.answer(&request)))).collect();
        println!("| {name} | in process | {:.1} | {:.1} |", median(walls), (cpu_ms("self")? - before) / RUNS as f64);
    }
    println!("\n| photo | memory in use at most, MB | address space at most, MB |\n|---|---:|---:|");
    for (name, top) in tops {
        println!("| {name} | {} | {} |", top.resident_kb / 1000, top.space_kb / 1000);
    }
    Ok(())
}

fn models() -> Result<Models, PhotoError> {
    let weights = Weights {
        detector: include_bytes!("../../../models/blazeface_short_128.onnx"),
        mesh: include_bytes!("../../../models/facemesh_478_256.onnx"),
        expression: include_bytes!("../../../models/blendshapes_52.onnx"),
        silhouette: include_bytes!("../../../models/selfie_256.onnx"),
        matte: include_bytes!("../../../models/modnet_dyn_f16w.onnx"),
    };
    Models::open(&Rten::with_threads(1), &weights)
}

/// A square picture with so many px a side, as a JPEG.
fn enlarged(photo: &[u8], side: u32) -> anyhow::Result<Vec<u8>> {
    let portrait = Portrait::decode(photo, &Limits::default())?;
    let (x, y) = (portrait.width() as f32 / side as f32, portrait.height() as f32 / side as f32);
    let picture = portrait.sampled(&Affine { m: [x, 0.0, 0.0, 0.0, y, 0.0] }, side, side);
    let asked = Encoding { format: FileFormat::Jpeg, quality: Some(92), kb_min: None, kb_max: None, dpi: 72 };
    Ok(encode::encode(&picture, &asked)?.bytes)
}

fn asked(photo: &[u8]) -> JudgeRequest {
    let document = Document::Id("cn-resident-id".to_owned());
    JudgeRequest { document, making: Making::Always, choices: Choices::default(), photo: photo.to_vec() }
}

fn on_workers(photos: &[(&'static str, Vec<u8>)]) -> anyhow::Result<Vec<(&'static str, Top)>> {
    let program = Program { path: std::env::current_exe()?, arguments: vec!["photo-worker".into()] };
    let settings = Settings { pool: 1, ..Settings::default() };
    let runtime = tokio::runtime::Runtime::new()?;
    let mut tops = Vec::new();
    let before = cpu_ms("children")?;
    let starts = (0..RUNS).map(|_| {
        let begun = Instant::now();
        let workers = runtime.block_on(Workers::start(program.clone(), settings))?;
        let wall = ms(begun.elapsed());
        drop(workers);
        std::thread::sleep(Duration::from_millis(100));
        anyhow::Ok(wall)
    });
    let starts = starts.collect::<Result<Vec<f64>, _>>()?;
    let cpu = (cpu_ms("children")? - before) / RUNS as f64;
    println!("| none | start of a worker | {:.1} | {cpu:.1} |", median(starts));
    for (name, photo) in photos {
        let workers = runtime.block_on(Workers::start(program.clone(), settings))?;
        let done = AtomicBool::new(false);
        let (walls, top, cpu) = std::thread::scope(|scope| {
            let watch = scope.spawn(|| watched(&done));
            let before = cpu_ms("children")?;
            let mut walls = Vec::new();
            for _ in 0..RUNS {
                // The spare worker has come up, as between two citizens.
                std::thread::sleep(Duration::from_millis(300));
                let begun = Instant::now();
                let judged = runtime.block_on(workers.judge(asked(photo)));
                walls.push(ms(begun.elapsed()));
                judged.inspect_err(|_| done.store(true, Ordering::Relaxed))?.made.context("nothing was made")?;
            }
            // The last one is gone.
            std::thread::sleep(Duration::from_millis(300));
            let cpu = (cpu_ms("children")? - before) / RUNS as f64;
            done.store(true, Ordering::Relaxed);
            let top = watch.join().map_err(|_| anyhow::anyhow!("the watch ended"))?;
            anyhow::Ok((walls, top, cpu))
        })?;
        println!("| {name} | in a worker; CPU with the start of the next | {:.1} | {cpu:.1} |", median(walls));
        tops.push((*name, top));
    }
    Ok(tops)
}

/// What a worker reached.
#[derive(Clone, Copy, Debug, Default)]
struct Top {
    resident_kb: u64,
    space_kb: u64,
}

/// Reads the children's peaks until told to stop; peaks only grow, so the last look at each is nearly right.
fn watched(done: &AtomicBool) -> Top {
    let mut tops = BTreeMap::new();
    while !done.load(Ordering::Relaxed) {
        for task in fs::read_dir("/proc/self/task").into_iter().flatten().flatten() {
            let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            for child in children.split_whitespace() {
                let Ok(status) = fs::read_to_string(format!("/proc/{child}/status")) else { continue };
                let kb = |key: &str| {
                    let line = status.lines().find_map(|line| line.strip_prefix(key)?.trim().strip_suffix("kB"));
                    line.and_then(|n| n.trim().parse().ok()).unwrap_or(0)
                };
                // Before it becomes the worker it is a copy of this program.
                if kb("VmHWM:") > 0 {
                    tops.insert(child.to_owned(), Top { resident_kb: kb("VmHWM:"), space_kb: kb("VmPeak:") });
                }
            }
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    tops.values().fold(Top::default(), |a, b| Top {
        resident_kb: a.resident_kb.max(b.resident_kb),
        space_kb: a.space_kb.max(b.space_kb),
    })
}

/// CPU time so far of this process or of its ended children, ms; the kernel counts in steps of 10 ms.
fn cpu_ms(whose: &str) -> anyhow::Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit_once(')').context("no name in /proc/self/stat")?.1;
    // proc(5): utime and stime are fields 14 and 15, cutime and cstime 16 and 17; the name is field 2.
    let first = if whose == "self" { 11 } else { 13 };
    let ticks = after_name.split_whitespace().skip(first).take(2).map(str::parse::<f64>);
    Ok(ticks.sum::<Result<f64, _>>()? * 10.0)
}

fn timed(work: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    work();
    ms(begun.elapsed())
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
