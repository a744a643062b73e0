//! What counts of a hook's answer is its status, however long it is.

use std::sync::Arc;

use huizhi_domain::clock::Moment;
use huizhi_domain::delivery::Outcome;
use huizhi_outside::hook::{HookCall, call};
use huizhi_outside::{Limits, SystemResolver};

use crate::server::{Raw, client, here};

#[tokio::test]
async fn a_receiver_with_a_long_answer_has_the_event_all_the_same() {
    let page = "x".repeat(Limits::default().answer_bytes + 1);
    for (status, outcome) in [
        ("200 OK", Outcome::Sent),
        ("202 Accepted", Outcome::Sent),
        ("410 Gone", Outcome::refused("gone")),
        ("500 Internal Server Error", Outcome::later("http-500")),
    ] {
        for length in [format!("content-length: {}\r\n", page.len()), String::new()] {
            let server = Raw::start(format!("HTTP/1.1 {status}\r\n{length}\r\n{page}")).await;
            let caller =
                client(vec![here("127.0.0.1", server.address.port())], Limits::default(), Arc::new(SystemResolver));
            let hook = HookCall {
                address: &server.url("/hook"),
                secrets: &["whsec_AAAA"],
                id: "1",
                at: Moment(0),
                body: b"{}".to_vec(),
            };
            assert_eq!(call(&caller, hook).await.outcome, outcome, "{status} {length}");
            assert_eq!(server.came(), 1);
        }
    }
}
