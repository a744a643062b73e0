//! Messages of appointments.

use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AccountId, MessageId};
use huizhi_domain::visit::{Slot, VisitMessage};
use jiff::civil::Date;

use super::{Connection, Row, get, maybe_moment, maybe_word, moment, word};
use crate::Result;

/// Those of an account, newest first.
pub async fn of_account(db: &mut Connection, account: AccountId) -> Result<Vec<VisitMessage>> {
    let rows = sqlx::query("SELECT * FROM visit_message WHERE account = $1 ORDER BY id DESC LIMIT 200")
        .bind(account.to_string())
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

/// Marks one of an account as read.
pub async fn mark_read(db: &mut Connection, account: AccountId, id: MessageId, now: Moment) -> Result<()> {
    sqlx::query("UPDATE visit_message SET read_at = $1 WHERE id = $2 AND account = $3 AND read_at IS NULL")
        .bind(now.0)
        .bind(id.to_string())
        .bind(account.to_string())
        .execute(db)
        .await?;
    Ok(())
}

/// Adds one that stands alone. Whether it is new.
pub async fn tell(db: &mut Connection, message: VisitMessage) -> Result<bool> {
    let told = sqlx::query(
        "INSERT INTO visit_message (id, appointment, account, happening, at, day, minute) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT \
         DO NOTHING",
    )
    .bind(message.id.to_string())
    .bind(message.appointment.to_string())
    .bind(message.account.to_string())
    .bind(message.happening.word())
    .bind(message.at.0)
    .bind(message.slot.map(|slot| slot.day.to_string()))
    .bind(message.slot.map(|slot| slot.minute))
    .execute(db)
    .await?;
    Ok(told.rows_affected() > 0)
}

pub fn read(row: &Row) -> Result<VisitMessage> {
    let (day, minute): (Option<Date>, Option<i32>) = (maybe_word(row, "day")?, get(row, "minute")?);
    Ok(VisitMessage {
        id: word(row, "id")?,
        appointment: word(row, "appointment")?,
        account: word(row, "account")?,
        happening: word(row, "happening")?,
        slot: day.zip(minute).map(|(day, minute)| Slot { day, minute }),
        at: moment(row, "at")?,
        read_at: maybe_moment(row, "read_at")?,
    })
}
