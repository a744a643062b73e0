//! The one binary: it parses arguments, reads and writes files, and prints.

mod bench;
mod files;
mod models;
#[cfg(feature = "onnxruntime")]
mod onnxruntime;
mod photo;
mod service;
mod shell;
mod shop;
mod text;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// From a phone photo to the ID-card window.
#[derive(Parser)]
#[command(name = "huizhi", version, about, propagate_version = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Judge photos, make ID photos and print sheets.
    #[command(subcommand)]
    Photo(photo::Command),
    /// Measure what the engine costs, what the time of a sign-in tells, and how fast places are booked.
    #[command(subcommand)]
    Bench(bench::Command),
    /// Do a photo shop's day: submit a folder, follow it, fetch and print receipts.
    #[command(subcommand)]
    Shop(shop::Command),
    /// Serve the pages, the desks and the interface for machines.
    Serve(Box<service::Serve>),
    /// Do the service's work without serving pages: for more machines beside one that serves, on PostgreSQL.
    Work(service::Work),
    /// Set up who works at the desks.
    #[command(subcommand)]
    Staff(service::StaffCommand),
    /// Give photo shops keys for the interface for machines.
    #[command(subcommand)]
    Key(service::KeyCommand),
    /// Put photos with a known answer before reviewers.
    #[command(subcommand)]
    Probe(service::ProbeCommand),
    /// See whether messages reach people outside the inbox.
    #[command(subcommand)]
    Notify(service::NotifyCommand),
    /// Work with other services: photos are reviewed for each other, receipts fetched from each other.
    #[command(subcommand)]
    Peer(service::PeerCommand),
    /// Let others review a city's photos, or take them back to the own desk.
    #[command(subcommand)]
    Centre(service::CentreCommand),
    /// Keep, compare and bring back what this deployment changes of the data that come with the program.
    #[command(subcommand)]
    Settings(service::SettingsCommand),
    /// See whether the service can run here, and what is missing.
    Doctor(service::Doctor),
    /// Prove that the log was not changed.
    #[command(subcommand)]
    Audit(service::AuditCommand),
    /// Print a shell's completions.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page.
    Man,
    /// Read one photo for the service, which starts this itself and talks to it by its standard input and output.
    #[command(hide = true)]
    PhotoWorker,
}

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Every photo fits.
    Fits,
    /// A photo does not fit.
    DoesNotFit,
    /// The arguments ask for something that does not exist.
    Usage,
    /// Something could not be done.
    Failed,
}

/// Arguments that parse and still cannot be meant: an unknown document, a colour that it does not allow.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub String);

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Photo(command) => photo::run(command),
        Command::Bench(command) => bench::run(&command),
        Command::Shop(command) => shop::run(command),
        Command::Serve(serve) => service::serve(&serve),
        Command::Work(work) => service::work(&work),
        Command::Staff(command) => service::staff(command),
        Command::Key(command) => service::key(command),
        Command::Probe(command) => service::probe(command),
        Command::Notify(command) => service::notify(&command),
        Command::Peer(command) => service::peer(command),
        Command::Centre(command) => service::centre(command),
        Command::Settings(command) => service::settings(command),
        Command::Doctor(doctor) => service::doctor(&doctor),
        Command::Audit(command) => service::audit(&command),
        Command::Completions { shell } => shell::completions(shell),
        Command::Man => shell::man(),
        Command::PhotoWorker => huizhi_sandbox::worker::serve(models::for_one_photo),
    };
    let exit = result.unwrap_or_else(|error| {
        eprintln!("huizhi: {error:#}");
        if error.is::<UsageError>() { Exit::Usage } else { Exit::Failed }
    });
    ExitCode::from(exit as u8)
}
