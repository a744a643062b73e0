//! `huizhi shop`: a photo shop's day. A folder of photos and a table of customers become orders at a service, are followed, and come back as
//! receipts.
//!
//! `huizhi-shop.jsonl` in the folder says how far each photo is. A line is durable before the next step begins, and each step is sent
//! under a key of its own, so that a run that was cut off goes on where it stopped and nothing is made twice.

mod client;
mod customers;
mod journal;
mod receipts;
mod submit;
mod watch;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use self::client::Client;
use self::journal::{Journal, Progress};
use crate::text::Lang;
use crate::{Exit, UsageError};

/// What a photo shop does.
#[derive(Subcommand)]
pub enum Command {
    /// Submit, wait for the review and fetch the receipts: the whole day by one command.
    Run(Run),
    /// Submit the photos of a folder for the customers of a table.
    Submit(Submit),
    /// Say how the submitted photos stand; wait until all are decided.
    Watch(Watch),
    /// Fetch the receipts that are ready.
    Receipts(Receipts),
    /// Print fetched receipts, each once.
    Print(Print),
}

/// The service, and the folder.
#[derive(Args)]
pub struct Place {
    /// Folder with photos
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Address of the service, as `https://id.example`
    #[arg(long, env = "HUIZHI_SERVER", value_name = "URL")]
    server: String,
    /// File with the shop's key; without it the key is read from `HUIZHI_KEY`
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Language of messages [default: from LANG, else zh]
    #[arg(long, value_enum)]
    lang: Option<Lang>,
}

/// Options of `submit`.
#[derive(Args)]
pub struct Submit {
    #[command(flatten)]
    place: Place,
    /// Table of customers (CSV, UTF-8) [default: customers.csv in the folder]
    #[arg(long, value_name = "CSV")]
    customers: Option<PathBuf>,
    /// Document where the table names none
    #[arg(long, value_name = "ID", default_value = "cn-resident-id")]
    document: String,
    /// City code where the table names none
    #[arg(long, value_name = "CODE")]
    city: Option<String>,
    /// Submit the good rows of a table that has bad ones; else nothing is sent
    #[arg(long)]
    skip_refused: bool,
    /// How many photos run side by side
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=16))]
    jobs: u8,
}

/// Options of `watch`.
#[derive(Args)]
pub struct Watch {
    #[command(flatten)]
    place: Place,
    /// Look once and do not wait
    #[arg(long)]
    once: bool,
}

/// Options of `receipts`.
#[derive(Args)]
pub struct Receipts {
    #[command(flatten)]
    place: Place,
    /// Folder for the receipts [default: receipts in the folder]
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Options of `print`.
#[derive(Args)]
pub struct Print {
    /// Folder with photos whose receipts were fetched
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Folder of the receipts [default: receipts in the folder]
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Printer [default: the system's]
    #[arg(long, value_name = "NAME")]
    printer: Option<String>,
    /// Print again what was printed
    #[arg(long)]
    again: bool,
    /// Language of messages [default: from LANG, else zh]
    #[arg(long, value_enum)]
    lang: Option<Lang>,
}

/// Options of `run`.
#[derive(Args)]
pub struct Run {
    #[command(flatten)]
    submit: Submit,
    /// Folder for the receipts [default: receipts in the folder]
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Runs one command.
pub fn run(command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Submit(options) => {
            let shop = Shop::open(&options.place)?;
            submit::submit(&shop, &options)
        }
        Command::Watch(options) => watch::watch(&Shop::open(&options.place)?, options.once),
        Command::Receipts(options) => receipts::fetch(&Shop::open(&options.place)?, options.out.as_deref()),
        Command::Print(options) => receipts::print(&options),
        Command::Run(options) => {
            let shop = Shop::open(&options.submit.place)?;
            let submitted = submit::submit(&shop, &options.submit)?;
            if submitted == Exit::Usage {
                return Ok(submitted);
            }
            let watched = watch::watch(&shop, false)?;
            let fetched = receipts::fetch(&shop, options.out.as_deref())?;
            Ok(submitted.max(watched).max(fetched))
        }
    }
}

/// A folder at work.
struct Shop {
    folder: PathBuf,
    client: Client,
    journal: Journal,
    lang: Lang,
    /// Versions of the text of consent, by document, as the service said them.
    consent: Mutex<BTreeMap<String, String>>,
}

impl Shop {
    fn open(place: &Place) -> anyhow::Result<Self> {
        let key = match &place.key_file {
            Some(path) => {
                std::fs::read_to_string(path).with_context(|| format!("cannot read the key {}", path.display()))?
            }
            None => std::env::var("HUIZHI_KEY").map_err(|_| {
                UsageError(
                    "no key: give --key-file, or set HUIZHI_KEY; the service's operator makes one by `huizhi key add`"
                        .to_owned(),
                )
            })?,
        };
        Ok(Self {
            folder: place.folder.clone(),
            client: Client::new(&place.server, key.trim())?,
            journal: Journal::open(&place.folder)?,
            consent: Mutex::default(),
            lang: place.lang.unwrap_or_else(Lang::of_environment),
        })
    }

    /// A bar that counts photos; plain lines stay out of its way.
    fn bar(&self, length: usize, what: &str) -> ProgressBar {
        let bar = ProgressBar::with_draw_target(Some(length as u64), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len} {eta}") {
            bar.set_style(style);
        }
        bar.set_message(self.lang.word(what));
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    }

    /// How all photos of the folder stand, by file.
    fn progress(&self) -> Vec<(String, Progress)> {
        self.journal.all()
    }
}
