//! Cases that peers decide for us: which city's, what is to be said about each, and the decision, which the order follows once.

use huizhi_domain::audit::Actor;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AttemptId, OrderId};
use huizhi_domain::message::Happening;
use huizhi_domain::order::Order;
use huizhi_domain::peer::Centre;
use huizhi_domain::peer::body::{self, CaseBody, DecisionBody, Heard, Outcome};
use huizhi_domain::peer::case::{GivenState, SILENT_MS, again_at};
use huizhi_domain::peer::envelope::SpokenHead;
use huizhi_domain::receipt::Issuer;
use serde::Serialize;

use crate::db::{change, read};
use crate::photo::{PictureKind, picture_name, report_name};
use crate::{Result, Store, StoreError};

/// How long who says something to a peer is believed to live. A call takes 30 s at most.
const LEASE_MS: i64 = 60_000;

/// Errands to one peer at a time, over all workers: one that hangs must not take all hands.
const AT_ONCE: i64 = 8;

/// How often a peer is asked for its decisions while it has cases of ours.
const ASK_EVERY_MS: i64 = 4_000;

/// After which time a case that the peer has is given again: it says that it is there, or takes it anew where its data are from a backup.
const AGAIN_MS: i64 = 2 * 3_600_000;

/// Decisions that one acknowledgement tells of at most.
const HEARD_AT_ONCE: i64 = 50;

/// Something to be said to a peer about a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseErrand {
    /// The photo.
    pub attempt: AttemptId,
    /// 1, and 2 for an appeal.
    pub round: i32,
    /// To whom.
    pub peer: Issuer,
    /// [`GivenState::ToGive`], [`GivenState::Given`] to see that it is still there, or [`GivenState::ToRecall`].
    pub state: GivenState,
    /// The digest of the case, as the log has it.
    pub digest: String,
    /// Tries, with this one.
    pub tries: i32,
}

/// A case as it is given.
pub struct GivenCase {
    /// What is said.
    pub body: String,
    /// The upright preview, JPEG.
    pub preview: Vec<u8>,
    /// The made photo, JPEG.
    pub id_photo: Vec<u8>,
    /// What the engine found, JSON.
    pub report: Vec<u8>,
}

/// An order's photo that is with a peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AtPeer {
    /// What the peer is called.
    pub name: String,
    /// Since when it is to have it.
    pub since: Moment,
    /// Since when the peer is silent; `None` while it answers.
    pub down_since: Option<Moment>,
}

impl AtPeer {
    /// Whether the citizen is to know that the photo waits for the line.
    #[must_use]
    pub fn is_silent(&self, now: Moment) -> bool {
        self.down_since.is_some_and(|since| now.since_ms(since) >= SILENT_MS)
    }
}

/// What a peer is to hear or to decide, for who sees that nothing lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PeerQueue {
    /// The peer.
    pub peer: Issuer,
    /// What it is called.
    pub name: String,
    /// Cases that it is to get.
    pub to_give: i64,
    /// Cases that it has.
    pub given: i64,
    /// Cases that it is to give up.
    pub to_recall: i64,
    /// Since when the oldest of those that wait for its decision does.
    pub oldest: Option<Moment>,
    /// Since when it is silent.
    pub down_since: Option<Moment>,
    /// Why, or why the newest errand failed, as a code.
    pub fault: Option<String>,
}

/// Which cases an operator takes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Back {
    /// One order's.
    Order(OrderId),
    /// All of a city.
    City(String),
    /// All that a peer has.
    Peer(Issuer),
}

/// A decision on its way in.
#[derive(Clone)]
pub struct Deciding {
    pub peer: Issuer,
    pub said: DecisionBody,
    pub digest: String,
}

impl Store {
    /// Sets who reviews a city's photos from now on. Those that are submitted already stay where they are.
    ///
    /// # Errors
    /// [`StoreError::Absent`] for a peer that is not known.
    pub async fn set_centre(&self, city: &str, centre: Centre) -> Result<()> {
        let peer = match centre {
            Centre::BuiltIn => None,
            Centre::Remote(peer) => Some(peer),
        };
        let said = peer.map_or_else(|| "built-in".to_owned(), |peer| peer.to_string());
        let entry = self.entry(Actor::Service, "centre.set", &city, &[("centre", said.into())]);
        let (keys, city) = (self.0.keys.clone(), city.to_owned());
        change!(self.0.db, given::set_centre(keys, city, peer, entry))
    }

    /// Cities whose photos a peer reviews.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn centres(&self) -> Result<Vec<(String, Issuer)>> {
        read!(self.0.db, given::centres())
    }

    /// Takes errands that are due, for a minute; each counts a try. To one peer no more than eight are in hand at a time.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn claim_errands(&self, most: u32) -> Result<Vec<CaseErrand>> {
        let now = self.now();
        if !read!(self.0.db, given::any_due(now))? {
            return Ok(Vec::new());
        }
        let (until, at_once) = (now.after_ms(LEASE_MS), AT_ONCE);
        change!(self.0.db, given::claim(now, until, at_once, most))
    }

    /// What is given of a case. The body is made anew each time, and comes out the same: nothing in it changes while the case waits.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where the photos are gone.
    pub async fn case_to_give(&self, id: AttemptId) -> Result<GivenCase> {
        let keys = self.0.keys.clone();
        let body = read!(self.0.db, given::body(keys, id))?;
        let photo = read!(self.0.db, photo::find(id))?.ok_or(StoreError::Absent("attempt"))?;
        let sealed = photo.report.ok_or(StoreError::Absent("report"))?;
        let report = self.0.keys.ring.open(&report_name(id), &sealed)?.to_vec();
        let [preview, id_photo] =
            [self.file(id, PictureKind::Preview).await?, self.file(id, PictureKind::IdPhoto).await?];
        Ok(GivenCase { body: body::text::<CaseBody>(&body), preview, id_photo, report })
    }

    async fn file(&self, id: AttemptId, kind: PictureKind) -> Result<Vec<u8>> {
        let row = read!(self.0.db, photo::picture(id, kind))?.ok_or(StoreError::Absent("picture"))?;
        self.get(&picture_name(id, kind), &row).await?.ok_or(StoreError::Absent("file of a picture"))
    }

    /// Notes that the peer has a case, or does not need to have it any more.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn errand_done(&self, errand: &CaseErrand, head: Option<SpokenHead>) -> Result<()> {
        let action = if errand.state == GivenState::ToRecall { "case.recalled" } else { "case.arrived" };
        let entry = self.of_case(action, errand.attempt, errand.round, errand.peer, &errand.digest, head);
        let (keys, errand, again_at) = (self.0.keys.clone(), errand.clone(), entry.at.after_ms(AGAIN_MS));
        change!(self.0.db, given::done(keys, errand, again_at, entry))
    }

    /// Notes why an errand failed; it is due again after a pause.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn errand_failed(&self, errand: &CaseErrand, code: &str) -> Result<()> {
        let next_at = again_at(errand.tries, self.now(), self.0.random.chance());
        let (errand, code) = (errand.clone(), code.to_owned());
        change!(self.0.db, given::failed(errand, code, next_at))
    }

    /// Takes peers that have cases of ours and are to be asked for their decisions, for a minute.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn peers_to_ask(&self) -> Result<Vec<Issuer>> {
        let now = self.now();
        let mut asked = Vec::new();
        for peer in read!(self.0.db, given::askable(now))? {
            let until = now.after_ms(LEASE_MS);
            if change!(self.0.db, given::claim_asking(peer, now, until))? {
                asked.push(peer);
            }
        }
        Ok(asked)
    }

    /// Notes that a peer was asked, and whether that failed. `at_once` where there is more to hear.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn peer_was_asked(&self, peer: Issuer, failed: bool, at_once: bool) -> Result<()> {
        let (now, chance) = (self.now(), self.0.random.chance());
        let pause_ms = if at_once { 0 } else { ASK_EVERY_MS };
        change!(self.0.db, given::asked(peer, failed, pause_ms, chance, now))
    }

    /// Lets the order follow a peer's decision, once: order, message, log and what the peer is to hear are one transaction. Gives what
    /// the peer is to hear; `None` where it will hear of a recall instead. The decision's opinion was checked.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn apply_decision(
        &self,
        peer: Issuer,
        text: &str,
        said: DecisionBody,
        head: Option<SpokenHead>,
    ) -> Result<Option<Outcome>> {
        let digest = DecisionBody::digest(text);
        let applied = self.of_case("case.applied", said.attempt, said.round, peer, &digest, head);
        let settled = self.entry(Actor::Service, "order.settled", &"", &[]);
        // The order is known only inside the transaction, which puts it in.
        let message =
            self.message(OrderId::new(applied.at, &mut self.0.random.draw()), Happening::Rejected, applied.at);
        let (keys, deciding) = (self.0.keys.clone(), Deciding { peer, said, digest });
        change!(self.0.db, given::apply(keys, deciding, message, settled, applied))
    }

    /// Notes what is wrong with what a peer says of a case.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn case_is_odd(&self, peer: Issuer, id: AttemptId, round: i32, code: &str) -> Result<()> {
        let code = code.to_owned();
        change!(self.0.db, given::odd(peer, id, round, code))
    }

    /// What a peer is to hear about its decisions.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn to_acknowledge(&self, peer: Issuer) -> Result<Vec<Heard>> {
        let most = HEARD_AT_ONCE;
        read!(self.0.db, given::to_acknowledge(peer, most))
    }

    /// Notes that it heard so.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn acknowledged(&self, peer: Issuer, heard: Vec<Heard>) -> Result<()> {
        change!(self.0.db, given::closed(peer, heard))
    }

    /// Takes cases back to the own desk; their peer is to hear that they are not needed any more. Gives how many.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn take_back(&self, which: Back) -> Result<usize> {
        let mut count = 0;
        for id in read!(self.0.db, given::orders_at(which))? {
            let entry = self.entry(Actor::Service, "case.taken-back", &id, &[]);
            let keys = self.0.keys.clone();
            count += usize::from(change!(self.0.db, given::take_back(keys, id, entry))?);
        }
        Ok(count)
    }

    /// The peer that an order's photo is with; `None` where it is with the own desk, or with nobody.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn at_peer(&self, order: &Order) -> Result<Option<AtPeer>> {
        let Some(attempt) = order.attempt else { return Ok(None) };
        read!(self.0.db, given::at_peer(attempt))
    }

    /// What each peer is to hear and to decide; none for peers without.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn peer_queues(&self) -> Result<Vec<PeerQueue>> {
        read!(self.0.db, given::queues())
    }

    pub(crate) fn of_case(
        &self,
        action: &str,
        id: AttemptId,
        round: i32,
        peer: Issuer,
        digest: &str,
        head: Option<SpokenHead>,
    ) -> huizhi_domain::audit::Entry {
        let detail = [("peer", peer.to_string().into()), ("round", round.into()), ("digest", digest.into())];
        let mut entry = self.entry(Actor::Service, action, &id, &detail);
        if let Some(head) = head.and_then(|head| serde_json::to_value(head).ok()) {
            entry.detail.insert("head".to_owned(), head);
        }
        entry
    }
}
