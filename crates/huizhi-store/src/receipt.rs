//! Receipts: issued after an approval in an order that no crash can break, shown to their owner, fetched by windows.

use huizhi_domain::audit::{Actor, Entry};
use huizhi_domain::clock::{Moment, midnight};
use huizhi_domain::id::{AttemptId, OfficeId, OrderId, ReceiptId, StaffId};
use huizhi_domain::message::Happening;
use huizhi_domain::order::Order;
use huizhi_domain::peer::body::Asked;
use huizhi_domain::peer::envelope::SpokenHead;
use huizhi_domain::receipt::{
    Claims, FetchError, Issuer, PeerOffice, RESERVED_MS, Receipt, ReceiptNumber, ReceiptState, Standing, Taker, Use,
    to_be_signed,
};
use huizhi_domain::seal::SecretKey;
use jiff::civil::Date;
use serde_json::Value;

use crate::db::{change, read};
use crate::photo::{PictureKind, Sealed, open_key, picture_name};
use crate::{Result, Store, StoreError};

/// What the policy says of a receipt that is to be issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueTerms {
    /// The documents that its photo may be used for.
    pub documents: Vec<String>,
    /// The last day on which a window takes it.
    pub valid_until: Date,
}

/// A receipt as its owner sees it.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The receipt.
    pub receipt: Receipt,
    /// Its number.
    pub number: ReceiptNumber,
    /// The signed token.
    pub token: String,
}

/// Who fetches, and why (D20).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// The clerk.
    pub staff: StaffId,
    /// The office.
    pub office: OfficeId,
    /// What for.
    pub purpose: String,
}

/// A window that takes, uses or gives back a photo.
#[derive(Clone)]
pub struct Taking {
    pub document: String,
    pub by: Taker,
    /// The clerk, where it is one of ours.
    pub staff: Option<StaffId>,
    pub purpose: String,
    /// What the log says of it beside that.
    detail: Vec<(&'static str, Value)>,
}

impl Window {
    fn takes(&self, document: &str) -> Taking {
        Taking {
            document: document.to_owned(),
            by: Taker::Office(self.office),
            staff: Some(self.staff),
            purpose: self.purpose.clone(),
            detail: vec![("office", self.office.to_string().into())],
        }
    }
}

/// What a peer asks for one of its windows.
#[derive(Clone, Copy)]
pub struct PeerAsks<'a> {
    /// The peer.
    pub peer: Issuer,
    /// What it asks.
    pub asked: &'a Asked,
    /// The question's digest, which both logs keep.
    pub digest: &'a str,
    /// How far its log is, where it said so.
    pub head: Option<&'a SpokenHead>,
}

impl PeerAsks<'_> {
    fn takes(&self) -> Taking {
        let (peer, asked) = (self.peer, self.asked);
        let mut detail: Vec<(&'static str, Value)> = vec![
            ("peer", peer.to_string().into()),
            ("digest", self.digest.into()),
            ("office", asked.office.as_str().into()),
            ("clerk", asked.clerk.as_str().into()),
        ];
        detail.extend(self.head.and_then(|head| serde_json::to_value(head).ok()).map(|head| ("head", head)));
        let (office, name, act) = (asked.office.clone(), asked.office_name.clone(), asked.act.clone());
        Taking {
            document: asked.document.clone(),
            by: Taker::Peer(PeerOffice { peer, office, name, act }),
            staff: None,
            purpose: asked.purpose.clone(),
            detail,
        }
    }
}

/// What a window gets.
#[derive(Clone)]
pub struct Fetched {
    /// The receipt.
    pub receipt: Receipt,
    /// The photo file, JPEG.
    pub photo: Vec<u8>,
    /// Until when it is held.
    pub reserved_until: Moment,
}

/// A receipt's row on its way in.
#[derive(Clone)]
pub struct Begun {
    pub id: ReceiptId,
    pub order: OrderId,
    pub attempt: AttemptId,
    pub number: Vec<u8>,
    pub number_sealed: Vec<u8>,
    pub documents: Vec<String>,
    pub signed: String,
    pub photo: Sealed,
    pub valid_until: Date,
}

/// A receipt's row.
pub struct SealedReceipt {
    pub receipt: Receipt,
    pub number_sealed: Option<Vec<u8>>,
    pub token: Option<String>,
    pub photo: Option<Sealed>,
}

impl Store {
    /// Issues the receipts of approved orders: the number is drawn and the bytes to be signed are stored, then they are signed, then all
    /// that follows is one transaction. After a crash in between, the stored bytes are signed, never others. Gives how many
    /// were issued.
    ///
    /// # Errors
    /// [`StoreError::Blob`], [`StoreError::Db`].
    pub async fn issue_due(&self, terms: &(dyn Fn(&Order, Date) -> IssueTerms + Sync)) -> Result<usize> {
        for order in read!(self.0.db, receipt::due())? {
            let terms = terms(&order, self.now().day(self.0.zone));
            self.begin_receipt(&order, terms).await?;
        }
        let mut issued = 0;
        for (id, of, signed) in read!(self.0.db, receipt::unsigned())? {
            let Some(signer) = key_of(&signed).and_then(|key| self.0.keys.signer_of(&key)) else {
                tracing::error!(receipt = %id, "the key that this receipt was begun under is gone");
                continue;
            };
            let token = signer.token(&signed);
            let entry = self.entry(Actor::Service, "receipt.issued", &id, &[("order", of.to_string().into())]);
            let message = self.message(of, Happening::ReceiptIssued, entry.at);
            let keys = self.0.keys.clone();
            issued += usize::from(change!(self.0.db, receipt::finish(keys, id, of, token, message, entry))?);
        }
        if issued > 0 {
            self.sweep().await?;
        }
        Ok(issued)
    }

    async fn begin_receipt(&self, order: &Order, terms: IssueTerms) -> Result<()> {
        let Some((attempt, file)) = read!(self.0.db, receipt::source(order.id))? else {
            return Err(StoreError::Absent("approved photo"));
        };
        let photo = self.get(&picture_name(attempt, PictureKind::IdPhoto), &file).await?;
        let photo = photo.ok_or(StoreError::Absent("file of an approved photo"))?;
        let now = self.now();
        let mut random = self.0.random.draw();
        let number = ReceiptNumber::draw(self.0.issuer, &mut random);
        let id = ReceiptId::new(now, &mut random);
        let key = SecretKey::draw(&mut random);
        let about = photo_name(id);
        let sealed = key.seal(&about, &photo, &mut random);
        let wrapped = self.0.keys.ring.of_number(&number).seal(&about, key.reveal(), &mut random);
        let blob = id.to_string().to_lowercase();
        let day_after = terms.valid_until.tomorrow().unwrap_or(terms.valid_until);
        let claims = Claims {
            v: 1,
            n: Claims::hash_of(&number),
            d: terms.documents.clone(),
            c: order.city.clone(),
            iat: now.0 / 1000,
            exp: midnight(day_after, self.0.zone).0 / 1000,
            p: Claims::digest_of(&photo),
            r: order.rules.clone(),
        };
        let begun = Begun {
            id,
            order: order.id,
            attempt,
            number: self.number_index(&number),
            number_sealed: self.0.keys.ring.seal(&number_name(id), number.reveal().as_bytes(), &mut random),
            documents: terms.documents,
            signed: to_be_signed(&claims, self.0.keys.signer.id()),
            photo: Sealed { blob: blob.clone(), key: wrapped },
            valid_until: terms.valid_until,
        };
        self.0.blobs.put(&blob, sealed).await?;
        let entry = self.entry(Actor::Service, "receipt.signing", &id, &[("order", order.id.to_string().into())]);
        let keys = self.0.keys.clone();
        if !change!(self.0.db, receipt::begin(keys, begun, entry))? {
            self.0.blobs.delete(&blob).await?;
        }
        Ok(())
    }

    /// The receipt of an order, for its owner; `None` before it is issued.
    ///
    /// # Errors
    /// [`StoreError::Seal`].
    pub async fn receipt_of(&self, of: OrderId) -> Result<Option<Issued>> {
        let Some(found) = read!(self.0.db, receipt::of_order(of))? else { return Ok(None) };
        let (Some(sealed), Some(token)) = (&found.number_sealed, found.token) else { return Ok(None) };
        let number = self.open_number(found.receipt.id, sealed)?;
        Ok(Some(Issued { receipt: found.receipt, number, token }))
    }

    /// The last day of an order's receipt, which stays known after its end; `None` before it is issued.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn last_day_of(&self, of: OrderId) -> Result<Option<Date>> {
        Ok(read!(self.0.db, receipt::of_order(of))?.map(|found| found.receipt.valid_until))
    }

    /// The photo of an order's receipt, for its owner; `None` before it is issued and after it was erased.
    ///
    /// # Errors
    /// [`StoreError::Seal`], [`StoreError::Blob`].
    pub async fn receipt_photo(&self, of: OrderId) -> Result<Option<Vec<u8>>> {
        let Some(found) = read!(self.0.db, receipt::of_order(of))? else { return Ok(None) };
        let Some(sealed) = &found.number_sealed else { return Ok(None) };
        let number = self.open_number(found.receipt.id, sealed)?;
        self.open_photo_of(&found, &number).await
    }

    /// How the receipt of a number stands, for anybody; `None` for one that there is not.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn standing(&self, number: &ReceiptNumber) -> Result<Option<Standing>> {
        let index = self.number_index(number);
        let found = read!(self.0.db, receipt::by_number(index))?;
        Ok(found.map(|found| found.receipt.standing(self.today())))
    }

    /// What a scanned token says, if its signature is ours, and how its receipt stands; `None` for what is no token of ours. A token
    /// whose receipt is not here stands nowhere: it was signed elsewhere with our key, or the data are older than it.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn standing_of_token(&self, token: &str) -> Result<Option<(Claims, Option<Standing>)>> {
        let Ok(claims) = self.0.keys.verifier.read(token) else { return Ok(None) };
        let found = read!(self.0.db, receipt::by_token(token.to_owned()))?;
        Ok(Some((claims, found.map(|found| found.receipt.standing(self.today())))))
    }

    /// Lets a window have the photo of a number for a document, and holds it for ten minutes.
    ///
    /// # Errors
    /// [`StoreError::Fetch`] by cause; each refusal is logged.
    pub async fn reserve(&self, number: &ReceiptNumber, document: &str, window: &Window) -> Result<Fetched> {
        self.take(number, window.takes(document)).await
    }

    /// The same for a window of a peer's, by what it asked, and how far its log said to be.
    ///
    /// # Errors
    /// As [`Self::reserve`].
    pub async fn reserve_for(&self, number: &ReceiptNumber, asks: &PeerAsks<'_>) -> Result<Fetched> {
        self.take(number, asks.takes()).await
    }

    async fn take(&self, number: &ReceiptNumber, taking: Taking) -> Result<Fetched> {
        // The same window may use it up, so that its photo is erased, before the file is read: asked again, that is told.
        for _ in 0..2 {
            let entry = self.fetching("receipt.reserved", &taking);
            let until = entry.at.after_ms(RESERVED_MS);
            let (keys, index, today) = (self.0.keys.clone(), self.number_index(number), self.today());
            let found = change!(self.0.db, receipt::reserve(keys, index, taking, until, today, entry));
            let found = self.logged(found, &taking).await?;
            if let Some(photo) = self.open_photo_of(&found, number).await? {
                return Ok(Fetched { receipt: found.receipt, photo, reserved_until: until });
            }
        }
        Err(StoreError::Absent("file of a receipt"))
    }

    /// Uses the photo that a window holds, for good. Once every document has used it, it is erased.
    ///
    /// # Errors
    /// [`FetchError::Taken`] where it is used already or held by another office, or the ten minutes are over.
    pub async fn consume(&self, number: &ReceiptNumber, document: &str, window: &Window) -> Result<Use> {
        self.use_up(number, window.takes(document)).await
    }

    /// The same for a window of a peer's, which may say so late and more than once.
    ///
    /// # Errors
    /// [`FetchError::Taken`] where somebody else has used it or holds it.
    pub async fn consume_for(&self, number: &ReceiptNumber, asks: &PeerAsks<'_>) -> Result<Use> {
        self.use_up(number, asks.takes()).await
    }

    async fn use_up(&self, number: &ReceiptNumber, taking: Taking) -> Result<Use> {
        let entry = self.fetching("receipt.consumed", &taking);
        // The order is known only inside the transaction, which puts it in.
        let message = self.message(OrderId::new(entry.at, &mut self.0.random.draw()), Happening::ReceiptUsed, entry.at);
        let (keys, index) = (self.0.keys.clone(), self.number_index(number));
        let used = change!(self.0.db, receipt::consume(keys, index, taking, message, entry));
        let used = self.logged(used, &taking).await?;
        self.sweep().await?;
        Ok(used)
    }

    /// Which clerk used a receipt's photo for a document; `None` where nobody of ours did.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn used_by(&self, number: &ReceiptNumber, document: &str) -> Result<Option<StaffId>> {
        let (number, document) = (self.number_index(number), document.to_owned());
        read!(self.0.db, receipt::used_by(number, document))
    }

    /// Gives back the photo that a window holds, unused.
    ///
    /// # Errors
    /// [`FetchError::Unknown`].
    pub async fn release(&self, number: &ReceiptNumber, document: &str, window: &Window) -> Result<()> {
        self.give_back(number, window.takes(document)).await
    }

    /// The same for a window of a peer's.
    ///
    /// # Errors
    /// [`FetchError::Unknown`].
    pub async fn release_for(&self, number: &ReceiptNumber, asks: &PeerAsks<'_>) -> Result<()> {
        self.give_back(number, asks.takes()).await
    }

    async fn give_back(&self, number: &ReceiptNumber, taking: Taking) -> Result<()> {
        let entry = self.fetching("receipt.released", &taking);
        let (keys, index) = (self.0.keys.clone(), self.number_index(number));
        change!(self.0.db, receipt::release(keys, index, taking, entry))
    }

    /// Ends receipts whose last day is over, and erases their photos. Gives how many.
    ///
    /// # Errors
    /// [`StoreError::Db`], [`StoreError::Blob`].
    pub async fn expire_receipts(&self) -> Result<usize> {
        let lapsed = read!(self.0.db, receipt::lapsed(self.today()))?;
        let count = lapsed.len();
        for (id, of) in lapsed {
            let entry = self.entry(Actor::Service, "receipt.expired", &id, &[]);
            let message = Some(self.message(of, Happening::ReceiptExpired, entry.at));
            let (keys, state) = (self.0.keys.clone(), ReceiptState::Tombstone);
            change!(self.0.db, receipt::end(keys, of, state, message, entry))?;
        }
        if count > 0 {
            self.sweep().await?;
        }
        Ok(count)
    }

    /// Takes back an order's receipt at its citizen's wish, and erases the photo.
    pub(crate) async fn revoke(&self, of: OrderId) -> Result<()> {
        let entry = self.entry(self.1.actor, "receipt.revoked", &of, &[]);
        let (keys, state, message) = (self.0.keys.clone(), ReceiptState::Revoked, None);
        change!(self.0.db, receipt::end(keys, of, state, message, entry))?;
        self.sweep().await
    }

    /// Today, at the offices.
    #[must_use]
    pub fn today(&self) -> Date {
        self.now().day(self.0.zone)
    }

    async fn open_photo_of(&self, found: &SealedReceipt, number: &ReceiptNumber) -> Result<Option<Vec<u8>>> {
        let Some(file) = &found.photo else { return Ok(None) };
        let about = photo_name(found.receipt.id);
        let Some(sealed) = self.0.blobs.get(&file.blob).await? else { return Ok(None) };
        let key = open_key(&self.0.keys.ring.of_number(number).open(&about, &file.key)?)?;
        Ok(Some(key.open(&about, &sealed)?.to_vec()))
    }

    /// A refused fetch is an event too.
    async fn logged<T>(&self, done: Result<T>, taking: &Taking) -> Result<T> {
        if let Err(StoreError::Fetch(error)) = &done {
            let why = match error {
                FetchError::Unknown => "unknown".to_owned(),
                FetchError::NotValid(standing) => standing.word().to_owned(),
                FetchError::OtherDocument(_) => "other document".to_owned(),
                FetchError::Taken(_) => "taken".to_owned(),
            };
            let mut entry = self.fetching("receipt.refused", taking);
            entry.detail.insert("why".to_owned(), Value::from(why));
            let (keys, entries) = (self.0.keys.clone(), vec![entry]);
            change!(self.0.db, log::add(keys, entries))?;
        }
        done
    }

    fn fetching(&self, action: &str, taking: &Taking) -> Entry {
        let detail: [(&str, Value); 2] =
            [("document", taking.document.as_str().into()), ("purpose", taking.purpose.as_str().into())];
        let actor = taking.staff.map_or(Actor::Service, Actor::Staff);
        let mut entry = self.entry(actor, action, &"", &detail);
        entry.detail.extend(taking.detail.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
        entry
    }

    pub(crate) fn number_index(&self, number: &ReceiptNumber) -> Vec<u8> {
        self.0.keys.ring.index("receipt number", number.reveal()).to_vec()
    }

    fn open_number(&self, id: ReceiptId, sealed: &[u8]) -> Result<ReceiptNumber> {
        let plain = self.0.keys.ring.open(&number_name(id), sealed)?;
        let number = std::str::from_utf8(&plain).ok().and_then(|text| text.parse().ok());
        number.ok_or_else(|| StoreError::Row { what: "a receipt's number", value: id.to_string() })
    }
}

/// The name of the key that bytes are to be signed with, from their header.
fn key_of(signed: &str) -> Option<String> {
    use base64::Engine as _;
    let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(signed.split('.').next()?).ok()?;
    let header: Value = serde_json::from_slice(&header).ok()?;
    Some(header.get("kid")?.as_str()?.to_owned())
}

fn photo_name(id: ReceiptId) -> String {
    format!("receipt {id} photo")
}

fn number_name(id: ReceiptId) -> String {
    format!("receipt {id} number")
}
