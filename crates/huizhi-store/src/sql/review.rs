//! Claims and decisions. One decision a seat and a round is a constraint of the database, as is that nobody takes two seats.

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AttemptId, DecisionId, OrderId, StaffId};
use huizhi_domain::message::{Happening, Message};
use huizhi_domain::order::{Order, OrderState};
use huizhi_domain::review::{Decision, LEASE_MS, Opinion, ReviewError, Seat, Step, UNDO_MS};
use huizhi_domain::staff::{Role, Staff};

use super::{Connection, Row, get, json, log, maybe_moment, message, moment, order, photo, taken, window_photo, word};
use crate::photo::SealedPhoto;
use crate::review::{Deciding, Held, Looked, Queue};
use crate::{Keys, Result, StoreError};

/// The next photo for a reviewer: the one they hold, else a probe where `probe` says so and there is one that they have not seen,
/// else the oldest of the queue that they may look at. `beside` is one that they look at meanwhile.
pub async fn claim(
    db: &mut Connection,
    keys: Arc<Keys>,
    staff: Staff,
    probe: bool,
    beside: Option<AttemptId>,
    entry: Entry,
) -> Result<Option<Held>> {
    let now = entry.at;
    lapse(&mut *db, now).await?;
    let mine = sqlx::query("SELECT id FROM attempt WHERE held_by = $1 AND id <> $2 ORDER BY held_since LIMIT 1")
        .bind(staff.id.to_string())
        .bind(beside.map(|it| it.to_string()).unwrap_or_default())
        .fetch_optional(&mut *db)
        .await?;
    if let Some(row) = mine {
        let id = word(&row, "id")?;
        if beside.is_none() {
            // It may have been fetched ahead; it is looked at from now on.
            hold(&mut *db, id, Some(&staff), now, now).await?;
        }
        return held(&mut *db, staff, id, now).await;
    }
    for probe in if probe { &[1, 0][..] } else { &[0] } {
        if let Some(held) = claim_among(&mut *db, &keys, &staff, *probe, &entry).await? {
            return Ok(Some(held));
        }
    }
    Ok(None)
}

/// Who took an order's payment or photo at a window, before they became a reviewer, does not decide on its photo. Somebody stands at a
/// window for a photo that was taken there: it comes before those that were sent from home.
async fn claim_among(
    db: &mut Connection,
    keys: &Arc<Keys>,
    staff: &Staff,
    probe: i32,
    entry: &Entry,
) -> Result<Option<Held>> {
    let now = entry.at;
    let rows = sqlx::query(
        "SELECT attempt.id FROM attempt JOIN orders ON orders.attempt = attempt.id WHERE orders.state = 'waiting' AND attempt.state = \
         'submitted' AND orders.probe = $1 AND NOT EXISTS (SELECT 1 FROM given_case WHERE given_case.attempt = attempt.id AND given_case.state \
         IN ('to-give', 'given')) AND NOT EXISTS (SELECT 1 FROM passed WHERE passed.attempt = attempt.id AND passed.reviewer = $2 \
         AND passed.until_at > $3) AND NOT EXISTS (SELECT 1 FROM payment WHERE payment.order_id = orders.id AND payment.staff = $2) AND NOT \
         EXISTS (SELECT 1 FROM window_photo WHERE window_photo.order_id = orders.id AND window_photo.staff = $2) ORDER BY CASE WHEN EXISTS \
         (SELECT 1 FROM window_photo WHERE window_photo.order_id = orders.id) THEN 0 ELSE 1 END, orders.queued_at, orders.id LIMIT 100",
    )
    .bind(probe)
    .bind(staff.id.to_string())
    .bind(now.0)
    .fetch_all(&mut *db)
    .await?;
    for row in rows {
        let id: AttemptId = word(&row, "id")?;
        let free =
            sqlx::query(skipping!("SELECT id FROM attempt WHERE id = $1 AND held_by IS NULL AND state = 'submitted'"))
                .bind(id.to_string())
                .fetch_optional(&mut *db)
                .await?;
        if free.is_none() {
            continue;
        }
        let Some(looked) = looked(&mut *db, id).await? else { continue };
        let Step::Look(seat) = looked.next() else { continue };
        if !may_sit(staff, seat, &looked) {
            continue;
        }
        let order = order::lock(&mut *db, looked.photo.order).await?;
        if order.state != OrderState::Waiting {
            continue;
        }
        order::save(&mut *db, &order.claim(now)?).await?;
        hold(&mut *db, id, Some(staff), now, now).await?;
        let entry = Entry { subject: id.to_string(), ..entry.clone() };
        log::append(&mut *db, keys, &[entry]).await?;
        return held(db, staff.clone(), id, now).await;
    }
    Ok(None)
}

/// Whether somebody may take a seat: the third is the lead's, and nobody looks again, save the lead after an appeal.
fn may_sit(staff: &Staff, seat: Seat, looked: &Looked) -> bool {
    let before = |round: Option<i32>| {
        looked.decisions.iter().any(|it| it.reviewer == staff.id && round.is_none_or(|round| it.round == round))
    };
    match seat {
        Seat::Lead => staff.role == Role::Lead && !before(Some(looked.photo.round)),
        Seat::First | Seat::Second => staff.role.reviews() && !before(None),
    }
}

async fn hold(db: &mut Connection, id: AttemptId, by: Option<&Staff>, since: Moment, now: Moment) -> Result<()> {
    sqlx::query("UPDATE attempt SET held_by = $1, held_since = $2, held_until = $3 WHERE id = $4")
        .bind(by.map(|staff| staff.id.to_string()))
        .bind(by.map(|_| since.0))
        .bind(by.map(|_| now.after_ms(LEASE_MS).0))
        .bind(id.to_string())
        .execute(db)
        .await?;
    Ok(())
}

/// What reviewers do not come back to within their lease goes back to the queue.
pub async fn lapse(db: &mut Connection, now: Moment) -> Result<()> {
    let rows = sqlx::query("SELECT id, order_id FROM attempt WHERE held_by IS NOT NULL AND held_until <= $1")
        .bind(now.0)
        .fetch_all(&mut *db)
        .await?;
    for row in rows {
        let order = order::lock(&mut *db, word(&row, "order_id")?).await?;
        let id: AttemptId = word(&row, "id")?;
        let freed = sqlx::query(
            "UPDATE attempt SET held_by = NULL, held_since = NULL, held_until = NULL WHERE id = $1 AND held_until <= $2",
        )
        .bind(id.to_string())
        .bind(now.0)
        .execute(&mut *db)
        .await?;
        if freed.rows_affected() > 0 && order.state == OrderState::InReview {
            order::save(&mut *db, &order.give_back(now)?).await?;
        }
    }
    Ok(())
}

/// A photo and all decisions on it.
pub async fn looked(db: &mut Connection, id: AttemptId) -> Result<Option<Looked>> {
    let Some(photo) = photo::find(&mut *db, id).await? else { return Ok(None) };
    let rows = sqlx::query("SELECT * FROM decision WHERE attempt = $1 ORDER BY round, seat")
        .bind(id.to_string())
        .fetch_all(db)
        .await?;
    let decisions = rows.iter().map(read).collect::<Result<_>>()?;
    Ok(Some(Looked { photo, decisions }))
}

/// What a reviewer holds; `None` unless they do.
pub async fn held(db: &mut Connection, staff: Staff, id: AttemptId, now: Moment) -> Result<Option<Held>> {
    let row = sqlx::query(
        "SELECT attempt.held_since, attempt.held_until, orders.child, orders.id AS of FROM attempt JOIN orders ON orders.id = \
         attempt.order_id WHERE attempt.id = $1 AND attempt.held_by = $2 AND attempt.held_until > $3",
    )
    .bind(id.to_string())
    .bind(staff.id.to_string())
    .bind(now.0)
    .fetch_optional(&mut *db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let of: OrderId = word(&row, "of")?;
    let Some(looked) = looked(&mut *db, id).await? else { return Ok(None) };
    let Step::Look(seat) = looked.next() else { return Ok(None) };
    let order = order::find(&mut *db, of).await?.ok_or(StoreError::Absent("order"))?;
    let earlier: Vec<SealedPhoto> = photo::all(&mut *db, of).await?.into_iter().filter(|it| it.id != id).collect();
    Ok(Some(Held {
        at_window: window_photo::is_one(&mut *db, of).await?,
        order,
        seat,
        looked,
        earlier,
        child: get::<i32>(&row, "child")? == 1,
        since: moment(&row, "held_since")?,
        until: moment(&row, "held_until")?,
    }))
}

pub async fn renew(db: &mut Connection, staff: Staff, id: AttemptId, now: Moment) -> Result<Moment> {
    let until = now.after_ms(LEASE_MS);
    let renewed = sqlx::query("UPDATE attempt SET held_until = $1 WHERE id = $2 AND held_by = $3 AND held_until > $4")
        .bind(until.0)
        .bind(id.to_string())
        .bind(staff.id.to_string())
        .bind(now.0)
        .execute(db)
        .await?;
    if renewed.rows_affected() == 0 { Err(ReviewError::NotHeld.into()) } else { Ok(until) }
}

/// The order of a held photo, locked.
async fn lock_held(db: &mut Connection, staff: &Staff, id: AttemptId, now: Moment) -> Result<(Order, Moment)> {
    let row =
        sqlx::query("SELECT order_id FROM attempt WHERE id = $1").bind(id.to_string()).fetch_optional(&mut *db).await?;
    let order = order::lock(&mut *db, word(&row.ok_or(ReviewError::NotHeld)?, "order_id")?).await?;
    let row = sqlx::query("SELECT held_since FROM attempt WHERE id = $1 AND held_by = $2 AND held_until > $3")
        .bind(id.to_string())
        .bind(staff.id.to_string())
        .bind(now.0)
        .fetch_optional(db)
        .await?;
    let since = maybe_moment(&row.ok_or(ReviewError::NotHeld)?, "held_since")?;
    Ok((order, since.unwrap_or(now)))
}

/// Gives a photo back to the queue; `second` asks that two look at it.
pub async fn leave(
    db: &mut Connection,
    keys: Arc<Keys>,
    staff: Staff,
    id: AttemptId,
    second: bool,
    away_ms: i64,
    entry: Entry,
) -> Result<()> {
    let (order, _) = lock_held(&mut *db, &staff, id, entry.at).await?;
    hold(&mut *db, id, None, entry.at, entry.at).await?;
    order::save(&mut *db, &order.give_back(entry.at)?).await?;
    sqlx::query(
        "INSERT INTO passed (attempt, reviewer, until_at) VALUES ($1, $2, $3) ON CONFLICT (attempt, reviewer) DO UPDATE SET until_at = \
         excluded.until_at",
    )
    .bind(id.to_string())
    .bind(staff.id.to_string())
    .bind(entry.at.after_ms(away_ms).0)
    .execute(&mut *db)
    .await?;
    if second {
        sqlx::query("UPDATE attempt SET second_look = 'asked' WHERE id = $1 AND second_look IS NULL")
            .bind(id.to_string())
            .execute(&mut *db)
            .await?;
    }
    log::append(db, &keys, &[entry]).await
}

pub async fn decide(
    db: &mut Connection,
    keys: Arc<Keys>,
    staff: Staff,
    deciding: Deciding,
    entry: Entry,
) -> Result<Decision> {
    let (_, since) = lock_held(&mut *db, &staff, deciding.attempt, entry.at).await?;
    let looked = looked(&mut *db, deciding.attempt).await?.ok_or(ReviewError::NotHeld)?;
    let Step::Look(seat) = looked.next() else { return Err(ReviewError::NotHeld.into()) };
    if !may_sit(&staff, seat, &looked) {
        return Err(ReviewError::SamePerson.into());
    }
    let decision = Decision {
        id: deciding.id,
        round: looked.photo.round,
        seat,
        reviewer: staff.id,
        opinion: deciding.opinion,
        decided_at: entry.at,
        open_ms: entry.at.since_ms(since),
    };
    sqlx::query(
        "INSERT INTO decision (id, attempt, round, seat, reviewer, opinion, decided_at, open_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(decision.id.to_string())
    .bind(deciding.attempt.to_string())
    .bind(decision.round)
    .bind(seat.number())
    .bind(staff.id.to_string())
    .bind(serde_json::to_string(&decision.opinion).unwrap_or_default())
    .bind(entry.at.0)
    .bind(decision.open_ms)
    .execute(&mut *db)
    .await?;
    hold(&mut *db, deciding.attempt, None, entry.at, entry.at).await?;
    log::append(db, &keys, &[entry]).await?;
    Ok(decision)
}

/// Takes a decision back within its ten seconds; the photo is held again.
pub async fn undo(
    db: &mut Connection,
    keys: Arc<Keys>,
    staff: Staff,
    id: DecisionId,
    entry: Entry,
) -> Result<AttemptId> {
    let row = sqlx::query(
        "SELECT decision.attempt, decision.decided_at, attempt.order_id FROM decision JOIN attempt ON attempt.id = decision.attempt \
         WHERE decision.id = $1 AND decision.reviewer = $2",
    )
    .bind(id.to_string())
    .bind(staff.id.to_string())
    .fetch_optional(&mut *db)
    .await?;
    let row = row.ok_or(ReviewError::NotHeld)?;
    order::lock(&mut *db, word(&row, "order_id")?).await?;
    if entry.at >= moment(&row, "decided_at")?.after_ms(UNDO_MS) {
        return Err(ReviewError::TooLate.into());
    }
    let gone = sqlx::query("DELETE FROM decision WHERE id = $1 AND settled = 0")
        .bind(id.to_string())
        .execute(&mut *db)
        .await?;
    if gone.rows_affected() == 0 {
        return Err(ReviewError::TooLate.into());
    }
    let attempt: AttemptId = word(&row, "attempt")?;
    // Whoever claimed the next photo meanwhile keeps that one too; the lease sees to what stays behind.
    hold(&mut *db, attempt, Some(&staff), entry.at, entry.at).await?;
    log::append(db, &keys, &[entry]).await?;
    Ok(attempt)
}

/// Decisions whose ten seconds are over and from which nothing followed yet.
pub async fn due(db: &mut Connection, now: Moment) -> Result<Vec<(DecisionId, AttemptId, OrderId)>> {
    let rows = sqlx::query(
        "SELECT decision.id, decision.attempt, attempt.order_id FROM decision JOIN attempt ON attempt.id = decision.attempt WHERE settled = 0 \
         AND decided_at <= $1 ORDER BY decided_at LIMIT 100",
    )
    .bind(now.after_ms(-UNDO_MS).0)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok((word(row, "id")?, word(row, "attempt")?, word(row, "order_id")?))).collect()
}

/// Does what follows from a decision: another look, or the end of the review, of which the citizen is told.
pub async fn settle(
    db: &mut Connection,
    keys: Arc<Keys>,
    id: DecisionId,
    attempt: AttemptId,
    of: OrderId,
    mut told: Message,
    mut entry: Entry,
) -> Result<bool> {
    let order = order::lock(&mut *db, of).await?;
    let settled = sqlx::query("UPDATE decision SET settled = 1 WHERE id = $1 AND settled = 0")
        .bind(id.to_string())
        .execute(&mut *db)
        .await?;
    if settled.rows_affected() == 0 {
        return Ok(false);
    }
    if order::is_probe(&mut *db, of).await? {
        // Nothing follows from a look at a probe; the next reviewer finds it as it was.
        order::save(&mut *db, &order.give_back(entry.at)?).await?;
        sqlx::query("UPDATE attempt SET round = round + 1 WHERE id = $1")
            .bind(attempt.to_string())
            .execute(&mut *db)
            .await?;
        return Ok(true);
    }
    let looked = looked(&mut *db, attempt).await?.ok_or(StoreError::Absent("attempt"))?;
    match looked.next() {
        Step::Look(_) => order::save(&mut *db, &order.give_back(entry.at)?).await?,
        Step::Settled(opinion) => {
            let order = order.settle(opinion.accepts(), entry.at)?;
            order::save(&mut *db, &order).await?;
            photo::settle(&mut *db, attempt, &opinion).await?;
            let action = if opinion.accepts() { "order.approved" } else { "order.rejected" };
            action.clone_into(&mut entry.action);
            let theirs = order::is_a_peers(&mut *db, of).await?;
            let decided = taken::decided(&mut *db, attempt, looked.photo.round, &opinion, &entry).await?;
            if let Opinion::Reject { codes, .. } = opinion {
                entry.detail.insert("codes".to_owned(), codes.clone().into());
                // A peer tells its own citizen.
                if !theirs {
                    told.codes = codes;
                    told.happening = Happening::Rejected;
                    message::add(&mut *db, &told, &format!("rejected {attempt} {}", looked.photo.round)).await?;
                }
            }
            let entries: Vec<Entry> = [entry].into_iter().chain(decided).collect();
            log::append(db, &keys, &entries).await?;
        }
    }
    Ok(true)
}

pub async fn queue(db: &mut Connection) -> Result<Queue> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS waiting, MIN(queued_at) AS oldest FROM orders WHERE state = 'waiting' AND probe = 0 AND NOT EXISTS (SELECT 1 FROM \
         given_case WHERE given_case.attempt = orders.attempt AND given_case.state IN ('to-give', 'given'))",
    )
    .fetch_one(&mut *db)
    .await?;
    let held = sqlx::query("SELECT COUNT(*) AS held FROM attempt WHERE held_by IS NOT NULL").fetch_one(db).await?;
    Ok(Queue { waiting: get(&row, "waiting")?, oldest: maybe_moment(&row, "oldest")?, held: get(&held, "held")? })
}

/// How many wait before an order: those that came before it, and those whose photo a window took; before such a one, only such.
pub async fn before(db: &mut Connection, of: OrderId, queued_at: Moment) -> Result<i64> {
    let at_window = window_photo::is_one(&mut *db, of).await?;
    let row = sqlx::query(
        "SELECT COUNT(*) AS before FROM orders WHERE state IN ('waiting', 'in-review') AND probe = 0 AND id <> $1 AND CASE WHEN EXISTS (SELECT \
         1 FROM window_photo WHERE window_photo.order_id = orders.id) THEN queued_at < $2 OR $3 = 0 ELSE queued_at < $2 AND $3 = 0 END AND NOT \
         EXISTS (SELECT 1 FROM given_case WHERE given_case.attempt = orders.attempt AND given_case.state IN ('to-give', 'given'))",
    )
    .bind(of.to_string())
    .bind(queued_at.0)
    .bind(i32::from(at_window))
    .fetch_one(db)
    .await?;
    get(&row, "before")
}

/// One settled decision with what the engine had found, for the board.
pub async fn decided_since(db: &mut Connection, since: Moment) -> Result<Vec<crate::review::Told>> {
    let rows = sqlx::query(
        "SELECT decision.attempt, decision.round, decision.seat, decision.reviewer, decision.opinion, decision.decided_at, staff.name, \
         attempt.engine, attempt.expected, attempt.submitted_at FROM decision JOIN attempt ON attempt.id = decision.attempt JOIN staff ON \
         staff.id = decision.reviewer WHERE decision.settled = 1 AND decision.decided_at >= $1 ORDER BY decision.attempt, decision.round, \
         decision.seat",
    )
    .bind(since.0)
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(crate::review::Told {
                attempt: word(row, "attempt")?,
                round: get(row, "round")?,
                reviewer: word::<StaffId>(row, "reviewer")?,
                name: get(row, "name")?,
                opinion: json(row, "opinion")?,
                engine: json(row, "engine")?,
                expected: get::<Option<String>>(row, "expected")?.and_then(|text| serde_json::from_str(&text).ok()),
                decided_at: moment(row, "decided_at")?,
                submitted_at: maybe_moment(row, "submitted_at")?,
            })
        })
        .collect()
}

fn read(row: &Row) -> Result<Decision> {
    let seat: i32 = get(row, "seat")?;
    Ok(Decision {
        id: word(row, "id")?,
        round: get(row, "round")?,
        seat: Seat::of_number(seat).ok_or_else(|| StoreError::Row { what: "a seat", value: seat.to_string() })?,
        reviewer: word(row, "reviewer")?,
        opinion: json(row, "opinion")?,
        decided_at: moment(row, "decided_at")?,
        open_ms: get(row, "open_ms")?,
    })
}

/// Notes the known answer of a photo that becomes a probe.
pub async fn expect(db: &mut Connection, id: AttemptId, expected: String) -> Result<()> {
    sqlx::query("UPDATE attempt SET expected = $1 WHERE id = $2")
        .bind(expected)
        .bind(id.to_string())
        .execute(db)
        .await?;
    Ok(())
}
