//! The network weights: are they the ones we measured, and can they be made again.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail, ensure};
use clap::Subcommand;
use sha2::{Digest, Sha256};

#[derive(Subcommand)]
pub enum Task {
    /// Compare each file in models/ with SHA256SUMS and with MODELS.md.
    Verify,
    /// Make the files again from the published packages and say which come out the same.
    ///
    /// Needs Python 3.11 on Linux x86-64, the network, about 2 GB of disk and a minute or two.
    Convert {
        /// Folder for the Python environment, the downloads and the result; kept for the next run.
        #[arg(long)]
        out: PathBuf,
        /// The Python to make the environment with.
        #[arg(long, default_value = "python3.11")]
        python: PathBuf,
    },
}

pub fn run(root: &Path, task: Task) -> anyhow::Result<()> {
    match task {
        Task::Verify => verify(root).map(|said| println!("{said}")),
        Task::Convert { out, python } => convert(root, &out, &python),
    }
}

/// Gives one line for each file; an error names the first that is not what SHA256SUMS says.
pub fn verify(root: &Path) -> anyhow::Result<String> {
    let folder = root.join("models");
    let described = read(&folder.join("MODELS.md"))?;
    let mut said = String::new();
    let sums = sums(root)?;
    for (expected, name) in &sums {
        let path = folder.join(name);
        let data = std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        let found = sha256(&data);
        ensure!(found == *expected, "models/{name}: sha256 is {found}, SHA256SUMS says {expected}; restore the file");
        let size = thousands(data.len());
        ensure!(
            described.contains(expected) && described.contains(&size),
            "models/MODELS.md does not give the sha256 and the {size} bytes of {name}"
        );
        writeln!(said, "{name}: {size} bytes, as recorded")?;
    }
    for entry in std::fs::read_dir(&folder)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        if name.ends_with(".onnx") && !sums.iter().any(|(_, known)| *known == name) {
            bail!("models/{name} is not in SHA256SUMS; add its line, and its origin to MODELS.md");
        }
    }
    Ok(said.trim_end().to_owned())
}

fn convert(root: &Path, out: &Path, python: &Path) -> anyhow::Result<()> {
    let scripts = root.join("models/convert");
    let (environment, work, made) = (out.join("venv"), out.join("work"), out.join("made"));
    let inside = environment.join("bin/python");
    if !inside.exists() {
        command(Command::new(python).args(["-m", "venv"]).arg(&environment))?;
    }
    let pins = scripts.join("requirements.txt");
    command(Command::new(&inside).args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(pins))?;
    // Bytecode would be written beside the scripts, into the repository.
    command(Command::new(&inside).arg("-B").arg(scripts.join("convert.py")).arg(work).arg(&made))?;
    let mut different = Vec::new();
    for (expected, name) in sums(root)? {
        let path = made.join(&name);
        let data = std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        let found = sha256(&data);
        if found == expected {
            println!("{name}: same");
        } else {
            println!("{name}: different ({found}, recorded {expected})");
            different.push(name);
        }
    }
    ensure!(different.is_empty(), "not reproduced: {}", different.join(", "));
    Ok(())
}

/// (sha256 in hexadecimal, file name) from models/SHA256SUMS.
fn sums(root: &Path) -> anyhow::Result<Vec<(String, String)>> {
    read(&root.join("models/SHA256SUMS"))?
        .lines()
        .map(|line| {
            let (sum, name) =
                line.split_once("  ").with_context(|| format!("models/SHA256SUMS: “{line}” is not “SUM  NAME”"))?;
            Ok((sum.to_owned(), name.to_owned()))
        })
        .collect()
}

/// In lower-case hexadecimal.
pub fn sha256(data: &[u8]) -> String {
    Sha256::digest(data).iter().fold(String::new(), |sum, byte| sum + &format!("{byte:02x}"))
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
}

fn command(command: &mut Command) -> anyhow::Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.status().with_context(|| format!("starting {name}; install it or name another"))?;
    ensure!(status.success(), "{name} ended with {status}");
    Ok(())
}

/// `12,967,921`, as MODELS.md writes sizes.
fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_written_with_commas() {
        assert_eq!(thousands(12_967_921), "12,967,921");
        assert_eq!(thousands(913_246), "913,246");
        assert_eq!(thousands(7), "7");
    }

    #[test]
    fn a_digest_is_lower_case_hexadecimal() {
        assert_eq!(sha256(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
