//! The service's users by plain requests, as a browser without scripts or a window's program sends them. `examples/load.rs` uses it too.

use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::{HeaderMap, Response};

/// The published example of GB 11643, nobody's number.
pub(crate) const NUMBER: &str = "11010519491231002X";

/// Between two looks at whether something has happened.
const PAUSE: Duration = Duration::from_millis(50);
/// How often what may be asked again is asked again. The system breaks connections off where a thousand come at once.
const TRIES: u32 = 5;

/// Somebody with a browser: its cookies, and where the service is.
#[derive(Clone)]
pub(crate) struct Client {
    agent: Agent,
    base: String,
    cookies: Vec<(String, String)>,
}

/// What was answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Where it leads.
    pub(crate) to: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Client {
    pub(crate) fn new(base: &str) -> Self {
        let config = Agent::config_builder().max_redirects(0).http_status_as_error(false).build();
        Self { agent: Agent::new_with_config(config), base: base.trim_end_matches('/').to_owned(), cookies: Vec::new() }
    }

    /// Somebody whose browser has a cookie already.
    pub(crate) fn with_cookie(base: &str, name: &str, value: &str) -> Self {
        Self { cookies: vec![(name.to_owned(), value.to_owned())], ..Self::new(base) }
    }

    /// A reviewer, a lead or a clerk, signed in at the desk.
    pub(crate) fn staff(base: &str, login: &str, password: &str) -> anyhow::Result<Self> {
        let mut desk = Self::new(base);
        let to = desk.post("/desk/sign-in", &[("login", login), ("password", password), ("to", "")])?;
        ensure!(to.starts_with("/desk"), "signing in leads to {to}");
        Ok(desk)
    }

    fn cookie(&self) -> String {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    fn keep(&mut self, mut answer: Response<ureq::Body>) -> anyhow::Result<Answer> {
        for line in answer.headers().get_all("set-cookie") {
            let Some((name, value)) = line.to_str().ok().and_then(|it| it.split(';').next()?.split_once('=')) else {
                continue;
            };
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
        let to = answer.headers().get("location").and_then(|it| it.to_str().ok()).map(str::to_owned);
        let body = answer.body_mut().with_config().limit(20_000_000).read_to_vec()?;
        Ok(Answer { status: answer.status().as_u16(), to, headers: answer.headers().clone(), body })
    }

    /// Asks for a page, whatever the answer.
    pub(crate) fn ask(&mut self, path: &str) -> anyhow::Result<Answer> {
        let answer = self.agent.get(format!("{}{path}", self.base)).header("cookie", self.cookie()).call()?;
        self.keep(answer)
    }

    /// Loads a page; gives its bytes.
    pub(crate) fn get(&mut self, path: &str) -> anyhow::Result<Vec<u8>> {
        let answer = self.ask(path)?;
        ensure!(answer.status == 200, "{path} answers {}", answer.status);
        Ok(answer.body)
    }

    /// Loads a page; gives its text.
    pub(crate) fn text(&mut self, path: &str) -> anyhow::Result<String> {
        Ok(String::from_utf8(self.get(path)?)?)
    }

    /// Sends a form, whatever the answer.
    pub(crate) fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> anyhow::Result<Answer> {
        let request = self.agent.post(format!("{}{path}", self.base)).header("cookie", self.cookie());
        let answer = request.header("origin", &self.base).send_form(fields.iter().copied())?;
        self.keep(answer)
    }

    /// Sends a form; gives where it leads.
    pub(crate) fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> anyhow::Result<String> {
        led(path, self.send(path, fields)?)
    }

    /// Sends a file as a photo, whatever the answer.
    pub(crate) fn send_photo(&mut self, order: &str, photo: &[u8]) -> anyhow::Result<Answer> {
        let edge = "huizhi-client-edge";
        let mut body = format!(
            "--{edge}\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"photo.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n"
        )
        .into_bytes();
        body.extend(photo);
        body.extend(format!("\r\n--{edge}--\r\n").into_bytes());
        self.send_bytes(&format!("{order}/photos"), &format!("multipart/form-data; boundary={edge}"), &body)
    }

    /// Sends whatever it is as whatever it is said to be.
    pub(crate) fn send_bytes(&mut self, path: &str, kind: &str, body: &[u8]) -> anyhow::Result<Answer> {
        let request = self.agent.post(format!("{}{path}", self.base)).header("cookie", self.cookie());
        let answer = request.header("origin", &self.base).header("content-type", kind).send(body)?;
        self.keep(answer)
    }

    /// A citizen of 惠州市 up to the page where the photo is sent; gives the order's path.
    pub(crate) fn begin(&mut self) -> anyhow::Result<String> {
        self.begin_in("441300")
    }

    /// The same in the city of a code.
    pub(crate) fn begin_in(&mut self, city: &str) -> anyhow::Result<String> {
        let to = self.post("/photo/cn-resident-id/guide", &[("city", city), ("consent", "1")])?;
        let mut to = to.split('?').next().unwrap_or_default().to_owned();
        // A draft of before asks to go on with it.
        if !to.starts_with("/order/") {
            let answer = self.ask(&to)?;
            to = led(&to, answer)?;
        }
        Ok(to.trim_end_matches("/take").to_owned())
    }

    /// Sends a photo and waits for its report; gives the photo's path.
    pub(crate) fn report(&mut self, order: &str, photo: &[u8]) -> anyhow::Result<String> {
        let to = led(order, self.send_photo(order, photo)?)?;
        let begun = Instant::now();
        while !self.text(&to)?.contains("/preview") {
            ensure!(begun.elapsed() < Duration::from_mins(2), "no report after two minutes");
            std::thread::sleep(PAUSE);
        }
        Ok(to)
    }

    /// Says whose photo it is, and submits it with a reason for its faults.
    pub(crate) fn submit(&mut self, order: &str, photo: &str) -> anyhow::Result<()> {
        let id = photo.rsplit('/').next().unwrap_or_default();
        let applicant = [("photo", id), ("name", "小明"), ("id_number", NUMBER)];
        self.post(&format!("{order}/applicant"), &applicant)?;
        let to = self.post(&format!("{order}/check"), &[("photo", id), ("kind", "religious"), ("reason", "")])?;
        ensure!(to == order, "submitting leads to {to}");
        Ok(())
    }

    /// What the service knows of an order.
    pub(crate) fn data(&mut self, order: &str) -> anyhow::Result<Value> {
        Ok(serde_json::from_slice(&self.get(&format!("{order}/data"))?)?)
    }

    /// Waits for the order's receipt; gives its number.
    pub(crate) fn receipt(&mut self, order: &str) -> anyhow::Result<String> {
        let begun = Instant::now();
        loop {
            if let Some(number) = self.data(order)?["receipt"]["number"].as_str() {
                return Ok(number.to_owned());
            }
            ensure!(begun.elapsed() < Duration::from_mins(1), "no receipt after a minute");
            std::thread::sleep(PAUSE);
        }
    }

    /// A reviewer takes the next photo; gives its path, or `None` where nothing waits.
    pub(crate) fn claim(&mut self) -> anyhow::Result<Option<String>> {
        Ok(case(&self.post("/desk/review/claim", &[])?))
    }

    /// Waits until a photo can be taken.
    pub(crate) fn claim_soon(&mut self) -> anyhow::Result<String> {
        let begun = Instant::now();
        loop {
            if let Some(case) = self.claim()? {
                return Ok(case);
            }
            ensure!(begun.elapsed() < Duration::from_mins(1), "nothing to review after a minute");
            std::thread::sleep(PAUSE);
        }
    }
}

fn led(path: &str, answer: Answer) -> anyhow::Result<String> {
    answer.to.with_context(|| format!("{path} answers {} and leads nowhere", answer.status))
}

/// The path of a photo at the review desk, without what the page is told; `None` for the empty desk.
pub(crate) fn case(to: &str) -> Option<String> {
    let path = to.split('?').next().unwrap_or_default();
    path.starts_with("/desk/review/").then(|| path.to_owned())
}

/// A window's program, signed in for one clerk.
#[derive(Clone)]
pub(crate) struct Window {
    agent: Agent,
    base: String,
    token: String,
}

impl Window {
    pub(crate) fn sign_in(base: &str, login: &str, password: &str) -> anyhow::Result<Self> {
        use base64::Engine as _;
        let config = Agent::config_builder().max_redirects(0).http_status_as_error(false).build();
        let (agent, base) = (Agent::new_with_config(config), base.to_owned());
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("{login}:{password}"));
        let request = agent.post(format!("{base}/api/v1/session")).header("authorization", format!("Basic {basic}"));
        let mut answer = request.send_empty()?;
        let said: Value = answer.body_mut().read_json()?;
        let Some(token) = said["token"].as_str() else { bail!("signing in answers {}: {said}", answer.status()) };
        Ok(Self { agent, base, token: token.to_owned() })
    }

    /// Another connection of the same clerk.
    pub(crate) fn again(&self) -> Self {
        let config = Agent::config_builder().max_redirects(0).http_status_as_error(false).build();
        Self { agent: Agent::new_with_config(config), ..self.clone() }
    }

    fn call(&self, what: &str, number: &str, document: &str) -> anyhow::Result<(u16, Value)> {
        let request = self.agent.post(format!("{}/api/v1/window/{what}", self.base));
        let request = request.header("authorization", format!("Bearer {}", self.token));
        let asked = json!({ "number": number, "document": document, "purpose": "renewal" });
        let mut answer = request.send_json(asked)?;
        Ok((answer.status().as_u16(), answer.body_mut().read_json()?))
    }

    /// Sees that the service is there.
    pub(crate) fn see(&self) -> anyhow::Result<()> {
        self.agent.get(format!("{}/health", self.base)).call()?;
        Ok(())
    }

    /// Asks for a receipt's photo; again where the connection broke off, as a window's program does.
    pub(crate) fn fetch(&self, number: &str, document: &str) -> anyhow::Result<(u16, Value)> {
        let mut answer = self.call("fetch", number, document);
        for _ in 0..TRIES {
            if answer.is_ok() {
                break;
            }
            std::thread::sleep(PAUSE);
            answer = self.call("fetch", number, document);
        }
        answer
    }

    /// Says that it was used.
    pub(crate) fn consume(&self, number: &str, document: &str) -> anyhow::Result<(u16, Value)> {
        self.call("consume", number, document)
    }
}
