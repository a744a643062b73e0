//! What is told of visits, and to whom.

use huizhi_domain::consent::Purpose;
use huizhi_outside::{Mailer, OutsideSettings};

use super::super::servers::Server;
use super::*;
use crate::citizen::tests::{NUMBER, Service};
use crate::citizen::visit::tests::{Citizen, service};

fn by_mail(server: &Server) -> Outside {
    let mailer = Mailer::new(&server.address, "回执 <huizhi@city.example>").unwrap();
    Outside::new(OutsideSettings::default(), Some(mailer)).unwrap()
}

/// One round of the loop, to its end.
async fn tell(service: &Service, outside: &Outside) {
    let mut sending = JoinSet::new();
    begin(&service.app, outside, &mut sending).await.unwrap();
    while let Some(done) = sending.join_next().await {
        done.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_booking_is_mailed_once_to_who_agreed_and_names_nobody() {
    let (service, office) = service().await;
    let mut citizen = Citizen::new(&service, "citizen@example.cn", NUMBER).await;
    let version = service.app.consents.version(Purpose::Notices);
    service.app.store.consent(citizen.account, Purpose::Notices, &version).await.unwrap();
    let booked = citizen.book(&office, "2026-12-01T08:30").await;
    let server = Server::start(&[]).await;
    let outside = by_mail(&server);
    tell(&service, &outside).await;
    tell(&service, &outside).await;
    let mails = server.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains("To: citizen@example.cn"), "{}", mails[0]);
    assert!(!mails[0].contains("王大明") && !mails[0].contains(NUMBER));
    let told = service.app.store.visit_messages_of(citizen.account).await.unwrap();
    let deliveries = service.app.store.visit_deliveries_of(told[0].id).await.unwrap();
    assert_eq!((deliveries.len(), deliveries[0].state), (1, DeliveryState::Sent));
    citizen.browser.post(&format!("{booked}/cancel"), &[]).await.to();
    tell(&service, &outside).await;
    assert_eq!(server.mails().len(), 2, "and the cancelling is told as well");
}

#[tokio::test]
async fn who_did_not_agree_has_the_inbox_alone() {
    let (service, office) = service().await;
    let mut citizen = Citizen::new(&service, "citizen@example.cn", NUMBER).await;
    citizen.book(&office, "2026-12-01T08:30").await;
    let server = Server::start(&[]).await;
    tell(&service, &by_mail(&server)).await;
    assert!(server.mails().is_empty());
    let told = service.app.store.visit_messages_of(citizen.account).await.unwrap();
    assert_eq!(told.len(), 1);
    assert!(service.app.store.visit_deliveries_of(told[0].id).await.unwrap().is_empty());
    // What is agreed to later is not told of afterwards.
    let version = service.app.consents.version(Purpose::Notices);
    service.app.store.consent(citizen.account, Purpose::Notices, &version).await.unwrap();
    tell(&service, &by_mail(&server)).await;
    assert!(server.mails().is_empty());
}

#[tokio::test]
async fn a_failing_server_gets_it_later() {
    let (service, office) = service().await;
    let mut citizen = Citizen::new(&service, "citizen@example.cn", NUMBER).await;
    let version = service.app.consents.version(Purpose::Notices);
    service.app.store.consent(citizen.account, Purpose::Notices, &version).await.unwrap();
    citizen.book(&office, "2026-12-01T08:30").await;
    let server = Server::start(&["451 try again later"]).await;
    let outside = by_mail(&server);
    tell(&service, &outside).await;
    assert!(server.mails().is_empty());
    tell(&service, &outside).await;
    assert!(server.mails().is_empty(), "not before its time");
    service.pass_ms(10_000);
    tell(&service, &outside).await;
    assert_eq!(server.mails().len(), 1);
}
