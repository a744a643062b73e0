//! Peers: the other services that this one works with, and whether they answer.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use clap::Subcommand;
use huizhi_domain::clock::{Moment, Zone, midnight};
use huizhi_domain::peer::{Card, Peer, PeerKey, Right};
use huizhi_domain::receipt::Issuer;
use huizhi_store::{PeerLine, StoreError};
use jiff::civil::Date;

use super::notify::Channels;
use super::place::Places;
use super::run::runtime;
use crate::{Exit, UsageError};

/// What can be done about peers.
#[derive(Subcommand, Debug)]
pub enum PeerCommand {
    /// Print what the other operator needs to know of this service: its characters, address and public key
    Card {
        /// What this service is called
        #[arg(long)]
        name: String,
        /// Where it is: `https://id.city.example`
        #[arg(long)]
        address: String,
        #[command(flatten)]
        places: Places,
    },
    /// Add a peer by its card, or change what is known of it; compare the key with the other operator by telephone
    Add {
        /// File with the card; `-` reads it from the standard input
        card: PathBuf,
        /// What was agreed on, with commas between: review-for-us, we-review-for-it, receipts
        #[arg(long, value_delimiter = ',', required = true)]
        rights: Vec<String>,
        #[command(flatten)]
        places: Places,
    },
    /// Give a peer another key, or a known key other dates
    Key {
        /// The peer's two characters
        peer: String,
        /// The public key, as its card says it
        key: String,
        /// The first day on which it signs; today where nothing is said
        #[arg(long, value_name = "DAY")]
        from: Option<Date>,
        /// The last day on which it signs; none where nothing is said
        #[arg(long, value_name = "DAY")]
        until: Option<Date>,
        #[command(flatten)]
        places: Places,
    },
    /// List peers, their keys, and how the lines to them are
    List {
        #[command(flatten)]
        places: Places,
    },
    /// Forget a peer
    Remove {
        /// Its two characters
        peer: String,
        #[command(flatten)]
        places: Places,
    },
    /// Ask a peer whether it is there, and compare the clocks; exit code 1 where it does not answer
    Hello {
        /// Its two characters
        peer: String,
        #[command(flatten)]
        channels: Channels,
        #[command(flatten)]
        places: Places,
    },
}

/// Does it.
pub fn peer(command: PeerCommand) -> anyhow::Result<Exit> {
    runtime()?.block_on(async {
        match command {
            PeerCommand::Card { name, address, places } => {
                let store = places.open().await?;
                println!("{}", serde_json::to_string(&store.card(&name, address.trim_end_matches('/')))?);
                store.close().await;
                Ok(Exit::Fits)
            }
            PeerCommand::Add { card, rights, places } => add(&card, &rights, &places).await,
            PeerCommand::Key { peer, key, from, until, places } => put_key(&peer, &key, from, until, &places).await,
            PeerCommand::List { places } => list(&places).await,
            PeerCommand::Remove { peer, places } => remove(&peer, &places).await,
            PeerCommand::Hello { peer, channels, places } => hello(&peer, &channels, &places).await,
        }
    })
}

async fn add(path: &Path, rights: &[String], places: &Places) -> anyhow::Result<Exit> {
    let right = |text: &String| {
        let known: Vec<&str> = Right::ALL.iter().map(|right| right.word()).collect();
        text.trim().parse().map_err(|_| UsageError(format!("--rights “{text}”: one or more of {}", known.join(", "))))
    };
    let rights = rights.iter().map(right).collect::<Result<Vec<Right>, _>>()?;
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).context("reading the standard input")?;
    } else {
        text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    }
    let card: Card = serde_json::from_str(text.trim())
        .map_err(|error| UsageError(format!("{}: no card of a peer: {error}", path.display())))?;
    let store = places.open().await?;
    if card.code == store.issuer() {
        let own = card.code;
        return Err(UsageError(format!("“{own}” is this service; peers have other characters (--issuer)")).into());
    }
    let known = store.peer(card.code).await?;
    let key = public_key(&card.key)?;
    // A key that is known keeps its dates.
    let known = known.and_then(|peer| peer.keys.into_iter().find(|known| known.public == key));
    let from = known.as_ref().map_or(store.now(), |known| known.from);
    let key = peer_key(key, from, known.and_then(|known| known.until))?;
    let Card { code, name, address, .. } = card;
    let address = address.trim_end_matches('/').to_owned();
    store.put_peer(&Peer { code, name, address, rights, keys: vec![key] }).await?;
    store.close().await;
    Ok(Exit::Fits)
}

async fn put_key(
    peer: &str,
    key: &str,
    from: Option<Date>,
    until: Option<Date>,
    places: &Places,
) -> anyhow::Result<Exit> {
    let code = code(peer)?;
    let store = places.open().await?;
    let from = from.map_or(store.now(), |day| midnight(day, store.zone()));
    let until = until.map(|day| midnight(day.tomorrow().unwrap_or(day), store.zone()));
    let key = peer_key(public_key(key)?, from, until)?;
    store.put_peer_key(code, &key).await.map_err(|error| unknown(error, peer))?;
    store.close().await;
    Ok(Exit::Fits)
}

async fn list(places: &Places) -> anyhow::Result<Exit> {
    let store = places.open().await?;
    for line in store.peers().await? {
        let rights: Vec<&str> = line.peer.rights.iter().map(|right| right.word()).collect();
        let Peer { code, name, address, keys, .. } = &line.peer;
        println!("{code}  {name}  {address}  {}  {}", rights.join(","), stands(&line));
        for key in keys {
            let until = key.until.map_or_else(|| "no end".to_owned(), |until| format!("until {}", day(until)));
            println!("    key {}  from {}  {until}  {}", key.id, day(key.from), BASE64.encode(key.public));
        }
    }
    store.close().await;
    Ok(Exit::Fits)
}

fn stands(line: &PeerLine) -> String {
    match (line.down_since, line.heard_at) {
        (Some(since), _) => {
            format!("down since {} ({})", since.wall(Zone::CHINA), line.fault.as_deref().unwrap_or_default())
        }
        (None, Some(at)) => format!("answered {}", at.wall(Zone::CHINA)),
        (None, None) => "never asked".to_owned(),
    }
}

async fn remove(peer: &str, places: &Places) -> anyhow::Result<Exit> {
    let store = places.open().await?;
    store.remove_peer(code(peer)?).await.map_err(|error| unknown(error, peer))?;
    store.close().await;
    Ok(Exit::Fits)
}

async fn hello(peer: &str, channels: &Channels, places: &Places) -> anyhow::Result<Exit> {
    let outside = channels.open()?;
    let store = places.open().await?;
    let known = store.peer(code(peer)?).await?.ok_or_else(|| unknown(StoreError::Absent("peer"), peer))?;
    let asked_at = store.now();
    let said = huizhi_web::hello(&store, &outside.peers, &known).await;
    let took_ms = store.now().since_ms(asked_at);
    store.close().await;
    match said {
        Ok(hello) => {
            let apart_ms = Moment(hello.clock_ms).since_ms(asked_at.after_ms(took_ms / 2));
            println!("{} {} answered in {took_ms} ms; the clocks are {apart_ms} ms apart", known.code, hello.version);
            Ok(Exit::Fits)
        }
        Err(error) => {
            println!("{} does not answer ({}): {error}", known.code, error.code());
            Ok(Exit::DoesNotFit)
        }
    }
}

pub(super) fn code(text: &str) -> anyhow::Result<Issuer> {
    let wrong = |_| UsageError(format!("“{text}”: a peer has two digits or capital letters, without I, L, O and U"));
    Ok(text.parse().map_err(wrong)?)
}

fn public_key(text: &str) -> anyhow::Result<[u8; 32]> {
    let bytes = BASE64.decode(text.trim()).ok().and_then(|bytes| bytes.try_into().ok());
    Ok(bytes.ok_or_else(|| UsageError("the key is no 32 bytes in base64url, as cards have it".to_owned()))?)
}

fn peer_key(public: [u8; 32], from: Moment, until: Option<Moment>) -> anyhow::Result<PeerKey> {
    let key = PeerKey::new(public, from, until);
    Ok(key.ok_or_else(|| UsageError("the key's 32 bytes are no Ed25519 key".to_owned()))?)
}

fn day(at: Moment) -> Date {
    at.day(Zone::CHINA)
}

pub(super) fn unknown(error: StoreError, peer: &str) -> anyhow::Error {
    match error {
        StoreError::Absent("peer") => {
            UsageError(format!("“{peer}”: no peer; huizhi peer list says which are known")).into()
        }
        StoreError::InUse(why) => UsageError(format!("“{peer}”: {why}")).into(),
        error => error.into(),
    }
}
