//! Whether the service can run here: one line for each thing that it needs, with what to do where it is missing. Nothing is changed.

use std::fmt::Display;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use clap::Args;
use huizhi_domain::clock::Clock as _;
use huizhi_domain::stored_faces::FaceAlarm;
use huizhi_domain::words::Lang;
use huizhi_sandbox::Confinement;
use huizhi_store::Keys;
use tokio::net::TcpStream;

use super::notify::Channels;
use super::place::{Places, SystemClock};
use super::run::runtime;
use crate::Exit;

/// Room that is wanted where data are, bytes: some twenty orders with three photos at their largest, and the log of a day.
const ROOM: u64 = 1 << 30;
/// Files that the service may hold open at once: a connection each, and its own.
pub(super) const HANDLES: u64 = 4096 + 256;
/// How long a mail server may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// A file from so far in the future says that the clock went back.
const AHEAD: Duration = Duration::from_mins(5);

/// What is looked at.
#[derive(Args, Debug)]
pub struct Doctor {
    #[command(flatten)]
    places: Places,
    /// The mail server that `serve` is given
    #[arg(long, value_name = "URL", env = "HUIZHI_SMTP", hide_env_values = true)]
    smtp: Option<String>,
    /// The file with the other channels that `serve` is given: it says which peers may be called
    #[arg(long, value_name = "TOML", env = "HUIZHI_CHANNELS")]
    channels: Option<PathBuf>,
}

/// A finding: the key of its message, whether it keeps the service from running, and the message's value.
struct Finding(&'static str, bool, String);

fn well(key: &'static str, value: impl Display) -> Finding {
    Finding(key, true, value.to_string())
}

fn wrong(key: &'static str, value: impl Display) -> Finding {
    Finding(key, false, value.to_string())
}

/// Looks, and prints a line for each thing. Exit code 1 where something is wrong.
pub fn doctor(arguments: &Doctor) -> anyhow::Result<Exit> {
    let lang = match crate::text::Lang::of_environment() {
        crate::text::Lang::Zh => Lang::Zh,
        crate::text::Lang::En => Lang::En,
    };
    let findings = runtime()?.block_on(look(arguments))?;
    for Finding(key, well, value) in &findings {
        println!("{} {}", if *well { "✓" } else { "✗" }, huizhi_web::words().say(lang, key, &[("value", value)]));
    }
    Ok(if findings.iter().all(|it| it.1) { Exit::Fits } else { Exit::DoesNotFit })
}

async fn look(arguments: &Doctor) -> anyhow::Result<Vec<Finding>> {
    let places = &arguments.places;
    let (data, keys) = (&places.data, places.keys_folder());
    let mut findings = vec![folder(data), key_files(&keys, data)];
    findings.push(database(places).await);
    findings.extend(faces(places).await);
    if places.s3_endpoint.is_some() || data.exists() {
        findings.push(match places.blobs()?.examine().await {
            Ok(()) => well("doctor-files", ""),
            Err(error) => wrong("doctor-files-wrong", error),
        });
    }
    findings.push(match huizhi_paper::Fonts::with_system() {
        Ok(fonts) => well("doctor-fonts", fonts.names().count()),
        Err(error) => wrong("doctor-fonts-wrong", error),
    });
    let confinement = Confinement::probe();
    findings.push(if confinement.is_complete() {
        well("doctor-sandbox", confinement)
    } else {
        wrong("doctor-sandbox-wrong", confinement)
    });
    findings.push(clock(data));
    findings.push(match rlimit::Resource::NOFILE.get() {
        Ok((_, hard)) if hard < HANDLES => wrong("doctor-handles-wrong", hard),
        Ok((_, hard)) => well("doctor-handles", hard),
        Err(error) => wrong("doctor-handles-wrong", error),
    });
    findings.push(room(data));
    if let Some(server) = &arguments.smtp {
        findings.push(mail(server).await);
    }
    findings.extend(amendments(arguments).await?);
    findings.extend(peers(arguments).await?);
    findings.extend(providers(arguments).await?);
    Ok(findings)
}

/// Reads what each provider of identities says of itself, and its keys.
async fn providers(arguments: &Doctor) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    if arguments.channels.is_none() {
        return Ok(findings);
    }
    for provider in &Channels::of_file(arguments.channels.clone()).open()?.oidc {
        let id = &provider.settings().id;
        findings.push(match provider.check(SystemClock.now()).await {
            Ok(()) => well("doctor-oidc", id),
            Err(error) => wrong("doctor-oidc-wrong", format!("{id}: {error}")),
        });
    }
    Ok(findings)
}

/// Reads what this deployment changes of the data that come with the program, as after an update. Where the tables are older, nothing is.
async fn amendments(arguments: &Doctor) -> anyhow::Result<Vec<Finding>> {
    let places = &arguments.places;
    let current = places.place().examine().await.ok().flatten().is_some_and(|it| it.version == Some(it.known));
    if !current || !places.keys_folder().join("pepper.key").exists() {
        return Ok(Vec::new());
    }
    // What keeps it from opening stands in the lines above.
    let Ok(store) = places.open().await else { return Ok(Vec::new()) };
    let all = store.amendments().await?;
    store.close().await;
    let skipped = huizhi_web::skipped(&huizhi_web::Settings::default(), &all);
    if skipped.is_empty() {
        return Ok(vec![well("doctor-settings", all.len())]);
    }
    let told = skipped.iter().map(|it| wrong("doctor-settings-wrong", format!("{}: {}", it.target, it.why)));
    Ok(told.collect())
}

/// Asks each peer whether it is there. Where the tables are older, nothing is known of peers yet, and nothing is changed.
async fn peers(arguments: &Doctor) -> anyhow::Result<Vec<Finding>> {
    let places = &arguments.places;
    let current = places.place().examine().await.ok().flatten().is_some_and(|it| it.version == Some(it.known));
    if !current || !places.keys_folder().join("pepper.key").exists() {
        return Ok(Vec::new());
    }
    let outside = Channels::of_file(arguments.channels.clone()).open()?;
    // What keeps it from opening, such as a broken key, stands in the lines above.
    let Ok(store) = places.open().await else { return Ok(Vec::new()) };
    let mut findings = Vec::new();
    for line in store.peers().await? {
        let (code, name) = (line.peer.code, &line.peer.name);
        findings.push(match huizhi_web::hello(&store, &outside.peers, &line.peer).await {
            Ok(hello) => well("doctor-peer", format!("{code} {name}: {}", hello.version)),
            Err(error) => wrong("doctor-peer-wrong", format!("{code} {name}: {} ({error})", error.code())),
        });
    }
    store.close().await;
    Ok(findings)
}

fn folder(data: &Path) -> Finding {
    if !data.exists() {
        return well("doctor-data-new", data.display());
    }
    let open = std::fs::metadata(data).map(|it| it.permissions().mode() & 0o007 != 0);
    match (open, tempfile::tempfile_in(data)) {
        (Ok(true), Ok(_)) => wrong("doctor-data-open", data.display()),
        (Ok(false), Ok(_)) => well("doctor-data", data.display()),
        (Err(error), _) | (_, Err(error)) => wrong("doctor-data-wrong", format!("{}: {error}", data.display())),
    }
}

fn key_files(keys: &Path, data: &Path) -> Finding {
    if !keys.join("pepper.key").exists() {
        let begun = data.join("huizhi.sqlite").exists();
        return if begun { wrong("doctor-keys-gone", keys.display()) } else { well("doctor-keys-new", keys.display()) };
    }
    let open = std::fs::read_dir(keys).into_iter().flatten().flatten().map(|entry| entry.path()).find(|path| {
        path.extension().is_some_and(|it| it == "key")
            && std::fs::metadata(path).is_ok_and(|it| it.permissions().mode() & 0o077 != 0)
    });
    match (open, Keys::in_folder(keys)) {
        (_, Err(error)) => wrong("doctor-keys-wrong", error),
        (Some(path), Ok(_)) => wrong("doctor-keys-open", path.display()),
        (None, Ok(_)) => well("doctor-keys", keys.display()),
    }
}

async fn database(places: &Places) -> Finding {
    match places.place().examine().await {
        Err(error) => wrong("doctor-database-wrong", error),
        Ok(None) => well("doctor-database-new", ""),
        Ok(Some(it)) => match (it.fault, it.version) {
            (Some(fault), _) => wrong("doctor-database-broken", fault),
            (None, Some(version)) if version > it.known => wrong("doctor-database-newer", version),
            (None, version) if version != Some(it.known) => well("doctor-database-older", it.known),
            (None, _) if it.encrypted == Some(false) => well("doctor-database-clear", it.known),
            (None, _) => well("doctor-database", it.known),
        },
    }
}

/// How many faces are kept, and whether the law asks the operator for something by that.
async fn faces(places: &Places) -> Option<Finding> {
    let faces = places.place().examine().await.ok().flatten()?.faces?;
    Some(match FaceAlarm::of(faces) {
        FaceAlarm::None => well("doctor-faces", faces),
        FaceAlarm::Near => wrong("doctor-faces-near", faces),
        FaceAlarm::Due => wrong("doctor-faces-due", faces),
    })
}

/// A clock that went back is seen by files from the future.
fn clock(data: &Path) -> Finding {
    let now = SystemTime::now();
    let files = std::fs::read_dir(data).into_iter().flatten().flatten();
    let newest = files.filter_map(|entry| entry.metadata().ok()?.modified().ok()).max();
    match newest {
        Some(newest) if newest > now + AHEAD => wrong("doctor-clock-wrong", ""),
        _ => well("doctor-clock", ""),
    }
}

fn room(data: &Path) -> Finding {
    let there = data.ancestors().find(|it| it.exists()).unwrap_or_else(|| Path::new("."));
    match rustix::fs::statvfs(there) {
        Ok(it) => {
            let free = it.f_bavail.saturating_mul(it.f_frsize);
            let gib = format!("{:.1}", free as f64 / f64::from(1 << 30));
            if free < ROOM { wrong("doctor-room-wrong", gib) } else { well("doctor-room", gib) }
        }
        Err(error) => wrong("doctor-room-unknown", error),
    }
}

/// Whether the mail server answers; nothing is sent.
async fn mail(server: &str) -> Finding {
    // The password stands before the last @.
    let (scheme, rest) = server.split_once("://").unwrap_or(("", server));
    let host = rest.rsplit('@').next().unwrap_or_default().split(['/', '?']).next().unwrap_or_default();
    let port = if scheme == "smtps" { 465 } else { 25 };
    let address = if host.contains(':') { host.to_owned() } else { format!("{host}:{port}") };
    match tokio::time::timeout(PATIENCE, TcpStream::connect(&address)).await {
        Ok(Ok(_)) => well("doctor-mail", address),
        Ok(Err(error)) => wrong("doctor-mail-wrong", format!("{address}: {error}")),
        Err(_) => wrong("doctor-mail-wrong", format!("{address}: {} s", PATIENCE.as_secs())),
    }
}
