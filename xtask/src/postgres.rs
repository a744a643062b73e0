//! A PostgreSQL server for the tests, of its own, gone when they end.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use tempfile::TempDir;

/// A running server.
pub struct Server {
    programs: PathBuf,
    folder: TempDir,
    /// Where it listens, without a database: `postgres://postgres@127.0.0.1:5xxxx`.
    pub address: String,
}

/// Starts a server where PostgreSQL is installed; `None` where it is not.
pub fn start() -> anyhow::Result<Option<Server>> {
    let Some(programs) = programs() else { return Ok(None) };
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    if is_root()? {
        // PostgreSQL refuses to run as root.
        let status = Command::new("chown").arg("postgres").arg(folder.path()).status()?;
        ensure!(status.success(), "chown postgres ended with {status}");
    }
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    run(
        &programs,
        "initdb",
        folder.path(),
        &["--auth=trust", "--username=postgres", "--no-sync", "--pgdata", text(&data)?],
    )?;
    let options = format!("-p {port} -k {} -c max_connections=300", text(folder.path())?);
    let log = folder.path().join("log");
    let arguments = ["--pgdata", text(&data)?, "--wait", "--options", &options, "--log", text(&log)?, "start"];
    run(&programs, "pg_ctl", folder.path(), &arguments)?;
    Ok(Some(Server { programs, address: format!("postgres://postgres@127.0.0.1:{port}"), folder }))
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.folder.path().join("data");
        let Ok(data) = text(&data) else { return };
        if let Err(error) =
            run(&self.programs, "pg_ctl", self.folder.path(), &["--pgdata", data, "--mode=immediate", "stop"])
        {
            eprintln!("stopping PostgreSQL: {error:#}");
        }
    }
}

/// The folder of the newest version that Debian's packages or the path have.
fn programs() -> Option<PathBuf> {
    let debian =
        std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all: Vec<PathBuf> =
        debian.chain(std::env::split_paths(&path)).filter(|bin| bin.join("initdb").exists()).collect();
    all.into_iter().max()
}

fn run(programs: &Path, program: &str, folder: &Path, arguments: &[&str]) -> anyhow::Result<()> {
    let mut command = if is_root()? {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(programs.join(program));
        command
    } else {
        Command::new(programs.join(program))
    };
    // The server outlives this command and must not hold its pipes, so it gets none.
    let status = command.args(arguments).current_dir(folder).stdout(std::process::Stdio::null()).status()?;
    ensure!(status.success(), "{program} ended with {status}");
    Ok(())
}

fn is_root() -> anyhow::Result<bool> {
    let said = Command::new("id").arg("-u").output()?;
    Ok(said.stdout.trim_ascii() == b"0")
}

fn text(path: &Path) -> anyhow::Result<&str> {
    path.to_str().with_context(|| format!("{} is no UTF-8", path.display()))
}
