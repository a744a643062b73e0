//! An order's citizen in WeChat: who may be told there, and how often still. The openid is sealed.

use huizhi_domain::id::OrderId;

use crate::db::{change, read};
use crate::{Result, Store};

/// Permissions of a kind that are kept at most; nobody needs more messages about one order.
const MOST: i32 = 10;

/// What a try to tell somebody in WeChat leaves of their permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spent {
    /// The order.
    pub order: OrderId,
    /// The kind of message.
    pub kind: String,
    /// Whether WeChat says that none is allowed any more; otherwise one was used.
    pub all: bool,
}

impl Store {
    /// Binds an order to somebody in WeChat, who allows one message more of each of these kinds. Somebody else takes the place of who was
    /// there before, whose permissions go.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn bind_wechat(&self, order: OrderId, openid: &str, kinds: &[String]) -> Result<()> {
        let same = self.openid_of(order).await?.as_deref() == Some(openid);
        let sealed = self.0.keys.ring.seal(&about(order), openid.as_bytes(), &mut self.0.random.draw());
        let (kinds, now, most) = (kinds.to_vec(), self.now(), MOST);
        change!(self.0.db, wechat::bind(order, sealed, same, kinds, most, now))
    }

    /// Who an order's citizen is in WeChat.
    ///
    /// # Errors
    /// [`crate::StoreError::Seal`].
    pub async fn openid_of(&self, order: OrderId) -> Result<Option<String>> {
        let Some(sealed) = read!(self.0.db, wechat::openid(order))? else { return Ok(None) };
        let open = self.0.keys.ring.open(&about(order), &sealed)?;
        Ok(Some(String::from_utf8_lossy(&open).into_owned()))
    }

    /// How many messages of a kind are still allowed.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn wechat_allows(&self, order: OrderId, kind: &str) -> Result<i32> {
        read!(self.0.db, wechat::remaining(order, kind.to_owned()))
    }
}

fn about(order: OrderId) -> String {
    format!("order {order} openid")
}
