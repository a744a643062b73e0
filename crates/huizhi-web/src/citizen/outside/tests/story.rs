//! From the button to the account: who is not linked yet, who is, and who tries what they should not.

use huizhi_domain::account::{Assurance, Contact, How};
use huizhi_domain::id::AccountId;
use huizhi_domain::words::Lang;
use huizhi_store::Linked;

use super::provider::{Lie, Provider};
use crate::citizen::tests::{Browser, Says, Seen, Service};

const GO: &str = "/sign-in/with/province";

async fn account(service: &Service, contact: &str) -> AccountId {
    let contact = Contact::parse(contact).unwrap();
    service.app.store.add_account(Some(&contact), None, Lang::Zh).await.unwrap()
}

/// A browser that is signed in.
async fn browser(service: &Service, account: AccountId) -> Browser {
    let token = crate::gate::draw_token().unwrap();
    service.app.store.begin_account_session(account, How::Code, &token, None, "").await.unwrap();
    let mut browser = service.browser();
    browser.keep("account", &token);
    browser
}

/// Where a page sends the browser on to.
fn on(page: &Seen) -> String {
    assert_eq!(page.status, 200, "{}", page.text());
    page.headers["refresh"].to_str().unwrap().strip_prefix("0; url=").unwrap().to_owned()
}

async fn open(more: &str) -> (Service, Provider) {
    let service = Service::new(Says::Fits).await;
    let provider = Provider::open(service.app.store.clone()).await;
    assert!(service.app.shared.outside.set(provider.outside(more)).is_ok());
    (service, provider)
}

async fn log(service: &Service) -> String {
    let entries = service.app.store.log_entries(0, 1000).await.unwrap();
    let lines: Vec<_> = entries.iter().map(|(_, entry)| String::from_utf8_lossy(entry)).collect();
    lines.join("\n")
}

#[tokio::test]
async fn who_is_known_there_signs_in_to_their_account_and_is_known_here_from_then_on() {
    let (service, provider) = open("checks-number = true").await;
    let id = account(&service, "13800138000").await;
    let mut stranger = service.browser();
    let page = stranger.get("/sign-in/with?to=/orders").await;
    assert!(page.text().contains("省统一身份认证") && page.text().contains("value=\"/orders\""), "{}", page.text());
    let page = stranger.post(GO, &[("to", "/orders")]).await;
    let back = provider.agrees(&on(&page));
    assert_eq!(stranger.get(&back).await.to(), format!("{GO}/unknown"));
    assert!(stranger.get(&format!("{GO}/unknown")).await.text().contains("/sign-in?to=/account/links/offer"));
    // No account came about, and nobody is signed in.
    assert!(stranger.get("/account/links").await.to().starts_with("/sign-in?to="));

    // They sign in with a code, in the same browser.
    let token = crate::gate::draw_token().unwrap();
    service.app.store.begin_account_session(id, How::Code, &token, None, "").await.unwrap();
    stranger.keep("account", &token);
    assert!(stranger.get("/account/links/offer").await.text().contains("省统一身份认证"));
    assert_eq!(stranger.post("/account/links/offer", &[]).await.to(), "/account/links?told=linked");
    assert_eq!(stranger.post("/account/links/offer", &[]).await.status, 409, "an offer is good once");
    assert!(stranger.get("/account/links?told=linked").await.text().contains("已绑定。"));
    assert_eq!(service.app.store.account(id).await.unwrap().unwrap().assurance, Assurance::NumberChecked);

    let mut phone = service.browser();
    let back = provider.agrees(&on(&phone.post(GO, &[("to", "/orders")]).await));
    assert_eq!(phone.get(&back).await.to(), "/orders");
    assert_eq!(phone.get("/account/links").await.status, 200);
    assert_eq!(phone.post("/account/links/province/remove", &[]).await.to(), "/account/links?told=unlinked");
    let log = log(&service).await;
    for words in
        ["account.linked", "account.unlinked", "account.signed-in", "\"how\":\"outside\"", "\"how\":\"province\""]
    {
        assert!(log.contains(words), "{words}\n{log}");
    }
    assert!(!log.contains("somebody"), "the log names nobody");
}

#[tokio::test]
async fn what_comes_back_counts_once_in_the_browser_that_left_and_for_ten_minutes() {
    let (service, provider) = open("").await;
    let id = account(&service, "13800138000").await;
    assert_eq!(service.app.store.link(id, "province", "somebody").await.unwrap(), Linked::Done);
    let (mut phone, mut other) = (service.browser(), service.browser());
    let back = provider.agrees(&on(&phone.post(GO, &[]).await));
    assert_eq!(phone.get(&back).await.to(), "/account");
    assert_eq!(phone.get(&back).await.status, 409, "a state is good once");

    let back = provider.agrees(&on(&phone.post(GO, &[]).await));
    assert_eq!(other.get(&back).await.status, 409, "another browser");
    assert!(other.get("/account/links").await.to().starts_with("/sign-in"), "and nobody is signed in there");
    assert_eq!(phone.get(&back).await.status, 409, "and it is over for the right one too");

    let back = provider.agrees(&on(&phone.post(GO, &[]).await));
    service.pass_ms(600_000);
    assert_eq!(phone.get(&back).await.status, 409, "ten minutes");

    let back = provider.agrees(&on(&phone.post(GO, &[]).await));
    let invented = back.replace("state=", "state=x");
    assert_eq!(phone.get(&invented).await.status, 409);
    let mixed = back.split_once("&iss=").unwrap().0.to_owned() + "&iss=https%3A%2F%2Fanother.example";
    assert_eq!(phone.get(&mixed).await.status, 403, "another provider's answer");
    assert_eq!(phone.get("/sign-in/with/nobody?state=x").await.status, 404);
    assert_eq!(phone.get(GO).await.to(), "/sign-in/with");
    // Nobody is sent elsewhere by a link.
    let back = provider.agrees(&on(&phone.post(GO, &[("to", "https://evil.example/")]).await));
    assert_eq!(phone.get(&back).await.to(), "/account");
}

#[tokio::test]
async fn a_provider_that_lies_or_is_down_signs_nobody_in_and_the_page_says_what_else_there_is() {
    let (service, provider) = open("").await;
    let id = account(&service, "13800138000").await;
    service.app.store.link(id, "province", "somebody").await.unwrap();
    let mut phone = service.browser();
    for (lie, status) in [(Lie::Nonce, 403), (Lie::Unsigned, 403), (Lie::Shared, 403), (Lie::Down, 503)] {
        let back = provider.agrees(&on(&phone.post(GO, &[]).await));
        provider.lies(lie);
        let page = phone.get(&back).await;
        assert_eq!(page.status, status, "{lie:?}");
        assert!(page.text().contains("密码和验证码照常可用"), "{lie:?}: {}", page.text());
        provider.lies(Lie::None);
    }
    let back = provider.agrees(&on(&phone.post(GO, &[]).await));
    let denied = back.split_once("?code=").unwrap().0.to_owned()
        + "?error=access_denied&state="
        + back.split_once("&state=").unwrap().1;
    let page = phone.get(&denied).await;
    assert!(page.status == 200 && page.text().contains("您在那里没有同意"), "{}", page.text());
    assert!(phone.get("/account/links").await.to().starts_with("/sign-in"));
}

#[tokio::test]
async fn somebody_there_has_one_account_here_and_the_last_way_in_stays() {
    let (service, provider) = open("").await;
    let (one, two) = (account(&service, "13800138000").await, account(&service, "two@example.cn").await);
    let (mut first, mut second) = (browser(&service, one).await, browser(&service, two).await);
    let back = provider.agrees(&on(&first.post("/account/links", &[("provider", "province")]).await));
    assert_eq!(first.get(&back).await.to(), "/account/links?told=linked");
    // The same person for a second account.
    let back = provider.agrees(&on(&second.post("/account/links", &[("provider", "province")]).await));
    let page = second.get(&back).await;
    assert!(page.status == 409 && page.text().contains("已经绑定了另一个账号"), "{}", page.text());
    // A second person for the same account.
    provider.is("somebody else");
    let back = provider.agrees(&on(&first.post("/account/links", &[("provider", "province")]).await));
    assert_eq!(first.get(&back).await.status, 409);
    // Who signed out meanwhile links nothing.
    let back = provider.agrees(&on(&second.post("/account/links", &[("provider", "province")]).await));
    second.keep("account", "gone");
    assert_eq!(second.get(&back).await.status, 409);
    assert!(service.app.store.links_of(two).await.unwrap().is_empty());

    // Without a contact, the link is the only way in.
    let bare = service.app.store.add_account(None, None, Lang::Zh).await.unwrap();
    service.app.store.link(bare, "province", "hermit").await.unwrap();
    let mut hermit = browser(&service, bare).await;
    hermit.post("/account/links/province/remove", &[]).await.tells("links", "这是登录这个账号的唯一方式");
    assert_eq!(service.app.store.linked("province", "hermit").await.unwrap(), Some(bare));
    // With another link it is not.
    service.app.store.link(bare, "wechat", "openid").await.unwrap();
    assert_eq!(hermit.post("/account/links/province/remove", &[]).await.to(), "/account/links?told=unlinked");
    hermit.post("/account/links/wechat/remove", &[]).await.tells("links", "这是登录这个账号的唯一方式");
}
