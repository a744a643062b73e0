//! `cargo xtask fetched TABLE CLONES OUT`: takes a table's pictures out of cloned repositories.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Context as _;

use crate::models::sha256;

/// Which table, and where the clones lie.
#[derive(clap::Args)]
pub struct Options {
    /// Table with the columns file, `source_repo`, `source_commit`, `source_path`, sha256: corpus/evaluation/*.csv.
    table: PathBuf,
    /// Folder of bare clones, OWNER/NAME.git.
    clones: PathBuf,
    /// Folder to fill with the pictures and portraits.csv.
    out: PathBuf,
}

/// Writes every picture whose bytes have the table's checksum, and names those that don't.
pub fn run(options: &Options) -> anyhow::Result<()> {
    fs::create_dir_all(&options.out)?;
    let mut rows =
        csv::Reader::from_path(&options.table).with_context(|| format!("cannot read {}", options.table.display()))?;
    let (mut written, mut missing) = (0, 0);
    for row in rows.deserialize() {
        let row: BTreeMap<String, String> = row?;
        let column = |name: &str| row.get(name).map(String::as_str).with_context(|| format!("no column {name:?}"));
        let file = column("file")?;
        anyhow::ensure!(!file.contains(['/', '\\']), "{file:?} is no plain file name");
        let clone = options.clones.join(format!("{}.git", column("source_repo")?));
        let object = format!("{}:{}", column("source_commit")?, column("source_path")?);
        let shown = Command::new("git").arg("--git-dir").arg(&clone).args(["cat-file", "blob", &object]).output()?;
        if shown.status.success() && sha256(&shown.stdout) == column("sha256")? {
            fs::write(options.out.join(file), &shown.stdout)?;
            written += 1;
        } else {
            println!("{file}: {object} of {} is not there or has changed", clone.display());
            missing += 1;
        }
    }
    fs::copy(&options.table, options.out.join("portraits.csv"))?;
    println!("{written} pictures written, {missing} missing");
    Ok(())
}
