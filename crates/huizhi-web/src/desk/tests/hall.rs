use axum::body::Body;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{Method, Request};
use huizhi_domain::applicant::{IdNumber, PersonName};
use huizhi_domain::staff::Role;
use huizhi_domain::visit::schedule::PlannedSlot;
use huizhi_domain::visit::{Appointment, Rights, Slot, State, Visitor};
use huizhi_domain::words::Lang;
use huizhi_store::Ask;
use jiff::civil::date;

use super::{Desks, Page, Somebody};

const DAY_MS: i64 = 24 * 3_600_000;
const MINUTE_MS: i64 = 60_000;

/// Numbers of nobody, which differ.
pub const NUMBERS: [&str; 3] = ["441301199003070036", "11010519491231002X", "441302201602290010"];

/// A clerk who signed in ten minutes before the appointments that were booked the day before, for ten o'clock.
pub async fn booked(desks: &Desks, count: usize) -> (Somebody, Vec<Appointment>) {
    let clerk = desks.somebody("clerk", Role::Clerk).await;
    let office = clerk.office.clone().unwrap();
    let slot = Slot { day: date(2026, 11, 26), minute: 600 };
    let starts_at = desks.store.now().after_ms(DAY_MS);
    let planned = PlannedSlot { slot, starts_at, length_min: 30, places: 10, staff_places: 0 };
    desks.store.plan_slots(office.id, "id-card", &[planned]).await.unwrap();
    let mut made = Vec::new();
    for number in NUMBERS.into_iter().take(count) {
        let number = IdNumber::parse(number, desks.store.today()).unwrap();
        let birth = number.birth().unwrap();
        let ask = Ask {
            office: office.id,
            service: "id-card".to_owned(),
            business: "id-renewal".to_owned(),
            slot,
            units: 1,
            visitor: Visitor { name: PersonName::parse("甲乙丙").unwrap(), number, birth },
            account: None,
            person: None,
            rights: Rights::Public,
            lang: Lang::Zh,
            once: None,
            session: None,
        };
        made.push(desks.store.book(ask).await.unwrap().unwrap().appointment);
    }
    desks.pass_ms(DAY_MS - 10 * MINUTE_MS);
    (signed_in(desks, clerk).await, made)
}

/// The clerk again, with a session that has just begun.
pub async fn signed_in(desks: &Desks, clerk: Somebody) -> Somebody {
    let token = format!("{}-again", clerk.token);
    desks.store.begin_session(clerk.staff.id, &token).await.unwrap();
    Somebody { token, ..clerk }
}

/// What the window at a terminal says, whose name is kept by a cookie.
async fn at(desks: &Desks, who: &Somebody, window: &str, method: Method, path: &str, form: &str) -> Page {
    use base64::Engine as _;
    let window = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(window);
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost:8080")
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/x-www-form-urlencoded")
        .header(COOKIE, format!("lang=en; desk={}; window={window}", who.token));
    desks.send(request.body(Body::from(form.to_owned())).unwrap()).await
}

async fn state(desks: &Desks, appointment: &Appointment) -> State {
    desks.store.appointment(appointment.id).await.unwrap().unwrap().state
}

#[tokio::test]
async fn the_window_completes_a_visit_by_number_by_pass_and_by_name() {
    let desks = Desks::new().await;
    let (clerk, made) = booked(&desks, 1).await;
    let number = made[0].number.to_string().to_lowercase();
    let pass = desks.store.visit_pass(&made[0]);
    for typed in [number, pass, format!("{}%20{}", "%E7%94%B2%E4%B9%99%E4%B8%99", &NUMBERS[0][14..])] {
        let page = desks.press(&clerk, "/desk/window", &format!("number={typed}")).await;
        assert_eq!(page.status.as_u16(), 200, "{typed}: {}", page.text);
        assert!(page.text.contains("甲** 4413************36"), "{typed}: {}", page.text);
        assert!(page.text.contains("booked, not here yet") && !page.text.contains(NUMBERS[0]));
        assert!(page.text.contains("Renew an ID card that runs out"));
    }
    let id = made[0].id;
    let card = desks.get(Some(&clerk), &format!("/desk/window?visit={id}")).await;
    assert!(card.text.contains("name=\"next\" value=\"arrive\""), "{}", card.text);
    assert!(card.text.contains("<option value=\"renewal\" selected>"), "what they came for: {}", card.text);
    let arrive = format!("visit={id}&next=arrive&number=1");
    let page = desks.press(&clerk, "/desk/window", &arrive).await;
    assert!(page.text.contains("Checked in") && page.text.contains("A001"), "{}", page.text);
    assert!(page.text.contains("name=\"next\" value=\"done\""), "{}", page.text);
    assert_eq!(state(&desks, &made[0]).await, State::Arrived);
    for again in [&arrive, &format!("visit={id}&step=arrive")] {
        let page = desks.press(&clerk, "/desk/window", again).await;
        assert!(page.text.contains("Checked in before"), "{}", page.text);
        assert_eq!(state(&desks, &made[0]).await, State::Arrived, "the same again is not the next step");
    }
    let page = desks.press(&clerk, "/desk/window", &format!("visit={id}&step=collected")).await;
    assert!(page.text.contains("A001 is done"), "{}", page.text);
    assert_eq!(state(&desks, &made[0]).await, State::Done);
    let page = desks.post(Some(&clerk), "/desk/window", &format!("visit={id}&next=done&number=1")).await;
    assert_eq!(page.status.as_u16(), 422, "nothing follows");
    let page = desks.post(Some(&clerk), "/desk/window", &format!("visit={id}&number=0&purpose=renewal")).await;
    assert_eq!(page.to(), "/desk/window?document=&purpose=renewal", "the card is put away");
}

#[tokio::test]
async fn a_name_alone_asks_for_the_last_four() {
    let desks = Desks::new().await;
    let (clerk, made) = booked(&desks, 1).await;
    let typed = format!("visit={}&number=%E5%BC%A0%E5%B0%8F%E6%98%8E", made[0].id);
    let page = desks.post(Some(&clerk), "/desk/window", &typed).await;
    assert_eq!(page.status.as_u16(), 422);
    assert!(page.text.contains("The last four are missing") && page.text.contains("value=\"张小明\""), "{}", page.text);
    assert!(page.text.contains("甲** 4413************36"), "the card stays: {}", page.text);
}

#[tokio::test]
async fn another_offices_appointment_is_named_and_not_opened() {
    let desks = Desks::new().await;
    let (_, made) = booked(&desks, 1).await;
    let office = desks.store.add_office("441300", "Danshui", "Huizhou").await.unwrap();
    let other = desks.somebody_at("other", Role::Clerk, Some(office)).await;
    let page = desks.post(Some(&other), "/desk/window", &format!("number={}", made[0].number)).await;
    assert_eq!(page.status.as_u16(), 422);
    assert!(page.text.contains("Jiangbei") && !page.text.contains("甲"), "{}", page.text);
    let page = desks.post(Some(&other), "/desk/window", &format!("visit={}&step=arrive", made[0].id)).await;
    assert_eq!(page.status.as_u16(), 404);
    let page = desks.post(Some(&other), "/desk/window", "number=%E7%94%B2%E4%B9%99%E4%B8%99+0036").await;
    assert!(page.text.contains("No appointment was found"), "by name only the own office's are found");
}

#[tokio::test]
async fn the_hall_calls_one_after_the_other_and_the_screen_shows_numbers_only() {
    let desks = Desks::new().await;
    let (clerk, made) = booked(&desks, 1).await;
    let office = clerk.office.as_ref().unwrap().id;
    let page = desks.get(Some(&clerk), "/desk/hall").await;
    assert!(page.text.contains("Name of this window"));
    let page = desks.post(Some(&clerk), "/desk/hall/window", "name=%E7%BB%BC%E5%90%88%E4%B8%80").await;
    assert!(page.headers[SET_COOKIE].to_str().unwrap().starts_with("window="));
    let wrong = desks.post(Some(&clerk), "/desk/hall/window", "name=%3Cb%3E").await;
    assert_eq!(wrong.status.as_u16(), 422);

    let form = "business=id-renewal&key=abc";
    let slip = at(&desks, &clerk, "1", Method::POST, "/desk/hall/walk-in", form).await;
    let again = at(&desks, &clerk, "1", Method::POST, "/desk/hall/walk-in", form).await;
    assert_eq!(slip.to(), again.to(), "a form that is sent twice gives one number");
    let page = at(&desks, &clerk, "1", Method::GET, slip.to(), "").await;
    assert!(page.text.contains("B001") && page.text.contains("Nobody is before you"), "{}", page.text);
    desks.post(Some(&clerk), "/desk/window", &format!("visit={}&step=arrive", made[0].id)).await;

    let called = at(&desks, &clerk, "1", Method::POST, "/desk/hall/next", "").await;
    assert!(called.to().contains("told=called&of=A002"), "the appointment is at its time: {}", called.to());
    let busy = at(&desks, &clerk, "1", Method::POST, "/desk/hall/next", "").await;
    assert!(busy.text.contains("You still have A002"), "{}", busy.text);
    let second = at(&desks, &clerk, "2", Method::POST, "/desk/hall/next", "").await;
    assert!(second.to().contains("of=B001"));

    let screen = desks.get(None, &format!("/hall/{office}")).await;
    assert!(screen.text.contains("A002") && screen.text.contains("B001") && !screen.text.contains("甲"));
    let now = desks.get(None, &format!("/hall/{office}/now")).await.json();
    assert_eq!((now["waiting"].as_u64(), now["calls"].as_array().unwrap().len()), (Some(0), 2));

    let ticket = desks.store.ticket_of(made[0].id).await.unwrap().unwrap();
    let path = format!("/desk/hall/ticket/{}", ticket.id);
    let other = at(&desks, &clerk, "2", Method::POST, &path, "act=serve").await;
    assert!(other.text.contains("is for window 1"), "{}", other.text);
    for (act, told) in [("recall", "recalled"), ("serve", "serving"), ("incomplete", "done")] {
        let page = at(&desks, &clerk, "1", Method::POST, &path, &format!("act={act}")).await;
        assert!(page.to().contains(&format!("told={told}")), "{act}: {} {}", page.to(), page.text);
    }
    assert_eq!(state(&desks, &made[0]).await, State::Done);
    let page = at(&desks, &clerk, "1", Method::GET, "/desk/hall?told=done&of=A002", "").await;
    assert!(page.text.contains("A002 is done") && page.text.contains("Free"), "{}", page.text);
}

#[tokio::test]
async fn a_ticket_is_sent_on_and_only_that_window_calls_it() {
    let desks = Desks::new().await;
    let (clerk, _) = booked(&desks, 0).await;
    at(&desks, &clerk, "1", Method::POST, "/desk/hall/walk-in", "business=id-renewal").await;
    at(&desks, &clerk, "1", Method::POST, "/desk/hall/next", "").await;
    let office = clerk.office.as_ref().unwrap().id;
    let ticket = desks.store.hall(office, desks.store.today()).await.unwrap().remove(0);
    let path = format!("/desk/hall/ticket/{}", ticket.id);
    let form = "act=transfer&to_service=residence&to_window=5";
    let page = at(&desks, &clerk, "1", Method::POST, &path, form).await;
    assert_eq!(page.status.as_u16(), 422, "nobody has been called to window 5 today");
    assert!(page.text.contains("No window “5” is in use today"), "{}", page.text);

    at(&desks, &clerk, "5", Method::POST, "/desk/hall/walk-in", "business=id-renewal").await;
    at(&desks, &clerk, "5", Method::POST, "/desk/hall/next", "").await;
    let page = at(&desks, &clerk, "1", Method::GET, "/desk/hall", "").await;
    assert!(page.text.contains("<option value=\"5\">window 5</option>"), "{}", page.text);
    let page = at(&desks, &clerk, "1", Method::POST, &path, form).await;
    assert!(page.to().contains("told=transferred"), "{}", page.text);
    let page = at(&desks, &clerk, "1", Method::POST, "/desk/hall/next", "").await;
    assert!(page.to().contains("told=empty"));
    let tickets = desks.store.hall(office, desks.store.today()).await.unwrap();
    let other = tickets.iter().find(|it| it.label() == "B002").unwrap();
    at(&desks, &clerk, "5", Method::POST, &format!("/desk/hall/ticket/{}", other.id), "act=done").await;
    let page = at(&desks, &clerk, "5", Method::POST, "/desk/hall/next", "service=residence").await;
    assert!(page.to().contains("told=called&of=B001"));
}

#[tokio::test]
async fn calling_again_makes_nobody_a_missing_one() {
    let desks = Desks::new().await;
    let (clerk, made) = booked(&desks, 1).await;
    desks.post(Some(&clerk), "/desk/window", &format!("visit={}&step=arrive", made[0].id)).await;
    at(&desks, &clerk, "1", Method::POST, "/desk/hall/next", "").await;
    let ticket = desks.store.ticket_of(made[0].id).await.unwrap().unwrap();
    let path = format!("/desk/hall/ticket/{}", ticket.id);
    for _ in 0..2 {
        let page = at(&desks, &clerk, "1", Method::POST, &path, "act=recall").await;
        assert!(page.to().contains("told=recalled"), "{}", page.text);
    }
    let page = at(&desks, &clerk, "1", Method::GET, "/desk/hall", "").await;
    assert!(page.text.contains("press M") && !page.text.contains("value=\"recall\""), "{}", page.text);
    for act in ["recall", "skip"] {
        let page = at(&desks, &clerk, "1", Method::POST, &path, &format!("act={act}")).await;
        assert_eq!(page.status.as_u16(), 422, "{act}");
        assert!(page.text.contains("Called 3 times, which is all"), "{}", page.text);
    }
    assert_eq!(state(&desks, &made[0]).await, State::Arrived);
    let page = at(&desks, &clerk, "1", Method::POST, &path, "act=miss").await;
    assert!(page.to().contains("told=missed"), "{}", page.text);
    assert_eq!(state(&desks, &made[0]).await, State::Missed);
}

#[tokio::test]
async fn a_window_keeps_its_name_while_somebody_is_for_it_and_a_name_is_no_number() {
    let desks = Desks::new().await;
    let (clerk, _) = booked(&desks, 0).await;
    at(&desks, &clerk, "3", Method::POST, "/desk/hall/walk-in", "business=id-renewal").await;
    at(&desks, &clerk, "3", Method::POST, "/desk/hall/next", "").await;
    let page = at(&desks, &clerk, "3", Method::POST, "/desk/hall/window", "name=North").await;
    assert_eq!(page.status.as_u16(), 422);
    assert!(page.text.contains("B001 is for this window"), "{}", page.text);
    let page = at(&desks, &clerk, "North", Method::GET, "/desk/hall", "").await;
    assert!(page.text.contains("Hall · North<") && page.text.contains("· window 3 ·"), "{}", page.text);
    let office = clerk.office.as_ref().unwrap().id;
    let now = desks.get(None, &format!("/hall/{office}/now")).await.json();
    assert_eq!(now["calls"][0]["numbered"], true);
    let ticket = desks.store.hall(office, desks.store.today()).await.unwrap().remove(0);
    at(&desks, &clerk, "3", Method::POST, &format!("/desk/hall/ticket/{}", ticket.id), "act=done").await;
    let page = at(&desks, &clerk, "3", Method::POST, "/desk/hall/window", "name=North").await;
    assert!(page.to().contains("told=named"), "{}", page.text);
}
