use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode};
use huizhi_domain::account::{CodePurpose, Contact, How};
use huizhi_domain::id::AccountId;
use huizhi_domain::words::Lang;
use huizhi_photo::likeness::{Likeness, NUMBERS};
use huizhi_photo::motion::Motion;
use huizhi_sandbox::{Film, Seen as Measured};
use huizhi_store::CodeSent;
use serde_json::Value;

use crate::citizen::tests::{Browser, Says, Seen, Service, ours};

const CONTACT: &str = "somebody@example.com";
/// As the page's script films: nine frames a second for seven seconds.
const FRAMES: usize = 63;

/// Somebody, by one of 128 directions.
fn likeness(person: usize) -> Vec<u8> {
    let mut numbers = [0.0; NUMBERS];
    numbers[person] = 1.0;
    Likeness::of(&numbers).unwrap().to_bytes()
}

/// What the engine would see of somebody who does the steps one after the other.
fn film(steps: &[String], person: usize) -> Film {
    let each = FRAMES / steps.len();
    let frames = (0..FRAMES).map(|i| {
        let jitter = ((i * 37) % 11) as f32 / 11.0 - 0.5;
        let within = (i % each) as f32 / each as f32;
        let bump = (std::f32::consts::PI * ((within - 0.25) * 2.0).clamp(0.0, 1.0)).sin();
        let mut motion = Motion {
            yaw: 2.0 + jitter,
            pitch: -6.0 + jitter * jitter * 3.0,
            roll: 1.0 - jitter,
            right_eye: 0.3,
            left_eye: 0.3,
            mouth: 0.02,
            centre: [240.0, 180.0],
            width: 130.0,
        };
        match steps[(i / each).min(steps.len() - 1)].as_str() {
            "blink" if (within - 0.5).abs() < 0.06 => (motion.right_eye, motion.left_eye) = (0.05, 0.05),
            "turn-left" => motion.yaw += 34.0 * bump,
            "turn-right" => motion.yaw -= 34.0 * bump,
            "open-mouth" => motion.mouth += 0.5 * bump,
            "look-up" => motion.pitch += 22.0 * bump,
            _ => {}
        }
        let likeness = i.is_multiple_of(9).then(|| likeness(person));
        Measured { faces: 1, motion: Some(motion), likeness }
    });
    Film { frames: frames.collect() }
}

struct Story {
    service: Service,
    account: AccountId,
}

impl Story {
    async fn new() -> Self {
        let service = Service::new(Says::Fits).await;
        let account = service.app.store.add_account(Some(&contact()), None, Lang::Zh).await.unwrap();
        Self { service, account }
    }

    /// A browser that has just shown the password.
    async fn signed_in(&self, token: &str) -> Browser {
        let store = &self.service.app.store;
        store.begin_account_session(self.account, How::Password, token, None, "").await.unwrap();
        let mut browser = self.service.browser();
        browser.keep("account", token);
        browser
    }

    /// A browser that has shown a code, and stands before the camera.
    async fn at_the_camera(&self) -> Browser {
        self.service.pass_ms(61_000);
        let sent = self.service.app.store.send_code(CodePurpose::Face, &contact(), 1_000).await.unwrap();
        let CodeSent::Send(code) = sent else { panic!("a code is sent") };
        let mut browser = self.service.browser();
        let fields = [("contact", CONTACT), ("code", code.reveal()), ("to", "/orders")];
        let to = browser.post("/sign-in/face/code", &fields).await.to();
        assert_eq!(to, "/sign-in/face/look?to=%2Forders");
        assert_eq!(browser.get(&to).await.status, StatusCode::OK);
        browser
    }

    /// Asks for steps and answers with what `play` makes of them.
    async fn answer(&self, browser: &mut Browser, base: &str, play: impl Fn(Vec<String>) -> Film) -> Seen {
        let task = json(&browser.post(&format!("{base}/challenge"), &[]).await);
        let steps: Vec<String> = serde_json::from_value(task["steps"].clone()).unwrap();
        *self.service.app.shared.played_film.lock().unwrap() = Some(play(steps));
        self.service.pass_ms(9_000);
        send(browser, base, task["nonce"].as_str().unwrap()).await
    }

    async fn enrol(&self, person: usize) {
        let mut browser = self.signed_in("enrols").await;
        let to = browser.post("/account/face", &[("consent", "1")]).await.to();
        assert_eq!(to, "/account/face/enrol");
        assert_eq!(
            browser.get(&to).await.headers["permissions-policy"],
            "camera=(self), microphone=(), geolocation=()"
        );
        let seen = self.answer(&mut browser, "/account/face", |steps| film(&steps, person)).await;
        assert_eq!(json(&seen)["next"], "/account/face", "{}", seen.text());
        assert!(browser.get("/account/face").await.text().contains("人脸登录已开启"));
    }
}

fn contact() -> Contact {
    Contact::parse(CONTACT).unwrap()
}

fn json(seen: &Seen) -> Value {
    serde_json::from_slice(&seen.bytes).unwrap_or_else(|_| panic!("{}", seen.text()))
}

async fn send(browser: &mut Browser, base: &str, nonce: &str) -> Seen {
    let times: Vec<String> = (0..FRAMES).map(|i| (200 + i * 111).to_string()).collect();
    let mut body = String::new();
    let mut part = |head: &str, text: &str| {
        let part = ["--x\r\nContent-Disposition: form-data; name=", head, "\r\n\r\n", text, "\r\n"];
        body.extend(part);
    };
    part("\"nonce\"", nonce);
    part("\"to\"", "/orders");
    part("\"times\"", &times.join(","));
    for i in 0..FRAMES {
        part("\"frame\"; filename=\"f.jpg\"", &format!("frame {i}"));
    }
    body.push_str("--x--\r\n");
    let request = ours(Method::POST, &format!("{base}/frames")).header(CONTENT_TYPE, "multipart/form-data; boundary=x");
    browser.send(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn who_enrolled_signs_in_and_the_film_answers_once() {
    let story = Story::new().await;
    story.enrol(1).await;
    let mut browser = story.at_the_camera().await;
    let seen = story.answer(&mut browser, "/sign-in/face", |steps| film(&steps, 1)).await;
    assert_eq!(json(&seen)["next"], "/orders", "{}", seen.text());
    assert_eq!(browser.get("/account/face").await.status, StatusCode::OK, "the session is there");
    let mut again = story.at_the_camera().await;
    let task = json(&again.post("/sign-in/face/challenge", &[]).await);
    // The first film is refused whichever steps were drawn: one that opened the door would close the camera with it.
    *story.service.app.shared.played_film.lock().unwrap() = Some(film(&["none".to_owned()], 1));
    story.service.pass_ms(9_000);
    let nonce = task["nonce"].as_str().unwrap();
    let first = send(&mut again, "/sign-in/face", nonce).await;
    let second = send(&mut again, "/sign-in/face", nonce).await;
    assert_eq!(first.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", first.text());
    assert_eq!(second.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn another_person_a_wrong_order_and_somebody_without_a_template_do_not_get_in() {
    let story = Story::new().await;
    let mut browser = story.at_the_camera().await;
    let without = story.answer(&mut browser, "/sign-in/face", |steps| film(&steps, 1)).await;
    story.enrol(1).await;
    let mut browser = story.at_the_camera().await;
    let other = story.answer(&mut browser, "/sign-in/face", |steps| film(&steps, 2)).await;
    assert_eq!((without.status, &without.bytes), (other.status, &other.bytes), "one answer for both");
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    let backwards = |mut steps: Vec<String>| {
        steps.reverse();
        film(&steps, 1)
    };
    let seen = story.answer(&mut browser, "/sign-in/face", backwards).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", seen.text());
    let still = story.answer(&mut browser, "/sign-in/face", |_| film(&["none".to_owned()], 1)).await;
    assert!(still.text().contains("没有看到动作"), "{}", still.text());
}

#[tokio::test]
async fn after_five_failures_the_right_face_gets_the_wrong_faces_answer_for_a_day() {
    let story = Story::new().await;
    story.enrol(1).await;
    let mut browser = story.at_the_camera().await;
    let mut wrong = None;
    for _ in 0..5 {
        wrong = Some(story.answer(&mut browser, "/sign-in/face", |steps| film(&steps, 2)).await);
    }
    let right = story.answer(&mut browser, "/sign-in/face", |steps| film(&steps, 1)).await;
    assert_eq!(right.bytes, wrong.unwrap().bytes);
    story.service.pass_ms(24 * 3_600_000);
    let mut browser = story.at_the_camera().await;
    let seen = story.answer(&mut browser, "/sign-in/face", |steps| film(&steps, 1)).await;
    assert_eq!(json(&seen)["next"], "/orders", "{}", seen.text());
}

#[tokio::test]
async fn removing_it_deletes_the_template_and_the_consent() {
    let story = Story::new().await;
    story.enrol(1).await;
    let mut browser = story.signed_in("removes").await;
    assert_eq!(browser.post("/account/face/remove", &[]).await.to(), "/account/face");
    assert_eq!(story.service.app.store.face_templates().await.unwrap(), 0);
    assert!(browser.get("/account/face").await.text().contains("人脸登录没有开启"));
    assert_eq!(browser.get("/account/face/enrol").await.to(), "/account/face", "consent is asked anew");
    browser.post("/account/face", &[]).await.tells("consent", "要录入人脸");
}

#[tokio::test]
async fn a_template_is_taken_only_a_moment_after_the_password() {
    let story = Story::new().await;
    let mut browser = story.signed_in("waits").await;
    story.service.pass_ms(16 * 60_000);
    let page = browser.get("/account/face").await;
    assert!(page.text().contains("请先用密码或验证码重新登录"), "{}", page.text());
    assert_eq!(browser.post("/account/face", &[("consent", "1")]).await.to(), "/account/face");
}

#[tokio::test]
async fn unknown_contacts_get_the_same_pages_and_the_password_stands_beside_everything() {
    let story = Story::new().await;
    let mut pages = Vec::new();
    for contact in [CONTACT, "nobody.else@example.com"] {
        let mut browser = story.service.browser();
        let sent = browser.post("/sign-in/face", &[("contact", contact)]).await;
        let wrong = browser.post("/sign-in/face/code", &[("contact", contact), ("code", "000000")]).await;
        pages.push([sent, wrong].map(|seen| (seen.status, seen.text().replace(contact, "…"))));
        assert_eq!(browser.get("/sign-in/face/look").await.to(), "/sign-in/face");
        let asked = browser.post("/sign-in/face/challenge", &[]).await;
        assert_eq!(asked.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(pages[0], pages[1]);
    let mut browser = story.at_the_camera().await;
    for path in ["/sign-in/face", "/sign-in/face/look"] {
        let text = browser.get(path).await.text();
        assert!(text.contains("class=\"button primary\" href=\"/sign-in?to="), "{path}: {text}");
    }
}
