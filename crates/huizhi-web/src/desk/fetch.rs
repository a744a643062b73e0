//! Fetching a photo by its number, for the window's page and its interface for machines alike: who may ask how often, and in
//! which words a refusal is told.

use huizhi_domain::applicant::{IdNumber, PersonName};
use huizhi_domain::clock::Moment;
use huizhi_domain::receipt::{FetchError, ReceiptNumber, Standing, Use};
use huizhi_domain::staff::{Office, Staff};
use huizhi_store::{Fetched, StoreError, Window};

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
}

/// Why a window does not get the photo.
#[derive(Debug)]
pub enum Refusal {
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
    /// Ours.
    Failed(StoreError),
}

impl Asking<'_> {
    fn window(&self) -> Window {
        Window { staff: self.staff.id, office: self.office.id, purpose: self.purpose.to_owned() }
    }

    /// Gets the photo and holds it for ten minutes.
    ///
    /// # Errors
    /// [`Refusal`], by cause.
    pub async fn fetch(&self, app: &App, number: &ReceiptNumber) -> Result<Fetched, Refusal> {
        self.unlocked(app)?;
        match app.store.reserve(number, self.document, &self.window()).await {
            Ok(fetched) => Ok(fetched),
            Err(error) => Err(self.refusal(app, error).await),
        }
    }

    /// Uses the photo for good.
    ///
    /// # Errors
    /// [`Refusal`], by cause.
    pub async fn consume(&self, app: &App, number: &ReceiptNumber) -> Result<Use, Refusal> {
        self.unlocked(app)?;
        match app.store.consume(number, self.document, &self.window()).await {
            Ok(used) => Ok(used),
            Err(error) => Err(self.refusal(app, error).await),
        }
    }

    /// Gives the photo back unused.
    ///
    /// # Errors
    /// [`Refusal`], by cause.
    pub async fn release(&self, app: &App, number: &ReceiptNumber) -> Result<(), Refusal> {
        self.unlocked(app)?;
        match app.store.release(number, self.document, &self.window()).await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.refusal(app, error).await),
        }
    }

    fn unlocked(&self, app: &App) -> Result<(), Refusal> {
        match app.desk.misses.waits_until(&self.staff.id, app.store.now()) {
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
            FetchError::Unknown => {
                let now = app.store.now();
                app.desk.misses.failed(&self.staff.id, now);
                Refusal::Unknown { left: app.desk.misses.left(&self.staff.id, now) }
            }
            FetchError::OtherDocument(_) => Refusal::OtherDocument,
            FetchError::NotValid(standing) => Refusal::NotValid(standing),
            FetchError::Taken(used) => match app.store.office(used.office).await {
                Err(error) => Refusal::Failed(error),
                Ok(office) => {
                    let office = office.map_or_else(|| used.office.to_string(), |office| office.name);
                    match used.consumed_at {
                        Some(at) => Refusal::Used { at, office },
                        None => Refusal::Held { until: used.reserved_until, office },
                    }
                }
            },
        }
    }
}

/// The applicant of a fetched photo, masked: enough to compare with the card on the counter. `None` where the document asked for
/// no name and no number.
///
/// # Errors
/// As the store.
pub async fn masked_applicant(app: &App, fetched: &Fetched) -> Result<Option<String>, StoreError> {
    let Some(applicant) = app.store.applicant(fetched.receipt.order).await? else { return Ok(None) };
    let name = applicant.name.as_deref().and_then(|name| PersonName::parse(name).ok()).map(|name| name.masked());
    let number = applicant.id_number.as_deref().and_then(|number| {
        let read = IdNumber::parse(number, app.store.today()).or_else(|_| IdNumber::of_other_document(number));
        read.ok().map(|number| number.masked())
    });
    let both: Vec<String> = name.into_iter().chain(number).collect();
    Ok((!both.is_empty()).then(|| both.join(" ")))
}
