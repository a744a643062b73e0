//! The articles that come with the service.

use huizhi_domain::article::seed;
use huizhi_store::{Store, StoreError};

/// Publishes those that are not there yet. What editors made of one that is stays.
pub async fn set_up(store: &Store) -> anyhow::Result<()> {
    for article in seed::built_in()? {
        let (name, id) = (article.name.clone(), article.id);
        match store.seed_article(article).await {
            Ok(_) => {}
            // Somebody's own article stays; the service is there without ours.
            Err(StoreError::Conflict(_)) => {
                tracing::warn!(%name, %id, "another article has the number of one that comes with the service");
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
