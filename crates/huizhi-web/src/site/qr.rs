//! `/qr/{slug}/{file}`: a link to point a phone at, drawn here and by nobody else, so that nobody else learns who reads what.

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::article::{ArticleId, permalink};
use huizhi_domain::words::Lang;

use crate::app::App;
use crate::citizen::receipt::qr;
use crate::error::PageError;

/// Where codes of the service stand instead of a category.
const SERVICE: &str = "photo";
/// The file of the code that leads to all documents.
const ALL: &str = "all";

/// The code of an article.
pub fn of_article(category: &str, id: ArticleId, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("/qr/{category}/{id}.svg"),
        Lang::En => format!("/qr/{category}/{id}.en.svg"),
    }
}

/// The code that leads into the service; without a document, to the choice of one.
pub fn of_service(document: Option<&str>) -> String {
    format!("/qr/{SERVICE}/{}.svg", document.unwrap_or(ALL))
}

/// `/qr/{slug}/{id}.svg`, `/qr/{slug}/{id}.en.svg`, `/qr/photo/{document}.svg`
pub async fn picture(
    State(app): State<App>,
    Path((slug, file)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let name = file.strip_suffix(".svg").ok_or(PageError::Absent)?;
    let path = path(&app, &slug, name).ok_or(PageError::Absent)?;
    let (modules, side) = qr(&app.settings.address(&path))?;
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\"{modules}\"/></svg>"
    );
    // The address never changes, only the host in it may.
    let headers = [(CONTENT_TYPE, "image/svg+xml"), (CACHE_CONTROL, "public, max-age=86400")];
    Ok((headers, svg).into_response())
}

/// What the code leads to.
fn path(app: &App, slug: &str, name: &str) -> Option<String> {
    if slug == SERVICE {
        return match name {
            ALL => Some("/photo".to_owned()),
            document => app.document(document).map(|spec| format!("/photo/{}/city", spec.id)),
        };
    }
    let category = app.categories.get(slug)?;
    let (number, lang) = name.strip_suffix(".en").map_or((name, Lang::Zh), |number| (number, Lang::En));
    Some(permalink(&category.slug, number.parse().ok()?, lang))
}
