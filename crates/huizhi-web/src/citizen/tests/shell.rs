//! What every request passes: origin, headers, limits, languages.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};

use super::{Says, Service, ours};
use crate::app::Settings;

const POSTS: [&str; 22] = [
    "/photo/cn-resident-id/guide",
    "/order/01ARZ3NDEKTSV4RRFFQ69G5FAV/photos",
    "/order/01ARZ3NDEKTSV4RRFFQ69G5FAV/photo/01ARZ3NDEKTSV4RRFFQ69G5FAV/drop",
    "/order/01ARZ3NDEKTSV4RRFFQ69G5FAV/applicant",
    "/order/01ARZ3NDEKTSV4RRFFQ69G5FAV/check",
    "/order/01ARZ3NDEKTSV4RRFFQ69G5FAV/appeal",
    "/order/01ARZ3NDEKTSV4RRFFQ69G5FAV/end/withdraw",
    "/order/01ARZ3NDEKTSV4RRFFQ69G5FAV/end/delete",
    "/order/01ARZ3NDEKTSV4RRFFQ69G5FAV/city",
    "/o/abc",
    "/messages/read",
    "/verify",
    "/lang",
    "/care",
    "/desk/sign-in",
    "/register",
    "/recover/code",
    "/sign-in",
    "/account/password",
    "/account/contact",
    "/account/contact/code",
    "/account/orders",
];

#[tokio::test]
async fn no_other_site_can_post_to_any_address() {
    let service = Service::new(Says::Fits).await;
    let mut browser = service.browser();
    for path in POSTS {
        for headers in [
            vec![("sec-fetch-site", "cross-site")],
            vec![("sec-fetch-site", "same-site")],
            vec![("origin", "https://elsewhere.example")],
            vec![("origin", "null")],
            vec![],
        ] {
            let mut request = Request::post(path).header("host", "localhost:8080");
            for (name, value) in &headers {
                request = request.header(*name, *value);
            }
            let seen = browser.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(seen.status, StatusCode::FORBIDDEN, "{path} {headers:?}");
        }
        let own = browser.send(ours(Method::POST, path).body(Body::empty()).unwrap()).await;
        assert_ne!(own.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn every_answer_tells_the_browser_to_run_nothing_but_ours() {
    let service = Service::new(Says::Fits).await;
    let mut browser = service.browser();
    let (order, photo) = browser.submit().await;
    for path in [
        "/".to_owned(),
        "/photo".to_owned(),
        order.clone(),
        format!("{order}/photo/{photo}"),
        format!("{order}/photo/{photo}/preview"),
        "/orders".to_owned(),
        "/verify".to_owned(),
        "/desk".to_owned(),
        "/desk/sign-in".to_owned(),
        "/nothing".to_owned(),
        "/health".to_owned(),
    ] {
        let seen = browser.get(&path).await;
        let policy = seen.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{path}");
        assert!(policy.contains("frame-ancestors 'none'") || policy.contains("sandbox"), "{path}");
        assert!(!policy.contains("script-src 'unsafe"), "{path}");
        assert_eq!(seen.headers["x-content-type-options"], "nosniff");
        assert_eq!(seen.headers["cache-control"], "no-store", "{path}");
        assert_eq!(seen.headers["referrer-policy"], "same-origin");
        assert!(!seen.headers.contains_key("strict-transport-security"));
        let text = seen.text();
        assert!(!text.contains(" style=\"") && !text.contains(" onclick="), "{path}");
    }
}

#[tokio::test]
async fn https_binds_cookies_and_browsers_to_it() {
    let settings = Settings { public_url: "https://id.example".to_owned(), ..Settings::default() };
    let service = Service::with(Says::Fits, settings).await;
    let mut browser = service.browser();
    let fields = [("city", "441300"), ("consent", "1")];
    let seen = browser.post("/photo/cn-resident-id/guide", &fields).await;
    let cookie = seen.headers["set-cookie"].to_str().unwrap();
    for part in ["__Host-visitor=", "; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(seen.headers.contains_key("strict-transport-security"));
    assert_eq!(browser.get(&seen.to()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn errors_are_pages_in_the_readers_language() {
    let service = Service::new(Says::Fits).await;
    let mut browser = service.browser();
    let seen = browser.get("/nothing").await;
    assert_eq!(seen.status, StatusCode::NOT_FOUND);
    assert!(seen.text().contains("没有这个页面"));
    browser.post("/lang", &[("lang", "en"), ("back", "/orders")]).await.to();
    assert!(browser.get("/nothing").await.text().contains("This page does not exist"));
    let wrong_method = browser.post("/orders", &[]).await;
    assert_eq!(wrong_method.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(wrong_method.text().contains("<html lang=\"en\">"));
    let large = browser.post("/verify", &[("number", &"1".repeat(70_000))]).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(browser.post("/care", &[("care", "1"), ("back", "//elsewhere.example")]).await.to(), "/");
    assert!(browser.get("/").await.text().contains("class=\"care\""));
}

#[tokio::test]
async fn static_files_are_kept_for_ever_under_their_hash() {
    let service = Service::new(Says::Fits).await;
    let mut browser = service.browser();
    let url = crate::static_files::url("huizhi.css").unwrap();
    let seen = browser.get(url).await;
    assert_eq!(seen.headers["cache-control"], "public, max-age=31536000, immutable");
    assert_eq!(browser.get("/static/0000000000/huizhi.css").await.status, StatusCode::NOT_FOUND);
}

#[test]
fn query_values_are_quoted() {
    assert_eq!(super::quoted("惠州 a&b"), "%E6%83%A0%E5%B7%9E%20a%26b");
}

#[tokio::test]
async fn large_type_on_the_answer_to_a_form_leads_back_to_the_form() {
    let service = Service::new(Says::Fits).await;
    let mut browser = service.browser();
    let wrong = ours(Method::POST, "/register")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("referer", "http://localhost:8080/register?to=%2Fvisit")
        .body(Body::from("contact=12"))
        .unwrap();
    let page = browser.send(wrong).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(page.text().matches("name=\"back\" value=\"/register?to=%2Fvisit\"").count(), 2, "{}", page.text());
}
