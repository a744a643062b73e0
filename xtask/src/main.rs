//! The project's automation: everything that a person or a build machine runs besides the program itself.

mod ci;
mod corpus;
mod degraded;
mod dependencies;
mod evaluate;
mod fetched;
mod films;
mod geometry;
mod licences;
mod likeness;
mod models;
mod ofiq;
mod planted;
mod portraits;
mod postgres;
mod probes;
mod schemathesis;
mod specs;
mod wasm;

use std::path::Path;

use anyhow::Context;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(bin_name = "cargo xtask", about)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Everything that must hold before a change is merged; the same here and on the build machine.
    Ci,
    /// The network weights in models/.
    #[command(subcommand)]
    Models(models::Task),
    /// Compare the pictures in corpus/ with its manifest.
    CorpusFiles,
    /// Make photos of labelled portraits and count how many meet every rule.
    Geometry(geometry::Options),
    /// Validate the specifications and draw them as one page.
    Specs(specs::Options),
    /// Take the pictures of an evaluation table out of cloned repositories.
    Fetched(fetched::Options),
    /// Count how many challenges of signing in by face films answer that were made before.
    Films(films::Options),
    /// Compare the checks with people's labels on a folder of portraits.
    Evaluate(evaluate::Options),
    /// See whether synthetic faults are noticed by the right code.
    Degraded(degraded::Options),
    /// Draw faults that no label names into labelled portraits, and see whether they are told.
    Planted(planted::Options),
    /// Compare reports made here and in WASM, byte for byte.
    Wasm(wasm::Options),
    /// Count how often two faces are wrongly taken for one person's, or for two's.
    Likeness(likeness::Options),
    /// Fit the linear probes in models/probes/ on a folder of labelled portraits.
    Probes(probes::Options),
    /// Compare our ISO/IEC 29794-5 components with the reference engine's answers.
    Ofiq(ofiq::Arguments),
    /// Ask the interface for machines what its description allows and what it does not.
    Schemathesis(schemathesis::Options),
    /// Who may depend on whom, on which licences, and on no C code.
    Dependencies,
}

fn main() -> anyhow::Result<()> {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask does not stand in the workspace's folder")?;
    match Arguments::parse().task {
        Task::Ci => ci::run(root),
        Task::Models(task) => models::run(root, task),
        Task::CorpusFiles => corpus::check(root).map(|said| println!("{said}")),
        Task::Geometry(options) => geometry::run(root, &options),
        Task::Specs(options) => specs::run(&options),
        Task::Evaluate(options) => evaluate::run(root, &options),
        Task::Films(options) => films::run(root, &options),
        Task::Fetched(options) => fetched::run(&options),
        Task::Degraded(options) => degraded::run(root, &options),
        Task::Planted(options) => planted::run(root, &options),
        Task::Wasm(options) => wasm::run(root, &options),
        Task::Likeness(options) => likeness::run(root, &options),
        Task::Probes(options) => probes::run(root, &options),
        Task::Ofiq(arguments) => ofiq::run(&arguments),
        Task::Schemathesis(options) => schemathesis::run(root, &options),
        Task::Dependencies => dependencies::check(root).map(|said| println!("{said}")),
    }
}
