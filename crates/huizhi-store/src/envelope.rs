//! Speaking with peers: our envelopes are signed here, where the key is, and theirs are opened, each once.

use huizhi_domain::audit::Head;
use huizhi_domain::peer::envelope::{self, Envelope, EnvelopeError, SpokenHead};
use huizhi_domain::peer::{Card, Peer};
use huizhi_domain::receipt::{Issuer, Verifier};

use crate::db::{change, read};
use crate::{Result, Store};

/// What goes beside an envelope, by name.
pub type Files<'a> = &'a [(&'a str, &'a [u8])];

/// A question of ours on its way: what the answer has to fit, and the bytes that are sent.
#[derive(Clone)]
pub struct Question {
    /// The question.
    pub envelope: Envelope,
    /// The message.
    pub message: Vec<u8>,
}

/// What a peer said, after everything about it was checked.
#[derive(Clone)]
pub struct Heard {
    /// Who speaks.
    pub peer: Peer,
    /// What is said.
    pub envelope: Envelope,
    /// What goes beside it.
    pub files: Vec<(String, Vec<u8>)>,
}

impl Heard {
    /// A file by its name.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&[u8]> {
        self.files.iter().find(|(known, _)| known == name).map(|(_, bytes)| bytes.as_slice())
    }

    /// How far the speaker's log is, where it says so and its signature fits.
    #[must_use]
    pub fn head(&self) -> Option<SpokenHead> {
        let keys = Verifier::new(self.peer.keys.iter().map(|key| key.public));
        let spoken = self.envelope.log.as_ref()?;
        spoken.head().filter(|head| head.check(&keys).is_ok())?;
        Some(spoken.clone())
    }
}

impl Store {
    /// What another operator needs to know of us.
    #[must_use]
    pub fn card(&self, name: &str, address: &str) -> Card {
        use base64::Engine as _;
        let key = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(self.0.keys.signer.public());
        Card { code: self.0.issuer, name: name.to_owned(), address: address.to_owned(), key }
    }

    /// A question to a peer, signed.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn question(&self, to: Issuer, kind: &str, body: String, files: Files<'_>) -> Result<Question> {
        let asked = Envelope::ask(self.0.issuer, to, kind, body, self.now(), &mut self.0.random.draw());
        let envelope = Envelope { log: self.spoken_head().await?, ..asked.with(files) };
        Ok(Question { message: envelope::pack(&envelope.seal(&self.0.keys.signer), files), envelope })
    }

    /// The answer to a peer's question, signed.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn reply(&self, question: &Envelope, kind: &str, body: String, files: Files<'_>) -> Result<Vec<u8>> {
        let said = question.answer(kind, body, self.now(), &mut self.0.random.draw());
        let envelope = Envelope { log: self.spoken_head().await?, ..said.with(files) };
        Ok(envelope::pack(&envelope.seal(&self.0.keys.signer), files))
    }

    /// Hears a question: opens it, and sees that it was not heard before, by this process or another.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`]; what is wrong with the envelope is the inner one.
    pub async fn hear(&self, message: &[u8]) -> Result<std::result::Result<Heard, EnvelopeError>> {
        let (jws, beside) = match envelope::unpack(message) {
            Ok(parts) => parts,
            Err(error) => return Ok(Err(error)),
        };
        let speaker = match Envelope::speaker(jws) {
            Ok(speaker) => speaker,
            Err(error) => return Ok(Err(error)),
        };
        let known = self.peer(speaker).await?;
        let nobody = || Peer {
            code: speaker,
            name: String::new(),
            address: String::new(),
            rights: Vec::new(),
            keys: Vec::new(),
        };
        let peer = known.clone().unwrap_or_else(nobody);
        let envelope = match Envelope::open(jws, &peer, self.0.issuer, self.now()) {
            Ok(envelope) => envelope,
            // Whom it is for is seen before who speaks; of a stranger nothing else is looked at.
            Err(error @ EnvelopeError::OtherAudience(_)) => return Ok(Err(error)),
            Err(_) if known.is_none() => return Ok(Err(EnvelopeError::UnknownPeer(speaker))),
            Err(error) => return Ok(Err(error)),
        };
        let (jti, forget_at) = (envelope.jti.clone(), envelope.forgotten_at());
        if !change!(self.0.db, peer::first(speaker, jti, forget_at))? {
            return Ok(Err(EnvelopeError::Replayed));
        }
        Ok(whole(peer, envelope, beside))
    }

    /// Hears the answer of a peer to a question of ours, which is bound to it by the question's name.
    ///
    /// # Errors
    /// [`EnvelopeError`], by cause.
    pub fn hear_answer(
        &self,
        peer: &Peer,
        question: &Envelope,
        message: &[u8],
    ) -> std::result::Result<Heard, EnvelopeError> {
        let (jws, beside) = envelope::unpack(message)?;
        let said = Envelope::open(jws, peer, self.0.issuer, self.now())?;
        said.answers(question)?;
        whole(peer.clone(), said, beside)
    }

    async fn spoken_head(&self) -> Result<Option<SpokenHead>> {
        Ok(read!(self.0.db, log::head())?.as_ref().map(|head: &Head| SpokenHead::of(head)))
    }
}

fn whole(peer: Peer, envelope: Envelope, beside: &[u8]) -> std::result::Result<Heard, EnvelopeError> {
    let files = envelope::files(&envelope, beside)?;
    let files = files.into_iter().map(|(name, bytes)| (name.to_owned(), bytes.to_vec())).collect();
    Ok(Heard { peer, envelope, files })
}
