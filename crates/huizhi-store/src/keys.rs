//! The keys: master keys that seal, the pepper that finds, and the key that signs. They lie outside the data folder, so that a
//! copy of the data gives no face away.

use std::io::Write as _;
use std::path::Path;

use huizhi_domain::receipt::{Signer, Verifier};
use huizhi_domain::seal::{Ring, SecretKey};
use zeroize::Zeroizing;

use crate::{Result, StoreError};

const MASTER: &str = "master-";
const PEPPER: &str = "pepper.key";
const SIGNING: &str = "signing-";
const SUFFIX: &str = ".key";

/// All keys of a service.
pub struct Keys {
    /// What seals and finds.
    pub ring: Ring,
    /// What signs now.
    pub signer: Signer,
    /// What signed before: a receipt that was begun under an older key is finished under it.
    older: Vec<Signer>,
    /// What checks signatures of all times.
    pub verifier: Verifier,
}

impl Keys {
    /// Reads the keys of a folder, and draws them first where it holds none: `master-1.key`, `signing-1.key`, `pepper.key`, 32 bytes
    /// each, readable by nobody else. A higher number is newer; older ones stay.
    ///
    /// # Errors
    /// [`StoreError::Folder`], and [`StoreError::Key`] for a file that is no key, or one that is missing while others are there.
    pub fn in_folder(folder: &Path) -> Result<Self> {
        let at = |source| StoreError::Folder { path: folder.to_owned(), source };
        if !folder.join(PEPPER).exists() {
            draw(folder)?;
        }
        let (mut masters, mut signers) = (Vec::new(), Vec::new());
        for entry in std::fs::read_dir(folder).map_err(at)? {
            let path = entry.map_err(at)?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            if let Some(id) = numbered(name, MASTER) {
                masters.push((id, SecretKey::new(*read(&path)?)));
            } else if let Some(id) = numbered(name, SIGNING) {
                signers.push((id, read(&path)?));
            }
        }
        let missing = |name: &str| StoreError::Key { path: folder.join(name), why: "it is missing".to_owned() };
        let ring =
            Ring::new(masters, SecretKey::new(*read(&folder.join(PEPPER))?)).ok_or_else(|| missing("master-1.key"))?;
        signers.sort_by_key(|(id, _)| *id);
        let mut signers: Vec<Signer> = signers.iter().map(|(_, secret)| Signer::new(secret)).collect();
        let verifier = Verifier::new(signers.iter().map(Signer::public));
        let signer = signers.pop().ok_or_else(|| missing("signing-1.key"))?;
        Ok(Self { ring, signer, older: signers, verifier })
    }

    /// The signer of a key's name.
    pub(crate) fn signer_of(&self, id: &str) -> Option<&Signer> {
        std::iter::once(&self.signer).chain(&self.older).find(|signer| signer.id() == id)
    }
}

fn numbered(name: &str, prefix: &str) -> Option<u8> {
    name.strip_prefix(prefix)?.strip_suffix(SUFFIX)?.parse().ok()
}

fn read(path: &Path) -> Result<Zeroizing<[u8; 32]>> {
    let wrong = |why: String| StoreError::Key { path: path.to_owned(), why };
    let bytes = Zeroizing::new(std::fs::read(path).map_err(|error| wrong(error.to_string()))?);
    let key = <[u8; 32]>::try_from(bytes.as_slice());
    key.map(Zeroizing::new).map_err(|_| wrong(format!("{} bytes; a key has 32", bytes.len())))
}

/// Draws a first set. The pepper is written last: it says that the set is whole.
fn draw(folder: &Path) -> Result<()> {
    let at = |source| StoreError::Folder { path: folder.to_owned(), source };
    std::fs::create_dir_all(folder).map_err(at)?;
    restrict(folder, 0o700).map_err(at)?;
    for name in ["master-1.key", "signing-1.key", PEPPER] {
        let mut key = Zeroizing::new([0; 32]);
        getrandom::fill(key.as_mut()).map_err(|error| at(std::io::Error::other(error.to_string())))?;
        let path = folder.join(name);
        let mut file = tempfile_in(folder, name).map_err(at)?;
        file.1.write_all(key.as_ref()).and_then(|()| file.1.sync_all()).map_err(at)?;
        restrict(&file.0, 0o600).map_err(at)?;
        std::fs::rename(&file.0, path).map_err(at)?;
    }
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(at)
}

fn tempfile_in(folder: &Path, name: &str) -> std::io::Result<(std::path::PathBuf, std::fs::File)> {
    let path = folder.join(format!(".{name}.new"));
    Ok((path.clone(), std::fs::File::create(path)?))
}

#[cfg(unix)]
fn restrict(path: &Path, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn restrict(_: &Path, _: u32) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_drawn_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let first = Keys::in_folder(folder.path()).unwrap();
        let again = Keys::in_folder(folder.path()).unwrap();
        assert_eq!(first.signer.public(), again.signer.public());
        assert_eq!(first.ring.index("x", "y"), again.ring.index("x", "y"));
    }

    #[test]
    fn a_cut_key_is_named() {
        let folder = tempfile::tempdir().unwrap();
        Keys::in_folder(folder.path()).unwrap();
        std::fs::write(folder.path().join("master-1.key"), b"short").unwrap();
        let error = Keys::in_folder(folder.path()).err().unwrap().to_string();
        assert!(error.contains("master-1.key") && error.contains("5 bytes"), "{error}");
    }
}
