//! The same over HTTP: the service's whole router on a loopback port, in this process, with the clients beside it on the same cores.

use std::net::SocketAddr;

use anyhow::{Context as _, bail};
use huizhi_domain::account::{Assurance, How};
use huizhi_domain::words::Lang;
use huizhi_store::Store;
use huizhi_web::{App, Settings};
use serde_json::json;
use tokio::task::JoinSet;

use super::client::Client;
use super::figures::{Noted, Run, measure};
use super::world::{BUSINESS, Spot, World};

/// Bookings that one account asks for: fewer than the interface lets it ask for in a minute.
const OF_ONE: u32 = 20;

/// A service that listens, and accounts that are signed in.
pub struct Service {
    address: SocketAddr,
    tokens: Vec<String>,
}

impl Service {
    /// Starts it, with accounts for so many attempts.
    pub async fn start(store: &Store, attempts: u32) -> anyhow::Result<Self> {
        let listener = huizhi_web::listen(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let address = listener.local_addr()?;
        // Each account comes from a network of its own, as citizens do.
        let app = App::new(store.clone(), None, Settings { behind_proxy: true, ..Settings::default() })?;
        // It serves until the process ends.
        tokio::spawn(huizhi_web::serve(listener, app));
        let mut signing_in = JoinSet::new();
        for _ in 0..attempts.div_ceil(OF_ONE) {
            signing_in.spawn(sign_in(store.clone()));
        }
        let mut tokens = Vec::new();
        while let Some(token) = signing_in.join_next().await {
            tokens.push(token??);
        }
        Ok(Self { address, tokens })
    }

    /// Measures so many clients who book, each on a connection that it keeps.
    pub async fn run(&self, world: &World, spots: &[Spot], clients: u32, attempts: u32) -> anyhow::Result<Run> {
        let mut crowd = Vec::new();
        for client in 0..clients {
            let mut requests = Vec::new();
            for n in (client..attempts).step_by(clients as usize) {
                let spot = spots.get(n as usize % spots.len()).context("no slots")?;
                requests.push(self.request(world, *spot, n)?);
            }
            crowd.push(one(self.address, requests));
        }
        measure(crowd).await
    }

    /// A booking as it goes over the line. Offices are new in each run, so a key stands for one booking.
    fn request(&self, world: &World, spot: Spot, n: u32) -> anyhow::Result<Vec<u8>> {
        let account = n / OF_ONE;
        let token = self.tokens.get(account as usize).context("an account for each attempt")?;
        let visitor = world.visitor()?;
        let body = json!({
            "office": spot.office.to_string(),
            "business": BUSINESS,
            "slot": spot.slot.to_string(),
            "visitor": { "name": visitor.name.as_str(), "id_number": visitor.number.as_str() },
        })
        .to_string();
        let [_, a, b, c] = account.to_be_bytes();
        let head = format!(
            "POST /api/v1/appointments HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\nidempotency-key: {}-{n}\r\n\
             x-forwarded-for: 10.{a}.{b}.{c}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            spot.office,
            body.len(),
        );
        Ok([head.into_bytes(), body.into_bytes()].concat())
    }
}

async fn one(address: SocketAddr, requests: Vec<Vec<u8>>) -> anyhow::Result<Noted> {
    let mut client = Client::connect(address).await?;
    let mut noted = Noted::default();
    for request in requests {
        noted
            .attempt(async {
                let answer = client.send(&request).await?;
                match answer.status {
                    201 => Ok(true),
                    409 => Ok(false),
                    status => bail!("the service answered {status}: {}", String::from_utf8_lossy(&answer.body)),
                }
            })
            .await?;
    }
    Ok(noted)
}

/// An account that may book, and the token of its session.
async fn sign_in(store: Store) -> anyhow::Result<String> {
    let account = store.add_account(None, None, Lang::Zh).await?;
    store.assure(account, Assurance::NumberChecked).await?;
    let token = format!("{account:0>43}", account = account.to_string());
    store.begin_account_session(account, How::Code, &token, None, "other/other").await?;
    Ok(token)
}
