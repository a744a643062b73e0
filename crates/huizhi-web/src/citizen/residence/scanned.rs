//! What a scanned residence code says, for whoever its holder showed it to.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{Extensions, HeaderMap};
use axum::response::{IntoResponse as _, Response};
use huizhi_store::PassRead;
use serde::Serialize;
use tokio::time::Instant;

use crate::account::who;
use crate::app::App;
use crate::error::PageError;
use crate::page::{Look, View};

/// Every answer takes at least this long, so that its speed tells nothing (D34).
const ANSWERS_AFTER: Duration = Duration::from_millis(150);

/// What a code says.
#[derive(Default, Serialize)]
pub struct ScannedView {
    /// `good`, `over`, `no-more` or `not-ours`.
    answer: &'static str,
    name: String,
    last_four: String,
    city_name: String,
    district: String,
    until: String,
}

impl View for ScannedView {
    const TEMPLATE: &'static str = "citizen/residence/scanned.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let good = Self {
            answer: "good",
            name: "张*".to_owned(),
            last_four: "0024".to_owned(),
            city_name: "惠州市".to_owned(),
            district: "惠城区".to_owned(),
            until: "2027-11-25".to_owned(),
        };
        let bare = ["over", "no-more", "not-ours"].map(|answer| Self { answer, ..Self::default() });
        [good].into_iter().chain(bare).collect()
    }
}

/// `/rc/{token}`
pub async fn scanned(
    State(app): State<App>,
    look: Look,
    headers: HeaderMap,
    extensions: Extensions,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    let begun = Instant::now();
    if !app.shared.asked.take(&format!("residence {}", who(&app, &headers, &extensions)), app.store.now()) {
        return Err(PageError::TooMany);
    }
    let view = match app.store.read_residence_pass(&token).await? {
        PassRead::Good(claims) => ScannedView {
            answer: "good",
            city_name: app.city_name(&claims.c, look.lang),
            name: claims.n,
            last_four: claims.l,
            district: claims.q,
            until: claims.u.to_string(),
        },
        PassRead::Over => ScannedView { answer: "over", ..ScannedView::default() },
        PassRead::NoMore => ScannedView { answer: "no-more", ..ScannedView::default() },
        PassRead::NotOurs => ScannedView { answer: "not-ours", ..ScannedView::default() },
    };
    tokio::time::sleep_until(begun + ANSWERS_AFTER).await;
    Ok(app.show(&look, &view)?.into_response())
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::ScannedView>();
    }
}
