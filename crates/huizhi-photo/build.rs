//! Lists the folders that hold data into tables, so that adding a document, a check or a probe needs no Rust.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    list("specs/documents", "toml", "include_str!", "documents.rs")?;
    list("specs/checks", "toml", "include_str!", "checks.rs")?;
    list("models/probes", "f32", "include_bytes!", "probes.rs")
}

/// Writes `&[(stem, include!(path)), …]` for the files of a folder with one extension, in the order of their names.
fn list(folder: &str, extension: &str, include: &str, table_name: &str) -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|found| found == extension) {
            names.push(path);
        }
    }
    names.sort();
    let mut table = String::from("&[\n");
    for path in names {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let path = path.to_string_lossy().into_owned();
        writeln!(table, "    ({stem:?}, {include}({path:?})),").map_err(io::Error::other)?;
    }
    table.push_str("]\n");
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("OUT_DIR is not set; build with cargo"))?;
    fs::write(Path::new(&out).join(table_name), table)
}
