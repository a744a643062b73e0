//! `/sitemap.xml` and `/robots.txt`: which pages machines may read, and since when they are as they are.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::article::{ArticleId, permalink};
use huizhi_domain::clock::{Moment, Zone};
use huizhi_domain::words::Lang;

use super::xml::{element, empty, within};
use super::{articles_path, keep};
use crate::app::App;
use crate::error::PageError;

/// Addresses in a file; the protocol allows 50,000, and old readers stumble over large files.
const A_PART: usize = 5_000;
/// Lines that are read at a time.
const AT_ONCE: i64 = 1_000;

const XML: &str = "application/xml; charset=utf-8";

/// Pages that everybody may find, besides articles and their lists.
const PAGES: [&str; 7] = ["/", "/photo", "/what", "/visit", "/verify", "/help", "/privacy"];
/// What is somebody's own, or nothing to read.
const SHUT: [&str; 12] = [
    "/account",
    "/api/",
    "/desk",
    "/like/",
    "/messages",
    "/o/",
    "/order/",
    "/orders",
    "/pay/",
    "/peer/",
    "/register",
    "/sign-in",
];

/// A page that machines may find.
pub struct Address {
    path: String,
    changed: Option<Moment>,
    /// The same page by language; empty where it is in one alone.
    languages: Vec<(Lang, String)>,
}

/// All addresses, with the stamp of the articles when they were read.
#[derive(Default)]
pub struct Addresses(Mutex<Option<(i64, Arc<Vec<Address>>)>>);

/// `/sitemap.xml`: the addresses, or where the parts are that have them.
pub async fn sitemap(State(app): State<App>, headers: HeaderMap) -> Result<Response, PageError> {
    let all = addresses(&app).await?;
    if all.len() <= A_PART {
        return Ok(keep(&headers, XML, file(&app, &all)));
    }
    let mut index = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    for part in 1..=all.len().div_ceil(A_PART) {
        let address = app.settings.address(&format!("/sitemap/{part}.xml"));
        index.push_str(&within("sitemap", &element("loc", &address)));
    }
    index.push_str("</sitemapindex>\n");
    Ok(keep(&headers, XML, index))
}

/// `/sitemap/{number}.xml`
pub async fn part(State(app): State<App>, headers: HeaderMap, Path(part): Path<String>) -> Result<Response, PageError> {
    let number: usize = part.strip_suffix(".xml").and_then(|it| it.parse().ok()).ok_or(PageError::Absent)?;
    let all = addresses(&app).await?;
    let place = number.checked_sub(1).ok_or(PageError::Absent)?;
    let part = all.chunks(A_PART).nth(place).ok_or(PageError::Absent)?;
    Ok(keep(&headers, XML, file(&app, part)))
}

/// `/robots.txt`. A demonstration is found by nobody: its offices and receipts are made up.
pub async fn robots(State(app): State<App>) -> Response {
    let mut text = String::from("User-agent: *\n");
    if app.settings.demo {
        text.push_str("Disallow: /\n");
    } else {
        for path in SHUT {
            text.push_str("Disallow: ");
            text.push_str(path);
            text.push('\n');
        }
    }
    text.push_str("Sitemap: ");
    text.push_str(&app.settings.address("/sitemap.xml"));
    text.push('\n');
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

async fn addresses(app: &App) -> Result<Arc<Vec<Address>>, PageError> {
    let stamp = app.store.article_stamp().await?;
    if let Some(known) = app.site.addresses.known(stamp) {
        return Ok(known);
    }
    let all = Arc::new(read(app).await?);
    app.site.addresses.keep(stamp, &all);
    Ok(all)
}

impl Addresses {
    fn known(&self, stamp: i64) -> Option<Arc<Vec<Address>>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().filter(|(of, _)| *of == stamp).map(|(_, all)| Arc::clone(all))
    }

    fn keep(&self, stamp: i64, all: &Arc<Vec<Address>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((stamp, Arc::clone(all)));
    }
}

/// The pages, then the articles by number, so that an article stays in its part.
async fn read(app: &App) -> Result<Vec<Address>, PageError> {
    let page = |path: &str| Address { path: path.to_owned(), changed: None, languages: Vec::new() };
    let mut all: Vec<Address> = PAGES.into_iter().map(page).collect();
    all.extend(in_both(&articles_path));
    for category in app.categories.all() {
        all.extend(in_both(&|lang| category.address(lang)));
    }
    let mut articles: BTreeMap<ArticleId, Vec<(Lang, String, Moment)>> = BTreeMap::new();
    for lang in Lang::ALL {
        let mut before = None;
        loop {
            let lines = app.store.articles_in(None, lang, before, AT_ONCE).await?;
            before = lines.last().map(|line| (line.published_at, line.id));
            for line in &lines {
                let path = permalink(&line.category, line.id, lang);
                articles.entry(line.id).or_default().push((lang, path, line.changed_at));
            }
            if (lines.len() as i64) < AT_ONCE {
                break;
            }
        }
    }
    for texts in articles.into_values() {
        let languages: Vec<(Lang, String)> = texts.iter().map(|(lang, path, _)| (*lang, path.clone())).collect();
        let address =
            |(_, path, at): (Lang, String, Moment)| Address { path, changed: Some(at), languages: languages.clone() };
        all.extend(texts.into_iter().map(address));
    }
    Ok(all)
}

/// A page that is in both languages.
fn in_both(path: &dyn Fn(Lang) -> String) -> Vec<Address> {
    let languages: Vec<(Lang, String)> = Lang::ALL.iter().map(|lang| (*lang, path(*lang))).collect();
    let address =
        |(_, path): &(Lang, String)| Address { path: path.clone(), changed: None, languages: languages.clone() };
    languages.iter().map(address).collect()
}

fn file(app: &App, addresses: &[Address]) -> String {
    let mut file = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" \
         xmlns:xhtml=\"http://www.w3.org/1999/xhtml\">\n",
    );
    for address in addresses {
        let mut url = element("loc", &app.settings.address(&address.path));
        if let Some(changed) = address.changed {
            url.push_str(&element("lastmod", &changed.rfc3339(Zone::CHINA)));
        }
        for (lang, path) in &address.languages {
            let href = app.settings.address(path);
            let link = [("rel", "alternate"), ("hreflang", lang.tag()), ("href", href.as_str())];
            url.push_str(&empty("xhtml:link", &link));
        }
        file.push_str(&within("url", &url));
    }
    file.push_str("</urlset>\n");
    file
}
