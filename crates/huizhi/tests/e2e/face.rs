//! Signing in by face before a camera that plays a puppet: enrolled, signed in, and refused for another person, a still picture and a
//! wrong order. The password stands beside every step.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::browser::{Browser, Driver, ENTER, PHONE};
use crate::puppet::{Camera, Puppet};
use crate::server::Server;

const STEPS: [&str; 5] = ["blink", "turn-left", "turn-right", "open-mouth", "look-up"];
const CONTACT: &str = "somebody@example.com";
const PASSWORD: &str = "a long walk by the West Lake";
/// How the page begins when too few frames came.
const FEW: &str = "画面太少";
/// How often the puppet may miss a step: fewer than the failures that lock.
const TRIES: usize = 4;

/// What the page says now: the step that it shows, `!` and why it refuses, or that another page came.
const SHOWN: &str = "const asked = document.querySelector('.asked'), said = document.querySelector('.say'); \
    if (!asked) return 'gone'; \
    if (said.classList.contains('problem')) return '!' + said.textContent; \
    if (asked.hidden) return ''; \
    const one = asked.querySelector('li:not([hidden])'); \
    return one ? one.dataset.step : '';";

/// Films of a puppet by step, and of it standing.
struct Films(BTreeMap<&'static str, Vec<u8>>);

impl Films {
    fn of(puppet: &Puppet) -> Self {
        Self(STEPS.into_iter().chain(["stand"]).map(|step| (step, puppet.film(step))).collect())
    }

    fn get(&self, step: &str) -> &[u8] {
        self.0.get(step).unwrap_or(&self.0["stand"])
    }
}

fn portrait(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../corpus/portraits").join(name)
}

#[test]
fn a_face_signs_in_and_pictures_do_not() {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(tell());
}

async fn tell() {
    let Some(driver) = Driver::start() else { return };
    let server = Server::start();
    let own = Films::of(&Puppet::new(&portrait("astronaut_smile.png")));
    let mut camera = Camera::new(&server.folder.path().join("camera.y4m"), own.get("stand"));
    let mut citizen = driver.open_before(PHONE, Some(&camera.path)).await;
    register(&server, &citizen).await;

    citizen.go(&format!("{}/account/face", server.url)).await;
    citizen.shoot("face-off").await;
    citizen.click("#consent").await;
    citizen.click("main form button.primary").await;
    citizen.find("[data-act=start]").await;
    citizen.shoot("face-enrol").await;
    let enrolled = persist(&citizen, &mut camera, &own).await;
    assert_eq!(enrolled, Ok(()), "enrolling");
    assert_eq!(citizen.path().await, "/account/face");
    citizen.shoot("face-on").await;

    // Large type from here on, and the keyboard alone up to the account.
    sign_out(&server, &citizen).await;
    citizen.go(&format!("{}/sign-in/face", server.url)).await;
    citizen.tab_to("button[name=care]").await;
    citizen.press(ENTER).await;
    citizen.find("html.care #contact").await;
    citizen.tab_to("#contact").await;
    citizen.press(CONTACT).await;
    citizen.press(ENTER).await;
    citizen.find("html.care [data-act=start]").await;
    citizen.find("a.button[href^='/sign-in?to=']").await;
    citizen.shoot("face-sign-in").await;
    let signed_in = persist(&citizen, &mut camera, &own).await;
    assert_eq!(signed_in, Ok(()), "signing in");
    assert_eq!(citizen.path().await, "/account");

    // Attacks on the same account, in the browser that it knows: the film's rules are all that is between.
    sign_out(&server, &citizen).await;
    to_the_camera(&server, &citizen).await;
    let still = Puppet::new(&portrait("astronaut_smile.png")).without_noise().film("stand");
    let refused = act(&citizen, &mut camera, &own, |_| still.clone()).await;
    println!("still picture: {refused:?}");
    assert!(refused.is_err());
    citizen.shoot("face-refused").await;
    let order = |step: &str| {
        let place = STEPS.iter().position(|it| *it == step).unwrap_or(0);
        own.get(STEPS[(place + 1) % STEPS.len()]).to_vec()
    };
    let refused = act(&citizen, &mut camera, &own, order).await;
    println!("other movements than asked: {refused:?}");
    assert!(refused.is_err());
    let other = Films::of(&Puppet::new(&portrait("officer_cap_glasses.jpg")));
    let mut refused = Err(FEW.to_owned());
    for _ in 0..TRIES {
        refused = act(&citizen, &mut camera, &other, |step| other.get(step).to_vec()).await;
        println!("another person: {refused:?}");
        // A busy machine sends too few frames, which is no try and proves nothing.
        if refused.as_ref().is_ok() || refused.as_ref().is_err_and(|why| !why.starts_with(FEW)) {
            break;
        }
    }
    assert!(refused.is_err());

    citizen.click("a.button[href^='/sign-in?to=']").await;
    citizen.fill("#contact", CONTACT).await;
    citizen.fill("#password", PASSWORD).await;
    citizen.click("main form button.primary").await;
    citizen.find("form[action='/sign-out']").await;
    citizen.go(&format!("{}/account/face", server.url)).await;
    citizen.click("form[action='/account/face/remove'] button").await;
    citizen.until_shown("人脸登录没有开启").await;
    let log = server.log();
    let actions: Vec<&str> = log.iter().filter_map(|entry| entry["action"].as_str()).collect();
    for action in ["face.enrolled", "face.matched", "face.refused", "face.deleted"] {
        assert!(actions.contains(&action), "{action} in {actions:?}");
    }
    citizen.close().await;
}

async fn register(server: &Server, citizen: &Browser) {
    citizen.go(&format!("{}/register", server.url)).await;
    citizen.fill("#contact", CONTACT).await;
    citizen.click("main form button.primary").await;
    citizen.find("#code").await;
    citizen.fill("#code", &code(server)).await;
    citizen.fill("#password", PASSWORD).await;
    citizen.click("main form button.primary").await;
    citizen.find("form[action='/sign-out']").await;
}

/// The newest code of the demonstration's page of letters.
fn code(server: &Server) -> String {
    let mut answer = ureq::get(format!("{}/outbox", server.url)).call().unwrap();
    let page = answer.body_mut().read_to_string().unwrap();
    let mut words = page.split(|c: char| !c.is_ascii_alphanumeric());
    words.find(|word| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit())).unwrap().to_owned()
}

async fn sign_out(server: &Server, citizen: &Browser) {
    citizen.go(&format!("{}/account", server.url)).await;
    citizen.click("form[action='/sign-out'] button").await;
    citizen.find("form[action='/sign-in']").await;
}

/// The browser is known to the account, so no code is asked.
async fn to_the_camera(server: &Server, citizen: &Browser) {
    citizen.go(&format!("{}/sign-in/face", server.url)).await;
    citizen.fill("#contact", CONTACT).await;
    citizen.click("main form button.primary").await;
    citizen.find("[data-act=start]").await;
}

/// Does what is asked until the page goes on, or why it does not.
async fn persist(citizen: &Browser, camera: &mut Camera, films: &Films) -> Result<(), String> {
    let mut why = Ok(());
    for _ in 0..TRIES {
        why = act(citizen, camera, films, |step| films.get(step).to_vec()).await;
        if why.is_ok() {
            break;
        }
        println!("the puppet was refused: {why:?}");
    }
    why
}

/// Starts the camera and plays a film for each step as it is shown.
async fn act(
    citizen: &Browser,
    camera: &mut Camera,
    films: &Films,
    play: impl Fn(&str) -> Vec<u8>,
) -> Result<(), String> {
    camera.play(films.get("stand"));
    citizen.tab_to("[data-act=start]").await;
    citizen.press(ENTER).await;
    let mut shown = String::new();
    for _ in 0..1_500 {
        let now = citizen.ask(SHOWN).await.as_str().unwrap_or_default().to_owned();
        if now == "gone" {
            return Ok(());
        }
        if let Some(why) = now.strip_prefix('!').filter(|_| !shown.is_empty()) {
            return Err(why.to_owned());
        }
        if now != shown && STEPS.contains(&now.as_str()) {
            camera.play(&play(&now));
            shown = now;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Err("the page says nothing".to_owned())
}
