//! Payments against a server that behaves like WeChat Pay: it checks our signature, signs its answers, and has its bad days.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use huizhi_domain::id::OrderId;
use huizhi_domain::order::{OrderState, Terms};
use huizhi_domain::staff::Role;
use huizhi_outside::{Outside, OutsideSettings, WechatPay};
use huizhi_store::{NewStaff, Store, Way};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey};
use serde_json::{Value, json};

use crate::app::App;
use crate::citizen::tests::{Browser, Says, Service};

const FEN: i64 = 1500;
const KEYS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/pay/keys");

/// How WeChat is today.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Day {
    #[default]
    Good,
    /// HTTP 500.
    Down,
    /// The signature is of another text.
    Forged,
    /// The answer is an hour old.
    Old,
    /// Refunds take a while.
    SlowRefunds,
}

#[derive(Default)]
struct Book {
    day: Day,
    /// State by payment.
    payments: BTreeMap<String, &'static str>,
    refunds: BTreeMap<String, i64>,
    asked: Vec<String>,
}

struct Bank {
    book: Arc<Mutex<Book>>,
    port: u16,
}

fn key(name: &str) -> RsaKeyPair {
    let pem = std::fs::read_to_string(format!("{KEYS}/{name}.pem")).unwrap();
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    RsaKeyPair::from_pkcs8(&BASE64.decode(body).unwrap()).unwrap()
}

impl Bank {
    /// Its clock is the store's.
    async fn open(store: Store) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let book = Arc::new(Mutex::new(Book::default()));
        let shared = Arc::clone(&book);
        let answer = move |request: Request| {
            let (book, seconds) = (Arc::clone(&shared), store.now().0 / 1000);
            async move { serve(&book, seconds, request).await }
        };
        tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback(answer)).await });
        Self { book, port }
    }

    fn outside(&self) -> Outside {
        let text = format!(
            "[[allow]]\nhost = \"127.0.0.1\"\nport = {0}\nhttp = true\nprivate = true\n[wechat-pay]\nmchid = \"1900000109\"\nappid = \
             \"wxd678efh567hg6787\"\nserial = \"5157F09EFDC096DE15EBE81A47057A72\"\nkey = {{ file = \"{KEYS}/merchant.pem\" }}\nplatform-id = \
             \"PUB_KEY_ID_1\"\nplatform-key = {{ file = \"{KEYS}/platform.pub.pem\" }}\napi = \"http://127.0.0.1:{0}\"\n",
            self.port
        );
        Outside::new(OutsideSettings::from_toml(&text).unwrap(), None).unwrap()
    }

    fn on(&self, day: Day) {
        self.book.lock().unwrap().day = day;
    }

    /// The citizen pays.
    fn pays(&self, id: &str) {
        self.book.lock().unwrap().payments.insert(id.to_owned(), "SUCCESS");
    }

    fn stands(&self, id: &str) -> &'static str {
        self.book.lock().unwrap().payments[id]
    }

    fn refunds(&self) -> Vec<i64> {
        self.book.lock().unwrap().refunds.values().copied().collect()
    }
}

async fn serve(book: &Mutex<Book>, seconds: i64, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = String::from_utf8(to_bytes(body, 65_536).await.unwrap().to_vec()).unwrap();
    let path = parts.uri.path_and_query().unwrap().as_str().to_owned();
    let head = parts.headers["authorization"].to_str().unwrap().to_owned();
    let part = |name: &str| head.split(&format!("{name}=\"")).nth(1).unwrap().split('"').next().unwrap().to_owned();
    let text = format!("{}\n{path}\n{}\n{}\n{body}\n", parts.method, part("timestamp"), part("nonce_str"));
    let merchant = key("merchant");
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, merchant.public().as_ref())
        .verify(text.as_bytes(), &BASE64.decode(part("signature")).unwrap())
        .unwrap();
    assert_eq!((&*part("mchid"), part("timestamp")), ("1900000109", seconds.to_string()));

    let mut book = book.lock().unwrap();
    book.asked.push(path.clone());
    if book.day == Day::Down {
        return (StatusCode::INTERNAL_SERVER_ERROR, r#"{"code":"SYSTEM_ERROR"}"#).into_response();
    }
    let asked: Value = serde_json::from_str(&body).unwrap_or_default();
    let (status, said) = told(&mut book, &path, &asked);
    let said = if said.is_null() { String::new() } else { said.to_string() };
    let seconds = if book.day == Day::Old { seconds - 3600 } else { seconds };
    let signed =
        if book.day == Day::Forged { "another text".to_owned() } else { format!("{seconds}\nnonce\n{said}\n") };
    let platform = key("platform");
    let mut signature = vec![0; platform.public().modulus_len()];
    platform.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
    let headers = [
        ("wechatpay-serial", "PUB_KEY_ID_1".to_owned()),
        ("wechatpay-timestamp", seconds.to_string()),
        ("wechatpay-nonce", "nonce".to_owned()),
        ("wechatpay-signature", BASE64.encode(signature)),
    ];
    (StatusCode::from_u16(status).unwrap(), headers, said).into_response()
}

fn told(book: &mut Book, path: &str, asked: &Value) -> (u16, Value) {
    let id = asked["out_trade_no"].as_str().unwrap_or_default().to_owned();
    match path {
        "/v3/pay/transactions/native" | "/v3/pay/transactions/h5" => {
            assert_eq!(asked["amount"], json!({ "total": FEN, "currency": "CNY" }));
            assert!(asked["time_expire"].as_str().unwrap().ends_with("+08:00"), "{asked}");
            assert_eq!(path.ends_with("h5"), asked["scene_info"]["payer_client_ip"].is_string());
            book.payments.entry(id.clone()).or_insert("NOTPAY");
            (200, json!({ "code_url": format!("weixin://{id}"), "h5_url": format!("https://wx.example/{id}") }))
        }
        "/v3/refund/domestic/refunds" => {
            book.refunds.insert(id, asked["amount"]["refund"].as_i64().unwrap());
            (200, json!({ "status": if book.day == Day::SlowRefunds { "PROCESSING" } else { "SUCCESS" } }))
        }
        _ => {
            let id = path.split("out-trade-no/").nth(1).unwrap().split(['/', '?']).next().unwrap();
            let Some(state) = book.payments.get_mut(id) else { return (404, json!({ "code": "ORDER_NOT_EXIST" })) };
            match (path.ends_with("/close"), *state) {
                (true, "SUCCESS") => (400, json!({ "code": "ORDERPAID" })),
                (true, _) => {
                    *state = "CLOSED";
                    (204, Value::Null)
                }
                (false, state) => (200, json!({ "trade_state": state, "amount": { "total": FEN } })),
            }
        }
    }
}

struct Case {
    service: Service,
    app: App,
    bank: Bank,
    till: Arc<WechatPay>,
    citizen: Browser,
    order: OrderId,
}

impl Case {
    /// An order that costs 15 yuan and waits for them.
    async fn unpaid() -> Self {
        let service = Service::new(Says::Fits).await;
        let app = service.app.clone();
        let mut citizen = service.browser();
        let (path, photo) = citizen.prepare().await;
        let order: OrderId = path.trim_start_matches("/order/").parse().unwrap();
        // Places ask nothing so far, so this is done where the price is pinned.
        let terms = Terms { price_fen: FEN, rules: "1".to_owned() };
        app.store.submit(order, photo.parse().unwrap(), None, terms, false).await.unwrap();
        let bank = Bank::open(app.store.clone()).await;
        let outside = bank.outside();
        let till = outside.till.clone().unwrap();
        assert!(app.shared.outside.set(outside).is_ok());
        Self { service, app, bank, till, citizen, order }
    }

    /// The citizen chooses to pay; gives what WeChat knows it by.
    async fn begin(&self, way: Way) -> String {
        let checkout = self.app.store.begin_checkout(self.order, way).await.unwrap();
        let address = super::address(&self.app, &self.till, &checkout, [192, 0, 2, 7].into()).await.unwrap().unwrap();
        assert!(address.ends_with(&checkout.id.to_string()), "{address}");
        checkout.id.to_string()
    }

    /// Time passes, and the loop looks.
    async fn after(&self, ms: i64) {
        self.service.pass_ms(ms);
        super::round(&self.app, &self.till).await.unwrap();
    }

    async fn stands(&self) -> (OrderState, i64) {
        let order = self.app.store.order(self.order).await.unwrap().unwrap();
        (order.state, order.paid_fen)
    }

    async fn clerk(&self) -> huizhi_domain::id::StaffId {
        let new = NewStaff {
            login: "clerk".to_owned(),
            name: "clerk".to_owned(),
            password: String::new(),
            role: Role::Clerk,
            office: None,
        };
        self.app.store.add_staff(new).await.unwrap().id
    }
}

#[tokio::test]
async fn a_payment_counts_once_however_often_it_is_told() {
    for way in [Way::ThisPhone, Way::Code] {
        let case = Case::unpaid().await;
        let id = case.begin(way).await;
        assert_eq!(case.begin(way).await, id, "a second press is the same payment");
        case.after(5_000).await;
        assert_eq!(case.stands().await, (OrderState::Unpaid, 0));
        case.bank.pays(&id);
        let checkout = case.app.store.open_checkout(case.order).await.unwrap().unwrap();
        case.after(60_000).await;
        assert_eq!(case.stands().await, (OrderState::Waiting, FEN));
        // Two workers may have asked at the same time.
        super::ask(&case.app, &case.till, &checkout).await.unwrap();
        case.after(60_000).await;
        assert_eq!(case.stands().await, (OrderState::Waiting, FEN));
        assert_eq!(case.app.store.messages_of(case.order).await.unwrap().len(), 2, "submitted, paid");
        assert!(case.bank.refunds().is_empty());
    }
}

#[tokio::test]
async fn nothing_follows_from_answers_that_wechat_did_not_sign() {
    for day in [Day::Down, Day::Forged, Day::Old] {
        let case = Case::unpaid().await;
        let id = case.begin(Way::Code).await;
        case.bank.pays(&id);
        case.bank.on(day);
        case.after(5_000).await;
        assert_eq!(case.stands().await, (OrderState::Unpaid, 0), "{day:?}");
        case.bank.on(Day::Good);
        case.after(70_000).await;
        assert_eq!(case.stands().await, (OrderState::Waiting, FEN), "{day:?}");
    }
}

#[tokio::test]
async fn what_is_paid_at_the_counter_cannot_be_paid_again() {
    let case = Case::unpaid().await;
    let id = case.begin(Way::Code).await;
    let clerk = case.clerk().await;
    case.app.store.pay(case.order, FEN, clerk).await.unwrap();
    case.after(5_000).await;
    assert_eq!(case.bank.stands(&id), "CLOSED");
    assert_eq!(case.app.store.open_checkout(case.order).await.unwrap(), None);
    assert_eq!(case.stands().await, (OrderState::Waiting, FEN));
}

#[tokio::test]
async fn what_was_paid_twice_goes_back_once() {
    let case = Case::unpaid().await;
    let id = case.begin(Way::Code).await;
    let clerk = case.clerk().await;
    case.bank.pays(&id);
    case.app.store.pay(case.order, FEN, clerk).await.unwrap();
    for _ in 0..4 {
        case.after(70_000).await;
    }
    assert_eq!(case.bank.refunds(), [FEN]);
    assert_eq!(case.stands().await, (OrderState::Waiting, FEN), "the counter's money stays");
    assert!(case.app.store.refunds_due("441300").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_withdrawn_orders_money_goes_back_where_it_came_from() {
    let case = Case::unpaid().await;
    let id = case.begin(Way::ThisPhone).await;
    case.bank.pays(&id);
    case.after(5_000).await;
    case.app.store.withdraw(case.order).await.unwrap();
    assert!(case.app.store.refunds_due("441300").await.unwrap().is_empty(), "not by the counter");
    case.bank.on(Day::SlowRefunds);
    case.after(5_000).await;
    assert_eq!(case.stands().await, (OrderState::Withdrawn, FEN), "under way");
    case.bank.on(Day::Good);
    case.after(70_000).await;
    assert_eq!((case.stands().await, case.bank.refunds()), ((OrderState::Withdrawn, 0), vec![FEN]));
    let refunds = |asked: &[String]| asked.iter().filter(|path| path.ends_with("refunds")).count();
    let before = refunds(&case.bank.book.lock().unwrap().asked);
    case.after(4_000_000).await;
    assert_eq!(refunds(&case.bank.book.lock().unwrap().asked), before, "it is not asked again");
}

#[tokio::test]
async fn a_payment_that_nobody_makes_ends_and_another_can_begin() {
    let case = Case::unpaid().await;
    let first = case.begin(Way::Code).await;
    case.after(Way::Code.lasts_ms() + 61_000).await;
    assert_eq!(case.bank.stands(&first), "CLOSED");
    let second = case.begin(Way::ThisPhone).await;
    assert_ne!(first, second);
    case.bank.pays(&second);
    case.after(5_000).await;
    assert_eq!(case.stands().await, (OrderState::Waiting, FEN));
}

#[tokio::test]
async fn the_pages_lead_through_it_and_let_another_way_be_chosen() {
    let mut case = Case::unpaid().await;
    let order = format!("/order/{}", case.order);
    let pay = format!("{order}/pay");
    assert!(case.citizen.get(&order).await.text().contains(&pay));
    assert!(case.citizen.get(&pay).await.text().contains("用这部手机付款"));
    assert_eq!(case.citizen.post(&pay, &[("way", "code")]).await.to(), pay);
    let first = case.app.store.open_checkout(case.order).await.unwrap().unwrap();
    assert!(case.citizen.get(&pay).await.text().contains("<svg class=\"qr\""));
    assert_eq!(case.citizen.post(&format!("{pay}/other"), &[]).await.to(), pay);
    assert_eq!(case.bank.stands(&first.id.to_string()), "CLOSED");
    assert_eq!(case.citizen.post(&pay, &[("way", "this-phone")]).await.to(), pay);
    let page = case.citizen.get(&pay).await.text();
    // WeChat looks where the click comes from.
    assert!(page.contains("href=\"https://wx.example/") && page.contains("referrerpolicy=\"origin\""), "{page}");
    let second = case.app.store.open_checkout(case.order).await.unwrap().unwrap();
    case.bank.on(Day::Down);
    assert_eq!(case.citizen.get(&pay).await.status, StatusCode::OK, "it waits on");
    case.bank.on(Day::Good);
    case.bank.pays(&second.id.to_string());
    // Given up in the second in which it was paid: it counts.
    case.citizen.post(&format!("{pay}/other"), &[]).await.to();
    assert_eq!(case.citizen.get(&pay).await.to(), order);
    assert_eq!(case.stands().await, (OrderState::Waiting, FEN));
    assert_eq!(case.citizen.post(super::BELL, &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn where_wechat_is_not_there_the_page_says_so_and_the_same_payment_begins_later() {
    let mut case = Case::unpaid().await;
    let pay = format!("/order/{}/pay", case.order);
    case.bank.on(Day::Down);
    let seen = case.citizen.post(&pay, &[("way", "code")]).await;
    assert_eq!(seen.status, StatusCode::SERVICE_UNAVAILABLE);
    seen.tells("way", "现在连不上微信支付");
    let open = case.app.store.open_checkout(case.order).await.unwrap().unwrap();
    case.bank.on(Day::Good);
    assert_eq!(case.citizen.post(&pay, &[("way", "code")]).await.to(), pay);
    assert_eq!(case.app.store.open_checkout(case.order).await.unwrap().unwrap().id, open.id);
}
