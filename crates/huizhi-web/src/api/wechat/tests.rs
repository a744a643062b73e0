//! A mini-program binds its user to an order.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use huizhi_domain::words::Lang;
use huizhi_store::{ApplicantRecord, NewOrder};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::api::openapi::described::is_described;
use crate::citizen::tests::{NUMBER, Says, Service};
use crate::notify::servers::Gateway;
use crate::routes::routes;

const WECHAT: &str = r#"
[wechat]
appid = "wx0123456789abcdef"
secret = { file = "SECRET" }
api = "GATEWAY"
page = "pages/order?o={secret}"
[wechat.templates.review-result]
id = "template-review"
fields = { document = "thing1", result = "phrase2" }
"#;

async fn send(service: &Service, secret: &str, body: &Value) -> (u16, Value) {
    let (method, path) = (if body.is_null() { "GET" } else { "POST" }, format!("/api/v1/wechat/{secret}"));
    let request = Request::builder()
        .method(method)
        .uri(&path)
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()));
    let response = routes(service.app.clone()).oneshot(request.unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    is_described(method, &path, parts.status, &parts.headers, &bytes);
    (parts.status.as_u16(), serde_json::from_slice(&bytes).unwrap_or_default())
}

#[tokio::test]
async fn who_holds_the_link_and_knows_the_last_four_is_bound_by_a_fresh_code() {
    let service = Service::new(Says::Fits).await;
    let store = &service.app.store;
    let new = NewOrder { document: "cn-resident-id".to_owned(), city: "441300".to_owned(), lang: Lang::Zh };
    let (order, _) = store.begin_order(new, &store.visitor("browser")).await.unwrap();
    let mut applicant = ApplicantRecord::default();
    applicant.id_number = Some(NUMBER.to_owned());
    store.set_applicant(order.id, &applicant).await.unwrap();
    let secret = store.secret_of(order.id).await.unwrap().to_string();
    // Without a mini-program there is no such address.
    assert_eq!(send(&service, &secret, &Value::Null).await.0, 404);

    let gateway = Gateway::start(vec![
        (200, r#"{"errcode":40029,"errmsg":"invalid code"}"#),
        (200, r#"{"errcode":45011,"errmsg":"frequency limit"}"#),
        (200, r#"{"errcode":40226,"errmsg":"code blocked"}"#),
        (200, r#"{"errcode":-1,"errmsg":"system error"}"#),
        (200, r#"{"openid":"openid-1","session_key":"key","unionid":"u"}"#),
    ])
    .await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, "hush\n").unwrap();
    let outside = gateway.outside(&WECHAT.replace("SECRET", &file.display().to_string()));
    assert!(service.app.shared.outside.set(outside).is_ok());
    let (status, asked) = send(&service, &secret, &Value::Null).await;
    assert_eq!((status, asked), (200, json!({ "templates": ["template-review"], "four": true })));
    assert_eq!(send(&service, "nobody", &Value::Null).await.0, 404);
    let bind = |four: &str, code: &str| json!({ "code": code, "four": four, "allowed": ["template-review", "other"] });
    let (status, said) = send(&service, &secret, &bind("9999", "fresh")).await;
    assert_eq!((status, &said["code"]), (403, &json!("four")));
    let (status, said) = send(&service, &secret, &bind(&NUMBER[14..], "no code&appid=x")).await;
    assert_eq!((status, &said["code"]), (422, &json!("code-wrong")));
    assert!(gateway.asked().is_empty(), "neither was asked of WeChat");
    for (status, code) in
        [(422, "code-wrong"), (429, "wechat-busy"), (403, "code-blocked"), (503, "wechat-unreachable")]
    {
        let (found, said) = send(&service, &secret, &bind(&NUMBER[14..], "fresh")).await;
        println!("code2Session → {found} {}", said["code"]);
        assert_eq!((found, &said["code"]), (status, &json!(code)));
    }
    assert_eq!(store.openid_of(order.id).await.unwrap(), None);
    assert_eq!(send(&service, &secret, &bind(&NUMBER[14..], "fresh")).await.0, 204);
    assert_eq!(store.openid_of(order.id).await.unwrap().as_deref(), Some("openid-1"));
    assert_eq!(store.wechat_allows(order.id, "review-result").await.unwrap(), 1);
    let asked = gateway.asked().pop().unwrap().path;
    assert!(asked.contains("js_code=fresh") && asked.contains("secret=hush&"), "{asked}");
}
