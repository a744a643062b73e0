//! A comment as its moderator sees it: what was said, under what, and what was found in it. Its author's address is not there.

use huizhi_domain::article::permalink;
use huizhi_domain::clock::Moment;
use huizhi_domain::comment::{Objection, UNDO_MS};
use huizhi_domain::words::Lang;
use huizhi_store::Comment;
use serde::Serialize;

use super::super::short;
use crate::app::App;
use crate::error::PageError;

/// A comment.
#[derive(Clone, Debug, Serialize)]
pub struct CaseView {
    id: String,
    short: String,
    name: String,
    text: String,
    lang: &'static str,
    posted_at: i64,
    state: &'static str,
    /// The reason of the ruling before; empty where there is none.
    objection: &'static str,
    article_title: String,
    /// Empty where the article is not read any more.
    article_path: String,
    /// Name and text of what it answers.
    answered: Option<(String, String)>,
    /// What the list of words found; empty for nothing.
    found: String,
    checked: &'static str,
    code: String,
    reports: Vec<(&'static str, i64)>,
    objections: Vec<&'static str>,
}

impl CaseView {
    /// Values that go through every branch of the template.
    #[cfg(test)]
    pub fn samples() -> Vec<Self> {
        use huizhi_domain::comment::{Checked, CommentState};
        let plain = Self {
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            short: "9G5FAV".to_owned(),
            name: "惠州读者".to_owned(),
            text: "请问可以自己拍吗？\n<b>".to_owned(),
            lang: "zh-CN",
            posted_at: 1_725_948_960_000,
            state: "waiting",
            objection: "",
            article_title: "照片回执过期了怎么办？".to_owned(),
            article_path: "/sfz/9089.html".to_owned(),
            answered: None,
            found: String::new(),
            checked: "due",
            code: String::new(),
            reports: Vec::new(),
            objections: objections(),
        };
        let mut all: Vec<Self> = Checked::ALL
            .iter()
            .map(|checked| Self { checked: checked.word(), code: "wechat-label-10001".to_owned(), ..plain.clone() })
            .collect();
        all.extend(CommentState::ALL.iter().map(|state| Self { state: state.word(), ..plain.clone() }));
        all.extend(
            ["advert", "insult", "unlawful", "posing"].map(|found| Self { found: found.to_owned(), ..plain.clone() }),
        );
        all.push(Self { found: "an operator's own".to_owned(), article_path: String::new(), ..plain.clone() });
        all.push(Self {
            state: "shown",
            objection: "advert",
            answered: Some(("甲".to_owned(), "乙".to_owned())),
            reports: Objection::ALL.map(|it| (it.word(), 2)).to_vec(),
            ..plain
        });
        all
    }
}

fn objections() -> Vec<&'static str> {
    Objection::ALL.into_iter().map(Objection::word).collect()
}

/// A comment with what it stands under.
///
/// # Errors
/// As the store.
pub async fn of(app: &App, lang: Lang, comment: &Comment) -> Result<CaseView, PageError> {
    let article = app.store.published(comment.article, comment.lang).await?;
    let (article_title, article_path) = match article {
        Some(it) => (it.title, permalink(&it.category, it.id, it.lang)),
        None => (super::super::say(lang, "comment-desk-no-article", &[("number", &comment.article)]), String::new()),
    };
    let answered = match comment.answers {
        Some(id) => app.store.find_comment(id).await?.map(|it| (it.name, it.text)),
        None => None,
    };
    let reports = app.store.objections_to(comment.id).await?;
    Ok(CaseView {
        id: comment.id.to_string(),
        short: short(comment.id),
        name: comment.name.clone(),
        text: comment.text.clone(),
        lang: comment.lang.tag(),
        posted_at: comment.posted_at.0,
        state: comment.state.word(),
        objection: comment.objection.map_or("", Objection::word),
        article_title,
        article_path,
        answered,
        found: comment.found.clone().unwrap_or_default(),
        checked: comment.checked.word(),
        code: comment.code.clone(),
        reports: reports.into_iter().map(|(why, readers)| (why.word(), readers)).collect(),
        objections: objections(),
    })
}

/// A ruling that can still be taken back.
#[derive(Clone, Debug, Serialize)]
pub struct UndoView {
    id: String,
    short: String,
    state: &'static str,
    left_ms: i64,
    left_s: i64,
}

impl UndoView {
    /// `None` once the ten seconds are over.
    #[must_use]
    pub fn of(comment: &Comment, now: Moment) -> Option<Self> {
        let left_ms = comment.decided_at?.after_ms(UNDO_MS).since_ms(now);
        (left_ms > 0).then(|| Self {
            id: comment.id.to_string(),
            short: short(comment.id),
            state: comment.state.word(),
            left_ms,
            left_s: left_ms.div_euclid(1000) + 1,
        })
    }

    /// One with seven seconds left.
    #[cfg(test)]
    pub fn sample() -> Self {
        let id = "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned();
        Self { id, short: "9G5FAV".to_owned(), state: "shown", left_ms: 7000, left_s: 7 }
    }
}
