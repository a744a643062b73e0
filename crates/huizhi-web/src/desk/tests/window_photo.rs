use std::time::Duration;

use axum::body::Body;
use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use huizhi_domain::id::OrderId;
use huizhi_domain::review::Opinion;
use huizhi_domain::staff::Role;
use huizhi_domain::visit::BookingPolicy;

use super::hall::{booked, signed_in};
use super::{Desks, Page, Somebody, request};

/// The beginning of a JPEG: what a window's camera sends is told from other files by it.
const JPEG: &[u8] = b"\xff\xd8\xff\xe0 of a camera";

/// Sends a photo, which a worker judges meanwhile. The same file again would be the same photo.
async fn take(desks: &Desks, clerk: &Somebody, address: &str, (shot, verdict): (u8, &str)) -> Page {
    let mut body = b"--x\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a.jpg\"\r\n\r\n".to_vec();
    body.extend_from_slice(JPEG);
    body.push(shot);
    body.extend_from_slice(b"\r\n--x--\r\n");
    let sent = request(Method::POST, Some(clerk), &format!("{address}/photos"))
        .header(CONTENT_TYPE, "multipart/form-data; boundary=x")
        .body(Body::from(body))
        .unwrap();
    let judged = async {
        for _ in 0..200 {
            if let Some(found) = desks.store.next_to_judge(&[]).await.unwrap() {
                return desks.judge(found.id, "window", verdict).await;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("no photo came");
    };
    tokio::join!(desks.send(sent), judged).0
}

/// The photo that the page shows.
fn attempt(page: &Page) -> String {
    let (_, rest) = page.text.split_once("name=\"photo\" value=\"").unwrap_or_else(|| panic!("{}", page.text));
    rest.split('"').next().unwrap().to_owned()
}

/// Decides on an order's photo; by two, where chance asked for it.
async fn reviewed(desks: &Desks, reviewers: &[Somebody; 2], order: OrderId, opinion: &Opinion) {
    for reviewer in reviewers {
        let case = desks.store.claim(&reviewer.staff).await.unwrap().unwrap();
        assert_eq!(case.order.id, order, "it comes before those from home");
        desks.store.decide(&reviewer.staff, case.photo.id, opinion.clone()).await.unwrap();
        desks.settle().await;
        if case.photo.second_look.is_none() {
            return;
        }
    }
}

#[tokio::test]
async fn who_comes_without_a_receipt_has_the_photo_taken_reviewed_and_fetched_at_the_window() {
    let desks = Desks::new().await;
    let (clerk, made) = booked(&desks, 1).await;
    let reviewers = [desks.somebody("chen", Role::Reviewer).await, desks.somebody("wang", Role::Reviewer).await];
    let office = clerk.office.clone().unwrap();
    let address = format!("/desk/window/photo/{}", made[0].id);
    let page = desks.get(Some(&clerk), &address).await;
    assert!(page.text.contains("takes no photos at its windows"), "{}", page.text);
    let policy = BookingPolicy { window_photo: true, ..BookingPolicy::default() };
    desks.store.set_booking_policy(office.id, policy, clerk.staff.id).await.unwrap();
    let page = desks.get(Some(&clerk), &address).await;
    assert!(page.text.contains("have not checked in"), "{}", page.text);
    let page = desks.press(&clerk, "/desk/window", &format!("visit={}&next=arrive&number=1", made[0].id)).await;
    assert!(page.text.contains(&address), "the card leads there: {}", page.text);

    let page = desks.post(Some(&clerk), &address, "").await;
    assert_eq!(page.status.as_u16(), 422);
    assert!(page.text.contains("No photo without consent"), "{}", page.text);
    assert!(desks.store.window_photo_of(made[0].id).await.unwrap().is_none());
    for _ in 0..2 {
        let page = desks.post(Some(&clerk), &address, "consent=1").await;
        assert_eq!(page.to(), address);
    }
    let order = desks.store.window_photo_of(made[0].id).await.unwrap().unwrap();
    let record = desks.store.applicant(order).await.unwrap().unwrap();
    assert!(record.consent_at.is_some() && record.id_number.is_some());

    // One at a time: the second takes the first one's place, and a photo with faults needs a reason.
    take(&desks, &clerk, &address, (1, "retake")).await;
    let page = desks.get(Some(&clerk), &address).await;
    assert!(page.text.contains("Please take it again") && !page.text.contains("Send to the review"), "{}", page.text);
    take(&desks, &clerk, &address, (2, "review")).await;
    assert_eq!(desks.store.photos(order).await.unwrap().len(), 1);
    let page = desks.get(Some(&clerk), &address).await;
    let sent = format!("photo={}", attempt(&page));
    let page = desks.post(Some(&clerk), &format!("{address}/send"), &sent).await;
    assert_eq!(page.status.as_u16(), 422);
    take(&desks, &clerk, &address, (3, "fits")).await;

    // Somebody sent a photo from home before; the one at the window is looked at first.
    desks.waiting("home", false).await;
    let page = desks.get(Some(&clerk), &address).await;
    let photo = attempt(&page);
    let picture = desks.get(Some(&clerk), &format!("{address}/{photo}/id-photo")).await;
    assert_eq!(picture.bytes, b"id photo window");
    let page = desks.post(Some(&clerk), &format!("{address}/send"), &format!("photo={photo}")).await;
    assert_eq!(page.to(), address);
    assert_eq!(desks.store.order(order).await.unwrap().unwrap().due_fen(), 0);
    let page = desks.get(Some(&clerk), &address).await;
    assert!(page.text.contains("The detection centre is looking at it") && page.text.contains("It is the next one"));
    assert_eq!(desks.get(Some(&clerk), &format!("{address}/{photo}/id-photo")).await.status.as_u16(), 404);
    let case = desks.store.claim(&reviewers[0].staff).await.unwrap().unwrap();
    assert!(case.at_window && case.order.id == order);
    let page = desks.get(Some(&reviewers[0]), &format!("/desk/review/{}", case.photo.id)).await;
    assert!(page.text.contains("Waiting at the window"), "{}", page.text);

    // What the review says comes back, and the new photo costs nothing either.
    let rejected = Opinion::Reject { codes: vec!["O01".to_owned()], note: "fringe".to_owned() };
    reviewed(&desks, &reviewers, order, &rejected).await;
    let page = desks.get(Some(&clerk), &address).await;
    assert!(page.text.contains("The review asks for another photo") && page.text.contains("fringe"), "{}", page.text);
    take(&desks, &clerk, &address, (4, "fits")).await;
    let page = desks.get(Some(&clerk), &address).await;
    desks.post(Some(&clerk), &format!("{address}/send"), &format!("photo={}", attempt(&page))).await;
    reviewed(&desks, &reviewers, order, &Opinion::Accept).await;
    let page = desks.get(Some(&clerk), &address).await;
    assert!(page.text.contains("the receipt is being issued"), "{}", page.text);
    desks.issue().await;
    let page = desks.get(Some(&clerk), &address).await;
    assert!(page.text.contains("The photo is ready"), "{}", page.text);
    let shown = page.text;
    let number = desks.store.receipt_of(order).await.unwrap().unwrap().number;
    let visit = format!("visit={}", made[0].id);
    let asked = format!("{visit}&number={}&document=cn-resident-id&purpose=renewal", number.reveal());
    let page = desks.post(Some(&clerk), "/desk/window", &asked).await;
    assert!(page.text.contains(&STANDARD.encode("id photo window")), "{}", page.text);
    assert!(page.text.contains("Valid</span>") && page.text.contains(&made[0].number.to_string()), "{}", page.text);
    assert!(shown.contains(number.reveal()) && shown.contains(&made[0].id.to_string()));
    let held = format!("held_number={}&held_document=cn-resident-id&held_purpose=renewal", number.reveal());
    let page = desks.post(Some(&clerk), "/desk/window", &format!("{visit}&next=done&{held}&number=1")).await;
    assert!(page.text.contains("Marked as used") && page.text.contains("value=\"done\""), "{}", page.text);
    assert!(!page.text.contains("Take the photo here"), "it was taken: {}", page.text);

    // The day after, the number is its owner's alone.
    desks.pass_ms(24 * 3_600_000);
    let clerk = signed_in(&desks, clerk).await;
    let page = desks.get(Some(&clerk), &address).await;
    assert!(page.text.contains("The visit is over") && !page.text.contains(number.reveal()), "{}", page.text);
}

#[tokio::test]
async fn a_childs_photo_needs_the_guardian_and_what_is_given_up_can_be_begun_again() {
    let desks = Desks::new().await;
    let (clerk, made) = booked(&desks, 3).await;
    let office = clerk.office.clone().unwrap();
    let policy = BookingPolicy { window_photo: true, ..BookingPolicy::default() };
    desks.store.set_booking_policy(office.id, policy, clerk.staff.id).await.unwrap();
    // Born in 2016.
    let child = &made[2];
    desks.post(Some(&clerk), "/desk/window", &format!("visit={}&step=arrive", child.id)).await;
    let address = format!("/desk/window/photo/{}", child.id);
    let page = desks.post(Some(&clerk), &address, "consent=1").await;
    assert!(page.text.contains("a guardian has to consent"), "{}", page.text);
    desks.post(Some(&clerk), &address, "consent=1&guardian=1").await;
    let first = desks.store.window_photo_of(child.id).await.unwrap().unwrap();
    desks.post(Some(&clerk), &format!("{address}/end"), "").await;
    let page = desks.get(Some(&clerk), &address).await;
    assert!(page.text.contains("Read this to them"), "{}", page.text);
    desks.post(Some(&clerk), &address, "consent=1&guardian=1").await;
    assert_ne!(desks.store.window_photo_of(child.id).await.unwrap().unwrap(), first);

    let elsewhere = desks.store.add_office("441300", "Danshui", "Huizhou").await.unwrap();
    let other = desks.somebody_at("other", Role::Clerk, Some(elsewhere)).await;
    assert_eq!(desks.get(Some(&other), &address).await.status.as_u16(), 404);
}
