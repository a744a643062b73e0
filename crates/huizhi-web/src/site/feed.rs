//! `/feed.xml` (RSS 2.0) and `/atom.xml` (RFC 4287): the newest articles of a language.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use huizhi_domain::article::ArticleLine;
use huizhi_domain::clock::{Moment, Zone};
use huizhi_domain::words::Lang;

use super::xml::{element, empty, within};
use super::{articles_path, by_address, keep, prefix};
use crate::app::App;
use crate::error::PageError;
use crate::page::Look;

/// Articles in a feed: who reads it asks at least once a month.
const NEWEST: i64 = 30;

const RSS: &str = "application/rss+xml; charset=utf-8";
const ATOM: &str = "application/atom+xml; charset=utf-8";

/// `/feed.xml`, `/en/feed.xml`
pub async fn rss(State(app): State<App>, look: Look, headers: HeaderMap) -> Result<Response, PageError> {
    let lang = by_address(look).lang;
    let lines = app.store.articles_in(None, lang, None, NEWEST).await?;
    Ok(keep(&headers, RSS, rss_of(&app, lang, &lines)))
}

/// `/atom.xml`, `/en/atom.xml`
pub async fn atom(State(app): State<App>, look: Look, headers: HeaderMap) -> Result<Response, PageError> {
    let lang = by_address(look).lang;
    let lines = app.store.articles_in(None, lang, None, NEWEST).await?;
    Ok(keep(&headers, ATOM, atom_of(&app, lang, &lines)))
}

fn rss_of(app: &App, lang: Lang, lines: &[ArticleLine]) -> String {
    let own = app.settings.address(&format!("{}/feed.xml", prefix(lang)));
    let mut feed = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\">\n<channel>\n",
    );
    feed.push_str(&element("title", &title(app, lang)));
    feed.push_str(&element("link", &app.settings.address(&articles_path(lang))));
    feed.push_str(&element("description", &app.say(lang, "site-articles-lead", &[])));
    feed.push_str(&element("language", lang.tag()));
    feed.push_str(&empty("atom:link", &[("rel", "self"), ("type", "application/rss+xml"), ("href", &own)]));
    for line in lines {
        let address = app.settings.address(&line.permalink());
        let item = [
            element("title", &line.title),
            element("link", &address),
            element("guid", &address),
            element("pubDate", &rfc2822(line.published_at)),
            element("category", category(app, line, lang)),
            element("description", &line.excerpt),
        ];
        feed.push_str(&within("item", &item.concat()));
    }
    feed.push_str("</channel>\n</rss>\n");
    feed
}

fn atom_of(app: &App, lang: Lang, lines: &[ArticleLine]) -> String {
    let own = app.settings.address(&format!("{}/atom.xml", prefix(lang)));
    let newest = lines.iter().map(|line| line.changed_at).max().unwrap_or(Moment(0));
    let mut feed = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{}\">\n",
        lang.tag()
    );
    feed.push_str(&element("title", &title(app, lang)));
    feed.push_str(&element("subtitle", &app.say(lang, "site-articles-lead", &[])));
    feed.push_str(&element("id", &own));
    feed.push_str(&element("updated", &newest.rfc3339(Zone::CHINA)));
    feed.push_str(&within("author", &element("name", &app.say(lang, "site-name", &[]))));
    feed.push_str(&empty("link", &[("rel", "self"), ("href", &own)]));
    feed.push_str(&empty("link", &[("href", &app.settings.address(&articles_path(lang)))]));
    for line in lines {
        let address = app.settings.address(&line.permalink());
        let entry = [
            element("title", &line.title),
            element("id", &address),
            empty("link", &[("href", &address)]),
            element("published", &line.published_at.rfc3339(Zone::CHINA)),
            element("updated", &line.changed_at.rfc3339(Zone::CHINA)),
            empty("category", &[("term", category(app, line, lang))]),
            element("summary", &line.excerpt),
        ];
        feed.push_str(&within("entry", &entry.concat()));
    }
    feed.push_str("</feed>\n");
    feed
}

fn title(app: &App, lang: Lang) -> String {
    format!("{} · {}", app.say(lang, "site-articles", &[]), app.say(lang, "site-name", &[]))
}

fn category<'a>(app: &'a App, line: &'a ArticleLine, lang: Lang) -> &'a str {
    app.categories.get(&line.category).map_or(line.category.as_str(), |it| it.name(lang))
}

/// A moment as RSS has it: `Tue, 10 Sep 2024 14:16:00 +0800`.
fn rfc2822(at: Moment) -> String {
    let day = at.day(Zone::CHINA).strftime("%a, %d %b %Y");
    let minute = at.minute(Zone::CHINA);
    let (hour, minute, second) = (minute / 60, minute % 60, at.0.div_euclid(1000).rem_euclid(60));
    format!("{day} {hour:02}:{minute:02}:{second:02} +0800")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_feeds_have_them() {
        assert_eq!(rfc2822(Moment(1_725_948_960_000)), "Tue, 10 Sep 2024 14:16:00 +0800");
        assert_eq!(rfc2822(Moment(-28_800_000)), "Thu, 01 Jan 1970 00:00:00 +0800");
    }
}
