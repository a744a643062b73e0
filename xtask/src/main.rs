//! The project's automation: `cargo xtask <task>`.

mod geometry;
mod specs;

use clap::Parser;

/// The project's automation.
#[derive(Parser)]
#[command(name = "cargo xtask", about)]
enum Task {
    /// Make photos of labelled portraits and count how many meet every rule.
    Geometry(geometry::Options),
    /// Validate the specifications and draw them as one page.
    Specs(specs::Options),
}

fn main() -> anyhow::Result<()> {
    match Task::parse() {
        Task::Geometry(options) => geometry::run(&options),
        Task::Specs(options) => specs::run(&options),
    }
}
