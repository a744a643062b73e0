//! The giving side: cases go to who decides them, decisions come back, and are followed once. All of it is asked again until a signed answer
//! came; how it stands is in the database, so that any worker goes on where another ended.

use std::time::Duration;

use huizhi_domain::peer::body::{
    self, ACKNOWLEDGE, Acknowledged, CaseName, CaseStanding, Closed, DECISIONS, DECISIONS_AT_ONCE, DecisionBody,
    Decisions, DecisionsAsked, GIVE, Heard, Outcome, RECALL,
};
use huizhi_domain::peer::case::{GivenState, TakenState};
use huizhi_domain::peer::envelope::SpokenHead;
use huizhi_domain::peer::{Peer, Right};
use huizhi_domain::receipt::Issuer;
use huizhi_domain::review::{self, ReviewError};
use huizhi_outside::{Client, Outside};
use huizhi_store::{CaseErrand, StoreError};
use tokio::task::JoinSet;

use super::ask::{AskError, Told, ask};
use crate::app::App;
use crate::desk::elsewhere;

/// How often it is looked for errands.
const EVERY: Duration = Duration::from_secs(1);

/// Errands in hand at most.
const IN_HAND: u32 = 16;

/// Every how many rounds envelopes whose time is over are forgotten.
const FORGET_ROUNDS: u32 = 60;

/// Runs errands until the process ends. One that fails or hangs holds up no other.
pub async fn errands(app: App, outside: Outside) {
    let client = outside.peers;
    let mut running: JoinSet<Result<(), StoreError>> = JoinSet::new();
    let mut round = 0_u32;
    loop {
        if round.is_multiple_of(FORGET_ROUNDS) {
            log("forgetting envelopes", app.store.forget_envelopes().await);
            log("letting go of peers' photos", app.store.lapse_elsewhere().await);
        }
        while let Some(done) = running.try_join_next() {
            match done {
                Ok(done) => log("an errand", done),
                Err(error) => tracing::error!(%error, "an errand ended oddly; it is tried again"),
            }
        }
        log("looking for errands", begin(&app, &client, &mut running).await);
        round = round.wrapping_add(1);
        tokio::time::sleep(EVERY).await;
    }
}

fn log(what: &str, done: Result<(), StoreError>) {
    if let Err(error) = done {
        tracing::error!(%error, "{what} failed; it is tried again");
    }
}

async fn begin(app: &App, client: &Client, running: &mut JoinSet<Result<(), StoreError>>) -> Result<(), StoreError> {
    for peer in app.store.peers_to_ask().await? {
        let (app, client) = (app.clone(), client.clone());
        running.spawn(async move { ask_for_decisions(&app, &client, peer).await });
    }
    let free = IN_HAND.saturating_sub(u32::try_from(running.len()).unwrap_or(IN_HAND));
    if free == 0 {
        return Ok(());
    }
    for used in app.store.claim_elsewhere(free).await? {
        let (app, client) = (app.clone(), client.clone());
        running.spawn(async move { elsewhere::tell(&app, &client, &used).await.map(drop) });
    }
    for errand in app.store.claim_errands(free).await? {
        let (app, client) = (app.clone(), client.clone());
        running.spawn(async move { run(&app, &client, &errand).await });
    }
    Ok(())
}

/// Why an errand is not done.
enum Failed {
    Ask(AskError),
    /// What the peer says of the case can't be.
    Odd(&'static str),
}

impl From<AskError> for Failed {
    fn from(error: AskError) -> Self {
        Self::Ask(error)
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Ask(error.into())
    }
}

async fn run(app: &App, client: &Client, errand: &CaseErrand) -> Result<(), StoreError> {
    let failed = match said(app, client, errand).await {
        Ok(head) => return app.store.errand_done(errand, head).await,
        // A file that is gone is this case's; all else is tried again with the others.
        Err(Failed::Ask(AskError::Store(error))) if !matches!(error, StoreError::Absent(_)) => return Err(error),
        Err(failed) => failed,
    };
    let code = match failed {
        Failed::Ask(error) => error.code(),
        Failed::Odd(code) => code.to_owned(),
    };
    tracing::warn!(peer = %errand.peer, attempt = %errand.attempt, code, tries = errand.tries, "an errand is not done yet");
    app.store.errand_failed(errand, &code).await
}

/// Says to the peer what is to be said. Gives how far its log is.
async fn said(app: &App, client: &Client, errand: &CaseErrand) -> Result<Option<SpokenHead>, Failed> {
    let peer = peer(app, errand.peer).await?.ok_or(Failed::Odd("not-agreed"))?;
    let told: Told<CaseStanding> = if errand.state == GivenState::ToRecall {
        let name = CaseName { attempt: errand.attempt, round: errand.round };
        ask(&app.store, client, &peer, RECALL, &body::text(&name), &[]).await?
    } else {
        let case = app.store.case_to_give(errand.attempt).await?;
        let files = [("preview", &*case.preview), ("id-photo", &*case.id_photo), ("report", &*case.report)];
        ask(&app.store, client, &peer, GIVE, &case.body, &files).await?
    };
    let standing = &told.said;
    if (standing.attempt, standing.round) != (errand.attempt, errand.round) {
        return Err(Failed::Odd("other-case"));
    }
    let stands = standing.state.parse().map_err(|_| Failed::Odd("body"))?;
    match (errand.state, stands) {
        (GivenState::ToRecall, TakenState::Recalled | TakenState::Acknowledged) => Ok(told.heard.head()),
        (GivenState::ToRecall, _) => Err(Failed::Odd("not-recalled")),
        // Given up there, and still wanted here.
        (_, TakenState::Recalled | TakenState::Acknowledged) => Err(Failed::Odd("ended-there")),
        _ if standing.case != errand.digest => Err(Failed::Odd("other-case")),
        _ => Ok(told.heard.head()),
    }
}

async fn peer(app: &App, code: Issuer) -> Result<Option<Peer>, StoreError> {
    app.store.peer_with(code, Right::ReviewForUs).await
}

/// Asks a peer for what it decided, lets the orders follow, and says so.
async fn ask_for_decisions(app: &App, client: &Client, code: Issuer) -> Result<(), StoreError> {
    let Some(peer) = peer(app, code).await? else { return app.store.peer_was_asked(code, true, false).await };
    match decisions(app, client, &peer).await {
        Ok(more) => app.store.peer_was_asked(code, false, more).await,
        Err(AskError::Store(error)) => Err(error),
        Err(error) => {
            tracing::warn!(peer = %code, code = error.code(), "a peer did not say what it decided: {error}");
            app.store.peer_was_asked(code, true, false).await
        }
    }
}

/// Whether there is more to hear.
async fn decisions(app: &App, client: &Client, peer: &Peer) -> Result<bool, AskError> {
    let asked = DecisionsAsked { most: DECISIONS_AT_ONCE };
    let told: Told<Decisions> = ask(&app.store, client, peer, DECISIONS, &body::text(&asked), &[]).await?;
    let more = told.said.decisions.len() as i64 >= DECISIONS_AT_ONCE;
    let mut unknown = Vec::new();
    // Not more than was asked for, whatever it sends.
    for text in told.said.decisions.iter().take(DECISIONS_AT_ONCE as usize) {
        unknown.extend(follow(app, peer, text, told.heard.head()).await?);
    }
    app.shared.bell.notify_one();
    acknowledge(app, client, peer, unknown).await?;
    let mut known = app.store.to_acknowledge(peer.code).await?;
    while !known.is_empty() {
        acknowledge(app, client, peer, known.clone()).await?;
        app.store.acknowledged(peer.code, known).await?;
        known = app.store.to_acknowledge(peer.code).await?;
    }
    Ok(more)
}

async fn acknowledge(app: &App, client: &Client, peer: &Peer, heard: Vec<Heard>) -> Result<(), AskError> {
    if heard.is_empty() {
        return Ok(());
    }
    let _: Told<Closed> = ask(&app.store, client, peer, ACKNOWLEDGE, &body::text(&Acknowledged { heard }), &[]).await?;
    Ok(())
}

/// Follows one decision. Gives what the peer is to hear where nothing here may remember it: the case is none of ours, or was recalled.
async fn follow(app: &App, peer: &Peer, text: &str, head: Option<SpokenHead>) -> Result<Option<Heard>, StoreError> {
    let Some(mut said) = body::read::<DecisionBody>(text) else {
        tracing::error!(peer = %peer.code, "a peer lists what is no decision");
        return Ok(None);
    };
    let (attempt, round) = (said.attempt, said.round);
    match review::checked(said.opinion, &|code| app.rejection(code).is_some()) {
        Ok(opinion) => said.opinion = opinion,
        Err(error) => {
            let code = if matches!(error, ReviewError::UnknownCode(_)) { "unknown-code" } else { "body" };
            tracing::error!(peer = %peer.code, %attempt, %error, "a peer's decision can't be followed");
            app.store.case_is_odd(peer.code, attempt, round, code).await?;
            return Ok(None);
        }
    }
    let Some(outcome) = app.store.apply_decision(peer.code, text, said, head).await? else { return Ok(None) };
    if outcome == Outcome::Applied {
        return Ok(None);
    }
    if outcome == Outcome::Unknown {
        tracing::error!(peer = %peer.code, %attempt, "a peer decided on a case that is none of ours, or on another than was given");
        app.store.case_is_odd(peer.code, attempt, round, "other-case").await?;
    }
    Ok(Some(Heard { attempt, round, decision: DecisionBody::digest(text), outcome }))
}
