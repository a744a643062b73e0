//! Where the service keeps what it keeps.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context;
use clap::Args;
use huizhi_domain::clock::{Clock, Moment, Zone};
use huizhi_store::{Blobs, Bucket, Keys, OsEntropy, Place, Settings, Store};

/// Where data and keys are. The defaults are one folder for each, beside each other, so that a copy of the data has no keys in it.
#[derive(Args, Clone, Debug)]
pub struct Places {
    /// Folder of the database and the sealed photos
    #[arg(long, value_name = "FOLDER", default_value = "huizhi-data", env = "HUIZHI_DATA")]
    pub data: PathBuf,
    /// Folder of the keys, drawn at the first start; without them the data can never be read again [default: the data folder's name
    /// with `-keys`]
    #[arg(long, value_name = "FOLDER", env = "HUIZHI_KEYS")]
    pub keys: Option<PathBuf>,
    /// A PostgreSQL database instead of the embedded one: `postgres://user@host/database`
    #[arg(long, value_name = "ADDRESS", env = "HUIZHI_DATABASE", hide_env_values = true)]
    pub database: Option<String>,
    /// An S3-compatible server for the sealed photos, instead of the data folder; with --s3-bucket and the variables
    /// `HUIZHI_S3_ACCESS_KEY` and `HUIZHI_S3_SECRET_KEY`
    #[arg(long, value_name = "URL", env = "HUIZHI_S3_ENDPOINT", requires = "s3_bucket")]
    pub s3_endpoint: Option<String>,
    /// The bucket
    #[arg(long, value_name = "NAME", env = "HUIZHI_S3_BUCKET")]
    pub s3_bucket: Option<String>,
    /// The region's name
    #[arg(long, value_name = "NAME", default_value = "us-east-1", env = "HUIZHI_S3_REGION")]
    pub s3_region: String,
    /// The two characters that the numbers of this service's receipts begin with: digits and capital letters without I, L, O, U
    #[arg(long, value_name = "XX", default_value = "HZ", env = "HUIZHI_ISSUER")]
    pub issuer: String,
}

/// The machine's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        // A clock before 1970 is no clock; 0 makes that plain everywhere.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Moment(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

impl Places {
    /// Opens the store.
    pub async fn open(&self) -> anyhow::Result<Store> {
        let issuer = self.issuer.parse().map_err(|_| {
            crate::UsageError(format!(
                "--issuer “{}”: two digits or capital letters, without I, L, O and U",
                self.issuer
            ))
        })?;
        let folder = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.data);
        folder.with_context(|| format!("making the folder {}", self.data.display()))?;
        let keys = self.keys_folder();
        // Keys that are drawn beside data of before open none of it.
        if !keys.join("pepper.key").exists() && self.data.join("huizhi.sqlite").exists() {
            anyhow::bail!(
                "{} has data, and {} has no keys to it; give --keys the folder that it was made with",
                self.data.display(),
                keys.display()
            );
        }
        let settings = Settings {
            place: self.place(),
            blobs: self.blobs()?,
            keys: Keys::in_folder(&keys)?,
            clock: Arc::new(SystemClock),
            entropy: Box::new(OsEntropy),
            zone: Zone::CHINA,
            issuer,
        };
        Store::open(settings).await.context("opening the store")
    }

    /// Where the database is.
    pub fn place(&self) -> Place {
        match &self.database {
            Some(address) => Place::Postgres(address.clone()),
            None => Place::Sqlite(self.data.join("huizhi.sqlite")),
        }
    }

    /// Where the sealed photos are.
    pub fn blobs(&self) -> anyhow::Result<Blobs> {
        let Some((endpoint, name)) = self.s3_endpoint.as_ref().zip(self.s3_bucket.as_ref()) else {
            return Ok(Blobs::folder(&self.data.join("blobs"))?);
        };
        // Not as options: everybody on the machine sees those.
        let secret = |name: &str| std::env::var(name).map_err(|_| crate::UsageError(format!("{name} is not set")));
        Ok(Blobs::s3(&Bucket {
            endpoint: endpoint.clone(),
            name: name.clone(),
            region: self.s3_region.clone(),
            access_key: secret("HUIZHI_S3_ACCESS_KEY")?,
            secret_key: secret("HUIZHI_S3_SECRET_KEY")?,
        })?)
    }

    /// Where the keys are.
    pub fn keys_folder(&self) -> PathBuf {
        self.keys.clone().unwrap_or_else(|| beside(&self.data))
    }
}

fn beside(data: &Path) -> PathBuf {
    let mut name = data.file_name().unwrap_or_default().to_owned();
    name.push("-keys");
    data.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_lie_beside_the_data_not_in_them() {
        for (data, keys) in [("huizhi-data", "huizhi-data-keys"), ("/var/lib/huizhi/", "/var/lib/huizhi-keys")] {
            assert_eq!(beside(Path::new(data)), Path::new(keys));
        }
    }
}
