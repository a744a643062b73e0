//! A service of its own for each story.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// A running `huizhi serve --demo`.
pub(crate) struct Server {
    child: Child,
    pub(crate) folder: TempDir,
    /// Where it is: `http://localhost:4…`.
    pub(crate) url: String,
    /// Passwords by login.
    pub(crate) passwords: BTreeMap<String, String>,
}

impl Server {
    /// Starts it in an empty folder.
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_huizhi"))
            .args(["serve", "--demo", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder.path().join("data"))
            .env("HUIZHI_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut passwords = BTreeMap::new();
        let url = loop {
            let line = lines.next().expect("the service says where it is").unwrap();
            if let Some((_, rest)) = line.split_once("Huizhi: ") {
                break rest.split("/ ").next().unwrap().to_owned();
            }
            if let [_, login, password] = line.split_whitespace().collect::<Vec<_>>()[..] {
                passwords.insert(login.to_owned(), password.to_owned());
            }
        };
        Self { child, folder, url, passwords }
    }

    /// The data folder.
    pub(crate) fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    /// All bytes of all files below the data folder.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        read_all(&self.data(), &mut bytes);
        bytes
    }

    /// Runs another command of the program on the same folder.
    pub(crate) fn huizhi(&self, arguments: &[&str]) -> (bool, String) {
        let run =
            Command::new(env!("CARGO_BIN_EXE_huizhi")).args(arguments).arg("--data").arg(self.data()).output().unwrap();
        (run.status.success(), String::from_utf8_lossy(&run.stdout).into_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_all(folder: &Path, bytes: &mut Vec<u8>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_all(&path, bytes);
        } else {
            bytes.extend(std::fs::read(path).unwrap());
        }
    }
}
