//! `cargo xtask wasm FILE…`: the same report, byte for byte, from this machine and from WASM in Node.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

/// What to compare.
#[derive(clap::Args)]
pub struct Options {
    /// Photos to judge both ways.
    #[arg(required = true, value_name = "FILE")]
    photos: Vec<PathBuf>,
}

/// Builds the module, judges every photo twice and compares.
pub fn run(root: &Path, options: &Options) -> anyhow::Result<()> {
    let built = Command::new(env!("CARGO"))
        .args(["build", "--locked", "--package", "huizhi-photo-wasm", "--target", "wasm32-unknown-unknown"])
        .current_dir(root)
        .status()?;
    ensure!(built.success(), "the WASM module cannot be built");
    let node = Command::new("node")
        .arg(root.join("crates/huizhi-photo-wasm/judge.mjs"))
        .arg(root.join("target/wasm32-unknown-unknown/debug/huizhi_photo_wasm.wasm"))
        .args(&options.photos)
        .output()
        .context("node cannot be started; install it to run the WASM module")?;
    ensure!(node.status.success(), "node failed: {}", String::from_utf8_lossy(&node.stderr));
    let answers = String::from_utf8(node.stdout)?;
    let mut different = 0;
    for (photo, there) in options.photos.iter().zip(answers.lines()) {
        let bytes = std::fs::read(photo).with_context(|| format!("cannot read {}", photo.display()))?;
        let here = huizhi_photo_wasm::report_json(&bytes, "cn-resident-id")?;
        let same = here == there;
        different += usize::from(!same);
        println!("{} {} bytes, {}", photo.display(), here.len(), if same { "the same" } else { "DIFFERENT" });
        if !same {
            for (a, b) in here.split(',').zip(there.split(',')).filter(|(a, b)| a != b) {
                println!("    here {a}   there {b}");
            }
        }
    }
    ensure!(different == 0, "{different} of {} reports differ", options.photos.len());
    Ok(())
}
