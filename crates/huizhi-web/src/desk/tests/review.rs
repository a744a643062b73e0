use huizhi_domain::order::OrderState;
use huizhi_domain::review::{LEASE_MS, UNDO_MS};
use huizhi_domain::staff::Role;

use super::{Desks, Page};

/// The undo's address on a page, and its form.
fn undo_of(page: &Page) -> (String, String) {
    let at = page.text.find("/desk/review/undo/").expect("an undo is offered");
    let path = page.text[at..].split('"').next().unwrap().to_owned();
    let current = page.text[at..].split("name=\"current\" value=\"").nth(1).map(|rest| rest.split('"').next().unwrap());
    (path, current.map(|current| format!("current={current}")).unwrap_or_default())
}

#[tokio::test]
async fn a_decision_brings_the_next_photo_and_can_be_undone_for_ten_seconds() {
    let desks = Desks::new().await;
    let chen = desks.somebody("chen", Role::Reviewer).await;
    let (order, first) = desks.waiting("a", false).await;
    desks.pass_ms(1);
    let (_, second) = desks.waiting("b", false).await;
    let page = desks.post(Some(&chen), "/desk/review/claim", "").await;
    assert_eq!(page.to(), format!("/desk/review/{first}"));
    let page = desks.post(Some(&chen), &format!("/desk/review/{first}/accept"), "").await;
    assert!(page.to().starts_with(&format!("/desk/review/{second}?after=")), "{}", page.to());
    let next = page.to().to_owned();
    desks.pass_ms(UNDO_MS - 1);
    let page = desks.get(Some(&chen), &next).await;
    let (path, form) = undo_of(&page);
    let page = desks.post(Some(&chen), &path, &form).await;
    assert_eq!(page.to(), format!("/desk/review/{first}?told=undone"));
    assert!(desks.store.case(&chen.staff, second).await.unwrap().is_none(), "one photo at a time");
    desks.settle().await;
    assert_eq!(desks.store.order(order.id).await.unwrap().unwrap().state, OrderState::InReview);

    let page = desks.post(Some(&chen), &format!("/desk/review/{first}/accept"), "").await;
    let late = desks.get(Some(&chen), page.to()).await;
    let (path, form) = undo_of(&late);
    desks.pass_ms(UNDO_MS);
    assert!(!desks.get(Some(&chen), page.to()).await.text.contains("/desk/review/undo/"), "offered no more");
    let page = desks.post(Some(&chen), &path, &form).await;
    assert!(page.to().ends_with("?told=too-late"), "{}", page.to());
    assert!(desks.get(Some(&chen), page.to()).await.text.contains("The ten seconds are over"));
}

#[tokio::test]
async fn a_rejection_without_a_code_comes_back_with_what_was_written() {
    let desks = Desks::new().await;
    let chen = desks.somebody("chen", Role::Reviewer).await;
    let (order, photo) = desks.waiting("a", false).await;
    desks.post(Some(&chen), "/desk/review/claim", "").await;
    let path = format!("/desk/review/{photo}/reject");
    let page = desks.post(Some(&chen), &path, "note=look+at+the+fringe").await;
    assert_eq!(page.status.as_u16(), 422);
    assert_eq!(page.text.matches("Choose at least one code").count(), 2, "on top and beside");
    assert!(page.text.contains("<title>Error: ") && page.text.contains("value=\"look at the fringe\""));
    let page = desks.post(Some(&chen), &path, "code=Z99&note=").await;
    assert_eq!(page.text.matches("Z99 needs words").count(), 2);
    assert!(page.text.contains("value=\"Z99\" checked"), "the code stays chosen");
    for code in ["T01", "I05", "nonsense"] {
        let page = desks.post(Some(&chen), &path, &format!("code={code}")).await;
        assert!(page.text.contains("is not in the list"), "{code}");
    }
    assert!(desks.store.case(&chen.staff, photo).await.unwrap().is_some(), "nothing was decided");
    let page = desks.post(Some(&chen), &path, "code=O01&code=L01&note=").await;
    assert_eq!(page.status.as_u16(), 303);
    desks.settle().await;
    assert_eq!(desks.store.order(order.id).await.unwrap().unwrap().state, OrderState::Rejected);
    assert_eq!(desks.store.messages_of(order.id).await.unwrap().last().unwrap().codes, ["L01", "O01"]);
}

#[tokio::test]
async fn the_page_has_no_name_and_no_number_and_carries_the_reviewers_login() {
    let desks = Desks::new().await;
    let chen = desks.somebody("chen", Role::Reviewer).await;
    let (_, photo) = desks.waiting("a", false).await;
    desks.post(Some(&chen), "/desk/review/claim", "").await;
    let page = desks.get(Some(&chen), &format!("/desk/review/{photo}")).await;
    assert_eq!(page.status.as_u16(), 200);
    for secret in ["甲乙丙", "441301199003078038", "8038", "199003"] {
        assert!(!page.text.contains(secret), "{secret}");
    }
    assert!(page.text.contains("chen · 2026-11-25"), "the watermark");
    assert!(page.text.contains("measured 0.612, limit 0.35 (share)"));
    assert!(page.text.contains("data-digit=\"1\""));
}

#[tokio::test]
async fn two_look_at_a_child_without_seeing_each_other_and_nobody_twice() {
    let desks = Desks::new().await;
    let (chen, wu) = (desks.somebody("chen", Role::Reviewer).await, desks.somebody("wu", Role::Reviewer).await);
    let lead = desks.somebody("lead", Role::Lead).await;
    let (order, photo) = desks.waiting("a", true).await;
    desks.post(Some(&chen), "/desk/review/claim", "").await;
    let first = desks.get(Some(&chen), &format!("/desk/review/{photo}")).await;
    desks.post(Some(&chen), &format!("/desk/review/{photo}/reject"), "code=D04&note=a+folded+collar").await;
    desks.settle().await;

    let page = desks.post(Some(&chen), "/desk/review/claim", "").await;
    assert_eq!(page.to(), "/desk/review", "the same person does not take the second seat");
    desks.post(Some(&wu), "/desk/review/claim", "").await;
    let second = desks.get(Some(&wu), &format!("/desk/review/{photo}")).await;
    assert!(!second.text.contains("a folded collar") && !second.text.contains("What the two before said"));
    // But for names and times, the second one's page is the first one's: nothing tells which it is.
    let same = |page: &Page| page.text.lines().filter(|line| !line.contains("lease")).collect::<String>();
    assert_eq!(same(&first).replace("chen", "X"), same(&second).replace("wu", "X"));

    desks.post(Some(&wu), &format!("/desk/review/{photo}/accept"), "").await;
    desks.settle().await;
    let page = desks.post(Some(&lead), "/desk/review/claim", "").await;
    let page = desks.get(Some(&lead), page.to()).await;
    assert!(page.text.contains("a folded collar") && page.text.contains("Disagreement: you settle it"));
    desks.post(Some(&lead), &format!("/desk/review/{photo}/accept"), "").await;
    desks.settle().await;
    assert_eq!(desks.store.order(order.id).await.unwrap().unwrap().state, OrderState::Approved);
}

#[tokio::test]
async fn pictures_are_served_only_while_they_are_held_and_each_view_is_logged() {
    let desks = Desks::new().await;
    let (chen, wu) = (desks.somebody("chen", Role::Reviewer).await, desks.somebody("wu", Role::Reviewer).await);
    let (_, photo) = desks.waiting("a", false).await;
    let path = format!("/desk/review/picture/{photo}/preview");
    assert_eq!(desks.get(Some(&chen), &path).await.status.as_u16(), 404);
    desks.post(Some(&chen), "/desk/review/claim", "").await;
    let before = desks.store.log_head().await.unwrap().unwrap().size;
    let page = desks.get(Some(&chen), &path).await;
    assert_eq!(page.bytes, b"preview a");
    assert_eq!(desks.store.log_head().await.unwrap().unwrap().size, before + 1);
    assert_eq!(desks.get(Some(&wu), &path).await.status.as_u16(), 404);
    assert_eq!(desks.get(Some(&chen), &path.replace("preview", "original")).await.status.as_u16(), 404);
    let (_, other) = desks.draft("b").await;
    assert_eq!(desks.get(Some(&chen), &format!("{path}?of={other}")).await.status.as_u16(), 404);
    desks.post(Some(&chen), &format!("/desk/review/{photo}/leave"), "").await;
    assert_eq!(desks.get(Some(&chen), &path).await.status.as_u16(), 404);
}

#[tokio::test]
async fn a_lost_lease_is_told_and_activity_keeps_it() {
    let desks = Desks::new().await;
    let (chen, wu) = (desks.somebody("chen", Role::Reviewer).await, desks.somebody("wu", Role::Reviewer).await);
    let (_, photo) = desks.waiting("a", false).await;
    desks.post(Some(&chen), "/desk/review/claim", "").await;
    desks.pass_ms(LEASE_MS - 1);
    desks.post(Some(&chen), &format!("/desk/review/{photo}/renew"), "").await;
    desks.pass_ms(LEASE_MS - 1);
    assert_eq!(desks.get(Some(&chen), &format!("/desk/review/{photo}")).await.status.as_u16(), 200);
    desks.pass_ms(1);
    desks.post(Some(&wu), "/desk/review/claim", "").await;
    let page = desks.post(Some(&chen), &format!("/desk/review/{photo}/accept"), "").await;
    assert_eq!(page.to(), "/desk/review?told=lost");
    let page = desks.get(Some(&chen), page.to()).await;
    assert!(page.text.contains("went back to the queue") && page.text.contains("Take the next photo"));
    assert!(desks.store.case(&wu.staff, photo).await.unwrap().is_some());
}

#[tokio::test]
async fn earlier_attempts_stand_beside_with_their_codes() {
    let desks = Desks::new().await;
    let chen = desks.somebody("chen", Role::Reviewer).await;
    let (order, first) = desks.waiting("a", false).await;
    desks.post(Some(&chen), "/desk/review/claim", "").await;
    desks.post(Some(&chen), &format!("/desk/review/{first}/reject"), "code=X03&note=teeth").await;
    desks.settle().await;
    let again = desks.store.receive_photo(order.id, b"another").await.unwrap();
    let judgement = huizhi_store::Judgement {
        verdict: "fits".to_owned(),
        codes: Vec::new(),
        report: serde_json::json!({ "findings": [] }),
        preview: b"preview".to_vec(),
        id_photo: Some(b"id photo".to_vec()),
    };
    desks.store.judged(again, judgement).await.unwrap();
    let terms = huizhi_domain::order::Terms { price_fen: 0, rules: "2026.1".to_owned() };
    desks.store.submit(order.id, again, None, terms, false).await.unwrap();
    let page = desks.post(Some(&chen), "/desk/review/claim", "").await;
    let page = desks.get(Some(&chen), page.to()).await;
    assert!(page.text.contains("Earlier photos: 1") && page.text.contains("teeth"));
    let path = format!("/desk/review/picture/{again}/id-photo?of={first}");
    assert!(page.text.contains(&path));
    assert_eq!(desks.get(Some(&chen), &path).await.bytes, b"id photo a");
}

#[tokio::test]
async fn what_was_given_away_is_not_given_back_to_the_same_person() {
    let desks = Desks::new().await;
    let (chen, wu) = (desks.somebody("chen", Role::Reviewer).await, desks.somebody("wu", Role::Reviewer).await);
    let (_, photo) = desks.waiting("a", false).await;
    desks.post(Some(&wu), "/desk/review/claim", "").await;
    let page = desks.post(Some(&wu), &format!("/desk/review/{photo}/skip"), "why=known-person").await;
    assert_eq!(page.to(), "/desk/review?told=skipped");
    let page = desks.post(Some(&chen), "/desk/review/claim", "").await;
    assert_eq!(page.to(), format!("/desk/review/{photo}"));
    desks.post(Some(&chen), &format!("/desk/review/{photo}/second"), "").await;
    assert_eq!(desks.post(Some(&chen), "/desk/review/claim", "").await.to(), "/desk/review");
}
