use axum::body::Body;
use axum::http::Method;
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use huizhi_domain::staff::Role;
use huizhi_store::NewPicture;

use super::{Desks, Page, Somebody, request};
use crate::citizen::quoted;

/// Makes an article; gives where it is written in Chinese.
async fn made(desks: &Desks, who: &Somebody) -> String {
    let page = desks.post(Some(who), "/desk/articles/new", "category=sfz&author=Editors").await;
    page.to().strip_suffix("?told=made").unwrap_or_else(|| panic!("{}", page.text)).to_owned()
}

fn form(title: &str, body: &str, on: &str, more: &str) -> String {
    format!("title={}&excerpt=&body={}&on_version={on}{more}", quoted(title), quoted(body))
}

async fn write(desks: &Desks, who: &Somebody, path: &str, body: &str, on: &str) {
    let page = desks.post(Some(who), path, &form("深圳身份证照片回执怎么弄？", body, on, "")).await;
    assert_eq!(page.to(), format!("{path}?told=saved"), "{}", page.text);
}

async fn act(desks: &Desks, who: &Somebody, path: &str, act: &str, form: &str) -> Page {
    desks.post(Some(who), &format!("{path}/{act}"), form).await
}

/// The number in the address of an article's page.
fn id(path: &str) -> &str {
    path.split('/').nth(3).unwrap()
}

#[tokio::test]
async fn an_article_is_looked_through_mended_and_published_by_a_second_person() {
    let desks = Desks::new().await;
    let (wu, xu) = (desks.somebody("wu", Role::Editor).await, desks.somebody("xu", Role::Editor).await);
    let path = made(&desks, &wu).await;
    assert!(
        desks.get(Some(&wu), &path).await.text.contains("id=\"article\""),
        "it can be written before it has a text"
    );
    let wrong = "在西安办理的时候要带回执，见[证件](/photo)和[这里](/nowhere)。";
    write(&desks, &wu, &path, wrong, "").await;
    let page = desks.get(Some(&wu), &path).await;
    for rule in ["city.other", "link.dead"] {
        assert_eq!(page.text.matches(&format!("data-rule=\"{rule}\"")).count(), 1, "{rule}\n{}", page.text);
    }
    assert!(page.text.contains("speaks of “西安”, the title of “深圳”"), "{}", page.text);
    let barred = act(&desks, &wu, &path, "ask", "version=1").await;
    assert_eq!(barred.status.as_u16(), 422);
    assert!(barred.text.contains("marked “Mend”"), "{}", barred.text);

    write(&desks, &wu, &path, "在深圳办理的时候要带回执，见[证件](/photo)。", "1").await;
    let page = desks.get(Some(&wu), &path).await;
    assert!(!page.text.contains("data-rule="), "{}", page.text);
    let old = act(&desks, &wu, &path, "ask", "version=1").await;
    assert!(old.text.contains("changed just now"), "{}", old.text);
    assert_eq!(act(&desks, &wu, &path, "ask", "version=2").await.to(), format!("{path}?told=asked"));
    let alone = act(&desks, &wu, &path, "publish", "version=2").await;
    assert_eq!(alone.status.as_u16(), 409);
    assert!(alone.text.contains("Another editor has to"), "{}", alone.text);
    let permalink = format!("/sfz/{}.html", id(&path));
    assert_eq!(desks.get(None, &permalink).await.status.as_u16(), 404);
    assert!(desks.get(Some(&xu), "/desk/articles?state=review").await.text.contains(id(&path)));
    assert_eq!(act(&desks, &xu, &path, "publish", "version=2").await.to(), format!("{path}?told=published"));
    let page = desks.get(None, &permalink).await;
    assert_eq!(page.status.as_u16(), 200);
    assert!(page.text.contains("在深圳办理的时候要带回执"), "{}", page.text);
    assert_eq!(act(&desks, &wu, &path, "archive", "").await.to(), format!("{path}?told=archived"));
    assert_eq!(desks.get(None, &permalink).await.status.as_u16(), 404);
}

#[tokio::test]
async fn a_script_saves_while_somebody_writes_and_nobody_overwrites_anothers_text() {
    let desks = Desks::new().await;
    let (wu, xu) = (desks.somebody("wu", Role::Editor).await, desks.somebody("xu", Role::Editor).await);
    let path = made(&desks, &wu).await;
    let send = async |who: &Somebody, body: &str, on: &str| {
        let sent = request(Method::POST, Some(who), &path).header(ACCEPT, "application/json");
        let sent = sent.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        desks.send(sent.body(Body::from(form("身份证照片怎么拍？", body, on, ""))).unwrap()).await
    };
    let saved = send(&wu, "居民身份数字相片。", "").await.json();
    assert_eq!((saved["version"].as_i64(), saved["said"].as_str()), (Some(1), Some("Saved at 10:00")));
    assert_eq!(saved["remarks"][0]["rule"], "term.wrong");
    assert_eq!((&saved["remarks"][0]["from"], &saved["remarks"][0]["to"]), (&0.into(), &8.into()));
    let late = send(&xu, "别人的文字。", "").await;
    assert_eq!(late.status.as_u16(), 409);
    assert!(late.json()["error"].as_str().unwrap().contains("version 1"), "{}", late.text);
    assert_eq!(send(&xu, "别人的文字。", "1").await.json()["version"], 2);
    let empty = send(&wu, " ", "2").await;
    assert_eq!((empty.status.as_u16(), empty.json()["error"].as_str()), (422, Some("Write the text.")));
    let page = desks.post(Some(&wu), &path, &form("", "文字", "2", "")).await;
    assert!(page.text.contains("<a href=\"#title\">Write a title.") && page.text.contains("id=\"title-fault\""));
}

#[tokio::test]
async fn versions_are_compared_and_restored() {
    let desks = Desks::new().await;
    let wu = desks.somebody("wu", Role::Editor).await;
    let path = made(&desks, &wu).await;
    write(&desks, &wu, &path, "第一行\n第二行", "").await;
    write(&desks, &wu, &path, "第一行\n另一行", "1").await;
    let page = desks.get(Some(&wu), &format!("{path}/versions")).await;
    for said in ["Gone: </span>第二行</del>", "New: </span>另一行</ins>", "<p>第一行</p>", "wu Name"] {
        assert!(page.text.contains(said), "{said}\n{}", page.text);
    }
    // Below what it is compared with and in the list, however it is looked at; the newest needs no restoring.
    for asked in ["", "?of=1", "?of=2&against=1"] {
        let page = desks.get(Some(&wu), &format!("{path}/versions{asked}")).await;
        assert_eq!(page.text.matches("name=\"version\" value=\"1\"").count(), 2, "{asked}\n{}", page.text);
        assert!(!page.text.contains("name=\"version\" value=\"2\""), "{asked}");
    }
    assert_eq!(act(&desks, &wu, &path, "restore", "version=1").await.to(), format!("{path}?told=restored"));
    let page = desks.get(Some(&wu), &path).await;
    assert!(page.text.contains("第二行") && page.text.contains("Version 3"), "{}", page.text);
    assert_eq!(desks.get(Some(&wu), &format!("{path}/versions?of=9")).await.status.as_u16(), 404);
}

#[tokio::test]
async fn a_translation_is_told_when_the_chinese_changed_and_by_what() {
    let desks = Desks::new().await;
    let wu = desks.somebody("wu", Role::Editor).await;
    let path = made(&desks, &wu).await;
    write(&desks, &wu, &path, "第一句。", "").await;
    let english = format!("/desk/articles/{}/en", id(&path));
    let page = desks.get(Some(&wu), &english).await;
    assert!(
        page.text.contains("第一句。") && page.text.contains("name=\"follows\" value=\"1\" checked"),
        "{}",
        page.text
    );
    let form_of = |on: &str, more: &str| form("How do I get a photo receipt in Shenzhen?", "One sentence.", on, more);
    desks.post(Some(&wu), &english, &form_of("", "&follows=1")).await;
    assert!(!desks.get(Some(&wu), &english).await.text.contains("stale.translation"));
    write(&desks, &wu, &path, "第一句。\n第二句。", "1").await;
    let page = desks.get(Some(&wu), &english).await;
    assert!(page.text.contains("data-rule=\"stale.translation\"") && page.text.contains("<ins>第二句。</ins>"));
    assert!(desks.get(Some(&wu), "/desk/articles").await.text.contains("The Chinese changed since"));
    desks.post(Some(&wu), &english, &form_of("1", "&of_version=1&follows=2")).await;
    assert!(!desks.get(Some(&wu), &english).await.text.contains("stale.translation"));
}

#[tokio::test]
async fn what_is_scheduled_comes_when_its_time_has_come() {
    let desks = Desks::new().await;
    let (wu, xu) = (desks.somebody("wu", Role::Editor).await, desks.somebody("xu", Role::Editor).await);
    let path = made(&desks, &wu).await;
    write(&desks, &wu, &path, "在深圳办。", "").await;
    act(&desks, &wu, &path, "ask", "version=1").await;
    let past = act(&desks, &xu, &path, "publish", "version=1&at=2026-11-25T09:00").await;
    assert_eq!(past.status.as_u16(), 422);
    let done = act(&desks, &xu, &path, "publish", "version=1&at=2026-11-25T12:00").await;
    assert_eq!(done.to(), format!("{path}?told=scheduled"), "{}", done.text);
    assert!(desks.get(Some(&wu), &path).await.text.contains("25 November 2026, 12:00"));
    assert_eq!(desks.store.publish_due().await.unwrap(), 0);
    desks.pass_ms(2 * 3_600_000);
    assert_eq!(desks.store.publish_due().await.unwrap(), 1);
    assert_eq!(desks.get(None, &format!("/sfz/{}.html", id(&path))).await.status.as_u16(), 200);
}

#[tokio::test]
async fn who_saves_what_is_scheduled_is_told_that_it_is_scheduled_no_more() {
    let desks = Desks::new().await;
    let (wu, xu) = (desks.somebody("wu", Role::Editor).await, desks.somebody("xu", Role::Editor).await);
    let path = made(&desks, &wu).await;
    write(&desks, &wu, &path, "在深圳办。", "").await;
    act(&desks, &wu, &path, "ask", "version=1").await;
    act(&desks, &xu, &path, "publish", "version=1&at=2026-11-25T12:00").await;
    let page = desks.post(Some(&wu), &path, &form("深圳身份证照片回执怎么弄？", "在深圳领。", "1", "")).await;
    assert_eq!(page.to(), format!("{path}?told=unscheduled"));
    let page = desks.get(Some(&wu), page.to()).await;
    assert!(page.text.contains("It is a draft again and no longer scheduled"), "{}", page.text);
    assert!(page.text.contains("data-state=\"draft\"") && !page.text.contains("25 November 2026, 12:00"));
}

#[tokio::test]
async fn the_page_is_shown_at_the_desk_and_nowhere_else() {
    let desks = Desks::new().await;
    let wu = desks.somebody("wu", Role::Editor).await;
    let path = made(&desks, &wu).await;
    assert_eq!(desks.get(Some(&wu), &format!("{path}/preview")).await.status.as_u16(), 404, "nothing is written yet");
    write(&desks, &wu, &path, "**在深圳办。**", "").await;
    let preview = desks.get(Some(&wu), &format!("{path}/preview")).await;
    assert!(preview.text.contains("<strong>在深圳办。</strong>") && preview.text.contains("lang=\"zh-CN\""));
    let policy = |page: &Page| page.headers[CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    assert!(policy(&preview).contains("frame-ancestors 'self'") && !policy(&preview).contains("script-src"));
    assert_eq!(preview.headers["x-frame-options"], "SAMEORIGIN");
    let page = desks.get(Some(&wu), &path).await;
    assert!(policy(&page).contains("frame-src 'self'") && policy(&page).contains("frame-ancestors 'none'"));
    let stranger = desks.get(None, &format!("{path}/preview")).await;
    assert!(stranger.to().starts_with("/desk/sign-in"), "{}", stranger.text);
}

#[tokio::test]
async fn pictures_have_words_in_both_languages_and_are_kept_by_browsers() {
    let desks = Desks::new().await;
    let wu = desks.somebody("wu", Role::Editor).await;
    let send = async |fields: &[(&str, &str)], file: &[u8]| {
        let mut body = Vec::new();
        for (name, value) in fields {
            let part = format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        body.extend_from_slice(b"--x\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a.jpg\"\r\n\r\n");
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n--x--\r\n");
        let sent = request(Method::POST, Some(&wu), "/desk/articles/pictures");
        desks.send(sent.header(CONTENT_TYPE, "multipart/form-data; boundary=x").body(Body::from(body)).unwrap()).await
    };
    let words = [("alt_zh", "坐正，看镜头"), ("alt_en", "Sitting up, looking into the lens")];
    let jpeg = crate::citizen::tests::PHOTO;
    let bare = send(&words[..1], jpeg).await;
    assert_eq!(bare.status.as_u16(), 422);
    assert!(bare.text.contains("id=\"alt_en-fault\"") && bare.text.contains("坐正，看镜头"), "{}", bare.text);
    assert_eq!(send(&words, b"<svg onload=alert(1)>").await.status.as_u16(), 415);
    // Here is no sandbox, and without one no picture is read.
    assert_eq!(send(&words, jpeg).await.status.as_u16(), 503);

    let new = NewPicture {
        width: 900,
        height: 600,
        alt_zh: words[0].1.to_owned(),
        alt_en: words[1].1.to_owned(),
        file: jpeg.to_vec(),
    };
    let id = desks.store.add_picture(new, wu.staff.id).await.unwrap();
    let picture = desks.get(None, &format!("/picture/{id}.jpg")).await;
    assert_eq!((picture.bytes.as_slice(), picture.headers[CONTENT_TYPE].to_str().unwrap()), (jpeg, "image/jpeg"));
    assert!(picture.headers[CACHE_CONTROL].to_str().unwrap().contains("immutable"));
    assert_eq!(desks.get(None, &format!("/picture/{id}.svg")).await.status.as_u16(), 404);
    let list = desks.get(Some(&wu), "/desk/articles/pictures").await;
    assert!(list.text.contains("![坐正，看镜头]("), "{}", list.text);
    let form = format!("alt_zh={}&alt_en=", quoted("坐正"));
    let here = format!("/desk/articles/pictures/{id}");
    assert_eq!(desks.post(Some(&wu), &here, &form).await.status.as_u16(), 422);
    let form = format!("alt_zh={}&alt_en=Sitting", quoted("坐正"));
    assert_eq!(desks.post(Some(&wu), &here, &form).await.to(), "/desk/articles/pictures?told=described");
}

#[tokio::test]
async fn articles_are_the_editors_and_the_administrators() {
    let desks = Desks::new().await;
    for role in Role::ALL {
        let who = desks.somebody(role.word(), role).await;
        let status = desks.get(Some(&who), "/desk/articles").await.status.as_u16();
        assert_eq!(status == 200, matches!(role, Role::Editor | Role::Admin), "{role:?}: {status}");
    }
}
