//! Signing in through a real provider of identities: npm `oidc-provider`, where `HUIZHI_TEST_OIDC` names its folder.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::browser::{DESK, Driver, PHONE};
use crate::server::Server;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/oidc_provider.mjs");

/// The provider's process.
struct Provider {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    port: u16,
}

impl Provider {
    /// Starts it; `None` where there is none.
    fn start(key: &str) -> Option<Self> {
        if std::env::var_os("HUIZHI_TEST_OIDC").is_none() {
            println!("HUIZHI_TEST_OIDC names no folder of npm's oidc-provider: the story is left out");
            return None;
        }
        let mut child = Command::new("node")
            .arg(SCRIPT)
            .env("HUIZHI_TEST_OIDC_KEY", key)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines.next().expect("the provider says its port").unwrap().trim().parse().unwrap();
        Some(Self { child, lines, port })
    }

    /// Tells it where browsers go back to; it answers from then on.
    fn serve(&mut self, back: &str) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{back}").unwrap();
        assert_eq!(self.lines.next().unwrap().unwrap().trim(), "ready");
    }

    /// What the service is told of it.
    fn channels(&self) -> String {
        format!(
            "[[allow]]\nhost = \"127.0.0.1\"\nport = {0}\nhttp = true\nprivate = true\n[[oidc]]\nid = \"real\"\nname = {{ zh = \
             \"真的平台\", en = \"The real one\" }}\nissuer = \"http://127.0.0.1:{0}\"\nclient-id = \"huizhi\"\nsecret = {{ env = \
             \"HUIZHI_TEST_OIDC_SECRET\" }}\n",
            self.port
        )
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_real_provider_signs_somebody_in_who_is_then_asked_for_their_account() {
    for (key, look) in [("RS256", PHONE), ("ES256", DESK)] {
        let Some(mut provider) = Provider::start(key) else { return };
        let Some(driver) = Driver::start() else { return };
        let folder = tempfile::tempdir().unwrap();
        let channels = folder.path().join("channels.toml");
        std::fs::write(&channels, provider.channels()).unwrap();
        let told = vec![
            ("HUIZHI_CHANNELS", channels.display().to_string()),
            ("HUIZHI_TEST_OIDC_SECRET", "a secret that only the tests have".to_owned()),
        ];
        let server = Server::start_told(None, told);
        provider.serve(&format!("{}/sign-in/with/real", server.url));
        let (_, said) = server.huizhi(&["doctor"]);
        assert!(said.lines().any(|line| line.starts_with('✓') && line.contains("real")), "{said}");
        let story = async {
            let browser = driver.open(look).await;
            browser.go(&format!("{}/sign-in/with", server.url)).await;
            browser.check("the ways in").await;
            browser.click("form[action$='/sign-in/with/real'] button").await;
            // The page between goes on by itself, to the provider's own pages.
            browser.fill("input[name='login']", "somebody").await;
            browser.fill("input[name='password']", "anything").await;
            browser.click("button.login-submit").await;
            browser.find("input[name='prompt'][value='consent']").await;
            browser.click("button.login-submit").await;
            browser.until_shown("还没有绑定账号").await;
            assert_eq!(browser.path().await, "/sign-in/with/real/unknown");
            browser.check("nobody is linked yet").await;
            browser.click("a[href*='/sign-in?to=']").await;
            browser.close().await;
        };
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(story);
    }
}
