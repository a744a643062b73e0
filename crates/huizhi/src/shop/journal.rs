//! How far each photo is, in a file that survives being cut off.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context as _, anyhow};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::UsageError;

const NAME: &str = "huizhi-shop.jsonl";

/// How a photo stands. No name and no number is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// SHA-256 of the photo's file that was sent last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<String>,
    /// The photo in the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photo: Option<String>,
    /// The service's word for how it stands, or ours before there is one.
    pub state: String,
    /// What is wrong, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Files of the receipt that were fetched.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub receipt: Vec<String>,
    /// Whether it was printed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub printed: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Line {
    Begun {
        batch: String,
    },
    Photo {
        file: String,
        #[serde(flatten)]
        progress: Progress,
    },
}

/// The open file. Only one run has it.
pub struct Journal {
    path: PathBuf,
    batch: String,
    inner: Mutex<(File, BTreeMap<String, Progress>)>,
}

impl Journal {
    /// Opens the folder's journal, or begins one.
    ///
    /// # Errors
    /// [`UsageError`] while another run has it.
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(NAME);
        let cannot =
            || format!("cannot write {}; check that the folder is there and that you may write in it", path.display());
        let mut file = OpenOptions::new().create(true).read(true).append(true).open(&path).with_context(cannot)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(
                    UsageError(format!("another run is at work in {}; wait until it ends", folder.display())).into()
                );
            }
            Err(TryLockError::Error(error)) => return Err(error).with_context(cannot),
        }
        let mut text = String::new();
        file.read_to_string(&mut text).with_context(|| format!("cannot read {}", path.display()))?;
        let (mut batch, mut photos) = (None, BTreeMap::new());
        // A line that was cut off is not read; what it was to say is done again, under the same key.
        for line in text.lines() {
            match serde_json::from_str(line) {
                Ok(Line::Begun { batch: found }) => batch = Some(found),
                Ok(Line::Photo { file, progress }) => {
                    photos.insert(file, progress);
                }
                Err(_) => {}
            }
        }
        let broken = !text.is_empty() && !text.ends_with('\n');
        let batch = if let Some(batch) = batch {
            batch
        } else {
            let mut random = [0; 16];
            getrandom::fill(&mut random).map_err(|error| anyhow!("the system gives no random bytes: {error}"))?;
            let batch = BASE64.encode(random);
            write(&mut file, &Line::Begun { batch: batch.clone() }, broken).with_context(cannot)?;
            batch
        };
        if broken {
            file.write_all(b"\n").with_context(cannot)?;
        }
        Ok(Self { path, batch, inner: Mutex::new((file, photos)) })
    }

    /// How a photo stands.
    pub fn of(&self, file: &str) -> Progress {
        self.lock().1.get(file).cloned().unwrap_or_default()
    }

    /// How all stand.
    pub fn all(&self) -> Vec<(String, Progress)> {
        self.lock().1.iter().map(|(file, progress)| (file.clone(), progress.clone())).collect()
    }

    /// Notes how a photo stands; it is on the disk when this returns.
    pub fn note(&self, file: &str, progress: &Progress) -> anyhow::Result<()> {
        let mut inner = self.lock();
        let line = Line::Photo { file: file.to_owned(), progress: progress.clone() };
        write(&mut inner.0, &line, false).with_context(|| format!("cannot write {}", self.path.display()))?;
        inner.1.insert(file.to_owned(), progress.clone());
        Ok(())
    }

    /// The key under which a step of a photo is sent: the same for the same step, whenever it is tried.
    pub fn key(&self, file: &str, step: &str, of: &str) -> String {
        let mut hash = Sha256::new();
        for part in [&self.batch, file, step, of] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        BASE64.encode(hash.finalize())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, (File, BTreeMap<String, Progress>)> {
        self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn write(file: &mut File, line: &Line, after_broken: bool) -> std::io::Result<()> {
    let mut text = if after_broken { "\n".to_owned() } else { String::new() };
    text.push_str(&serde_json::to_string(line)?);
    text.push('\n');
    file.write_all(text.as_bytes())?;
    file.sync_data()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_noted_is_there_after_a_cut() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        let key = journal.key("a.jpg", "order", "");
        let progress = Progress { order: Some("o1".to_owned()), state: "draft".to_owned(), ..Progress::default() };
        journal.note("a.jpg", &progress).unwrap();
        drop(journal);
        // The machine went off in the middle of a line.
        let path = folder.path().join(NAME);
        let mut text = std::fs::read(&path).unwrap();
        text.extend(b"{\"file\":\"b.jpg\",\"ord");
        std::fs::write(&path, text).unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        assert_eq!(journal.of("a.jpg"), progress);
        assert_eq!(journal.of("b.jpg"), Progress::default());
        assert_eq!(journal.key("a.jpg", "order", ""), key);
        journal.note("b.jpg", &progress).unwrap();
        drop(journal);
        assert_eq!(Journal::open(folder.path()).unwrap().of("b.jpg"), progress);
    }

    #[test]
    fn two_runs_do_not_share_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let _first = Journal::open(folder.path()).unwrap();
        assert!(Journal::open(folder.path()).err().unwrap().is::<UsageError>());
    }
}
