//! Sealed files, in a folder or any place that `object_store` knows. A file is durable before the row that names it.

use std::path::Path;
use std::sync::Arc;

use futures::TryStreamExt as _;
use huizhi_domain::clock::Moment;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Name;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt as _, PutPayload};

use crate::{Result, StoreError};

/// A bucket of an S3-compatible server.
#[derive(Clone)]
pub struct Bucket {
    /// Where the server is: `https://s3.city.example`.
    pub endpoint: String,
    /// The bucket's name.
    pub name: String,
    /// The region's name; many servers take any.
    pub region: String,
    /// Who asks.
    pub access_key: String,
    /// And with which secret.
    pub secret_key: String,
}

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

    /// Objects of an S3-compatible server.
    ///
    /// # Errors
    /// [`StoreError::Blob`] where the settings can't be meant.
    pub fn s3(bucket: &Bucket) -> Result<Self> {
        // The TLS library asks the program to choose its cryptography; a second choice of the same is no fault.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let objects = AmazonS3Builder::new()
            .with_endpoint(&bucket.endpoint)
            .with_bucket_name(&bucket.name)
            .with_region(&bucket.region)
            .with_access_key_id(&bucket.access_key)
            .with_secret_access_key(&bucket.secret_key)
            .with_allow_http(bucket.endpoint.starts_with("http://"))
            .build()
            .map_err(named(&bucket.name))?;
        Ok(Self(Arc::new(objects)))
    }

    /// Writes a new file; its name is a random one that was never used before.
    pub(crate) async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<()> {
        let written = self.0.put(&Name::from(name), PutPayload::from(bytes)).await;
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
