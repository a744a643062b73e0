//! The project's automation: `cargo xtask <task>`.

mod specs;

use clap::Parser;

/// The project's automation.
#[derive(Parser)]
#[command(name = "cargo xtask", about)]
enum Task {
    /// Validate the specifications and draw them as one page.
    Specs(specs::Options),
}

fn main() -> anyhow::Result<()> {
    match Task::parse() {
        Task::Specs(options) => specs::run(&options),
    }
}
