//! The arrows between our crates, and the licences, origins and kind of all others.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail, ensure};
use serde::Deserialize;

use crate::licences;

/// Each crate of the workspace with those of the workspace that it may depend on: `photo ← domain ← store ← web ←
/// huizhi`. xtask may use all of them and nothing may use xtask.
const ARROWS: &[(&str, &[&str])] = &[
    ("huizhi-photo", &[]),
    ("huizhi-photo-wasm", &["huizhi-photo"]),
    ("huizhi-domain", &["huizhi-photo"]),
    ("huizhi-store", &["huizhi-photo", "huizhi-domain"]),
    ("huizhi-paper", &["huizhi-domain"]),
    ("huizhi-outside", &["huizhi-domain"]),
    ("huizhi-sandbox", &["huizhi-photo"]),
    (
        "huizhi-web",
        &["huizhi-photo", "huizhi-domain", "huizhi-store", "huizhi-outside", "huizhi-paper", "huizhi-sandbox"],
    ),
    (
        "huizhi",
        &[
            "huizhi-photo",
            "huizhi-domain",
            "huizhi-store",
            "huizhi-outside",
            "huizhi-paper",
            "huizhi-sandbox",
            "huizhi-web",
        ],
    ),
];

/// What may stand under nobody who is pure: photo, its browser build and domain (STYLE.md, §1).
const IMPURE: &[&str] = &["tokio", "sqlx", "axum", "hyper", "mio"];

/// The crates that must build without a C compiler (js-sys and web-sys link a browser, not C) and read every byte from outside in safe Rust.
const WITHOUT_C: &[&str] = &["huizhi-photo", "huizhi-photo-wasm", "huizhi-domain"];

/// What is looked at: where the service runs, and the browser.
const PLATFORMS: &[&str] = &["x86_64-unknown-linux-gnu", "wasm32-unknown-unknown"];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_members: BTreeSet<String>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    source: Option<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    kind: Option<String>,
}

/// The part of deny.toml that is checked here too.
#[derive(Deserialize)]
struct Deny {
    licenses: Licences,
    bans: Bans,
}

#[derive(Deserialize)]
struct Licences {
    allow: Vec<String>,
    #[serde(default)]
    exceptions: Vec<Exception>,
}

/// Licences that one crate alone may have.
#[derive(Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Banned>,
}

#[derive(Deserialize)]
struct Banned {
    #[serde(rename = "crate")]
    name: String,
}

/// Runs cargo-deny where it is installed. Where it is not, the part of deny.toml that needs no advisory database is
/// checked here, so that the build machine need not compile cargo-deny.
pub fn check(root: &Path) -> anyhow::Result<String> {
    let mut names = BTreeSet::new();
    let text = std::fs::read_to_string(root.join("deny.toml")).context("reading deny.toml")?;
    let deny: Deny = toml::from_str(&text).context("deny.toml")?;
    for platform in PLATFORMS {
        let metadata = metadata(root, platform)?;
        let packages: BTreeMap<&str, &Package> = metadata.packages.iter().map(|p| (p.id.as_str(), p)).collect();
        arrows(&metadata, &packages)?;
        without_c(&metadata, &packages)?;
        for node in &metadata.resolve.nodes {
            let package = find(&packages, &node.id)?;
            acceptable(package, &deny)?;
            names.insert((package.name.clone(), package.version.clone()));
        }
    }
    if Command::new(env!("CARGO")).args(["deny", "--version"]).output()?.status.success() {
        let status = Command::new(env!("CARGO")).args(["deny", "check"]).current_dir(root).status()?;
        ensure!(status.success(), "cargo deny ended with {status}");
        return Ok(format!("{} crates, also checked by cargo-deny", names.len()));
    }
    Ok(format!("{} crates; cargo-deny is not installed, so security advisories were not looked up", names.len()))
}

fn arrows(metadata: &Metadata, packages: &BTreeMap<&str, &Package>) -> anyhow::Result<()> {
    for node in metadata.resolve.nodes.iter().filter(|node| metadata.workspace_members.contains(&node.id)) {
        let from = &find(packages, &node.id)?.name;
        if from == "xtask" {
            continue;
        }
        let Some((_, may)) = ARROWS.iter().find(|(name, _)| name == from) else {
            bail!("{from} is not in the table of arrows in xtask/src/dependencies.rs; say there what it may depend on");
        };
        for to in shipped(node).filter(|id| metadata.workspace_members.contains(*id)) {
            let to = &find(packages, to)?.name;
            ensure!(
                may.contains(&to.as_str()),
                "{from} depends on {to}, against the arrows; move what it needs, or the crate's place in them"
            );
        }
    }
    Ok(())
}

fn without_c(metadata: &Metadata, packages: &BTreeMap<&str, &Package>) -> anyhow::Result<()> {
    let nodes: BTreeMap<&str, &Node> = metadata.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    for start in metadata.workspace_members.iter().filter_map(|id| packages.get(id.as_str())) {
        if !WITHOUT_C.contains(&start.name.as_str()) {
            continue;
        }
        let mut seen = BTreeSet::from([start.id.as_str()]);
        let mut waiting = vec![start.id.as_str()];
        while let Some(id) = waiting.pop() {
            let name = &find(packages, id)?.name;
            ensure!(!IMPURE.contains(&name.as_str()), "{} needs {name}; it must stay pure", start.name);
            ensure!(
                (!name.ends_with("-sys") || ["js-sys", "web-sys"].contains(&name.as_str()))
                    && !["cc", "cmake", "bindgen", "pkg-config", "nasm-rs"].contains(&name.as_str()),
                "{} needs {name}, which builds or links C; it must not",
                start.name
            );
            let node = nodes.get(id).with_context(|| format!("cargo resolved nothing for {id}"))?;
            waiting.extend(shipped(node).filter(|next| seen.insert(next)));
        }
    }
    Ok(())
}

/// What a crate needs to be built; what only its tests need is left out.
fn shipped(node: &Node) -> impl Iterator<Item = &str> {
    node.deps
        .iter()
        .filter(|dependency| dependency.dep_kinds.iter().any(|kind| kind.kind.as_deref() != Some("dev")))
        .map(|dependency| dependency.pkg.as_str())
}

fn acceptable(package: &Package, deny: &Deny) -> anyhow::Result<()> {
    let Package { name, version, .. } = package;
    let Some(source) = &package.source else { return Ok(()) };
    ensure!(source.starts_with("registry+"), "{name} {version} comes from {source}; only the registry is allowed");
    ensure!(!deny.bans.deny.iter().any(|banned| banned.name == *name), "{name} {version} is banned in deny.toml");
    let exceptions = deny.licenses.exceptions.iter().filter(|exception| exception.name == *name);
    let allow: Vec<String> =
        deny.licenses.allow.iter().chain(exceptions.flat_map(|exception| &exception.allow)).cloned().collect();
    let licence = package.license.as_deref().with_context(|| format!("{name} {version} names no licence"))?;
    ensure!(
        licences::allowed(licence, &allow).with_context(|| format!("{name} {version}"))?,
        "{name} {version} is under “{licence}”, which deny.toml does not allow"
    );
    Ok(())
}

fn metadata(root: &Path, platform: &str) -> anyhow::Result<Metadata> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--all-features", "--format-version=1", "--filter-platform", platform])
        .current_dir(root)
        .output()?;
    ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).context("reading what cargo metadata says")
}

fn find<'a>(packages: &BTreeMap<&str, &'a Package>, id: &str) -> anyhow::Result<&'a Package> {
    packages.get(id).copied().with_context(|| format!("cargo metadata names {id} and does not describe it"))
}
