//! One story on both databases. PostgreSQL is used where `HUIZHI_TEST_POSTGRES` names a server, as `cargo xtask ci` does; each
//! test makes a database of its own there.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a story that can not go on ends")]

mod account;
mod amendment;
mod appointment;
mod article;
mod bucket;
mod comment;
mod contention;
mod delivery;
mod elsewhere;
mod erase;
mod face;
mod given;
mod idempotency;
mod independent;
mod kill;
mod kill_visit;
mod log;
mod order;
mod outside;
mod parity;
mod peer;
mod person;
mod picture;
mod receipt;
mod release;
mod residence;
mod review;
mod schedule;
mod search;
mod search_tokens;
mod staff;
mod support;
mod taken;
mod ticket;
mod visit_delivery;
mod visit_model;
mod window_photo;
mod wish;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use huizhi_domain::clock::{Clock, Moment, Zone};
use huizhi_domain::id::AttemptId;
use huizhi_domain::order::{Order, Terms};
use huizhi_domain::review::{Opinion, UNDO_MS};
use huizhi_domain::staff::{Role, Staff};
use huizhi_domain::words::Lang;
use huizhi_store::{
    Blobs, IssueTerms, Judgement, Keys, NewOrder, NewStaff, OsEntropy, Place, Settings, Store, Visitor,
};
use jiff::civil::Date;
use sqlx::Connection as _;
use tempfile::TempDir;

/// A clock that tests turn.
pub(crate) struct Turned(AtomicI64);

impl Clock for Turned {
    fn now(&self) -> Moment {
        Moment(self.0.load(Ordering::SeqCst))
    }
}

impl Turned {
    /// Lets time pass.
    pub(crate) fn pass_ms(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

/// A store with a clock of its own, and what was made for it.
pub(crate) struct Bench {
    pub(crate) store: Store,
    pub(crate) clock: Arc<Turned>,
    pub(crate) folder: Arc<TempDir>,
    pub(crate) visitor: Visitor,
    pub(crate) place: Place,
}

/// 2026-11-25 10:00 in China.
const START: i64 = 1_795_572_000_000;

/// Runs a story on SQLite, and on PostgreSQL where there is one.
pub(crate) fn on_both<F, S>(story: S)
where
    F: Future<Output = ()>,
    S: Fn(Bench) -> F,
{
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        // Kept here too: a story that takes only parts of its bench would delete the folder before it begins.
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let place = Place::Sqlite(folder.path().join("huizhi.sqlite"));
        story(Bench::open(place, Arc::clone(&folder)).await).await;
        if let Ok(server) = std::env::var("HUIZHI_TEST_POSTGRES") {
            let name = format!("huizhi_{:x}_{:x}", std::process::id(), fastrand());
            let mut admin = sqlx::PgConnection::connect(&format!("{server}/postgres")).await.unwrap();
            sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut admin).await.unwrap();
            let place = Place::Postgres(format!("{server}/{name}"));
            let folder = Arc::new(tempfile::tempdir().unwrap());
            story(Bench::open(place, Arc::clone(&folder)).await).await;
            sqlx::query(sqlx::AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)")))
                .execute(&mut admin)
                .await
                .unwrap();
        }
    });
}

/// A number that no other test of this run draws.
fn fastrand() -> u64 {
    use std::hash::{BuildHasher as _, Hasher as _};
    std::collections::hash_map::RandomState::new().build_hasher().finish()
}

impl Bench {
    async fn open(place: Place, folder: impl Into<Arc<TempDir>>) -> Self {
        let folder = folder.into();
        let clock = Arc::new(Turned(AtomicI64::new(START)));
        let store = Store::open(Settings {
            place: place.clone(),
            blobs: Blobs::folder(&folder.path().join("blobs")).unwrap(),
            keys: Keys::in_folder(&folder.path().join("keys")).unwrap(),
            clock: clock.clone(),
            entropy: Box::new(OsEntropy),
            zone: Zone::CHINA,
            issuer: "HZ".parse().unwrap(),
        })
        .await
        .unwrap();
        let visitor = store.visitor("browser");
        Self { store, clock, folder, visitor, place }
    }

    /// A second store on the same data, as after a restart.
    pub(crate) async fn again(&self) -> Store {
        Store::open(Settings {
            place: self.place.clone(),
            blobs: Blobs::folder(&self.folder.path().join("blobs")).unwrap(),
            keys: Keys::in_folder(&self.folder.path().join("keys")).unwrap(),
            clock: self.clock.clone(),
            entropy: Box::new(OsEntropy),
            zone: Zone::CHINA,
            issuer: "HZ".parse().unwrap(),
        })
        .await
        .unwrap()
    }

    /// A new draft.
    pub(crate) async fn draft(&self) -> Order {
        let new = NewOrder { document: "cn-resident-id".to_owned(), city: "441300".to_owned(), lang: Lang::Zh };
        self.store.begin_order(new, &self.visitor).await.unwrap().0
    }

    /// A photo of a draft that the engine found fit; `face` makes its bytes its own.
    pub(crate) async fn judged(&self, order: &Order, face: &str, verdict: &str) -> AttemptId {
        let id = self.store.receive_photo(order.id, format!("original {face}").as_bytes()).await.unwrap();
        self.judge(id, face, verdict).await;
        id
    }

    /// What the engine would say.
    pub(crate) async fn judge(&self, id: AttemptId, face: &str, verdict: &str) {
        let judgement = Judgement {
            verdict: verdict.to_owned(),
            codes: vec!["O01".to_owned()],
            report: serde_json::json!({ "findings": [face] }),
            preview: format!("preview {face}").into_bytes(),
            id_photo: Some(format!("id photo {face}").into_bytes()),
        };
        assert!(self.store.judged(id, judgement).await.unwrap());
    }

    /// An order in the queue. No random second look disturbs the story: those are drawn again.
    pub(crate) async fn waiting(&self, face: &str) -> (Order, AttemptId) {
        loop {
            let order = self.draft().await;
            let id = self.judged(&order, face, "fits").await;
            let order = self.store.submit(order.id, id, None, free(), false).await.unwrap();
            if self.store.photo(id).await.unwrap().unwrap().second_look.is_none() {
                return (order, id);
            }
            self.store.withdraw(order.id).await.unwrap();
        }
    }

    pub(crate) async fn staff(&self, login: &str, role: Role) -> Staff {
        let office = match role {
            Role::Clerk => Some(self.store.add_office("441300", "惠城分局户政窗口", "惠州市惠城区").await.unwrap().id),
            _ => None,
        };
        let (login, name) = (login.to_owned(), login.to_owned());
        self.store.add_staff(NewStaff { login, name, role, office, password: "-".to_owned() }).await.unwrap()
    }

    /// Reviewer decides on whatever is next; the decision settles.
    pub(crate) async fn decide_next(&self, reviewer: &Staff, opinion: Opinion) -> AttemptId {
        let case = self.store.claim(reviewer).await.unwrap().expect("something waits");
        self.store.decide(reviewer, case.photo.id, opinion).await.unwrap();
        self.clock.pass_ms(UNDO_MS);
        self.store.settle_due().await.unwrap();
        case.photo.id
    }

    pub(crate) async fn issue(&self) -> usize {
        self.store.issue_due(&terms).await.unwrap()
    }
}

pub(crate) fn free() -> Terms {
    Terms { price_fen: 0, rules: "2026.1".to_owned() }
}

pub(crate) fn reject(code: &str) -> Opinion {
    Opinion::Reject { codes: vec![code.to_owned()], note: String::new() }
}

fn terms(_: &Order, today: Date) -> IssueTerms {
    let documents = vec!["cn-resident-id".to_owned(), "cn-residence-permit".to_owned()];
    IssueTerms { documents, valid_until: today.checked_add(jiff::ToSpan::days(60)).unwrap() }
}
