//! The service as it stands now: when amendments change, another [`App`] with its router takes the place of the one before, and requests that
//! have begun end with what they began with. Nothing is started anew.

use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::Duration;

use axum::Router;
use huizhi_store::StoreError;

use crate::app::{App, AppError};
use crate::routes::routes;
use crate::words;

/// How often it is looked whether another process, or somebody at another machine, changed something.
const EVERY: Duration = Duration::from_secs(3);

/// The service as it stands now. Cheap to clone.
#[derive(Clone)]
pub struct Live(Arc<Current>);

/// What [`Live`] holds. An [`App`] remembers it weakly, so that none keeps the other.
pub struct Current(RwLock<(App, Router)>);

/// Why amendments are not taken over. What held goes on to hold.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The data do not read, though each amendment did.
    #[error(transparent)]
    App(#[from] AppError),
}

impl From<App> for Live {
    /// The service begins with an app. A second one of the same app is not told of what is changed at its desk; it looks itself.
    fn from(app: App) -> Self {
        let router = routes(app.clone());
        let live = Self(Arc::new(Current(RwLock::new((app.clone(), router)))));
        // The first stays.
        let _ = app.shared.live.set(Arc::downgrade(&live.0));
        live
    }
}

impl Live {
    /// The app as it is now.
    #[must_use]
    pub fn app(&self) -> App {
        self.0.0.read().unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    /// The addresses as they are answered now.
    pub fn router(&self) -> Router {
        self.0.0.read().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    /// The service that an app belongs to.
    fn of(app: &App) -> Option<Self> {
        app.shared.live.get().and_then(Weak::upgrade).map(Self)
    }

    /// Takes over what was amended since; whether there was anything.
    ///
    /// # Errors
    /// [`LiveError`]; what held goes on to hold.
    pub async fn refresh(&self) -> Result<bool, LiveError> {
        let app = self.app();
        let stamp = app.store.amendment_stamp().await?;
        if stamp == app.stamp {
            return Ok(false);
        }
        let amendments = app.store.amendments().await?;
        let changed = app.amended(stamp, &amendments)?;
        for skipped in &changed.skipped {
            tracing::error!(file = %skipped.target, version = skipped.version, "an amendment is skipped: {}", skipped.why);
        }
        let router = routes(changed.clone());
        let mut current = self.0.0.write().unwrap_or_else(PoisonError::into_inner);
        // Somebody else may have been faster, with what is newer.
        if current.0.stamp < stamp {
            changed.store.go_by(changed.calendar.clone(), changed.businesses.clone());
            words::adopt(Arc::clone(&changed.words));
            *current = (changed, router);
        }
        Ok(true)
    }

    /// Looks for amendments until it is dropped. Faults are logged, and the next round tries again.
    pub async fn watch(self) {
        loop {
            tokio::time::sleep(EVERY).await;
            self.refresh_or_tell().await;
        }
    }

    /// Takes over what was amended, and logs what is in the way.
    pub async fn refresh_or_tell(&self) {
        if let Err(error) = self.refresh().await {
            tracing::error!(%error, "amendments are not taken over; it is tried again");
        }
    }
}

impl App {
    /// Takes over what was just changed at the desk, so that the next page shows it.
    pub async fn take_over_amendments(&self) {
        if let Some(live) = Live::of(self) {
            live.refresh_or_tell().await;
        }
    }
}
