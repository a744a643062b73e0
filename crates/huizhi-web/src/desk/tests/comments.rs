use huizhi_domain::comment::{CommentForm, CommentState, Objection, UNDO_MS, parse};
use huizhi_domain::id::CommentId;
use huizhi_domain::staff::Role;
use huizhi_domain::words::Lang;
use huizhi_store::SentComment;

use super::Desks;
use crate::site::comment::tests::{ARTICLE, EMAIL, article};

async fn post(desks: &Desks, text: &str) -> CommentId {
    desks.pass_ms(1);
    let comment = parse(&CommentForm { name: "Reader", email: EMAIL, text }).unwrap();
    let found = desks.app.content.look(&comment.name, &comment.text);
    let sent = SentComment { article: ARTICLE, lang: Lang::En, answers: None, comment, found };
    desks.store.send_comment(&desks.visitor, &sent).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_moderator_rules_skips_and_takes_back_within_ten_seconds() {
    let desks = Desks::new().await;
    article(&desks.store).await;
    let who = desks.somebody("kefu", Role::Support).await;
    let first = post(&desks, "The first <b>one</b>").await;
    let second = post(&desks, "You can add me on whatsapp").await;
    let page = desks.get(Some(&who), "/desk/comments").await;
    assert!(page.text.contains("The first &lt;b&gt;one") && page.text.contains("2 waiting"), "{}", page.text);
    assert!(!page.text.contains("canary"), "moderators do not see it either");
    for key in ["accept", "reject", "skip"] {
        assert!(page.text.contains(&format!("data-key=\"{key}\"")), "{key}");
    }
    let next = desks.get(Some(&who), &format!("/desk/comments?after={first}")).await;
    assert!(next.text.contains("whatsapp") && next.text.contains("<b>advert</b>"), "{}", next.text);

    let show = format!("/desk/comments/{first}/show");
    let done = desks.post(Some(&who), &show, "from=waiting&after=").await;
    assert_eq!(done.to(), format!("/desk/comments?done={first}"));
    let undo = format!("/desk/comments/{first}/undo");
    let page = desks.get(Some(&who), done.to()).await;
    assert!(page.text.contains(&undo) && page.text.contains("whatsapp"), "the next one is there: {}", page.text);
    let back = desks.post(Some(&who), &undo, "").await;
    assert_eq!(back.to(), format!("/desk/comments?this={first}&told=undone"));
    assert!(desks.get(Some(&who), back.to()).await.text.contains("The first &lt;b&gt;one"));
    desks.post(Some(&who), &show, "from=waiting").await;
    desks.pass_ms(UNDO_MS);
    assert!(!desks.get(Some(&who), done.to()).await.text.contains("class=\"undo\""), "offered no more");
    assert_eq!(desks.post(Some(&who), &undo, "").await.to(), "/desk/comments?told=too-late");

    let refuse = format!("/desk/comments/{second}/refuse");
    let page = desks.post(Some(&who), &refuse, "from=waiting").await;
    assert_eq!(page.status.as_u16(), 422);
    assert_eq!(page.text.matches("Choose a reason").count(), 2, "on top and beside: {}", page.text);
    assert!(page.text.contains("<title>Error: "));
    desks.post(Some(&who), &refuse, "from=waiting&why=advert").await;
    let lost = desks.post(Some(&who), &refuse, "from=waiting&why=insult").await;
    assert!(lost.to().contains("told=lost"), "{}", lost.to());
    let found = desks.store.find_comment(second).await.unwrap().unwrap();
    assert_eq!((found.state, found.objection), (CommentState::Spam, Some(Objection::Advert)));
    let list = desks.get(Some(&who), "/desk/comments/list/spam").await;
    assert!(list.text.contains("whatsapp") && !list.text.contains("canary"), "{}", list.text);
    assert!(desks.get(Some(&who), "/desk/comments").await.text.contains("Nothing is left to do"));
    assert_eq!(desks.get(Some(&who), "/desk/comments/list/nowhere").await.status.as_u16(), 404);
}

#[tokio::test]
async fn a_reported_comment_is_looked_at_again() {
    let desks = Desks::new().await;
    article(&desks.store).await;
    let who = desks.somebody("wu", Role::Editor).await;
    let id = post(&desks, "Shown and then reported").await;
    desks.post(Some(&who), &format!("/desk/comments/{id}/show"), "from=waiting").await;
    let reader = desks.store.visitor("a reader");
    desks.store.report_comment(&reader, id, Objection::Wrong).await.unwrap();
    let page = desks.get(Some(&who), "/desk/comments").await;
    assert!(page.text.contains("1 reported") && page.text.contains("1 readers say: It is wrong"), "{}", page.text);
    desks.post(Some(&who), &format!("/desk/comments/{id}/refuse"), "from=shown&why=wrong").await;
    assert_eq!(desks.store.find_comment(id).await.unwrap().unwrap().state, CommentState::Hidden);
    let hidden = desks.get(Some(&who), "/desk/comments/list/hidden").await;
    assert!(hidden.text.contains("It is wrong and misleads"), "{}", hidden.text);
}
