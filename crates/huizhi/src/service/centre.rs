//! Who reviews which city's photos, what waits for other centres, and taking cases back.

use clap::{Args, Subcommand};
use huizhi_domain::clock::Zone;
use huizhi_domain::peer::{Centre, Right};
use huizhi_store::Back;

use super::peer::{code, unknown};
use super::place::Places;
use super::run::runtime;
use super::staff::city_code;
use crate::{Exit, UsageError};

/// What can be done about centres.
#[derive(Subcommand, Debug)]
pub enum CentreCommand {
    /// Say who reviews a city's photos from now on; those that are submitted stay where they are
    Set {
        /// Code of the city (GB/T 2260, six digits)
        city: String,
        /// The two characters of a peer that reviews for us, or built-in for the own desk
        centre: String,
        #[command(flatten)]
        places: Places,
    },
    /// List cities whose photos others review, and what waits for them
    List {
        #[command(flatten)]
        places: Places,
    },
    /// Take cases back to the own desk, such as those of a peer that is silent; it hears that they are not needed any more
    TakeBack {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        places: Places,
    },
}

/// Which cases.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub struct Which {
    /// One order's
    #[arg(long, value_name = "ORDER")]
    order: Option<String>,
    /// All of a city
    #[arg(long, value_name = "CODE")]
    city: Option<String>,
    /// All that a peer has
    #[arg(long, value_name = "XX")]
    peer: Option<String>,
}

impl Which {
    fn read(&self) -> anyhow::Result<Back> {
        match (&self.order, &self.city, &self.peer) {
            (Some(order), _, _) => {
                let wrong = |_| UsageError(format!("--order “{order}”: the order's number, 26 characters"));
                Ok(Back::Order(order.to_uppercase().parse().map_err(wrong)?))
            }
            (_, Some(city), _) => Ok(Back::City(city_code(city)?)),
            (_, _, peer) => Ok(Back::Peer(code(peer.as_deref().unwrap_or_default())?)),
        }
    }
}

/// Does it.
pub fn centre(command: CentreCommand) -> anyhow::Result<Exit> {
    runtime()?.block_on(async {
        match command {
            CentreCommand::Set { city, centre, places } => set(&city, &centre, &places).await,
            CentreCommand::List { places } => list(&places).await,
            CentreCommand::TakeBack { which, places } => {
                let which = which.read()?;
                let store = places.open().await?;
                println!("{} orders are back at the own desk", store.take_back(which).await?);
                store.close().await;
                Ok(Exit::Fits)
            }
        }
    })
}

async fn set(city: &str, centre: &str, places: &Places) -> anyhow::Result<Exit> {
    let city = city_code(city)?;
    let store = places.open().await?;
    let remote = if centre == "built-in" {
        Centre::BuiltIn
    } else {
        let peer = code(centre)?;
        if store.peer(peer).await?.is_some_and(|peer| !peer.may(Right::ReviewForUs)) {
            let word = Right::ReviewForUs.word();
            return Err(UsageError(format!("“{centre}”: it was not agreed that this peer has the right {word}")).into());
        }
        Centre::Remote(peer)
    };
    store.set_centre(&city, remote).await.map_err(|error| unknown(error, centre))?;
    store.close().await;
    Ok(Exit::Fits)
}

async fn list(places: &Places) -> anyhow::Result<Exit> {
    let store = places.open().await?;
    for (city, peer) in store.centres().await? {
        println!("{city}  {peer}");
    }
    for queue in store.peer_queues().await? {
        let since = queue.oldest.map_or_else(|| "-".to_owned(), |at| at.wall(Zone::CHINA));
        let why = queue.fault.map(|fault| format!("  ({fault})")).unwrap_or_default();
        println!(
            "{} {}: {} to give, {} there, {} to recall; the oldest since {since}{why}",
            queue.peer, queue.name, queue.to_give, queue.given, queue.to_recall
        );
    }
    store.close().await;
    Ok(Exit::Fits)
}
