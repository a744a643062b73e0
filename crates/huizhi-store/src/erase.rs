//! Erasing an account (删除权, PIPL art. 47), and how many faces are kept.

use std::sync::Arc;

use huizhi_domain::audit::{Actor, Entry};
use huizhi_domain::id::AccountId;

use crate::db::{change, read};
use crate::{Result, Store};

/// How often the journal is tried to be emptied: somebody who reads keeps it, for as long as a page takes.
const TRIES: usize = 3;

/// People whose face is kept: in a photo of an order, on a receipt, or as a template. Somebody of an account counts once, however many
/// orders there are.
pub const FACES: &str = "SELECT COUNT(*) AS faces FROM (SELECT COALESCE(orders.person, orders.id) AS who FROM picture JOIN attempt ON \
     attempt.id = picture.attempt JOIN orders ON orders.id = attempt.order_id WHERE orders.probe = 0 UNION SELECT COALESCE(orders.person, \
     orders.id) AS who FROM receipt JOIN orders ON orders.id = receipt.order_id WHERE receipt.photo IS NOT NULL UNION SELECT COALESCE(person.id, account.id) AS who FROM account LEFT JOIN person ON person.account = account.id \
     AND person.relation = 'myself' WHERE account.face_since IS NOT NULL) AS kept";

/// What an erasure took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erased {
    /// Orders that were emptied.
    pub orders: usize,
    /// Receipts among them that were good until now.
    pub receipts: usize,
    /// What is to be paid back, in fen.
    pub refund_fen: i64,
}

/// Somebody's look at what is an account's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looked {
    /// Whose order it was, where it was about one.
    pub order: Option<huizhi_domain::id::OrderId>,
    /// The entry of the log.
    pub entry: Entry,
}

impl Store {
    /// Erases an account: its keys, its rows, and its files, and what the database's journal still holds of them. The log stays, and
    /// tells by ids alone.
    ///
    /// # Errors
    /// [`crate::StoreError::InUse`] while a reviewer holds one of its photos or a receipt is being issued: minutes.
    pub async fn erase_all_of(&self, account: AccountId) -> Result<Erased> {
        let visitor = self.account_visitor(account).bytes();
        let entry = self.entry(Actor::Citizen, "account.erased", &account, &[]);
        let terms = Arc::new(self.0.terms());
        let erased = change!(self.0.db, erase::all_of(terms, account, visitor, entry))?;
        self.sweep().await?;
        for _ in 0..TRIES {
            if self.0.db.empty_journal().await? {
                return Ok(erased);
            }
        }
        tracing::warn!("the database's journal is being read and is emptied later");
        Ok(erased)
    }

    /// How many orders an erasure of an account would empty.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn orders_to_erase(&self, account: AccountId) -> Result<usize> {
        let visitor = self.account_visitor(account).bytes();
        Ok(read!(self.0.db, erase::orders(account, visitor))?.len())
    }

    /// Who looked at what is an account's, newest first: reviewers, windows, shops and other centres.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn looks_at(&self, account: AccountId) -> Result<Vec<Looked>> {
        let visitor = self.account_visitor(account).bytes();
        let mut looks = Vec::new();
        for (order, bytes) in read!(self.0.db, log::looks(account, visitor))? {
            // An entry is written by us, and read as it was written.
            if let Ok(entry) = serde_json::from_slice::<Entry>(&bytes) {
                looks.push(Looked { order, entry });
            }
        }
        looks.sort_by_key(|it| std::cmp::Reverse(it.entry.at));
        Ok(looks)
    }

    /// How many people's faces are kept, in photos, on receipts and as templates.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn stored_faces(&self) -> Result<u64> {
        let faces = read!(self.0.db, erase::faces())?;
        Ok(u64::try_from(faces).unwrap_or_default())
    }
}
