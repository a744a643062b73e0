//! What is written is found, in its words, in others' order, by pinyin; nothing that is typed breaks the index; and related articles are
//! those that are alike, whatever the order in which they came.

use huizhi_domain::article::{ArticleId, SeedArticle, SeedText};
use huizhi_domain::clock::Moment;
use huizhi_domain::search::{Entry, Kind, Query};
use huizhi_domain::staff::Role;
use huizhi_domain::words::Lang;
use huizhi_store::{Found, Store};

use crate::{Bench, on_both};

/// Texts of articles: number, title, body, in Chinese.
pub(crate) const TEXTS: [(i64, &str, &str); 8] = [
    (
        101,
        "什么是照片回执？",
        "照片回执是一张写着编号的纸。拍照以后由专人审核，通过了就给回执号，到窗口报号就能调出照片。",
    ),
    (102, "惠州身份证照片回执有效期是多久？", "回执从第二天算起。过了有效期就不能用了，要重新拍照。"),
    (103, "照片回执过期了怎么办？", "过期的照片回执不能延期。请重新拍照，审核通过以后用新的回执。"),
    (104, "身份证丢了怎么补办？", "带上户口簿去户籍窗口，报照片回执号，交工本费。补领的身份证二十天内做好。"),
    (105, "居住证怎么办理？", "先登记居住满半年，再带租房合同去窗口。居住证也要数字相片。"),
    (106, "驾驶证照片要求是什么？", "白底，免冠，正面。驾驶证照片不能戴眼镜有反光。"),
    (107, "社保卡照片可以用手机拍吗？", "可以。手机拍的照片要清楚，光线要均匀，背景要白。"),
    (108, "护照照片和身份证照片一样吗？", "不一样。护照照片的背景和尺寸都不同，要分开拍照。"),
];

pub(crate) fn seed(id: i64, title: &str, body: &str, english: Option<(&str, &str)>) -> SeedArticle {
    let text = |lang, title: &str, body: &str| SeedText {
        lang,
        title: title.to_owned(),
        excerpt: String::new(),
        body: body.to_owned(),
    };
    let mut texts = vec![text(Lang::Zh, title, body)];
    texts.extend(english.map(|(title, body)| text(Lang::En, title, body)));
    SeedArticle {
        name: format!("article-{id}"),
        id: ArticleId(id),
        category: "sfz".to_owned(),
        author: "编辑部".to_owned(),
        published_at: Moment(1_795_000_000_000 + id),
        texts,
    }
}

async fn settle(store: &Store) {
    while store.refresh_search().await.unwrap() > 0 {}
}

async fn filled(bench: &Bench) {
    for (id, title, body) in TEXTS {
        let english = (id == 101)
            .then_some(("What is a photo receipt?", "A sheet with a number. The window finds the photos by it."));
        assert!(bench.store.seed_article(seed(id, title, body, english)).await.unwrap());
    }
    settle(&bench.store).await;
}

async fn ask(bench: &Bench, typed: &str, lang: Lang) -> Found {
    bench.store.search(&Query::parse(typed), lang, 10, 0).await.unwrap()
}

async fn keys(bench: &Bench, typed: &str) -> Vec<String> {
    ask(bench, typed, Lang::Zh).await.hits.into_iter().map(|hit| hit.key).collect()
}

async fn suggested(bench: &Bench, typed: &str, lang: Lang) -> Vec<String> {
    bench.store.suggest(typed, lang, 5).await.unwrap().into_iter().map(|hit| hit.key).collect()
}

fn city(code: &str, title: &str, reading: Option<&str>) -> Entry {
    Entry {
        kind: Kind::City,
        key: code.to_owned(),
        lang: Lang::Zh,
        title: title.to_owned(),
        text: "直辖市".to_owned(),
        address: format!("/city/{code}"),
        reading: reading.map(str::to_owned),
        version: 0,
    }
}

#[test]
fn what_is_written_is_found_and_titles_come_first() {
    on_both(|bench| async move {
        filled(&bench).await;
        let found = keys(&bench, "照片回执").await;
        assert_eq!(found.len(), 4, "{found:?}");
        assert_eq!(found.last().map(String::as_str), Some("104"), "only its text has it: {found:?}");
        assert_eq!(found[0], "103", "what begins with it");
        // Nobody wrote it in these words.
        assert_eq!(keys(&bench, "身份证照片有效期").await.first().map(String::as_str), Some("102"));
        assert_eq!(keys(&bench, "补办 身份证").await, ["104"]);
        // One character, full width, capitals, a word of another script.
        assert!(keys(&bench, "居").await.contains(&"105".to_owned()));
        assert_eq!(ask(&bench, "ＰＨＯＴＯ receipts", Lang::En).await.hits[0].address, "/en/sfz/101.html");
        assert!(ask(&bench, "photo receipt", Lang::Zh).await.hits.is_empty());
        // Nothing fits, and something is near; or nothing is there at all.
        let none = ask(&bench, "结婚登记照片尺寸要求及费用", Lang::Zh).await;
        assert!(none.hits.is_empty() && !none.near.is_empty(), "{none:?}");
        assert_eq!(ask(&bench, "量子力学", Lang::Zh).await, Found::default());
        let first = bench.store.search(&Query::parse("照片"), Lang::Zh, 3, 0).await.unwrap();
        let next = bench.store.search(&Query::parse("照片"), Lang::Zh, 3, 3).await.unwrap();
        assert!(first.more && first.hits.len() == 3 && !next.hits.is_empty());
        assert!(first.hits.iter().all(|hit| !next.hits.contains(hit)));
    });
}

#[test]
fn nothing_that_is_typed_is_a_command() {
    on_both(|bench| async move {
        filled(&bench).await;
        let everything = "照片";
        let all = keys(&bench, everything).await;
        for typed in [
            "\" OR *",
            "\"",
            "*",
            "照片\" OR \"居住证",
            "title:照片",
            "NEAR(照片 回执)",
            "照片 AND NOT 回执",
            "^照片",
            "-照片",
            "{title}:照片",
            "'",
            "''",
            "照片' OR '1'='1",
            "'); DROP TABLE search_entry; --",
            "照片 & !回执",
            "照片:*",
            "照片 <-> 回执",
            "照片|居住证",
            "\\",
            "%",
            "_",
            "\0",
            "照片\u{202e}",
            "(((((((",
            "<script>alert(1)</script>",
            "🙂",
            "𠮷野家",
            "ﷺ",
            "İ",
        ] {
            for lang in Lang::ALL {
                let found = ask(&bench, typed, lang).await;
                assert!(found.hits.len() <= 10, "{typed}");
                bench.store.suggest(typed, lang, 5).await.unwrap();
            }
        }
        assert!(ask(&bench, "\" OR *", Lang::Zh).await.hits.is_empty());
        assert_eq!(keys(&bench, everything).await, all, "nothing was changed");
        assert!(ask(&bench, &"照片回执".repeat(1000), Lang::Zh).await.hits.len() <= 10);
    });
}

#[test]
fn typing_suggests_by_characters_pinyin_and_initials() {
    on_both(|bench| async move {
        filled(&bench).await;
        let cities = vec![city("500000", "重庆市", Some("chong qing")), city("441300", "惠州市", Some("hui zhou"))];
        assert_eq!(bench.store.index_entries(Kind::City, cities.clone()).await.unwrap(), 2);
        assert_eq!(bench.store.index_entries(Kind::City, cities.clone()).await.unwrap(), 0, "they are there");
        for typed in ["重", "重庆", "chongq", "cq", "CQS", "ｃｑ"] {
            assert_eq!(suggested(&bench, typed, Lang::Zh).await.first().map(String::as_str), Some("500000"), "{typed}");
        }
        assert_eq!(suggested(&bench, "shenmeshi", Lang::Zh).await, ["101"]);
        assert_eq!(suggested(&bench, "huizhou", Lang::Zh).await[0], "441300", "a city before an article");
        assert_eq!(suggested(&bench, "回执过期", Lang::Zh).await, ["103"], "within a title");
        assert_eq!(suggested(&bench, "photo r", Lang::En).await, ["101"]);
        assert_eq!(suggested(&bench, "  ！", Lang::Zh).await, Vec::<String>::new());
        // What is typed in pinyin and sent is found as well.
        assert_eq!(keys(&bench, "chongqing").await, ["500000"]);
        // Another list: one is called otherwise, one is no more.
        let renamed = vec![city("441300", "惠城", None)];
        assert_eq!(bench.store.index_entries(Kind::City, renamed).await.unwrap(), 2);
        assert_eq!(suggested(&bench, "chongq", Lang::Zh).await, Vec::<String>::new());
        assert_eq!(keys(&bench, "惠城").await, ["441300"]);
        assert_eq!(keys(&bench, "重庆").await, Vec::<String>::new());
        assert_eq!(bench.store.index_entries(Kind::City, Vec::new()).await.unwrap(), 1);
    });
}

#[test]
fn related_articles_are_alike_and_the_same_in_every_order() {
    on_both(|bench| async move {
        filled(&bench).await;
        let related = async |id: i64| -> Vec<i64> {
            let lines = bench.store.related(ArticleId(id), Lang::Zh).await.unwrap();
            lines.into_iter().map(|line| line.id.0).collect()
        };
        let before = related(103).await;
        for (id, title, _) in TEXTS {
            println!("{title} → {:?}", related(id).await);
        }
        assert!([101, 102].iter().all(|id| before[..3].contains(id)), "receipts are near receipts: {before:?}");
        assert!(!before.contains(&103));
        assert_eq!(bench.store.refresh_search().await.unwrap(), 0, "nothing is left to do");
        // A new one stands in the list of its neighbour; when it goes, the list is what it was.
        let new = seed(110, "照片回执过期了还能用吗？", "过期的照片回执不能用，也不能延期。请重新拍照。", None);
        bench.store.seed_article(new).await.unwrap();
        settle(&bench.store).await;
        assert_eq!(related(103).await[0], 110);
        assert_eq!(related(110).await[0], 103);
        let editor = bench.staff("editor", Role::Editor).await;
        bench.store.archive(ArticleId(110), Lang::Zh, editor.id).await.unwrap().unwrap();
        settle(&bench.store).await;
        assert_eq!(related(103).await, before);
        assert!(!keys(&bench, "过期").await.contains(&"110".to_owned()));
    });
}
