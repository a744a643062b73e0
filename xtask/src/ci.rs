//! `cargo xtask ci`: one command, the same on a laptop and on the build machine.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, bail, ensure};

use crate::{corpus, dependencies, models, postgres};

/// Quick steps first, so that a small slip is told in seconds and not after the build.
pub fn run(root: &Path) -> anyhow::Result<()> {
    let started = Instant::now();
    step("format", || cargo(root, &["fmt", "--all", "--check"]))?;
    step("dependencies", || dependencies::check(root).map(|said| println!("{said}")))?;
    step("model weights", || models::verify(root).map(|said| println!("{said}")))?;
    step("corpus pictures", || corpus::check(root).map(|said| println!("{said}")))?;
    step("specifications", || specifications(root).map(|said| println!("{said}")))?;
    let closing = step("clippy and tests", || tests(root))?;
    step("without optional parts", || cargo(root, &["test", "--no-run", "--locked", "--workspace"]))?;
    step("browser build", || {
        cargo(root, &["build", "--locked", "--package", "huizhi-photo", "--target", "wasm32-unknown-unknown"])
    })?;
    println!("\nall steps passed in {} s; the tests ended with:", started.elapsed().as_secs());
    for line in closing {
        println!("{line}");
    }
    Ok(())
}

fn step<T>(name: &str, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    println!("\n== {name}");
    let started = Instant::now();
    let done = work().with_context(|| format!("step “{name}” failed"))?;
    println!("== {name}: passed in {:.1} s", started.elapsed().as_secs_f32());
    Ok(done)
}

fn cargo(root: &Path, arguments: &[&str]) -> anyhow::Result<()> {
    let status = linting(Command::new(env!("CARGO")).args(arguments)).current_dir(root).status()?;
    ensure!(status.success(), "cargo {} ended with {status}", arguments.join(" "));
    Ok(())
}

/// Has our crates compiled by clippy, which denies warnings. `cargo clippy` by itself would compile every dependency a second time, only to
/// look at it.
fn linting(command: &mut Command) -> &mut Command {
    command
        .env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver")
        .env("CLIPPY_ARGS", "--deny__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__")
}

/// Runs all tests, those of optional parts too; gives the runner's own closing lines.
fn tests(root: &Path) -> anyhow::Result<Vec<String>> {
    let server = postgres::start()?;
    if server.is_none() {
        println!("PostgreSQL is not installed, so the stories run on SQLite only");
    }
    let nextest = Command::new(env!("CARGO")).args(["nextest", "--version"]).output()?.status.success();
    // Without nextest every test binary closes with a line of its own, so all of those are kept.
    let (arguments, closes): (&[&str], Keeps) = if nextest {
        // Words, not colours: the lines are looked at below, and read in logs.
        let run: &[&str] =
            &["nextest", "run", "--locked", "--workspace", "--all-features", "--no-tests=pass", "--color=never"];
        (run, |line, already| already || line.trim_start().starts_with("Summary"))
    } else {
        (&["test", "--locked", "--workspace", "--all-features"], |line, _| line.starts_with("test result:"))
    };
    let mut runner = Command::new(env!("CARGO"));
    linting(runner.args(arguments)).current_dir(root);
    if let Some(server) = &server {
        runner.env("HUIZHI_TEST_POSTGRES", &server.address);
    }
    // nextest reports on stderr, the built-in runner on stdout.
    let (status, closing) = if nextest {
        let mut running = runner.stderr(Stdio::piped()).spawn()?;
        let closing = echo(running.stderr.take().context("no stderr from the test runner")?, closes)?;
        (running.wait()?, closing)
    } else {
        let mut running = runner.stdout(Stdio::piped()).spawn()?;
        let closing = echo(running.stdout.take().context("no stdout from the test runner")?, closes)?;
        (running.wait()?, closing)
    };
    ensure!(status.success(), "cargo {} ended with {status}", arguments.join(" "));
    Ok(closing)
}

/// Whether a line of the test runner's is kept, told whether one was kept before.
type Keeps = fn(&str, bool) -> bool;

/// Shows a stream line by line as it comes, and gives the lines that are to be kept.
fn echo(stream: impl std::io::Read, keeps: Keeps) -> anyhow::Result<Vec<String>> {
    let mut kept = Vec::new();
    let mut out = std::io::stdout().lock();
    for line in BufReader::new(stream).lines() {
        let line = line?;
        writeln!(out, "{line}")?;
        if keeps(&line, !kept.is_empty()) {
            kept.push(line);
        }
    }
    Ok(kept)
}

/// Every file in specs/documents is a specification with the file's name as its id.
fn specifications(root: &Path) -> anyhow::Result<String> {
    let mut count = 0;
    let folder = root.join("specs/documents");
    if !folder.exists() {
        return Ok("no specs/documents yet".to_owned());
    }
    for entry in std::fs::read_dir(&folder)? {
        let path = entry?.path();
        let name = path.display();
        let text = std::fs::read_to_string(&path).with_context(|| format!("reading {name}"))?;
        let spec = huizhi_photo::Spec::from_toml(&text).with_context(|| name.to_string())?;
        if path.file_stem() != Some(std::ffi::OsStr::new(&spec.id)) {
            bail!("{name}: its id is “{}”; name the file {}.toml", spec.id, spec.id);
        }
        count += 1;
    }
    Ok(format!("{count} documents"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_lines_of_the_runner_are_kept() {
        let said = "    PASS one\n------------\n     Summary [1.2s] 3 tests run: 2 passed, 1 failed\n    FAIL three\n";
        let kept = echo(said.as_bytes(), |line, already| already || line.trim_start().starts_with("Summary")).unwrap();
        assert_eq!(kept, ["     Summary [1.2s] 3 tests run: 2 passed, 1 failed", "    FAIL three"]);
    }
}
