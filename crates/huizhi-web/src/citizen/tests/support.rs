//! Help by topic, and a letter to support with a picture, as a browser without scripts sees it.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, SET_COOKIE};
use axum::http::{Method, StatusCode};
use huizhi_domain::id::InquiryId;
use huizhi_domain::message::Happening;
use huizhi_domain::staff::{Role, Staff};
use huizhi_domain::support::Next;
use huizhi_store::{Answering, NewStaff};

use super::{Browser, PHOTO, Says, Seen, Service, ours};
use crate::app::Settings;
use crate::citizen::support::settings::{QrPicture, Support};

/// Posts a form with words and, where there is one, a picture.
async fn send(browser: &mut Browser, path: &str, words: &[(&str, &str)], photo: Option<&[u8]>) -> Seen {
    let mut body = Vec::new();
    for (name, value) in words {
        let part = format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    // A browser sends the box of a file that was not chosen too, without a name.
    let name = if photo.is_some() { "a.jpg" } else { "" };
    let part = format!(
        "--x\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"{name}\"\r\nContent-Type: image/jpeg\r\n\r\n"
    );
    body.extend_from_slice(part.as_bytes());
    body.extend_from_slice(photo.unwrap_or_default());
    body.extend_from_slice(b"\r\n--x--\r\n");
    let request = ours(Method::POST, path).header(CONTENT_TYPE, "multipart/form-data; boundary=x");
    browser.send(request.body(Body::from(body)).unwrap()).await
}

async fn staff(service: &Service) -> Staff {
    let new = NewStaff {
        login: "kefu".to_owned(),
        name: "客服甲".to_owned(),
        role: Role::Support,
        office: None,
        password: String::new(),
    };
    service.app.store.add_staff(new).await.unwrap()
}

fn id_of(path: &str) -> InquiryId {
    path.rsplit('/').next().unwrap().split('?').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn help_begins_with_topics_and_leads_to_a_letter() {
    let service = Service::new(Says::Fits).await;
    let mut browser = service.browser();
    let page = browser.get("/help").await.text();
    assert!(page.contains("href=\"/help/photo\"") && page.contains("href=\"/help/ask\""), "{page}");
    assert!(page.contains("工作日 08:30-12:00、14:00-17:30") && page.contains("客服在线"), "{page}");
    let ask = browser.get("/help/ask").await.text();
    assert!(ask.contains("服务时间：工作日 08:30-12:00、14:00-17:30"), "{ask}");
    let topic = browser.get("/help/photo").await.text();
    assert!(topic.contains("要等多久？") && topic.contains("href=\"/help/ask?topic=photo\""), "{topic}");
    assert_eq!(browser.get("/help/nothing").await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get("/support/wechat").await.status, StatusCode::NOT_FOUND);
    service.pass_ms(3 * 3_600_000);
    let noon = browser.get("/help").await.text();
    assert!(noon.contains("现在是休息时间。可以先写信，2026年11月25日 下午2:00开始回复"), "{noon}");
}

#[tokio::test]
async fn an_operator_says_other_hours_and_gives_a_code() {
    let qr_picture = QrPicture::read(b"\x89PNG a code".to_vec());
    let support = Support {
        open: vec!["00:00-24:00".parse().unwrap()],
        wechat_qr: qr_picture,
        phone: "0752-0000000".to_owned(),
        ..Support::default()
    };
    let service = Service::with(Says::Fits, Settings { support, ..Settings::default() }).await;
    service.pass_ms(3 * 3_600_000);
    let mut browser = service.browser();
    let page = browser.get("/help").await.text();
    assert!(
        page.contains("客服在线") && page.contains("src=\"/support/wechat\"") && page.contains("tel:0752"),
        "{page}"
    );
    let qr = browser.get("/support/wechat").await;
    assert_eq!((qr.status, qr.headers[CONTENT_TYPE].to_str().unwrap()), (StatusCode::OK, "image/png"));
    assert!(QrPicture::read(b"<svg>".to_vec()).is_none());
}

#[tokio::test]
async fn a_letter_with_a_picture_is_answered_read_closed_and_rated() {
    let service = Service::new(Says::Fits).await;
    let staff = staff(&service).await;
    let mut browser = service.browser();
    let (order, _) = browser.submit().await;
    let order = order.rsplit('/').next().unwrap();
    let form = browser.get(&format!("/help/ask?topic=order&order={order}")).await.text();
    assert!(form.contains("value=\"order\" checked") && form.contains("居民身份证 · 惠州市"), "{form}");
    let words = [("topic", "order"), ("order", order), ("text", "要等多久？<b>急</b>")];
    let sent = send(&mut browser, "/help/ask", &words, Some(PHOTO)).await;
    let to = sent.to();
    let path = to.split('?').next().unwrap();
    let thread = browser.get(&to).await.text();
    assert!(thread.contains("已收到您的信") && thread.contains("等待回复"), "{thread}");
    assert!(thread.contains("2026年11月25日 下午4:00前回复您"), "{thread}");
    assert!(thread.contains("急") && !thread.contains("<b>急"), "what was typed is text");
    let picture = browser.get(&format!("{path}/picture/1")).await;
    assert_eq!(picture.headers[CONTENT_TYPE], "image/jpeg");
    assert_ne!(picture.bytes, PHOTO, "what is kept is what the engine encoded anew");

    let id = id_of(path);
    let store = &service.app.store;
    store.hand_over_inquiry(id, staff.id, staff.id, "只给同事看的话").await.unwrap();
    let answer = Answering { staff: staff.id, text: "前面还有 3 单。".to_owned(), next: Next::Nothing };
    store.answer_inquiry(id, &answer).await.unwrap();
    let inbox = browser.get("/messages").await.text();
    assert!(inbox.contains("客服回复了您的咨询") && inbox.contains("href=\"/help/inquiries\""), "{inbox}");
    assert!(browser.get("/help").await.text().contains("（1 条新回复）"));
    let thread = browser.get(path).await.text();
    assert!(thread.contains("前面还有 3 单。") && thread.contains("已回复"), "{thread}");
    assert!(!thread.contains("只给同事看的话") && !thread.contains("客服甲"), "{thread}");
    assert!(!browser.get("/help").await.text().contains("条新回复"));
    let told = store.messages_of(order.parse().unwrap()).await.unwrap();
    let told = told.iter().find(|it| it.happening == Happening::Answered).unwrap();
    assert!(told.read_at.is_some(), "who read the answer has read of it");

    assert_eq!(send(&mut browser, path, &[("text", "谢谢")], None).await.to(), path);
    assert_eq!(browser.post(&format!("{path}/close"), &[]).await.to(), path);
    assert_eq!(browser.post(&format!("{path}/rate"), &[("rating", "good")]).await.to(), path);
    let closed = browser.get(path).await.text();
    assert!(closed.contains("评价：帮到了") && !closed.contains("<textarea"), "{closed}");
    assert_eq!(browser.post(&format!("{path}/rate"), &[("rating", "?")]).await.status, StatusCode::BAD_REQUEST);
    let late = send(&mut browser, path, &[("text", "还有")], None).await;
    assert_eq!(late.status, StatusCode::CONFLICT);

    let mut other = service.browser();
    assert_eq!(other.get(path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(other.get(&format!("{path}/picture/1")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(other.post(&format!("{path}/close"), &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_missing_is_said_beside_its_box_and_nothing_typed_is_lost() {
    let service = Service::new(Says::Fits).await;
    let mut browser = service.browser();
    let page = send(&mut browser, "/help/ask", &[("text", " ")], None).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.tells("topic", "请选一个方面。");
    page.tells("text", "请写几个字");
    let words = [("topic", "other"), ("order", "01ARZ3NDEKTSV4RRFFQ69G5FAV"), ("text", "一个问题")];
    let page = send(&mut browser, "/help/ask", &words, Some(PHOTO)).await.text();
    assert!(
        page.contains("这个订单找不到了") && page.contains("请再选一次图片") && page.contains("一个问题"),
        "{page}"
    );
    let words = [("topic", "other"), ("text", "一个问题")];
    let page = send(&mut browser, "/help/ask", &words, Some(b"%PDF-1.7")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let sent = send(&mut browser, "/help/ask", &words, None).await;
    assert!(sent.headers.contains_key(SET_COOKIE), "a browser that asks is known again");
    let path = sent.to();
    assert!(browser.get(&path).await.text().contains("一个问题"));
    assert!(browser.get("/help/inquiries").await.text().contains("其他问题"));
}

#[tokio::test]
async fn nobody_floods_the_desk() {
    let service = Service::new(Says::Fits).await;
    let mut browser = service.browser();
    let words = [("topic", "other"), ("text", "一个问题")];
    for _ in 0..service.app.support.most_open {
        send(&mut browser, "/help/ask", &words, None).await.to();
    }
    let page = send(&mut browser, "/help/ask", &words, None).await;
    page.tells("text", "您有好几个咨询还没有结束");
    let mut last = page.status;
    for _ in 0..10 {
        last = send(&mut browser, "/help/ask", &words, None).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}
