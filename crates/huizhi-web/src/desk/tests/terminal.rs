use axum::body::Body;
use axum::http::Request;
use axum::http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use huizhi_domain::office::Hours;
use huizhi_domain::staff::Role;

use super::{Desks, Page, Somebody};
use crate::app::{Settings, Windows};

/// A request of a browser that is a terminal.
async fn post_at(desks: &Desks, who: &Somebody, terminal: &str, path: &str, form: &str) -> Page {
    let request = Request::post(path)
        .header("host", "localhost:8080")
        .header("sec-fetch-site", "same-origin")
        .header(COOKIE, format!("lang=en; desk={}; {terminal}", who.token))
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    desks.send(request.body(Body::from(form.to_owned())).unwrap()).await
}

async fn get_at(desks: &Desks, who: &Somebody, terminal: &str, path: &str) -> Page {
    let request = Request::get(path)
        .header("host", "localhost:8080")
        .header(COOKIE, format!("lang=en; desk={}; {terminal}", who.token));
    desks.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_bound_window_fetches_at_its_terminal_and_in_its_hours() {
    let desks = Desks::with(Settings { windows: Windows::Bound, ..Settings::default() }).await;
    let reviewer = desks.somebody("chen", Role::Reviewer).await;
    let clerk = desks.somebody("clerk", Role::Clerk).await;
    let lead = desks.somebody("lead", Role::Lead).await;
    let other = desks.store.add_office("441300", "Boluo", "Boluo").await.unwrap();
    let issued = desks.receipt("a", &reviewer.staff).await;
    let asked = format!("number={}&document=cn-resident-id&purpose=first", issued.number.reveal());
    let page = desks.post(Some(&clerk), "/desk/window", &asked).await;
    assert!(page.status.as_u16() == 422 && page.text.contains("This terminal fetches nothing"), "{}", page.text);

    let register = async |office: String| {
        let page = desks.post(Some(&clerk), "/desk/window/terminal", "").await;
        let cookie = page.headers[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
        let (_, code) = page.text.split_once("shown-code\">").unwrap();
        let code = code.split('<').next().unwrap().to_owned();
        let page = desks.post(Some(&lead), "/desk/terminals", &format!("code=+{code}+&office={office}")).await;
        assert_eq!(page.to(), "/desk/terminals?told=registered", "{}", page.text);
        cookie
    };
    let elsewhere = register(other.id.to_string()).await;
    let page = post_at(&desks, &clerk, &elsewhere, "/desk/window", &asked).await;
    assert!(page.text.contains("This terminal fetches nothing"), "it is another office's");

    let office = clerk.office.clone().unwrap().id;
    let terminal = register(office.to_string()).await;
    let page = post_at(&desks, &clerk, &terminal, "/desk/window", &asked).await;
    assert!(page.status.as_u16() == 200 && page.text.contains("data:image"), "{}", page.text);

    // It is Wednesday, ten o'clock.
    let page = desks.post(Some(&lead), &format!("/desk/terminals/hours/{office}"), "day3=nine").await;
    assert!(page.status.as_u16() == 422 && page.text.contains("“nine” is no span of a day"));
    let hours = "day3=14:00-17:00&day4=09:00-17:00";
    assert!(desks.post(Some(&lead), &format!("/desk/terminals/hours/{office}"), hours).await.to().ends_with("hours"));
    let page = post_at(&desks, &clerk, &terminal, "/desk/window", &asked).await;
    assert!(page.status.as_u16() == 422 && page.text.contains("The office is closed"));
    desks.store.set_office_hours(office, &Hours::default(), None).await.unwrap();

    let lines = desks.store.terminals().await.unwrap();
    let line = lines.iter().find(|line| line.office == office).unwrap();
    let page = get_at(&desks, &clerk, &terminal, "/desk/window/terminal").await;
    assert!(page.text.contains(&crate::desk::short(line.id)), "{}", page.text);
    desks.post(Some(&lead), &format!("/desk/terminals/{}/revoke", line.id), "").await;
    let page = post_at(&desks, &clerk, &terminal, "/desk/window", &asked).await;
    assert!(page.text.contains("This terminal fetches nothing"), "taken back, at the next request");
}

#[tokio::test]
async fn a_terminal_fetches_sixty_photos_an_hour() {
    let desks = Desks::with(Settings { windows: Windows::Bound, ..Settings::default() }).await;
    let reviewer = desks.somebody("chen", Role::Reviewer).await;
    let clerk = desks.somebody("clerk", Role::Clerk).await;
    let office = clerk.office.clone().unwrap().id;
    let issued = desks.receipt("a", &reviewer.staff).await;
    let code = desks.store.terminal_code("secret").await.unwrap();
    desks.store.register_terminal(&code, office, reviewer.staff.id).await.unwrap();
    let asked = format!("number={}&document=cn-resident-id&purpose=first", issued.number.reveal());
    for _ in 0..60 {
        let page = post_at(&desks, &clerk, "terminal=secret", "/desk/window", &asked).await;
        assert_eq!(page.status.as_u16(), 200, "{}", page.text);
    }
    let page = post_at(&desks, &clerk, "terminal=secret", "/desk/window", &asked).await;
    assert!(page.status.as_u16() == 422 && page.text.contains("Too many photos from this terminal"));
}
