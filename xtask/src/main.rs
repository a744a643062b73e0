//! The project's automation: everything that a person or a build machine runs besides the program itself.

mod ofiq;

use clap::Parser;

#[derive(Parser)]
#[command(bin_name = "cargo xtask", about)]
enum Task {
    /// ISO/IEC 29794-5 components against the reference implementation's answers.
    Ofiq(ofiq::Arguments),
}

fn main() -> anyhow::Result<()> {
    match Task::parse() {
        Task::Ofiq(arguments) => ofiq::run(&arguments),
    }
}
