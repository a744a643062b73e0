//! Receipts of approved orders → files → paper.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, anyhow};

use super::client::Refusal;
use super::customers::plain;
use super::journal::{Journal, Progress};
use super::{Print, Shop};
use crate::text::Lang;
use crate::{Exit, files};

/// What is fetched: the sheet, the slip and the photo.
const FILES: [(&str, &str); 3] = [("a4.pdf", ".pdf"), ("80mm.pdf", "-80mm.pdf"), ("photo.jpg", "-photo.jpg")];

/// Fetches the receipts that are not here yet, and writes a table of all.
pub fn fetch(shop: &Shop, out: Option<&Path>) -> anyhow::Result<Exit> {
    let out = folder(&shop.folder, out);
    fs::create_dir_all(&out).with_context(|| format!("cannot make the folder {}", out.display()))?;
    let approved: Vec<(String, Progress)> =
        shop.progress().into_iter().filter(|(_, it)| it.state == "approved").collect();
    let bar = shop.bar(approved.len(), "shop-fetching");
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["file", "reference", "number", "valid_until", "receipt"])?;
    let mut waiting = 0;
    for (file, mut progress) in approved {
        let order = progress.order.clone().ok_or_else(|| anyhow!("the journal of {file} names no order"))?;
        let path = format!("/api/v1/orders/{order}");
        let receipt = match shop.client.get(&format!("{path}/receipt")) {
            Ok(receipt) => receipt,
            Err(error) => match error.downcast_ref::<Refusal>() {
                // Approved this second: the receipt is being written.
                Some(refusal) if refusal.status == 404 || refusal.status == 409 => {
                    waiting += 1;
                    continue;
                }
                _ => return Err(error),
            },
        };
        let number = receipt["number"].as_str().unwrap_or_default();
        let names: Vec<String> = FILES.iter().map(|(_, ending)| format!("{}{ending}", stem(&file))).collect();
        for ((source, _), name) in FILES.iter().zip(&names) {
            let target = out.join(name);
            // A file is there whole or not at all.
            if !target.exists() {
                files::write(&target, &shop.client.file(&format!("{path}/receipt/{source}"))?)?;
            }
        }
        let seen = shop.client.get(&path)?;
        let word = |value: &serde_json::Value| plain(value.as_str().unwrap_or_default());
        table.write_record([
            &plain(&file),
            &word(&seen["reference"]),
            number,
            &word(&receipt["valid_until"]),
            &names[0],
        ])?;
        if progress.receipt != names {
            progress.receipt = names;
            shop.journal.note(&file, &progress)?;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let mut text = "\u{feff}".as_bytes().to_vec();
    text.extend(table.into_inner()?);
    files::write(&out.join("receipts.csv"), &text)?;
    let count = shop.progress().iter().filter(|(_, it)| !it.receipt.is_empty()).count();
    eprintln!(
        "{}",
        shop.lang.say("shop-fetched", &[("count", &count), ("path", &out.display()), ("waiting", &waiting)])
    );
    Ok(if waiting == 0 { Exit::Fits } else { Exit::DoesNotFit })
}

/// Sends fetched receipts to a printer, each once.
pub fn print(options: &Print) -> anyhow::Result<Exit> {
    let lang = options.lang.unwrap_or_else(Lang::of_environment);
    let journal = Journal::open(&options.folder)?;
    let out = folder(&options.folder, options.out.as_deref());
    let mut printed = 0;
    for (file, mut progress) in journal.all() {
        let Some(name) = progress.receipt.first().cloned().filter(|_| options.again || !progress.printed) else {
            continue;
        };
        let mut command = Command::new("lp");
        if let Some(printer) = &options.printer {
            command.arg("-d").arg(printer);
        }
        let ended = command
            .arg("--")
            .arg(out.join(&name))
            .status()
            .context("cannot start lp; install cups-client, or print the files by hand")?;
        if !ended.success() {
            return Err(anyhow!("lp did not take {name}; what was printed before stays noted, start this again"));
        }
        progress.printed = true;
        journal.note(&file, &progress)?;
        printed += 1;
    }
    eprintln!("{}", lang.say("shop-printed", &[("count", &printed)]));
    Ok(Exit::Fits)
}

fn folder(photos: &Path, out: Option<&Path>) -> PathBuf {
    out.map_or_else(|| photos.join("receipts"), Path::to_path_buf)
}

/// A photo's name for its receipt: the ending stays, because a.jpg and a.png may be two people.
fn stem(file: &str) -> String {
    file.replace('.', "_")
}
