//! The visit at the window: a booked visit from the box to the end, with the hall's screen, and a desk whose line breaks for a while.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use huizhi_domain::applicant::{IdNumber, PersonName};
use huizhi_domain::clock::{Clock, Moment, Zone, midnight};
use huizhi_domain::id::OfficeId;
use huizhi_domain::staff::Role;
use huizhi_domain::visit::schedule::PlannedSlot;
use huizhi_domain::visit::ticket::TicketState;
use huizhi_domain::visit::{Appointment, BookingPolicy, Rights, Slot, State, Visitor};
use huizhi_domain::words::Lang;
use huizhi_store::{Ask, Keys, NewStaff, Store};

use crate::browser::{Browser, DESK, Driver, ENTER, Look};
use crate::server::Server;

const PASSWORD: &str = "correct horse battery";
const DAY_MS: i64 = 24 * 3_600_000;
/// A counter's screen.
pub(crate) const COUNTER: Look = Look { width: 1024, height: 768, ..DESK };

fn run(story: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(story);
}

/// The machine's clock, or yesterday's: then today's appointments are made.
struct Since(i64);

impl Clock for Since {
    fn now(&self) -> Moment {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Moment(i64::try_from(since.as_millis()).unwrap() - self.0)
    }
}

/// The store of a service that does not run.
async fn store(data: &Path, ago_ms: i64) -> Store {
    let keys = Keys::in_folder(&data.with_file_name("data-keys")).unwrap();
    Store::embedded(data, keys, Arc::new(Since(ago_ms)), "HZ".parse().unwrap()).await.unwrap()
}

/// Somebody whose number ends in another sequence.
fn visitor(n: u32, today: jiff::civil::Date) -> Visitor {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let body = format!("44130119900307{n:03}");
    let sum: u32 = body.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let check = "10X98765432".as_bytes()[(sum % 11) as usize] as char;
    Visitor {
        name: PersonName::parse("甲乙丙").unwrap(),
        number: IdNumber::parse(&format!("{body}{check}"), today).unwrap(),
        birth: jiff::civil::date(1990, 3, 7),
    }
}

/// An office with a clerk, whose windows take photos, and appointments that were made yesterday for this very minute; with their passes.
pub(crate) async fn booked(server: &mut Server, count: u32) -> (OfficeId, Vec<(Appointment, String)>) {
    server.kill();
    let store = store(&server.data(), DAY_MS).await;
    let office = store.add_office("441300", "江北大厅（演示）", "惠州市演示路 4 号").await.unwrap().id;
    let (login, name) = ("dating".to_owned(), "大厅窗口".to_owned());
    let password = huizhi_web::hash_password(PASSWORD).unwrap();
    let new = NewStaff { login, name, role: Role::Clerk, office: Some(office), password };
    let staff = store.add_staff(new).await.unwrap();
    let policy = BookingPolicy { window_photo: true, ..BookingPolicy::default() };
    store.set_booking_policy(office, policy, staff.id).await.unwrap();
    let now = store.now().after_ms(DAY_MS);
    let slot = Slot { day: now.day(Zone::CHINA), minute: now.minute(Zone::CHINA) };
    let starts_at = midnight(slot.day, Zone::CHINA).after_s(60 * i64::from(slot.minute));
    let planned = PlannedSlot { slot, starts_at, length_min: 30, places: 20, staff_places: 0 };
    store.plan_slots(office, "id-card", &[planned]).await.unwrap();
    let mut made = Vec::new();
    for n in 0..count {
        let ask = Ask {
            office,
            service: "id-card".to_owned(),
            business: "id-renewal".to_owned(),
            slot,
            units: 1,
            visitor: visitor(n, store.today()),
            account: None,
            person: None,
            rights: Rights::Public,
            lang: Lang::Zh,
            once: None,
            session: None,
        };
        let appointment = store.book(ask).await.unwrap().unwrap().appointment;
        let pass = store.visit_pass(&appointment);
        made.push((appointment, pass));
    }
    store.close().await;
    drop(store);
    server.start_again();
    (office, made)
}

pub(crate) async fn sign_in(server: &Server, desk: &Browser) {
    desk.go(&format!("{}/desk/sign-in", server.url)).await;
    desk.fill("#login", "dating").await;
    desk.fill("#password", PASSWORD).await;
    desk.click("button.main").await;
    desk.find("form[action='/desk/sign-out']").await;
}

#[test]
fn the_window_completes_a_booked_visit_by_keys() {
    run(complete(true));
}

#[test]
fn the_same_visit_without_javascript() {
    run(complete(false));
}

async fn complete(script: bool) {
    let Some(driver) = Driver::start() else { return };
    let mut server = Server::start();
    let (office, made) = booked(&mut server, 1).await;
    let mut desk = driver.open(Look { script, ..COUNTER }).await;
    sign_in(&server, &desk).await;
    desk.go(&format!("{}/desk/window", server.url)).await;
    desk.fill("#number", &made[0].0.number.to_string().to_lowercase()).await;
    desk.press(ENTER).await;
    desk.find(".answer.visit").await;
    desk.shoot("window-visit").await;
    assert!(!desk.text().await.contains("19900307"), "the visitor's number is masked");
    desk.fill("#number", "1").await;
    desk.press(ENTER).await;
    desk.until_shown("已签到").await;
    desk.shoot("window-arrived").await;

    desk.go(&format!("{}/desk/hall", server.url)).await;
    desk.fill("#name", "3").await;
    desk.press(ENTER).await;
    desk.find("form[action='/desk/hall/next']").await;
    desk.shoot("hall-waiting").await;
    press(&desk, "n", "form[action='/desk/hall/next'] button.main").await;
    desk.until_shown("已叫 A001").await;
    desk.shoot("hall-called").await;

    let mut screen = driver.open(Look { script, ..DESK }).await;
    screen.go(&format!("{}/hall/{office}", server.url)).await;
    screen.find("tr.called").await;
    screen.shoot("hall-screen").await;
    assert!(screen.text().await.contains("A001"));
    press(&desk, "r", "button[value='recall']").await;
    desk.until_shown("已再叫 A001").await;
    if script {
        screen.until_shown("请 A001 到 3 号窗口").await;
    }
    screen.close().await;
    press(&desk, "s", "button[value='serve']").await;
    desk.until_shown("A001 开始办理").await;
    desk.shoot("hall-serving").await;
    press(&desk, "1", "button[value='done']").await;
    desk.until_shown("A001 已办结").await;

    press(&desk, "w", "form[action='/desk/hall/walk-in'] button").await;
    desk.find(".slip-number").await;
    desk.shoot("hall-slip").await;
    assert!(desk.text().await.contains("B002"));
    desk.close().await;

    server.kill();
    let store = store(&server.data(), 0).await;
    assert_eq!(store.appointment(made[0].0.id).await.unwrap().unwrap().state, State::Done);
    store.close().await;
    let (whole, said) = server.huizhi(&["audit", "verify"]);
    assert!(whole && said.contains("the log is whole"), "{said}");
}

/// Presses a key, or the button that it stands for where no script hears it.
async fn press(desk: &Browser, key: &str, button: &str) {
    if desk.has_script() {
        desk.find(button).await;
        desk.press(key).await;
    } else {
        desk.click(button).await;
    }
}

#[test]
fn ten_arrivals_without_a_line_are_ten_when_it_is_back() {
    run(async {
        let Some(driver) = Driver::start() else { return };
        let mut server = Server::start();
        let (office, made) = booked(&mut server, 10).await;
        let mut desk = driver.open(COUNTER).await;
        sign_in(&server, &desk).await;
        desk.go(&format!("{}/desk/window", server.url)).await;
        kept(&desk).await;

        server.kill();
        desk.go(&format!("{}/desk/window", server.url)).await;
        desk.find("#offline").await;
        let checks = "return crypto.subtle.generateKey({ name: 'Ed25519' }, false, ['sign', 'verify']).then(() => true, () => false)";
        if desk.ask(checks).await == true {
            let (signed, signature) = made[0].1.rsplit_once('.').unwrap();
            let forged = format!("{signed}.{}", signature.replace(['A', 'B', 'C', 'D', 'E'], "F"));
            scan(&desk, &forged).await;
            desk.until_shown("签名不符").await;
        }
        for (n, (_, pass)) in made.iter().enumerate() {
            scan(&desk, pass).await;
            desk.until_shown(&format!("待同步 {}", n + 1)).await;
        }
        scan(&desk, &made[3].1).await;
        desk.until_shown("已经登记过了").await;
        desk.shoot("offline-ten").await;
        desk.click("#queue li button").await;

        server.start_again();
        let sent = "return document.querySelectorAll('#queue li[data-state=\"sent\"]').length";
        for _ in 0..200 {
            if desk.ask(sent).await == 10 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(desk.ask(sent).await, 10, "{}", desk.text().await);
        desk.shoot("offline-sent").await;
        desk.go(&format!("{}/desk/hall", server.url)).await;
        desk.fill("#name", "1").await;
        desk.press(ENTER).await;
        desk.until_shown("等候 9 人").await;
        assert_eq!(desk.ask("return localStorage.length").await, 0, "nothing is left to be sent");
        desk.close().await;

        server.kill();
        let store = store(&server.data(), 0).await;
        let tickets = store.tickets_on(office, made[0].0.slot.day).await.unwrap();
        assert_eq!(tickets.len(), 10);
        assert_eq!(tickets.iter().filter(|it| it.state == TicketState::Done).count(), 1);
        for (appointment, _) in &made {
            let state = store.appointment(appointment.id).await.unwrap().unwrap().state;
            assert!(matches!(state, State::Arrived | State::Done), "{state}");
        }
        store.close().await;
        let (whole, said) = server.huizhi(&["audit", "verify"]);
        assert!(whole && said.contains("the log is whole"), "{said}");
    });
}

/// Waits until the browser has what it needs without a line.
async fn kept(desk: &Browser) {
    let all = "return (async () => Boolean(navigator.serviceWorker.controller && await caches.match('/desk/window/offline') && \
        await caches.match('/api/v1/keys')))()";
    for _ in 0..200 {
        if desk.ask(all).await == true {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the desk's worker keeps nothing:\n{}", desk.text().await);
}

async fn scan(desk: &Browser, code: &str) {
    desk.fill("#number", code).await;
    desk.press(ENTER).await;
}
