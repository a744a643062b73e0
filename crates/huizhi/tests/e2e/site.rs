//! Articles as readers meet them: on a phone into the service, on a desk's screen, in large type, in both languages, and on paper.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::time::{Duration, Instant};

use huizhi_domain::article::{ArticleId, permalink, seed};
use huizhi_domain::words::Lang;

use crate::browser::{Browser, DESK, Driver, Look, PHONE};
use crate::client::Client;
use crate::server::Server;
use crate::staff::run;

const ARTICLE: &str = "/sfz/9089.html";
const ENGLISH: &str = "/en/sfz/9089.html";

#[test]
fn an_article_on_a_phone_leads_to_the_photo_service() {
    run(async {
        let Some(driver) = Driver::start() else { return };
        let server = Server::start();
        for look in [PHONE, Look { script: false, ..PHONE }] {
            let mut reader = driver.open(look).await;
            reader.go(&server.url).await;
            reader.click("main a[href='/articles']").await;
            reader.click("main a[href='/sfz/9089.html']").await;
            reader.find("h1").await;
            reader.shoot("article").await;
            let said = reader.text().await;
            for words in ["户口不在惠州", "惠城户政窗口（演示）", "转载", "下午2:16"] {
                assert!(said.contains(words), "{words}\n{said}");
            }
            reader.click("main a[href^='/photo/cn-resident-id']").await;
            reader.find("main form, #consent").await;
            assert!(reader.path().await.starts_with("/photo/cn-resident-id"), "{}", reader.path().await);
            reader.close().await;
        }
    });
}

#[test]
fn an_article_is_read_in_both_languages_in_large_type_and_on_a_desks_screen() {
    run(async {
        let Some(driver) = Driver::start() else { return };
        let server = Server::start();
        for look in [PHONE, DESK] {
            let mut reader = driver.open(look).await;
            for (path, lang) in [(ARTICLE, "zh-CN"), (ENGLISH, "en")] {
                reader.go(&format!("{}{path}", server.url)).await;
                assert_eq!(reader.ask("return document.documentElement.lang").await, lang, "{path}");
                reader.shoot(&format!("article-{lang}")).await;
            }
            // The other language is one press away, and the address says which it is.
            reader.click("form[action='/lang'] button").await;
            reader.find("html[lang='zh-CN']").await;
            assert_eq!(reader.path().await, ARTICLE);
            scanned_or_tapped(&reader, look).await;
            reader.click("form[action='/care'] button").await;
            reader.find("html.care").await;
            for path in [ARTICLE, ENGLISH, "/articles", "/en/articles", "/sfz/", "/hz/9081.html"] {
                reader.go(&format!("{}{path}", server.url)).await;
                reader.shoot(&format!("large{}", path.replace('/', "-"))).await;
            }
            reader.close().await;
        }
    });
}

/// On a desk's screen a code can be scanned; on a phone, which can't scan itself, there is something to tap.
async fn scanned_or_tapped(reader: &Browser, look: Look) {
    let shown = "return [...document.querySelectorAll(\"main img[src^='/qr/']\")].some(it => it.checkVisibility())";
    assert_eq!(reader.ask(shown).await, !look.phone);
    assert!(reader.has("main a[href^='/photo/cn-resident-id']").await);
}

#[test]
fn an_article_is_printed_without_what_is_for_screens_and_with_its_address() {
    run(async {
        let Some(driver) = Driver::start() else { return };
        let server = Server::start();
        let reader = driver.open(DESK).await;
        for (path, has, has_not) in [
            (ARTICLE, ["照片回执可以自己办吗", "要带什么", "转载"], ["长辈版", "跳到正文"]),
            (ENGLISH, ["photo receipt", "What to bring", "Where to go"], ["Large type", "Skip to"]),
        ] {
            reader.go(&format!("{}{path}", server.url)).await;
            let pdf = reader.print().await;
            assert!(pdf.starts_with(b"%PDF-"));
            let file = server.folder.path().join("article.pdf");
            std::fs::write(&file, &pdf).unwrap();
            if let Some(folder) = std::env::var_os("HUIZHI_SHOTS") {
                let name = format!("article{}.pdf", path.replace('/', "-"));
                std::fs::copy(&file, std::path::Path::new(&folder).join(name)).unwrap();
            }
            let Ok(text) = Command::new("pdftotext").arg("-layout").arg(&file).arg("-").output() else {
                println!("pdftotext is not installed: what is printed is not read");
                continue;
            };
            // Lines of print break words.
            let text = String::from_utf8_lossy(&text.stdout).replace(['\n', '\u{c}'], " ");
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let joined = text.replace(' ', "");
            for words in has {
                assert!(joined.contains(&words.replace(' ', "")), "{path}: {words}\n{text}");
            }
            for words in has_not {
                assert!(!joined.contains(&words.replace(' ', "")), "{path}: {words}\n{text}");
            }
            assert!(joined.contains(&format!("{}{path}", server.url)), "{path}: its address\n{text}");
        }
        reader.close().await;
    });
}

/// Every link of every article that comes with the service is there, and each has others beside it, the same ones each time.
#[test]
fn what_articles_lead_to_is_there_and_each_has_related_ones() {
    let server = Server::start();
    let mut reader = Client::new(&server.url);
    let seeds = seed::built_in().unwrap();
    let mut status = BTreeMap::new();
    for lang in Lang::ALL {
        let title = |id: ArticleId| -> String {
            let text = seeds
                .iter()
                .find(|article| article.id == id)
                .and_then(|article| article.texts.iter().find(|text| text.lang == lang).map(|text| text.title.clone()));
            text.unwrap_or_default()
        };
        for article in &seeds {
            let path = permalink(&article.category, article.id, lang);
            for link in links(&reader.text(&path).unwrap()) {
                let known = *status.entry(link.clone()).or_insert_with(|| reader.ask(&link).unwrap().status);
                assert!(known < 400, "{path} leads to {link}, which answers {known}");
            }
            let related = related(&mut reader, &path);
            println!("{}", title(article.id));
            for other in &related {
                let id = other.trim_end_matches(".html").rsplit('/').next().and_then(|id| id.parse().ok());
                println!("  {}", id.map(title).unwrap_or_default());
            }
            assert!(related.len() >= 5 && !related.contains(&path), "{path}: {related:?}");
            assert_eq!(related, self::related(&mut reader, &path), "{path}");
        }
    }
}

/// Own addresses that a page leads to, without those of machines.
fn links(page: &str) -> BTreeSet<String> {
    let all = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let all = all.map(|link| link.replace("&#x2f;", "/").replace("&amp;", "&"));
    all.filter(|link| link.starts_with('/') && !link.starts_with("/static/")).collect()
}

/// The related articles of a page, once they are known.
fn related(reader: &mut Client, path: &str) -> Vec<String> {
    let begun = Instant::now();
    loop {
        let page = reader.text(path).unwrap().replace("&#x2f;", "/");
        let part = page.split("id=\"related\"").nth(1).and_then(|rest| rest.split("</section>").next());
        let part = part.unwrap_or_default().to_owned();
        let found = part.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let found: Vec<String> =
            found.filter(|link| link.split('.').next_back() == Some("html")).map(str::to_owned).collect();
        if !found.is_empty() {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{path} has no related articles");
        std::thread::sleep(Duration::from_millis(200));
    }
}
