//! corpus/MANIFEST.toml against the pictures that are there.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, ensure};
use serde::Deserialize;

use crate::models::sha256;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    picture: Vec<Picture>,
}

/// One picture that may be given to anybody, and why we know that it may.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Picture {
    file: String,
    title: String,
    author: String,
    licence: Licence,
    licence_source: String,
    package: String,
    version: String,
    path: String,
    sha256: String,
    shows: String,
}

/// Only what asks nothing of whoever passes the picture on.
#[derive(Deserialize, Debug)]
enum Licence {
    #[serde(rename = "public-domain")]
    PublicDomain,
    #[serde(rename = "CC0-1.0")]
    Cc0,
}

/// A picture without a row, a row without a picture and changed bytes are errors.
pub fn check(root: &Path) -> anyhow::Result<String> {
    let folder = root.join("corpus");
    let name = folder.join("MANIFEST.toml");
    let text = std::fs::read_to_string(&name).with_context(|| format!("reading {}", name.display()))?;
    let manifest: Manifest = toml::from_str(&text).context("corpus/MANIFEST.toml")?;
    let mut known = BTreeSet::new();
    for picture in &manifest.picture {
        let file = &picture.file;
        let data = std::fs::read(folder.join(file)).with_context(|| format!("reading corpus/{file}"))?;
        let found = sha256(&data);
        ensure!(found == picture.sha256, "corpus/{file}: sha256 is {found}, the manifest says {}", picture.sha256);
        let told = [
            &picture.title,
            &picture.author,
            &picture.licence_source,
            &picture.package,
            &picture.version,
            &picture.path,
            &picture.shows,
        ];
        ensure!(
            told.iter().all(|field| !field.is_empty()),
            "corpus/{file} ({:?}): an entry of the manifest is empty",
            picture.licence
        );
        ensure!(known.insert(folder.join(file)), "corpus/{file} stands twice in the manifest");
    }
    let pictures = folder.join("portraits");
    for entry in std::fs::read_dir(&pictures).with_context(|| format!("reading {}", pictures.display()))? {
        let path = entry?.path();
        ensure!(known.contains(&path), "{} is not in corpus/MANIFEST.toml; add where it comes from", path.display());
    }
    Ok(format!("{} pictures, each with its origin", known.len()))
}
