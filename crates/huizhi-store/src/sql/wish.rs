//! Wishes of the waiting list. That a person has one alive for a service, and no more than three offers, is the rows'.

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AccountId, WishId};
use huizhi_domain::office::Span;
use huizhi_domain::visit::Slot;
use huizhi_domain::visit::wish::{AHEAD_MS, SOON_MS, Wish};
use huizhi_domain::words::Lang;
use jiff::civil::Date;

use super::{Connection, Row, get, log, maybe_moment, maybe_word, moment, word};
use crate::wish::{Line, NewWish, Offerable};
use crate::{Keys, Result};

mod offer;

pub use offer::{claim, offered, settle, unclaim};

/// Wishes of one line that are looked at in a round.
const MOST: i64 = 500;

pub async fn add(db: &mut Connection, keys: Arc<Keys>, id: WishId, new: NewWish, entry: Entry) -> Result<bool> {
    // A conflict is that of the person: the id is new.
    let added = sqlx::query(
        "INSERT INTO wish (id, account, person, person_key, office, service, business, from_day, to_day, from_minute, to_minute, lang, state, \
         made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'waiting', $13) ON CONFLICT DO NOTHING",
    )
    .bind(id.to_string())
    .bind(new.account.to_string())
    .bind(new.person.to_string())
    .bind(new.person_key)
    .bind(new.office.to_string())
    .bind(new.service)
    .bind(new.business)
    .bind(new.from.to_string())
    .bind(new.to.to_string())
    .bind(new.times.opens)
    .bind(new.times.closes)
    .bind(new.lang.tag())
    .bind(entry.at.0)
    .execute(&mut *db)
    .await?;
    if added.rows_affected() == 0 {
        return Ok(false);
    }
    log::append(db, &keys, &[entry]).await?;
    Ok(true)
}

/// The wishes of an account, the newest first.
pub async fn all(db: &mut Connection, account: AccountId) -> Result<Vec<Wish>> {
    let rows = sqlx::query("SELECT * FROM wish WHERE account = $1 ORDER BY made_at DESC, id DESC")
        .bind(account.to_string())
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

pub async fn find(db: &mut Connection, id: WishId) -> Result<Option<Wish>> {
    let row = sqlx::query("SELECT * FROM wish WHERE id = $1").bind(id.to_string()).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// How many wait for the same places since before.
pub async fn before(db: &mut Connection, of: Wish) -> Result<i64> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS wishes FROM wish WHERE office = $1 AND service = $2 AND state = 'waiting' AND from_day <= $3 AND to_day >= $4 AND \
         (made_at < $5 OR (made_at = $5 AND id < $6))",
    )
    .bind(of.office.to_string())
    .bind(of.service)
    .bind(of.to.to_string())
    .bind(of.from.to_string())
    .bind(of.made_at.0)
    .bind(of.id.to_string())
    .fetch_one(db)
    .await?;
    get(&row, "wishes")
}

/// Takes a wish back; whether it was alive.
pub async fn leave(db: &mut Connection, keys: Arc<Keys>, account: AccountId, id: WishId, entry: Entry) -> Result<bool> {
    let left = sqlx::query(
        "UPDATE wish SET state = 'left', claimed_until = 0 WHERE id = $1 AND account = $2 AND state IN ('waiting', 'offered')",
    )
    .bind(id.to_string())
    .bind(account.to_string())
    .execute(&mut *db)
    .await?;
    if left.rows_affected() == 0 {
        return Ok(false);
    }
    log::append(db, &keys, &[entry]).await?;
    Ok(true)
}

/// Offices and services for which somebody waits.
pub async fn lines(db: &mut Connection) -> Result<Vec<Line>> {
    let rows =
        sqlx::query("SELECT DISTINCT office, service FROM wish WHERE state = 'waiting' ORDER BY office, service")
            .fetch_all(db)
            .await?;
    rows.iter().map(|row| Ok(Line { office: word(row, "office")?, service: get(row, "service")? })).collect()
}

/// Who waits in a line, the longest first, without those who have an appointment of the service soon, or are choosing one just now.
pub async fn waiting(db: &mut Connection, line: Line, now: Moment) -> Result<Vec<Wish>> {
    let rows = sqlx::query(
        "SELECT * FROM wish WHERE state = 'waiting' AND office = $1 AND service = $2 AND NOT EXISTS (SELECT 1 FROM appointment WHERE \
         appointment.person_key = wish.person_key AND appointment.starts_at > $3 AND (appointment.state = 'held' OR (appointment.service = \
         wish.service AND appointment.state IN ('booked', 'arrived') AND appointment.starts_at <= $4))) ORDER BY made_at, id LIMIT $5",
    )
    .bind(line.office.to_string())
    .bind(line.service)
    .bind(now.0)
    .bind(now.after_ms(SOON_MS).0)
    .bind(MOST)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// Places of a line that can be offered: those that are free, and those that were given back and are kept for the list. Days that are being
/// given out this morning are not among them: those who wait at their door come first.
pub async fn offerable(db: &mut Connection, line: Line, now: Moment) -> Result<Vec<Offerable>> {
    let (office, soonest) = (line.office.to_string(), now.after_ms(AHEAD_MS).0);
    let free = sqlx::query(
        "SELECT day, minute, capacity - taken AS places FROM slot WHERE office = $1 AND service = $2 AND starts_at >= $3 AND taken < capacity \
         AND day NOT IN (SELECT day FROM release WHERE office = $1 AND service = $2 AND over_at IS NULL) ORDER BY day, minute",
    )
    .bind(&office)
    .bind(&line.service)
    .bind(soonest)
    .fetch_all(&mut *db)
    .await?;
    let mut found = Vec::new();
    for row in &free {
        let slot = Slot { day: word(row, "day")?, minute: get(row, "minute")? };
        found.push(Offerable { slot, places: get(row, "places")? });
    }
    let kept = sqlx::query(
        "SELECT day, minutes FROM appointment WHERE office = $1 AND service = $2 AND state = 'cancelled' AND frees_at > $3 AND starts_at >= $4 \
         AND day NOT IN (SELECT day FROM release WHERE office = $1 AND service = $2 AND over_at IS NULL) ORDER BY day, minute",
    )
    .bind(&office)
    .bind(&line.service)
    .bind(now.0)
    .bind(soonest)
    .fetch_all(db)
    .await?;
    for row in &kept {
        let (day, minutes): (Date, String) = (word(row, "day")?, get(row, "minutes")?);
        let minutes = minutes.split(',').filter_map(|minute| minute.parse().ok());
        found.extend(minutes.map(|minute| Offerable { slot: Slot { day, minute }, places: 1 }));
    }
    found.sort_by_key(|it| it.slot);
    Ok(found)
}

/// Forgets an account's wishes. Part of its erasure.
pub async fn erase(db: &mut Connection, account: AccountId) -> Result<()> {
    sqlx::query("DELETE FROM wish WHERE account = $1").bind(account.to_string()).execute(db).await?;
    Ok(())
}

fn read(row: &Row) -> Result<Wish> {
    let lang: String = get(row, "lang")?;
    Ok(Wish {
        id: word(row, "id")?,
        account: word(row, "account")?,
        person: word(row, "person")?,
        office: word(row, "office")?,
        service: get(row, "service")?,
        business: get(row, "business")?,
        from: word(row, "from_day")?,
        to: word(row, "to_day")?,
        times: Span { opens: get(row, "from_minute")?, closes: get(row, "to_minute")? },
        lang: Lang::of_tag(&lang).unwrap_or_default(),
        state: word(row, "state")?,
        made_at: moment(row, "made_at")?,
        offers: get(row, "offers")?,
        offered_at: maybe_moment(row, "offered_at")?,
        appointment: maybe_word(row, "appointment")?,
    })
}
