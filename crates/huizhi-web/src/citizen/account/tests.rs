//! Accounts as a browser sees them.

use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;

use crate::app::Settings;
use crate::citizen::tests::{Browser, Says, Seen, Service};

const PASSWORD: &str = "我爱惠州西湖的荷花";
const CONTACT: &str = "13800001234";
/// Masked, it looks like the other.
const STRANGER: &str = "13811111234";
const MINUTE_MS: i64 = 60_000;

fn newest(service: &Service) -> String {
    service.app.shared.accounts.outbox.letters().first().map(|letter| letter.text.clone()).unwrap_or_default()
}

fn code(service: &Service) -> String {
    let text = newest(service);
    let code = text.split(|c: char| !c.is_ascii_digit()).find(|part| part.len() == 6);
    code.unwrap_or_else(|| panic!("no code in {text}")).to_owned()
}

/// Registers in a new browser, which is signed in afterwards.
async fn register(service: &Service, browser: &mut Browser, contact: &str) {
    let to = browser.post("/register", &[("contact", contact)]).await.to();
    assert_eq!(to, "/register/code?to=%2Faccount");
    assert!(browser.get(&to).await.text().contains("autocomplete=\"one-time-code\""));
    let fields = [("code", code(service)), ("password", PASSWORD.to_owned())];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(browser.post("/register/code", &fields).await.to(), "/account");
}

async fn sign_in(browser: &mut Browser, contact: &str, password: &str) -> Seen {
    browser.post("/sign-in", &[("contact", contact), ("password", password)]).await
}

async fn is_in(browser: &mut Browser) -> bool {
    browser.get("/account").await.status == StatusCode::OK
}

#[tokio::test]
async fn from_registering_to_a_forgotten_password() {
    let service = Service::new(Says::Fits).await;
    let mut browser = service.browser();
    assert_eq!(browser.get("/account").await.to(), "/sign-in?to=%2Faccount");
    register(&service, &mut browser, CONTACT).await;
    let home = browser.get("/account").await.text();
    assert!(home.contains("138****1234") && home.contains("第 2 级"), "{home}");
    assert!(!home.contains(CONTACT));
    assert!(browser.get("/").await.text().contains(">我的</a>"));

    assert_eq!(browser.post("/sign-out", &[]).await.to(), "/sign-in?told=signed-out");
    assert!(!is_in(&mut browser).await);
    sign_in(&mut browser, CONTACT, "a wrong password").await.tells("contact", "账号或密码不对");
    service.pass_ms(1000);
    let seen =
        browser.post("/sign-in", &[("contact", " 138 0000 1234"), ("password", PASSWORD), ("to", "/orders")]).await;
    assert_eq!(seen.to(), "/orders");
    let cookies: Vec<&str> = seen.headers.get_all(SET_COOKIE).iter().map(|it| it.to_str().unwrap()).collect();
    let cookie = cookies.iter().find(|cookie| cookie.starts_with("account=")).unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"), "{cookie}");
    assert!(is_in(&mut browser).await);

    // Elsewhere, with a code: the session here ends.
    service.pass_ms(MINUTE_MS);
    let mut phone = service.browser();
    let to = phone.post("/recover", &[("contact", CONTACT)]).await.to();
    assert!(phone.get(&to).await.text().contains("autocomplete=\"new-password\""));
    let typed = code(&service);
    let fields = [("code", typed.as_str()), ("password", "另一个很长的密码")];
    assert_eq!(phone.post("/recover/code", &fields).await.to(), "/account");
    assert!(is_in(&mut phone).await && !is_in(&mut browser).await);
    assert_eq!(browser.get("/account").await.to(), "/sign-in?to=%2Faccount&told=ended");
    let again = phone.post("/recover/code", &fields).await;
    assert_eq!(again.to(), "/recover?to=%2Faccount", "a code is good once");
    assert_eq!(sign_in(&mut browser, CONTACT, PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    service.pass_ms(3000);
    assert_eq!(sign_in(&mut browser, CONTACT, "另一个很长的密码").await.to(), "/account");
}

#[tokio::test]
async fn a_code_is_as_good_as_a_password() {
    let service = Service::new(Says::Fits).await;
    let mut browser = service.browser();
    register(&service, &mut browser, "Zhang@Example.CN").await;
    service.pass_ms(MINUTE_MS);
    let mut phone = service.browser();
    let to = phone.post("/sign-in/code", &[("contact", "zhang@example.cn"), ("to", "/orders")]).await.to();
    assert_eq!(to, "/sign-in/code/enter?to=%2Forders");
    let typed = code(&service);
    let wrong = if typed == "000000" { "000001" } else { "000000" };
    phone.post("/sign-in/code/enter", &[("code", wrong)]).await.tells("code", "验证码不对");
    phone.post("/sign-in/code/enter", &[("code", "12")]).await.tells("code", "验证码是 6 位数字");
    let pasted = format!(" {} {} ", &typed[..3], &typed[3..]);
    assert_eq!(phone.post("/sign-in/code/enter", &[("code", &pasted), ("to", "/orders")]).await.to(), "/orders");
    assert!(is_in(&mut phone).await);
    let sessions = browser.get("/account/sessions").await.text();
    assert!(sessions.contains("验证码登录") && sessions.matches("/end\"").count() == 2, "{sessions}");
}

#[tokio::test]
async fn no_page_says_who_has_an_account() {
    let service = Service::new(Says::Fits).await;
    register(&service, &mut service.browser(), CONTACT).await;
    service.pass_ms(MINUTE_MS);
    for (ask, enter) in
        [("/register", "/register/code"), ("/sign-in/code", "/sign-in/code/enter"), ("/recover", "/recover/code")]
    {
        let mut pages = Vec::new();
        for contact in [CONTACT, STRANGER] {
            let mut browser = service.browser();
            let asked = browser.post(ask, &[("contact", contact)]).await;
            let cookie = asked.headers[SET_COOKIE].to_str().unwrap().len();
            let page = browser.get(enter).await;
            let fields = [("code", "000000"), ("password", PASSWORD)];
            let wrong = browser.post(enter, &fields).await;
            pages.push((asked.to(), cookie, page.bytes, wrong.status, wrong.bytes));
            // Each was told, and only the right one got a code.
            let text = newest(&service);
            let has_code = text.split(|c: char| !c.is_ascii_digit()).any(|part| part.len() == 6);
            assert_eq!(has_code, (contact == CONTACT) != (ask == "/register"), "{ask}: {text}");
        }
        assert!(pages[0] == pages[1], "{ask}");
        service.pass_ms(MINUTE_MS);
    }
    let mut pages = Vec::new();
    for contact in [CONTACT, STRANGER] {
        let mut browser = service.browser();
        let wrong = sign_in(&mut browser, contact, "a wrong password").await;
        let waits = sign_in(&mut browser, contact, PASSWORD).await;
        assert_eq!(waits.status, StatusCode::TOO_MANY_REQUESTS);
        pages.push((wrong.status, wrong.text().replace(contact, "X"), waits.text().replace(contact, "X")));
    }
    assert_eq!(pages[0], pages[1]);
}

#[tokio::test]
async fn passwords_that_everybody_knows_are_refused_beside_the_field() {
    let service = Service::new(Says::Fits).await;
    let mut browser = service.browser();
    browser.post("/register", &[("contact", CONTACT)]).await.to();
    let typed = code(&service);
    for (password, words) in [("1234567", "至少要 8 个字符"), ("password1", "很多人在用"), (CONTACT, "自己的手机号")]
    {
        let seen = browser.post("/register/code", &[("code", &typed), ("password", password)]).await;
        assert!(seen.text().contains(words), "{password}");
        assert!(seen.text().contains("id=\"password-problem\""));
        assert!(seen.text().contains(&format!("value=\"{typed}\"")), "the code need not be typed again");
    }
    // The code is not used up by a password that is refused.
    assert_eq!(browser.post("/register/code", &[("code", &typed), ("password", PASSWORD)]).await.to(), "/account");
}

#[tokio::test]
async fn codes_go_out_once_a_minute_and_end_after_ten() {
    let service = Service::new(Says::Fits).await;
    let mut browser = service.browser();
    browser.post("/register", &[("contact", CONTACT)]).await.to();
    let again = browser.post("/register", &[("contact", CONTACT)]).await;
    assert_eq!(again.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(browser.get("/register").await.text().contains(&format!("value=\"{CONTACT}\"")));
    again.tells("contact", "刚发过验证码，请等一等，1 分钟后再试");
    let typed = code(&service);
    service.pass_ms(10 * MINUTE_MS);
    let late = browser.post("/register/code", &[("code", &typed), ("password", PASSWORD)]).await;
    late.tells("code", "这个验证码不能用了");
    assert_eq!(service.app.shared.accounts.passwords.done(), 0, "nothing is hashed for a code that is over");
}

#[tokio::test]
async fn a_session_that_somebody_planted_ends_at_the_sign_in() {
    let service = Service::new(Says::Fits).await;
    let mut attacker = service.browser();
    register(&service, &mut service.browser(), CONTACT).await;
    register(&service, &mut attacker, STRANGER).await;
    let mut victim = attacker.clone();
    assert_eq!(sign_in(&mut victim, CONTACT, PASSWORD).await.to(), "/account");
    assert!(is_in(&mut victim).await && !is_in(&mut attacker).await);
}

#[tokio::test]
async fn a_changed_password_ends_every_other_session() {
    let service = Service::new(Says::Fits).await;
    let (mut browser, mut other) = (service.browser(), service.browser());
    register(&service, &mut browser, CONTACT).await;
    assert_eq!(sign_in(&mut other, CONTACT, PASSWORD).await.to(), "/account");
    let old = browser.clone();
    let page = browser.get("/account/password").await.text();
    for part in ["autocomplete=\"username\"", "autocomplete=\"current-password\"", "autocomplete=\"new-password\""] {
        assert!(page.contains(part), "{part}");
    }
    let change = |old: &'static str| [("old", old), ("password", "另一个很长的密码")];
    browser.post("/account/password", &change("a wrong password")).await.tells("old", "现在的密码不对");
    service.pass_ms(1000);
    assert_eq!(browser.post("/account/password", &change(PASSWORD)).await.to(), "/account?told=password");
    assert!(is_in(&mut browser).await && !is_in(&mut other).await);
    assert!(!is_in(&mut old.clone()).await, "this browser has a new token, too");
}

#[tokio::test]
async fn another_number_takes_a_code_ends_other_sessions_and_is_told_to_the_old_one() {
    const NEW: &str = "13922225678";
    let service = Service::new(Says::Fits).await;
    let (mut browser, mut other) = (service.browser(), service.browser());
    register(&service, &mut browser, CONTACT).await;
    assert_eq!(sign_in(&mut other, CONTACT, PASSWORD).await.to(), "/account");
    assert_eq!(browser.get("/account/contact/code").await.to(), "/account/contact", "nobody was asked yet");
    browser.post("/account/contact", &[("contact", "138 0000 1234")]).await.tells("contact", "这就是现在用的");
    browser.post("/account/contact", &[("contact", "1390000")]).await.tells("contact", "请填 11 位手机号");
    assert!(browser.get("/account/contact").await.text().contains("更换手机号或邮箱"));
    assert_eq!(browser.post("/account/contact", &[("contact", NEW)]).await.to(), "/account/contact/code?to=%2Faccount");
    let typed = code(&service);
    let wrong = if typed == "000000" { "000001" } else { "000000" };
    browser.post("/account/contact/code", &[("code", wrong)]).await.tells("code", "验证码不对");
    assert!(is_in(&mut other).await, "nothing has changed");
    assert_eq!(browser.post("/account/contact/code", &[("code", &typed)]).await.to(), "/account?told=contact");

    let home = browser.get("/account?told=contact").await.text();
    assert!(home.contains("139****5678") && home.contains("已更换"), "{home}");
    assert!(!is_in(&mut other).await);
    let letters = service.app.shared.accounts.outbox.letters();
    assert_eq!(letters[0].to, CONTACT);
    assert!(letters[0].text.contains("139****5678") && !letters[0].text.contains(NEW), "{}", letters[0].text);
    assert_eq!(sign_in(&mut other, CONTACT, PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(sign_in(&mut other, NEW, PASSWORD).await.to(), "/account");
    // The old number is free again.
    service.pass_ms(MINUTE_MS);
    register(&service, &mut service.browser(), CONTACT).await;
}

#[tokio::test]
async fn another_number_that_has_an_account_stays_its_own_and_no_page_says_so() {
    let service = Service::new(Says::Fits).await;
    let (mut browser, mut owner) = (service.browser(), service.browser());
    register(&service, &mut owner, STRANGER).await;
    register(&service, &mut browser, CONTACT).await;
    service.pass_ms(MINUTE_MS);
    let mut pages = Vec::new();
    // Masked, they look alike.
    for contact in [STRANGER, "13822221234"] {
        let asked = browser.post("/account/contact", &[("contact", contact)]).await;
        let page = browser.get("/account/contact/code").await;
        let wrong = browser.post("/account/contact/code", &[("code", "000000")]).await;
        pages.push((asked.to(), page.bytes, wrong.status, wrong.bytes));
        let has_account = contact == STRANGER;
        assert_eq!(newest(&service).contains("所以没有换"), has_account, "{}", newest(&service));
    }
    assert!(pages[0] == pages[1]);
    assert!(is_in(&mut owner).await && browser.get("/account").await.text().contains("138****1234"));
}

#[tokio::test]
async fn another_number_is_asked_for_a_moment_after_the_password_only() {
    let service = Service::new(Says::Fits).await;
    let mut browser = service.browser();
    register(&service, &mut browser, CONTACT).await;
    browser.post("/account/contact", &[("contact", STRANGER)]).await.to();
    let typed = code(&service);
    service.pass_ms(8 * MINUTE_MS);
    browser.get("/account").await;
    service.pass_ms(8 * MINUTE_MS);
    let page = browser.get("/account/contact").await.text();
    assert!(page.contains("请先用密码或验证码重新登录"), "{page}");
    let again = "/sign-out?to=%2Faccount%2Fcontact";
    assert!(page.contains(&format!("action=\"{again}\"")), "{page}");
    for (path, field) in [("/account/contact", ("contact", STRANGER)), ("/account/contact/code", ("code", &typed))] {
        assert_eq!(browser.post(path, &[field]).await.to(), "/account/contact");
    }
    assert!(browser.get("/account").await.text().contains("138****1234"));
    assert_eq!(browser.post(again, &[]).await.to(), "/sign-in?to=%2Faccount%2Fcontact&told=signed-out");
    assert_eq!(sign_in(&mut browser, CONTACT, PASSWORD).await.to(), "/account");
}

#[tokio::test]
async fn sessions_end_one_by_one_all_others_and_by_time() {
    let service = Service::new(Says::Fits).await;
    let (mut here, mut there) = (service.browser(), service.browser());
    register(&service, &mut here, CONTACT).await;
    sign_in(&mut there, CONTACT, PASSWORD).await.to();
    assert_eq!(here.post("/account/sessions", &[("which", "others")]).await.to(), "/account/sessions");
    assert!(is_in(&mut here).await && !is_in(&mut there).await);
    sign_in(&mut there, CONTACT, PASSWORD).await.to();
    // A stranger can not end it.
    let page = there.get("/account/sessions").await.text();
    let path =
        page.split("action=\"").find_map(|part| part.split('"').next().filter(|it| it.ends_with("/end"))).unwrap();
    let path = path.to_owned();
    let mut stranger = service.browser();
    register(&service, &mut stranger, STRANGER).await;
    stranger.post(&path, &[]).await.to();
    assert!(is_in(&mut here).await && is_in(&mut there).await);
    here.post(&path, &[]).await.to();
    assert!(is_in(&mut here).await != is_in(&mut there).await);
    sign_in(&mut here, CONTACT, PASSWORD).await.to();
    assert_eq!(here.post("/account/sessions", &[("which", "all")]).await.to(), "/sign-in?told=signed-out");
    assert!(!is_in(&mut here).await && !is_in(&mut there).await);
    sign_in(&mut here, CONTACT, PASSWORD).await.to();
    service.pass_ms(29 * MINUTE_MS);
    assert!(is_in(&mut here).await);
    service.pass_ms(30 * MINUTE_MS);
    assert!(!is_in(&mut here).await);
}

#[tokio::test]
async fn orders_from_before_the_account_are_taken_over_and_found_elsewhere() {
    let service = Service::new(Says::Fits).await;
    let mut browser = service.browser();
    let (order, _) = browser.submit().await;
    register(&service, &mut browser, CONTACT).await;
    assert!(browser.get("/account").await.text().contains("有 1 个订单不在您的账号里"));
    assert_eq!(browser.get(&order).await.status, StatusCode::OK, "it is held by the browser still");
    let mut phone = service.browser();
    sign_in(&mut phone, CONTACT, PASSWORD).await.to();
    assert_eq!(phone.get(&order).await.status, StatusCode::NOT_FOUND);
    assert!(!browser.get("/account/consents").await.text().contains("已同意"));
    assert_eq!(browser.post("/account/orders", &[]).await.to(), "/account?told=orders");
    assert!(browser.get("/account/consents").await.text().contains("已同意"), "it comes along with its consent");
    assert!(!browser.get("/account").await.text().contains("不在您的账号里"));
    assert_eq!(phone.get(&order).await.status, StatusCode::OK);
    // Both hold it, and it is shown once.
    assert_eq!(browser.get("/orders").await.text().matches(&format!("href=\"{order}\"")).count(), 1);
    assert_eq!(browser.get("/messages").await.text().matches(&format!("href=\"{order}\"")).count(), 1);
    // A new one is the account's, and gone with the session.
    phone.begin().await;
    phone.post("/sign-out", &[]).await.to();
    assert_eq!(phone.get(&order).await.status, StatusCode::NOT_FOUND);
    assert!(!phone.get("/orders").await.text().contains("/order/"));
}

#[tokio::test]
async fn a_secret_link_gives_the_order_to_who_is_signed_in() {
    let service = Service::new(Says::Fits).await;
    let (order, _) = service.browser().submit().await;
    let id = order.strip_prefix("/order/").unwrap().parse().unwrap();
    let secret = service.app.store.secret_of(id).await.unwrap().to_string();
    let mut browser = service.browser();
    register(&service, &mut browser, CONTACT).await;
    assert_eq!(browser.post(&format!("/o/{secret}"), &[("four", "0024")]).await.to(), order);
    let mut phone = service.browser();
    sign_in(&mut phone, CONTACT, PASSWORD).await.to();
    assert_eq!(phone.get(&order).await.status, StatusCode::OK);
    // Whose session is over is asked to sign in, and not told that there is nothing.
    service.pass_ms(31 * MINUTE_MS);
    let to = format!("/sign-in?to={}&told=ended", crate::citizen::quoted(&order));
    assert_eq!(phone.get(&order).await.to(), to);
}

#[tokio::test]
async fn the_outbox_is_there_in_a_demonstration_only() {
    let service = Service::new(Says::Fits).await;
    let mut browser = service.browser();
    browser.post("/register", &[("contact", CONTACT)]).await.to();
    let page = browser.get("/outbox").await.text();
    assert!(page.contains(&code(&service)) && page.contains("演示"), "{page}");
    let service = Service::with(Says::Fits, Settings::default()).await;
    let mut browser = service.browser();
    assert_eq!(browser.get("/outbox").await.status, StatusCode::NOT_FOUND);
    browser.post("/register", &[("contact", CONTACT)]).await.tells("contact", "现在不能往这里发验证码");
    assert!(service.app.shared.accounts.outbox.letters().is_empty());
}

#[tokio::test]
async fn the_services_own_budget_of_codes_ends() {
    let settings = Settings { demo: true, codes_a_day: 2, ..Settings::default() };
    let service = Service::with(Says::Fits, settings).await;
    let mut browser = service.browser();
    for (contact, status) in [(CONTACT, 303), (STRANGER, 303), ("a@example.cn", 429)] {
        assert_eq!(browser.post("/register", &[("contact", contact)]).await.status.as_u16(), status, "{contact}");
    }
    service.pass_ms(24 * 60 * MINUTE_MS);
    assert_eq!(browser.post("/register", &[("contact", "a@example.cn")]).await.status.as_u16(), 303);
}
