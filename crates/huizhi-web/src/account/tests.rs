use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use huizhi_domain::account::{CodePurpose, Contact, Misses};
use huizhi_domain::clock::Zone;
use huizhi_domain::words::Lang;
use huizhi_outside::{Mailer, Outside};
use huizhi_store::CodeAnswer;
use serde_json::Value;
use tokio::task::JoinSet;

use super::{Denied, NotIn, WRONG_PASSWORDS, check, known_device, own, send_code};
use crate::app::Settings;
use crate::citizen::tests::{Says, Service};
use crate::gate::device::Device;
use crate::notify::servers::{Gateway, Server};

const PASSWORD: &str = "correct horse battery";

fn contact(number: usize) -> Contact {
    Contact::parse(&format!("1380000{number:04}")).unwrap()
}

/// Accounts that all have the same password: it is hashed once.
async fn make(service: &Service, count: usize) -> Vec<Contact> {
    let hash = crate::hash_password(PASSWORD).unwrap();
    let mut making = JoinSet::new();
    for number in 0..count {
        let (store, hash) = (service.app.store.clone(), hash.clone());
        making.spawn(async move { store.add_account(Some(&contact(number)), Some(hash), Lang::Zh).await });
    }
    while let Some(made) = making.join_next().await {
        made.unwrap().unwrap();
    }
    (0..count).map(contact).collect()
}

/// security.md, test S14.
#[tokio::test]
async fn ten_thousand_guesses_cost_few_hashes_and_a_known_browser_still_signs_in() {
    let service = Service::new(Says::Fits).await;
    let app = &service.app;
    let contacts = make(&service, 1000).await;
    let nobody = HeaderMap::new();
    // The owner of the first account signed in here before.
    let id = check(app, &nobody, "192.0.2.1", &contacts[0], PASSWORD).await.unwrap().unwrap();
    let cookie = Device::account_cookie(app, &nobody, id).unwrap().unwrap();
    let pair = cookie.to_str().unwrap().split(';').next().unwrap();
    let mut owner = HeaderMap::new();
    owner.insert(COOKIE, HeaderValue::from_str(pair).unwrap());
    assert!(known_device(app, &owner, id) && !known_device(app, &nobody, id));

    let before = app.shared.accounts.passwords.done();
    let networks = ["203.0.113.1", "203.0.113.2", "203.0.113.3"];
    let mut refused = 0;
    for attempt in 0..10_000 {
        let (contact, client) = (&contacts[attempt % 1000], networks[attempt % 3]);
        match check(app, &nobody, client, contact, "a wrong password").await.unwrap() {
            Err(NotIn::Wait(_)) => refused += 1,
            answer => assert_eq!(answer, Err(NotIn::Wrong)),
        }
    }
    let hashes = app.shared.accounts.passwords.done() - before;
    println!("10,000 guesses over 1,000 accounts from 3 networks: {hashes} hashes, {refused} refused before");
    assert_eq!(hashes, (networks.len() * WRONG_PASSWORDS) as u64);

    // A stranger with the right password waits; the owner, behind the same address, does not.
    let stranger = check(app, &nobody, networks[0], &contacts[0], PASSWORD).await.unwrap();
    assert!(matches!(stranger, Err(NotIn::Wait(_))), "{stranger:?}");
    assert_eq!(check(app, &owner, networks[0], &contacts[0], PASSWORD).await.unwrap(), Ok(id));
}

#[tokio::test]
async fn guesses_from_everywhere_at_one_account_follow_the_curve() {
    let service = Service::new(Says::Fits).await;
    let app = &service.app;
    let (contacts, nobody) = (make(&service, 1).await, HeaderMap::new());
    let (mut allowed, mut misses) = (0, None::<Misses>);
    for second in 0..120_u32 {
        let now = app.store.now();
        if misses.is_none_or(|misses| misses.waits_until(now).is_none()) {
            allowed += 1;
            misses = Some(Misses::and_one(misses, now, Zone::CHINA));
        }
        for network in 0..3 {
            let client = format!("198.51.{network}.{second}");
            assert!(check(app, &nobody, &client, &contacts[0], "a wrong password").await.unwrap().is_err());
        }
        service.pass_ms(1000);
    }
    assert_eq!(app.shared.accounts.passwords.done(), allowed);
    // The right password ends the count.
    service.pass_ms(10_000);
    assert!(check(app, &nobody, "192.0.2.1", &contacts[0], PASSWORD).await.unwrap().is_ok());
    assert!(check(app, &nobody, "192.0.2.1", &contacts[0], PASSWORD).await.unwrap().is_ok());
}

#[tokio::test]
async fn guesses_that_come_together_are_compared_once() {
    let service = Service::new(Says::Fits).await;
    make(&service, 1).await;
    let mut guesses = JoinSet::new();
    for guess in 0..20 {
        let app = service.app.clone();
        let client = format!("198.51.100.{guess}");
        guesses.spawn(async move {
            let guessed = check(&app, &HeaderMap::new(), &client, &contact(0), "a wrong password").await;
            guessed.unwrap()
        });
    }
    while let Some(guessed) = guesses.join_next().await {
        assert!(guessed.unwrap().is_err());
    }
    assert_eq!(service.app.shared.accounts.passwords.done(), 1);
}

#[tokio::test]
async fn a_family_shares_a_browser() {
    let service = Service::new(Says::Fits).await;
    let app = &service.app;
    make(&service, 2).await;
    let mut ids = Vec::new();
    let mut headers = HeaderMap::new();
    for number in 0..2 {
        let id = app.store.account_by_contact(&contact(number)).await.unwrap().unwrap();
        let cookie = Device::account_cookie(app, &headers, id).unwrap().unwrap();
        let pair = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
        headers.insert(COOKIE, HeaderValue::from_str(&pair).unwrap());
        ids.push(id);
    }
    assert!(ids.iter().all(|id| known_device(app, &headers, *id)));
    let staff = Device::known(app, &headers, "chen");
    assert_eq!(staff, None, "a citizen's browser is no desk's");
}

const SMS: &str = r#"
[sms]
address = "GATEWAY/send"
body = { to = "{phone}", template = "{template}", code = "{code}" }
code = "SMS_1"
no_code = "SMS_2"
templates = {}
"#;

/// Comes back when something that is done in the background is there.
async fn there(done: impl Fn() -> bool) {
    let waiting = async {
        while !done() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), waiting).await.unwrap();
}

#[tokio::test]
async fn codes_go_by_the_ways_of_messages_and_nowhere_else() {
    let service = Service::with(Says::Fits, Settings::default()).await;
    let app = &service.app;
    let send = async |purpose, contact: &str| {
        let contact = Contact::parse(contact).unwrap();
        send_code(app, Lang::Zh, "192.0.2.1", purpose, &contact).await.unwrap()
    };
    assert_eq!(send(CodePurpose::Register, "13800001234").await, Err(Denied::NoWay));
    let (gateway, mails) = (Gateway::start(vec![(200, "ok"); 2]).await, Server::start(&[]).await);
    let mailer = Mailer::new(&mails.address, "huizhi@city.example").unwrap();
    let outside = Outside { mail: Some(mailer), ..gateway.outside(SMS) };
    assert!(app.shared.outside.set(outside).is_ok());

    assert_eq!(send(CodePurpose::Register, "13800001234").await, Ok(()));
    there(|| gateway.asked().len() == 1).await;
    let asked: Value = serde_json::from_str(&gateway.asked()[0].body).unwrap();
    assert_eq!((&asked["to"], &asked["template"]), (&Value::from("13800001234"), &Value::from("SMS_1")));
    let (typed, phone) = (asked["code"].as_str().unwrap(), Contact::parse("13800001234").unwrap());
    let made = app.store.register(&phone, typed, "a hash".to_owned(), Lang::Zh).await.unwrap();
    assert_eq!(made.0, CodeAnswer::Right);
    // Who has an account is told so, with no code.
    service.pass_ms(60_000);
    assert_eq!(send(CodePurpose::Register, "13800001234").await, Ok(()));
    there(|| gateway.asked().len() == 2).await;
    let asked: Value = serde_json::from_str(&gateway.asked()[1].body).unwrap();
    assert_eq!((&asked["template"], &asked["code"]), (&Value::from("SMS_2"), &Value::from("")));

    assert_eq!(send(CodePurpose::Register, "zhang@example.cn").await, Ok(()));
    there(|| mails.mails().len() == 1).await;
    assert!(mails.mails()[0].contains("To: zhang@example.cn"));
    assert!(app.shared.accounts.outbox.letters().is_empty());
    // A network has thirty an hour.
    for number in 3..30 {
        let contact = format!("a{number}@example.cn");
        assert_eq!(send(CodePurpose::Register, &contact).await, Ok(()), "{number}");
    }
    assert!(matches!(send(CodePurpose::Register, "b@example.cn").await, Err(Denied::Wait(_))));
}

#[test]
fn nobody_is_sent_elsewhere() {
    for to in ["https://evil.example", "//evil.example", "/\\evil.example", "/a//b", "/a b", "/订单", "x", ""] {
        assert_eq!(own(to), "/account", "{to}");
    }
    assert_eq!(own("/order/01ARZ3NDEKTSV4RRFFQ69G5FAV"), "/order/01ARZ3NDEKTSV4RRFFQ69G5FAV");
}
