//! The whole service in this process, filled through its store: what would take many hands and much waiting over its pages is there at once.

use std::net::SocketAddr;
use std::sync::Arc;

use huizhi_domain::clock::{Clock, Moment};
use huizhi_store::{Keys, Store};
use huizhi_web::{App, Settings};
use tempfile::TempDir;

/// 2026-11-25 in China.
const NOW: Moment = Moment(1_795_572_000_000);

/// A clock that stands still.
struct Still;

impl Clock for Still {
    fn now(&self) -> Moment {
        NOW
    }
}

/// A service that listens; it serves until the process ends.
pub(crate) struct Inside {
    _folder: TempDir,
    /// Where it is.
    pub(crate) url: String,
}

impl Inside {
    /// Fills a store and starts the service on it; gives what the filling gave.
    pub(crate) fn start<T, Filling: Future<Output = T>>(fill: impl FnOnce(Store) -> Filling) -> (Self, T) {
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let (listener, app, filled) = runtime.block_on(async {
            let keys = Keys::in_folder(&folder.path().join("keys")).unwrap();
            let data = folder.path().join("data");
            let store = Store::embedded(&data, keys, Arc::new(Still), "HZ".parse().unwrap()).await.unwrap();
            let filled = fill(store.clone()).await;
            let listener = huizhi_web::listen(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
            (listener, App::new(store, None, Settings::default()).unwrap(), filled)
        });
        let url = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || runtime.block_on(huizhi_web::serve(listener, app)));
        (Self { _folder: folder, url }, filled)
    }
}
