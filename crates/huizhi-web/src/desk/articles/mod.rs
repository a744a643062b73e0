//! Articles at the desk: written, looked through, shown as they will be, and published by a second person.

mod acts;
mod edit;
mod list;
mod look;
mod new;
mod pictures;
mod versions;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::response::{IntoResponse as _, Redirect, Response};
use huizhi_domain::article::{ArticleId, Standing, Version};
use huizhi_domain::words::Lang;
use serde::Deserialize;

use super::say;
use crate::app::App;
use crate::error::PageError;

pub use pictures::receive as receive_picture;

type Answer = Result<Response, PageError>;

/// An article of the longest body, each character of three bytes, and each of those written as three.
const MOST_BYTES: usize = 1024 * 1024;

/// What was done, as the page after it says.
const TOLD: [&str; 10] = [
    "made",
    "saved",
    "unscheduled",
    "asked",
    "published",
    "scheduled",
    "withdrawn",
    "archived",
    "restored",
    "described",
];

/// The addresses of articles, but the one that takes a picture, which has a photo's limits.
pub fn routes() -> Router<App> {
    Router::new()
        .merge(list::routes())
        .merge(new::routes())
        .merge(pictures::routes())
        .merge(edit::routes())
        .merge(versions::routes())
        .merge(acts::routes())
        .layer(DefaultBodyLimit::max(MOST_BYTES))
}

/// What a page was come back to with.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    told: String,
}

fn told(lang: Lang, word: &str) -> Option<String> {
    TOLD.contains(&word).then(|| say(lang, &format!("articles-told-{word}"), &[]))
}

fn back(path: &str, told: &str) -> Response {
    Redirect::to(&format!("{path}?told={told}")).into_response()
}

/// Article and language of an address.
fn address(id: &str, lang: &str) -> Result<(ArticleId, Lang), PageError> {
    let lang = Lang::ALL.into_iter().find(|known| known.tag() == lang).ok_or(PageError::Absent)?;
    Ok((id.parse().map_err(|_| PageError::Absent)?, lang))
}

/// Where an article is written in a language.
fn path(id: ArticleId, lang: Lang) -> String {
    format!("/desk/articles/{id}/{}", lang.tag())
}

/// The other of both languages.
const fn other(lang: Lang) -> Lang {
    match lang {
        Lang::Zh => Lang::En,
        Lang::En => Lang::Zh,
    }
}

/// The version that a translation follows: the one that readers see, or else the newest.
fn followed(standing: &Standing) -> i64 {
    standing.live_version.unwrap_or(standing.draft_version)
}

/// All of a version as one text, for comparing.
fn whole(version: &Version) -> String {
    format!("{}\n{}\n\n{}", version.title, version.excerpt, version.body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_an_article_and_one_of_our_languages() {
        assert_eq!(address("9089", "en").unwrap(), (ArticleId(9089), Lang::En));
        for (id, lang) in [("9089", "en-GB"), ("9089", "zh"), ("x", "en"), ("-1", "en")] {
            assert!(address(id, lang).is_err(), "{id} {lang}");
        }
    }

    #[test]
    fn every_act_has_its_words() {
        for lang in Lang::ALL {
            for word in TOLD {
                assert!(crate::words::words().pattern(lang, &format!("articles-told-{word}")).is_some(), "{word}");
            }
        }
    }
}
