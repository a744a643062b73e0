//! `/sfz/9089.html`: a question, its answer, the way into the service, and where to read on.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::article::{ArticleId, Published, permalink};
use huizhi_domain::clock::{Moment, Zone};
use huizhi_domain::words::Lang;
use serde::{Deserialize, Serialize};

use super::body::{self, Body};
use super::category::CategoryLine;
use super::comment::{self, CommentView};
use super::entry::{Entry, cut};
use super::head::{DESCRIPTION, Head};
use super::{HTML, articles_path, by_address, keep, moved, other, path_of, qr, schema};
use crate::app::App;
use crate::error::PageError;
use crate::page::{Look, View};

/// An article.
#[derive(Clone, Serialize)]
pub struct ArticleView {
    head: Head,
    /// The same article in the other language, or the page that says that there is none.
    in_other_lang: String,
    id: String,
    title: String,
    /// The list of all articles.
    articles: String,
    category: CategoryLine,
    author: String,
    published_at: i64,
    changed_at: i64,
    /// Whether it was changed on a later day than it was published.
    changed: bool,
    /// HTML that was made from Markdown and held to a list of what may stand in it.
    body: String,
    /// Its whole address.
    permalink: String,
    /// The code of its address, for paper.
    qr: String,
    /// The way into the service as HTML; empty where the body has one.
    card: String,
    likes: i64,
    /// Whether the reader just liked it.
    liked: bool,
    previous: Option<Entry>,
    next: Option<Entry>,
    related: Vec<Entry>,
    comments: Vec<CommentView>,
}

impl View for ArticleView {
    const TEMPLATE: &'static str = "site/article.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let text = str::to_owned;
        let mut heads = Head::samples().into_iter();
        let full = Self {
            head: heads.next().unwrap(),
            in_other_lang: text("/en/sfz/9089.html"),
            id: text("9089"),
            title: text("照片回执过期了怎么办？"),
            articles: text("/articles"),
            category: CategoryLine { path: text("/sfz/"), name: text("身份证"), here: true },
            author: text("照片回执编辑部"),
            published_at: 1_725_948_960_000,
            changed_at: 1_726_948_960_000,
            changed: true,
            body: text("<p>不能延期。</p>"),
            permalink: text("https://id.example/sfz/9089.html"),
            qr: text("/qr/sfz/9089.svg"),
            card: text("<aside>办回执</aside>"),
            likes: 3,
            liked: true,
            previous: Entry::samples().into_iter().next(),
            next: Entry::samples().into_iter().next(),
            related: Entry::samples(),
            comments: CommentView::samples(),
        };
        let bare = Self {
            head: heads.next().unwrap(),
            changed: false,
            card: String::new(),
            liked: false,
            previous: None,
            next: None,
            related: Vec::new(),
            comments: Vec::new(),
            ..full.clone()
        };
        vec![full, bare]
    }
}

/// What just happened.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    liked: String,
}

/// `/{slug}/{id}.html`, `/en/{slug}/{id}.html`
pub async fn article(
    State(app): State<App>,
    look: Look,
    headers: HeaderMap,
    Path(page): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let look = by_address(look);
    let id = ArticleId::of_page(&page).ok_or(PageError::Absent)?;
    let Some(article) = app.store.published(id, look.lang).await? else {
        return elsewhere(&app, &look, id).await;
    };
    let path = article.permalink();
    if path != path_of(&look).0 {
        // Another category than it is in.
        return Ok(moved(&path));
    }
    let body = body::of(&app, &look, &article).await?;
    let view = ArticleView { liked: asked.liked == "1", ..view(&app, &look, &article, body).await? };
    Ok(keep(&headers, HTML, app.show(&look, &view)?.0))
}

/// The whole page of a text that readers do not see yet, as they will see it; nothing of it is remembered.
///
/// # Errors
/// As the store; [`PageError::Broken`] where a template does not fit.
pub async fn draft(app: &App, look: &Look, draft: &Published) -> Result<Response, PageError> {
    let look = Look { lang: draft.lang, ..look.clone() };
    let body = body::preview(app, &look, &draft.body).await?;
    Ok(app.show(&look, &view(app, &look, draft, body).await?)?.into_response())
}

async fn view(app: &App, look: &Look, article: &Published, body: Body) -> Result<ArticleView, PageError> {
    let (lang, id) = (look.lang, article.id);
    let path = article.permalink();
    let category = category(app, article, lang);
    let languages = app.store.published_langs(id).await?;
    let languages: Vec<(Lang, String)> =
        languages.into_iter().map(|lang| (lang, permalink(&article.category, id, lang))).collect();
    let (previous, next) = app.store.neighbours(id, lang).await?;
    let related = app.store.related(id, lang).await?;
    let day = |at: Moment| at.day(Zone::CHINA);
    let head = Head::new(app, lang, &path, &languages);
    let image = body.picture().map_or_else(|| head.image.clone(), |path| app.settings.address(&path));
    let head = Head {
        title: article.title.clone(),
        description: cut(&article.excerpt, DESCRIPTION),
        kind: "article",
        published: article.published_at.rfc3339(Zone::CHINA),
        changed: article.changed_at.rfc3339(Zone::CHINA),
        schema: schema::of(app, article, &category, (&body.answer, &image)),
        image,
        ..head
    };
    Ok(ArticleView {
        head,
        in_other_lang: permalink(&article.category, id, other(lang)),
        id: id.to_string(),
        title: article.title.clone(),
        articles: articles_path(lang),
        category,
        author: article.author.clone(),
        published_at: article.published_at.0,
        changed_at: article.changed_at.0,
        changed: day(article.changed_at) > day(article.published_at),
        body: body.html,
        permalink: app.settings.address(&path),
        qr: qr::of_article(&article.category, id, lang),
        card: body.card,
        likes: article.likes,
        liked: false,
        previous: previous.as_ref().map(Entry::of),
        next: next.as_ref().map(Entry::of),
        related: related.iter().map(Entry::of).collect(),
        comments: comment::list(app, id, lang).await?,
    })
}

/// The category of an article; one that the data have no more is shown by its slug.
fn category(app: &App, article: &Published, lang: Lang) -> CategoryLine {
    let category = app.categories.get(&article.category);
    let name = category.map_or(article.category.as_str(), |it| it.name(lang)).to_owned();
    CategoryLine { path: category.map_or_else(|| articles_path(lang), |it| it.address(lang)), name, here: true }
}

/// An article that is written in the other language only.
#[derive(Serialize)]
pub struct ElsewhereView {
    /// Where it is.
    there: String,
    /// Its language and its title.
    lang_there: &'static str,
    title: String,
    in_other_lang: String,
    articles: String,
}

impl View for ElsewhereView {
    const TEMPLATE: &'static str = "site/elsewhere.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let text = str::to_owned;
        vec![Self {
            there: text("/en/sfz/9089.html"),
            lang_there: "en",
            title: text("My photo receipt has expired. What now?"),
            in_other_lang: text("/en/sfz/9089.html"),
            articles: text("/articles"),
        }]
    }
}

/// Says that an article is written in the other language only, and leads there. To machines the page is not there.
async fn elsewhere(app: &App, look: &Look, id: ArticleId) -> Result<Response, PageError> {
    let lang = other(look.lang);
    let article = app.store.published(id, lang).await?.ok_or(PageError::Absent)?;
    let there = article.permalink();
    let view = ElsewhereView {
        in_other_lang: there.clone(),
        there,
        lang_there: lang.tag(),
        title: article.title,
        articles: articles_path(look.lang),
    };
    Ok((StatusCode::NOT_FOUND, app.show(look, &view)?).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::tests::renders;

    #[test]
    fn pages_render() {
        renders::<ArticleView>();
        renders::<ElsewhereView>();
    }
}
