//! Articles: two persons publish, versions stay, readers see what is live, and what came with the service is not written over.

use huizhi_domain::article::{
    ArticleId, ArticleRefused, MOST_TITLE, SaveRefused, SeedArticle, SeedText, State, Writer,
};
use huizhi_domain::clock::Moment;
use huizhi_domain::id::StaffId;
use huizhi_domain::staff::Role;
use huizhi_domain::words::Lang;
use huizhi_store::{NewVersion, Place, StoreError};
use sqlx::Connection as _;

use crate::{Bench, on_both};

/// To each article the next one is near.
const NEAR: &str = "INSERT INTO article_related (article, lang, place, other) SELECT id, 'zh-CN', 1, id + 1 FROM article WHERE id < \
                    (SELECT max(id) FROM article)";

/// Two editors.
struct Desk {
    one: StaffId,
    two: StaffId,
}

impl Desk {
    async fn open(bench: &Bench) -> Self {
        Self { one: bench.staff("one", Role::Editor).await.id, two: bench.staff("two", Role::Editor).await.id }
    }

    /// A published article in Chinese.
    async fn article(&self, bench: &Bench, title: &str) -> ArticleId {
        let id = bench.store.new_article("sfz", "汇智编辑部", self.one).await.unwrap();
        bench.store.save_version(text(id, title, None), self.one).await.unwrap().unwrap();
        bench.store.ask_review(id, Lang::Zh, self.one).await.unwrap().unwrap();
        bench.store.publish(id, Lang::Zh, None, self.two).await.unwrap().unwrap();
        bench.clock.pass_ms(1000);
        id
    }
}

async fn save(
    bench: &Bench,
    id: ArticleId,
    title: &str,
    on_version: Option<i64>,
    by: StaffId,
) -> Result<i64, SaveRefused> {
    bench.store.save_version(text(id, title, on_version), by).await.unwrap()
}

/// The titles of a list's page of two.
async fn titles(bench: &Bench, category: Option<&str>, before: Option<(Moment, ArticleId)>) -> Vec<String> {
    let lines = bench.store.articles_in(category, Lang::Zh, before, 2).await.unwrap();
    lines.into_iter().map(|line| line.title).collect()
}

fn text(article: ArticleId, title: &str, on_version: Option<i64>) -> NewVersion {
    NewVersion {
        article,
        lang: Lang::Zh,
        title: title.to_owned(),
        excerpt: String::new(),
        body: "用**手机**的答案。\r\n\r\n{{cities}}\r\n".to_owned(),
        of_version: None,
        on_version,
    }
}

fn seed(name: &str, id: i64, at: Moment) -> SeedArticle {
    let text = |lang, title: &str| SeedText {
        lang,
        title: title.to_owned(),
        excerpt: "摘要".to_owned(),
        body: "正文".to_owned(),
    };
    SeedArticle {
        name: name.to_owned(),
        id: ArticleId(id),
        category: "sfz".to_owned(),
        author: "汇智".to_owned(),
        published_at: at,
        texts: vec![text(Lang::En, "What is a receipt?"), text(Lang::Zh, "什么是回执？")],
    }
}

/// Whether the database takes a statement.
async fn takes(bench: &Bench, sql: &'static str) -> bool {
    match &bench.place {
        Place::Sqlite(path) => {
            let mut db = sqlx::SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
            sqlx::query(sql).execute(&mut db).await.is_ok()
        }
        Place::Postgres(address) => {
            let mut db = sqlx::PgConnection::connect(address).await.unwrap();
            sqlx::query(sql).execute(&mut db).await.is_ok()
        }
    }
}

#[test]
fn a_second_person_publishes_and_readers_see_it_from_then_on() {
    on_both(|bench| async move {
        let (desk, store) = (Desk::open(&bench).await, &bench.store);
        let id = store.new_article("sfz", "汇智编辑部", desk.one).await.unwrap();
        assert!(id.0 > 10_000, "{id}");
        assert_eq!(store.article_state(id, Lang::Zh).await.unwrap(), None, "it has no text yet");
        assert_eq!(store.save_version(text(id, " 丢了\n怎么办？ ", None), desk.one).await.unwrap(), Ok(1));
        assert_eq!(store.published(id, Lang::Zh).await.unwrap(), None);
        let publish = store.publish(id, Lang::Zh, None, desk.two).await.unwrap();
        assert_eq!(publish, Err(ArticleRefused::State(State::Draft)));
        store.ask_review(id, Lang::Zh, desk.one).await.unwrap().unwrap();
        let publish = store.publish(id, Lang::Zh, None, desk.one).await.unwrap();
        assert_eq!(publish, Err(ArticleRefused::SamePerson));
        let stamp = store.article_stamp().await.unwrap();
        store.publish(id, Lang::Zh, None, desk.two).await.unwrap().unwrap();
        assert_eq!(store.article_stamp().await.unwrap(), stamp + 1);
        let seen = store.published(id, Lang::Zh).await.unwrap().unwrap();
        assert_eq!((seen.title.as_str(), seen.version, seen.published_at), ("丢了 怎么办？", 1, store.now()));
        assert_eq!(seen.excerpt, "用手机的答案。", "the first words of the body");
        assert!(!seen.body.contains('\r'));
        assert_eq!(store.published_langs(id).await.unwrap(), [Lang::Zh]);
        assert_eq!(store.published(id, Lang::En).await.unwrap(), None);
        let changes = store.article_changes(stamp, 10).await.unwrap();
        assert_eq!(changes.iter().map(|it| (it.id, it.lang, it.live)).collect::<Vec<_>>(), [(id, Lang::Zh, true)]);
        // The table itself knows that two persons are two, and that nobody publishes alone.
        assert!(!takes(&bench, "UPDATE article_state SET asked_by = published_by").await);
        assert!(!takes(&bench, "UPDATE article_state SET asked_by = NULL, asked_at = NULL").await);
        assert!(store.check_log(&[]).await.unwrap().is_ok());
    });
}

#[test]
fn a_version_is_saved_on_the_one_its_writer_knew_and_none_is_lost() {
    on_both(|bench| async move {
        let (desk, store) = (Desk::open(&bench).await, &bench.store);
        let id = desk.article(&bench, "第一版").await;
        assert_eq!(save(&bench, id, "第二版", Some(1), desk.one).await, Ok(2));
        assert_eq!(save(&bench, id, "第二版", Some(1), desk.one).await, Ok(2), "said twice");
        assert_eq!(save(&bench, id, "另一版", Some(1), desk.two).await, Err(SaveRefused::Newer { version: 2 }));
        assert_eq!(save(&bench, id, "另一版", None, desk.two).await, Err(SaveRefused::Newer { version: 2 }));
        assert_eq!(save(&bench, id, " ", Some(2), desk.two).await, Err(SaveRefused::Empty));
        assert_eq!(save(&bench, id, &"长".repeat(MOST_TITLE + 1), Some(2), desk.two).await, Err(SaveRefused::TooLong));
        let nowhere = store.save_version(text(ArticleId(1), "无", None), desk.one).await.unwrap();
        assert_eq!(nowhere, Err(SaveRefused::Unknown));
        // Readers keep what they have.
        let line = store.article_state(id, Lang::Zh).await.unwrap().unwrap();
        assert_eq!((line.standing.state, line.title.as_str()), (State::Draft, "第二版"));
        assert_eq!(store.published(id, Lang::Zh).await.unwrap().unwrap().title, "第一版");
        // A change of what was asked for takes the request back.
        store.ask_review(id, Lang::Zh, desk.two).await.unwrap().unwrap();
        assert_eq!(save(&bench, id, "第三版", Some(2), desk.one).await, Ok(3));
        let publish = store.publish(id, Lang::Zh, None, desk.one).await.unwrap();
        assert_eq!(publish, Err(ArticleRefused::State(State::Draft)));
        store.restore(id, Lang::Zh, 1, desk.two).await.unwrap().unwrap();
        store.restore(id, Lang::Zh, 1, desk.two).await.unwrap().unwrap();
        assert_eq!(store.restore(id, Lang::Zh, 9, desk.two).await.unwrap(), Err(ArticleRefused::Unknown));
        let versions = store.versions(id, Lang::Zh).await.unwrap();
        let titles: Vec<_> = versions.iter().map(|it| (it.version, it.title.as_str())).collect();
        assert_eq!(titles, [(4, "第一版"), (3, "第三版"), (2, "第二版"), (1, "第一版")]);
        assert_eq!(versions.first().map(|it| it.written_by), Some(Writer::Staff(desk.two)));
        let third = store.version(id, Lang::Zh, 3).await.unwrap().unwrap();
        assert_eq!((third.title.as_str(), third.written_by), ("第三版", Writer::Staff(desk.one)));
        let newest = store.newest_version(id, Lang::Zh).await.unwrap().unwrap();
        assert_eq!((newest.version, newest.article), (4, id));
    });
}

#[test]
fn what_has_its_time_set_is_published_when_it_comes() {
    on_both(|bench| async move {
        let (desk, store) = (Desk::open(&bench).await, &bench.store);
        let id = desk.article(&bench, "旧").await;
        let first = store.published(id, Lang::Zh).await.unwrap().unwrap().published_at;
        store.save_version(text(id, "新", Some(1)), desk.one).await.unwrap().unwrap();
        store.ask_review(id, Lang::Zh, desk.one).await.unwrap().unwrap();
        let at = store.now().after_s(3600);
        store.publish(id, Lang::Zh, Some(at), desk.two).await.unwrap().unwrap();
        let line = store.article_state(id, Lang::Zh).await.unwrap().unwrap();
        assert_eq!((line.standing.state, line.standing.publish_at), (State::Scheduled, Some(at)));
        assert_eq!(store.publish_due().await.unwrap(), 0);
        assert_eq!(store.published(id, Lang::Zh).await.unwrap().unwrap().title, "旧");
        store.withdraw_article(id, Lang::Zh, desk.one).await.unwrap().unwrap();
        bench.clock.pass_ms(3_600_000);
        assert_eq!(store.publish_due().await.unwrap(), 0, "it was taken back");
        store.ask_review(id, Lang::Zh, desk.one).await.unwrap().unwrap();
        let at = store.now().after_s(60);
        store.publish(id, Lang::Zh, Some(at), desk.two).await.unwrap().unwrap();
        bench.clock.pass_ms(60_000);
        assert_eq!(store.publish_due().await.unwrap(), 1);
        assert_eq!(store.publish_due().await.unwrap(), 0, "once");
        let seen = store.published(id, Lang::Zh).await.unwrap().unwrap();
        assert_eq!((seen.title.as_str(), seen.published_at, seen.changed_at), ("新", first, at));
    });
}

#[test]
fn lists_go_by_publication_and_leave_out_what_is_archived() {
    on_both(|bench| async move {
        let (desk, store) = (Desk::open(&bench).await, &bench.store);
        let mut ids = Vec::new();
        for title in ["一", "二", "三"] {
            ids.push(desk.article(&bench, title).await);
        }
        assert_eq!(titles(&bench, None, None).await, ["三", "二"]);
        assert_eq!(titles(&bench, Some("sfz"), None).await, ["三", "二"]);
        assert!(titles(&bench, Some("jzz"), None).await.is_empty());
        let second = store.published(ids[1], Lang::Zh).await.unwrap().unwrap();
        assert_eq!(titles(&bench, None, Some((second.published_at, second.id))).await, ["一"]);
        let (previous, next) = store.neighbours(ids[1], Lang::Zh).await.unwrap();
        assert_eq!((previous.unwrap().id, next.unwrap().id), (ids[0], ids[2]));
        assert!(takes(&bench, NEAR).await);
        let related = store.related(ids[1], Lang::Zh).await.unwrap();
        assert_eq!(related.iter().map(|line| line.id).collect::<Vec<_>>(), [ids[2]]);
        let stamp = store.article_stamp().await.unwrap();
        store.archive(ids[2], Lang::Zh, desk.one).await.unwrap().unwrap();
        assert_eq!(titles(&bench, None, None).await, ["二", "一"]);
        assert!(store.related(ids[1], Lang::Zh).await.unwrap().is_empty());
        assert_eq!(store.neighbours(ids[1], Lang::Zh).await.unwrap().1, None);
        let changes = store.article_changes(stamp, 10).await.unwrap();
        assert_eq!(changes.iter().map(|it| (it.id, it.live)).collect::<Vec<_>>(), [(ids[2], false)]);
        let all = store.all_published(Lang::Zh, Some(ids[0]), 10).await.unwrap();
        assert_eq!(all.iter().map(|it| it.id).collect::<Vec<_>>(), [ids[1]]);
        let states = store.article_states().await.unwrap();
        let states: Vec<_> = states.iter().map(|line| (line.id, line.standing.state)).collect();
        assert_eq!(states, [(ids[0], State::Published), (ids[1], State::Published), (ids[2], State::Archived)]);
    });
}

#[test]
fn a_visitor_likes_an_article_once() {
    on_both(|bench| async move {
        let (desk, store) = (Desk::open(&bench).await, &bench.store);
        let id = desk.article(&bench, "赞").await;
        let stamp = store.article_stamp().await.unwrap();
        assert_eq!(store.like(id, "browser").await.unwrap(), 1);
        assert_eq!(store.like(id, "browser").await.unwrap(), 1);
        assert_eq!(store.like(id, "another").await.unwrap(), 2);
        assert_eq!(store.published(id, Lang::Zh).await.unwrap().unwrap().likes, 2);
        assert!(store.article_stamp().await.unwrap() > stamp);
        assert!(store.article_changes(stamp, 10).await.unwrap().is_empty(), "no article changed");
        store.archive(id, Lang::Zh, desk.one).await.unwrap().unwrap();
        assert!(matches!(store.like(id, "third").await, Err(StoreError::Absent(_))));
        assert!(matches!(store.like(ArticleId(1), "third").await, Err(StoreError::Absent(_))));
    });
}

#[test]
fn what_comes_with_the_service_is_published_once_and_stays_as_editors_made_it() {
    on_both(|bench| async move {
        let (desk, store) = (Desk::open(&bench).await, &bench.store);
        let at = store.now().after_s(-86_400);
        assert!(store.seed_article(seed("what-is-a-receipt", 9089, at)).await.unwrap());
        assert!(!store.seed_article(seed("what-is-a-receipt", 9089, at)).await.unwrap());
        let taken = store.seed_article(seed("another", 9089, at)).await;
        assert!(matches!(taken, Err(StoreError::Conflict(_))), "{taken:?}");
        let id = ArticleId(9089);
        let seen = store.published(id, Lang::En).await.unwrap().unwrap();
        assert_eq!((seen.title.as_str(), seen.excerpt.as_str(), seen.published_at), ("What is a receipt?", "摘要", at));
        assert_eq!(store.published_langs(id).await.unwrap(), [Lang::Zh, Lang::En]);
        let english = store.newest_version(id, Lang::En).await.unwrap().unwrap();
        assert_eq!((english.of_version, english.written_by), (Some(1), Writer::Seed));
        assert_eq!(store.article(id).await.unwrap().unwrap().seed.as_deref(), Some("what-is-a-receipt"));
        // An editor's change stays after the next start.
        assert_eq!(store.save_version(text(id, "改过", Some(1)), desk.one).await.unwrap(), Ok(2));
        store.ask_review(id, Lang::Zh, desk.one).await.unwrap().unwrap();
        store.publish(id, Lang::Zh, None, desk.two).await.unwrap().unwrap();
        assert!(!store.seed_article(seed("what-is-a-receipt", 9089, at)).await.unwrap());
        assert_eq!(store.published(id, Lang::Zh).await.unwrap().unwrap().title, "改过");
        assert!(store.seed_article(seed("far", 20_000, at)).await.unwrap());
        assert_eq!(store.new_article("hz", "汇智", desk.one).await.unwrap(), ArticleId(20_001));
    });
}
