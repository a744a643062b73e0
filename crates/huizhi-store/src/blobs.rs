//! Sealed files, in a folder or any place that `object_store` knows. A file is durable before the row that names it.

use std::path::Path;
use std::sync::Arc;

use futures::TryStreamExt as _;
use huizhi_domain::clock::Moment;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Name;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt as _, PutMode, PutPayload};

use crate::{Result, StoreError};

/// Where sealed files are.
#[derive(Clone)]
pub struct Blobs(Arc<dyn ObjectStore>);

impl Blobs {
    /// Files in a folder, which is made if it is not there. Each is written under another name, synced, and renamed; then the folder is
    /// synced.
    ///
    /// # Errors
    /// [`StoreError::Folder`].
    pub fn folder(folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(|source| StoreError::Folder { path: folder.to_owned(), source })?;
        let files = LocalFileSystem::new_with_prefix(folder).map_err(named("the folder"))?;
        Ok(Self(Arc::new(files.with_fsync(true).with_automatic_cleanup(true))))
    }

    /// Any other place, such as an S3-compatible server.
    #[must_use]
    pub fn elsewhere(objects: Arc<dyn ObjectStore>) -> Self {
        Self(objects)
    }

    /// Writes a new file; its name was never used before.
    pub(crate) async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<()> {
        let written = self.0.put_opts(&Name::from(name), PutPayload::from(bytes), PutMode::Create.into()).await;
        written.map(|_| ()).map_err(named(name))
    }

    /// Reads a file; `None` where there is none.
    pub(crate) async fn get(&self, name: &str) -> Result<Option<Vec<u8>>> {
        match self.0.get(&Name::from(name)).await {
            Ok(found) => Ok(Some(found.bytes().await.map_err(named(name))?.to_vec())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(named(name)(error)),
        }
    }

    /// The names of all files that were written before a moment.
    pub(crate) async fn written_before(&self, moment: Moment) -> Result<Vec<String>> {
        let all: Vec<ObjectMeta> = self.0.list(None).try_collect().await.map_err(named("the folder"))?;
        let old = all.into_iter().filter(|it| it.last_modified.timestamp_millis() < moment.0);
        Ok(old.map(|it| it.location.to_string()).collect())
    }

    /// Deletes a file; it is no error if it is gone.
    pub(crate) async fn delete(&self, name: &str) -> Result<()> {
        match self.0.delete(&Name::from(name)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(named(name)(error)),
        }
    }
}

fn named(name: &str) -> impl FnOnce(object_store::Error) -> StoreError {
    let name = name.to_owned();
    move |source| StoreError::Blob { name, source }
}
