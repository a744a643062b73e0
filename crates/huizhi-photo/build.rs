//! Lists `specs/documents/*.toml` into a table, so that adding a document needs no Rust.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let documents = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs/documents");
    println!("cargo::rerun-if-changed={}", documents.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(&documents)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            names.push(path);
        }
    }
    names.sort();
    let mut table = String::from("&[\n");
    for path in names {
        let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let path = path.to_string_lossy().into_owned();
        writeln!(table, "    ({id:?}, include_str!({path:?})),").map_err(io::Error::other)?;
    }
    table.push_str("]\n");
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("OUT_DIR is not set; build with cargo"))?;
    fs::write(Path::new(&out).join("documents.rs"), table)
}
