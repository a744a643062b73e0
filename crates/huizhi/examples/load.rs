//! How long the machine's part takes: from a sent photo to its report, alone and with eight citizens at once, and from an approval to the
//! receipt's PDF.
//!
//! `cargo run -p huizhi --example load -- URL PHOTO CITIZENS PHOTOS LOGIN PASSWORD LOGIN PASSWORD`: a running `huizhi serve`, a photo that is
//! fit or needs a reason, and two reviewers. It talks to the service as a browser without scripts does, and counts wall time.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use ureq::Agent;
use ureq::http::Response;

/// A browser: its cookies, and where it is.
struct Browser {
    agent: Agent,
    base: String,
    cookies: Vec<(String, String)>,
}

impl Browser {
    fn new(base: &str) -> Self {
        let config = Agent::config_builder().max_redirects(0).http_status_as_error(false).build();
        Self { agent: Agent::new_with_config(config), base: base.trim_end_matches('/').to_owned(), cookies: Vec::new() }
    }

    fn cookie(&self) -> String {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    fn keep(&mut self, answer: &Response<ureq::Body>) {
        for line in answer.headers().get_all("set-cookie") {
            let Some((name, value)) = line.to_str().ok().and_then(|it| it.split(';').next()?.split_once('=')) else {
                continue;
            };
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
    }

    /// Loads a page; gives its text.
    fn get(&mut self, path: &str) -> anyhow::Result<Vec<u8>> {
        let mut answer = self.agent.get(format!("{}{path}", self.base)).header("cookie", self.cookie()).call()?;
        self.keep(&answer);
        ensure!(answer.status() == 200, "{path} answers {}", answer.status());
        Ok(answer.body_mut().with_config().limit(20_000_000).read_to_vec()?)
    }

    fn text(&mut self, path: &str) -> anyhow::Result<String> {
        Ok(String::from_utf8(self.get(path)?)?)
    }

    /// Sends a form; gives where it leads.
    fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> anyhow::Result<String> {
        let request = self.agent.post(format!("{}{path}", self.base)).header("cookie", self.cookie());
        let answer = request.header("origin", &self.base).send_form(fields.iter().copied())?;
        self.keep(&answer);
        led(path, &answer)
    }

    /// Sends a photo; gives where it leads.
    fn send(&mut self, path: &str, photo: &[u8]) -> anyhow::Result<String> {
        let edge = "huizhi-load-edge";
        let mut body = format!(
            "--{edge}\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"photo.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n"
        )
        .into_bytes();
        body.extend(photo);
        body.extend(format!("\r\n--{edge}--\r\n").into_bytes());
        let request = self.agent.post(format!("{}{path}", self.base)).header("cookie", self.cookie());
        let request = request.header("origin", &self.base);
        let answer = request.header("content-type", format!("multipart/form-data; boundary={edge}")).send(&body[..])?;
        self.keep(&answer);
        led(path, &answer)
    }
}

fn led(path: &str, answer: &Response<ureq::Body>) -> anyhow::Result<String> {
    let to = answer.headers().get("location").and_then(|it| it.to_str().ok());
    let to = to.with_context(|| format!("{path} answers {} and leads nowhere", answer.status()))?;
    Ok(to.to_owned())
}

/// A citizen up to the page where the photo is sent; gives the order's path.
fn begin(browser: &mut Browser) -> anyhow::Result<String> {
    browser.get("/")?;
    let fields = [("city", "441300"), ("consent", "1")];
    let to = browser.post("/photo/cn-resident-id/guide", &fields)?;
    let mut to = to.split('?').next().unwrap_or_default().to_owned();
    // A draft of before asks to go on with it.
    if !to.starts_with("/order/") {
        let answer = browser.agent.get(format!("{}{to}", browser.base)).header("cookie", browser.cookie()).call()?;
        browser.keep(&answer);
        to = led(&to, &answer)?;
    }
    Ok(to.trim_end_matches("/take").to_owned())
}

/// Sends a photo and waits for its report; gives its path and the time.
fn report(browser: &mut Browser, order: &str, photo: &[u8]) -> anyhow::Result<(String, Duration)> {
    let begun = Instant::now();
    let to = browser.send(&format!("{order}/photos"), photo)?;
    loop {
        let page = browser.text(&to)?;
        if page.contains("/preview") {
            return Ok((to, begun.elapsed()));
        }
        ensure!(begun.elapsed() < Duration::from_mins(1), "no report after a minute");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn spread(name: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)].as_millis();
    println!("{name}: {} times, median {} ms, 95 of 100 within {} ms", times.len(), at(50), at(95));
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [base, photo, citizens, photos, staff @ ..] = &arguments[..] else {
        bail!("URL PHOTO CITIZENS PHOTOS [LOGIN PASSWORD LOGIN PASSWORD]");
    };
    let (citizens, photos): (usize, usize) = (citizens.parse()?, photos.parse()?);
    let photo = std::fs::read(photo)?;
    // The service takes the same file twice for one photo, so each gets a few bytes behind its end, as phones write too.
    let own = |name: &str| [&photo[..], name.as_bytes()].concat();

    let mut alone = Vec::new();
    let mut browser = Browser::new(base);
    let order = begin(&mut browser)?;
    let mut last = String::new();
    for n in 0..photos {
        let (to, took) = report(&mut browser, &order, &own(&format!("alone {n} {order}")))?;
        alone.push(took);
        if n + 1 < photos {
            browser.post(&format!("{to}/drop"), &[])?;
        }
        last = to;
    }
    spread("photo to report, one citizen", alone);

    let together = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..citizens)
            .map(|citizen| {
                let (together, own) = (&together, &own);
                scope.spawn(move || -> anyhow::Result<()> {
                    let mut browser = Browser::new(base);
                    let order = begin(&mut browser)?;
                    for n in 0..photos {
                        let (to, took) = report(&mut browser, &order, &own(&format!("{citizen} {n} {order}")))?;
                        together.lock().map_err(|_| anyhow::anyhow!("a citizen gave up"))?.push(took);
                        browser.post(&format!("{to}/drop"), &[])?;
                    }
                    Ok(())
                })
            })
            .collect();
        all.into_iter().try_for_each(|it| it.join().map_err(|_| anyhow::anyhow!("a citizen gave up"))?)
    })?;
    spread(&format!("photo to report, {citizens} citizens at once"), together.into_inner()?);

    if staff.len() == 4 {
        approve(&mut browser, base, &order, &last, staff)?;
    }
    Ok(())
}

/// Submits, has two reviewers approve, and waits for the receipt.
fn approve(citizen: &mut Browser, base: &str, order: &str, photo: &str, staff: &[String]) -> anyhow::Result<()> {
    let id = photo.rsplit('/').next().unwrap_or_default();
    citizen
        .post(&format!("{order}/applicant"), &[("photo", id), ("name", "小明"), ("id_number", "11010519491231002X")])?;
    citizen.post(&format!("{order}/check"), &[("photo", id), ("kind", "religious"), ("reason", "")])?;
    for pair in staff.chunks(2) {
        let mut desk = Browser::new(base);
        desk.post("/desk/sign-in", &[("login", &pair[0]), ("password", &pair[1]), ("to", "")])?;
        let case = desk.post("/desk/review/claim", &[])?;
        let case = case.split('?').next().unwrap_or_default().to_owned();
        desk.post(&format!("{case}/accept"), &[])?;
        // The ten seconds in which it can be undone are no part of the machine's.
        std::thread::sleep(Duration::from_secs(10));
        let begun = Instant::now();
        if pair[0] == staff[0] {
            std::thread::sleep(Duration::from_secs(2));
            continue;
        }
        while citizen.get(&format!("{order}/receipt/a4.pdf")).is_err() {
            ensure!(begun.elapsed() < Duration::from_secs(30), "no receipt after half a minute");
            std::thread::sleep(Duration::from_millis(20));
        }
        println!("end of the ten seconds to PDF: {} ms", begun.elapsed().as_millis());
    }
    let mut times = Vec::new();
    for _ in 0..20 {
        let begun = Instant::now();
        citizen.get(&format!("{order}/receipt/a4.pdf"))?;
        times.push(begun.elapsed());
    }
    spread("receipt as A4 PDF", times);
    Ok(())
}
