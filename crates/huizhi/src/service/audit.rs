//! The log: proving that it was not changed, and writing its head down elsewhere.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Subcommand;
use huizhi_domain::audit::Head;
use huizhi_domain::clock::Moment;
use huizhi_domain::peer::compare::{Side, compare};
use serde::{Deserialize, Serialize};

use super::peer::code;
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
    /// Hold our log against a peer's: files that `huizhi audit export` wrote here and there; exit code 1 where they contradict
    Compare {
        /// Our log
        ours: PathBuf,
        /// The peer's
        theirs: PathBuf,
        /// The two characters of our receipts' numbers
        #[arg(long, value_name = "XX", default_value = "HZ", env = "HUIZHI_ISSUER")]
        issuer: String,
        /// The peer's two characters
        #[arg(long, value_name = "XX")]
        peer: String,
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
            AuditCommand::Compare { ours, theirs, issuer, peer } => {
                compare_files((issuer.as_str(), ours.as_path()), (peer.as_str(), theirs.as_path()))
            }
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

fn compare_files(ours: (&str, &Path), theirs: (&str, &Path)) -> anyhow::Result<Exit> {
    let [own, other] = [lines(ours.1)?, lines(theirs.1)?];
    let found = compare(Side { code: code(ours.0)?, entries: &own }, Side { code: code(theirs.0)?, entries: &other });
    for (action, count) in &found.matched {
        println!("{count} times {action} is in both logs");
    }
    println!("{} heads of their log that we wrote down are those that it gives", found.heads);
    for (action, digest) in &found.open {
        println!("under way or given up: {action} {digest}");
    }
    for (action, digest) in &found.alone {
        println!("ONE LOG ALONE SAYS: {action} {digest}");
    }
    for size in &found.other_heads {
        println!("THEIR LOG WAS CHANGED: it does not give the head that they said at {size} entries");
    }
    println!("{}", if found.agrees() { "the logs agree" } else { "THE LOGS DO NOT AGREE" });
    Ok(if found.agrees() { Exit::Fits } else { Exit::DoesNotFit })
}

/// Entries as they were hashed.
fn lines(path: &Path) -> anyhow::Result<Vec<Vec<u8>>> {
    let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    Ok(bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect())
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
