//! The whole service in process, on a real database, as a browser without scripts sees it. Only the engine is played.

mod people;
mod reminder;
mod residence;
mod shell;
mod story;
mod support;
mod upload;
mod weight;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use huizhi_domain::clock::{Clock, Moment};
use huizhi_domain::review::{Opinion, UNDO_MS};
use huizhi_domain::staff::{Role, Staff};
use huizhi_store::{Judgement, Keys, NewStaff, Store};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::app::{App, Settings};
use crate::citizen::quoted;
use crate::routes::routes;

/// A JPEG's beginning and end; the played engine does not mind what is between.
pub const PHOTO: &[u8] = b"\xFF\xD8\xFF\xE0 a face \xFF\xD9";
/// A made-up resident of 惠州, born in 1990; the check digit fits.
pub const NUMBER: &str = "441302199003070024";

struct Turned(AtomicI64);

impl Clock for Turned {
    fn now(&self) -> Moment {
        Moment(self.0.load(Ordering::SeqCst))
    }
}

/// The service.
pub struct Service {
    pub app: App,
    clock: Arc<Turned>,
    _folder: TempDir,
}

/// What the played engine says.
#[derive(Clone, Copy)]
pub enum Says {
    Fits,
    Review,
    Retake,
}

impl Service {
    pub async fn new(says: Says) -> Self {
        Self::with(says, Settings { demo: true, ..Settings::default() }).await
    }

    pub async fn with(says: Says, settings: Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // 2026-11-25 10:00 in China.
        let clock = Arc::new(Turned(AtomicI64::new(1_795_572_000_000)));
        let keys = Keys::in_folder(&folder.path().join("keys")).unwrap();
        let data = folder.path().join("data");
        let store = Store::embedded(&data, keys, Arc::<Turned>::clone(&clock), "HZ".parse().unwrap()).await.unwrap();
        store.add_office("441300", "江北窗口", "惠州市江北").await.unwrap();
        let app = App::new(store, None, settings).unwrap();
        tokio::spawn(play_engine(app.clone(), says));
        Self { app, clock, _folder: folder }
    }

    pub fn browser(&self) -> Browser {
        Browser { router: routes(self.app.clone()), cookies: BTreeMap::new() }
    }

    /// Lets time pass.
    pub fn pass_ms(&self, ms: i64) {
        self.clock.0.fetch_add(ms, Ordering::SeqCst);
    }

    async fn reviewer(&self, login: &str) -> Staff {
        let new = NewStaff {
            login: login.to_owned(),
            name: login.to_owned(),
            role: Role::Reviewer,
            office: None,
            password: String::new(),
        };
        self.app.store.add_staff(new).await.unwrap()
    }

    /// Reviewers say the same until nothing waits; then the ten seconds of undo pass, and receipts are issued.
    pub async fn review(&self, opinion: Opinion) {
        for login in ["one", "two"] {
            let staff = self.reviewer(&format!("{login}-{}", self.app.store.now().0)).await;
            while let Some(case) = self.app.store.claim(&staff).await.unwrap() {
                self.app.store.decide(&staff, case.photo.id, opinion.clone()).await.unwrap();
            }
            self.clock.0.fetch_add(UNDO_MS + 1, Ordering::SeqCst);
            self.app.store.settle_due().await.unwrap();
        }
        let app = &self.app;
        app.store.issue_due(&|order, day| crate::work::terms(app, order, day)).await.unwrap();
    }
}

async fn play_engine(app: App, says: Says) {
    loop {
        app.shared.bell.notified().await;
        while let Some(photo) = app.store.next_to_judge(&[]).await.unwrap() {
            if photo.bytes.windows(9).any(|part| part == b"truncated") {
                app.store.unreadable(photo.id, "truncated").await.unwrap();
            } else {
                app.store.judged(photo.id, judgement(says)).await.unwrap();
            }
            app.shared.judged.notify_waiters();
        }
    }
}

fn judgement(says: Says) -> Judgement {
    let fault = |code: &str, rejection: &str, severity: &str| {
        json!({
            "code": code, "rejection": rejection, "severity": severity, "measured": 12.4, "limit": 8.0, "unit": "degrees",
            "clause": "R22", "place": [],
        })
    };
    let (verdict, findings) = match says {
        Says::Fits => ("fits", vec![fault("background.busy", "B01", "auto")]),
        Says::Review => ("review", vec![fault("pose.tilted", "P04", "fix"), fault("ears.covered", "O02", "fix")]),
        Says::Retake => ("retake", vec![fault("faces.none", "P01", "block")]),
    };
    let report = json!({
        "findings": findings, "marks": "<svg viewBox=\"0 0 9 9\"></svg>", "preview_size": [900, 1200],
        "made": { "width": 358, "height": 441 }, "not_made": Value::Null,
    });
    let codes = if matches!(says, Says::Fits) { Vec::new() } else { vec!["P04".to_owned()] };
    let made = (verdict != "retake").then(|| ID_PHOTO.to_vec());
    Judgement { verdict: verdict.to_owned(), codes, report, preview: PHOTO.to_vec(), id_photo: made }
}

/// A face that was drawn by nobody: two pixels, enough for what reads a JPEG's header.
const ID_PHOTO: &[u8] = PHOTO;

/// A browser without scripts, with its cookies.
#[derive(Clone)]
pub struct Browser {
    router: Router,
    cookies: BTreeMap<String, String>,
}

/// An answer.
pub struct Seen {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Seen {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).replace("&#x2f;", "/")
    }

    pub fn to(&self) -> String {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.text());
        self.headers[LOCATION].to_str().unwrap().to_owned()
    }

    /// Holds that a page says, and that it says it on top and beside the field.
    pub fn tells(&self, field: &str, words: &str) {
        let text = self.text();
        assert!(text.contains(&format!("<a href=\"#{field}\">{words}")), "on top: {words}\n{text}");
        assert!(text.contains(&format!("id=\"{field}-problem\"")), "beside {field}");
        assert!(text.contains("id=\"errors\""));
        assert!(text.matches(words).count() >= 2, "{words}");
        assert!(text.contains("<title>错误： "), "the title says so");
    }
}

impl Browser {
    /// Its cookies, as it sends them.
    pub fn cookies_text(&self) -> String {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    pub async fn send(&mut self, mut request: Request<Body>) -> Seen {
        if !self.cookies.is_empty() {
            request.headers_mut().insert(COOKIE, self.cookies_text().parse().unwrap());
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        for cookie in response.headers().get_all(SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Seen { status: parts.status, headers: parts.headers, bytes }
    }

    /// Puts a cookie into it, as of somebody who signed in before.
    pub fn keep(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    pub async fn get(&mut self, path: &str) -> Seen {
        self.send(Request::get(path).header("host", "localhost:8080").body(Body::empty()).unwrap()).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", quoted(value))).collect();
        let request = ours(Method::POST, path)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(pairs.join("&")))
            .unwrap();
        self.send(request).await
    }

    pub async fn upload(&mut self, path: &str, name: &str, bytes: &[u8]) -> Seen {
        self.send(upload_request(path, name, bytes, true)).await
    }

    /// Consents for an ID card in 惠州; gives the order's path.
    pub async fn begin(&mut self) -> String {
        let to = self.post("/photo/cn-resident-id/guide", &[("city", "441300"), ("consent", "1")]).await.to();
        to.strip_suffix("/take").unwrap().to_owned()
    }

    /// Begins, sends a photo and fills in; gives the order's path and the photo's id.
    pub async fn prepare(&mut self) -> (String, String) {
        let order = self.begin().await;
        let to = self.upload(&format!("{order}/photos"), "a.jpg", PHOTO).await.to();
        let photo = to.rsplit('/').next().unwrap().to_owned();
        let fields = [("photo", photo.as_str()), ("name", "张小明"), ("id_number", NUMBER)];
        let to = self.post(&format!("{order}/applicant"), &fields).await.to();
        assert_eq!(to, format!("{order}/check?photo={photo}"));
        (order, photo)
    }

    /// Prepares and submits.
    pub async fn submit(&mut self) -> (String, String) {
        let (order, photo) = self.prepare().await;
        assert_eq!(self.post(&format!("{order}/check"), &[("photo", &photo)]).await.to(), order);
        (order, photo)
    }
}

/// A request that a page of ours makes.
pub fn ours(method: Method, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path).header("host", "localhost:8080").header("sec-fetch-site", "same-origin")
}

/// A form with a file, whole or cut off in the middle.
pub fn upload_request(path: &str, name: &str, bytes: &[u8], whole: bool) -> Request<Body> {
    let mut body = format!(
        "--x\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"{name}\"\r\nContent-Type: image/jpeg\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(bytes);
    if whole {
        body.extend_from_slice(b"\r\n--x--\r\n");
    }
    ours(Method::POST, path).header(CONTENT_TYPE, "multipart/form-data; boundary=x").body(Body::from(body)).unwrap()
}
