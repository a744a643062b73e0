//! `/articles` and `/{category}/`: questions, the newest first, twenty a page.

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use huizhi_domain::article::{ArticleId, ArticleLine, Category};
use huizhi_domain::clock::Moment;
use huizhi_domain::words::Lang;
use serde::{Deserialize, Serialize};

use super::entry::Entry;
use super::head::Head;
use super::{HTML, articles_path, by_address, keep, moved, other, path_of};
use crate::app::App;
use crate::error::PageError;
use crate::page::{Look, View};

/// Articles a page: a phone shows five at once, and nobody scrolls further than four screens.
const A_PAGE: usize = 20;

/// A list of articles.
#[derive(Serialize)]
pub struct ListView {
    head: Head,
    /// The same list in the other language.
    in_other_lang: String,
    /// The category's name; empty for all.
    category: String,
    categories: Vec<CategoryLine>,
    articles: Vec<Entry>,
    /// The list of all, or of the category, from its beginning; empty on its first page.
    first: String,
    /// Those before; empty where there are none.
    older: String,
}

/// A category to choose.
#[derive(Clone, Serialize)]
pub struct CategoryLine {
    /// Its list.
    pub path: String,
    /// Its name.
    pub name: String,
    /// Whether this is it.
    pub here: bool,
}

impl View for ListView {
    const TEMPLATE: &'static str = "site/list.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let line = |here| CategoryLine { path: "/sfz/".to_owned(), name: "身份证".to_owned(), here };
        let view = |head: Head, category: &str, articles: Vec<Entry>, older: &str| Self {
            head,
            in_other_lang: "/en/sfz/".to_owned(),
            category: category.to_owned(),
            categories: vec![line(!category.is_empty()), line(false)],
            articles,
            first: older.to_owned(),
            older: older.to_owned(),
        };
        let heads = Head::samples();
        let all = heads.iter().cloned().map(|head| view(head, "", Entry::samples(), "/articles?before=1-1"));
        let of_one = heads.iter().cloned().map(|head| view(head, "身份证", Vec::new(), ""));
        all.chain(of_one).collect()
    }
}

/// From where on.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Since {
    /// The moment and the number of the last article that was seen: `1725948960000-9089`.
    before: String,
}

impl Since {
    fn place(&self) -> Option<(Moment, ArticleId)> {
        let (at, id) = self.before.split_once('-')?;
        Some((Moment(at.parse().ok()?), id.parse().ok()?))
    }
}

/// `/articles?before=`, `/en/articles?before=`
pub async fn all(
    State(app): State<App>,
    look: Look,
    headers: HeaderMap,
    Query(since): Query<Since>,
) -> Result<Response, PageError> {
    list(&app, &by_address(look), &headers, &since, None).await
}

/// `/{slug}/?before=`, `/en/{slug}/?before=`
pub async fn category(
    State(app): State<App>,
    look: Look,
    headers: HeaderMap,
    Query(since): Query<Since>,
) -> Result<Response, PageError> {
    let look = by_address(look);
    let category = app.categories.get(path_of(&look).1).ok_or(PageError::Absent)?;
    list(&app, &look, &headers, &since, Some(category)).await
}

/// `/{slug}`: its list has a slash at the end, as if its articles were in a folder.
pub async fn slash(State(app): State<App>, look: Look) -> Result<Response, PageError> {
    let look = by_address(look);
    let category = app.categories.get(path_of(&look).1).ok_or(PageError::Absent)?;
    Ok(moved(&category.address(look.lang)))
}

async fn list(
    app: &App,
    look: &Look,
    headers: &HeaderMap,
    since: &Since,
    category: Option<&Category>,
) -> Result<Response, PageError> {
    let lang = look.lang;
    let here = |lang| category.map_or_else(|| articles_path(lang), |it| it.address(lang));
    let before = since.place();
    let slug = category.map(|it| it.slug.as_str());
    // One more than is shown says whether there are others.
    let mut lines = app.store.articles_in(slug, lang, before, (A_PAGE + 1) as i64).await?;
    let more = lines.len() > A_PAGE;
    lines.truncate(A_PAGE);
    let path = here(lang);
    let older = if more { lines.last().map(|line| onward(&path, line)).unwrap_or_default() } else { String::new() };
    let name = category.map(|it| it.name(lang).to_owned()).unwrap_or_default();
    let view = ListView {
        head: head(app, look, &here, &name, before.is_some()),
        in_other_lang: here(other(lang)),
        categories: categories(app, lang, slug).await?,
        articles: lines.iter().map(Entry::of).collect(),
        first: if before.is_some() { path } else { String::new() },
        older,
        category: name,
    };
    Ok(keep(headers, HTML, app.show(look, &view)?.0))
}

/// The page of what is older than a line.
fn onward(path: &str, line: &ArticleLine) -> String {
    format!("{path}?before={}-{}", line.published_at.0, line.id)
}

/// A later page of a list is a page of its own, and its counterpart in the other language is nowhere.
fn head(app: &App, look: &Look, here: &dyn Fn(Lang) -> String, name: &str, later: bool) -> Head {
    let languages: Vec<(Lang, String)> =
        if later { Vec::new() } else { Lang::ALL.iter().map(|lang| (*lang, here(*lang))).collect() };
    let path = if later { look.path.clone() } else { here(look.lang) };
    let title = if name.is_empty() { app.say(look.lang, "site-articles", &[]) } else { name.to_owned() };
    let description = app.say(look.lang, "site-articles-lead", &[]);
    Head { title, description, ..Head::new(app, look.lang, &path, &languages) }
}

/// The categories that have something to read, and the one that is shown, in their order.
pub(super) async fn categories(app: &App, lang: Lang, here: Option<&str>) -> Result<Vec<CategoryLine>, PageError> {
    let used = app.store.categories_in_use(lang).await?;
    let line = |category: &Category| CategoryLine {
        path: category.address(lang),
        name: category.name(lang).to_owned(),
        here: here == Some(category.slug.as_str()),
    };
    let shown = |category: &&Category| used.contains(&category.slug) || here == Some(category.slug.as_str());
    Ok(app.categories.all().filter(shown).map(line).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_render() {
        crate::page::tests::renders::<ListView>();
    }

    #[test]
    fn what_is_no_place_in_a_list_is_its_beginning() {
        let place = |before: &str| Since { before: before.to_owned() }.place();
        assert_eq!(place("1725948960000-9089"), Some((Moment(1_725_948_960_000), "9089".parse().unwrap())));
        for odd in ["", "x", "1-", "-1-1", "1-x"] {
            assert_eq!(place(odd), None, "{odd}");
        }
    }
}
