//! A Chromium, driven by WebDriver.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use fantoccini::actions::{InputSource as _, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use fantoccini::elements::Element;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use http::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use url::{ParseError, Url};

/// How a browser looks at pages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// A phone: touch, two pixels to one of CSS.
    pub(crate) phone: bool,
    /// Whether pages may run JavaScript.
    pub(crate) script: bool,
}

/// A phone as most citizens have.
pub(crate) const PHONE: Look = Look { width: 360, height: 780, phone: true, script: true };
/// A desk's screen.
pub(crate) const DESK: Look = Look { width: 1280, height: 800, phone: false, script: true };

/// How often a step is tried again on a page that was replaced under it, which is what a page that waits for a worker does.
const TRIES: u32 = 20;
/// Between two of them.
const PAUSE: Duration = Duration::from_millis(100);

/// The driver; each browser is a session of it.
pub(crate) struct Driver {
    child: Child,
    port: u16,
}

impl Driver {
    /// Starts it; `None` where Chromium or its driver is not installed.
    pub(crate) fn start() -> Option<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(child) = child else {
            println!("chromedriver is not installed: the story is left out");
            return None;
        };
        Some(Self { child, port })
    }

    /// Opens a browser with an empty profile.
    pub(crate) async fn open(&self, look: Look) -> Browser {
        self.open_before(look, None).await
    }

    /// The same, with a camera that plays a file.
    pub(crate) async fn open_before(&self, look: Look, film: Option<&Path>) -> Browser {
        let mut options = json!({
            "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--lang=zh-CN",
                "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
                "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
                format!("--window-size={},{}", look.width, look.height),
            ],
            "prefs": { "intl.accept_languages": "zh-CN,zh" },
        });
        if let (Some(film), Some(args)) = (film, options["args"].as_array_mut()) {
            args.push(json!(format!("--use-file-for-fake-video-capture={}", film.display())));
        }
        if look.phone {
            // Without scripts in the page the driver waits for ever for a touch to be taken; a mouse does.
            options["mobileEmulation"] = json!({
                "deviceMetrics": { "width": look.width, "height": look.height, "pixelRatio": 2.0, "touch": look.script },
            });
        }
        let capabilities = json!({ "browserName": "chrome", "goog:chromeOptions": options });
        let mut tries = 0;
        let client = loop {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            builder.capabilities(capabilities.as_object().unwrap().clone());
            match builder.connect(&format!("http://127.0.0.1:{}", self.port)).await {
                Ok(client) => break client,
                // The driver takes a moment to listen.
                Err(error) if tries > 50 => panic!("{error}"),
                Err(_) => tries += 1,
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        if !look.script {
            // The page's own scripts, not the driver's, which looks for elements by script.
            let params = json!({ "value": true });
            client.issue_cmd(Chromium { cmd: "Emulation.setScriptExecutionDisabled", params }).await.unwrap();
        }
        Browser {
            client,
            look,
            shots: std::env::var_os("HUIZHI_SHOTS").map(PathBuf::from),
            taken: 0,
            axe: look.script.then(axe).flatten(),
        }
    }
}

/// The checker of accessibility. Its licence (MPL-2.0) is not ours to mix in, so it is fetched by npm where there is one.
fn axe() -> Option<String> {
    let folder = std::env::temp_dir().join("huizhi-axe");
    let script = folder.join("node_modules/axe-core/axe.min.js");
    if !script.exists() {
        let run = Command::new("npm")
            .args(["install", "--silent", "--no-audit", "--prefix"])
            .arg(&folder)
            .arg("axe-core@4")
            .output();
        if !run.is_ok_and(|run| run.status.success()) {
            println!("npm gives no axe-core: accessibility is not checked");
            return None;
        }
    }
    std::fs::read_to_string(script).ok()
}

/// A command of Chromium's own, which WebDriver does not have.
#[derive(Debug)]
struct Chromium {
    cmd: &'static str,
    params: serde_json::Value,
}

impl WebDriverCompatibleCommand for Chromium {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({ "cmd": self.cmd, "params": self.params }).to_string()))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One browser.
pub(crate) struct Browser {
    pub(crate) client: Client,
    look: Look,
    shots: Option<PathBuf>,
    taken: u32,
    /// The checker; none where scripts do not run.
    axe: Option<String>,
}

/// Put before every page and frame: what strangers' scripts would call is counted, what the policy stopped is noted, and a page can be asked for
/// what no page of ours has.
const LISTENER: &str = r"
    window.huizhiRan = 0;
    window.huizhiStopped = [];
    for (const name of ['alert', 'confirm', 'prompt', 'print']) window[name] = () => { window.huizhiRan += 1; };
    document.addEventListener('securitypolicyviolation', event => {
        window.huizhiStopped.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
    });
    window.huizhiOdd = () => {
        const leads = ['href', 'src', 'action', 'formaction', 'xlink:href', 'data'];
        const odd = [];
        for (const element of document.querySelectorAll('*')) {
            for (const { name, value } of element.attributes) {
                const plain = value.replace(/[\u0000-\u0020]/g, '').toLowerCase();
                const runs = name.startsWith('on') || leads.includes(name) && /^(javascript|vbscript|data):/.test(plain);
                const clobbers = ['id', 'name'].includes(name) && value.startsWith('clobber');
                if (runs || clobbers) odd.push(`${element.localName} ${name}=${value}`);
            }
        }
        const loaded = performance.getEntriesByType('resource').map(it => it.name);
        return odd.concat(loaded.filter(it => it.includes('//evil.example')));
    };
";

/// Keys, as WebDriver names them (W3C WebDriver, 17.4.2).
pub(crate) const TAB: &str = "\u{E004}";
pub(crate) const ENTER: &str = "\u{E007}";

impl Browser {
    /// Goes to an address.
    pub(crate) async fn go(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    /// The first element of a selector, waited for.
    pub(crate) async fn find(&self, css: &str) -> Element {
        let found = self.client.wait().at_most(Duration::from_secs(25)).for_element(Locator::Css(css)).await;
        match found {
            Ok(found) => found,
            Err(error) => panic!("{css}: {error}\n{}", self.text().await),
        }
    }

    /// Clicks it.
    pub(crate) async fn click(&self, css: &str) {
        let middle = "arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })";
        for _ in 0..TRIES {
            let element = self.find(css).await;
            let seen = self.client.execute(middle, vec![serde_json::to_value(&element).unwrap()]).await;
            let done = match seen {
                Ok(_) => element.click().await,
                Err(error) => Err(error),
            };
            match done {
                Ok(()) => return,
                Err(error) if error.is_stale_element_reference() => tokio::time::sleep(PAUSE).await,
                Err(error) => panic!("clicking {css}: {error}\n{}", self.text().await),
            }
        }
        panic!("{css} is replaced whenever it is to be clicked:\n{}", self.text().await);
    }

    /// Types into it.
    pub(crate) async fn fill(&self, css: &str, text: &str) {
        for _ in 0..TRIES {
            let element = self.find(css).await;
            let done = match element.clear().await {
                Ok(()) => element.send_keys(text).await,
                Err(error) => Err(error),
            };
            match done {
                Ok(()) => return,
                Err(error) if error.is_stale_element_reference() => tokio::time::sleep(PAUSE).await,
                Err(error) => panic!("filling {css}: {error}\n{}", self.text().await),
            }
        }
        panic!("{css} is replaced whenever it is to be filled:\n{}", self.text().await);
    }

    /// Presses keys where the focus stands.
    pub(crate) async fn press(&self, keys: &str) {
        self.client.active_element().await.unwrap().send_keys(keys).await.unwrap();
    }

    /// Moves the focus with the Tab key until it stands on an element, as somebody without a mouse does.
    pub(crate) async fn tab_to(&self, css: &str) {
        self.find(css).await;
        for _ in 0..60 {
            if self.ask(&format!("return document.activeElement.matches(\"{css}\")")).await == true {
                return;
            }
            self.press(TAB).await;
        }
        panic!("the Tab key does not lead to {css}:\n{}", self.text().await);
    }

    /// Puts an authenticator into the machine that verifies its user each time, as a fingerprint reader does.
    pub(crate) async fn put_authenticator(&self) {
        let params = json!({});
        self.client.issue_cmd(Chromium { cmd: "WebAuthn.enable", params }).await.unwrap();
        let options = json!({
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": false, "hasUserVerification": true,
            "isUserVerified": true, "automaticPresenceSimulation": true,
        });
        let params = json!({ "options": options });
        self.client.issue_cmd(Chromium { cmd: "WebAuthn.addVirtualAuthenticator", params }).await.unwrap();
    }

    /// Listens for scripts of strangers in every page from now on; without the policy of the pages, which would stop them, where that is to be seen.
    pub(crate) async fn listen(&self, without_policy: bool) {
        let params = json!({ "source": LISTENER });
        self.client.issue_cmd(Chromium { cmd: "Page.addScriptToEvaluateOnNewDocument", params }).await.unwrap();
        let params = json!({ "enabled": without_policy });
        self.client.issue_cmd(Chromium { cmd: "Page.setBypassCSP", params }).await.unwrap();
    }

    /// The page as a PDF, as its print styles have it.
    pub(crate) async fn print(&self) -> Vec<u8> {
        let params = json!({ "printBackground": false });
        let printed = self.client.issue_cmd(Chromium { cmd: "Page.printToPDF", params }).await.unwrap();
        BASE64.decode(printed["data"].as_str().unwrap()).unwrap()
    }

    /// Gives a file input a file.
    pub(crate) async fn give(&self, css: &str, file: &Path) {
        let file = file.canonicalize().unwrap();
        self.find(css).await.send_keys(file.to_str().unwrap()).await.unwrap();
    }

    /// Whether it is there now.
    pub(crate) async fn has(&self, css: &str) -> bool {
        self.client.find(Locator::Css(css)).await.is_ok()
    }

    /// Whether pages may run JavaScript.
    pub(crate) const fn has_script(&self) -> bool {
        self.look.script
    }

    /// What a script of ours says of the page. It is asked again where the page went on to the next meanwhile.
    pub(crate) async fn ask(&self, script: &str) -> Value {
        let mut said = self.client.execute(script, Vec::new()).await;
        for _ in 0..TRIES {
            if said.is_ok() {
                break;
            }
            tokio::time::sleep(PAUSE).await;
            said = self.client.execute(script, Vec::new()).await;
        }
        said.unwrap()
    }

    /// All words on the page.
    pub(crate) async fn text(&self) -> String {
        let words = self.ask("return document.body ? document.body.innerText : ''").await;
        words.as_str().unwrap_or_default().to_owned()
    }

    /// Draws lines with the mouse on an element: each from where to where, in px from its middle.
    pub(crate) async fn draw(&self, css: &str, lines: &[[(f64, f64); 2]]) {
        let element = self.find(css).await;
        let middle = "arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })";
        self.client.execute(middle, vec![serde_json::to_value(&element).unwrap()]).await.unwrap();
        for [from, to] in lines {
            let go = |(x, y): (f64, f64)| PointerAction::MoveToElement {
                element: element.clone(),
                duration: Some(Duration::from_millis(50)),
                x,
                y,
            };
            let mouse = MouseActions::new("mouse".to_owned())
                .then(go(*from))
                .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
                .then(go(*to))
                .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
            self.client.perform_actions(mouse).await.unwrap();
        }
    }

    /// Waits until the page, as it is, says something.
    pub(crate) async fn until_shown(&self, words: &str) {
        for _ in 0..10 * TRIES {
            if self.text().await.contains(words) {
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("the page never says “{words}”:\n{}", self.text().await);
    }

    /// Asks again, loading the page anew, until it says something.
    pub(crate) async fn until(&self, words: &str) {
        for _ in 0..60 {
            if self.text().await.contains(words) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
            self.client.refresh().await.unwrap();
        }
        panic!("the page never says “{words}”:\n{}", self.text().await);
    }

    /// The path of the page.
    pub(crate) async fn path(&self) -> String {
        self.client.current_url().await.unwrap().path().to_owned()
    }

    /// Sees that axe-core finds nothing on the page.
    pub(crate) async fn check(&self, name: &str) {
        let Some(axe) = &self.axe else { return };
        self.ask(axe).await;
        let run = "const done = arguments[arguments.length - 1]; \
            axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }) \
            .then(found => done(found.violations.map(it => it.id + ' ' + it.nodes.map(n => n.html).join(' | '))))";
        let found = self.client.execute_async(run, Vec::new()).await.unwrap();
        assert_eq!(found.as_array().map(Vec::len), Some(0), "{name}: {found:#}");
    }

    /// Checks the page and keeps a picture of all of it; nothing may be wider than the screen.
    pub(crate) async fn shoot(&mut self, name: &str) {
        self.taken += 1;
        let widest = "return Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)";
        let width = self.ask(widest).await.as_u64().unwrap();
        assert!(width <= u64::from(self.look.width), "{name} is {width} px wide");
        self.check(name).await;
        let Some(folder) = &self.shots else { return };
        std::fs::create_dir_all(folder).unwrap();
        let script = if self.look.script { "" } else { "-no-script" };
        // Beyond what fits the screen, which the driver's own command cuts off.
        let params = json!({ "captureBeyondViewport": true, "format": "png" });
        let taken = self.client.issue_cmd(Chromium { cmd: "Page.captureScreenshot", params }).await.unwrap();
        let picture = BASE64.decode(taken["data"].as_str().unwrap()).unwrap();
        let file = format!("{}{script}-{:02}-{name}.png", self.look.width, self.taken);
        std::fs::write(folder.join(file), picture).unwrap();
    }

    /// The session's cookies, for requests beside the browser.
    pub(crate) async fn cookies(&self) -> String {
        let all = self.client.get_all_cookies().await.unwrap();
        let pairs: Vec<String> = all.iter().map(|cookie| format!("{}={}", cookie.name(), cookie.value())).collect();
        pairs.join("; ")
    }

    /// A file of the service, with the browser's right to it.
    pub(crate) async fn download(&self, url: &str) -> Vec<u8> {
        let mut answer = ureq::get(url).header("cookie", &self.cookies().await).call().unwrap();
        answer.body_mut().read_to_vec().unwrap()
    }

    /// Ends it.
    pub(crate) async fn close(self) {
        self.client.close().await.unwrap();
    }
}
