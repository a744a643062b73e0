//! Signing in through a real provider of identities: npm `oidc-provider`, where `HUIZHI_TEST_OIDC` names its folder.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::browser::{Browser, DESK, Driver, PHONE};
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
fn a_real_provider_signs_in_who_makes_an_account_first_and_has_one_from_then_on() {
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
            // They make an account, and come back to link it.
            browser.click("a[href^='/register']").await;
            browser.fill("#contact", "13800138000").await;
            browser.click("form[action='/register'] button.primary").await;
            browser.find("#code").await;
            let code = code(&browser, &server.url).await;
            browser.go(&format!("{}/register/code?to=/account/links/offer", server.url)).await;
            browser.fill("#code", &code).await;
            browser.fill("#password", "seven grey herons, 12").await;
            browser.click("form[action='/register/code'] button.primary").await;
            browser.click("form[action='/account/links/offer'] button").await;
            browser.until_shown("已绑定。").await;
            browser.check("the links of an account").await;

            // The next time the provider knows them still, and so do we.
            browser.go(&format!("{}/account", server.url)).await;
            browser.click("form[action='/sign-out'] button").await;
            browser.until_shown("用真的平台登录").await;
            browser.click("form[action$='/sign-in/with/real'] button").await;
            browser.find("form[action='/sign-out']").await;
            assert_eq!(browser.path().await, "/account");
            let log = server.log().iter().map(ToString::to_string).collect::<String>();
            assert!(log.contains("account.linked") && !log.contains("somebody"), "{log}");
            browser.close().await;
        };
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(story);
    }
}

/// The code that the demonstration would have sent.
async fn code(browser: &Browser, url: &str) -> String {
    browser.go(&format!("{url}/outbox")).await;
    let text = browser.text().await;
    let mut words = text.split(|c: char| !c.is_ascii_digit());
    words.find(|word| word.len() == 6).unwrap_or_else(|| panic!("no code in the outbox:\n{text}")).to_owned()
}
