//! The log: writing entries that stand alone, and proving that nothing in it was changed.

use huizhi_domain::audit::{Actor, Entry, Frontier, Head, leaf_hash};

use crate::db::{change, read};
use crate::{Result, Store};

/// Entries that are read at a time.
const PAGE: i64 = 1000;

/// A log that is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// How many entries it has.
    pub entries: u64,
    /// How many written-down heads it was held against.
    pub checkpoints: usize,
}

/// What is wrong with a log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogFault {
    /// What new entries are to be joined to is not what the old ones give.
    #[error("the right edge of the tree is not the one that the entries give")]
    Edge,
    /// A place in the row is empty.
    #[error("entry {0} is missing")]
    Gap(u64),
    /// The entries do not give the root that a head says.
    #[error("the first {0} entries are not those that were signed: one was changed, dropped, added or moved")]
    Root(u64),
    /// A head's signature does not fit.
    #[error("the signature of the head at {0} entries does not fit")]
    Signature(u64),
    /// A head says more entries than there are.
    #[error("a head says {said} entries, and {there} are there: the log was cut or rolled back")]
    Cut {
        /// What the head says.
        said: u64,
        /// What is there.
        there: u64,
    },
    /// Entries stand behind the head.
    #[error("{0} entries stand behind the signed head")]
    Beyond(u64),
}

impl Store {
    /// Writes an entry that belongs to no other change, such as a view.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn log(
        &self,
        actor: Actor,
        action: &str,
        subject: &str,
        detail: serde_json::Map<String, serde_json::Value>,
    ) -> Result<()> {
        let entry = Entry { at: self.now(), actor, action: action.to_owned(), subject: subject.to_owned(), detail };
        let (keys, entries) = (self.0.keys.clone(), vec![entry]);
        change!(self.0.db, log::add(keys, entries))
    }

    /// The newest head; `None` before the first entry.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn log_head(&self) -> Result<Option<Head>> {
        read!(self.0.db, log::head())
    }

    /// Keeps the head as it is now and gives it, to be written down elsewhere too; `None` where nothing happened since.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn checkpoint(&self) -> Result<Option<Head>> {
        change!(self.0.db, log::checkpoint())
    }

    /// A page of the log: place and bytes of each entry.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn log_entries(&self, from: u64, count: i64) -> Result<Vec<(i64, Vec<u8>)>> {
        read!(self.0.db, log::entries(from as i64, count))
    }

    /// Reads the whole log and holds it against its head, the heads that the database kept, and `outside`, those that were written
    /// down elsewhere.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`]; a fault of the log is in the inner result.
    pub async fn check_log(&self, outside: &[Head]) -> Result<std::result::Result<Checked, LogFault>> {
        let (newest, edge) = read!(self.0.db, log::head_and_edge())?.unzip();
        let mut heads: Vec<Head> = read!(self.0.db, log::checkpoints())?;
        heads.extend(outside.iter().cloned());
        let checkpoints = heads.len();
        heads.extend(newest.clone());
        heads.sort_by_key(|head| head.size);
        let mut due = heads.iter().peekable();
        let mut frontier = Frontier::default();
        loop {
            let page = read!(self.0.db, log::entries(frontier.size() as i64, PAGE))?;
            if page.is_empty() {
                break;
            }
            for (place, bytes) in page {
                if place as u64 != frontier.size() {
                    return Ok(Err(LogFault::Gap(frontier.size())));
                }
                frontier.push(leaf_hash(&bytes));
                while let Some(head) = due.next_if(|head| head.size == frontier.size()) {
                    if head.check(&self.0.keys.verifier).is_err() {
                        return Ok(Err(LogFault::Signature(head.size)));
                    }
                    if head.root != frontier.root() {
                        return Ok(Err(LogFault::Root(head.size)));
                    }
                }
            }
        }
        let there = frontier.size();
        if let Some(head) = due.find(|head| head.size != there) {
            return Ok(Err(LogFault::Cut { said: head.size, there }));
        }
        let signed = newest.map_or(0, |head| head.size);
        if there > signed {
            return Ok(Err(LogFault::Beyond(there - signed)));
        }
        if edge.is_some_and(|edge| edge != frontier.to_bytes()) {
            return Ok(Err(LogFault::Edge));
        }
        Ok(Ok(Checked { entries: there, checkpoints }))
    }
}
