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
    /// A PostgreSQL database instead of the embedded one.
    database: Option<String>,
    /// What else it is told, by variables.
    told: Vec<(&'static str, String)>,
    /// Where it is: `http://localhost:4…`.
    pub(crate) url: String,
    /// Passwords by login.
    pub(crate) passwords: BTreeMap<String, String>,
}

impl Server {
    /// Starts it in an empty folder.
    pub(crate) fn start() -> Self {
        Self::start_on(None)
    }

    /// Starts it in an empty folder, on an empty database of its own.
    pub(crate) fn start_on(database: Option<&str>) -> Self {
        Self::start_told(database, Vec::new())
    }

    /// The same, told more by variables.
    pub(crate) fn start_told(database: Option<&str>, told: Vec<(&'static str, String)>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = database.map(str::to_owned);
        let mut command = program();
        command.envs(told.iter().map(|(name, value)| (name, value)));
        let (child, url, passwords) = serve(command, &folder.path().join("data"), database.as_deref(), "127.0.0.1:0");
        Self { child, folder, database, told, url, passwords }
    }

    /// Ends it as a loss of power does to a process.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again after it ended, on the same data and at the same address.
    pub(crate) fn start_again(&mut self) {
        self.start_again_as(program());
    }

    /// Starts it again through another program that runs it.
    pub(crate) fn start_again_as(&mut self, mut command: Command) {
        command.envs(self.told.iter().map(|(name, value)| (name, value)));
        let place = self.url.replace("http://localhost", "127.0.0.1");
        (self.child, _, _) = serve(command, &self.data(), self.database.as_deref(), &place);
    }

    /// The process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it ends by itself; gives its status.
    pub(crate) fn ended(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
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
        let mut command = Command::new(env!("CARGO_BIN_EXE_huizhi"));
        command.args(arguments).arg("--data").arg(self.data());
        command.envs(self.told.iter().map(|(name, value)| (name, value)));
        if let Some(database) = &self.database {
            command.args(["--database", database]);
        }
        let run = command.output().unwrap();
        (run.status.success(), String::from_utf8_lossy(&run.stdout).into_owned())
    }

    /// Every entry of the log.
    pub(crate) fn log(&self) -> Vec<serde_json::Value> {
        let (done, lines) = self.huizhi(&["audit", "export"]);
        assert!(done, "{lines}");
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_huizhi"))
}

/// Starts the service, and waits until it says where it is; its address, and the passwords that it shows at its first start.
fn serve(
    mut command: Command,
    data: &Path,
    database: Option<&str>,
    listen: &str,
) -> (Child, String, BTreeMap<String, String>) {
    command.args(["serve", "--demo", "--listen", listen, "--data"]).arg(data).env("HUIZHI_LOG", "warn");
    if let Some(database) = database {
        command.args(["--database", database]);
    }
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
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
    (child, url, passwords)
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
