//! Counts of orders, outcomes and receipts between two moments, by city. No row of anybody's is read: durations come as how often each was
//! seen, rejections with the codes that they give.

use huizhi_domain::clock::Moment;
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

/// Orders that came to an end, by city: whether they were approved. One that is sent back, or lapsed so, is at its end until it is handed in
/// again; one whose citizen gave it up has none.
pub async fn outcomes(db: &mut Connection, from: Moment, to: Moment) -> Result<Vec<(String, bool, i64)>> {
    let rows = sqlx::query(
        "SELECT city, accepted, count(*) AS times FROM (SELECT city, CASE WHEN state = 'approved' THEN 1 ELSE 0 END AS accepted FROM orders WHERE \
         probe = 0 AND changed_at >= $1 AND changed_at < $2 AND (state IN ('approved', 'rejected') OR (state = 'expired' AND EXISTS (SELECT 1 \
         FROM attempt WHERE attempt.order_id = orders.id AND attempt.state = 'rejected')))) AS ended GROUP BY city, accepted",
    )
    .bind(from.0)
    .bind(to.0)
    .fetch_all(db)
    .await?;
    let yes = |row, column| get::<i32>(row, column).map(|value| value == 1);
    rows.iter().map(|row| Ok((get(row, "city")?, yes(row, "accepted")?, get(row, "times")?))).collect()
}

/// Codes that citizens were told together, by city.
pub async fn reasons(db: &mut Connection, from: Moment, to: Moment) -> Result<Vec<(String, Vec<String>, i64)>> {
    let rows = sqlx::query(
        "SELECT orders.city AS city, message.codes AS codes, count(*) AS times FROM message JOIN orders ON orders.id = message.order_id WHERE \
         orders.probe = 0 AND message.happening = 'rejected' AND message.at >= $1 AND message.at < $2 GROUP BY orders.city, message.codes",
    )
    .bind(from.0)
    .bind(to.0)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok((get(row, "city")?, json(row, "codes")?, get(row, "times")?))).collect()
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
