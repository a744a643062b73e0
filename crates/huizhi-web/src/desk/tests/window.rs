use axum::body::Body;
use axum::http::Request;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use huizhi_domain::person::PersonForm;
use huizhi_domain::receipt::Claims;
use huizhi_domain::staff::Role;
use huizhi_domain::words::Lang;
use serde_json::json;

use super::hall::booked;
use super::{Desks, PASSWORD};

/// A number that is well formed and nobody's: only its issuer's two and zeros.
fn strange() -> String {
    let alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let pairs = alphabet.chars().flat_map(|a| alphabet.chars().map(move |b| format!("HZ0000000000000000{a}{b}")));
    pairs.into_iter().find(|text| text.parse::<huizhi_domain::receipt::ReceiptNumber>().is_ok()).unwrap()
}

fn asked(number: &str) -> String {
    format!("number={}&document=cn-resident-id&purpose=renewal", number.replace(' ', "+"))
}

#[tokio::test]
async fn a_number_gives_the_photo_and_a_second_use_is_refused_with_time_and_office() {
    let desks = Desks::new().await;
    let reviewer = desks.somebody("chen", Role::Reviewer).await;
    let clerk = desks.somebody("clerk", Role::Clerk).await;
    let issued = desks.receipt("a", &reviewer.staff).await;
    let sloppy = issued.number.grouped().to_lowercase().replace('0', "o");
    let page = desks.post(Some(&clerk), "/desk/window", &asked(&sloppy)).await;
    assert!(page.text.contains(&STANDARD.encode("id photo a")), "{}", page.text);
    assert!(page.text.contains("甲**") && page.text.contains("4413************38"));
    assert!(!page.text.contains("441301199003078038"));
    assert!(page.text.contains("24 January 2027"));

    let other = desks.store.add_office("441300", "Danshui", "Huizhou").await.unwrap();
    let other = desks.somebody_at("other", Role::Clerk, Some(other)).await;
    let page = desks.post(Some(&other), "/desk/window", &asked(issued.number.reveal())).await;
    assert!(page.text.contains("Another window has this photo") && page.text.contains("Jiangbei"));

    let held = format!(
        "held_number={}&held_document=cn-resident-id&held_purpose=renewal&document=cn-resident-id&purpose=renewal",
        issued.number.reveal()
    );
    let page = desks.post(Some(&clerk), "/desk/window", &format!("{held}&number=0")).await;
    assert!(page.text.contains("Given back"));
    desks.post(Some(&clerk), "/desk/window", &asked(issued.number.reveal())).await;
    let page = desks.post(Some(&clerk), "/desk/window", &format!("{held}&number=1")).await;
    assert!(page.text.contains("Marked as used"), "{}", page.text);
    for clerk in [&clerk, &other] {
        let page = desks.post(Some(clerk), "/desk/window", &asked(issued.number.reveal())).await;
        assert_eq!(page.status.as_u16(), 422);
        assert!(page.text.contains("Already used for this document"));
        assert!(page.text.contains("25 November 2026, 10:00, Jiangbei"), "{}", page.text);
    }
    // The other document has its own use (D2).
    let permit = asked(issued.number.reveal()).replace("resident-id", "residence-permit");
    let page = desks.post(Some(&clerk), "/desk/window", &permit).await;
    assert!(page.text.contains(&STANDARD.encode("id photo a")));
}

#[tokio::test]
async fn somebody_elses_receipt_is_told_before_it_is_used_and_used_once_however_often_that_is_sent() {
    let desks = Desks::new().await;
    let (clerk, made) = booked(&desks, 1).await;
    let reviewer = desks.somebody("chen", Role::Reviewer).await;
    let issued = desks.receipt("a", &reviewer.staff).await;
    let visit = format!("visit={}&next=arrive", made[0].id);
    let page = desks.post(Some(&clerk), "/desk/window", &format!("{visit}&{}", asked(issued.number.reveal()))).await;
    assert!(page.text.contains("This receipt is somebody else’s"), "{}", page.text);
    assert!(page.text.contains("4413************36") && page.text.contains("4413************38"), "{}", page.text);
    assert!(!page.text.contains("They are here"), "`1` is about the photo now: {}", page.text);

    let number = issued.number.reveal();
    let held = format!("{visit}&held_number={number}&held_document=cn-resident-id&held_purpose=renewal&number=1");
    let page = desks.post(Some(&clerk), "/desk/window", &held).await;
    assert!(page.text.contains("Marked as used") && page.text.contains("They are here"), "{}", page.text);
    let page = desks.post(Some(&clerk), "/desk/window", &held).await;
    assert_eq!(page.status.as_u16(), 200);
    assert!(page.text.contains("Marked as used a moment ago") && page.text.contains("by clerk Name"), "{}", page.text);
    assert!(!page.text.contains("needs a new receipt"), "{}", page.text);
    desks.pass_ms(10 * 60_000);
    let page = desks.post(Some(&clerk), "/desk/window", &held).await;
    assert_eq!(page.status.as_u16(), 422);
    assert!(page.text.contains("Already used for this document"), "{}", page.text);
}

#[tokio::test]
async fn twenty_unknown_numbers_an_hour_and_typing_mistakes_are_none() {
    let desks = Desks::new().await;
    let clerk = desks.somebody("clerk", Role::Clerk).await;
    for mistake in ["HZ12", "HZ%23", "HZ000000000000000000"] {
        let page = desks.post(Some(&clerk), "/desk/window", &asked(mistake)).await;
        assert!(page.text.contains("The number is mistyped"), "{mistake}");
        assert!(page.text.contains("Compare with the sheet"));
    }
    for n in 0..20 {
        let page = desks.post(Some(&clerk), "/desk/window", &asked(&strange())).await;
        assert!(page.text.contains("No such receipt") && page.text.contains(&format!(" {} more tries", 19 - n)));
    }
    let page = desks.post(Some(&clerk), "/desk/window", &asked(&strange())).await;
    assert!(page.text.contains("Too many unknown numbers"));
    desks.pass_ms(3_600_000);
    // A session ends meanwhile, as it should; a new one finds the hour over.
    desks.store.begin_session(clerk.staff.id, &clerk.token.replace("token", "other")).await.unwrap();
    let clerk = super::Somebody { token: clerk.token.replace("token", "other"), ..clerk };
    let page = desks.post(Some(&clerk), "/desk/window", &asked(&strange())).await;
    assert!(page.text.contains("No such receipt"));
}

#[tokio::test]
async fn a_scanned_token_is_proven_without_giving_the_photo() {
    let desks = Desks::new().await;
    let reviewer = desks.somebody("chen", Role::Reviewer).await;
    let clerk = desks.somebody("clerk", Role::Clerk).await;
    let issued = desks.receipt("a", &reviewer.staff).await;
    let page = desks.post(Some(&clerk), "/desk/window", &asked(&issued.token)).await;
    assert!(page.text.contains("Genuine receipt") && page.text.contains("24 January 2027"));
    assert!(!page.text.contains("data:image"));
    let (signed, signature) = issued.token.rsplit_once('.').unwrap();
    let forged = format!("{signed}.{}", signature.replace(['A', 'B', 'C', 'D', 'E'], "F"));
    let page = desks.post(Some(&clerk), "/desk/window", &asked(&forged)).await;
    assert!(page.text.contains("Not a genuine receipt"));
    let held = format!("held_number={}&held_document=cn-resident-id&held_purpose=first", issued.number.reveal());
    desks.post(Some(&clerk), "/desk/window", &asked(issued.number.reveal())).await;
    desks.post(Some(&clerk), "/desk/window", &format!("{held}&number=1")).await;
    let permit = |text: String| text.replace("resident-id", "residence-permit");
    desks.post(Some(&clerk), "/desk/window", &permit(asked(issued.number.reveal()))).await;
    desks.post(Some(&clerk), "/desk/window", &permit(format!("{held}&number=1"))).await;
    let page = desks.post(Some(&clerk), "/desk/window", &asked(&issued.token)).await;
    assert!(page.text.contains("Already used") && page.text.contains("The citizen needs a new receipt"));
}

#[tokio::test]
async fn machines_get_a_signed_answer_and_problems_with_codes() {
    let desks = Desks::new().await;
    let reviewer = desks.somebody("chen", Role::Reviewer).await;
    let clerk = desks.somebody("clerk", Role::Clerk).await;
    let issued = desks.receipt("a", &reviewer.staff).await;
    let body = |number: &str| json!({ "number": number, "document": "cn-resident-id", "purpose": "first" });
    let fetch = |token: String, body| {
        let desks = &desks;
        async move { desks.call(&token, "/api/v1/window/fetch", &body).await }
    };

    let sign_in = Request::post("/api/v1/session")
        .header(AUTHORIZATION, format!("Basic {}", STANDARD.encode(format!("clerk:{PASSWORD}"))))
        .body(Body::empty())
        .unwrap();
    let page = desks.send(sign_in).await;
    assert_eq!(page.status.as_u16(), 201);
    let token = page.json()["token"].as_str().unwrap().to_owned();

    let page = fetch(token.clone(), body(issued.number.reveal())).await;
    assert_eq!(page.status.as_u16(), 200, "{}", page.text);
    let answer = page.json();
    let photo = STANDARD.decode(answer["photo"].as_str().unwrap()).unwrap();
    assert_eq!(photo, b"id photo a");
    assert_eq!(answer["photo_sha256"], Claims::digest_of(&photo));
    let jws = answer["signed"].as_str().unwrap();
    let (signed, signature) = jws.rsplit_once('.').unwrap();
    let keys = desks.store.keys();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    keys.verifier.signed(keys.signer.id(), signed.as_bytes(), &signature).unwrap();
    let (header, payload) = signed.split_once('.').unwrap();
    let decoded = |part| serde_json::from_slice::<serde_json::Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    assert_eq!(decoded(header)["typ"], "huizhi-window+jws");
    let given = decoded(payload);
    assert_eq!(given["receipt"], answer["receipt"]);
    assert_eq!(given["p"], answer["photo_sha256"]);
    assert_eq!(given["office"], clerk.office.as_ref().unwrap().id.to_string());
    assert!(keys.verifier.read(jws).is_err(), "it is no receipt's token");
    let public = desks.get(None, "/api/v1/keys").await.json();
    assert_eq!(public["keys"][0]["kid"], keys.signer.id());

    let used = desks.call(&token, "/api/v1/window/consume", &body(issued.number.reveal())).await;
    assert_eq!(used.status.as_u16(), 200);
    let again = fetch(token.clone(), body(issued.number.reveal())).await;
    assert_eq!((again.status.as_u16(), &again.json()["code"]), (409, &json!("taken-used")));
    assert_eq!(again.json()["office"], "Jiangbei");
    assert_eq!(again.json()["at"], used.json()["consumed_at"]);
    assert_eq!(again.headers["content-type"], "application/problem+json");

    for (expected, code, body) in [
        (404, "receipt-unknown", body(&strange())),
        (422, "number-mistyped", body("HZ12")),
        (422, "purpose", json!({ "number": strange(), "document": "cn-resident-id", "purpose": "fun" })),
        (409, "other-document", json!({ "number": issued.number.reveal(), "document": "cn-1in", "purpose": "first" })),
        (422, "json", json!({ "number": strange() })),
    ] {
        let page = fetch(token.clone(), body).await;
        assert_eq!((page.status.as_u16(), &page.json()["code"]), (expected, &json!(code)));
    }
    let page = fetch("nonsense".to_owned(), body(&strange())).await;
    assert_eq!((page.status.as_u16(), &page.json()["code"]), (401, &json!("no-session")));
    let page = fetch(reviewer.token.clone(), body(&strange())).await;
    assert_eq!((page.status.as_u16(), &page.json()["code"]), (403, &json!("role")));
}

#[tokio::test]
async fn a_proof_of_guardianship_is_noted_with_one_button() {
    let desks = Desks::new().await;
    let reviewer = desks.somebody("chen", Role::Reviewer).await;
    let clerk = desks.somebody("clerk", Role::Clerk).await;
    let issued = desks.receipt("a", &reviewer.staff).await;
    let account = desks.store.add_account(None, None, Lang::En).await.unwrap();
    let form = PersonForm {
        relation: "child",
        name: "甲乙丙",
        number: "441302201602290010",
        proof: "birth-certificate",
        ..PersonForm::default()
    };
    let (relation, details) = huizhi_domain::person::parse(&form, desks.store.today()).unwrap();
    let child = desks.store.add_person(account, relation, &details).await.unwrap();
    desks.store.set_person_of(issued.receipt.order, account, child).await.unwrap();
    let page = desks.post(Some(&clerk), "/desk/window", &asked(issued.number.reveal())).await;
    assert!(page.text.contains("Birth certificate, not seen by a window yet"), "{}", page.text);
    let held = format!(
        "held_number={}&held_document=cn-resident-id&held_purpose=renewal&proof_seen=1",
        issued.number.reveal()
    );
    let page = desks.post(Some(&clerk), "/desk/window", &held).await;
    assert!(page.text.contains("Birth certificate, seen by a window"), "{}", page.text);
    assert!(page.text.contains(&STANDARD.encode("id photo a")), "the photo is still held");
}
