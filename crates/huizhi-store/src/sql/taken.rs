//! Cases that we decide for peers. One a peer, photo and round: the database's constraint. Who changes one has its order locked.

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::id::{AttemptId, OrderId};
use huizhi_domain::order::{Order, OrderState};
use huizhi_domain::peer::body::{CaseName, CaseStanding, DecisionBody, Heard, Outcome};
use huizhi_domain::peer::case::TakenState;
use huizhi_domain::receipt::Issuer;
use huizhi_domain::review::{Opinion, SecondLook};
use huizhi_domain::words::Lang;
use serde_json::Value;

use super::{Connection, Row, get, log, maybe_word, order, photo, word};
use crate::photo::PictureKind;
use crate::taken::{Taking, decision};
use crate::{Keys, Result, StoreError};

async fn find(db: &mut Connection, code: Issuer, name: &CaseName) -> Result<Option<Row>> {
    let row = sqlx::query("SELECT * FROM taken_case WHERE peer = $1 AND attempt = $2 AND round = $3")
        .bind(code.to_string())
        .bind(name.attempt.to_string())
        .bind(name.round)
        .fetch_optional(db)
        .await?;
    Ok(row)
}

fn read(row: &Row) -> Result<CaseStanding> {
    Ok(CaseStanding {
        attempt: word(row, "attempt")?,
        round: get(row, "round")?,
        state: word::<TakenState>(row, "state")?.word().to_owned(),
        case: get(row, "digest")?,
    })
}

pub async fn standing(db: &mut Connection, code: Issuer, name: CaseName) -> Result<Option<CaseStanding>> {
    find(db, code, &name).await?.map(|row| read(&row)).transpose()
}

/// Our order and photo of the round before, if that was here.
pub async fn round_before(db: &mut Connection, code: Issuer, name: CaseName) -> Result<Option<(OrderId, AttemptId)>> {
    let row = sqlx::query(
        "SELECT attempt.id, attempt.order_id FROM taken_case JOIN attempt ON attempt.id = taken_case.own WHERE taken_case.peer = $1 AND \
         taken_case.attempt = $2 AND taken_case.round = $3",
    )
    .bind(code.to_string())
    .bind(name.attempt.to_string())
    .bind(name.round - 1)
    .fetch_optional(db)
    .await?;
    row.map(|row| Ok((word(&row, "order_id")?, word(&row, "id")?))).transpose()
}

/// Takes a case that is not here.
pub async fn take(db: &mut Connection, keys: Arc<Keys>, new: Taking, entry: Entry) -> Result<CaseStanding> {
    let name = CaseName { attempt: new.said.attempt, round: new.said.round };
    let now = entry.at;
    if new.is_new {
        add(&mut *db, &new, &entry).await?;
    } else {
        look_again(&mut *db, &new, &entry).await?;
    }
    let added = sqlx::query(
        "INSERT INTO taken_case (peer, attempt, round, state, digest, own, since) VALUES ($1, $2, $3, 'open', $4, $5, $6) ON CONFLICT DO NOTHING",
    )
    .bind(new.peer.to_string())
    .bind(name.attempt.to_string())
    .bind(name.round)
    .bind(&new.digest)
    .bind(new.own.to_string())
    .bind(now.0)
    .execute(&mut *db)
    .await?;
    if added.rows_affected() == 0 {
        return Err(StoreError::Conflict("the case"));
    }
    for (kind, file) in [(PictureKind::Preview, &new.preview), (PictureKind::IdPhoto, &new.id_photo)] {
        photo::add_picture(&mut *db, new.own, kind, file).await?;
    }
    log::append(&mut *db, &keys, &[entry]).await?;
    let row = find(db, new.peer, &name).await?.ok_or(StoreError::Absent("case"))?;
    read(&row)
}

/// An order of nobody here, which waits with its one photo.
async fn add(db: &mut Connection, new: &Taking, entry: &Entry) -> Result<()> {
    let (said, now) = (&new.said, entry.at);
    sqlx::query(
        "INSERT INTO orders (id, document, city, state, price_fen, paid_fen, rules, queued_at, attempt, lang, created_at, changed_at, secret, \
         secret_sealed, child, peer) VALUES ($1, $2, $3, 'waiting', 0, 0, $4, $5, $6, $7, $8, $8, $9, $10, $11, $12)",
    )
    .bind(new.order.to_string())
    .bind(&said.document)
    .bind(&said.city)
    .bind(&said.rules)
    .bind(said.queued_at.min(now).0)
    .bind(new.own.to_string())
    .bind(Lang::default().tag())
    .bind(now.0)
    .bind(&new.secret)
    .bind(Vec::<u8>::new())
    .bind(i32::from(said.child))
    .bind(new.peer.to_string())
    .execute(&mut *db)
    .await?;
    let before = said.before.as_ref().map(|before| serde_json::to_string(before).unwrap_or_default());
    sqlx::query(
        "INSERT INTO attempt (id, order_id, ordinal, state, upload, verdict, engine, report, reason, second_look, round, outcome, created_at, \
         submitted_at) VALUES ($1, $2, 1, 'submitted', $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)",
    )
    .bind(new.own.to_string())
    .bind(new.order.to_string())
    .bind(&new.secret)
    .bind(&said.verdict)
    .bind(serde_json::to_string(&said.codes).unwrap_or_default())
    .bind(&new.report)
    .bind(&new.reason)
    .bind(new.second_look.map(SecondLook::word))
    .bind(said.round)
    .bind(before)
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(())
}

/// The photo that was rejected here waits again, with what the giver sends now.
async fn look_again(db: &mut Connection, new: &Taking, entry: &Entry) -> Result<()> {
    let order = order::lock(&mut *db, new.order).await?;
    if order.state != OrderState::Rejected {
        return Err(StoreError::Conflict("the case"));
    }
    order::save(&mut *db, &order.appeal(entry.at)?).await?;
    // Pictures of the round before are there until its decision is acknowledged, which may come later.
    photo::erase(&mut *db, new.order, None, entry.at).await?;
    sqlx::query(
        "UPDATE attempt SET state = 'submitted', round = $1, appealed_at = $2, report = $3, reason = $4, held_by = NULL, held_since = NULL, \
         held_until = NULL WHERE id = $5",
    )
    .bind(new.said.round)
    .bind(entry.at.0)
    .bind(&new.report)
    .bind(&new.reason)
    .bind(new.own.to_string())
    .execute(db)
    .await?;
    Ok(())
}

/// What follows where the photo that was decided on is a peer's: the decision is there to be fetched. Gives the log's entry.
pub async fn decided(
    db: &mut Connection,
    own: AttemptId,
    round: i32,
    opinion: &Opinion,
    entry: &Entry,
) -> Result<Option<Entry>> {
    let row = sqlx::query("SELECT * FROM taken_case WHERE own = $1 AND round = $2 AND state = 'open'")
        .bind(own.to_string())
        .bind(round)
        .fetch_optional(&mut *db)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let name = CaseName { attempt: word(&row, "attempt")?, round };
    let peer: String = get(&row, "peer")?;
    let text = decision(&name, get(&row, "digest")?, opinion.clone(), entry.at);
    sqlx::query("UPDATE taken_case SET state = 'decided', decision = $1, since = $2 WHERE own = $3 AND round = $4")
        .bind(&text)
        .bind(entry.at.0)
        .bind(own.to_string())
        .bind(round)
        .execute(db)
        .await?;
    let mut said = entry.clone();
    "case.decided".clone_into(&mut said.action);
    said.subject = own.to_string();
    let detail: [(&str, Value); 3] =
        [("peer", peer.into()), ("round", round.into()), ("digest", DecisionBody::digest(&text).into())];
    said.detail = detail.map(|(key, value)| (key.to_owned(), value)).into_iter().collect();
    Ok(Some(said))
}

/// The case's row, with its order locked where it has one here.
async fn lock(db: &mut Connection, code: Issuer, name: &CaseName) -> Result<Option<(Row, Option<(AttemptId, Order)>)>> {
    let Some(row) = find(&mut *db, code, name).await? else { return Ok(None) };
    let Some(own) = maybe_word::<AttemptId>(&row, "own")? else { return Ok(Some((row, None))) };
    let of =
        sqlx::query("SELECT order_id FROM attempt WHERE id = $1").bind(own.to_string()).fetch_one(&mut *db).await?;
    let order = order::lock(&mut *db, word(&of, "order_id")?).await?;
    // As it is now that nobody else changes it.
    let row = find(db, code, name).await?.ok_or(StoreError::Absent("case"))?;
    Ok(Some((row, Some((own, order)))))
}

pub async fn recall(
    db: &mut Connection,
    keys: Arc<Keys>,
    code: Issuer,
    name: CaseName,
    mut entry: Entry,
) -> Result<CaseStanding> {
    let now = entry.at;
    let Some((row, here)) = lock(&mut *db, code, &name).await? else {
        let marked = sqlx::query(
            "INSERT INTO taken_case (peer, attempt, round, state, digest, since) VALUES ($1, $2, $3, 'recalled', '', $4) ON CONFLICT DO NOTHING",
        )
        .bind(code.to_string())
        .bind(name.attempt.to_string())
        .bind(name.round)
        .bind(now.0)
        .execute(&mut *db)
        .await?;
        if marked.rows_affected() == 0 {
            return Err(StoreError::Conflict("the case"));
        }
        let row = find(db, code, &name).await?.ok_or(StoreError::Absent("case"))?;
        return read(&row);
    };
    let state: TakenState = word(&row, "state")?;
    let Some((own, order)) = here.filter(|_| matches!(state, TakenState::Open | TakenState::Decided)) else {
        return read(&row);
    };
    if state == TakenState::Open {
        end(&mut *db, own, order.clone(), &entry).await?;
    }
    sqlx::query("UPDATE taken_case SET state = 'recalled' WHERE peer = $1 AND attempt = $2 AND round = $3")
        .bind(code.to_string())
        .bind(name.attempt.to_string())
        .bind(name.round)
        .execute(&mut *db)
        .await?;
    forget(&mut *db, own, order.id, &entry).await?;
    entry.detail.insert("digest".to_owned(), get::<String>(&row, "digest")?.into());
    log::append(&mut *db, &keys, &[entry]).await?;
    let row = find(db, code, &name).await?.ok_or(StoreError::Absent("case"))?;
    read(&row)
}

/// Takes an open case from the desk, out of a reviewer's hands where one holds it.
async fn end(db: &mut Connection, own: AttemptId, order: Order, entry: &Entry) -> Result<()> {
    sqlx::query(
        "UPDATE attempt SET state = 'dropped', held_by = NULL, held_since = NULL, held_until = NULL WHERE id = $1",
    )
    .bind(own.to_string())
    .execute(&mut *db)
    .await?;
    // Nothing follows any more from one whose ten seconds still run.
    sqlx::query("UPDATE decision SET settled = 1 WHERE attempt = $1 AND settled = 0")
        .bind(own.to_string())
        .execute(&mut *db)
        .await?;
    let order = if order.state == OrderState::InReview { order.give_back(entry.at)? } else { order };
    order::save(db, &order.withdraw(entry.at)?).await
}

/// Erases the photos, unless another round of the same is open.
async fn forget(db: &mut Connection, own: AttemptId, of: OrderId, entry: &Entry) -> Result<()> {
    let open = sqlx::query("SELECT 1 AS here FROM taken_case WHERE own = $1 AND state = 'open'")
        .bind(own.to_string())
        .fetch_optional(&mut *db)
        .await?;
    if open.is_none() {
        order::erase_photos(db, of, entry.at).await?;
    }
    Ok(())
}

pub async fn decisions(db: &mut Connection, code: Issuer, most: i64) -> Result<Vec<String>> {
    let rows = sqlx::query(
        "SELECT decision FROM taken_case WHERE peer = $1 AND state = 'decided' ORDER BY since, attempt LIMIT $2",
    )
    .bind(code.to_string())
    .bind(most)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok(get::<Option<String>>(row, "decision")?.unwrap_or_default())).collect()
}

pub async fn close(
    db: &mut Connection,
    keys: Arc<Keys>,
    code: Issuer,
    mut heard: Vec<Heard>,
    entry: Entry,
) -> Result<usize> {
    // One order for all who lock several.
    heard.sort_by_key(|it| (it.attempt, it.round));
    let mut entries = Vec::with_capacity(heard.len());
    for it in heard {
        let name = CaseName { attempt: it.attempt, round: it.round };
        let Some((row, Some((own, order)))) = lock(&mut *db, code, &name).await? else { continue };
        let text = get::<Option<String>>(&row, "decision")?.unwrap_or_default();
        if word::<TakenState>(&row, "state")? != TakenState::Decided || DecisionBody::digest(&text) != it.decision {
            continue;
        }
        sqlx::query("UPDATE taken_case SET state = 'acknowledged' WHERE peer = $1 AND attempt = $2 AND round = $3")
            .bind(code.to_string())
            .bind(it.attempt.to_string())
            .bind(it.round)
            .execute(&mut *db)
            .await?;
        forget(&mut *db, own, order.id, &entry).await?;
        let mut said = entry.clone();
        // A peer that disowns its case has nothing in its log that this could be the other part of.
        if it.outcome == Outcome::Unknown {
            "case.disowned".clone_into(&mut said.action);
        }
        said.subject = own.to_string();
        let detail: [(&str, Value); 3] =
            [("round", it.round.into()), ("digest", it.decision.into()), ("outcome", it.outcome.word().into())];
        said.detail.extend(detail.map(|(key, value)| (key.to_owned(), value)));
        entries.push(said);
    }
    let closed = entries.len();
    log::append(db, &keys, &entries).await?;
    Ok(closed)
}
