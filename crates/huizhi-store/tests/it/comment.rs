//! Comments: nothing is shown without a person, a moderator is first or told that somebody else was, and what is personal goes by its time.

use huizhi_domain::article::{ArticleId, SeedArticle, SeedText};
use huizhi_domain::comment::{
    Checked, CommentForm, CommentState, ContentOpinion, EMAIL_KEPT_MS, Found, Objection, REFUSED_KEPT_MS, Ruling,
    UNDO_MS, parse,
};
use huizhi_domain::id::CommentId;
use huizhi_domain::staff::Role;
use huizhi_domain::words::Lang;
use huizhi_store::{CommentRefused, Place, SentComment, Store, StoreError, Visitor};
use sqlx::Connection as _;

use crate::erase::{bytes_under, holds};
use crate::person::account;
use crate::{Bench, on_both};

const ARTICLE: ArticleId = ArticleId(9089);
const EMAIL: &str = "canary@example.cn";

/// An article in Chinese that everybody reads.
async fn article(store: &Store) {
    let seed = SeedArticle {
        name: "of-comments".to_owned(),
        id: ARTICLE,
        category: "sfz".to_owned(),
        author: "汇智".to_owned(),
        published_at: store.now(),
        texts: vec![SeedText {
            lang: Lang::Zh,
            title: "照片回执过期了怎么办？".to_owned(),
            excerpt: String::new(),
            body: "不能延期。".to_owned(),
        }],
    };
    assert!(store.seed_article(seed).await.unwrap());
}

fn sent(text: &str, answers: Option<CommentId>) -> SentComment {
    let form = CommentForm { name: "惠州读者", email: EMAIL, text };
    SentComment { article: ARTICLE, lang: Lang::Zh, answers, comment: parse(&form).unwrap(), found: None }
}

async fn post(bench: &Bench, text: &str) -> CommentId {
    bench.clock.pass_ms(1);
    bench.store.send_comment(&bench.visitor, &sent(text, None)).await.unwrap().unwrap()
}

async fn shown(store: &Store) -> Vec<String> {
    store.comments_on(ARTICLE, Lang::Zh).await.unwrap().into_iter().map(|it| it.text).collect()
}

async fn counted(store: &Store) -> i64 {
    store.published(ARTICLE, Lang::Zh).await.unwrap().unwrap().comments
}

/// The sealed addresses that the database has.
async fn emails(bench: &Bench) -> Vec<Vec<u8>> {
    let select = "SELECT email FROM comment WHERE email IS NOT NULL";
    match &bench.place {
        Place::Sqlite(path) => {
            let mut db = sqlx::SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
            sqlx::query_scalar(select).fetch_all(&mut db).await.unwrap()
        }
        Place::Postgres(address) => {
            let mut db = sqlx::PgConnection::connect(address).await.unwrap();
            sqlx::query_scalar(select).fetch_all(&mut db).await.unwrap()
        }
    }
}

#[test]
fn a_comment_waits_for_a_person_who_may_take_the_word_back_for_ten_seconds() {
    on_both(|bench| async move {
        let store = &bench.store;
        article(store).await;
        let moderator = bench.staff("one", Role::Support).await.id;
        let other = bench.staff("two", Role::Editor).await.id;
        let first = post(&bench, "第一条").await;
        let second = post(&bench, "第二条").await;
        assert_eq!(post(&bench, "第一条").await, first, "sent twice, it is one");
        assert!(shown(store).await.is_empty());
        let next = store.next_comment(None).await.unwrap().unwrap();
        assert_eq!((next.id, next.state, next.name.as_str()), (first, CommentState::Waiting, "惠州读者"));
        assert_eq!(store.next_comment(Some(first)).await.unwrap().unwrap().id, second);
        assert_eq!(store.comments_waiting().await.unwrap().waiting, 2);

        let stamp = store.article_stamp().await.unwrap();
        assert!(store.rule_on_comment(first, CommentState::Waiting, Ruling::Show, moderator).await.unwrap());
        assert_eq!((shown(store).await, counted(store).await), (vec!["第一条".to_owned()], 1));
        assert!(store.article_stamp().await.unwrap() > stamp, "readers see something else");
        let late = store.rule_on_comment(first, CommentState::Waiting, Ruling::Refuse(Objection::Wrong), other).await;
        assert!(!late.unwrap(), "somebody else was first");

        assert!(!store.undo_comment(first, other).await.unwrap(), "not theirs");
        bench.clock.pass_ms(UNDO_MS - 1);
        assert!(store.undo_comment(first, moderator).await.unwrap());
        assert_eq!((shown(store).await.len(), counted(store).await), (0, 0));
        assert_eq!(store.find_comment(first).await.unwrap().unwrap().state, CommentState::Waiting);

        let why = Ruling::Refuse(Objection::Private);
        assert!(store.rule_on_comment(first, CommentState::Waiting, why, moderator).await.unwrap());
        bench.clock.pass_ms(UNDO_MS);
        assert!(!store.undo_comment(first, moderator).await.unwrap(), "too late");
        let hidden = store.comments_in(CommentState::Hidden, None, 10).await.unwrap();
        assert_eq!((hidden.len(), hidden[0].objection), (1, Some(Objection::Private)));
        assert!(store.rule_on_comment(first, CommentState::Hidden, Ruling::Show, other).await.unwrap());
        assert_eq!(counted(store).await, 1);
        assert!(store.check_log(&[]).await.unwrap().is_ok());
    });
}

#[test]
fn an_answer_needs_a_comment_that_is_shown_and_stays_when_that_one_goes() {
    on_both(|bench| async move {
        let store = &bench.store;
        article(store).await;
        let moderator = bench.staff("one", Role::Support).await.id;
        let first = post(&bench, "问题").await;
        let reader = store.visitor("another browser");
        let early = store.send_comment(&reader, &sent("回答", Some(first))).await.unwrap();
        assert_eq!(early, Err(CommentRefused::Answered));
        store.rule_on_comment(first, CommentState::Waiting, Ruling::Show, moderator).await.unwrap();
        let answer = store.send_comment(&reader, &sent("回答", Some(first))).await.unwrap().unwrap();
        store.rule_on_comment(answer, CommentState::Waiting, Ruling::Show, moderator).await.unwrap();
        let deeper = store.send_comment(&reader, &sent("再答", Some(answer))).await.unwrap();
        assert_eq!(deeper, Err(CommentRefused::Answered), "one level");
        let nowhere = SentComment { lang: Lang::En, ..sent("hello", None) };
        assert_eq!(store.send_comment(&reader, &nowhere).await.unwrap(), Err(CommentRefused::Article));

        store.delete_comment(&reader, first).await.unwrap();
        assert_eq!(shown(store).await.len(), 2, "nobody deletes another's");
        store.delete_comment(&bench.visitor, first).await.unwrap();
        store.delete_comment(&bench.visitor, first).await.unwrap();
        let left = store.comments_on(ARTICLE, Lang::Zh).await.unwrap();
        assert_eq!((left.len(), left[0].id, left[0].answers), (1, answer, None));
        assert_eq!(counted(store).await, 1);
    });
}

#[test]
fn a_reported_comment_comes_back_to_the_moderators_and_stays_in_sight_meanwhile() {
    on_both(|bench| async move {
        let store = &bench.store;
        article(store).await;
        let moderator = bench.staff("one", Role::Support).await.id;
        let id = post(&bench, "有人不喜欢").await;
        let reader = store.visitor("another browser");
        let early = store.report_comment(&reader, id, Objection::Insult).await;
        assert!(matches!(early, Err(StoreError::Absent(_))), "{early:?}");
        store.rule_on_comment(id, CommentState::Waiting, Ruling::Show, moderator).await.unwrap();
        assert!(store.next_comment(None).await.unwrap().is_none());
        assert!(store.report_comment(&reader, id, Objection::Insult).await.unwrap());
        assert!(!store.report_comment(&reader, id, Objection::Advert).await.unwrap(), "once a reader");
        assert_eq!(shown(store).await.len(), 1);
        let next = store.next_comment(None).await.unwrap().unwrap();
        assert_eq!((next.id, next.state, next.reports), (id, CommentState::Shown, 1));
        assert_eq!(store.objections_to(id).await.unwrap(), [(Objection::Insult, 1)]);
        assert_eq!(store.comments_waiting().await.unwrap().reported, 1);

        let why = Ruling::Refuse(Objection::Insult);
        assert!(store.rule_on_comment(id, CommentState::Shown, why, moderator).await.unwrap());
        assert!(store.next_comment(None).await.unwrap().is_none());
        assert!(store.undo_comment(id, moderator).await.unwrap());
        assert_eq!(store.next_comment(None).await.unwrap().unwrap().reports, 1, "the report is open again");
        assert!(store.rule_on_comment(id, CommentState::Shown, Ruling::Show, moderator).await.unwrap());
        assert!(store.next_comment(None).await.unwrap().is_none(), "looked at, and it stays");
    });
}

#[test]
fn what_a_check_says_is_noted_once_and_decides_nothing_but_what_is_put_aside() {
    on_both(|bench| async move {
        let store = &bench.store;
        article(store).await;
        let listed = SentComment {
            found: Some(Found { label: "advert".to_owned(), aside: true }),
            ..sent("专业办证", None)
        };
        let advert = store.send_comment(&bench.visitor, &listed).await.unwrap().unwrap();
        assert_eq!(store.find_comment(advert).await.unwrap().unwrap().state, CommentState::Spam);
        let mut ids = vec![advert];
        for text in ["甲", "乙", "丙"] {
            ids.push(post(&bench, text).await);
        }
        let due = store.comments_to_check(10).await.unwrap();
        assert_eq!(due.iter().map(|it| it.id).collect::<Vec<_>>(), ids);
        for (id, checked, state) in [
            (ids[1], Checked::Pass, CommentState::Waiting),
            (ids[2], Checked::Risky, CommentState::Spam),
            (ids[3], Checked::Failed, CommentState::Waiting),
        ] {
            let opinion = ContentOpinion { checked, code: "code".to_owned() };
            store.comment_checked(id, &opinion).await.unwrap();
            let again = ContentOpinion { checked: Checked::Risky, code: "later".to_owned() };
            store.comment_checked(id, &again).await.unwrap();
            let found = store.find_comment(id).await.unwrap().unwrap();
            assert_eq!((found.checked, found.code.as_str(), found.state), (checked, "code", state));
        }
        assert_eq!(store.comments_to_check(10).await.unwrap().len(), 1);
    });
}

#[test]
fn addresses_are_sealed_and_go_after_their_time_and_refused_comments_later() {
    on_both(|bench| async move {
        let store = &bench.store;
        article(store).await;
        let moderator = bench.staff("one", Role::Support).await.id;
        let (kept, refused) = (post(&bench, "留下").await, post(&bench, "不留").await);
        store.rule_on_comment(kept, CommentState::Waiting, Ruling::Show, moderator).await.unwrap();
        let why = Ruling::Refuse(Objection::OffTopic);
        store.rule_on_comment(refused, CommentState::Waiting, why, moderator).await.unwrap();
        let sealed = emails(&bench).await;
        assert_eq!(sealed.len(), 2);
        assert!(sealed.iter().all(|it| !holds(it, b"canary")));
        let all = bytes_under(bench.folder.path());
        assert!(!holds(&all, EMAIL.as_bytes()) && !holds(&all, "惠州读者".as_bytes()));
        let found = store.find_comment(kept).await.unwrap().unwrap();
        assert!(found.has_email && !serde_json::to_string(&found).unwrap().contains("canary"));

        bench.clock.pass_ms(EMAIL_KEPT_MS - 1000);
        assert_eq!(store.forget_comments().await.unwrap(), 0);
        bench.clock.pass_ms(2000);
        assert_eq!(store.forget_comments().await.unwrap(), 2);
        assert!(emails(&bench).await.is_empty());
        assert!(!store.find_comment(kept).await.unwrap().unwrap().has_email);
        bench.clock.pass_ms(REFUSED_KEPT_MS);
        assert_eq!(store.forget_comments().await.unwrap(), 1);
        assert!(store.find_comment(refused).await.unwrap().is_none());
        assert_eq!(shown(store).await, ["留下"]);
    });
}

#[test]
fn an_erased_account_leaves_no_comment_and_no_report() {
    on_both(|bench| async move {
        let store = &bench.store;
        article(store).await;
        let moderator = bench.staff("one", Role::Support).await.id;
        let me = account(&bench, "13800138000").await;
        let visitor: Visitor = store.account_visitor(me);
        let mine = store.send_comment(&visitor, &sent("我的评论", None)).await.unwrap().unwrap();
        let others = post(&bench, "别人的").await;
        for id in [mine, others] {
            store.rule_on_comment(id, CommentState::Waiting, Ruling::Show, moderator).await.unwrap();
        }
        store.report_comment(&visitor, others, Objection::Wrong).await.unwrap();
        assert_eq!(store.comments_of(&visitor).await.unwrap().len(), 1);
        let needle = emails(&bench).await.into_iter().map(|it| it[..32].to_vec()).collect::<Vec<_>>();
        store.erase_all_of(me).await.unwrap();
        assert!(store.find_comment(mine).await.unwrap().is_none());
        assert!(store.comments_of(&visitor).await.unwrap().is_empty());
        assert_eq!(store.find_comment(others).await.unwrap().unwrap().reports, 0);
        assert_eq!((shown(store).await, counted(store).await), (vec!["别人的".to_owned()], 1));
        if matches!(bench.place, Place::Sqlite(_)) {
            let all = bytes_under(bench.folder.path());
            let left = needle.iter().filter(|it| holds(&all, it)).count();
            assert_eq!(left, 1, "of the two addresses the other's is left");
        }
        assert!(store.check_log(&[]).await.unwrap().is_ok());
    });
}
