use axum::body::Body;
use axum::http::Method;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use huizhi_domain::staff::Role;

use super::{Desks, Page, Somebody, request};

/// Sends the form as a browser does.
async fn send(desks: &Desks, who: &Somebody, fields: &[(&str, &str)], file: Option<(&str, &[u8])>) -> Page {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    if let Some((name, bytes)) = file {
        let head = format!("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n");
        body.extend_from_slice(format!("{head}Content-Type: application/toml\r\n\r\n").as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--x--\r\n");
    let request = request(Method::POST, Some(who), "/desk/materials");
    desks.send(request.header(CONTENT_TYPE, "multipart/form-data; boundary=x").body(Body::from(body)).unwrap()).await
}

fn rules(desks: &Desks, name: &str) -> String {
    desks.app.materials.files().iter().find(|file| file.name == name).unwrap().text.clone()
}

#[tokio::test]
async fn an_editor_sees_the_rules_that_hold_and_what_a_change_does_to_the_cases() {
    let desks = Desks::new().await;
    let editor = desks.somebody("wu", Role::Editor).await;
    let page = desks.get(Some(&editor), "/desk/materials?file=id-card").await;
    assert!(page.text.contains("id-card.toml") && page.text.contains("L-16-FIRST"), "{}", page.text);
    assert!(page.text.matches("data-change=\"unchanged\"").count() >= 29);
    assert!(page.text.contains("Household in Huizhou."), "the file stands in the box");

    let dearer = rules(&desks, "id-card").replacen("fee_fen = 2000", "fee_fen = 2500", 1);
    let fields = [("name", "id-card"), ("text", dearer.as_str()), ("day", "2026-12-01"), ("act", "preview")];
    let page = send(&desks, &editor, &fields, None).await;
    assert_eq!(page.status.as_u16(), 200, "{}", page.text);
    // Renewals from 16 on, here, elsewhere in the province and beyond: five ages each.
    assert_eq!(page.text.matches("data-change=\"differs\"").count(), 15, "{}", page.text);
    let (changed, rest) = page.text.split_once("<details>").unwrap();
    assert!(
        !changed.contains("data-change=\"unchanged\"") && !rest.contains("data-change=\"differs\""),
        "{}",
        page.text
    );
    assert!(page.text.contains("¥20.00</del>") && page.text.contains("¥25.00</ins>"), "{}", page.text);
    let renewal = desks.get(None, "/api/v1/materials?who=mainland&business=id-renewal&home=here&age=30").await;
    assert_eq!(renewal.json()["fee_fen"], 2000, "nothing is applied from here");

    let words = rules(&desks, "items").replacen("Yes, you can do this in Huizhou.", "Yes, in Huizhou.", 1);
    let page =
        send(&desks, &editor, &[("name", "items"), ("act", "preview")], Some(("items.toml", words.as_bytes()))).await;
    assert!(page.text.contains("data-change=\"only-words\"") && !page.text.contains("data-change=\"differs\""));
}

#[tokio::test]
async fn a_faulty_file_is_told_with_its_line_and_kept_and_a_good_one_can_be_downloaded() {
    let desks = Desks::new().await;
    let editor = desks.somebody("wu", Role::Editor).await;
    let faulty = rules(&desks, "id-card").replacen("residence = \"no\"", "residence = \"perhaps\"", 1);
    let fields = [("name", "id-card"), ("text", faulty.as_str()), ("day", "2026-12-01"), ("act", "preview")];
    let page = send(&desks, &editor, &fields, None).await;
    assert_eq!(page.status.as_u16(), 422);
    assert!(page.text.contains("id-card.toml, line ") && page.text.contains("perhaps"), "{}", page.text);
    for (name, text, said) in [
        ("../id-card", "version = 1", "small letters, digits and hyphens"),
        ("id-card", "", "Paste the changed text"),
        ("more", "version = 0\ncity = \"441300\"", "version is 0"),
    ] {
        let page = send(&desks, &editor, &[("name", name), ("text", text), ("act", "save")], None).await;
        assert_eq!(page.status.as_u16(), 422, "{name}");
        assert!(page.text.contains(said), "{said}\n{}", page.text);
    }
    let page = send(&desks, &editor, &[("act", "preview")], Some(("a.toml", b"\xFF\xFE".as_slice()))).await;
    assert!(page.text.contains("no text in UTF-8"));

    let good = rules(&desks, "items");
    // Browsers send lines of a box with both characters.
    let sent = good.replace('\n', "\r\n");
    let fields = [("name", "items"), ("text", sent.as_str()), ("act", "save")];
    let saved = send(&desks, &editor, &fields, None).await;
    assert_eq!(saved.headers[CONTENT_DISPOSITION], "attachment; filename=\"items.toml\"");
    assert_eq!(saved.text, good);
    let file = desks.get(Some(&editor), "/desk/materials/id-card.toml").await;
    assert_eq!(file.text, rules(&desks, "id-card"));
    assert_eq!(desks.get(Some(&editor), "/desk/materials/none.toml").await.status.as_u16(), 404);
}

#[tokio::test]
async fn rules_are_the_editors_and_nobody_elses() {
    let desks = Desks::new().await;
    for role in Role::ALL {
        let who = desks.somebody(role.word(), role).await;
        let status = desks.get(Some(&who), "/desk/materials").await.status.as_u16();
        assert_eq!(status == 200, role == Role::Editor, "{role:?}");
        assert!(role == Role::Editor || status == 404, "{role:?}");
    }
}
