//! What every handler needs, and what the operator sets.

use std::fmt::Display;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock, Weak};

use axum::http::HeaderMap;
use huizhi_domain::amendment::{Amendment, Kind, Target};
use huizhi_domain::article::terms::TermsError;
use huizhi_domain::city::RegionCode;
use huizhi_domain::comment::ContentError;
use huizhi_domain::pace;
use huizhi_domain::policy::Policy;
use huizhi_domain::residence;
use huizhi_domain::staff::Role;
use huizhi_domain::support;
use huizhi_domain::visit::BusinessError;
use huizhi_domain::visit::district::DistrictError;
use huizhi_domain::visit::notice::NoticeError;
use huizhi_domain::words::Lang;
use huizhi_outside::{Outside, WechatPay};
use huizhi_photo::rejection::Rejection;
use huizhi_photo::spec::{Name, Spec};
use huizhi_sandbox::{Document, Workers};
use huizhi_store::Store;
use jiff::civil::Date;
use tokio::sync::Notify;

use crate::account;
use crate::api::Machines;
use crate::citizen::rate::Rate;
use crate::citizen::support::settings::Support;
use crate::data::{self, Data, Skipped};
use crate::desk::memory::Memory;
use crate::gate::lists::Networks;
use crate::live::Current;
use crate::page::Pages;
use crate::peer::Spoken;
use crate::visit::gate::Rooms;
use crate::words::words;

/// What the operator sets.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where citizens find the service: `https://id.example`. Cookies and HSTS follow its scheme.
    pub public_url: String,
    /// Whether this is a demonstration: pages say so.
    pub demo: bool,
    /// Whether a proxy of the operator's stands before the service and names the client in `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// One-time codes that may go out within 24 hours; each costs money, and a crowd that asks for them must not cost without end.
    pub codes_a_day: u32,
    /// How the operator's support is reached.
    pub support: Support,
    /// Whether reviewers, clerks and others need a second factor too; who leads, administers or operates always does.
    pub staff_second_factor: SecondFactor,
    /// Where clerks fetch photos.
    pub windows: Windows,
    /// The operator's own files of rules on what to bring, name without `.toml` and text; one of the same name stands in the place of ours.
    pub materials: Vec<(String, String)>,
    /// Networks that are shut out of what crowds ask for, or not counted there.
    pub networks: Networks,
    /// Who may write under articles.
    pub comments: Comments,
}

/// Whether staff need a second factor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SecondFactor {
    /// Who has none enrols one before anything else.
    Required,
    /// Who wants one enrols it.
    #[default]
    Offered,
}

/// Where clerks fetch photos.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Windows {
    /// Wherever they are signed in.
    #[default]
    Free,
    /// At a registered terminal of their office, while it is open.
    Bound,
}

/// Who may write under articles. In mainland China it has to be known who writes (CAC provisions on comments of 2022, art. 4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Comments {
    /// Who gives a name and an e-mail address.
    #[default]
    Anybody,
    /// Who is signed in.
    Accounts,
    /// Nobody; what is there stays.
    Nobody,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_url: "http://localhost:8080".to_owned(),
            demo: false,
            behind_proxy: false,
            codes_a_day: Self::CODES_A_DAY,
            support: Support::default(),
            staff_second_factor: SecondFactor::default(),
            windows: Windows::default(),
            materials: Vec::new(),
            networks: Networks::default(),
            comments: Comments::default(),
        }
    }
}

impl Settings {
    /// One-time codes a day where the operator says nothing: a county's daily business several times over.
    pub const CODES_A_DAY: u32 = 5000;

    /// Whether citizens come by https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// Whether somebody of a role has to enrol a second factor before anything else.
    #[must_use]
    pub fn needs_second_factor(&self, role: Role) -> bool {
        role.needs_second_factor() || self.staff_second_factor == SecondFactor::Required
    }

    /// An address of the service: its public URL and a path that begins with `/`.
    #[must_use]
    pub fn address(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.trim_end_matches('/'))
    }
}

/// Why the service can't be put together. The operator's, or ours, to mend.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// A document's specification or the list of rejections.
    #[error(transparent)]
    Photo(#[from] huizhi_photo::PhotoError),
    /// The table of cities.
    #[error(transparent)]
    City(#[from] huizhi_domain::city::CityError),
    /// The policies.
    #[error(transparent)]
    Policy(#[from] huizhi_domain::policy::PolicyError),
    /// The calendar of working days.
    #[error(transparent)]
    Calendar(#[from] huizhi_domain::calendar::CalendarError),
    /// The texts that are consented to.
    #[error(transparent)]
    Consent(#[from] huizhi_domain::consent::ConsentError),
    /// The rules on what to bring.
    #[error(transparent)]
    Materials(#[from] huizhi_domain::materials::MaterialsError),
    /// The paces of review.
    #[error(transparent)]
    Pace(#[from] pace::PaceError),
    /// What people come to a window for.
    #[error(transparent)]
    Business(#[from] BusinessError),
    /// What is to be known before booking.
    #[error(transparent)]
    Notice(#[from] NoticeError),
    /// The table of districts.
    #[error(transparent)]
    District(#[from] DistrictError),
    /// The rules of residence declarations.
    #[error(transparent)]
    Residence(#[from] residence::RulesError),
    /// The categories of articles.
    #[error(transparent)]
    Category(#[from] huizhi_domain::article::CategoryError),
    /// The list of words that comments are held against.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// What people ask most.
    #[error(transparent)]
    Topic(#[from] support::TopicError),
    /// How support works.
    #[error(transparent)]
    Support(#[from] support::ServiceError),
    /// The looks of receipts, or the font they are set in.
    #[error(transparent)]
    Paper(#[from] huizhi_paper::PaperError),
    /// The words that articles are held against.
    #[error(transparent)]
    Terms(#[from] TermsError),
    /// A template of a page.
    #[error("a template: {0}")]
    Template(#[from] minijinja::Error),
}

/// What every handler needs. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of an [`App`].
pub struct Parts {
    /// Orders, photos, receipts, staff.
    pub store: Store,
    /// The photo engine; absent on a machine that only shows pages and leaves photos to `huizhi work`.
    pub workers: Option<Workers>,
    /// What the operator sets.
    pub settings: Settings,
    /// Templates.
    pub pages: Arc<Pages>,
    /// Amendments that do not hold, because they can't be read.
    pub skipped: Vec<Skipped>,
    /// Of which state of the amendments this is: a number that grows; 0 before any was made.
    pub stamp: i64,
    /// What it goes by.
    pub data: Data,
    /// What receipts are set in.
    pub fonts: Arc<huizhi_paper::Fonts>,
    /// What the site remembers of articles: drawn with these data, and forgotten with them.
    pub site: crate::site::Memory,
    /// What every state of the service has in common.
    pub shared: Arc<Shared>,
}

/// What stays the same when amendments change: bells, limits, and what is remembered.
pub struct Shared {
    /// The service that this is of; set once, when it starts.
    pub live: OnceLock<Weak<Current>>,
    /// Rung when there may be work: a photo to judge, a decision to settle, a receipt to issue.
    pub bell: Notify,
    /// Rung when a photo was judged.
    pub judged: Notify,
    /// What the played engine says of the next films.
    #[cfg(test)]
    pub played_film: std::sync::Mutex<Option<huizhi_sandbox::Film>>,
    /// How often strangers may ask for a receipt.
    pub asked: Rate,
    /// How often machines may ask, and who waits for an answer.
    pub machines: Machines,
    /// What is remembered of peers that speak.
    pub spoken: Spoken,
    /// The ways out of the house; set once, when the service starts.
    pub outside: OnceLock<Outside>,
    /// What the desks remember: locked accounts, unknown numbers, common codes.
    pub desk: Memory,
    /// What is remembered of citizens who sign in.
    pub accounts: account::Memory,
    /// What is remembered of offices and their waiting rooms.
    pub rooms: Rooms,
}

/// What an [`App`] has beside its data, and keeps when these change.
struct Kept {
    store: Store,
    workers: Option<Workers>,
    settings: Settings,
    pages: Arc<Pages>,
    fonts: Arc<huizhi_paper::Fonts>,
    shared: Arc<Shared>,
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl std::ops::Deref for Parts {
    type Target = Data;

    fn deref(&self) -> &Data {
        &self.data
    }
}

impl App {
    /// Puts the service together from a store, the photo engine and the data that come with the crates.
    ///
    /// # Errors
    /// [`AppError`]: some of the data is faulty; tests hold that ours is not.
    pub fn new(store: Store, workers: Option<Workers>, settings: Settings) -> Result<Self, AppError> {
        let data = Data::read(data::built_in(&settings))?;
        let shared = Shared {
            live: OnceLock::new(),
            bell: Notify::new(),
            judged: Notify::new(),
            #[cfg(test)]
            played_film: std::sync::Mutex::default(),
            asked: Rate::default(),
            machines: Machines::default(),
            spoken: Spoken::default(),
            outside: OnceLock::new(),
            desk: Memory::new(store.zone()),
            accounts: account::Memory::default(),
            rooms: Rooms::default(),
        };
        let kept = Kept {
            store,
            workers,
            settings,
            pages: Arc::new(Pages::new()?),
            fonts: Arc::new(huizhi_paper::Fonts::with_system()?),
            shared: Arc::new(shared),
        };
        Ok(Self::of(kept, data, 0, Vec::new()))
    }

    /// The same service with amendments, of which those that can't be read are skipped. Store, engine, bells and memories are the same.
    ///
    /// # Errors
    /// [`AppError`]: the data do not read, though each amendment did.
    pub fn amended(&self, stamp: i64, amendments: &[Amendment]) -> Result<Self, AppError> {
        let (files, skipped) = data::amended(data::built_in(&self.settings), amendments);
        let kept = Kept {
            store: self.store.clone(),
            workers: self.workers.clone(),
            settings: self.settings.clone(),
            pages: Arc::clone(&self.pages),
            fonts: Arc::clone(&self.fonts),
            shared: Arc::clone(&self.shared),
        };
        Ok(Self::of(kept, Data::read(files)?, stamp, skipped))
    }

    fn of(kept: Kept, mut data: Data, stamp: i64, skipped: Vec<Skipped>) -> Self {
        data.support = data.support.with_hours(&kept.settings.support.open);
        Self(Arc::new(Parts {
            store: kept.store,
            workers: kept.workers,
            settings: kept.settings,
            pages: kept.pages,
            skipped,
            stamp,
            data,
            fonts: kept.fonts,
            site: crate::site::Memory::default(),
            shared: kept.shared,
        }))
    }

    /// A document as the engine is told of it: by its id, or by its text where that is an amendment's.
    #[must_use]
    pub fn engine_document(&self, id: &str) -> Document {
        let ours = huizhi_photo::spec::files().iter().find(|(name, _)| *name == id).map(|(_, text)| *text);
        let now = Target::new(Kind::Document, id).and_then(|target| self.files.get(&target));
        match now {
            Some(text) if ours != Some(text) => Document::Toml(text.to_owned()),
            _ => Document::Id(id.to_owned()),
        }
    }

    /// A message with its values.
    #[must_use]
    pub fn say(&self, lang: Lang, key: &str, values: &[(&str, &dyn Display)]) -> String {
        words().say(lang, key, values)
    }

    /// The day that it is at the offices.
    #[must_use]
    pub fn today(&self) -> Date {
        self.store.now().day(self.store.zone())
    }

    /// Where citizens pay elsewhere than at the counter; `None` where the operator has not set it up.
    #[must_use]
    pub fn till(&self) -> Option<Arc<WechatPay>> {
        self.shared.outside.get().and_then(|outside| outside.till.clone())
    }

    /// A document's specification.
    #[must_use]
    pub fn document(&self, id: &str) -> Option<&Spec> {
        self.catalog.get(id)
    }

    /// What a document is called; its id where it is known no more.
    #[must_use]
    pub fn document_name(&self, id: &str, lang: Lang) -> String {
        self.document(id).map_or_else(|| id.to_owned(), |spec| in_lang(&spec.name, lang).to_owned())
    }

    /// What a city is called, by its code; the code where it is known no more.
    #[must_use]
    pub fn city_name(&self, code: &str, lang: Lang) -> String {
        let city = code.parse().ok().and_then(|code: RegionCode| self.cities.find(code));
        city.map_or_else(
            || code.to_owned(),
            |city| match lang {
                Lang::Zh => city.name.to_owned(),
                Lang::En => city.english.to_owned(),
            },
        )
    }

    /// What a city, by its code, asks of a document's receipt; `None` for a code that is none.
    #[must_use]
    pub fn policy(&self, city: &str, document: &str) -> Option<Policy> {
        let code: RegionCode = city.parse().ok()?;
        self.cities.find(code)?;
        Some(self.policies.of(code, document))
    }

    /// A reason for sending something back.
    #[must_use]
    pub fn rejection(&self, code: &str) -> Option<&Rejection> {
        self.rejections.get(code)
    }
}

/// One of a pair of names.
#[must_use]
pub fn in_lang(name: &Name, lang: Lang) -> &str {
    match lang {
        Lang::Zh => &name.zh,
        Lang::En => &name.en,
    }
}

/// Who asks, for limits on how often: the address of the connection, or what the operator's proxy says of it.
#[must_use]
pub fn client(headers: &HeaderMap, peer: Option<SocketAddr>, settings: &Settings) -> String {
    let forwarded = headers.get("x-forwarded-for").and_then(|value| value.to_str().ok());
    // The last entry is the one that the operator's own proxy wrote; those before it anybody can make up.
    let named = forwarded.and_then(|list| list.rsplit(',').next()).map(|it| it.trim().to_owned());
    match named {
        Some(named) if settings.behind_proxy => named,
        _ => peer.map_or_else(|| "unknown".to_owned(), |peer| peer.ip().to_string()),
    }
}
