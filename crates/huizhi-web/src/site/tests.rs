use axum::body::Body;
use axum::http::{Request, StatusCode};
use huizhi_domain::article::{ArticleId, SeedArticle, SeedText};
use huizhi_domain::clock::Moment;
use huizhi_domain::words::Lang;
use serde_json::Value;

use crate::app::Settings;
use crate::citizen::tests::{Browser, Says, Seen, Service};

/// 10 September 2024, 14:16 in China.
const PUBLISHED: Moment = Moment(1_725_948_960_000);
const BODY: &str = "**答：** 有效 {{fact receipt-days 441300}} 天。\n\n{{receipt 441300 cn-resident-id}}\n\n{{guide no-such-document}}\n";

async fn service() -> Service {
    let settings = Settings { public_url: "https://id.example".to_owned(), ..Settings::default() };
    Service::with(Says::Fits, settings).await
}

async fn seed(service: &Service, id: i64, title: &str, langs: &[Lang], body: &str) {
    let text =
        |lang: &Lang| SeedText { lang: *lang, title: title.to_owned(), excerpt: String::new(), body: body.to_owned() };
    let seed = SeedArticle {
        name: format!("article-{id}"),
        id: ArticleId(id),
        category: "sfz".to_owned(),
        author: "照片回执编辑部".to_owned(),
        published_at: PUBLISHED.after_s(id - 9089),
        texts: langs.iter().map(text).collect(),
    };
    assert!(service.app.store.seed_article(seed).await.unwrap());
}

async fn asked(browser: &mut Browser, path: &str, header: (&'static str, &str)) -> Seen {
    let request = Request::get(path).header("host", "id.example").header(header.0, header.1);
    browser.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn an_article_shows_what_the_data_say_and_when_it_was_published() {
    let service = service().await;
    seed(&service, 9089, "照片回执有效多久？", &Lang::ALL, BODY).await;
    seed(&service, 9090, "过期了怎么办？", &[Lang::Zh], "不能延期。").await;
    let mut browser = service.browser();
    let seen = browser.get("/sfz/9089.html").await;
    let text = seen.text();
    assert_eq!(seen.status, StatusCode::OK, "{text}");
    let days = service.app.policy("441300", "cn-resident-id").unwrap().validity.value.days;
    for part in [
        "<h1>照片回执有效多久？</h1>",
        "2024年9月10日 下午2:16",
        "转载请注明出处",
        "https://id.example/sfz/9089.html",
        "rel=\"canonical\"",
        "hreflang=\"en\"",
        "property=\"og:type\" content=\"article\"",
        "/qr/sfz/9089.svg",
        "href=\"/photo/cn-resident-id/city\"",
        "rel=\"next\" href=\"/sfz/9090.html\"",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(text.contains(&format!("有效 {days} 天。")) && text.contains(&format!("data-days=\"{days}\"")), "{text}");
    let english = browser.get("/en/sfz/9089.html").await.text();
    assert!(english.contains("<html lang=\"en\"") && english.contains("10 September 2024, 14:16"), "{english}");
    // The switch of languages leads to the same article in the other.
    assert!(english.contains("name=\"back\" value=\"/sfz/9089.html\""), "{english}");
}

#[tokio::test]
async fn what_an_article_is_stands_in_its_page_for_machines_and_nothing_ends_it() {
    let service = service().await;
    let title = "</script><script>alert(1)</script>?";
    seed(&service, 9089, title, &[Lang::Zh], "一个回答。").await;
    let text = service.browser().get("/sfz/9089.html").await.text();
    let (_, rest) = text.split_once("<script type=\"application/ld+json\">").unwrap();
    let (json, _) = rest.split_once("</script>").unwrap();
    let graph: Value = serde_json::from_str(json).unwrap();
    let kinds: Vec<&str> = graph["@graph"].as_array().unwrap().iter().map(|it| it["@type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["Article", "FAQPage", "BreadcrumbList"]);
    assert_eq!(graph["@graph"][1]["mainEntity"][0]["name"], title);
    assert_eq!(graph["@graph"][1]["mainEntity"][0]["acceptedAnswer"]["text"], "一个回答。");
    assert!(!text.contains("<script>alert"), "{text}");

    // What it is passed on with: its own picture, else the service's.
    assert!(graph["@graph"][0]["image"].as_str().unwrap().ends_with("/share.png"), "{graph}");
    let picture = "/picture/01ARZ3NDEKTSV4RRFFQ69G5FAV.jpg";
    seed(&service, 9090, "怎么坐？", &[Lang::Zh], &format!("![坐正]({picture})")).await;
    let text = service.browser().get("/sfz/9090.html").await.text();
    let said = format!("property=\"og:image\" content=\"https://id.example{picture}\"");
    assert!(text.contains(&said), "{text}");
}

#[tokio::test]
async fn a_page_is_kept_by_caches_only_for_those_without_cookies_and_is_not_sent_twice() {
    let service = service().await;
    seed(&service, 9089, "照片回执有效多久？", &Lang::ALL, BODY).await;
    let mut browser = service.browser();
    for path in ["/sfz/9089.html", "/sfz/", "/en/articles", "/feed.xml", "/en/atom.xml", "/sitemap.xml"] {
        let first = browser.get(path).await;
        assert_eq!(first.headers["cache-control"], "public, max-age=60", "{path}");
        assert!(!first.headers.contains_key("set-cookie"), "{path}");
        let mark = first.headers["etag"].to_str().unwrap().to_owned();
        let again = asked(&mut browser, path, ("if-none-match", &mark)).await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{path}");
        assert!(again.bytes.is_empty());
        let vary: Vec<_> = first.headers.get_all("vary").iter().map(|it| it.to_str().unwrap().to_lowercase()).collect();
        assert!(vary.iter().any(|it| it.contains("cookie")), "{path}: {vary:?}");
    }
    let large = asked(&mut service.browser(), "/sfz/9089.html", ("cookie", "care=1")).await;
    assert_eq!(large.headers["cache-control"], "private, no-cache");
    assert!(large.text().contains("class=\"care\""));
}

#[tokio::test]
async fn an_article_has_one_address_in_a_language_and_says_where_it_is_written() {
    let service = service().await;
    seed(&service, 9089, "照片回执有效多久？", &[Lang::Zh], "两个月。").await;
    let mut browser = service.browser();
    let moved = browser.get("/jzz/9089.html").await;
    assert_eq!(moved.status, StatusCode::MOVED_PERMANENTLY);
    assert_eq!(moved.headers["location"], "/sfz/9089.html");
    assert_eq!(browser.get("/sfz").await.headers["location"], "/sfz/");
    // A category without an article is offered nowhere.
    let list = browser.get("/articles").await.text();
    assert!(list.contains("href=\"/sfz/\"") && !list.contains("href=\"/jzz/\""), "{list}");
    let elsewhere = browser.get("/en/sfz/9089.html").await;
    assert_eq!(elsewhere.status, StatusCode::NOT_FOUND);
    let text = elsewhere.text();
    assert!(text.contains("<html lang=\"en\"") && text.contains("in Chinese only"), "{text}");
    assert!(text.contains("href=\"/sfz/9089.html\" lang=\"zh-CN\""), "{text}");
    for path in ["/sfz/9088.html", "/sfz/9089", "/sfz/09089.html", "/sfz/9089.html.html", "/en/sfz/x.html"] {
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert!(browser.get("/en/nowhere").await.text().contains("<html lang=\"en\""));
}

#[tokio::test]
async fn a_visitor_likes_once_and_a_crowd_from_one_place_is_slowed() {
    let service = service().await;
    seed(&service, 9089, "照片回执有效多久？", &Lang::ALL, BODY).await;
    let mut browser = service.browser();
    for _ in 0..2 {
        let to = browser.post("/like/9089", &[("lang", "zh-CN")]).await.to();
        assert_eq!(to, "/sfz/9089.html?liked=1#like");
    }
    assert!(browser.get("/sfz/9089.html?liked=1").await.text().contains("谢谢"));
    let mut other = service.browser();
    assert_eq!(other.post("/like/9089", &[("lang", "en")]).await.to(), "/en/sfz/9089.html?liked=1#like");
    assert!(other.get("/sfz/9089.html").await.text().contains("(2)"));
    assert_eq!(other.post("/like/1", &[]).await.status, StatusCode::NOT_FOUND);
    let mut refused = false;
    for _ in 0..12 {
        let seen = service.browser().post("/like/9089", &[]).await;
        refused |= seen.status == StatusCode::TOO_MANY_REQUESTS;
    }
    assert!(refused);
}

#[tokio::test]
async fn lists_go_on_where_they_stopped_and_leave_nothing_out() {
    let service = service().await;
    for id in 9001..9046 {
        seed(&service, id, &format!("第 {id} 个问题？"), &[Lang::Zh], "回答。").await;
    }
    let mut browser = service.browser();
    let mut path = "/sfz/".to_owned();
    let mut found = Vec::new();
    loop {
        let text = browser.get(&path).await.text();
        let on_page = text.split("class=\"card\" href=\"/sfz/").skip(1);
        found.extend(on_page.filter_map(|it| it.split(".html").next()?.parse::<i64>().ok()));
        let Some((_, rest)) = text.split_once("rel=\"next\" href=\"") else { break };
        path = rest.split('"').next().unwrap().to_owned();
    }
    assert_eq!(found, (9001..9046).rev().collect::<Vec<_>>(), "newest first, each once");
    let empty = browser.get("/en/sfz/").await;
    assert_eq!(empty.status, StatusCode::OK);
    assert!(empty.text().contains("There is no article here yet"));
    assert!(browser.get("/").await.text().contains("第 9045 个问题？"), "the first page shows the newest");
}

#[tokio::test]
async fn feeds_and_sitemap_name_every_article_by_its_whole_address() {
    let service = service().await;
    seed(&service, 9089, "回执 & <照片>？", &Lang::ALL, BODY).await;
    let mut browser = service.browser();
    let rss = browser.get("/feed.xml").await;
    assert_eq!(rss.headers["content-type"], "application/rss+xml; charset=utf-8");
    let rss = rss.text();
    for part in [
        "<title>回执 &amp; &lt;照片&gt;？</title>",
        "<link>https://id.example/sfz/9089.html</link>",
        "<pubDate>Tue, 10 Sep 2024 14:16:00 +0800</pubDate>",
    ] {
        assert!(rss.contains(part), "{part}\n{rss}");
    }
    let atom = browser.get("/en/atom.xml").await.text();
    assert!(atom.contains("<id>https://id.example/en/sfz/9089.html</id>"), "{atom}");
    assert!(atom.contains("<updated>2024-09-10T14:16:00+08:00</updated>"), "{atom}");
    let sitemap = browser.get("/sitemap.xml").await.text();
    assert!(sitemap.contains("<loc>https://id.example/en/sfz/9089.html</loc>"), "{sitemap}");
    assert!(sitemap.contains("hreflang=\"zh-CN\" href=\"https://id.example/sfz/9089.html\""), "{sitemap}");
    assert_eq!(browser.get("/sitemap/1.xml").await.text(), sitemap);
    for path in ["/sitemap/0.xml", "/sitemap/2.xml", "/sitemap/x"] {
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let robots = browser.get("/robots.txt").await.text();
    assert!(robots.contains("Disallow: /desk\n") && robots.contains("Sitemap: https://id.example/sitemap.xml"));
    // A new article is in the next sitemap.
    seed(&service, 9090, "过期了怎么办？", &[Lang::Zh], "不能延期。").await;
    assert!(browser.get("/sitemap.xml").await.text().contains("/sfz/9090.html"));
}

#[tokio::test]
async fn codes_lead_to_the_article_and_into_the_service_and_nowhere_else() {
    let service = service().await;
    let mut browser = service.browser();
    for path in ["/qr/sfz/9089.svg", "/qr/sfz/9089.en.svg", "/qr/photo/cn-resident-id.svg", "/qr/photo/all.svg"] {
        let seen = browser.get(path).await;
        assert_eq!(seen.headers["content-type"], "image/svg+xml", "{path}");
        assert!(seen.text().starts_with("<svg "), "{path}");
    }
    for path in ["/qr/xyz/9089.svg", "/qr/sfz/x.svg", "/qr/sfz/9089.png", "/qr/photo/no-such.svg"] {
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}
