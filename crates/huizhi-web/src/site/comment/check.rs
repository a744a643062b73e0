//! Asking another service about comments, after they were taken and apart from everything else: one that takes long holds nothing up.

use std::time::Duration;

use huizhi_domain::comment::{Checked, ContentOpinion};
use huizhi_store::StoreError;

use crate::app::App;

/// How often it is looked for comments that were not asked about.
const EVERY: Duration = Duration::from_secs(5);

/// Comments of a round.
const AT_ONCE: i64 = 20;

/// Asks until it is dropped. Faults are logged, and the next round tries again.
pub async fn check_all(app: App) {
    loop {
        if let Err(error) = check_due(&app).await {
            tracing::error!(%error, "checking comments failed; it is tried again");
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// One round; gives how many comments have an opinion now. Where no service is set up, or it fails, that is the opinion.
///
/// # Errors
/// As the store.
pub async fn check_due(app: &App) -> Result<usize, StoreError> {
    let wechat = app.shared.outside.get().and_then(|outside| outside.wechat.clone()).filter(|it| it.checks_content());
    let due = app.store.comments_to_check(AT_ONCE).await?;
    for comment in &due {
        let opinion = match &wechat {
            Some(wechat) => wechat.check_comment(&comment.name, &comment.text, app.store.now()).await,
            None => ContentOpinion { checked: Checked::Alone, code: String::new() },
        };
        app.store.comment_checked(comment.id, &opinion).await?;
    }
    Ok(due.len())
}
