//! Cases that peers decide for us. One a photo and round: the database's constraint. Who changes one has its order locked.

use std::sync::Arc;

use huizhi_domain::audit::{Actor, Entry};
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AttemptId, OrderId};
use huizhi_domain::message::Message;
use huizhi_domain::order::{Order, OrderState};
use huizhi_domain::peer::Right;
use huizhi_domain::peer::body::{CaseBody, GIVE, Heard, Outcome, text};
use huizhi_domain::peer::case::{GivenState, again_at};
use huizhi_domain::peer::envelope::digest;
use huizhi_domain::receipt::Issuer;
use huizhi_domain::review::Opinion;
use serde_json::Value;

use super::{Connection, Row, get, json, log, maybe_moment, maybe_word, message, order, peer, photo, word};
use crate::given::{AtPeer, Back, CaseErrand, Deciding, PeerQueue};
use crate::photo::reason_name;
use crate::{Keys, Result, StoreError};

pub async fn set_centre(
    db: &mut Connection,
    keys: Arc<Keys>,
    city: String,
    peer: Option<Issuer>,
    entry: Entry,
) -> Result<()> {
    sqlx::query("DELETE FROM centre WHERE city = $1").bind(&city).execute(&mut *db).await?;
    if let Some(code) = peer {
        if peer::find(&mut *db, code).await?.is_none() {
            return Err(StoreError::Absent("peer"));
        }
        sqlx::query("INSERT INTO centre (city, peer, since) VALUES ($1, $2, $3)")
            .bind(city)
            .bind(code.to_string())
            .bind(entry.at.0)
            .execute(&mut *db)
            .await?;
    }
    log::append(db, &keys, &[entry]).await
}

pub async fn centres(db: &mut Connection) -> Result<Vec<(String, Issuer)>> {
    let rows = sqlx::query("SELECT city, peer FROM centre ORDER BY city").fetch_all(db).await?;
    rows.iter().map(|row| Ok((get(row, "city")?, word(row, "peer")?))).collect()
}

/// Where an order that just came to wait is not for the own desk, writes that its photo is to be given, and the log's entry of that.
/// The first round goes to the city's centre, an appeal to who decided first.
pub async fn lay(db: &mut Connection, keys: &Arc<Keys>, order: &Order, now: Moment) -> Result<Option<Entry>> {
    let Some(attempt) = order.attempt.filter(|_| order.state == OrderState::Waiting) else { return Ok(None) };
    let body = body(&mut *db, Arc::clone(keys), attempt).await?;
    let row = if body.round == 1 {
        sqlx::query("SELECT peer FROM centre WHERE city = $1").bind(&order.city).fetch_optional(&mut *db).await?
    } else {
        sqlx::query("SELECT peer FROM given_case WHERE attempt = $1 AND round = $2 AND state IN ('decided', 'closed')")
            .bind(attempt.to_string())
            .bind(body.round - 1)
            .fetch_optional(&mut *db)
            .await?
    };
    let Some(code) = row.map(|row| word::<Issuer>(&row, "peer")).transpose()? else { return Ok(None) };
    // What was agreed on may have ended since; then the own desk decides.
    if peer::find(&mut *db, code).await?.is_none_or(|line| !line.peer.may(Right::ReviewForUs)) {
        return Ok(None);
    }
    let digest = digest(GIVE, &text(&body));
    let laid = sqlx::query(
        "INSERT INTO given_case (attempt, round, peer, state, digest, since, next_at) VALUES ($1, $2, $3, 'to-give', $4, $5, $5) ON CONFLICT DO \
         NOTHING",
    )
    .bind(attempt.to_string())
    .bind(body.round)
    .bind(code.to_string())
    .bind(&digest)
    .bind(now.0)
    .execute(db)
    .await?;
    Ok((laid.rows_affected() > 0).then(|| said("case.given", attempt, body.round, code, &digest, now)))
}

fn said(action: &str, id: AttemptId, round: i32, code: Issuer, digest: &str, at: Moment) -> Entry {
    let detail: [(&str, Value); 3] =
        [("peer", code.to_string().into()), ("round", round.into()), ("digest", digest.into())];
    Entry {
        at,
        actor: Actor::Service,
        action: action.to_owned(),
        subject: id.to_string(),
        detail: detail.map(|(key, value)| (key.to_owned(), value)).into_iter().collect(),
    }
}

/// What is said of a photo that waits.
pub async fn body(db: &mut Connection, keys: Arc<Keys>, id: AttemptId) -> Result<CaseBody> {
    let row = sqlx::query(
        "SELECT attempt.round, attempt.verdict, attempt.engine, attempt.reason, attempt.outcome, orders.document, orders.city, orders.rules, \
         orders.child, orders.queued_at FROM attempt JOIN orders ON orders.id = attempt.order_id WHERE attempt.id = $1",
    )
    .bind(id.to_string())
    .fetch_optional(db)
    .await?
    .ok_or(StoreError::Absent("attempt"))?;
    let round: i32 = get(&row, "round")?;
    let reason = match get::<Option<Vec<u8>>>(&row, "reason")? {
        Some(sealed) => serde_json::from_slice(&keys.ring.open(&reason_name(id), &sealed)?).ok(),
        None => None,
    };
    let outcome: Option<String> = get(&row, "outcome")?;
    Ok(CaseBody {
        attempt: id,
        round,
        document: get(&row, "document")?,
        city: get(&row, "city")?,
        rules: get(&row, "rules")?,
        child: get::<i32>(&row, "child")? == 1,
        queued_at: maybe_moment(&row, "queued_at")?.unwrap_or(Moment(0)),
        verdict: get::<Option<String>>(&row, "verdict")?.unwrap_or_default(),
        codes: json(&row, "engine")?,
        reason,
        before: outcome.filter(|_| round > 1).and_then(|text| serde_json::from_str(&text).ok()),
    })
}

/// Whether an order's photo is with a peer, or on its way there, and what is done about it.
async fn open_of(db: &mut Connection, of: OrderId) -> Result<Vec<(AttemptId, i32, Issuer, String)>> {
    let rows = sqlx::query(
        "SELECT given_case.* FROM given_case JOIN attempt ON attempt.id = given_case.attempt WHERE attempt.order_id = $1 AND given_case.state \
         IN ('to-give', 'given') ORDER BY given_case.attempt, given_case.round",
    )
    .bind(of.to_string())
    .fetch_all(db)
    .await?;
    let read = |row| Ok((word(row, "attempt")?, get(row, "round")?, word(row, "peer")?, get(row, "digest")?));
    rows.iter().map(read).collect()
}

/// The peer's decision on an order is not waited for any more; the peer is to hear so. One that never was said is not taken back.
pub async fn recall(db: &mut Connection, of: OrderId, now: Moment) -> Result<Vec<Entry>> {
    let open = open_of(&mut *db, of).await?;
    let mut entries = Vec::with_capacity(open.len());
    for (attempt, round, code, digest) in open {
        sqlx::query(
            "UPDATE given_case SET state = CASE WHEN state = 'to-give' AND tries = 0 THEN 'recalled' ELSE 'to-recall' END, tries = 0, next_at = \
             $1, held_until = 0, fault = NULL WHERE attempt = $2 AND round = $3",
        )
        .bind(now.0)
        .bind(attempt.to_string())
        .bind(round)
        .execute(&mut *db)
        .await?;
        entries.push(said("case.not-needed", attempt, round, code, &digest, now));
    }
    Ok(entries)
}

pub async fn any_due(db: &mut Connection, now: Moment) -> Result<bool> {
    let row = sqlx::query(
        "SELECT 1 AS here FROM given_case WHERE state IN ('to-give', 'given', 'to-recall') AND next_at <= $1 AND held_until <= $1 LIMIT 1",
    )
    .bind(now.0)
    .fetch_optional(db)
    .await?;
    Ok(row.is_some())
}

/// Those in hand come first in the count, so that a peer that hangs gets no more.
pub async fn claim(
    db: &mut Connection,
    now: Moment,
    until: Moment,
    at_once: i64,
    most: u32,
) -> Result<Vec<CaseErrand>> {
    let rows = sqlx::query(skipping!(
        "SELECT * FROM given_case WHERE state IN ('to-give', 'given', 'to-recall') AND next_at <= $1 AND held_until <= $1 AND (attempt, round) IN \
         (SELECT attempt, round FROM (SELECT attempt, round, ROW_NUMBER() OVER (PARTITION BY peer ORDER BY CASE WHEN held_until > $1 THEN 0 ELSE \
         1 END, next_at, attempt) AS place FROM given_case WHERE state IN ('to-give', 'given', 'to-recall') AND next_at <= $1) AS ranked WHERE place <= \
         $2) ORDER BY next_at, attempt LIMIT $3"
    ))
    .bind(now.0)
    .bind(at_once)
    .bind(i64::from(most))
    .fetch_all(&mut *db)
    .await?;
    let mut claimed = Vec::with_capacity(rows.len());
    for row in &rows {
        let mut errand = read_errand(row)?;
        errand.tries += 1;
        sqlx::query("UPDATE given_case SET tries = $1, held_until = $2 WHERE attempt = $3 AND round = $4")
            .bind(errand.tries)
            .bind(until.0)
            .bind(errand.attempt.to_string())
            .bind(errand.round)
            .execute(&mut *db)
            .await?;
        claimed.push(errand);
    }
    Ok(claimed)
}

fn read_errand(row: &Row) -> Result<CaseErrand> {
    Ok(CaseErrand {
        attempt: word(row, "attempt")?,
        round: get(row, "round")?,
        peer: word(row, "peer")?,
        state: word(row, "state")?,
        digest: get(row, "digest")?,
        tries: get(row, "tries")?,
    })
}

/// Nothing follows where it stands elsewhere by now: a decision may come before the word that the case arrived. `again_at` is when a given
/// case is given again, to see that it is still there.
pub async fn done(
    db: &mut Connection,
    keys: Arc<Keys>,
    errand: CaseErrand,
    again_at: Moment,
    entry: Entry,
) -> Result<()> {
    let to = if errand.state == GivenState::ToRecall { GivenState::Recalled } else { GivenState::Given };
    let changed = sqlx::query(
        "UPDATE given_case SET state = $1, fault = NULL, held_until = 0, tries = 0, next_at = $2 WHERE attempt = $3 AND round = $4 AND state = $5",
    )
    .bind(to.word())
    .bind(again_at.0)
    .bind(errand.attempt.to_string())
    .bind(errand.round)
    .bind(errand.state.word())
    .execute(&mut *db)
    .await?;
    let is_news = changed.rows_affected() > 0 && errand.state != GivenState::Given;
    if is_news { log::append(db, &keys, &[entry]).await } else { Ok(()) }
}

pub async fn failed(db: &mut Connection, errand: CaseErrand, code: String, next_at: Moment) -> Result<()> {
    sqlx::query(
        "UPDATE given_case SET fault = $1, next_at = $2, held_until = 0 WHERE attempt = $3 AND round = $4 AND state = $5 AND tries = $6",
    )
    .bind(code)
    .bind(next_at.0)
    .bind(errand.attempt.to_string())
    .bind(errand.round)
    .bind(errand.state.word())
    .bind(errand.tries)
    .execute(db)
    .await?;
    Ok(())
}

/// Peers that may have decided something, or have not heard that we know.
pub async fn askable(db: &mut Connection, now: Moment) -> Result<Vec<Issuer>> {
    let rows = sqlx::query(
        "SELECT code FROM peer WHERE ask_at <= $1 AND EXISTS (SELECT 1 FROM given_case WHERE given_case.peer = peer.code AND (state IN ('given', \
         'decided') OR (state = 'to-give' AND tries > 0))) ORDER BY code",
    )
    .bind(now.0)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| word(row, "code")).collect()
}

pub async fn claim_asking(db: &mut Connection, code: Issuer, now: Moment, until: Moment) -> Result<bool> {
    let mine = sqlx::query("UPDATE peer SET ask_at = $1 WHERE code = $2 AND ask_at <= $3")
        .bind(until.0)
        .bind(code.to_string())
        .bind(now.0)
        .execute(db)
        .await?;
    Ok(mine.rows_affected() > 0)
}

pub async fn asked(
    db: &mut Connection,
    code: Issuer,
    failed: bool,
    pause_ms: i64,
    chance: f64,
    now: Moment,
) -> Result<()> {
    let row = sqlx::query(locking!("SELECT failures FROM peer WHERE code = $1"))
        .bind(code.to_string())
        .fetch_optional(&mut *db)
        .await?;
    let Some(row) = row else { return Ok(()) };
    let failures: i32 = if failed { get::<i32>(&row, "failures")?.saturating_add(1) } else { 0 };
    let ask_at = if failed { again_at(failures, now, chance) } else { now.after_ms(pause_ms) };
    sqlx::query("UPDATE peer SET ask_at = $1, failures = $2 WHERE code = $3")
        .bind(ask_at.0)
        .bind(failures)
        .bind(code.to_string())
        .execute(db)
        .await?;
    Ok(())
}

pub async fn apply(
    db: &mut Connection,
    keys: Arc<Keys>,
    deciding: Deciding,
    mut told: Message,
    mut settled: Entry,
    mut applied: Entry,
) -> Result<Option<Outcome>> {
    let Deciding { peer, said, digest } = deciding;
    let (attempt, round) = (said.attempt, said.round);
    let row = sqlx::query("SELECT order_id FROM attempt WHERE id = $1")
        .bind(attempt.to_string())
        .fetch_optional(&mut *db)
        .await?;
    let Some(row) = row else { return Ok(Some(Outcome::Unknown)) };
    let order = order::lock(&mut *db, word(&row, "order_id")?).await?;
    let row = sqlx::query("SELECT * FROM given_case WHERE attempt = $1 AND round = $2 AND peer = $3")
        .bind(attempt.to_string())
        .bind(round)
        .bind(peer.to_string())
        .fetch_optional(&mut *db)
        .await?;
    let Some(row) = row else { return Ok(Some(Outcome::Unknown)) };
    match word::<GivenState>(&row, "state")? {
        GivenState::ToRecall => return Ok(None),
        GivenState::Recalled => return Ok(Some(Outcome::Dropped)),
        GivenState::Decided | GivenState::Closed => {
            let same = get::<Option<String>>(&row, "decision")?.as_deref() == Some(digest.as_str());
            let outcome = maybe_word(&row, "outcome")?;
            return Ok(Some(outcome.filter(|_| same).unwrap_or(Outcome::Unknown)));
        }
        GivenState::ToGive | GivenState::Given => {}
    }
    if get::<String>(&row, "digest")? != said.case {
        return Ok(Some(Outcome::Unknown));
    }
    let waits = order.state == OrderState::Waiting && order.attempt == Some(attempt);
    let outcome = if waits { Outcome::Applied } else { Outcome::Dropped };
    sqlx::query(
        "UPDATE given_case SET state = 'decided', decision = $1, outcome = $2, fault = NULL WHERE attempt = $3 AND round = $4",
    )
    .bind(&digest)
    .bind(outcome.word())
    .bind(attempt.to_string())
    .bind(round)
    .execute(&mut *db)
    .await?;
    if !waits {
        "case.dropped".clone_into(&mut applied.action);
        log::append(db, &keys, &[applied]).await?;
        return Ok(Some(outcome));
    }
    let opinion = said.opinion;
    let of = order.id;
    let order = order.claim(settled.at)?.settle(opinion.accepts(), settled.at)?;
    order::save(&mut *db, &order).await?;
    photo::settle(&mut *db, attempt, &opinion).await?;
    settled.subject = of.to_string();
    settled.detail.insert("attempt".to_owned(), attempt.to_string().into());
    settled.detail.insert("centre".to_owned(), peer.to_string().into());
    if let Opinion::Reject { codes, .. } = opinion {
        "order.rejected".clone_into(&mut settled.action);
        settled.detail.insert("codes".to_owned(), codes.clone().into());
        told.order = of;
        told.codes = codes;
        message::add(&mut *db, &told, &format!("rejected {attempt} {round}")).await?;
    } else {
        "order.approved".clone_into(&mut settled.action);
    }
    log::append(db, &keys, &[settled, applied]).await?;
    Ok(Some(outcome))
}

pub async fn odd(db: &mut Connection, code: Issuer, id: AttemptId, round: i32, fault: String) -> Result<()> {
    sqlx::query(
        "UPDATE given_case SET fault = $1 WHERE attempt = $2 AND round = $3 AND peer = $4 AND state IN ('to-give', 'given')",
    )
    .bind(fault)
    .bind(id.to_string())
    .bind(round)
    .bind(code.to_string())
    .execute(db)
    .await?;
    Ok(())
}

pub async fn to_acknowledge(db: &mut Connection, code: Issuer, most: i64) -> Result<Vec<Heard>> {
    let rows = sqlx::query(
        "SELECT attempt, round, decision, outcome FROM given_case WHERE peer = $1 AND state = 'decided' ORDER BY since LIMIT $2",
    )
    .bind(code.to_string())
    .bind(most)
    .fetch_all(db)
    .await?;
    let read = |row| {
        Ok(Heard {
            attempt: word(row, "attempt")?,
            round: get(row, "round")?,
            decision: get::<Option<String>>(row, "decision")?.unwrap_or_default(),
            outcome: word(row, "outcome")?,
        })
    };
    rows.iter().map(read).collect()
}

pub async fn closed(db: &mut Connection, code: Issuer, heard: Vec<Heard>) -> Result<()> {
    for it in heard {
        sqlx::query(
            "UPDATE given_case SET state = 'closed' WHERE attempt = $1 AND round = $2 AND peer = $3 AND state = 'decided'",
        )
        .bind(it.attempt.to_string())
        .bind(it.round)
        .bind(code.to_string())
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// Orders with a case that waits for a peer's decision.
pub async fn orders_at(db: &mut Connection, which: Back) -> Result<Vec<OrderId>> {
    let (order, city, code) = match which {
        Back::Order(id) => (id.to_string(), String::new(), String::new()),
        Back::City(city) => (String::new(), city, String::new()),
        Back::Peer(code) => (String::new(), String::new(), code.to_string()),
    };
    let rows = sqlx::query(
        "SELECT DISTINCT orders.id FROM given_case JOIN attempt ON attempt.id = given_case.attempt JOIN orders ON orders.id = attempt.order_id \
         WHERE given_case.state IN ('to-give', 'given') AND ($1 = '' OR orders.id = $1) AND ($2 = '' OR orders.city = $2) AND ($3 = '' OR \
         given_case.peer = $3) ORDER BY orders.id",
    )
    .bind(order)
    .bind(city)
    .bind(code)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| word(row, "id")).collect()
}

pub async fn take_back(db: &mut Connection, keys: Arc<Keys>, of: OrderId, entry: Entry) -> Result<bool> {
    order::lock(&mut *db, of).await?;
    let recalled = recall(&mut *db, of, entry.at).await?;
    if recalled.is_empty() {
        return Ok(false);
    }
    let entries: Vec<Entry> = std::iter::once(entry).chain(recalled).collect();
    log::append(db, &keys, &entries).await?;
    Ok(true)
}

pub async fn at_peer(db: &mut Connection, id: AttemptId) -> Result<Option<AtPeer>> {
    let row = sqlx::query(
        "SELECT peer.name, peer.down_since, given_case.since FROM given_case JOIN peer ON peer.code = given_case.peer WHERE given_case.attempt = \
         $1 AND given_case.state IN ('to-give', 'given')",
    )
    .bind(id.to_string())
    .fetch_optional(db)
    .await?;
    let read = |row: Row| {
        Ok(AtPeer {
            name: get(&row, "name")?,
            since: super::moment(&row, "since")?,
            down_since: maybe_moment(&row, "down_since")?,
        })
    };
    row.map(read).transpose()
}

pub async fn queues(db: &mut Connection) -> Result<Vec<PeerQueue>> {
    let rows = sqlx::query(
        "SELECT peer.code, peer.name, peer.down_since, peer.fault, SUM(CASE WHEN state = 'to-give' THEN 1 ELSE 0 END) AS to_give, SUM(CASE WHEN \
         state = 'given' THEN 1 ELSE 0 END) AS given, SUM(CASE WHEN state = 'to-recall' THEN 1 ELSE 0 END) AS to_recall, MIN(CASE WHEN state \
         IN ('to-give', 'given') THEN since END) AS oldest, MAX(given_case.fault) AS odd FROM peer JOIN given_case ON given_case.peer = peer.code \
         WHERE state IN ('to-give', 'given', 'to-recall') GROUP BY peer.code, peer.name, peer.down_since, peer.fault ORDER BY peer.code",
    )
    .fetch_all(db)
    .await?;
    let read = |row| {
        let fault: Option<String> = get(row, "fault")?;
        Ok(PeerQueue {
            peer: word(row, "code")?,
            name: get(row, "name")?,
            to_give: get(row, "to_give")?,
            given: get(row, "given")?,
            to_recall: get(row, "to_recall")?,
            oldest: maybe_moment(row, "oldest")?,
            down_since: maybe_moment(row, "down_since")?,
            fault: fault.or(get(row, "odd")?),
        })
    };
    rows.iter().map(read).collect()
}
