//! A mini-program signs its user in, against a server that behaves like WeChat.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use huizhi_domain::account::{Contact, How};
use huizhi_domain::words::Lang;
use huizhi_store::NewOrder;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::api::openapi::described::is_described;
use crate::citizen::tests::{Says, Service};
use crate::notify::servers::Gateway;
use crate::routes::routes;

const WECHAT: &str = r#"
[wechat]
appid = "wx0123456789abcdef"
secret = { file = "SECRET" }
api = "GATEWAY"
page = "pages/order?o={secret}"
templates = {}
"#;

const SOMEBODY: (u16, &str) = (200, r#"{"openid":"openid-1","session_key":"tiihtNczf5v6AKRyjwEUhQ==","unionid":"u"}"#);
const TOKEN: (u16, &str) = (200, r#"{"access_token":"t","expires_in":7200}"#);
const PHONE: (u16, &str) = (
    200,
    r#"{"errcode":0,"errmsg":"ok","phone_info":{"phoneNumber":"13800138000","purePhoneNumber":"13800138000","countryCode":"86","watermark":{"timestamp":1,"appid":"wx0123456789abcdef"}}}"#,
);
const OTHER_APP: (u16, &str) = (
    200,
    r#"{"errcode":0,"phone_info":{"phoneNumber":"13800138000","purePhoneNumber":"13800138000","countryCode":"86","watermark":{"appid":"wxanother"}}}"#,
);
const ABROAD: (u16, &str) = (
    200,
    r#"{"errcode":0,"phone_info":{"phoneNumber":"+33612345678","purePhoneNumber":"612345678","countryCode":"33","watermark":{"appid":"wx0123456789abcdef"}}}"#,
);

async fn set_up(service: &Service, answers: Vec<(u16, &'static str)>) -> Gateway {
    let gateway = Gateway::start(answers).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, "hush\n").unwrap();
    let outside = gateway.outside(&WECHAT.replace("SECRET", &file.display().to_string()));
    assert!(service.app.shared.outside.set(outside).is_ok());
    gateway
}

async fn send(service: &Service, method: &str, path: &str, key: &str, body: &Value) -> (u16, Value) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {key}"))
        .header("user-agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) MicroMessenger/8.0.50")
        .body(if body.is_null() { Body::empty() } else { Body::from(body.to_string()) });
    let response = routes(service.app.clone()).oneshot(request.unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    is_described(method, path, parts.status, &parts.headers, &bytes);
    (parts.status.as_u16(), serde_json::from_slice(&bytes).unwrap_or_default())
}

const SESSION: &str = "/api/v1/wechat/session";
const BY_PHONE: &str = "/api/v1/wechat/phone";

#[tokio::test]
async fn wechats_codes_become_problems_of_the_interface() {
    let service = Service::new(Says::Fits).await;
    assert_eq!(send(&service, "POST", SESSION, "", &json!({ "code": "fresh" })).await.0, 404, "no mini-program");
    let table = [
        (r#"{"errcode":40029,"errmsg":"invalid code"}"#, 422, "code-wrong"),
        (r#"{"errcode":40163,"errmsg":"code been used"}"#, 422, "code-wrong"),
        (r#"{"errcode":45011,"errmsg":"frequency limit"}"#, 429, "wechat-busy"),
        (r#"{"errcode":40226,"errmsg":"code blocked"}"#, 403, "code-blocked"),
        (r#"{"errcode":-1,"errmsg":"system error"}"#, 503, "wechat-unreachable"),
        ("<html>", 503, "wechat-unreachable"),
    ];
    let mut answers: Vec<(u16, &str)> = table.iter().map(|(said, _, _)| (200, *said)).collect();
    answers.push(TOKEN);
    answers.extend(table.iter().map(|(said, _, _)| (200, *said)));
    answers.extend([OTHER_APP, ABROAD]);
    let gateway = set_up(&service, answers).await;
    for path in [SESSION, BY_PHONE] {
        for (said, status, code) in table {
            let (found, problem) = send(&service, "POST", path, "", &json!({ "code": "fresh" })).await;
            println!("{path}: {said} → {found} {}", problem["code"]);
            assert_eq!((found, &problem["code"]), (status, &json!(code)), "{path} {said}");
        }
    }
    let (status, problem) = send(&service, "POST", BY_PHONE, "", &json!({ "code": "fresh" })).await;
    assert_eq!((status, &problem["code"]), (503, &json!("wechat-unreachable")), "a number for another program");
    let (status, problem) = send(&service, "POST", BY_PHONE, "", &json!({ "code": "fresh" })).await;
    assert_eq!((status, &problem["code"]), (422, &json!("phone-unusable")));
    let before = gateway.asked().len();
    assert_eq!(send(&service, "POST", SESSION, "", &json!({ "code": "no&appid=x" })).await.0, 422);
    assert_eq!(gateway.asked().len(), before, "what is no code is not asked of WeChat");
}

#[tokio::test]
async fn the_first_sign_in_needs_the_number_and_the_second_does_not() {
    let service = Service::new(Says::Fits).await;
    let store = &service.app.store;
    let answers = vec![SOMEBODY, TOKEN, PHONE, SOMEBODY, PHONE];
    let gateway = set_up(&service, answers).await;
    let (status, problem) = send(&service, "POST", SESSION, "", &json!({ "code": "fresh" })).await;
    assert_eq!((status, &problem["code"]), (404, &json!("not-linked")));
    let link = problem["link"].as_str().unwrap();
    assert!(link.len() == 10 && problem["link_s"] == 600);
    let (status, session) = send(&service, "POST", BY_PHONE, "", &json!({ "code": "c0ffee", "link": link })).await;
    assert_eq!((status, &session["linked"]), (201, &json!(true)), "{session}");
    let contact = Contact::parse("13800138000").unwrap();
    let account = store.account_by_contact(&contact).await.unwrap().unwrap();
    assert_eq!(store.linked("wechat", "openid-1").await.unwrap(), Some(account));

    let new = NewOrder { document: "cn-resident-id".to_owned(), city: "441300".to_owned(), lang: Lang::Zh };
    let (order, _) = store.begin_order(new, &store.account_visitor(account)).await.unwrap();
    let (status, session) = send(&service, "POST", SESSION, "", &json!({ "code": "fresh" })).await;
    assert_eq!(status, 201);
    let token = session["token"].as_str().unwrap();
    let (status, seen) = send(&service, "GET", SESSION, token, &Value::Null).await;
    assert_eq!((status, &seen["assurance"]), (200, &json!(2)));
    assert_eq!(seen["orders"][0]["id"], json!(order.id.to_string()));
    assert_eq!(store.sessions_of(account).await.unwrap()[0].how, How::Outside);
    assert_eq!(send(&service, "DELETE", SESSION, token, &Value::Null).await.0, 204);
    assert_eq!(send(&service, "GET", SESSION, token, &Value::Null).await.0, 401);

    // The same number again is the same account; the link was used up.
    let (status, session) = send(&service, "POST", BY_PHONE, "", &json!({ "code": "c0ffee", "link": link })).await;
    assert_eq!((status, &session["linked"]), (201, &json!(false)));
    assert_eq!(store.account_by_contact(&contact).await.unwrap(), Some(account));
    let asked = gateway.asked();
    assert!(asked[2].path.starts_with("/wxa/business/getuserphonenumber?access_token=t"), "{}", asked[2].path);
    assert_eq!(asked[2].body, r#"{"code":"c0ffee"}"#);
}

#[tokio::test]
async fn a_code_that_is_typed_on_the_web_links_once() {
    let service = Service::new(Says::Fits).await;
    let store = &service.app.store;
    let _gateway = set_up(&service, vec![SOMEBODY, SOMEBODY]).await;
    let (_, problem) = send(&service, "POST", SESSION, "", &json!({ "code": "fresh" })).await;
    let link = problem["link"].as_str().unwrap().to_lowercase();
    let account = store.add_account(Some(&Contact::parse("a@example.cn").unwrap()), None, Lang::Zh).await.unwrap();
    store.begin_account_session(account, How::Code, "token", None, "").await.unwrap();
    let mut browser = service.browser();
    browser.keep("account", "token");
    browser.post("/account/links/code", &[("code", "0000000000")]).await.tells("code", "代码不对或已过期");
    let typed = format!(" {}-{} ", &link[..5], &link[5..]);
    assert_eq!(browser.post("/account/links/code", &[("code", &typed)]).await.to(), "/account/links?told=linked");
    assert_eq!(store.linked("wechat", "openid-1").await.unwrap(), Some(account));
    browser.post("/account/links/code", &[("code", &typed)]).await.tells("code", "代码不对或已过期");
    assert_eq!(send(&service, "POST", SESSION, "", &json!({ "code": "fresh" })).await.0, 201);
}
