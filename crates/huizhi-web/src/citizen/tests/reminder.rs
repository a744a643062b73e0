//! A receipt that soon expires is spoken of with its last day, wherever it is spoken of.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use huizhi_domain::review::Opinion;
use huizhi_outside::{Mailer, Outside};

use super::{NUMBER, PHOTO, Says, Service};
use crate::notify::servers::{Gateway, Server, tell_due};

const SMS: &str = r#"
[sms]
address = "GATEWAY/send"
body = { to = "{phone}", text = "{text}", day = "{day}" }
templates = { receipt-expiring = "" }
"#;

#[tokio::test]
async fn the_inbox_mail_and_short_message_name_the_last_day() {
    let service = Service::new(Says::Fits).await;
    let mut citizen = service.browser();
    let order = citizen.begin().await;
    let to = citizen.upload(&format!("{order}/photos"), "a.jpg", PHOTO).await.to();
    let photo = to.rsplit('/').next().unwrap().to_owned();
    let fields = [
        ("photo", photo.as_str()),
        ("name", "张小明"),
        ("id_number", NUMBER),
        ("phone", "13800138000"),
        ("email", "citizen@example.cn"),
    ];
    citizen.post(&format!("{order}/applicant"), &fields).await.to();
    citizen.post(&format!("{order}/check"), &[("photo", &photo)]).await.to();
    service.review(Opinion::Accept).await;
    let store = &service.app.store;
    let order = order.rsplit('/').next().unwrap().parse().unwrap();
    let last = store.last_day_of(order).await.unwrap().unwrap();
    let day = format!("{}年{}月{}日", last.year(), last.month(), last.day());

    let mails = Server::start(&[]).await;
    let gateway = Gateway::start(vec![(200, "ok"); 2]).await;
    let mut outside = gateway.outside(SMS);
    // What happened so far is told first.
    tell_due(&service.app, &outside).await.unwrap();
    outside = Outside { mail: Some(Mailer::new(&mails.address, "huizhi@city.example").unwrap()), ..outside };
    let days = store.today().until(last).unwrap().get_days();
    service.pass_ms(i64::from(days - 1) * 86_400_000);
    assert_eq!(store.remind_of_receipts().await.unwrap(), 1);
    assert_eq!(tell_due(&service.app, &outside).await.unwrap(), 2);

    let inbox = citizen.get("/messages").await.text();
    assert!(inbox.contains(&format!("回执的最后一天是{day}")), "{inbox}");
    let mail = mails.mails().pop().unwrap();
    let text = decoded(&mail);
    assert!(text.contains(&format!("最后一天是{day}")), "{text}");
    let asked = gateway.asked().pop().unwrap().body;
    println!("{asked}");
    assert!(
        asked.contains(&format!("回执有效期到{day}：")) && asked.contains(&format!("\"day\":\"{day}\"")),
        "{asked}"
    );
}

/// The text of a mail, which is Base64 where most of it is Chinese.
fn decoded(mail: &str) -> String {
    assert!(mail.contains("Content-Transfer-Encoding: base64"), "{mail}");
    let (_, body) = mail.split_once("\r\n\r\n").unwrap();
    let body: String = body.trim_end_matches(".\r\n").split_whitespace().collect();
    String::from_utf8(STANDARD.decode(body).unwrap()).unwrap()
}
