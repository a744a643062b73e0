//! What happens once, however many ask for it at the same time: a decision, a receipt, a use. On both databases.

use std::ops::RangeInclusive;
use std::sync::{Barrier, Mutex};

use serde_json::Value;

use crate::client::{Client, Window};
use crate::database::on_both;
use crate::server::Server;

const PHOTO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/portraits/officer_cap_glasses.jpg");

/// How often one reviewer's browser sends the same approval.
const APPROVALS: usize = 50;
/// How many ask for one photo.
const FETCHES: usize = 1000;
/// Threads that only wait for an answer need little.
const STACK: usize = 256 * 1024;

#[test]
fn approvals_sent_many_times_give_one_receipt_and_a_thousand_fetches_one_use_a_document() {
    on_both(|database| {
        let server = Server::start_on(database);
        let mut citizen = Client::new(&server.url);
        // In 深圳市 a photo of the ID card may be used for other cards too.
        let order = citizen.begin_in("440300").unwrap();
        let photo = citizen.report(&order, &std::fs::read(PHOTO).unwrap()).unwrap();
        citizen.submit(&order, &photo).unwrap();
        let staff = |login: &str| Client::staff(&server.url, login, &server.passwords[login]).unwrap();
        let reviewers = [staff("shenhe1"), staff("shenhe2"), staff("shenhe3")];
        // The photo has a fault and a reason, so it is looked at twice.
        for look in 0..2 {
            let case = reviewers[look].clone().claim_soon().unwrap();
            approve_at_once(&reviewers, look, &case);
        }
        let number = citizen.receipt(&order).unwrap();
        let log = server.log();
        let of = |action: &str| log.iter().filter(|entry| entry["action"] == action).count();
        assert_eq!((of("photo.decided"), of("order.approved"), of("receipt.issued")), (2, 1, 1), "{log:#?}");
        let data = citizen.data(&order).unwrap();
        let told =
            |what: &str| data["messages"].as_array().unwrap().iter().filter(|it| it["happening"] == what).count();
        assert_eq!(told("receipt-issued"), 1, "{data:#}");
        assert_eq!(data["receipt"]["number"].as_str(), Some(&*number));

        let documents: Vec<&str> =
            data["receipt"]["record"]["documents"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert!(documents.len() > 1, "{documents:?}");
        let windows = ["chuangkou1", "chuangkou2"].map(|login| {
            // Two programs a clerk.
            [(); 2].map(|()| Window::sign_in(&server.url, login, &server.passwords[login]).unwrap())
        });
        for document in &documents {
            let used = use_at_once(windows.as_flattened(), &number, document);
            assert!(used.contains(&1), "{document}: {used:?}");
        }
        let data = citizen.data(&order).unwrap();
        for used in data["receipt"]["record"]["uses"].as_array().unwrap() {
            assert!(used["consumed_at"].is_number(), "{used}");
        }
        let consumed = server.log().iter().filter(|entry| entry["action"] == "receipt.consumed").count();
        assert_eq!(consumed, documents.len());
        let (whole, said) = server.huizhi(&["audit", "verify"]);
        assert!(whole, "{said}");
    });
}

/// One reviewer sends the approval of the photo that they hold many times at once, and the others send it too, who do not hold it.
fn approve_at_once(reviewers: &[Client], holder: usize, case: &str) {
    let start = Barrier::new(APPROVALS + reviewers.len() - 1);
    let counted = Mutex::new(0);
    std::thread::scope(|scope| {
        let others = (0..reviewers.len()).filter(|it| *it != holder);
        for who in std::iter::repeat_n(holder, APPROVALS).chain(others) {
            let (start, counted) = (&start, &counted);
            let mut reviewer = reviewers[who].clone();
            scope.spawn(move || {
                start.wait();
                let to = reviewer.post(&format!("{case}/accept"), &[]).unwrap();
                if to.contains("accepted=true") {
                    assert_eq!(who, holder, "somebody decided on what another holds");
                    *counted.lock().unwrap() += 1;
                }
            });
        }
    });
    assert_eq!(counted.into_inner().unwrap(), 1, "approvals that were told that they count");
}

/// A thousand fetch the photo at once, and who gets it says that it was used. How many were told so; an answer that got lost on a
/// broken connection may have told it too.
fn use_at_once(windows: &[Window], number: &str, document: &str) -> RangeInclusive<usize> {
    let start = Barrier::new(FETCHES);
    let (used, lost) = (Mutex::new(0), Mutex::new(0));
    std::thread::scope(|scope| {
        for n in 0..FETCHES {
            let window = windows[n % windows.len()].again();
            let (start, used, lost) = (&start, &used, &lost);
            let one = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, move || {
                start.wait();
                let (status, said) = window.fetch(number, document).unwrap();
                assert!([200, 409].contains(&status), "{status} {said}");
                if status != 200 {
                    return;
                }
                let Ok((status, said)) = window.consume(number, document) else {
                    *lost.lock().unwrap() += 1;
                    return;
                };
                assert!([200, 409].contains(&status), "{status} {said}");
                *used.lock().unwrap() += usize::from(status == 200);
            });
            one.unwrap();
        }
    });
    let (used, lost) = (used.into_inner().unwrap(), lost.into_inner().unwrap());
    used..=used + lost
}
