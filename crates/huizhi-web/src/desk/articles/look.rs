//! What the rules are given of the service's data, and what they find, in words.

use std::collections::BTreeSet;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use huizhi_domain::article::lint::{Caption, Facts, Fees, Remark, Severity, Subject, lint, markdown};
use huizhi_domain::article::{ArticleId, State};
use huizhi_domain::words::Lang;
use serde::Serialize;
use tower::ServiceExt as _;

use super::say;
use crate::app::App;
use crate::error::PageError;
use crate::routes::routes;
use crate::words::words;

/// Links that are tried at most; an article has a dozen.
const MOST_LINKS: usize = 100;

/// The sentences of the shooting guide that an article must not copy.
const GUIDE: [&str; 14] = [
    "guide-rule-1",
    "guide-rule-2",
    "guide-rule-3",
    "guide-rule-4",
    "guide-rule-5",
    "guide-rule-6",
    "guide-rule-7",
    "guide-rule-8",
    "guide-rule-9",
    "guide-rule-10",
    "guide-hair-text",
    "guide-light-text",
    "guide-wear-text",
    "guide-place-text",
];

/// A remark as the page shows it.
#[derive(Clone, Debug, Serialize)]
pub struct RemarkView {
    rule: &'static str,
    /// Whether it has to be mended before the article is published.
    error: bool,
    field: &'static str,
    /// First character in the field, and the one behind the last.
    from: usize,
    to: usize,
    /// In the body: its line, from 1.
    line: usize,
    said: String,
    remedy: String,
}

impl RemarkView {
    /// A remark in the words of a language.
    pub fn of(app: &App, lang: Lang, subject: &Subject<'_>, remark: &Remark) -> Self {
        let before = subject.body.chars().take(remark.at.start);
        let term = app.terms.of(subject.lang).find(|term| term.wrong.eq_ignore_ascii_case(&remark.found));
        let reason = term.filter(|_| remark.rule == "term.wrong").map_or("", |term| term.reason(lang));
        let (found, right, key) = (cut(&remark.found), &remark.right, remark.key());
        Self {
            rule: remark.rule,
            error: remark.severity == Severity::Error,
            field: remark.field.word(),
            from: remark.at.start,
            to: remark.at.end,
            line: before.filter(|letter| *letter == '\n').count() + 1,
            said: say(lang, &key, &[("found", &found), ("right", right), ("reason", &reason)]),
            remedy: say(lang, &format!("{key}-remedy"), &[("found", &found), ("right", right), ("reason", &reason)]),
        }
    }

    /// Remarks on each field and of each severity.
    #[cfg(test)]
    pub fn samples() -> Vec<Self> {
        let remark = |field, error| Self {
            rule: "city.other",
            error,
            field,
            from: 3,
            to: 5,
            line: 1,
            said: "said".to_owned(),
            remedy: "remedy".to_owned(),
        };
        vec![remark("title", true), remark("excerpt", false), remark("body", true)]
    }
}

/// What stands in a sentence of ours: the first of it.
fn cut(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Looks a text through.
///
/// # Errors
/// As the store.
pub async fn remarks(app: &App, id: ArticleId, subject: &Subject<'_>) -> Result<Vec<Remark>, PageError> {
    let mut captions = Vec::new();
    for article in app.store.illustrated(id, subject.lang).await? {
        let pictures = markdown::references(&article.body).into_iter().filter(|it| it.picture);
        let title = &article.title;
        captions.extend(pictures.map(|it| Caption { alt: it.words, picture: it.target, article: title.clone() }));
    }
    let mut dead = BTreeSet::new();
    let router = routes(app.clone());
    for link in markdown::links(subject.body).into_iter().take(MOST_LINKS) {
        if !leads_somewhere(app, &router, &link).await? {
            dead.insert(link);
        }
    }
    let guide: Vec<String> =
        GUIDE.iter().filter_map(|key| words().pattern(subject.lang, key)).map(str::to_owned).collect();
    let fees = Fees::of(&app.materials, app.today()).map_err(PageError::broken)?;
    let facts = Facts {
        cities: &app.cities,
        policies: &app.policies,
        catalog: &app.catalog,
        materials: &app.materials,
        fees: &fees,
        terms: &app.terms,
        guide: &guide,
        captions: &captions,
        dead: &dead,
    };
    Ok(lint(subject, &facts))
}

/// Whether an address of ours is answered, or is that of an article which is on its way: two that link each other could never be published.
async fn leads_somewhere(app: &App, router: &Router, link: &str) -> Result<bool, PageError> {
    if let Some(id) = link.rsplit('/').next().and_then(ArticleId::of_page) {
        let lang = if link.starts_with("/en/") { Lang::En } else { Lang::Zh };
        let standing = app.store.article_state(id, lang).await?.map(|line| line.standing);
        if standing.is_some_and(|it| it.live_version.is_none() && it.state != State::Archived) {
            return Ok(true);
        }
    }
    let Ok(request) = Request::get(link).body(Body::empty()) else { return Ok(false) };
    let Ok(answer) = router.clone().oneshot(request).await;
    Ok(!matches!(answer.status(), StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::METHOD_NOT_ALLOWED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_of_the_guide_is_there_in_every_language() {
        for lang in Lang::ALL {
            for key in GUIDE {
                assert!(words().pattern(lang, key).is_some(), "{key}");
            }
        }
    }

    #[test]
    fn every_rule_has_its_words_and_its_remedy() {
        let rules = [
            "title.missing",
            "title.no-question",
            "city.other",
            "caption.repeated",
            "caption.other",
            "caption.machine",
            "alt.missing",
            "term.wrong",
            "fact.validity",
            "fact.fee",
            "fact.price",
            "fact.size",
            "link.dead",
            "block.unknown",
            "block.inline",
            "block.open",
            "guide.copied",
            "stale.translation",
        ];
        for rule in rules {
            let key = format!("lint-{}", rule.replace('.', "-"));
            for lang in Lang::ALL {
                assert!(words().pattern(lang, &key).is_some(), "{key}");
                assert!(words().pattern(lang, &format!("{key}-remedy")).is_some(), "{key}-remedy");
            }
        }
    }
}
