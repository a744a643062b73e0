//! Orders' citizens in WeChat.

use huizhi_domain::clock::Moment;
use huizhi_domain::id::OrderId;

use super::{Connection, get};
use crate::{Result, Spent};

pub async fn bind(
    db: &mut Connection,
    order: OrderId,
    openid: Vec<u8>,
    same: bool,
    kinds: Vec<String>,
    most: i32,
    now: Moment,
) -> Result<()> {
    if !same {
        sqlx::query("DELETE FROM wechat_permission WHERE order_id = $1")
            .bind(order.to_string())
            .execute(&mut *db)
            .await?;
    }
    sqlx::query(
        "INSERT INTO wechat (order_id, openid, bound_at) VALUES ($1, $2, $3) ON CONFLICT (order_id) DO UPDATE SET openid = excluded.openid, \
         bound_at = excluded.bound_at",
    )
    .bind(order.to_string())
    .bind(openid)
    .bind(now.0)
    .execute(&mut *db)
    .await?;
    for kind in kinds {
        sqlx::query(
            "INSERT INTO wechat_permission (order_id, kind, remaining) VALUES ($1, $2, 1) ON CONFLICT (order_id, kind) DO UPDATE SET \
             remaining = wechat_permission.remaining + 1 WHERE wechat_permission.remaining < $3",
        )
        .bind(order.to_string())
        .bind(kind)
        .bind(most)
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

pub async fn openid(db: &mut Connection, order: OrderId) -> Result<Option<Vec<u8>>> {
    let row =
        sqlx::query("SELECT openid FROM wechat WHERE order_id = $1").bind(order.to_string()).fetch_optional(db).await?;
    row.map(|row| get(&row, "openid")).transpose()
}

pub async fn remaining(db: &mut Connection, order: OrderId, kind: String) -> Result<i32> {
    let row = sqlx::query("SELECT remaining FROM wechat_permission WHERE order_id = $1 AND kind = $2")
        .bind(order.to_string())
        .bind(kind)
        .fetch_optional(db)
        .await?;
    row.map_or(Ok(0), |row| get(&row, "remaining"))
}

pub async fn spend(db: &mut Connection, spent: Spent) -> Result<()> {
    sqlx::query(
        "UPDATE wechat_permission SET remaining = CASE WHEN $1 = 1 THEN 0 ELSE remaining - 1 END WHERE order_id = $2 AND kind = $3 AND \
         remaining > 0",
    )
    .bind(i32::from(spent.all))
    .bind(spent.order.to_string())
    .bind(spent.kind)
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets who is told nothing more: the order or its receipt is over, and no message is on its way.
pub async fn forget(db: &mut Connection) -> Result<()> {
    let over = "SELECT order_id FROM wechat WHERE (EXISTS (SELECT 1 FROM orders WHERE orders.id = wechat.order_id AND orders.state IN \
                ('withdrawn', 'expired')) OR EXISTS (SELECT 1 FROM receipt WHERE receipt.order_id = wechat.order_id AND receipt.state IN \
                ('tombstone', 'revoked'))) AND NOT EXISTS (SELECT 1 FROM message LEFT JOIN delivery ON delivery.message = message.id WHERE \
                message.order_id = wechat.order_id AND (message.spread_at IS NULL OR delivery.state = 'due')) LIMIT 100";
    let rows = sqlx::query(over).fetch_all(&mut *db).await?;
    for row in rows {
        let order: String = get(&row, "order_id")?;
        sqlx::query("DELETE FROM wechat_permission WHERE order_id = $1").bind(&order).execute(&mut *db).await?;
        sqlx::query("DELETE FROM wechat WHERE order_id = $1").bind(&order).execute(&mut *db).await?;
    }
    Ok(())
}
