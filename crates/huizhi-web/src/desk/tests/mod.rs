//! The desks in process, on a real database in a folder of their own.

mod arrival;
mod articles;
mod board;
mod cashier;
mod comments;
mod hall;
mod inquiries;
mod materials;
mod offices;
mod residence;
mod review;
mod settings;
mod sign_in;
mod staff;
mod terminal;
mod window;
mod window_photo;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};

use axum::body::{Body, to_bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use huizhi_domain::clock::{Clock, Moment, Zone};
use huizhi_domain::id::AttemptId;
use huizhi_domain::order::{Order, Terms};
use huizhi_domain::review::{Opinion, UNDO_MS};
use huizhi_domain::staff::{Office, Role, Staff};
use huizhi_domain::totp::CodeAnswer;
use huizhi_domain::words::Lang;
use huizhi_store::{
    ApplicantRecord, Blobs, IssueTerms, Issued, Judgement, Keys, NewOrder, NewStaff, OsEntropy, Place, Settings, Store,
    Visitor,
};
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::app::App;

/// A clock that tests turn.
pub struct Turned(AtomicI64);

impl Clock for Turned {
    fn now(&self) -> Moment {
        Moment(self.0.load(Ordering::SeqCst))
    }
}

/// 2026-11-25 10:00 in China.
const START: i64 = 1_795_572_000_000;

pub const PASSWORD: &str = "correct horse battery";

/// Hashed once for all tests: it takes a moment, as it should.
static HASH: LazyLock<String> = LazyLock::new(|| crate::hash_password(PASSWORD).unwrap());

/// The service with its desks.
pub struct Desks {
    pub app: App,
    pub store: Store,
    clock: Arc<Turned>,
    visitor: Visitor,
    _folder: TempDir,
}

/// Somebody with a session.
pub struct Somebody {
    pub staff: Staff,
    pub token: String,
    pub office: Option<Office>,
}

/// An answer.
pub struct Page {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
    pub bytes: Vec<u8>,
}

impl Page {
    /// Where it sends the browser.
    pub fn to(&self) -> &str {
        self.headers.get(LOCATION).map_or("", |to| to.to_str().unwrap())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }
}

impl Desks {
    pub async fn new() -> Self {
        Self::with(crate::app::Settings::default()).await
    }

    pub async fn with(settings: crate::app::Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(Turned(AtomicI64::new(START)));
        let store = Store::open(Settings {
            place: Place::Sqlite(folder.path().join("huizhi.sqlite")),
            blobs: Blobs::folder(&folder.path().join("blobs")).unwrap(),
            keys: Keys::in_folder(&folder.path().join("keys")).unwrap(),
            clock: clock.clone(),
            entropy: Box::new(OsEntropy),
            zone: Zone::CHINA,
            issuer: "HZ".parse().unwrap(),
        })
        .await
        .unwrap();
        let app = App::new(store.clone(), None, settings).unwrap();
        let visitor = store.visitor("browser");
        Self { app, store, clock, visitor, _folder: folder }
    }

    pub fn pass_ms(&self, ms: i64) {
        self.clock.0.fetch_add(ms, Ordering::SeqCst);
    }

    /// Somebody of a role who is signed in, with a second factor where the role needs one; clerks work in Huizhou.
    pub async fn somebody(&self, login: &str, role: Role) -> Somebody {
        let office = match role {
            Role::Clerk => Some(self.store.add_office("441300", "Jiangbei", "Huizhou").await.unwrap()),
            _ => None,
        };
        self.somebody_at(login, role, office).await
    }

    pub async fn somebody_at(&self, login: &str, role: Role, office: Option<Office>) -> Somebody {
        let new = NewStaff {
            login: login.to_owned(),
            name: format!("{login} Name"),
            role,
            office: office.as_ref().map(|office| office.id),
            password: HASH.clone(),
        };
        let staff = self.store.add_staff(new).await.unwrap();
        let token = format!("token of {login}").replace(' ', "-");
        self.store.begin_session(staff.id, &token).await.unwrap();
        if role.needs_second_factor() {
            let secret = self.store.totp_to_enrol(staff.id).await.unwrap().unwrap();
            let code = secret.code(self.store.now());
            assert_eq!(self.store.enrol_totp(staff.id, &token, &code).await.unwrap().0, CodeAnswer::Right);
        }
        Somebody { staff, token, office }
    }

    pub async fn send(&self, request: Request<Body>) -> Page {
        let response = crate::routes(self.app.clone()).oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = to_bytes(response.into_body(), 1 << 24).await.unwrap().to_vec();
        Page { status, headers, text: String::from_utf8_lossy(&bytes).into_owned(), bytes }
    }

    pub async fn get(&self, who: Option<&Somebody>, path: &str) -> Page {
        self.send(request(Method::GET, who, path).body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, who: Option<&Somebody>, path: &str, form: &str) -> Page {
        let request = request(Method::POST, who, path).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form.to_owned())).unwrap()).await
    }

    /// The page that a form leads to.
    pub async fn press(&self, who: &Somebody, path: &str, form: &str) -> Page {
        let page = self.post(Some(who), path, form).await;
        if page.to().is_empty() { page } else { self.get(Some(who), page.to()).await }
    }

    /// A call by a machine, with a key.
    pub async fn call(&self, token: &str, path: &str, body: &serde_json::Value) -> Page {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(AUTHORIZATION, format!("Bearer {token}"))
            .header(CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// A photo in the queue, of a child or not; no random second look disturbs the story, so those are drawn again.
    pub async fn waiting(&self, face: &str, child: bool) -> (Order, AttemptId) {
        loop {
            let (order, id) = self.draft(face).await;
            let terms = Terms { price_fen: 0, rules: "2026.1".to_owned() };
            let order = self.store.submit(order.id, id, None, terms, child).await.unwrap();
            let second = self.store.photo(id).await.unwrap().unwrap().second_look;
            if child || second.is_none() {
                return (order, id);
            }
            self.store.withdraw(order.id).await.unwrap();
        }
    }

    /// A judged photo of a draft, whose applicant has a name and a number.
    pub async fn draft(&self, face: &str) -> (Order, AttemptId) {
        let new = NewOrder { document: "cn-resident-id".to_owned(), city: "441300".to_owned(), lang: Lang::Zh };
        let order = self.store.begin_order(new, &self.visitor).await.unwrap().0;
        let mut applicant = ApplicantRecord::default();
        applicant.name = Some("甲乙丙".to_owned());
        applicant.id_number = Some("441301199003078038".to_owned());
        self.store.set_applicant(order.id, &applicant).await.unwrap();
        let id = self.store.receive_photo(order.id, format!("original {face}").as_bytes()).await.unwrap();
        self.judge(id, face, "fits").await;
        (order, id)
    }

    /// What a worker would say of a photo.
    pub async fn judge(&self, id: AttemptId, face: &str, verdict: &str) {
        let judgement = Judgement {
            verdict: verdict.to_owned(),
            codes: vec!["O01".to_owned()],
            report: super::finding::tests::stored(),
            preview: format!("preview {face}").into_bytes(),
            id_photo: Some(format!("id photo {face}").into_bytes()),
        };
        assert!(self.store.judged(id, judgement).await.unwrap());
    }

    /// The receipt of a photo that a reviewer let through.
    pub async fn receipt(&self, face: &str, reviewer: &Staff) -> Issued {
        let (order, id) = self.waiting(face, false).await;
        assert_eq!(self.store.claim(reviewer).await.unwrap().unwrap().photo.id, id);
        self.store.decide(reviewer, id, Opinion::Accept).await.unwrap();
        self.settle().await;
        self.issue().await;
        self.store.receipt_of(order.id).await.unwrap().unwrap()
    }

    /// Issues the receipt that is due.
    pub async fn issue(&self) {
        let terms = |_: &Order, today: jiff::civil::Date| IssueTerms {
            documents: vec!["cn-resident-id".to_owned(), "cn-residence-permit".to_owned()],
            valid_until: today.checked_add(jiff::ToSpan::days(60)).unwrap(),
        };
        assert_eq!(self.store.issue_due(&terms).await.unwrap(), 1);
    }

    pub async fn settle(&self) {
        self.pass_ms(UNDO_MS);
        self.store.settle_due().await.unwrap();
    }
}

/// The session's token that an answer sets.
pub fn token_of(page: &Page) -> Option<String> {
    let cookie = page.headers.get(SET_COOKIE)?.to_str().ok()?;
    let (_, rest) = cookie.split_once("desk=")?;
    rest.split(';').next().filter(|token| !token.is_empty()).map(str::to_owned)
}

/// A request of a browser's, in English.
fn request(method: Method, who: Option<&Somebody>, path: &str) -> axum::http::request::Builder {
    let cookie = who.map_or_else(|| "lang=en".to_owned(), |who| format!("lang=en; desk={}", who.token));
    Request::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost:8080")
        .header("sec-fetch-site", "same-origin")
        .header(COOKIE, cookie)
}
