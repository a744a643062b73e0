//! Where orders, receipts and photos are kept: SQLite or PostgreSQL, and sealed files.
//!
//! [`Store`] is what the service calls; one file a noun. The statements stand once, in `sql/`, and are compiled for either
//! database: `sqlite.rs` and `postgres.rs` say what differs. Every change is one transaction, which also writes the log's
//! entry and the citizen's message.

#![forbid(unsafe_code)]
#![expect(clippy::duplicate_mod, reason = "the statements are compiled once for each database")]

mod blobs;
mod db;
mod error;
mod examine;
mod keys;
mod postgres;
mod random;
mod sqlite;
mod tables;

mod account;
mod amendment;
mod appointment;
mod article;
mod checkout;
mod comment;
mod consent;
mod dashboard;
mod delivery;
mod elsewhere;
mod envelope;
mod erase;
mod face;
mod figures;
mod given;
mod hook;
mod idempotency;
mod invitation;
mod log;
mod message;
mod notice;
mod order;
mod outside;
mod pace;
mod partner;
mod passkey;
mod payment;
mod peer;
mod person;
mod photo;
mod picture;
mod proposal;
mod receipt;
mod release;
mod residence;
mod review;
mod schedule;
mod search;
mod second;
mod slot_audit;
mod staff;
mod support;
mod taken;
mod terminal;
mod ticket;
mod visit_delivery;
mod wechat;
mod window_photo;
mod wish;

use std::path::Path;
use std::sync::{Arc, RwLock};

use huizhi_domain::audit::Actor;
use huizhi_domain::calendar::Calendar;
use huizhi_domain::clock::{Clock, Moment, Zone};
use huizhi_domain::receipt::Issuer;
use huizhi_domain::visit::Businesses;
use tokio::sync::mpsc;

pub use account::{CodeAnswer, CodeSent, Limited, SessionLine, Try};
pub use amendment::NewAmendment;
pub use appointment::{Answer, Ask, Given, Planned};
pub use article::{ArticleChange, ArticleRecord, NewVersion, StateLine, VersionLine};
pub use blobs::{Blobs, Bucket};
pub use checkout::{Came, Checkout, Errand, Way};
pub use comment::{Comment, CommentRefused, SentComment, Waiting as CommentsWaiting};
pub use dashboard::CityFigures;
pub use db::Place;
pub use elsewhere::{Elsewhere, ElsewhereState, Said};
pub use envelope::{Files, Heard, Question};
pub use erase::{Erased, Looked};
pub use error::StoreError;
pub use examine::Examined;
pub use face::{ChallengeFor, FaceKept, TakenChallenge};
pub use figures::{Spread, VisitFigures};
pub use given::{AtPeer, Back, CaseErrand, GivenCase, PeerQueue};
pub use hook::{Hook, HookSecret};
pub use idempotency::{Reserved, Ticket};
pub use invitation::{Invitation, NewInvitation};
pub use keys::Keys;
pub use log::{Checked, LogFault};
pub use order::{ApplicantRecord, Guess, NewOrder, Secret, Visitor};
pub use outside::{Link, Linked, Passage, Unlinked};
pub use pace::TooFast;
pub use partner::{NewKey, OrderPage};
pub use passkey::{Passkey, Purpose};
pub use payment::Refund;
pub use peer::PeerLine;
pub use person::TakenOver;
pub use photo::{Judgement, Photo, PhotoState, Picture, PictureKind, ToJudge};
pub use picture::{Illustrated, NewPicture, PictureLine};
pub use random::{Entropy, OsEntropy};
pub use receipt::{Fetched, IssueTerms, Issued, PeerAsks, Window};
pub use release::{Entering, Room};
pub use residence::{NewDeclaration, OfficeAnswer, PassRead, ResidenceCode, ResidenceLink};
pub use review::{Board, Case, CodeLine, Queue, ReviewerLine};
pub use schedule::{HitBooking, NewClosure, ScheduleEdit, SchedulePreview, SlotChange};
pub use search::{Found, Hit};
pub use second::Factors;
pub use slot_audit::SlotAudit;
pub use staff::{NewOffice, NewStaff, Second, Session, StaffLine};
pub use support::{Answering, NewInquiry};
pub use taken::NewCase;
pub use terminal::{Terminal, TerminalLine};
pub use ticket::{Arrival, CheckedIn, WalkIn};
pub use wechat::Spent;
pub use window_photo::NewWindowPhoto;
pub use wish::{NewWish, Wished};

/// What the functions of this crate give.
pub type Result<T> = std::result::Result<T, StoreError>;

/// Everything that is kept. Cheap to clone.
#[derive(Clone)]
pub struct Store(Arc<Inner>, Hand);

/// In whose name orders are changed, and the request that is done by it.
#[derive(Clone)]
struct Hand {
    actor: Actor,
    ticket: Option<Ticket>,
}

struct Inner {
    db: db::Db,
    blobs: Blobs,
    keys: Arc<Keys>,
    clock: Arc<dyn Clock>,
    random: Arc<random::Random>,
    zone: Zone,
    issuer: Issuer,
    // Those that come with the program, until the service says what amendments make of them.
    calendar: RwLock<Arc<Calendar>>,
    businesses: RwLock<Arc<Businesses>>,
    booking: mpsc::Sender<appointment::Waiting>,
}

/// What a store is opened with.
pub struct Settings {
    /// Where the database is.
    pub place: Place,
    /// Where the sealed files are.
    pub blobs: Blobs,
    /// The keys.
    pub keys: Keys,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness for ids, keys and numbers.
    pub entropy: Box<dyn Entropy>,
    /// The offices' zone.
    pub zone: Zone,
    /// Who issues receipts.
    pub issuer: Issuer,
}

impl Store {
    /// Opens a store and brings its tables up to date.
    ///
    /// # Errors
    /// [`StoreError::Db`] where the database can't be opened, or is newer than this program.
    pub async fn open(settings: Settings) -> Result<Self> {
        let keys = Arc::new(settings.keys);
        let db = db::Db::open(&settings.place).await?;
        let faulty = |what, error: String| StoreError::Row { what, value: error };
        let (booking, waiting) = mpsc::channel(appointment::WAITING);
        let inner = Arc::new(Inner {
            db,
            blobs: settings.blobs,
            keys,
            clock: settings.clock,
            random: Arc::new(random::Random::new(settings.entropy)),
            zone: settings.zone,
            issuer: settings.issuer,
            calendar: RwLock::new(Arc::new(
                Calendar::built_in().map_err(|error| faulty("the calendar", error.to_string()))?,
            )),
            businesses: RwLock::new(Arc::new(
                Businesses::built_in().map_err(|error| faulty("the businesses", error.to_string()))?,
            )),
            booking,
        });
        tokio::spawn(appointment::work(Arc::downgrade(&inner), waiting));
        Ok(Self(inner, Hand { actor: Actor::Citizen, ticket: None }))
    }

    /// The same store in another's name: the log says that they did what is done with orders. With a ticket, the first change also
    /// notes in its own transaction that the request is done, and no second change can be made with it.
    #[must_use]
    pub fn by(&self, actor: Actor, ticket: Option<Ticket>) -> Self {
        Self(Arc::clone(&self.0), Hand { actor, ticket })
    }

    /// Opens the embedded default: a database and sealed files in one folder, keys in another.
    ///
    /// # Errors
    /// As [`Self::open`], and where the folders can't be made.
    pub async fn embedded(data: &Path, keys: Keys, clock: Arc<dyn Clock>, issuer: Issuer) -> Result<Self> {
        std::fs::create_dir_all(data).map_err(|source| StoreError::Folder { path: data.to_owned(), source })?;
        Self::open(Settings {
            place: Place::Sqlite(data.join("huizhi.sqlite")),
            blobs: Blobs::folder(&data.join("blobs"))?,
            keys,
            clock,
            entropy: Box::new(OsEntropy),
            zone: Zone::CHINA,
            issuer,
        })
        .await
    }

    /// The moment, by the store's clock.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.0.clock.now()
    }

    /// The offices' zone.
    #[must_use]
    pub fn zone(&self) -> Zone {
        self.0.zone
    }

    /// The keys.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.0.keys
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`StoreError::Db`] where it does not.
    pub async fn alive(&self) -> Result<()> {
        db::read!(self.0.db, log::alive())
    }

    /// Comes back when the database takes no more writes, because one failed; then the service has to end (security.md §1). Never with
    /// PostgreSQL, which sees to that itself.
    pub async fn stopped(&self) {
        self.0.db.stopped().await;
    }

    /// Ends reading. Nothing that was answered waits to be written.
    pub async fn close(&self) {
        self.0.db.close().await;
    }
}
