//! The e-mail address of who comments is in no answer: every address that the sources write down, and every page that leads on from there, is asked
//! by strangers, by its author and by staff, and looked through for the address in whatever form.

use std::collections::{BTreeSet, VecDeque};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use crate::client::Client;
use crate::inside::Inside;
use crate::xss::fields::{EMAIL, Filled, PASSWORD, TOKEN, fill};

/// Pages that are looked through for each who asks.
const MOST: usize = 400;

#[test]
fn no_answer_has_the_address_of_who_comments() {
    let texts = ["照片回执可以自己办吗？".to_owned(), "回执过期了怎么办？请告诉我。".to_owned()];
    let (inside, filled) = Inside::start(|store| fill(store, texts.to_vec()));
    assert!(filled.comments > 0);
    let secrets = secrets();
    let mut looked = 0;
    for mut who in [
        Client::new(&inside.url),
        Client::with_cookie(&inside.url, "visitor", TOKEN),
        Client::staff(&inside.url, "bianji", PASSWORD).unwrap(),
        Client::staff(&inside.url, "kefu", PASSWORD).unwrap(),
    ] {
        looked += look_through(&mut who, &addresses(&filled), &secrets);
    }
    println!("{looked} answers looked through");
    assert!(looked > 300, "only {looked} answers were looked through");
    // The form comes back without it as well, and so does one that is taken.
    let mut author = Client::with_cookie(&inside.url, "visitor", TOKEN);
    for (name, text) in [("", "x"), ("读者", "谢谢，很有用。")] {
        let form = [("name", name), ("email", EMAIL), ("text", text)];
        let answer = author.send("/comments/20000", &form).unwrap();
        let shown = answer.to.clone().unwrap_or_default();
        clean("/comments/20000", &[shown.as_bytes(), &answer.body].concat(), &secrets);
        if let Some(to) = answer.to {
            clean(&to, &author.ask(&to).unwrap().body, &secrets);
        }
    }
}

/// Asks for addresses and for what their pages lead to; how many answers there were.
fn look_through(who: &mut Client, addresses: &BTreeSet<String>, secrets: &[Vec<u8>]) -> usize {
    let mut seen = addresses.clone();
    let mut ahead: VecDeque<String> = addresses.iter().cloned().collect();
    let mut looked = 0;
    while let Some(path) = ahead.pop_front().filter(|_| looked < MOST) {
        let answer = who.ask(&path).unwrap();
        looked += 1;
        let headers: Vec<String> = answer.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
        clean(&path, headers.join("\n").as_bytes(), secrets);
        clean(&path, &answer.body, secrets);
        let page = String::from_utf8_lossy(&answer.body).replace("&#x2f;", "/").replace("&amp;", "&");
        let led = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let led = led.chain(answer.to.as_deref()).filter(|it| it.starts_with('/') && !it.starts_with("/static/"));
        for path in led {
            if !path.contains("sign-out") && seen.insert(path.to_owned()) {
                ahead.push_back(path.to_owned());
            }
        }
    }
    looked
}

fn clean(path: &str, answer: &[u8], secrets: &[Vec<u8>]) {
    for secret in secrets {
        let found = answer.windows(secret.len()).any(|part| part.eq_ignore_ascii_case(secret));
        assert!(!found, "{path} has “{}”", String::from_utf8_lossy(secret));
    }
}

/// The address as it is, as pages and addresses write it, and what portrait services make of it.
fn secrets() -> Vec<Vec<u8>> {
    let sum: Vec<String> = Sha256::digest(EMAIL.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let numbers = |base: &str| EMAIL.replace('@', base);
    let (name, host) = EMAIL.split_once('@').unwrap();
    [
        EMAIL.to_owned(),
        numbers("%40"),
        numbers("&#64;"),
        numbers("&#x40;"),
        numbers("\\u0040"),
        format!("{name} at {host}"),
        name.to_owned(),
        STANDARD.encode(EMAIL),
        URL_SAFE_NO_PAD.encode(EMAIL),
        sum.concat(),
    ]
    .map(String::into_bytes)
    .to_vec()
}

/// Every address of the sources that pages can be asked for, with what is there in the place of what varies.
fn addresses(filled: &Filled) -> BTreeSet<String> {
    let mut written = BTreeSet::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../huizhi-web/src"), &mut written);
    assert!(written.len() > 100, "{written:#?}");
    let article = filled.articles.first().and_then(|path| path.trim_end_matches(".html").rsplit('/').next());
    let filled_in = |path: &String| {
        let parts = path.split('/').map(|part| match part {
            "{article}" => article.unwrap_or_default().to_owned(),
            "{inquiry}" => filled.inquiry.to_string(),
            "{id}" if path.starts_with("/desk/articles/") => article.unwrap_or_default().to_owned(),
            "{lang}" => "zh-CN".to_owned(),
            "{state}" => "shown".to_owned(),
            "{document}" => "cn-resident-id".to_owned(),
            part if part.starts_with('{') => "1".to_owned(),
            part => part.to_owned(),
        });
        parts.collect::<Vec<_>>().join("/")
    };
    let lists = ["/hz/", "/en/hz/", "/search?q=%E5%9B%9E%E6%89%A7", "/search/suggest?q=%E7%85%A7", "/robots.txt"];
    let own = filled.articles.iter().cloned().chain(lists.map(str::to_owned));
    written.iter().map(filled_in).chain(own).collect()
}

fn collect(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.file_stem().is_some_and(|it| it == "matrix") {
            // It speaks of addresses and has none.
            continue;
        }
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            let source = std::fs::read_to_string(&path).unwrap();
            let calls = source.split(".route(").skip(1).filter_map(|call| call.trim_start().strip_prefix('"'));
            found.extend(calls.filter_map(|call| call.split('"').next()).map(str::to_owned));
        }
    }
}
