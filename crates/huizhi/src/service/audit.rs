//! The log: proving that it was not changed, and writing its head down elsewhere.

use std::path::PathBuf;

use anyhow::Context;
use clap::Subcommand;
use huizhi_domain::audit::Head;
use huizhi_domain::clock::Moment;
use serde::{Deserialize, Serialize};

use super::place::Places;
use super::run::runtime;
use crate::Exit;

/// What can be done about the log.
#[derive(Subcommand, Debug)]
pub enum AuditCommand {
    /// Read the whole log and hold it against its signed heads
    Verify {
        /// Heads that were kept elsewhere: files that `huizhi audit head` wrote
        #[arg(long, value_name = "FILE")]
        outside: Vec<PathBuf>,
        #[command(flatten)]
        places: Places,
    },
    /// Print the signed head, to be kept where nobody who can change the data gets at it
    Head {
        #[command(flatten)]
        places: Places,
    },
    /// Print every entry, one JSON object a line, as it was hashed
    Export {
        #[command(flatten)]
        places: Places,
    },
}

/// A head as it is written down. `docs/audit.md` says how to check one without this program.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenHead {
    size: u64,
    /// Base64.
    root: String,
    at_ms: i64,
    key_id: String,
    /// Base64.
    signature: String,
    /// Base64, for those who check without our keys.
    public_key: String,
}

/// Does it.
pub fn audit(command: &AuditCommand) -> anyhow::Result<Exit> {
    runtime()?.block_on(async {
        match command {
            AuditCommand::Verify { outside, places } => verify(outside, places).await,
            AuditCommand::Head { places } => head(places).await,
            AuditCommand::Export { places } => export(places).await,
        }
    })
}

async fn verify(outside: &[PathBuf], places: &Places) -> anyhow::Result<Exit> {
    let mut heads = Vec::new();
    for path in outside {
        let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        heads.push(read(&text).with_context(|| format!("{} holds no head", path.display()))?);
    }
    let store = places.open().await?;
    let found = store.check_log(&heads).await?;
    store.close().await;
    match found {
        Ok(whole) => {
            println!("the log is whole: {} entries, held against {} kept heads", whole.entries, whole.checkpoints);
            Ok(Exit::Fits)
        }
        Err(fault) => {
            println!("THE LOG WAS CHANGED: {fault}");
            Ok(Exit::DoesNotFit)
        }
    }
}

async fn head(places: &Places) -> anyhow::Result<Exit> {
    let store = places.open().await?;
    store.checkpoint().await?;
    let head = store.log_head().await?.context("the log has no entry yet")?;
    let written = WrittenHead {
        size: head.size,
        root: base64(&head.root),
        at_ms: head.at.0,
        key_id: head.key_id.clone(),
        signature: base64(&head.signature),
        public_key: base64(&store.keys().signer.public()),
    };
    println!("{}", serde_json::to_string(&written)?);
    store.close().await;
    Ok(Exit::Fits)
}

async fn export(places: &Places) -> anyhow::Result<Exit> {
    use std::io::Write as _;
    const PAGE: i64 = 1000;
    let store = places.open().await?;
    let mut out = std::io::stdout().lock();
    let mut from = 0;
    loop {
        let page = store.log_entries(from, PAGE).await?;
        if page.is_empty() {
            break;
        }
        from += page.len() as u64;
        for (_, entry) in page {
            out.write_all(&entry)?;
            out.write_all(b"\n")?;
        }
    }
    store.close().await;
    Ok(Exit::Fits)
}

fn read(text: &str) -> anyhow::Result<Head> {
    let written: WrittenHead = serde_json::from_str(text.trim())?;
    let root = unbase64(&written.root)?;
    Ok(Head {
        size: written.size,
        root: root.try_into().map_err(|_| anyhow::anyhow!("its root has not 32 bytes"))?,
        at: Moment(written.at_ms),
        key_id: written.key_id,
        signature: unbase64(&written.signature)?,
    })
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn unbase64(text: &str) -> anyhow::Result<Vec<u8>> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).with_context(|| format!("“{text}” is no base64"))
}
