//! Peers, their keys, and envelopes that were heard. That each is heard once is the database's constraint.

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::clock::Moment;
use huizhi_domain::peer::{Peer, PeerKey, Right};
use huizhi_domain::receipt::Issuer;

use super::{Connection, Row, get, log, maybe_moment, moment, word};
use crate::{Keys, PeerLine, Result, StoreError};

pub async fn put(db: &mut Connection, keys: Arc<Keys>, peer: Peer, entry: Entry) -> Result<()> {
    let rights: Vec<&str> = peer.rights.iter().map(|right| right.word()).collect();
    sqlx::query(
        "INSERT INTO peer (code, name, address, rights, added_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (code) DO UPDATE SET name = \
         excluded.name, address = excluded.address, rights = excluded.rights",
    )
    .bind(peer.code.to_string())
    .bind(peer.name)
    .bind(peer.address)
    .bind(rights.join(" "))
    .bind(entry.at.0)
    .execute(&mut *db)
    .await?;
    for key in peer.keys {
        add_key(&mut *db, peer.code, key).await?;
    }
    log::append(db, &keys, &[entry]).await
}

async fn add_key(db: &mut Connection, code: Issuer, key: PeerKey) -> Result<()> {
    sqlx::query(
        "INSERT INTO peer_key (peer, id, public, from_at, until_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (peer, id) DO UPDATE SET from_at \
         = excluded.from_at, until_at = excluded.until_at",
    )
    .bind(code.to_string())
    .bind(key.id)
    .bind(key.public.to_vec())
    .bind(key.from.0)
    .bind(key.until.map(|until| until.0))
    .execute(db)
    .await?;
    Ok(())
}

pub async fn put_key(db: &mut Connection, keys: Arc<Keys>, code: Issuer, key: PeerKey, entry: Entry) -> Result<()> {
    if find(&mut *db, code).await?.is_none() {
        return Err(StoreError::Absent("peer"));
    }
    add_key(&mut *db, code, key).await?;
    log::append(db, &keys, &[entry]).await
}

pub async fn remove(db: &mut Connection, keys: Arc<Keys>, code: Issuer, entry: Entry) -> Result<()> {
    let used = sqlx::query(
        "SELECT (SELECT COUNT(*) FROM centre WHERE peer = $1) + (SELECT COUNT(*) FROM given_case WHERE peer = $1 AND state IN ('to-give', \
         'given')) + (SELECT COUNT(*) FROM taken_case WHERE peer = $1 AND state IN ('open', 'decided')) + (SELECT COUNT(*) FROM elsewhere WHERE \
         peer = $1 AND state = 'to-consume') AS used",
    )
    .bind(code.to_string())
    .fetch_one(&mut *db)
    .await?;
    if get::<i64>(&used, "used")? > 0 {
        return Err(StoreError::InUse("the peer reviews for a city, or cases or uses of photos are open with it"));
    }
    let gone = sqlx::query("DELETE FROM peer WHERE code = $1").bind(code.to_string()).execute(&mut *db).await?;
    if gone.rows_affected() == 0 {
        return Err(StoreError::Absent("peer"));
    }
    log::append(db, &keys, &[entry]).await
}

pub async fn all(db: &mut Connection) -> Result<Vec<PeerLine>> {
    let rows = sqlx::query("SELECT * FROM peer ORDER BY code").fetch_all(&mut *db).await?;
    let mut lines = Vec::with_capacity(rows.len());
    for row in &rows {
        lines.push(whole(&mut *db, row).await?);
    }
    Ok(lines)
}

pub async fn find(db: &mut Connection, code: Issuer) -> Result<Option<PeerLine>> {
    let row = sqlx::query("SELECT * FROM peer WHERE code = $1").bind(code.to_string()).fetch_optional(&mut *db).await?;
    match row {
        Some(row) => whole(db, &row).await.map(Some),
        None => Ok(None),
    }
}

async fn whole(db: &mut Connection, row: &Row) -> Result<PeerLine> {
    let code: Issuer = word(row, "code")?;
    let rows = sqlx::query("SELECT * FROM peer_key WHERE peer = $1 ORDER BY from_at, id")
        .bind(code.to_string())
        .fetch_all(db)
        .await?;
    let rights: String = get(row, "rights")?;
    let right =
        |text: &str| text.parse::<Right>().map_err(|_| StoreError::Row { what: "rights", value: rights.clone() });
    let peer = Peer {
        code,
        name: get(row, "name")?,
        address: get(row, "address")?,
        rights: rights.split_whitespace().map(right).collect::<Result<_>>()?,
        keys: rows.iter().map(read_key).collect::<Result<_>>()?,
    };
    Ok(PeerLine {
        peer,
        heard_at: maybe_moment(row, "heard_at")?,
        down_since: maybe_moment(row, "down_since")?,
        fault: get(row, "fault")?,
    })
}

fn read_key(row: &Row) -> Result<PeerKey> {
    let public: Vec<u8> = get(row, "public")?;
    let id: String = get(row, "id")?;
    let bytes = public.try_into().map_err(|_| StoreError::Row { what: "a peer's key", value: id.clone() })?;
    Ok(PeerKey { id, public: bytes, from: moment(row, "from_at")?, until: maybe_moment(row, "until_at")? })
}

/// Whether an envelope is heard for the first time.
pub async fn first(db: &mut Connection, code: Issuer, jti: String, forget_at: Moment) -> Result<bool> {
    let added = sqlx::query("INSERT INTO peer_heard (peer, jti, forget_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .bind(code.to_string())
        .bind(jti)
        .bind(forget_at.0)
        .execute(db)
        .await?;
    Ok(added.rows_affected() > 0)
}

pub async fn forget(db: &mut Connection, now: Moment) -> Result<()> {
    sqlx::query("DELETE FROM peer_heard WHERE forget_at <= $1").bind(now.0).execute(db).await?;
    Ok(())
}

/// Notes how the line is.
pub async fn line(db: &mut Connection, code: Issuer, fault: Option<String>, now: Moment) -> Result<()> {
    if fault.is_some() {
        sqlx::query("UPDATE peer SET down_since = COALESCE(down_since, $1), fault = $2 WHERE code = $3")
            .bind(now.0)
            .bind(fault)
            .bind(code.to_string())
            .execute(db)
            .await?;
        return Ok(());
    }
    sqlx::query("UPDATE peer SET heard_at = $1, down_since = NULL, fault = NULL, failures = 0 WHERE code = $2")
        .bind(now.0)
        .bind(code.to_string())
        .execute(&mut *db)
        .await?;
    sqlx::query(
        "UPDATE given_case SET next_at = $1 WHERE peer = $2 AND state IN ('to-give', 'to-recall') AND next_at > $1",
    )
    .bind(now.0)
    .bind(code.to_string())
    .execute(&mut *db)
    .await?;
    sqlx::query("UPDATE elsewhere SET next_at = $1 WHERE peer = $2 AND state = 'to-consume' AND next_at > $1")
        .bind(now.0)
        .bind(code.to_string())
        .execute(db)
        .await?;
    Ok(())
}
