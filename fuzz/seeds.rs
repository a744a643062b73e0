//! Writes the seed corpus: `cargo run --bin seeds` in `fuzz/`. Drawn files of every format for `decode`, the
//! specifications of the repository for `spec`.

use std::path::Path;

#[path = "../crates/huizhi-photo/tests/it/decode_files.rs"]
#[allow(dead_code)]
mod decode_files;

fn main() -> std::io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let decode = root.join("corpus/decode");
    std::fs::create_dir_all(&decode)?;
    for (name, file) in decode_files::one_of_each() {
        std::fs::write(decode.join(name.replace(' ', "-")), file)?;
    }
    let fixtures = root.join("../crates/huizhi-photo/tests/it/fixtures");
    for entry in std::fs::read_dir(fixtures)? {
        let entry = entry?;
        std::fs::copy(entry.path(), decode.join(entry.file_name()))?;
    }
    let spec = root.join("corpus/spec");
    std::fs::create_dir_all(&spec)?;
    let documents = root.join("../specs/documents");
    for entry in std::fs::read_dir(documents).into_iter().flatten() {
        let entry = entry?;
        std::fs::copy(entry.path(), spec.join(entry.file_name()))?;
    }
    Ok(())
}
