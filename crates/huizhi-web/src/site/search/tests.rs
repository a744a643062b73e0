//! Pages and suggestions in process.

use axum::http::StatusCode;
use huizhi_domain::article::{ArticleId, SeedArticle, SeedText};
use huizhi_domain::clock::Moment;
use huizhi_domain::words::Lang;
use serde_json::Value;

use super::SearchView;
use crate::citizen::quoted;
use crate::citizen::tests::{Browser, Says, Service};
use crate::page::tests::renders;

async fn service() -> Service {
    let service = Service::new(Says::Fits).await;
    let text = |lang, title: &str, body: &str| SeedText {
        lang,
        title: title.to_owned(),
        excerpt: String::new(),
        body: body.to_owned(),
    };
    let seed = SeedArticle {
        name: "receipt".to_owned(),
        id: ArticleId(9089),
        category: "sfz".to_owned(),
        author: "编辑部".to_owned(),
        published_at: Moment(1_725_948_960_000),
        texts: vec![
            text(Lang::Zh, "什么是照片回执？", "一张写着编号的纸：<b>到窗口</b>报号，就能调出照片。"),
            text(Lang::En, "What is a photo receipt?", "A sheet with a number, by which the window finds the photo."),
        ],
    };
    assert!(service.app.store.seed_article(seed).await.unwrap());
    super::index(&service.app).await.unwrap();
    while service.app.store.refresh_search().await.unwrap() > 0 {}
    service
}

async fn found(browser: &mut Browser, typed: &str) -> String {
    let seen = browser.get(&format!("/search?q={}", quoted(typed))).await;
    assert_eq!(seen.status, StatusCode::OK, "{typed}");
    seen.text()
}

async fn suggested(browser: &mut Browser, path: &str, typed: &str) -> Vec<(String, String)> {
    let seen = browser.get(&format!("{path}?q={}", quoted(typed))).await;
    let answer: Value = serde_json::from_slice(&seen.bytes).unwrap();
    let said = |it: &Value, name: &str| it[name].as_str().unwrap().to_owned();
    let suggestions = answer["suggestions"].as_array().unwrap().iter();
    suggestions.map(|it| (said(it, "title"), said(it, "address"))).collect()
}

#[test]
fn pages_render() {
    renders::<SearchView>();
}

#[tokio::test]
async fn articles_documents_cities_and_offices_are_found_in_the_language_of_the_address() {
    let service = service().await;
    let mut browser = service.browser();
    let text = found(&mut browser, "照片回执").await;
    assert!(text.contains("data-outcome=\"found\"") && text.contains("href=\"/sfz/9089.html\""), "{text}");
    assert!(text.contains("什么是<mark>照片回执</mark>？"), "{text}");
    assert!(text.contains("value=\"照片回执\"") && text.contains("<html lang=\"zh-CN\""), "{text}");
    assert!(text.contains("value=\"/en/search?q=%E7%85%A7"), "the other language asks the same: {text}");
    assert!(found(&mut browser, "居民身份证").await.contains("href=\"/photo/cn-resident-id/city\""));
    assert!(found(&mut browser, "惠州").await.contains("href=\"/photo/cn-resident-id/guide?city=441300\""));
    assert!(found(&mut browser, "惠城区").await.contains("city=441300"), "by a county");
    assert!(found(&mut browser, "江北窗口").await.contains("<mark>江北窗口</mark>"));
    let english = browser.get("/en/search?q=receipt").await.text();
    assert!(english.contains("<html lang=\"en\"") && english.contains("href=\"/en/sfz/9089.html\""), "{english}");
    assert!(english.contains("<mark>receipt</mark>"), "{english}");
    for page in ["/", "/help", "/articles", "/search", "/en/articles"] {
        let text = browser.get(page).await.text();
        assert!(text.contains("role=\"search\"") && text.contains("search.js"), "{page}");
    }
}

#[tokio::test]
async fn who_finds_nothing_is_led_on_and_what_was_typed_is_only_words() {
    let service = service().await;
    let mut browser = service.browser();
    assert!(browser.get("/search").await.text().contains("data-outcome=\"ask\""));
    let none = found(&mut browser, "量子力学").await;
    assert!(none.contains("data-outcome=\"none\"") && none.contains("href=\"/sfz/\""), "{none}");
    let hostile =
        ["\" OR *", "<script>alert(1)</script>", "' OR 1=1 --", "\"><img src=x onerror=alert(1)>", "%", "((("];
    for typed in hostile {
        let text = found(&mut browser, typed).await;
        assert!(!text.contains("<script>alert") && !text.contains("<img src=x"), "{typed}: {text}");
        suggested(&mut browser, "/search/suggest", typed).await;
    }
    let wild = browser.get("/search?q=%E7%85%A7%E7%89%87&from=-1").await;
    assert_eq!(wild.status, StatusCode::OK);
    assert_eq!(browser.get("/search?q=%E7%85%A7%E7%89%87&from=99999999999999999999").await.status, StatusCode::OK);
}

#[tokio::test]
async fn typing_is_followed_by_suggestions() {
    let service = service().await;
    let mut browser = service.browser();
    let of = |title: &str, address: &str| (title.to_owned(), address.to_owned());
    let receipt = of("什么是照片回执？", "/sfz/9089.html");
    for typed in ["什么", "shenmes", "smszp", "照片回"] {
        assert!(suggested(&mut browser, "/search/suggest", typed).await.contains(&receipt), "{typed}");
    }
    let huizhou = suggested(&mut browser, "/search/suggest", "huizhou").await;
    assert!(huizhou.contains(&of("惠州市", "/photo/cn-resident-id/guide?city=441300")), "{huizhou:?}");
    let english = suggested(&mut browser, "/en/search/suggest", "photo rec").await;
    assert!(english.contains(&of("What is a photo receipt?", "/en/sfz/9089.html")), "{english:?}");
    assert!(suggested(&mut browser, "/search/suggest", "").await.is_empty());
    assert!(suggested(&mut browser, "/search/suggest", "s").await.len() <= 6);
}
