//! Lists templates, static files, drawings and words into tables, so that a new one needs no Rust.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    list(&here.join("templates"), "include_str!", "templates.rs")?;
    list(&here.join("static"), "include_bytes!", "static_files.rs")?;
    list(&here.join("drawings"), "include_bytes!", "drawings.rs")?;
    let locales = here.join("../../locales");
    list(&locales.join("zh-CN"), "include_str!", "words_zh.rs")?;
    list(&locales.join("en"), "include_str!", "words_en.rs")
}

/// Writes `&[(path within the folder, include!(path)), …]` for all files of a folder and those below it, by name.
fn list(folder: &Path, include: &str, table_name: &str) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = Vec::new();
    walk(folder, &mut files)?;
    files.sort();
    let mut table = String::from("&[\n");
    for path in files {
        let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
        let path = path.to_string_lossy().into_owned();
        writeln!(table, "    ({name:?}, {include}({path:?})),").map_err(io::Error::other)?;
    }
    table.push_str("]\n");
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("OUT_DIR is not set; build with cargo"))?;
    fs::write(Path::new(&out).join(table_name), table)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
