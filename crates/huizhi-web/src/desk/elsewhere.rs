//! Receipts of other centres at our windows: the number says who issued it, and that peer is asked over the signed protocol. A photo goes
//! through memory only; that it was used is written down first, and told until the peer acknowledges it.

use std::time::Duration;

use huizhi_domain::clock::Moment;
use huizhi_domain::peer::body::{self, Asked, CONSUME, Consumed, FETCH, Given, RELEASE, Refused, Released};
use huizhi_domain::peer::envelope::{self, EnvelopeError};
use huizhi_domain::peer::{Peer, Right};
use huizhi_domain::receipt::{Issuer, ReceiptNumber, Standing};
use huizhi_outside::Client;
use huizhi_store::{Elsewhere, ElsewhereState, Said, StoreError};
use jiff::civil::Date;
use serde::de::DeserializeOwned;

use super::fetch::{Asking, Got, Refusal, Used};
use crate::app::App;
use crate::peer::{AskError, Told, ask};

/// How long a clerk waits for the peer to hear that a photo was used. After that it is told without them.
const PATIENCE: Duration = Duration::from_secs(5);

/// Signed refusals that may be another answer tomorrow: what was agreed on may be agreed on again, and what is busy is busy for a while.
const FOR_NOW: [&str; 3] = ["not-agreed", "locked", "body"];

/// Why a peer's receipt is not to be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nobody that we work with issues such numbers.
    Issuer(Issuer),
    /// The line is down, or the peer is.
    Line,
    /// One of the clocks is wrong.
    Clock,
    /// What came is not signed, is old, answers something else, or is nothing of this protocol; by its word.
    Unproven(String),
    /// The photo is not the one that was signed.
    Photo,
    /// The peer did not open our question; by its word.
    Unheard(String),
    /// The peer says no; by its word.
    No(String),
    /// This window does not hold it.
    NotHeld,
}

impl Trouble {
    /// Its word in message keys.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Issuer(_) => "issuer",
            Self::Line => "line",
            Self::Clock => "clock",
            Self::Unproven(_) => "unproven",
            Self::Photo => "photo",
            Self::Unheard(_) => "unheard",
            Self::No(_) => "no",
            Self::NotHeld => "not-held",
        }
    }

    /// The protocol's word for it, where there is one.
    #[must_use]
    pub fn cause(&self) -> &str {
        match self {
            Self::Unproven(word) | Self::Unheard(word) | Self::No(word) => word,
            _ => "",
        }
    }

    fn of(error: &AskError) -> Self {
        match error {
            AskError::Call(_) | AskError::Store(_) | AskError::Unsigned { said: "" | "rate", status: 429 | 500.. } => {
                Self::Line
            }
            AskError::Envelope(EnvelopeError::Ahead(_) | EnvelopeError::Over(_))
            | AskError::Unsigned { said: "ahead" | "over", .. } => Self::Clock,
            AskError::Envelope(EnvelopeError::Files) => Self::Photo,
            AskError::Envelope(error) => Self::Unproven(error.word().to_owned()),
            AskError::Unsigned { said: "", .. } => Self::Unproven("form".to_owned()),
            AskError::Unsigned { said, .. } => Self::Unheard((*said).to_owned()),
            AskError::Refused(refused) => Self::No(refused.code.clone()),
            AskError::Body => Self::Unproven("body".to_owned()),
        }
    }
}

/// The peer that issued a number, if its receipts are for our windows.
async fn issuer(app: &App, number: &ReceiptNumber) -> Result<Peer, Refusal> {
    let code = number.issuer();
    let peer = app.store.peer_with(code, Right::Receipts).await.map_err(Refusal::Failed)?;
    peer.ok_or_else(|| troubled(&code.to_string(), Trouble::Issuer(code)))
}

fn troubled(peer: &str, trouble: Trouble) -> Refusal {
    Refusal::Elsewhere { peer: peer.to_owned(), trouble }
}

async fn question<T: DeserializeOwned>(app: &App, peer: &Peer, kind: &str, asked: &Asked) -> Result<Told<T>, AskError> {
    let outside = app.shared.outside.get().ok_or(AskError::Unsigned { status: 503, said: "" })?;
    ask(&app.store, &outside.peers, peer, kind, &body::text(asked), &[]).await
}

/// Gets a photo from the peer that issued its receipt.
///
/// # Errors
/// [`Refusal`], by cause.
pub async fn fetch(app: &App, asking: &Asking<'_>, number: &ReceiptNumber) -> Result<Got, Refusal> {
    let peer = issuer(app, number).await?;
    let window = asking.window();
    let known = app.store.elsewhere(number, asking.document).await.map_err(Refusal::Failed)?;
    if let Some(known) = known.as_ref().filter(|known| known.state == ElsewhereState::ToConsume) {
        // The peer does not know yet what we know.
        let office = app.store.office(known.office).await.map_err(Refusal::Failed)?;
        let office = office.map_or_else(|| known.office.to_string(), |office| office.name);
        return Err(Refusal::Used { at: known.used_at.unwrap_or(known.reserved_until), office });
    }
    let mine = |it: &&Elsewhere| {
        it.state == ElsewhereState::Held && it.office == window.office && app.store.now() < it.reserved_until
    };
    let held = known.as_ref().filter(mine);
    let asked = app.store.asked_elsewhere(number, asking.document, &window, asking.office, held);
    let told: Told<Given> =
        question(app, &peer, FETCH, &asked).await.map_err(|error| refused(app, asking, &peer, error))?;
    let (given, heard) = (&told.said, &told.heard);
    let photo = heard.file("photo").filter(|photo| photo.starts_with(b"\xFF\xD8"));
    let photo = photo.ok_or_else(|| troubled(&peer.name, Trouble::Photo))?.to_vec();
    let valid_until: Option<Date> = given.valid_until.parse().ok();
    let valid_until = valid_until.filter(|_| given.document == asking.document);
    let valid_until = valid_until.ok_or_else(|| troubled(&peer.name, Trouble::Unproven("body".to_owned())))?;
    let digest = digest_of(FETCH, &asked);
    let head = heard.head();
    let said = Said { digest: &digest, head: head.as_ref() };
    app.store.fetched_elsewhere(number, &window, &asked, given, said).await.map_err(Refusal::Failed)?;
    Ok(Got {
        receipt: given.receipt.clone(),
        applicant: given.applicant.clone(),
        whose: None,
        valid_until,
        reserved_until: given.reserved_until,
        photo,
        peer: Some(peer.name),
    })
}

/// The digest of a question, as the peer's log has it too.
fn digest_of(kind: &str, asked: &Asked) -> String {
    envelope::digest(kind, &body::text(asked))
}

/// The photo of a number that a window holds.
async fn held(app: &App, asking: &Asking<'_>, number: &ReceiptNumber) -> Result<(Peer, Elsewhere), Refusal> {
    let peer = issuer(app, number).await?;
    let known = app.store.elsewhere(number, asking.document).await.map_err(Refusal::Failed)?;
    match known {
        Some(known) if known.office == asking.office.id && known.state == ElsewhereState::Held => Ok((peer, known)),
        Some(Elsewhere {
            state: ElsewhereState::ToConsume | ElsewhereState::Consumed,
            used_at: Some(at),
            office,
            ..
        }) => {
            let office = app.store.office(office).await.map_err(Refusal::Failed)?;
            Err(Refusal::Used { at, office: office.map_or_else(String::new, |office| office.name) })
        }
        _ => Err(troubled(&peer.name, Trouble::NotHeld)),
    }
}

/// Uses a photo for good: written down here, then told to the peer, now or when the line lets it.
///
/// # Errors
/// [`Refusal`], by cause.
pub async fn consume(app: &App, asking: &Asking<'_>, number: &ReceiptNumber) -> Result<Used, Refusal> {
    let (peer, known) = held(app, asking, number).await?;
    let used = match app.store.use_elsewhere(&known, &asking.window()).await {
        Ok(used) => used,
        Err(StoreError::Absent(_)) => return Err(troubled(&peer.name, Trouble::NotHeld)),
        Err(error) => return Err(Refusal::Failed(error)),
    };
    let here = Used {
        document: asking.document.to_owned(),
        office: asking.office.id,
        at: used.used_at.unwrap_or_else(|| app.store.now()),
        to_be_told: Some(peer.name.clone()),
    };
    let Some(outside) = app.shared.outside.get() else { return Ok(here) };
    match tokio::time::timeout(PATIENCE, tell(app, &outside.peers, &used)).await {
        Ok(Ok(Outcome::Known(at))) => Ok(Used { at, to_be_told: None, ..here }),
        Ok(Ok(Outcome::Refused(refused))) => Err(signed(app, asking, &peer, refused)),
        Ok(Ok(Outcome::Later)) => Ok(here),
        Ok(Err(error)) => Err(Refusal::Failed(error)),
        Err(_) => {
            app.store.postpone_elsewhere(&used, "time-out").await.map_err(Refusal::Failed)?;
            Ok(here)
        }
    }
}

/// What came of telling a peer.
pub enum Outcome {
    /// It knows since then.
    Known(Moment),
    /// It says no, for good.
    Refused(Refused),
    /// It is told again.
    Later,
}

/// Tells a peer that a photo of its was used.
///
/// # Errors
/// [`StoreError`].
pub async fn tell(app: &App, client: &Client, used: &Elsewhere) -> Result<Outcome, StoreError> {
    let Some(peer) = app.store.peer(used.peer).await? else {
        app.store.postpone_elsewhere(used, "no-peer").await?;
        return Ok(Outcome::Later);
    };
    let asked = app.store.asked_of(used)?;
    let digest = digest_of(CONSUME, &asked);
    let told: Result<Told<Consumed>, AskError> =
        ask(&app.store, client, &peer, CONSUME, &body::text(&asked), &[]).await;
    match told {
        Ok(told) => {
            let head = told.heard.head();
            let said = Said { digest: &digest, head: head.as_ref() };
            app.store.consumed_elsewhere(used, told.said.consumed_at, said).await?;
            Ok(Outcome::Known(told.said.consumed_at))
        }
        Err(AskError::Refused(refused)) if !FOR_NOW.contains(&refused.code.as_str()) => {
            app.store.refused_elsewhere(used, &refused.code, Said { digest: &digest, head: None }).await?;
            tracing::error!(peer = %peer.code, code = refused.code, "a peer does not take a use of its photo");
            Ok(Outcome::Refused(refused))
        }
        Err(AskError::Store(error)) => Err(error),
        Err(error) => {
            app.store.postpone_elsewhere(used, &error.code()).await?;
            Ok(Outcome::Later)
        }
    }
}

/// Gives a photo back. Where the peer does not hear it, its time there runs out by itself.
///
/// # Errors
/// [`Refusal`], by cause.
pub async fn release(app: &App, asking: &Asking<'_>, number: &ReceiptNumber) -> Result<(), Refusal> {
    let (peer, known) = held(app, asking, number).await?;
    let asked = app.store.asked_of(&known).map_err(Refusal::Failed)?;
    app.store.release_elsewhere(&known, &asking.window()).await.map_err(Refusal::Failed)?;
    if let Err(error) = question::<Released>(app, &peer, RELEASE, &asked).await {
        tracing::warn!(peer = %peer.code, code = error.code(), "a peer was not told that its photo is given back");
    }
    Ok(())
}

fn refused(app: &App, asking: &Asking<'_>, peer: &Peer, error: AskError) -> Refusal {
    match error {
        AskError::Store(error) => Refusal::Failed(error),
        AskError::Refused(refused) => signed(app, asking, peer, refused),
        error => {
            tracing::warn!(peer = %peer.code, code = error.code(), "a peer's receipt was not fetched: {error}");
            troubled(&peer.name, Trouble::of(&error))
        }
    }
}

/// A signed no, in our windows' terms.
fn signed(app: &App, asking: &Asking<'_>, peer: &Peer, refused: Refused) -> Refusal {
    let office = refused.office.unwrap_or_else(|| peer.name.clone());
    match (refused.code.as_str(), refused.at) {
        ("receipt-unknown", _) => asking.missed(app),
        ("other-document", _) => Refusal::OtherDocument,
        ("receipt-expired", _) => Refusal::NotValid(Standing::Expired),
        ("receipt-used", _) => Refusal::NotValid(Standing::Used),
        ("receipt-revoked", _) => Refusal::NotValid(Standing::Revoked),
        ("taken-used", Some(at)) => Refusal::Used { at, office },
        ("taken-held", Some(until)) => Refusal::Held { until, office },
        ("locked", Some(until)) => Refusal::Locked(until),
        _ => troubled(&peer.name, Trouble::No(refused.code)),
    }
}
