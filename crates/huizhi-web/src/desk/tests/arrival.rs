use axum::body::Body;
use axum::http::Request;
use axum::http::header::{CONTENT_TYPE, COOKIE};
use huizhi_domain::staff::Role;
use huizhi_domain::visit::State;
use serde_json::{Value, json};

use super::hall::{booked, signed_in};
use super::{Desks, Page, Somebody};

async fn send(desks: &Desks, who: Option<&Somebody>, arrivals: Value) -> Page {
    let cookie = who.map_or_else(|| "lang=en".to_owned(), |who| format!("lang=en; desk={}", who.token));
    let request = Request::post("/desk/arrivals")
        .header("host", "localhost:8080")
        .header("sec-fetch-site", "same-origin")
        .header(CONTENT_TYPE, "application/json")
        .header(COOKIE, cookie);
    desks.send(request.body(Body::from(json!({ "arrivals": arrivals }).to_string())).unwrap()).await
}

#[tokio::test]
async fn what_a_desk_noted_without_a_line_is_taken_once_and_refusals_say_why() {
    let desks = Desks::new().await;
    let (clerk, made) = booked(&desks, 3).await;
    let at = desks.store.now().0;
    desks.pass_ms(120 * 60_000);
    desks.store.mark_missed().await.unwrap();
    let (pass, number) = (desks.store.visit_pass(&made[0]), made[1].number.to_string());
    let early = at - 60 * 60_000;
    let noted = json!([
        { "key": "a", "code": pass, "at": at, "served": false },
        { "key": "b", "code": number, "at": at, "served": true },
        { "key": "c", "code": made[2].number.to_string(), "at": early, "served": false },
        { "key": "d", "code": "nonsense", "at": at },
        { "key": "e", "code": made[2].number.to_string(), "at": at + 10 * 86_400_000 },
    ]);

    let ended = send(&desks, Some(&clerk), noted.clone()).await;
    assert!(ended.to().starts_with("/desk/sign-in"), "the session ended meanwhile: {}", ended.status);
    let clerk = signed_in(&desks, clerk).await;
    let first = send(&desks, Some(&clerk), noted.clone()).await.json();
    let states: Vec<&str> =
        first["results"].as_array().unwrap().iter().map(|it| it["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["arrived", "arrived", "refused", "refused", "refused"]);
    let why = |n: usize| first["results"][n]["why"].as_str().unwrap().to_owned();
    assert!(why(2).contains("09:45"), "{}", why(2));
    assert!(why(3).contains("No such appointment") && why(4).contains("clock"), "{first}");

    let again = send(&desks, Some(&clerk), noted).await.json();
    let states: Vec<&str> =
        again["results"].as_array().unwrap().iter().map(|it| it["state"].as_str().unwrap()).collect();
    assert_eq!(states[..2], ["before", "before"]);
    assert_eq!(again["results"][0]["number"], first["results"][0]["number"]);
    for (appointment, state) in made.iter().zip([State::Arrived, State::Done, State::Missed]) {
        assert_eq!(desks.store.appointment(appointment.id).await.unwrap().unwrap().state, state);
    }
    let office = clerk.office.as_ref().unwrap().id;
    assert_eq!(desks.store.tickets_on(office, desks.store.today()).await.unwrap().len(), 2);
}

#[tokio::test]
async fn another_offices_arrival_is_refused() {
    let desks = Desks::new().await;
    let (_, made) = booked(&desks, 1).await;
    let office = desks.store.add_office("441300", "Danshui", "Huizhou").await.unwrap();
    let other = desks.somebody_at("other", Role::Clerk, Some(office)).await;
    let noted = json!([{ "key": "a", "code": made[0].number.to_string(), "at": desks.store.now().0 }]);
    let said = send(&desks, Some(&other), noted).await.json();
    assert_eq!(said["results"][0]["state"], "refused");
    assert_eq!(desks.store.appointment(made[0].id).await.unwrap().unwrap().state, State::Booked);
}

#[tokio::test]
async fn the_page_without_a_line_is_for_clerks_and_names_nobody() {
    let desks = Desks::new().await;
    let (clerk, made) = booked(&desks, 1).await;
    assert!(desks.get(None, "/desk/window/offline").await.to().starts_with("/desk/sign-in"));
    let page = desks.get(Some(&clerk), "/desk/window/offline").await;
    assert_eq!(page.status.as_u16(), 200);
    assert!(page.text.contains("Jiangbei") && !page.text.contains("clerk Name"), "{}", page.text);
    assert!(!page.text.contains(&made[0].number.to_string()));
    for said in ["The line is back", "A mistake: remove", "receipt numbers and names have to wait for the line"] {
        assert!(page.text.contains(said), "{said}: {}", page.text);
    }
    let worker = desks.get(None, "/desk/worker.js").await;
    assert_eq!(worker.headers["content-type"], "text/javascript; charset=utf-8");
    assert!(worker.text.starts_with("const FILES = [\"/static/"), "{}", worker.text);
}
