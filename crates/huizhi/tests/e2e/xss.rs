//! Scripts of strangers run nowhere: payloads and their variations in everything that somebody types and somebody else reads, with Chromium to say
//! whether one ran. `HUIZHI_XSS=1000` varies them a thousand times.

pub(crate) mod fields;
mod payloads;
mod tags;

use huizhi_domain::article::body::{Trust, html};
use serde_json::{Value, json};

use crate::browser::{Browser, DESK, Driver};
use crate::staff::run;

/// What is varied here costs microseconds.
const IN_PROCESS: usize = 1000;
/// Bodies that are shown at a time, each in a frame of its own.
const AT_ONCE: usize = 20;

/// How many variations go through a browser.
fn count() -> usize {
    std::env::var("HUIZHI_XSS").ok().and_then(|count| count.parse().ok()).unwrap_or(60)
}

#[test]
fn of_a_thousand_variations_nothing_is_left_that_may_not_be() {
    for payload in payloads::varied(IN_PROCESS) {
        for trust in [Trust::Editor, Trust::Visitor] {
            let html = html(&payload, trust);
            let strange = tags::strange(&html);
            assert!(strange.is_empty(), "{trust:?} {payload:?} leaves {strange:?} in {html}");
            assert!(trust == Trust::Editor || !html.contains("<img"), "{payload:?} gives a visitor a picture: {html}");
        }
    }
}

/// The bodies alone, without the policy that would stop a script of theirs: what keeps it from running is that it is not there.
#[test]
fn bodies_of_articles_and_comments_run_nothing_in_a_page_without_a_policy() {
    run(async {
        let Some(driver) = Driver::start() else { return };
        let browser = driver.open(DESK).await;
        browser.listen(true).await;
        browser.go("about:blank").await;
        // The oracle itself: what is not cleaned does run.
        let raw = ["<img src=x onerror=alert(1)>", "<script>alert(1)</script>"];
        let said = shown(&browser, &raw.map(str::to_owned)).await;
        assert!(said["ran"].as_u64() >= Some(2), "the oracle hears nothing: {said}");
        browser.go("about:blank").await;
        let varied = payloads::varied(count());
        let bodies: Vec<String> =
            varied.iter().flat_map(|it| [html(it, Trust::Editor), html(it, Trust::Visitor)]).collect();
        for some in bodies.chunks(AT_ONCE) {
            let said = shown(&browser, some).await;
            assert_eq!(said, json!({ "ran": 0, "odd": [] }), "{some:#?}");
        }
        println!("{} bodies shown, none ran", bodies.len());
        browser.close().await;
    });
}

/// Shows bodies in frames and says what came of it.
pub(crate) async fn shown(browser: &Browser, bodies: &[String]) -> Value {
    const SHOW: &str = "const [bodies, done] = arguments; \
        document.body.replaceChildren(...bodies.map(body => { \
            const frame = document.createElement('iframe'); frame.srcdoc = '<!doctype html><title>x</title>' + body; return frame; })); \
        setTimeout(() => { \
            const frames = [...document.querySelectorAll('iframe')].map(frame => frame.contentWindow); \
            const odd = frames.flatMap(it => it.huizhiOdd ? it.huizhiOdd() : ['a frame that went away']); \
            const ran = frames.reduce((sum, it) => sum + (it.huizhiRan || 0), 0); \
            done({ ran, odd }); \
        }, 300)";
    browser.client.execute_async(SHOW, vec![json!(bodies)]).await.unwrap()
}
