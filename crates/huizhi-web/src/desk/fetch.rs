//! Fetching a photo by its number, for the window's page and its interface for machines alike: who may ask how often, and in
//! which words a refusal is told.

use huizhi_domain::applicant::{IdNumber, PersonName};
use huizhi_domain::clock::Moment;
use huizhi_domain::id::OfficeId;
use huizhi_domain::receipt::{FetchError, ReceiptNumber, Standing, Taker};
use huizhi_domain::staff::{Office, Staff};
use huizhi_domain::visit::Visitor;
use huizhi_store::{Fetched, StoreError, Window};
use jiff::civil::Date;

use super::bound::{Bound, Unbound};
use super::elsewhere::{self, Trouble};
use crate::app::App;

/// What a photo is fetched for (D20).
pub const PURPOSES: [&str; 4] = ["first", "renewal", "replacement", "change"];

/// A clerk who asks for a photo.
pub struct Asking<'a> {
    /// The clerk.
    pub staff: &'a Staff,
    /// Their office.
    pub office: &'a Office,
    /// The document.
    pub document: &'a str,
    /// One of [`PURPOSES`].
    pub purpose: &'a str,
    /// What the terminal is to it.
    pub terminal: Bound,
}

/// Why a window does not get the photo.
#[derive(Debug)]
pub enum Refusal {
    /// The terminal is none of this office's, or the office is closed.
    Terminal(Unbound),
    /// The terminal fetched too many; until when.
    TooFast(Moment),
    /// Too many unknown numbers; until when.
    Locked(Moment),
    /// No such receipt; how many more tries this hour.
    Unknown {
        /// Tries that are left.
        left: usize,
    },
    /// Not for this document.
    OtherDocument,
    /// Expired, used up or revoked.
    NotValid(Standing),
    /// Used for this document before.
    Used {
        /// When.
        at: Moment,
        /// Where.
        office: String,
    },
    /// Another office holds it.
    Held {
        /// Until when.
        until: Moment,
        /// Where.
        office: String,
    },
    /// It is a peer's, and not to be had.
    Elsewhere {
        /// What the peer is called.
        peer: String,
        /// Why.
        trouble: Trouble,
    },
    /// Ours.
    Failed(StoreError),
}

/// What a window gets, ours or a peer's.
pub struct Got {
    /// Id of the receipt's record.
    pub receipt: String,
    /// Name and number of the applicant, masked.
    pub applicant: Option<String>,
    /// The same in clear; a peer gives it masked only.
    pub whose: Option<Applicant>,
    /// The last day.
    pub valid_until: Date,
    /// Until when it is held.
    pub reserved_until: Moment,
    /// The file, JPEG.
    pub photo: Vec<u8>,
    /// The centre that issued it, where it is not ours.
    pub peer: Option<String>,
}

/// A photo that was used.
pub struct Used {
    /// The document.
    pub document: String,
    /// The office.
    pub office: OfficeId,
    /// When.
    pub at: Moment,
    /// The centre that issued it, where it does not know yet: it is told until it does.
    pub to_be_told: Option<String>,
}

impl Asking<'_> {
    /// The window, as the store knows it.
    pub fn window(&self) -> Window {
        Window { staff: self.staff.id, office: self.office.id, purpose: self.purpose.to_owned() }
    }

    /// Gets the photo and holds it for ten minutes: one of ours, or of the peer that issued the number.
    ///
    /// # Errors
    /// [`Refusal`], by cause.
    pub async fn fetch(&self, app: &App, number: &ReceiptNumber) -> Result<Got, Refusal> {
        self.unlocked(app)?;
        self.paced(app)?;
        if is_elsewhere(app, number) {
            return elsewhere::fetch(app, self, number).await;
        }
        match app.store.reserve(number, self.document, &self.window()).await {
            Ok(fetched) => {
                let whose = Applicant::of(app, &fetched).await.map_err(Refusal::Failed)?;
                Ok(Got {
                    receipt: fetched.receipt.id.to_string(),
                    applicant: whose.masked(),
                    whose: Some(whose),
                    valid_until: fetched.receipt.valid_until,
                    reserved_until: fetched.reserved_until,
                    photo: fetched.photo,
                    peer: None,
                })
            }
            Err(error) => Err(self.refusal(app, error).await),
        }
    }

    /// Uses the photo for good.
    ///
    /// # Errors
    /// [`Refusal`], by cause.
    pub async fn consume(&self, app: &App, number: &ReceiptNumber) -> Result<Used, Refusal> {
        self.unlocked(app)?;
        if is_elsewhere(app, number) {
            return elsewhere::consume(app, self, number).await;
        }
        match app.store.consume(number, self.document, &self.window()).await {
            Ok(used) => Ok(Used {
                document: used.document,
                office: self.office.id,
                at: used.consumed_at.unwrap_or_else(|| app.store.now()),
                to_be_told: None,
            }),
            Err(error) => Err(self.refusal(app, error).await),
        }
    }

    /// Gives the photo back unused.
    ///
    /// # Errors
    /// [`Refusal`], by cause.
    pub async fn release(&self, app: &App, number: &ReceiptNumber) -> Result<(), Refusal> {
        self.unlocked(app)?;
        if is_elsewhere(app, number) {
            return elsewhere::release(app, self, number).await;
        }
        match app.store.release(number, self.document, &self.window()).await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.refusal(app, error).await),
        }
    }

    /// There is no such receipt, which is counted.
    pub fn missed(&self, app: &App) -> Refusal {
        let now = app.store.now();
        app.shared.desk.misses.failed(&self.staff.id, now);
        Refusal::Unknown { left: app.shared.desk.misses.left(&self.staff.id, now) }
    }

    /// Counts a fetch of the terminal, where windows are bound to theirs.
    fn paced(&self, app: &App) -> Result<(), Refusal> {
        let Bound::At(terminal) = self.terminal else { return Ok(()) };
        let now = app.store.now();
        if let Some(until) = app.shared.desk.fetches.waits_until(&terminal, now) {
            return Err(Refusal::TooFast(until));
        }
        app.shared.desk.fetches.failed(&terminal, now);
        Ok(())
    }

    fn unlocked(&self, app: &App) -> Result<(), Refusal> {
        if let Bound::Not(why) = self.terminal {
            return Err(Refusal::Terminal(why));
        }
        match app.shared.desk.misses.waits_until(&self.staff.id, app.store.now()) {
            Some(until) => Err(Refusal::Locked(until)),
            None => Ok(()),
        }
    }

    async fn refusal(&self, app: &App, error: StoreError) -> Refusal {
        let fetch = match error {
            StoreError::Fetch(fetch) => fetch,
            other => return Refusal::Failed(other),
        };
        match fetch {
            FetchError::Unknown => self.missed(app),
            FetchError::OtherDocument(_) => Refusal::OtherDocument,
            FetchError::NotValid(standing) => Refusal::NotValid(standing),
            FetchError::Taken(used) => match (office_of(app, &used.by).await, used.consumed_at) {
                (Err(error), _) => Refusal::Failed(error),
                (Ok(office), Some(at)) => Refusal::Used { at, office },
                (Ok(office), None) => Refusal::Held { until: used.reserved_until, office },
            },
        }
    }
}

fn is_elsewhere(app: &App, number: &ReceiptNumber) -> bool {
    number.issuer() != app.store.issuer()
}

/// What an office is called that took a photo; before one of a peer's stands what the peer is called.
///
/// # Errors
/// As the store.
pub async fn office_of(app: &App, by: &Taker) -> Result<String, StoreError> {
    match by {
        Taker::Office(id) => {
            let office = app.store.office(*id).await?;
            Ok(office.map_or_else(|| id.to_string(), |office| office.name))
        }
        Taker::Peer(office) => {
            let peer = app.store.peer(office.peer).await?;
            Ok(format!("{} {}", peer.map_or_else(|| office.peer.to_string(), |peer| peer.name), office.name))
        }
    }
}

/// The applicant of a fetched photo, masked: enough to compare with the card on the counter. `None` where the document asked for
/// no name and no number.
///
/// # Errors
/// As the store.
pub async fn masked_applicant(app: &App, fetched: &Fetched) -> Result<Option<String>, StoreError> {
    Ok(Applicant::of(app, fetched).await?.masked())
}

/// Name and number of a receipt's applicant, as far as its document asked for them.
pub struct Applicant {
    name: Option<PersonName>,
    number: Option<IdNumber>,
}

impl Applicant {
    async fn of(app: &App, fetched: &Fetched) -> Result<Self, StoreError> {
        let applicant = app.store.applicant(fetched.receipt.order).await?.unwrap_or_default();
        let read = |number: &str| {
            IdNumber::parse(number, app.store.today()).or_else(|_| IdNumber::of_other_document(number)).ok()
        };
        Ok(Self {
            name: applicant.name.as_deref().and_then(|name| PersonName::parse(name).ok()),
            number: applicant.id_number.as_deref().and_then(read),
        })
    }

    fn masked(&self) -> Option<String> {
        let name = self.name.as_ref().map(PersonName::masked);
        let both: Vec<String> = name.into_iter().chain(self.number.as_ref().map(IdNumber::masked)).collect();
        (!both.is_empty()).then(|| both.join(" "))
    }

    fn is_other(&self, visitor: &Visitor) -> bool {
        let name = |it: &PersonName| !it.as_str().eq_ignore_ascii_case(visitor.name.as_str());
        // Somebody may have an ID card here and a passport there.
        let number = |it: &IdNumber| it.kind() == visitor.number.kind() && it.as_str() != visitor.number.as_str();
        self.name.as_ref().is_some_and(name) || self.number.as_ref().is_some_and(number)
    }
}

impl Got {
    /// Whether the receipt is somebody else's than the one who came.
    #[must_use]
    pub fn is_other(&self, visitor: &Visitor) -> bool {
        let (name, number) = (visitor.name.masked(), visitor.number.masked());
        match (&self.whose, &self.applicant) {
            (Some(whose), _) => whose.is_other(visitor),
            (None, Some(said)) => ![format!("{name} {number}"), name, number].contains(said),
            (None, None) => false,
        }
    }
}
