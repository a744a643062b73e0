//! Keys of photo shops for the interface for machines.

use std::collections::BTreeSet;

use clap::Subcommand;
use huizhi_domain::clock::{Moment, Zone};
use huizhi_domain::partner::{Key, RATE, Scope};
use huizhi_store::{NewKey, StoreError};

use super::place::Places;
use super::run::runtime;
use crate::{Exit, UsageError};

const DAY_MS: i64 = 24 * 3_600_000;

/// What can be done about keys.
#[derive(Subcommand, Debug)]
pub enum KeyCommand {
    /// Make a key for a photo shop, and print it once; a shop that is not known yet is added
    Add {
        /// What the shop is called
        shop: String,
        /// What the key may do, with commas between: orders:write, orders:read, receipts:read, hooks:write, appointments:write. All but
        /// the last two where nothing is said
        #[arg(long, value_delimiter = ',', default_value = "orders:write,orders:read,receipts:read")]
        scopes: Vec<String>,
        /// After how many days it opens nothing any more; never where nothing is said
        #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
        days: Option<u16>,
        /// How many requests it may make a minute
        #[arg(long, default_value_t = RATE, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
        rate: u32,
        #[command(flatten)]
        places: Places,
    },
    /// List keys, without their secrets
    List {
        #[command(flatten)]
        places: Places,
    },
    /// Take a key back, at once and for good
    Revoke {
        /// The key's id, as the list says it
        id: String,
        #[command(flatten)]
        places: Places,
    },
}

/// Does it.
pub fn key(command: KeyCommand) -> anyhow::Result<Exit> {
    runtime()?.block_on(async {
        match command {
            KeyCommand::Add { shop, scopes, days, rate, places } => add(&shop, &scopes, days, rate, &places).await,
            KeyCommand::List { places } => list(&places).await,
            KeyCommand::Revoke { id, places } => revoke(&id, &places).await,
        }
    })
}

async fn add(shop: &str, scopes: &[String], days: Option<u16>, rate: u32, places: &Places) -> anyhow::Result<Exit> {
    let scope = |text: &String| {
        text.trim().parse::<Scope>().map_err(|_| {
            let known: Vec<&str> = Scope::ALL.iter().map(|scope| scope.word()).collect();
            UsageError(format!("--scopes “{text}”: one or more of {}", known.join(", ")))
        })
    };
    let scopes = scopes.iter().map(scope).collect::<Result<BTreeSet<_>, _>>()?;
    let store = places.open().await?;
    let partner = match store.partner_by_name(shop).await? {
        Some(partner) => partner,
        None => store.add_partner(shop).await?,
    };
    let expires_at = days.map(|days| store.now().after_ms(i64::from(days) * DAY_MS));
    let (_, text) = store.add_key(partner.id, NewKey { scopes, rate, expires_at }).await?;
    println!("{}", text.reveal());
    store.close().await;
    Ok(Exit::Fits)
}

async fn list(places: &Places) -> anyhow::Result<Exit> {
    let store = places.open().await?;
    for (partner, key) in store.keys_of_partners().await? {
        let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.word()).collect();
        println!(
            "{}  {:<24} {:>7}/min  {}  {}",
            key.id,
            stands(&key, store.now()),
            key.rate,
            scopes.join(","),
            partner.name
        );
    }
    store.close().await;
    Ok(Exit::Fits)
}

fn stands(key: &Key, now: Moment) -> String {
    match (key.revoked_at, key.expires_at) {
        (Some(at), _) => format!("revoked {}", at.day(Zone::CHINA)),
        (None, Some(end)) if end <= now => format!("ended {}", end.day(Zone::CHINA)),
        (None, Some(end)) => format!("until {}", end.day(Zone::CHINA)),
        (None, None) => "no end".to_owned(),
    }
}

async fn revoke(id: &str, places: &Places) -> anyhow::Result<Exit> {
    let unknown = || UsageError(format!("“{id}”: no key that is in use; huizhi key list says which are"));
    let key = id.to_uppercase().parse().map_err(|_| unknown())?;
    let store = places.open().await?;
    match store.revoke_key(key).await {
        Ok(()) => {}
        Err(StoreError::Absent(_)) => return Err(unknown().into()),
        Err(error) => return Err(error.into()),
    }
    store.close().await;
    Ok(Exit::Fits)
}
