use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, REFERER, SET_COOKIE};
use axum::http::{Method, Request};
use huizhi_domain::staff::Role;

use super::{Desks, PASSWORD, token_of};

fn form(login: &str, password: &str) -> String {
    format!("login={login}&password={}&to=/desk/review", password.replace(' ', "+"))
}

#[tokio::test]
async fn the_right_password_opens_the_desk_with_a_cookie_that_scripts_do_not_see() {
    let desks = Desks::new().await;
    desks.somebody("chen", Role::Reviewer).await;
    let page = desks.post(None, "/desk/sign-in", &form("chen", PASSWORD)).await;
    assert_eq!((page.status.as_u16(), page.to()), (303, "/desk/review"));
    let cookie = page.headers[SET_COOKIE].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"), "{cookie}");
    let token = token_of(&page).unwrap();
    assert_eq!(token.len(), 43, "256 bits in base64url");
    assert_eq!(desks.store.session(&token).await.unwrap().unwrap().login, "chen");
}

#[tokio::test]
async fn unknown_and_wrong_logins_get_the_same_answer() {
    let desks = Desks::new().await;
    desks.somebody("chen", Role::Reviewer).await;
    let wrong = desks.post(None, "/desk/sign-in", &form("chen", "wrong")).await;
    let unknown = desks.post(None, "/desk/sign-in", &form("nobody", "wrong")).await;
    assert_eq!(wrong.status, unknown.status);
    assert_eq!(wrong.text.replace("chen", "X"), unknown.text.replace("nobody", "X"));
    assert_eq!(wrong.text.matches("Login or password is wrong").count(), 2, "on top and beside");
    // Locked alike, too.
    let wrong = desks.post(None, "/desk/sign-in", &form("chen", PASSWORD)).await;
    let unknown = desks.post(None, "/desk/sign-in", &form("nobody", PASSWORD)).await;
    assert_eq!((wrong.status.as_u16(), unknown.status.as_u16()), (429, 429));
    assert_eq!(wrong.text.replace("chen", "X"), unknown.text.replace("nobody", "X"));
    desks.pass_ms(1000);
    let right = desks.post(None, "/desk/sign-in", &form("chen", PASSWORD)).await;
    assert_eq!(right.status.as_u16(), 303);
}

#[tokio::test]
async fn strangers_who_guess_do_not_lock_out_the_browser_that_is_known() {
    let desks = Desks::new().await;
    desks.somebody("chen", Role::Reviewer).await;
    let page = desks.post(None, "/desk/sign-in", &form("chen", PASSWORD)).await;
    let cookies = page.headers.get_all(SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
    let device =
        cookies.filter_map(|cookie| cookie.split(';').next()).find(|pair| pair.starts_with("device=")).unwrap();
    let known = |login: &str, password: &str| {
        Request::post("/desk/sign-in")
            .header("sec-fetch-site", "same-origin")
            .header("cookie", device)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form(login, password)))
            .unwrap()
    };
    desks.post(None, "/desk/sign-in", &form("chen", "wrong")).await;
    assert_eq!(desks.post(None, "/desk/sign-in", &form("chen", PASSWORD)).await.status.as_u16(), 429);
    assert_eq!(desks.send(known("chen", PASSWORD)).await.status.as_u16(), 303);
    // It has a count of its own, and is known to this login only.
    desks.send(known("chen", "wrong")).await;
    assert_eq!(desks.send(known("chen", PASSWORD)).await.status.as_u16(), 429);
    desks.somebody("wu", Role::Reviewer).await;
    desks.post(None, "/desk/sign-in", &form("wu", "wrong")).await;
    assert_eq!(desks.send(known("wu", PASSWORD)).await.status.as_u16(), 429);
}

#[tokio::test]
async fn a_session_ends_when_idle_and_when_signed_out() {
    let desks = Desks::new().await;
    let chen = desks.somebody("chen", Role::Reviewer).await;
    desks.pass_ms(14 * 60_000);
    assert_eq!(desks.get(Some(&chen), "/desk/review").await.status.as_u16(), 200);
    desks.pass_ms(15 * 60_000);
    let page = desks.get(Some(&chen), "/desk/review").await;
    assert_eq!(page.to(), "/desk/sign-in?to=/desk/review&told=ended");
    let wu = desks.somebody("wu", Role::Reviewer).await;
    desks.post(Some(&wu), "/desk/sign-out", "").await;
    assert_eq!(desks.store.session(&wu.token).await.unwrap(), None);
}

#[tokio::test]
async fn who_was_writing_when_the_session_ended_comes_back_to_the_page_and_is_told_what_is_true() {
    let desks = Desks::new().await;
    let bian = desks.somebody("bian", Role::Editor).await;
    let page = desks.get(Some(&bian), "/desk/articles/new").await;
    assert!(page.text.contains("data-login=\"bian\"") && page.text.contains("desk-kept.js"), "{}", page.text);
    desks.pass_ms(15 * 60_000);
    let posted = |from: &str| {
        let request = super::request(Method::POST, Some(&bian), "/desk/articles/9089/en").header(REFERER, from);
        request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(Body::from("body=long")).unwrap()
    };
    let page = desks.send(posted("http://localhost:8080/desk/articles/9089/en?told=saved")).await;
    assert_eq!(page.to(), "/desk/sign-in?to=/desk/articles/9089/en&told=ended");
    let page = desks.get(None, page.to()).await;
    assert!(
        page.text.contains("your last step was not done") && page.text.contains("id=\"kept-here\""),
        "{}",
        page.text
    );
    for elsewhere in ["http://localhost:8080/orders", "nonsense"] {
        assert_eq!(desks.send(posted(elsewhere)).await.to(), "/desk/sign-in?to=/desk&told=ended");
    }
}

/// Every page of a desk, for every role and for nobody (security.md, test S4).
#[tokio::test]
async fn each_role_finds_its_own_desks_and_nothing_else() {
    let desks = Desks::new().await;
    let id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    let pages = [
        ("review", "GET /desk/review".to_owned()),
        ("review", "POST /desk/review/claim".to_owned()),
        ("review", format!("GET /desk/review/{id}")),
        ("review", format!("POST /desk/review/{id}/accept")),
        ("review", format!("POST /desk/review/{id}/reject")),
        ("review", format!("POST /desk/review/{id}/second")),
        ("review", format!("POST /desk/review/{id}/skip")),
        ("review", format!("POST /desk/review/{id}/renew")),
        ("review", format!("POST /desk/review/{id}/leave")),
        ("review", format!("POST /desk/review/undo/{id}")),
        ("review", format!("GET /desk/review/picture/{id}/preview")),
        ("board", "GET /desk/board".to_owned()),
        ("board", "GET /desk/board.csv".to_owned()),
        ("window", "GET /desk/window".to_owned()),
        ("window", "POST /desk/window".to_owned()),
        ("window", "GET /desk/window/terminal".to_owned()),
        ("window", "POST /desk/window/terminal".to_owned()),
        ("staff", "GET /desk/staff".to_owned()),
        ("staff", format!("GET /desk/staff/{id}")),
        ("staff", format!("POST /desk/staff/{id}/reset")),
        ("staff", format!("POST /desk/staff/{id}/suspend")),
        ("staff", format!("POST /desk/staff/{id}/reactivate")),
        ("staff", format!("POST /desk/staff/invitation/{id}/withdraw")),
        ("terminals", "GET /desk/terminals".to_owned()),
        ("terminals", format!("POST /desk/terminals/{id}/revoke")),
        ("terminals", format!("POST /desk/terminals/hours/{id}")),
        ("cashier", "GET /desk/cashier".to_owned()),
        ("cashier", format!("GET /desk/cashier/{id}/pay")),
        ("cashier", format!("POST /desk/cashier/{id}/pay")),
        ("cashier", format!("GET /desk/cashier/{id}/refund")),
        ("cashier", format!("POST /desk/cashier/{id}/refund")),
    ];
    let mut people = vec![None];
    for role in Role::ALL {
        people.push(Some(desks.somebody(role.word(), role).await));
    }
    for (place, page) in &pages {
        let (method, path) = page.split_once(' ').unwrap();
        for who in &people {
            let who = who.as_ref();
            let answer = match method {
                "GET" => desks.get(who, path).await,
                _ => desks.post(who, path, "why=unsure&fen=1").await,
            };
            let own = who.is_some_and(|who| super::super::session::places(who.staff.role).contains(place));
            let said = format!("{page} by {:?}: {}", who.map(|who| who.staff.role), answer.status);
            match who {
                None => assert!(answer.to().starts_with("/desk/sign-in?to="), "{said}"),
                Some(_) if own => {
                    // What is not there is not there for its own desk either.
                    let absent =
                        ["/picture/", "/cashier/", "/staff/", "/terminals/"].iter().any(|it| path.contains(it));
                    assert_eq!(answer.status.as_u16() == 404, absent, "{said}");
                    assert!(!answer.to().starts_with("/desk/sign-in"), "{said}");
                }
                Some(_) => {
                    assert_eq!(answer.status.as_u16(), 404, "{said}");
                    assert!(answer.text.contains("You have no right to this page"), "{said}");
                }
            }
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_in_the_desks_frame_and_what_is_only_posted_to_leads_to_its_page() {
    let desks = Desks::new().await;
    let wu = desks.somebody("wu", Role::Clerk).await;
    let page = desks.get(Some(&wu), "/desk/nothing").await;
    assert_eq!(page.status.as_u16(), 404);
    let has = |words: &str| assert!(page.text.contains(words), "{words}\n{}", page.text);
    has("This page does not exist");
    has("<a class=\"button\" href=\"/desk\">Back to the desk");
    has("action=\"/desk/sign-out\"");
    assert!(!page.text.contains("/orders"), "{}", page.text);
    let kefu = desks.somebody("kefu", Role::Support).await;
    let one = "/desk/inquiries/01ARZ3NDEKTSV4RRFFQ69G5FAV";
    assert_eq!(desks.get(Some(&kefu), &format!("{one}/answer")).await.to(), one);
}

#[tokio::test]
async fn another_site_can_not_decide() {
    let desks = Desks::new().await;
    let chen = desks.somebody("chen", Role::Reviewer).await;
    let request = Request::post("/desk/review/claim")
        .header("host", "localhost:8080")
        .header("origin", "https://evil.example")
        .header("cookie", format!("desk={}", chen.token))
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::empty())
        .unwrap();
    assert_eq!(desks.send(request).await.status.as_u16(), 403);
}
