//! The operator's own rules, in a folder beside ours.

use std::path::Path;

use anyhow::Context;

/// The files of `materials/` in a folder: name without `.toml`, and text. A folder without it is a slip, not an empty answer.
pub fn materials(folder: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let folder = folder.join("materials");
    let entries = std::fs::read_dir(&folder).with_context(|| format!("reading the rules in {}", folder.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_none_or(|it| it != "toml") {
            continue;
        }
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        files.push((name, text));
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_by_name_and_a_wrong_folder_is_told() {
        let folder = tempfile::tempdir().unwrap();
        assert!(materials(folder.path()).unwrap_err().to_string().contains("reading the rules"));
        std::fs::create_dir(folder.path().join("materials")).unwrap();
        for (name, text) in [("b.toml", "2"), ("a.toml", "1"), ("notes.txt", "no rule")] {
            std::fs::write(folder.path().join("materials").join(name), text).unwrap();
        }
        let read = materials(folder.path()).unwrap();
        assert_eq!(read, [("a".to_owned(), "1".to_owned()), ("b".to_owned(), "2".to_owned())]);
    }
}
