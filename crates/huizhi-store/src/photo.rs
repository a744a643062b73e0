//! Photos: received, judged by the engine, shown, submitted, erased. A photo that is submitted is an attempt at the review.

use std::fmt;
use std::str::FromStr;

use huizhi_domain::audit::Actor;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::{AttemptId, OrderId};
use huizhi_domain::order::{Override, UnknownWord};
use huizhi_domain::review::{Opinion, SecondLook};
use huizhi_domain::seal::SecretKey;
use serde::Serialize;
use serde_json::Value;

use crate::db::{act, change, read};
use crate::{Result, Store, StoreError};

/// How long a file that nothing names stays for those who are just reading it.
const LITTER_MS: i64 = 60_000;

/// How old a file without a row is before it is taken for left behind: an hour is longer than any request.
const ORPHAN_MS: i64 = 3_600_000;

/// Where a photo stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PhotoState {
    /// It is kept; the engine has not looked yet.
    Received,
    /// The engine has judged it.
    Judged,
    /// The file is no photo that the engine can open.
    Unreadable,
    /// It lies before the review.
    Submitted,
    /// The review rejected it.
    Rejected,
    /// The review let it through.
    Approved,
    /// The citizen threw it away.
    Dropped,
}

impl PhotoState {
    const ALL: [Self; 7] = [
        Self::Received,
        Self::Judged,
        Self::Unreadable,
        Self::Submitted,
        Self::Rejected,
        Self::Approved,
        Self::Dropped,
    ];

    /// Its word in the database and in message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Judged => "judged",
            Self::Unreadable => "unreadable",
            Self::Submitted => "submitted",
            Self::Rejected => "rejected",
            Self::Approved => "approved",
            Self::Dropped => "dropped",
        }
    }
}

impl FromStr for PhotoState {
    type Err = UnknownWord;

    fn from_str(text: &str) -> std::result::Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|state| state.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// Which picture of a photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PictureKind {
    /// The file as it was sent.
    Original,
    /// Upright and small, for pages.
    Preview,
    /// The made ID photo.
    IdPhoto,
}

impl PictureKind {
    /// Its word in the database and in addresses.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Original => "original",
            Self::Preview => "preview",
            Self::IdPhoto => "id-photo",
        }
    }
}

/// A picture's file.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its media type; an original's is never told, because pages do not show it.
    pub media: &'static str,
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({} bytes)", self.bytes.len())
    }
}

/// A photo of an order.
#[derive(Clone, Debug)]
pub struct Photo {
    /// Its id.
    pub id: AttemptId,
    /// The order.
    pub order: OrderId,
    /// 1 for the order's first photo.
    pub ordinal: i32,
    /// Where it stands.
    pub state: PhotoState,
    /// The engine's verdict: `fits`, `review`, `retake`.
    pub verdict: Option<String>,
    /// What the worker kept of the engine's answer: see [`Judgement::report`].
    pub report: Option<Value>,
    /// Why it is unreadable: the code of the engine's error.
    pub error: Option<String>,
    /// The citizen's reason for submitting it in spite of faults.
    pub reason: Option<Override>,
    /// Why two look at it.
    pub second_look: Option<SecondLook>,
    /// 2 after an appeal.
    pub round: i32,
    /// What the review said, once it is settled.
    pub outcome: Option<Opinion>,
    /// When it came.
    pub created_at: Moment,
    /// When it was submitted.
    pub submitted_at: Option<Moment>,
    /// When its rejection was appealed against.
    pub appealed_at: Option<Moment>,
    /// Whether an ID photo was made of it and is still there.
    pub has_id_photo: bool,
}

impl Photo {
    /// Whether it waits to be chosen but can't be: it is unreadable, or no reason helps it. Another may take its place.
    #[must_use]
    pub fn is_unusable(&self) -> bool {
        match self.state {
            PhotoState::Unreadable => true,
            PhotoState::Judged => self.verdict.as_deref() == Some("retake") || !self.has_id_photo,
            _ => false,
        }
    }
}

/// What the engine says of a photo.
#[derive(Clone)]
pub struct Judgement {
    /// `fits`, `review` or `retake`.
    pub verdict: String,
    /// Rejection codes of what it found, for the board.
    pub codes: Vec<String>,
    /// Everything that pages and desks show of it, as JSON.
    pub report: Value,
    /// The upright preview, JPEG.
    pub preview: Vec<u8>,
    /// The made ID photo, JPEG; absent where none could be made.
    pub id_photo: Option<Vec<u8>>,
}

/// A photo for the engine to judge.
pub struct ToJudge {
    /// Its id.
    pub id: AttemptId,
    /// The order.
    pub order: OrderId,
    /// The document that it is for.
    pub document: String,
    /// The file as it was sent.
    pub bytes: Vec<u8>,
}

/// A sealed file: its name, and its key, wrapped.
#[derive(Clone)]
pub struct Sealed {
    pub blob: String,
    pub key: Vec<u8>,
}

/// A photo's row.
pub struct SealedPhoto {
    pub id: AttemptId,
    pub order: OrderId,
    pub ordinal: i32,
    pub state: PhotoState,
    pub verdict: Option<String>,
    pub report: Option<Vec<u8>>,
    pub error: Option<String>,
    pub reason: Option<Vec<u8>>,
    pub second_look: Option<SecondLook>,
    pub round: i32,
    pub outcome: Option<Opinion>,
    pub created_at: Moment,
    pub submitted_at: Option<Moment>,
    pub appealed_at: Option<Moment>,
    pub made: bool,
}

impl Store {
    /// Keeps a photo that was sent: sealed, and durable when this returns. The same file sent twice is one photo, and a photo that can't be
    /// submitted makes room for it where there is none.
    ///
    /// # Errors
    /// [`StoreError::Order`] where the order takes no more photos.
    pub async fn receive_photo(&self, order: OrderId, bytes: &[u8]) -> Result<AttemptId> {
        let now = self.now();
        let id = AttemptId::new(now, &mut self.0.random.draw());
        let digest: String = sha256(bytes).map(char::from).iter().collect();
        let upload = self.0.keys.ring.index(&format!("upload {order}"), &digest).to_vec();
        let file = self.put(&picture_name(id, PictureKind::Original), bytes).await?;
        let entry = self.entry(self.1.actor, "photo.received", &id, &[("order", order.to_string().into())]);
        let (keys, order_id, blob) = (self.0.keys.clone(), order, file.blob.clone());
        let kept = act!(self, photo::receive(keys, order_id, id, upload, file, entry));
        if !matches!(&kept, Ok(kept) if *kept == id) {
            self.0.blobs.delete(&blob).await?;
        }
        kept
    }

    /// The photos of an order, oldest first, without those that were thrown away.
    ///
    /// # Errors
    /// [`StoreError::Db`], [`StoreError::Seal`].
    pub async fn photos(&self, order: OrderId) -> Result<Vec<Photo>> {
        let rows = read!(self.0.db, photo::all(order))?;
        rows.into_iter().map(|row| self.open_photo(row)).collect()
    }

    /// One photo.
    ///
    /// # Errors
    /// [`StoreError::Db`], [`StoreError::Seal`].
    pub async fn photo(&self, id: AttemptId) -> Result<Option<Photo>> {
        read!(self.0.db, photo::find(id))?.map(|row| self.open_photo(row)).transpose()
    }

    /// A picture of a photo; the caller has seen to the right to it, and `viewer` is logged.
    ///
    /// # Errors
    /// [`StoreError::Blob`], [`StoreError::Seal`].
    pub async fn picture(&self, id: AttemptId, kind: PictureKind, viewer: Actor) -> Result<Option<Picture>> {
        let Some(file) = read!(self.0.db, photo::picture(id, kind))? else { return Ok(None) };
        let Some(bytes) = self.get(&picture_name(id, kind), &file).await? else { return Ok(None) };
        // The citizen's own views of the own photo tell nobody anything; staff's and shops' do (security.md, row 35).
        if let Actor::Staff(_) | Actor::Partner(_) = viewer {
            let detail = [("kind", Value::from(kind.word()))].map(|(key, value)| (key.to_owned(), value));
            self.log(viewer, "photo.viewed", &id.to_string(), detail.into_iter().collect()).await?;
        }
        let media = if kind == PictureKind::Original { "application/octet-stream" } else { "image/jpeg" };
        Ok(Some(Picture { bytes, media }))
    }

    /// Throws a photo away that was not submitted.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where there is none.
    pub async fn drop_photo(&self, order: OrderId, id: AttemptId) -> Result<()> {
        let entry = self.entry(self.1.actor, "photo.dropped", &id, &[]);
        let keys = self.0.keys.clone();
        act!(self, photo::dropped(keys, order, id, entry))?;
        self.sweep().await
    }

    /// The next photo for the engine, leaving out those that this process has in hand.
    ///
    /// # Errors
    /// [`StoreError::Blob`], [`StoreError::Seal`].
    pub async fn next_to_judge(&self, in_hand: &[AttemptId]) -> Result<Option<ToJudge>> {
        let found = read!(self.0.db, photo::unjudged(in_hand.to_vec()))?;
        let Some((id, order, document)) = found else { return Ok(None) };
        let Some(file) = read!(self.0.db, photo::picture(id, PictureKind::Original))? else { return Ok(None) };
        let bytes = self.get(&picture_name(id, PictureKind::Original), &file).await?;
        let bytes = bytes.ok_or(StoreError::Absent("file of a photo"))?;
        Ok(Some(ToJudge { id, order, document, bytes }))
    }

    /// Keeps what the engine found. `false` where somebody else was first.
    ///
    /// # Errors
    /// [`StoreError::Blob`], [`StoreError::Db`].
    pub async fn judged(&self, id: AttemptId, judgement: Judgement) -> Result<bool> {
        let plain = serde_json::to_vec(&judgement.report).unwrap_or_default();
        let report = self.0.keys.ring.seal(&report_name(id), &plain, &mut self.0.random.draw());
        let preview = self.put(&picture_name(id, PictureKind::Preview), &judgement.preview).await?;
        let made = match &judgement.id_photo {
            Some(bytes) => Some(self.put(&picture_name(id, PictureKind::IdPhoto), bytes).await?),
            None => None,
        };
        let (verdict, codes) = (judgement.verdict, judgement.codes);
        let entry = self.entry(Actor::Service, "photo.judged", &id, &[("verdict", verdict.as_str().into())]);
        let keys = self.0.keys.clone();
        change!(self.0.db, photo::judged(keys, id, verdict, codes, report, preview, made, entry))
    }

    /// Notes that the engine can't open a photo, and why.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn unreadable(&self, id: AttemptId, code: &str) -> Result<()> {
        let entry = self.entry(Actor::Service, "photo.unreadable", &id, &[("code", code.into())]);
        let (keys, code) = (self.0.keys.clone(), code.to_owned());
        change!(self.0.db, photo::unreadable(keys, id, code, entry))
    }

    /// Deletes files that nothing names any more.
    ///
    /// # Errors
    /// [`StoreError::Blob`], [`StoreError::Db`].
    pub async fn sweep(&self) -> Result<()> {
        self.sweep_before(self.now()).await
    }

    /// Deletes what became litter a while ago: left by a process that ended in between.
    ///
    /// # Errors
    /// As [`Self::sweep`].
    pub async fn sweep_old(&self) -> Result<()> {
        self.sweep_before(self.now().after_ms(-LITTER_MS)).await
    }

    /// Deletes files that were written for a row that never came: their process ended in between, more than an hour ago. Gives how
    /// many.
    ///
    /// # Errors
    /// [`StoreError::Blob`], [`StoreError::Db`].
    pub async fn sweep_orphans(&self) -> Result<usize> {
        let old = self.0.blobs.written_before(self.now().after_ms(-ORPHAN_MS)).await?;
        let named = read!(self.0.db, photo::named(old.clone()))?;
        let orphans: Vec<String> = old.into_iter().filter(|blob| !named.contains(blob)).collect();
        for blob in &orphans {
            self.0.blobs.delete(blob).await?;
        }
        Ok(orphans.len())
    }

    async fn sweep_before(&self, before: Moment) -> Result<()> {
        let blobs = read!(self.0.db, photo::litters(before))?;
        if blobs.is_empty() {
            return Ok(());
        }
        for blob in &blobs {
            self.0.blobs.delete(blob).await?;
        }
        change!(self.0.db, photo::swept(blobs))
    }

    /// Seals a file under a new key and writes it; the key comes back wrapped.
    pub(crate) async fn put(&self, about: &str, bytes: &[u8]) -> Result<Sealed> {
        let mut random = self.0.random.draw();
        let key = SecretKey::draw(&mut random);
        let sealed = key.seal(about, bytes, &mut random);
        let blob = AttemptId::new(self.now(), &mut random).to_string().to_lowercase();
        let wrapped = self.0.keys.ring.seal(about, key.reveal(), &mut random);
        self.0.blobs.put(&blob, sealed).await?;
        Ok(Sealed { blob, key: wrapped })
    }

    pub(crate) async fn get(&self, about: &str, file: &Sealed) -> Result<Option<Vec<u8>>> {
        let Some(sealed) = self.0.blobs.get(&file.blob).await? else { return Ok(None) };
        let key = open_key(&self.0.keys.ring.open(about, &file.key)?)?;
        Ok(Some(key.open(about, &sealed)?.to_vec()))
    }

    pub(crate) fn open_photo(&self, row: SealedPhoto) -> Result<Photo> {
        let ring = &self.0.keys.ring;
        let json = |about: String, sealed: Option<Vec<u8>>| -> Result<Option<Value>> {
            let Some(sealed) = sealed else { return Ok(None) };
            let plain = ring.open(&about, &sealed)?;
            let value = serde_json::from_slice(&plain);
            value.map(Some).map_err(|_| StoreError::Row { what: "sealed JSON", value: about })
        };
        let reason = json(reason_name(row.id), row.reason)?;
        Ok(Photo {
            id: row.id,
            order: row.order,
            ordinal: row.ordinal,
            state: row.state,
            verdict: row.verdict,
            report: json(report_name(row.id), row.report)?,
            error: row.error,
            reason: reason.and_then(|reason| serde_json::from_value(reason).ok()),
            second_look: row.second_look,
            round: row.round,
            outcome: row.outcome,
            created_at: row.created_at,
            submitted_at: row.submitted_at,
            appealed_at: row.appealed_at,
            has_id_photo: row.made,
        })
    }
}

pub fn picture_name(id: AttemptId, kind: PictureKind) -> String {
    format!("attempt {id} {}", kind.word())
}

pub fn report_name(id: AttemptId) -> String {
    format!("attempt {id} report")
}

pub fn reason_name(id: AttemptId) -> String {
    format!("attempt {id} reason")
}

pub fn open_key(bytes: &[u8]) -> Result<SecretKey> {
    let key = <[u8; 32]>::try_from(bytes);
    key.map(SecretKey::new).map_err(|_| StoreError::Seal(huizhi_domain::seal::SealError::Form))
}

pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).into()
}
