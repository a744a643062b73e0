//! Counts of orders, decisions and receipts between two moments, by city. No row of anybody's is read: durations come as how often each was
//! seen, opinions with the codes that they give.

use huizhi_domain::clock::Moment;
use huizhi_domain::review::Opinion;
use jiff::civil::Date;

use super::{Connection, get, json};
use crate::Result;

/// Orders that were handed in for the first time, by city and day: the days since 1970 at the office.
pub async fn orders(db: &mut Connection, from: Moment, to: Moment, offset_ms: i64) -> Result<Vec<(String, i64, i64)>> {
    let rows = sqlx::query(
        "SELECT city, (first_at + $3) / 86400000 AS day_number, count(*) AS times FROM (SELECT orders.city AS city, MIN(attempt.submitted_at) AS \
         first_at FROM orders JOIN attempt ON attempt.order_id = orders.id WHERE orders.probe = 0 AND attempt.submitted_at IS NOT NULL GROUP BY \
         orders.id, orders.city) AS handed WHERE first_at >= $1 AND first_at < $2 GROUP BY 1, 2",
    )
    .bind(from.0)
    .bind(to.0)
    .bind(offset_ms)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok((get(row, "city")?, get(row, "day_number")?, get(row, "times")?))).collect()
}

/// What reviewers said and did not take back, by city.
pub async fn opinions(db: &mut Connection, from: Moment, to: Moment) -> Result<Vec<(String, Opinion, i64)>> {
    let rows = sqlx::query(
        "SELECT orders.city AS city, decision.opinion AS opinion, count(*) AS times FROM decision JOIN attempt ON attempt.id = decision.attempt \
         JOIN orders ON orders.id = attempt.order_id WHERE orders.probe = 0 AND decision.settled = 1 AND decision.decided_at >= $1 AND \
         decision.decided_at < $2 GROUP BY orders.city, decision.opinion",
    )
    .bind(from.0)
    .bind(to.0)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok((get(row, "city")?, json(row, "opinion")?, get(row, "times")?))).collect()
}

/// Minutes from handing a photo in to the first decision on it, by city.
pub async fn waits(db: &mut Connection, from: Moment, to: Moment) -> Result<Vec<(String, i64, i64)>> {
    let rows = sqlx::query(
        "SELECT orders.city AS city, (decision.decided_at - attempt.submitted_at) / 60000 AS unit, count(*) AS times FROM decision JOIN attempt \
         ON attempt.id = decision.attempt JOIN orders ON orders.id = attempt.order_id WHERE orders.probe = 0 AND decision.settled = 1 AND \
         decision.round = 1 AND decision.seat = 1 AND attempt.submitted_at IS NOT NULL AND decision.decided_at >= $1 AND decision.decided_at \
         < $2 GROUP BY 1, 2",
    )
    .bind(from.0)
    .bind(to.0)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok((get(row, "city")?, get(row, "unit")?, get(row, "times")?))).collect()
}

/// Receipts that were issued, by city, whether a window used them, and whether their last day is over.
pub async fn receipts(
    db: &mut Connection,
    from: Moment,
    to: Moment,
    today: Date,
) -> Result<Vec<(String, bool, bool, i64)>> {
    let rows = sqlx::query(
        "SELECT city, used, late, count(*) AS times FROM (SELECT orders.city AS city, CASE WHEN EXISTS (SELECT 1 FROM receipt_use WHERE \
         receipt_use.receipt = receipt.id AND receipt_use.consumed_at IS NOT NULL) THEN 1 ELSE 0 END AS used, CASE WHEN receipt.valid_until < \
         $3 THEN 1 ELSE 0 END AS late FROM receipt JOIN orders ON orders.id = receipt.order_id WHERE receipt.state <> 'signing' AND \
         receipt.issued_at >= $1 AND receipt.issued_at < $2) AS seen GROUP BY city, used, late",
    )
    .bind(from.0)
    .bind(to.0)
    .bind(today.to_string())
    .fetch_all(db)
    .await?;
    let yes = |row, column| get::<i32>(row, column).map(|value| value == 1);
    rows.iter().map(|row| Ok((get(row, "city")?, yes(row, "used")?, yes(row, "late")?, get(row, "times")?))).collect()
}
