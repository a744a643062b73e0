//! What shells and `man` want to know of the arguments.

use std::io;

use clap::CommandFactory;

use crate::{Arguments, Exit};

/// Prints a shell's completions.
pub fn completions(shell: clap_complete::Shell) -> anyhow::Result<Exit> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "huizhi", &mut text);
    print(&text)
}

/// Prints the manual page, one section for each command.
pub fn man() -> anyhow::Result<Exit> {
    let mut text = Vec::new();
    let mut command = Arguments::command();
    command.build();
    page(&command, &mut text)?;
    print(&text)
}

fn page(command: &clap::Command, text: &mut Vec<u8>) -> io::Result<()> {
    clap_mangen::Man::new(command.clone()).render(text)?;
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help" && !sub.is_hide_set()) {
        page(sub, text)?;
    }
    Ok(())
}

fn print(text: &[u8]) -> anyhow::Result<Exit> {
    crate::files::write(crate::files::STANDARD.as_ref(), text)?;
    Ok(Exit::Fits)
}
