//! Cases that we decide for peers: each becomes an order of its own at the review desk, with no citizen, no receipt and no message.

use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AttemptId, OrderId};
use huizhi_domain::peer::body::{self, CaseBody, CaseName, CaseStanding, DecisionBody, GIVE, Heard};
use huizhi_domain::peer::envelope::{SpokenHead, digest};
use huizhi_domain::receipt::Issuer;
use huizhi_domain::review::{self, Opinion, SecondLook};
use rand_core::Rng as _;
use zeroize::Zeroizing;

use crate::db::{change, read};
use crate::photo::{PictureKind, Sealed, picture_name, reason_name, report_name};
use crate::{Result, Store, StoreError};

/// A case as a peer gives it, checked.
pub struct NewCase<'a> {
    /// Whose it is.
    pub peer: Issuer,
    /// What is said.
    pub said: CaseBody,
    /// The text that said it.
    pub text: &'a str,
    /// The upright preview, JPEG.
    pub preview: &'a [u8],
    /// The made photo, JPEG.
    pub id_photo: &'a [u8],
    /// What the giver's engine found, JSON.
    pub report: &'a [u8],
    /// How far the giver's log is.
    pub head: Option<SpokenHead>,
}

/// A case's rows on their way in.
#[derive(Clone)]
pub struct Taking {
    pub peer: Issuer,
    pub said: CaseBody,
    pub digest: String,
    /// Our order and photo; those of the round before where there was one.
    pub order: OrderId,
    pub own: AttemptId,
    pub is_new: bool,
    pub secret: Vec<u8>,
    pub report: Vec<u8>,
    pub reason: Option<Vec<u8>>,
    pub second_look: Option<SecondLook>,
    pub preview: Sealed,
    pub id_photo: Sealed,
}

impl Store {
    /// Takes a case to the desk and says how it stands. The same given twice is one, and what was recalled before it came is not taken.
    ///
    /// # Errors
    /// [`crate::StoreError::Conflict`] where another case of the same name is here.
    pub async fn take_case(&self, new: NewCase<'_>) -> Result<CaseStanding> {
        let NewCase { peer, said, text, preview, id_photo, report, head } = new;
        let digest = digest(GIVE, text);
        let name = CaseName { attempt: said.attempt, round: said.round };
        if let Some(standing) = read!(self.0.db, taken::standing(peer, name.clone()))? {
            return same(standing, &digest);
        }
        let now = self.now();
        let before = read!(self.0.db, taken::round_before(peer, name.clone()))?;
        let mut random = self.0.random.draw();
        let is_new = before.is_none();
        let (order, own) = before.unwrap_or((OrderId::new(now, &mut random), AttemptId::new(now, &mut random)));
        let mut secret = vec![0; 32];
        random.fill_bytes(&mut secret);
        let reason = said.reason.as_ref().map(|reason| {
            let plain = Zeroizing::new(serde_json::to_vec(reason).unwrap_or_default());
            self.0.keys.ring.seal(&reason_name(own), &plain, &mut random)
        });
        let report = self.0.keys.ring.seal(&report_name(own), report, &mut random);
        let second_look = review::second_look(said.reason.is_some(), said.child, self.0.random.chance());
        let preview = self.put(&picture_name(own, PictureKind::Preview), preview).await?;
        let id_photo = self.put(&picture_name(own, PictureKind::IdPhoto), id_photo).await?;
        let files = [preview.blob.clone(), id_photo.blob.clone()];
        let mut entry = self.of_case("case.taken", own, said.round, peer, &digest, head);
        entry.detail.insert("case".to_owned(), said.attempt.to_string().into());
        let taking = Taking {
            peer,
            said,
            digest: digest.clone(),
            order,
            own,
            is_new,
            secret,
            report,
            reason,
            second_look,
            preview,
            id_photo,
        };
        let keys = self.0.keys.clone();
        let taken = change!(self.0.db, taken::take(keys, taking, entry));
        if taken.is_err() {
            for blob in &files {
                self.0.blobs.delete(blob).await?;
            }
        }
        match taken {
            // Somebody was first between our look and now: how it stands then, stands.
            Err(StoreError::Conflict(what)) => match read!(self.0.db, taken::standing(peer, name))? {
                Some(standing) => same(standing, &digest),
                None => Err(StoreError::Conflict(what)),
            },
            taken => taken,
        }
    }

    /// A peer does not need a decision any more; one that comes before its case keeps the case out. Says how it stands.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn recall_case(&self, peer: Issuer, name: CaseName, head: Option<SpokenHead>) -> Result<CaseStanding> {
        let entry = self.of_case("case.recalled", name.attempt, name.round, peer, "", head);
        let keys = self.0.keys.clone();
        let standing = change!(self.0.db, taken::recall(keys, peer, name, entry))?;
        self.sweep().await?;
        Ok(standing)
    }

    /// The texts of decisions that a peer has not heard of, oldest first.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn decisions_for(&self, peer: Issuer, most: i64) -> Result<Vec<String>> {
        read!(self.0.db, taken::decisions(peer, most))
    }

    /// A peer heard decisions: the photos are erased. Gives how many were open.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn close_cases(&self, peer: Issuer, heard: Vec<Heard>, head: Option<SpokenHead>) -> Result<usize> {
        let id = AttemptId::new(self.now(), &mut self.0.random.draw());
        let entry = self.of_case("case.acknowledged", id, 0, peer, "", head);
        let keys = self.0.keys.clone();
        let closed = change!(self.0.db, taken::close(keys, peer, heard, entry))?;
        self.sweep().await?;
        Ok(closed)
    }
}

/// The standing of the same case.
fn same(standing: CaseStanding, digest: &str) -> Result<CaseStanding> {
    if standing.case.is_empty() || standing.case == digest {
        Ok(standing)
    } else {
        Err(StoreError::Conflict("the case"))
    }
}

/// The decision on a case, as text.
pub fn decision(name: &CaseName, case: String, opinion: Opinion, decided_at: Moment) -> String {
    body::text(&DecisionBody { attempt: name.attempt, round: name.round, case, opinion, decided_at })
}
