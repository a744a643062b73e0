//! Photos and customers → submitted orders.

use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use huizhi_domain::clock::{Clock as _, Zone};
use indicatif::ProgressBar;
use jiff::civil::Date;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use ureq::http::Method;

use super::client::Refusal;
use super::customers::{self, Asked, Customer};
use super::journal::Progress;
use super::{Shop, Submit};
use crate::Exit;

/// How long the engine may take for a photo while others wait too, and how often it is asked.
const LOOKS: u32 = 300;
const BETWEEN: Duration = Duration::from_secs(1);

/// States in which nothing is left to submit.
const SUBMITTED: [&str; 4] = ["waiting", "in-review", "approved", "unpaid"];
/// States of an order that takes no photo any more: the photo begins another.
const ENDED: [&str; 2] = ["withdrawn", "expired"];

/// Submits what is not submitted yet.
pub fn submit(shop: &Shop, options: &Submit) -> anyhow::Result<Exit> {
    let table = options.customers.clone().unwrap_or_else(|| shop.folder.join("customers.csv"));
    let asked = Asked {
        folder: &shop.folder,
        document: &options.document,
        city: options.city.as_deref(),
        today: today(),
        lang: shop.lang,
    };
    let read = customers::read(&table, &asked)?;
    let say = |key: &str, values: &[(&str, &dyn std::fmt::Display)]| eprintln!("{}", shop.lang.say(key, values));
    if !read.refused.is_empty() {
        let path = shop.folder.join("refused.csv");
        customers::write_refused(&path, &read.refused)?;
        for row in &read.refused {
            say(
                "shop-row-refused",
                &[("line", &row.line), ("file", &row.file), ("column", &row.column), ("why", &row.why)],
            );
        }
        let key = if options.skip_refused { "shop-refused-skipped" } else { "shop-refused-stopped" };
        say(key, &[("count", &read.refused.len()), ("path", &path.display())]);
        if !options.skip_refused {
            return Ok(Exit::Usage);
        }
    }
    let bar = shop.bar(read.customers.len(), "shop-submitting");
    let next = AtomicUsize::new(0);
    let fault: Mutex<Option<anyhow::Error>> = Mutex::default();
    let worker = || {
        while let Some(customer) = read.customers.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(error) = one(shop, customer, &bar) {
                // The service is not there: the others would fail too.
                next.store(read.customers.len(), Ordering::Relaxed);
                *fault.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(error);
            }
            bar.inc(1);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..options.jobs {
            scope.spawn(worker);
        }
    });
    bar.finish_and_clear();
    if let Some(error) = fault.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
        return Err(error.context(shop.lang.word("shop-cut-off")));
    }
    let stands: Vec<Progress> = read.customers.iter().map(|it| shop.journal.of(&it.file)).collect();
    let submitted = stands.iter().filter(|it| SUBMITTED.contains(&it.state.as_str())).count();
    say("shop-submitted", &[("count", &submitted), ("all", &stands.len())]);
    let all = submitted == stands.len() && read.refused.is_empty();
    Ok(if all { Exit::Fits } else { Exit::DoesNotFit })
}

/// The offices' day, by which the service counts ages; the service looks again.
fn today() -> Date {
    crate::service::SystemClock.now().day(Zone::CHINA)
}

/// One photo. What the service refuses is noted and told; only a service that does not answer is an error.
fn one(shop: &Shop, customer: &Customer, bar: &ProgressBar) -> anyhow::Result<()> {
    let file = &customer.file;
    let bytes = fs::read(shop.folder.join(file)).with_context(|| format!("cannot read {file}"))?;
    let digest = BASE64.encode(Sha256::digest(&bytes));
    let mut progress = shop.journal.of(file);
    if SUBMITTED.contains(&progress.state.as_str()) {
        return Ok(());
    }
    match steps(shop, customer, &bytes, &digest, &mut progress) {
        Ok(()) => {}
        Err(error) => {
            let Some(refusal) = error.downcast_ref::<Refusal>() else { return Err(error) };
            // A key that is wrong, or a service that breaks: every photo would be refused.
            if [401, 403].contains(&refusal.status) || refusal.status >= 500 {
                return Err(error);
            }
            "refused".clone_into(&mut progress.state);
            progress.why = Some(refusal.to_string());
            shop.journal.note(file, &progress)?;
        }
    }
    if let Some(why) = &progress.why {
        bar.suspend(|| eprintln!("{file}: {why}"));
    }
    Ok(())
}

fn steps(shop: &Shop, customer: &Customer, bytes: &[u8], digest: &str, progress: &mut Progress) -> anyhow::Result<()> {
    let (file, journal, client) = (&customer.file, &shop.journal, &shop.client);
    progress.why = None;
    // A run that was cut off may have done more than it noted, and a draft that waited too long is no more.
    let mut before = String::new();
    if let Some(order) = progress.order.clone() {
        match state(shop, &order)? {
            Some(state) if SUBMITTED.contains(&state.as_str()) => {
                progress.state = state;
                return journal.note(file, progress);
            }
            Some(state) if !ENDED.contains(&state.as_str()) => {}
            _ => {
                before = order;
                *progress = Progress::default();
            }
        }
    }
    let order = if let Some(order) = progress.order.clone() {
        order
    } else {
        let body = json!({
            "document": customer.document, "city": customer.city, "reference": customer.reference, "lang": lang(shop),
        });
        let made = client.write(&Method::POST, "/api/v1/orders", &journal.key(file, "order", &before), &body)?;
        let order = text(&made, "id")?;
        *progress = Progress { order: Some(order.clone()), state: "draft".to_owned(), ..Progress::default() };
        journal.note(file, progress)?;
        order
    };
    let path = format!("/api/v1/orders/{order}");
    let applicant = applicant(customer, &consent_version(shop, &customer.document)?);
    let of = serde_json::to_string(&applicant)?;
    client.write(&Method::PUT, &format!("{path}/applicant"), &journal.key(file, "applicant", &of), &applicant)?;
    if progress.sent.as_deref() != Some(digest) || progress.photo.is_none() {
        let sent = client.photo(&format!("{path}/photos"), &journal.key(file, "photo", digest), bytes)?;
        progress.photo = Some(text(&sent, "id")?);
        progress.sent = Some(digest.to_owned());
        "judging".clone_into(&mut progress.state);
        journal.note(file, progress)?;
    }
    let photo = progress.photo.clone().ok_or_else(|| anyhow!("the journal of {file} names no photo"))?;
    let judged = judged(shop, &path, &photo)?;
    if judged["state"] == "unreadable" {
        return stop(shop, file, progress, "shop-unreadable", "");
    }
    if judged["verdict"] == "retake" {
        return stop(shop, file, progress, "shop-retake", &faults(&judged));
    }
    let mut body = json!({ "photo": photo });
    if judged["verdict"] != "fits" && !customer.reason.is_empty() {
        body["reason"] = reason(&customer.reason);
    }
    let of = serde_json::to_string(&body)?;
    match client.write(&Method::POST, &format!("{path}/submit"), &journal.key(file, "submit", &of), &body) {
        Ok(submitted) => {
            progress.state = text(&submitted, "state")?;
            journal.note(file, progress)
        }
        // A photo with faults is not submitted without a reason.
        Err(error)
            if judged["verdict"] != "fits" && error.downcast_ref::<Refusal>().is_some_and(|it| it.status == 422) =>
        {
            stop(shop, file, progress, "shop-needs-reason", &faults(&judged))
        }
        Err(error) => Err(error),
    }
}

/// How an order stands at the service; `None` where it is not there any more.
fn state(shop: &Shop, order: &str) -> anyhow::Result<Option<String>> {
    match shop.client.get(&format!("/api/v1/orders/{order}")) {
        Ok(order) => text(&order, "state").map(Some),
        Err(error) if error.downcast_ref::<Refusal>().is_some_and(|it| it.status == 404) => Ok(None),
        Err(error) => Err(error),
    }
}

fn stop(shop: &Shop, file: &str, progress: &mut Progress, key: &str, faults: &str) -> anyhow::Result<()> {
    "stopped".clone_into(&mut progress.state);
    progress.why = Some(shop.lang.say(key, &[("faults", &faults)]));
    shop.journal.note(file, progress)
}

/// The version of the text that customers consent to.
fn consent_version(shop: &Shop, document: &str) -> anyhow::Result<String> {
    let mut known = shop.consent.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(version) = known.get(document) {
        return Ok(version.clone());
    }
    let found = shop.client.get(&format!("/api/v1/documents/{document}"))?;
    let version = text(&found["consent"], "version")?;
    known.insert(document.to_owned(), version.clone());
    Ok(version)
}

/// Waits until the engine looked.
fn judged(shop: &Shop, path: &str, photo: &str) -> anyhow::Result<Value> {
    let lang = lang(shop);
    for _ in 0..LOOKS {
        let seen = shop.client.get(&format!("{path}/photos/{photo}?lang={lang}"))?;
        if seen["state"] != "received" {
            return Ok(seen);
        }
        std::thread::sleep(BETWEEN);
    }
    Err(anyhow!("the service has not looked at a photo for five minutes; start this again later, it goes on from here"))
}

/// What is to be mended, in words.
fn faults(judged: &Value) -> String {
    let of_citizen = |it: &&Value| it["severity"] != "note" && it["severity"] != "auto";
    let found = judged["findings"].as_array().into_iter().flatten().filter(of_citizen);
    let titles: Vec<&str> = found.filter_map(|it| it["title"].as_str()).collect();
    titles.join("、")
}

fn applicant(customer: &Customer, consent: &str) -> Value {
    let guardian = !customer.guardian_name.is_empty() || !customer.guardian_id_number.is_empty();
    let by = if guardian { "guardian" } else { "applicant" };
    let mut body = json!({ "consent": { "version": consent, "by": by } });
    let fields = [
        ("name", &customer.name),
        ("id_number", &customer.id_number),
        ("phone", &customer.phone),
        ("email", &customer.email),
    ];
    for (name, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
        body[name] = value.as_str().into();
    }
    if guardian {
        body["guardian"] =
            json!({ "name": customer.guardian_name, "paper": "resident-id", "id_number": customer.guardian_id_number });
    }
    body
}

/// A reason is one of the service's words, or the customer's own that the check is wrong.
fn reason(text: &str) -> Value {
    match text {
        "religious" | "medical" => json!({ "kind": text }),
        "宗教" => json!({ "kind": "religious" }),
        "医疗" | "身体" => json!({ "kind": "medical" }),
        own => json!({ "kind": "check-is-wrong", "text": own }),
    }
}

fn text(value: &Value, field: &str) -> anyhow::Result<String> {
    let found = value[field].as_str().map(str::to_owned);
    found.ok_or_else(|| anyhow!("the service's answer has no “{field}”; is it older than this program?"))
}

fn lang(shop: &Shop) -> &'static str {
    match shop.lang {
        crate::text::Lang::Zh => "zh-CN",
        crate::text::Lang::En => "en",
    }
}
