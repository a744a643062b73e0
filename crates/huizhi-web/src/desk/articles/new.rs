//! A new article: its category, which stands in its address for ever, and who signs it.

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Router, routing};
use huizhi_domain::staff::Staff;
use huizhi_domain::words::Lang;
use serde::{Deserialize, Serialize};

use super::{Answer, back, path};
use crate::app::App;
use crate::desk::frame::{self, Place};
use crate::desk::session::Author;
use crate::form::{FormErrors, Posted};
use crate::page::{Look, View};

/// Characters of a byline at most.
const MOST_AUTHOR: usize = 40;

/// The address of the form.
pub fn routes() -> Router<App> {
    Router::new().route("/desk/articles/new", routing::get(ask).post(make))
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Typed {
    category: String,
    author: String,
}

#[derive(Clone, Debug, Default, Serialize)]
struct NewView {
    errors: FormErrors,
    told: Option<String>,
    typed: Typed,
    categories: Vec<(String, String)>,
}

impl View for NewView {
    const TEMPLATE: &'static str = "desk/articles/new.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let categories = vec![("sfz".to_owned(), "category".to_owned())];
        let typed = Typed { category: "sfz".to_owned(), author: "author".to_owned() };
        let view = Self { categories, ..Self::default() };
        vec![
            Self { typed, ..view.clone() },
            Self { errors: FormErrors::one("category", "articles-fault-category"), ..view.clone() },
            Self { errors: FormErrors::one("author", "articles-fault-author"), ..view },
        ]
    }
}

async fn ask(State(app): State<App>, Author(staff): Author, look: Look) -> Answer {
    let typed = Typed { author: staff.name.clone(), ..Typed::default() };
    show(&app, &look, &staff, typed, FormErrors::default())
}

fn show(app: &App, look: &Look, staff: &Staff, typed: Typed, errors: FormErrors) -> Answer {
    let categories = app.categories.all();
    let categories = categories.map(|it| (it.slug.clone(), it.name(look.lang).to_owned())).collect();
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let view = NewView { errors, told: None, typed, categories };
    let mut page = frame::show(app, look, Place::of(staff, "articles"), view)?;
    *page.status_mut() = status;
    Ok(page)
}

async fn make(State(app): State<App>, Author(staff): Author, look: Look, Posted(typed): Posted<Typed>) -> Answer {
    let author = typed.author.trim().to_owned();
    let mut errors = FormErrors::default();
    if app.categories.get(&typed.category).is_none() {
        errors.add("category", "articles-fault-category");
    }
    if author.is_empty() || author.chars().count() > MOST_AUTHOR {
        errors.add_value("author", "articles-fault-author", MOST_AUTHOR.to_string());
    }
    if !errors.is_empty() {
        return show(&app, &look, &staff, typed, errors);
    }
    let id = app.store.new_article(&typed.category, &author, staff.id).await?;
    Ok(back(&path(id, Lang::Zh), "made"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::frame::Framed;

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<NewView>>();
    }
}
