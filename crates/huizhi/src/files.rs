//! Reading and writing: `-` is the standard input or output, and a file is there whole or not at all.

use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;

use anyhow::Context;

/// The standard input or output in place of a file.
pub const STANDARD: &str = "-";

/// Reads a photo, at most `limit` bytes and one: who takes it then says that it is too long.
pub fn read(path: &Path, limit: usize) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = limit as u64 + 1;
    if path == Path::new(STANDARD) {
        io::stdin().lock().take(most).read_to_end(&mut bytes).context("cannot read the standard input")?;
    } else {
        let cannot = || format!("cannot read {}; check the name and that you may read it", path.display());
        fs::File::open(path).with_context(cannot)?.take(most).read_to_end(&mut bytes).with_context(cannot)?;
    }
    Ok(bytes)
}

/// Writes a file under another name in the same folder and renames it when it is whole.
pub fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    if path == Path::new(STANDARD) {
        let mut output = io::stdout().lock();
        return output.write_all(bytes).and_then(|()| output.flush()).context("cannot write to the standard output");
    }
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let cannot =
        || format!("cannot write {}; check that its folder exists and that you may write there", path.display());
    let mut file = tempfile::NamedTempFile::new_in(folder).with_context(cannot)?;
    file.write_all(bytes).with_context(cannot)?;
    readable(file.as_file()).with_context(cannot)?;
    file.persist(path).with_context(cannot)?;
    Ok(())
}

/// Prints to the standard output. Whoever stops reading, as `head` does, has read enough.
pub fn say(text: &str) -> anyhow::Result<()> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to the standard output")
        }
        _ => Ok(()),
    }
}

/// Temporary files are the owner's alone; what takes their place is as readable as other new files usually are.
#[cfg(unix)]
fn readable(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &fs::File) -> io::Result<()> {
    Ok(())
}
