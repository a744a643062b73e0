use axum::body::Body;
use axum::http::Request;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use huizhi_domain::staff::Role;
use huizhi_domain::totp::TotpSecret;
use huizhi_store::NewStaff;

use super::{Desks, HASH, PASSWORD, Page, Somebody, token_of};
use crate::gate::passkey::tests::Authenticator;

const HERE: &str = "http://localhost:8080";

/// Somebody in the browser that an answer went to.
fn as_told(who: &Somebody, page: &Page) -> Somebody {
    let token = token_of(page).unwrap_or_else(|| panic!("no new token: {} {}", page.status, page.text));
    Somebody { staff: who.staff.clone(), token, office: who.office.clone() }
}

/// What a page's form has as an attribute or value.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split(after).next().unwrap()
}

async fn sign_in(desks: &Desks, who: &Somebody) -> Somebody {
    let form = format!("login={}&password={}&to=/desk/review", who.staff.login, PASSWORD.replace(' ', "+"));
    as_told(who, &desks.post(None, "/desk/sign-in", &form).await)
}

async fn secret_of(desks: &Desks, who: &Somebody) -> TotpSecret {
    desks.store.totp_to_enrol(who.staff.id).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_clerk_who_adds_a_second_factor_still_sees_their_office() {
    let desks = Desks::new().await;
    let clerk = desks.somebody("clerk", Role::Clerk).await;
    let page = desks.get(Some(&clerk), "/desk/second").await;
    assert!(page.text.contains("clerk Name") && page.text.contains("Jiangbei"), "{}", page.text);
}

#[tokio::test]
async fn after_the_password_the_code_is_asked_for_and_half_a_sign_in_opens_nothing() {
    let desks = Desks::new().await;
    let chen = desks.somebody("chen", Role::Reviewer).await;
    let chen = sign_in(&desks, &chen).await;
    let page = desks.get(Some(&chen), "/desk/second").await;
    let secret = secret_of(&desks, &chen).await;
    assert!(page.text.contains(&secret.typed()) && page.text.contains("class=\"qr\""), "{}", page.text);
    let page = desks.post(Some(&chen), "/desk/second", "code=000000").await;
    assert_eq!(page.status.as_u16(), 422);
    let code = secret.code(desks.store.now());
    let page = desks.post(Some(&chen), "/desk/second", &format!("code={code}")).await;
    assert_eq!(page.text.matches("<li><code>").count(), 10, "{}", page.text);
    let recovery = between(&page.text, "<li><code>", "<").to_owned();

    desks.pass_ms(60_000);
    let half = sign_in(&desks, &chen).await;
    let page = desks.get(Some(&half), "/desk/review").await;
    assert_eq!(page.to(), "/desk/prove?to=/desk/review");
    let page = desks.get(Some(&half), page.to()).await;
    assert!(page.text.contains("action=\"/desk/sign-out\""), "somebody else may sign in instead: {}", page.text);
    let basic = |code: Option<String>| {
        let request = Request::post("/api/v1/session")
            .header(AUTHORIZATION, format!("Basic {}", STANDARD.encode(format!("chen:{PASSWORD}"))));
        let request = code.into_iter().fold(request, |request, code| request.header("huizhi-code", code));
        request.body(Body::empty()).unwrap()
    };
    let page = desks.send(basic(None)).await;
    assert_eq!((page.status.as_u16(), page.json()["code"].as_str()), (401, Some("second-factor")));

    let password = format!("password={}", PASSWORD.replace(' ', "+"));
    assert_eq!(desks.post(Some(&half), "/desk/prove", &password).await.status.as_u16(), 422, "not once more");
    assert_eq!(desks.post(Some(&half), "/desk/prove", "code=000000").await.status.as_u16(), 422);
    let code = format!("code={}&to=/desk/review", secret.code(desks.store.now()));
    assert_eq!(desks.post(Some(&half), "/desk/prove", &code).await.status.as_u16(), 429, "a pause after a wrong one");
    desks.pass_ms(1000);
    let page = desks.post(Some(&half), "/desk/prove", &code).await;
    assert_eq!((page.status.as_u16(), page.to()), (303, "/desk/review"));
    let whole = as_told(&chen, &page);
    assert_eq!(desks.get(Some(&whole), "/desk/review").await.status.as_u16(), 200);
    let page = desks.get(Some(&half), "/desk/review").await;
    assert!(page.to().starts_with("/desk/sign-in?"), "the token of before is dead: {}", page.to());

    desks.pass_ms(30_000);
    let page = desks.send(basic(Some(secret.code(desks.store.now())))).await;
    assert_eq!(page.status.as_u16(), 201, "{}", page.text);
    let half = sign_in(&desks, &chen).await;
    let page = desks.post(Some(&half), "/desk/prove", &format!("code={recovery}")).await;
    assert_eq!(page.status.as_u16(), 303);
}

#[tokio::test]
async fn who_leads_or_administers_enrols_before_anything_else() {
    let desks = Desks::new().await;
    for role in [Role::Lead, Role::Admin, Role::Operator] {
        let (login, name) = (role.word().to_owned(), role.word().to_owned());
        let new = NewStaff { login, name, role, office: None, password: HASH.clone() };
        let staff = desks.store.add_staff(new).await.unwrap();
        let who = sign_in(&desks, &Somebody { staff, token: String::new(), office: None }).await;
        for path in ["/desk/review", "/desk/board", "/desk/staff", "/desk/terminals", "/desk"] {
            let page = desks.get(Some(&who), path).await;
            assert!(page.to().starts_with("/desk/second?to="), "{role:?} {path}: {} {}", page.status, page.to());
        }
        assert!(desks.get(Some(&who), "/desk/second").await.text.contains("nothing else opens before"));
        let code = secret_of(&desks, &who).await.code(desks.store.now());
        desks.post(Some(&who), "/desk/second", &format!("code={code}")).await;
        assert_ne!(desks.get(Some(&who), "/desk").await.to(), "/desk/second?to=/desk");
    }
}

#[tokio::test]
async fn a_passkey_is_enrolled_and_lets_in() {
    let desks = Desks::new().await;
    let chen = desks.somebody("chen", Role::Reviewer).await;
    let chen = sign_in(&desks, &chen).await;
    let mut key = Authenticator::new();
    let page = desks.get(Some(&chen), "/desk/second").await;
    let challenge = between(&page.text, "data-challenge=\"", "\"").to_owned();
    let elsewhere = key.create("http://evil.example", &challenge).form();
    assert_eq!(desks.post(Some(&chen), "/desk/second/passkey", &elsewhere).await.status.as_u16(), 422);
    let said = key.create(HERE, &challenge).form();
    let page = desks.post(Some(&chen), "/desk/second/passkey", &said).await;
    assert_eq!(page.text.matches("<li><code>").count(), 10, "{}", page.text);
    assert_eq!(desks.post(Some(&chen), "/desk/second/passkey", &said).await.status.as_u16(), 422, "used up");

    let half = sign_in(&desks, &chen).await;
    assert_eq!(desks.get(Some(&half), "/desk/review").await.to(), "/desk/prove?to=/desk/review");
    let page = desks.get(Some(&half), "/desk/prove?to=/desk/review").await;
    let challenge = between(&page.text, "data-challenge=\"", "\"").to_owned();
    let said = format!("{}&to=/desk/review", key.get(HERE, &challenge).form());
    let page = desks.post(Some(&half), "/desk/prove/passkey", &said).await;
    assert_eq!((page.status.as_u16(), page.to()), (303, "/desk/review"), "{}", page.text);
    let whole = as_told(&chen, &page);
    assert_eq!(desks.get(Some(&whole), "/desk/review").await.status.as_u16(), 200);
    // The same answer once more, by somebody who saw it.
    let half = sign_in(&desks, &chen).await;
    assert_eq!(desks.post(Some(&half), "/desk/prove/passkey", &said).await.status.as_u16(), 422);
}

#[tokio::test]
async fn what_can_do_harm_asks_again_after_five_minutes_and_goes_on_under_a_new_token() {
    let desks = Desks::new().await;
    let admin = desks.somebody("admin", Role::Admin).await;
    let chen = desks.somebody("chen", Role::Reviewer).await;
    let suspend = format!("/desk/staff/{}/suspend", chen.staff.id);
    desks.pass_ms(5 * 60_000);
    assert_eq!(desks.get(Some(&admin), "/desk/staff").await.status.as_u16(), 200, "looking is no harm");
    let asked = desks.post(Some(&admin), &suspend, "").await;
    assert_eq!(asked.to(), "/desk/prove?to=/desk/staff&undone=1");
    let asked = desks.get(Some(&admin), asked.to()).await;
    assert!(asked.text.contains("What you pressed was not done yet"), "{}", asked.text);
    assert!(desks.store.session(&chen.token).await.unwrap().is_some());
    let password = format!("password={}&to=/desk/staff", PASSWORD.replace(' ', "+"));
    let page = desks.post(Some(&admin), "/desk/prove", &password).await;
    assert_eq!(page.to(), "/desk/staff");
    assert!(desks.store.session(&admin.token).await.unwrap().is_none());
    let admin = as_told(&admin, &page);
    let page = desks.post(Some(&admin), &suspend, "").await;
    assert_eq!(page.to(), format!("/desk/staff/{}?told=suspended", chen.staff.id));
    let page = desks.get(Some(&chen), "/desk/review").await;
    assert!(page.to().starts_with("/desk/sign-in?"), "the session ended with the act");
    let form = format!("login=chen&password={}", PASSWORD.replace(' ', "+"));
    let page = desks.post(None, "/desk/sign-in", &form).await;
    assert!(page.text.contains("Login or password is wrong"), "as for a stranger");
    let oneself = format!("/desk/staff/{}/suspend", admin.staff.id);
    let page = desks.post(Some(&admin), &oneself, "").await;
    assert!(page.status.as_u16() == 422 && page.text.contains("Nobody does this to themselves"));
}

#[tokio::test]
async fn the_page_of_a_clerk_has_their_own_office_chosen() {
    let desks = Desks::new().await;
    let (admin, li) = (desks.somebody("one", Role::Admin).await, desks.somebody("li", Role::Clerk).await);
    let page = desks.get(Some(&admin), &format!("/desk/staff/{}", li.staff.id)).await;
    let office = li.office.unwrap().id;
    assert!(page.text.contains(&format!("<option value=\"{office}\" selected>")), "{}", page.text);
}

#[tokio::test]
async fn a_role_is_changed_by_two_and_never_by_one() {
    let desks = Desks::new().await;
    let (one, two) = (desks.somebody("one", Role::Admin).await, desks.somebody("two", Role::Admin).await);
    let chen = desks.somebody("chen", Role::Reviewer).await;
    let role = format!("/desk/staff/{}/role", chen.staff.id);
    let page = desks.post(Some(&one), &role, "role=clerk&office=").await;
    assert!(page.status.as_u16() == 422 && page.text.contains("Clerks need an office"), "{}", page.text);
    assert!(desks.post(Some(&one), &role, "role=admin&office=").await.to().ends_with("told=proposed"));
    let page = desks.get(Some(&one), "/desk/staff").await;
    assert!(page.text.contains("chen Name is to become: administrator"));
    assert!(!page.text.contains("/confirm\""), "who proposed it is not offered to confirm it");
    let proposal = desks.store.proposals().await.unwrap()[0].id;
    let confirm = format!("/desk/staff/proposal/{proposal}/confirm");
    let page = desks.post(Some(&one), &confirm, "").await;
    assert!(page.status.as_u16() == 422 && page.text.contains("Another person has to confirm it"));
    assert!(desks.get(Some(&two), "/desk/staff").await.text.contains(&confirm));
    assert_eq!(desks.post(Some(&two), &confirm, "").await.to(), "/desk/staff?told=confirmed");
    let page = desks.get(Some(&chen), "/desk/review").await;
    assert!(page.to().starts_with("/desk/sign-in?"), "what was open under the old role is closed");
    assert!(desks.post(Some(&two), &confirm, "").await.text.contains("settled before"));
}

#[tokio::test]
async fn an_invitation_is_a_link_for_one() {
    let desks = Desks::new().await;
    let admin = desks.somebody("admin", Role::Admin).await;
    let page = desks.post(Some(&admin), "/desk/staff/invite", "login=wu&name=Wu&role=admin&office=").await;
    assert_eq!(page.status.as_u16(), 422, "power is not given by a link");
    let page = desks.post(Some(&admin), "/desk/staff/invite", "login=wu&name=Wu&role=reviewer&office=").await;
    let text = page.text.replace("&#x2f;", "/");
    let link = between(&text, "<code>http://localhost:8080", "<").to_owned();
    let page = desks.get(None, &link).await;
    assert!(page.status.as_u16() == 200 && page.text.contains("Wu, you are invited as reviewer"), "{}", page.text);
    let page = desks.post(None, &link, "password=short&again=short").await;
    assert!(page.status.as_u16() == 422 && page.text.contains("fewer than 12 characters"));
    let page = desks.post(None, &link, "password=a+row+of+words&again=another+row+of+words").await;
    assert!(page.text.contains("The two are not the same"));
    let page = desks.post(None, &link, "password=a+row+of+words&again=a+row+of+words").await;
    assert_eq!(page.to(), "/desk/second");
    let token = token_of(&page).unwrap();
    assert_eq!(desks.store.session(&token).await.unwrap().unwrap().login, "wu");
    for page in [desks.get(None, &link).await, desks.post(None, &link, "password=a&again=a").await] {
        assert_eq!(page.status.as_u16(), 404);
        assert!(page.text.contains("It was used, or it has expired"), "{}", page.text);
    }
    let page = desks.post(None, "/desk/sign-in", "login=wu&password=a+row+of+words").await;
    assert_eq!(page.status.as_u16(), 303);
}
