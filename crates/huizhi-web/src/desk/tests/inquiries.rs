use axum::body::Body;
use axum::http::Method;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use huizhi_domain::id::InquiryId;
use huizhi_domain::staff::Role;
use huizhi_domain::support::{Author, State};
use huizhi_domain::words::Lang;
use huizhi_store::NewInquiry;

use super::Desks;
use crate::citizen::quoted;

/// An inquiry in English about an order of the desks' browser.
async fn asked(desks: &Desks, text: &str) -> InquiryId {
    let (order, _) = desks.waiting(text, false).await;
    let now = desks.store.now();
    let new = NewInquiry {
        visitor: desks.visitor,
        order: Some(order.id),
        topic: "photo".to_owned(),
        lang: Lang::En,
        text: text.to_owned(),
        picture: Some(b"\xFF\xD8\xFF a picture".to_vec()),
        due_at: desks.app.support.answer_by(now, &desks.app.calendar, desks.store.zone()),
    };
    desks.store.ask_support(&new, &desks.app.support).await.unwrap()
}

#[tokio::test]
async fn an_inquiry_is_answered_with_a_canned_answer_whose_places_are_filled_in() {
    let desks = Desks::new().await;
    let kefu = desks.somebody("kefu", Role::Support).await;
    let id = asked(&desks, "How long does it take?").await;
    let body = format!(
        "name=Waiting&zh={}&en={}",
        quoted("{document}在排队。"),
        quoted("Your photo for {document} in {city} is in the queue.")
    );
    let kept = desks.post(Some(&kefu), "/desk/inquiries/answers", &body).await;
    assert_eq!(kept.to(), "/desk/inquiries/answers?told=kept");
    let page = desks.get(Some(&kefu), "/desk/inquiries/answers").await;
    assert!(page.text.contains("Waiting") && page.text.contains("{hours}"), "{}", page.text);
    let canned = desks.store.canned_answers().await.unwrap().remove(0).id;

    let queue = desks.get(Some(&kefu), "/desk/inquiries").await;
    assert!(
        queue.text.contains("Waits for us") && queue.text.contains("Waiting for a first answer: 1"),
        "{}",
        queue.text
    );
    let one = format!("/desk/inquiries/{id}");
    let form = format!("canned={canned}&text=Dear+citizen,&next=reply");
    let page = desks.post(Some(&kefu), &format!("{one}/fill"), &form).await;
    assert!(page.text.contains("How long does it take?"), "{}", page.text);
    assert!(page.text.contains("Dear citizen,\n\nYour photo for"), "what was written stays: {}", page.text);
    assert!(page.text.contains("value=\"reply\" checked"), "{}", page.text);
    let script = super::request(Method::POST, Some(&kefu), &format!("{one}/fill"))
        .header(ACCEPT, "application/json")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    let said = desks.send(script.body(Body::from(form)).unwrap()).await.json();
    assert!(said["text"].as_str().unwrap().starts_with("Your photo for"), "{said}");
    assert!(page.text.contains("in Huizhou is in the queue."), "{}", page.text);
    assert!(!page.text.contains("甲乙丙"), "no name of an applicant");
    let picture = desks.get(Some(&kefu), &format!("{one}/picture/1")).await;
    assert_eq!(picture.bytes, b"\xFF\xD8\xFF a picture");

    let empty = desks.post(Some(&kefu), &format!("{one}/answer"), "text=+").await;
    assert_eq!(empty.status.as_u16(), 422);
    let unfilled = desks.post(Some(&kefu), &format!("{one}/answer"), &format!("text={}", quoted("In {city}."))).await;
    assert!(unfilled.text.contains("A place is not filled in: city"), "{}", unfilled.text);
    desks.pass_ms(60_000);
    let done = desks.post(Some(&kefu), &format!("{one}/answer"), "text=Ten+minutes.&next=reply").await;
    assert_eq!(done.to(), "/desk/inquiries?told=answered");
    let queue = desks.get(Some(&kefu), done.to()).await;
    assert!(
        queue.text.contains("It is sent.") && queue.text.contains("Answered: 1, of these in time: 1"),
        "{}",
        queue.text
    );
    assert!(queue.text.contains("Median time to the first answer: 1 minutes"), "{}", queue.text);
    assert_eq!(desks.store.inquiry(id).await.unwrap().unwrap().state, State::Waiting);

    let done = desks.post(Some(&kefu), &format!("{one}/answer"), "text=Bye&next=close").await;
    assert_eq!(done.to(), "/desk/inquiries?told=answered");
    let late = desks.post(Some(&kefu), &format!("{one}/answer"), "text=More").await;
    assert_eq!(late.to(), "/desk/inquiries?told=before");
    let dropped = desks.post(Some(&kefu), &format!("/desk/inquiries/answers/{canned}/drop"), "").await;
    assert_eq!(dropped.to(), "/desk/inquiries/answers?told=dropped");
}

#[tokio::test]
async fn an_inquiry_is_closed_without_an_answer_only_with_a_reason_and_can_be_opened_again() {
    let desks = Desks::new().await;
    let kefu = desks.somebody("kefu", Role::Support).await;
    let id = asked(&desks, "Who are you?").await;
    let one = format!("/desk/inquiries/{id}");
    let silent = desks.post(Some(&kefu), &format!("{one}/close"), "why=else&text=+").await;
    assert_eq!(silent.status.as_u16(), 422);
    assert!(silent.text.contains("Please choose or write why"), "{}", silent.text);
    assert!(desks.store.inquiry(id).await.unwrap().unwrap().state.is_open());
    let done = desks.post(Some(&kefu), &format!("{one}/close"), "why=elsewhere&text=They+are+next+door.").await;
    assert_eq!(done.to(), "/desk/inquiries?told=closed");
    let said = desks.store.said_in(id).await.unwrap().remove(1);
    assert_eq!(said.author, Author::Staff, "the citizen reads it");
    assert_eq!(said.text, "This is not ours to decide. Please ask the authority in charge.\nThey are next door.");
    let queue = desks.get(Some(&kefu), done.to()).await;
    assert!(queue.text.contains("Closed without an answer: 1") && queue.text.contains("Answered: 0"), "{}", queue.text);
    let closed = desks.get(Some(&kefu), "/desk/inquiries/closed").await;
    assert!(closed.text.contains(&format!("action=\"{one}/open\"")), "{}", closed.text);
    assert!(closed.text.contains("support · without an answer"), "{}", closed.text);
    assert_eq!(desks.post(Some(&kefu), &format!("{one}/open"), "").await.to(), one);
    assert_eq!(desks.store.inquiry(id).await.unwrap().unwrap().state, State::Open);
    assert_eq!(desks.post(Some(&kefu), &format!("{one}/open"), "").await.to(), "/desk/inquiries?told=before");
}

#[tokio::test]
async fn an_inquiry_is_handed_over_with_a_note_and_only_its_keeper_answers() {
    let desks = Desks::new().await;
    let first = desks.somebody("first", Role::Support).await;
    let second = desks.somebody("second", Role::Support).await;
    let reviewer = desks.somebody("reviewer", Role::Reviewer).await;
    let one = format!("/desk/inquiries/{}", asked(&desks, "Where is my money?").await);
    assert_eq!(desks.post(Some(&first), &format!("{one}/take"), "").await.to(), one);
    assert_eq!(desks.post(Some(&second), &format!("{one}/take"), "").await.to(), "/desk/inquiries?told=before");
    let page = desks.get(Some(&second), &one).await;
    assert!(page.text.contains("first Name sees to it") && !page.text.contains("id=\"text\""), "{}", page.text);
    let nobody = desks.post(Some(&first), &format!("{one}/hand-over"), "to=&text=look").await;
    assert_eq!(nobody.status.as_u16(), 422);
    let to_reviewer = format!("to={}&text=look", reviewer.staff.id);
    let wrong = desks.post(Some(&first), &format!("{one}/hand-over"), &to_reviewer).await;
    assert!(wrong.status.as_u16() == 422 && wrong.text.contains(">look</textarea>"), "{}", wrong.text);
    let form = format!("to={}&text=It+is+about+money", second.staff.id);
    let done = desks.post(Some(&first), &format!("{one}/hand-over"), &form).await;
    assert_eq!(done.to(), "/desk/inquiries?told=handed");
    let page = desks.get(Some(&second), &one).await;
    assert!(page.text.contains("It is about money") && page.text.contains("You see to it"), "{}", page.text);
    let id = one.rsplit('/').next().unwrap().parse().unwrap();
    assert_eq!(desks.store.said_in(id).await.unwrap()[1].author, Author::Note);
    assert_eq!(desks.get(Some(&reviewer), "/desk/inquiries").await.status.as_u16(), 404);
}

#[tokio::test]
async fn a_faulty_canned_answer_is_told_with_its_box() {
    let desks = Desks::new().await;
    let kefu = desks.somebody("kefu", Role::Support).await;
    let post = async |body: &str| desks.post(Some(&kefu), "/desk/inquiries/answers", body).await;
    let empty = post("name=a&zh=b&en=").await;
    assert!(empty.text.contains("Please fill in “English”"), "{}", empty.text);
    let place = post(&format!("name=a&zh={}&en=b", quoted("{name}"))).await;
    assert!(place.text.contains("“Chinese” has no such place to fill in: name"), "{}", place.text);
    assert_eq!(place.status.as_u16(), 422);
    assert_eq!(post("name=a&zh=b&en=c").await.to(), "/desk/inquiries/answers?told=kept");
    assert!(post("name=a&zh=b&en=c").await.text.contains("has this name already"));
}
