//! What is done with an article: asked to be published, published now or later, taken back, taken from the readers.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Router, routing};
use huizhi_domain::article::{ArticleId, ArticleRefused, State as Stage};
use huizhi_domain::clock::{Moment, Zone, midnight};
use huizhi_domain::staff::Staff;
use huizhi_domain::words::Lang;
use jiff::civil::DateTime;
use serde::Deserialize;

use super::edit::{is_barred, refused};
use super::{Answer, address, back, path};
use crate::app::App;
use crate::desk::session::Author;
use crate::error::PageError;
use crate::form::Posted;
use crate::page::Look;

/// The addresses of acts.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/desk/articles/{id}/{lang}/ask", routing::post(ask))
        .route("/desk/articles/{id}/{lang}/publish", routing::post(publish))
        .route("/desk/articles/{id}/{lang}/withdraw", routing::post(withdraw))
        .route("/desk/articles/{id}/{lang}/archive", routing::post(archive))
        .route("/desk/articles/{id}/{lang}/restore", routing::post(restore))
}

/// What an act says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    /// The version that its doer has before them.
    version: String,
    /// When it is to be published, as a browser's field writes it: `2026-12-01T09:00`; empty is now.
    at: String,
}

/// Who does it, and how they want pages.
struct Doer<'a> {
    app: &'a App,
    look: &'a Look,
    staff: &'a Staff,
    at: (ArticleId, Lang),
}

impl Doer<'_> {
    async fn fault(&self, key: &str, status: StatusCode) -> Answer {
        refused(self.app, self.look, self.staff, self.at, key, status).await
    }

    /// What comes after an act, whether it was done or not.
    async fn after(&self, done: Result<(), ArticleRefused>, word: &str) -> Answer {
        match done {
            Ok(()) => Ok(back(&path(self.at.0, self.at.1), word)),
            Err(ArticleRefused::SamePerson) => self.fault("articles-refused-same-person", StatusCode::CONFLICT).await,
            Err(ArticleRefused::State(Stage::Draft)) => {
                self.fault("articles-refused-draft", StatusCode::CONFLICT).await
            }
            Err(ArticleRefused::State(_)) => self.fault("articles-refused-state", StatusCode::CONFLICT).await,
            Err(ArticleRefused::Unknown) => Err(PageError::Absent),
        }
    }

    /// What stands in the way of readers: another version than the doer has before them, or what has to be mended first.
    async fn in_the_way(&self, version: &str) -> Result<Option<&'static str>, PageError> {
        let (id, lang) = self.at;
        let newest = self.app.store.newest_version(id, lang).await?.ok_or(PageError::Absent)?;
        if newest.version.to_string() != version {
            return Ok(Some("articles-refused-changed"));
        }
        Ok(is_barred(self.app, self.at).await?.then_some("articles-refused-barred"))
    }
}

async fn ask(
    State(app): State<App>,
    Author(staff): Author,
    look: Look,
    Path((id, lang)): Path<(String, String)>,
    Posted(typed): Posted<Typed>,
) -> Answer {
    let at = address(&id, &lang)?;
    let doer = Doer { app: &app, look: &look, staff: &staff, at };
    if let Some(key) = doer.in_the_way(&typed.version).await? {
        return doer.fault(key, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let done = app.store.ask_review(at.0, at.1, staff.id).await?;
    doer.after(done, "asked").await
}

async fn publish(
    State(app): State<App>,
    Author(staff): Author,
    look: Look,
    Path((id, lang)): Path<(String, String)>,
    Posted(typed): Posted<Typed>,
) -> Answer {
    let at = address(&id, &lang)?;
    let doer = Doer { app: &app, look: &look, staff: &staff, at };
    if let Some(key) = doer.in_the_way(&typed.version).await? {
        return doer.fault(key, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let wanted = typed.at.trim();
    let moment = if wanted.is_empty() { None } else { moment(wanted) };
    if !wanted.is_empty() && moment.is_none_or(|moment| moment <= app.store.now()) {
        return doer.fault("articles-refused-time", StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let done = app.store.publish(at.0, at.1, moment, staff.id).await?;
    doer.after(done, if moment.is_some() { "scheduled" } else { "published" }).await
}

/// The moment of a browser's field, at the offices. It always says the time, which a day alone would not.
fn moment(text: &str) -> Option<Moment> {
    let at: DateTime = text.contains('T').then(|| text.parse().ok())??;
    let seconds = i64::from(at.hour()) * 3600 + i64::from(at.minute()) * 60;
    Some(midnight(at.date(), Zone::CHINA).after_s(seconds))
}

async fn withdraw(
    State(app): State<App>,
    Author(staff): Author,
    look: Look,
    Path((id, lang)): Path<(String, String)>,
) -> Answer {
    let at = address(&id, &lang)?;
    let done = app.store.withdraw_article(at.0, at.1, staff.id).await?;
    Doer { app: &app, look: &look, staff: &staff, at }.after(done, "withdrawn").await
}

async fn archive(
    State(app): State<App>,
    Author(staff): Author,
    look: Look,
    Path((id, lang)): Path<(String, String)>,
) -> Answer {
    let at = address(&id, &lang)?;
    let done = app.store.archive(at.0, at.1, staff.id).await?;
    Doer { app: &app, look: &look, staff: &staff, at }.after(done, "archived").await
}

async fn restore(
    State(app): State<App>,
    Author(staff): Author,
    look: Look,
    Path((id, lang)): Path<(String, String)>,
    Posted(typed): Posted<Typed>,
) -> Answer {
    let at = address(&id, &lang)?;
    let version: i64 = typed.version.parse().map_err(|_| PageError::Form)?;
    let done = app.store.restore(at.0, at.1, version, staff.id).await?;
    Doer { app: &app, look: &look, staff: &staff, at }.after(done, "restored").await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_offices_clock() {
        let nine = moment("2026-12-01T09:05").unwrap();
        assert_eq!(nine.wall(Zone::CHINA), "2026-12-01 09:05");
        assert_eq!(moment("2026-12-01T09:05:30"), Some(nine), "some browsers say the second too");
        for wrong in ["", "2026-12-01", "2026-13-01T09:00", "2026-12-01T24:00", "2026-12-01T9", "2026-12-01T09:6"] {
            assert_eq!(moment(wrong), None, "{wrong}");
        }
    }
}
