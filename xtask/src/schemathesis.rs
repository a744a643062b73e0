//! `cargo xtask schemathesis`: the interface against requests drawn from its own description, with what the description allows and what it does
//! not. Schemathesis 4 is a Python program (`pip install schemathesis`); not part of `ci`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, ensure};

/// How to run it.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// The program that serves: a build of this repository
    #[arg(long, default_value = "target/debug/huizhi")]
    huizhi: PathBuf,
    /// The program that asks
    #[arg(long, default_value = "schemathesis")]
    schemathesis: PathBuf,
    /// How long, seconds; what each phase draws grows with it
    #[arg(long, default_value_t = 600)]
    seconds: u32,
    /// The first number of the draw, to see the same again
    #[arg(long, default_value_t = 1)]
    seed: u32,
}

/// What the description's requests are refused with although they keep to it: what only the service's tables, the order's state and the drawn
/// key can know. A refused request of a kind that is not listed is a fault.
const CONFIG: &str = r#"
hooks = "hooks.py"

[auth.openapi.key]
bearer = "${HUIZHI_KEY}"

[auth.openapi.session]
bearer = "${HUIZHI_TOKEN}"

[auth.openapi.login]
username = "chuangkou1"
password = "${HUIZHI_PASSWORD}"

[checks]
# 422: a well-formed name that no table has, such as a city's. 415: bytes that are no picture.
positive_data_acceptance.expected-statuses = ["2xx", 401, 403, 404, 409, 410, 415, 422, 429]
negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 409, 410, 411, 413, 415, 422, 429, 431]

# A receipt is there after the review, a picture after the check.
[[operations]]
include-operation-id = ["getReceipt", "getReceiptA4", "getReceiptA5", "getReceiptRoll", "getReceiptPicture", "getReceiptPhoto", "getPreview", "getIdPhoto"]
checks.ensure_resource_availability.enabled = false

# It would end the session of the window's requests.
[[operations]]
include-operation-id = "endSession"
enabled = false
"#;

/// Schemathesis knows no pictures, and would draw one key for several writes.
const HOOKS: &str = r#"
import os
import uuid

import schemathesis
from hypothesis import strategies

PHOTO = open(os.environ["HUIZHI_PHOTO"], "rb").read()

for media in ("image/jpeg", "image/png", "image/webp", "image/heic"):
    schemathesis.openapi.media_type(media, strategies.binary(max_size=64) | strategies.binary(max_size=64).map(lambda it: PHOTO + it))


# What makes something is never sent again: its answer would be that of then, also when the thing is gone since (docs/api.md), which the checks
# take for a fault.
MAKES = ("/api/v1/orders", "/api/v1/orders/{id}/photos", "/api/v1/hooks", "/api/v1/appointments")


@schemathesis.hook
def before_call(context, case, kwargs):
    key = (case.headers or {}).get("Idempotency-Key", "")
    again = hash(key) % 8 == 0 and case.operation.path not in MAKES
    if 1 <= len(key) <= 255 and all("!" <= it <= "~" for it in key) and not again:
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
"#;

/// Serves in an empty folder, makes a key that may do everything, and lets Schemathesis ask.
pub fn run(root: &Path, options: &Options) -> anyhow::Result<()> {
    let huizhi = root.join(&options.huizhi);
    let folder = tempfile::tempdir()?;
    let served = Served::start(&huizhi, &folder.path().join("data"))?;
    let scopes = "orders:write,orders:read,receipts:read,hooks:write,appointments:write";
    let key = Command::new(&huizhi)
        .args(["key", "add", "Schemathesis", "--scopes", scopes, "--rate", "1000000", "--data"])
        .arg(folder.path().join("data"))
        .output()?;
    ensure!(key.status.success(), "huizhi key add: {}", String::from_utf8_lossy(&key.stderr));
    let password = served.passwords.get("chuangkou1").context("the demonstration has no clerk")?;
    fs::write(folder.path().join("schemathesis.toml"), CONFIG)?;
    fs::write(folder.path().join("hooks.py"), HOOKS)?;
    let status = Command::new(&options.schemathesis)
        .current_dir(folder.path())
        .args(["run", &format!("{}/api/v1/openapi.json", served.url), "--continue-on-failure", "--max-time"])
        .args([options.seconds.to_string(), "--seed".to_owned(), options.seed.to_string()])
        .env("HUIZHI_KEY", String::from_utf8(key.stdout)?.trim())
        .env("HUIZHI_TOKEN", served.token("chuangkou1", password)?)
        .env("HUIZHI_PASSWORD", password)
        .env("HUIZHI_PHOTO", root.join("corpus/portraits/officer_cap_glasses.jpg"))
        .env("PYTHONHASHSEED", "0")
        .status()
        .with_context(|| format!("{}: pip install schemathesis", options.schemathesis.display()))?;
    ensure!(status.success(), "schemathesis ended with {status}");
    Ok(())
}

/// A running service.
struct Served {
    child: Child,
    url: String,
    passwords: BTreeMap<String, String>,
}

impl Served {
    fn start(huizhi: &Path, data: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(huizhi);
        command.args(["serve", "--demo", "--listen", "127.0.0.1:0", "--data"]).arg(data).env("HUIZHI_LOG", "warn");
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{}: cargo build --package huizhi", huizhi.display()))?;
        let lines = child.stdout.take().map(BufReader::new).context("the service has no output")?.lines();
        let mut served = Self { child, url: String::new(), passwords: BTreeMap::new() };
        for line in lines {
            let line = line?;
            if let Some((_, rest)) = line.split_once("Huizhi: ") {
                rest.split("/ ").next().unwrap_or(rest).clone_into(&mut served.url);
                return Ok(served);
            }
            if let [_, login, password] = line.split_whitespace().collect::<Vec<_>>()[..] {
                served.passwords.insert(login.to_owned(), password.to_owned());
            }
        }
        anyhow::bail!("the service ended before it served")
    }

    /// The token of a clerk's session.
    fn token(&self, login: &str, password: &str) -> anyhow::Result<String> {
        let said = Command::new("curl")
            .args(["--silent", "--fail-with-body", "--request", "POST", "--user", &format!("{login}:{password}")])
            .arg(format!("{}/api/v1/session", self.url))
            .output()?;
        ensure!(said.status.success(), "signing in: {}", String::from_utf8_lossy(&said.stdout));
        let said: serde_json::Value = serde_json::from_slice(&said.stdout)?;
        said["token"].as_str().map(str::to_owned).context("the session has no token")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
