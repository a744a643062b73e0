//! Photos on their way in, good and bad.

use axum::http::StatusCode;

use super::{PHOTO, Says, Service, upload_request};
use crate::upload::MOST_BYTES;

#[tokio::test]
async fn each_bad_file_is_told_on_top_and_beside_the_field() {
    let service = Service::new(Says::Fits).await;
    let mut citizen = service.browser();
    let photos = format!("{}/photos", citizen.begin().await);
    let big = [b"\xFF\xD8\xFF".as_slice(), &vec![7; MOST_BYTES]].concat();
    for (name, bytes, status, words) in [
        ("", b"".as_slice(), StatusCode::UNPROCESSABLE_ENTITY, "请先拍一张"),
        ("a.jpg", b"", StatusCode::UNPROCESSABLE_ENTITY, "这个文件是空的"),
        ("a.jpg", b"%PDF-1.7", StatusCode::UNSUPPORTED_MEDIA_TYPE, "这不是照片文件"),
        ("a.jpg", &big, StatusCode::PAYLOAD_TOO_LARGE, "照片超过 15 MB"),
    ] {
        let refused = citizen.upload(&photos, name, bytes).await;
        assert_eq!(refused.status, status, "{words}");
        refused.tells("photo", words);
    }
    let cut = citizen.send(upload_request(&photos, "a.jpg", PHOTO, false)).await;
    cut.tells("photo", "照片没有传完");
}

#[tokio::test]
async fn a_file_that_the_engine_cannot_open_is_replaced_by_another() {
    let service = Service::new(Says::Fits).await;
    let mut citizen = service.browser();
    let order = citizen.begin().await;
    let to = citizen.upload(&format!("{order}/photos"), "a.jpg", b"\xFF\xD8\xFF truncated").await.to();
    let page = citizen.get(&to).await.text();
    assert!(page.contains("照片没有传完整") && page.contains("换一张照片"));
    assert_eq!(citizen.post(&format!("{to}/drop"), &[]).await.to(), format!("{order}/take"));
}

#[tokio::test]
async fn the_same_file_twice_is_one_photo_and_a_fourth_is_too_many() {
    let service = Service::new(Says::Fits).await;
    let mut citizen = service.browser();
    let photos = format!("{}/photos", citizen.begin().await);
    let first = citizen.upload(&photos, "a.jpg", PHOTO).await.to();
    assert_eq!(citizen.upload(&photos, "again.jpg", PHOTO).await.to(), first);
    for other in [b"\xFF\xD8\xFF b".as_slice(), b"\xFF\xD8\xFF c"] {
        citizen.upload(&photos, "a.jpg", other).await.to();
    }
    let refused = citizen.upload(&photos, "a.jpg", b"\xFF\xD8\xFF d").await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.text().contains("最多并排放 3 张照片"));
    assert_eq!(citizen.get(&photos).await.text().matches("<li class=\"card\">").count(), 3);
}

#[tokio::test]
async fn photos_that_can_not_be_used_never_stand_in_the_way() {
    let service = Service::new(Says::Retake).await;
    let mut citizen = service.browser();
    let order = citizen.begin().await;
    let photos = format!("{order}/photos");
    for tail in ["a", "b", "c", "d"] {
        let take = citizen.get(&format!("{order}/take")).await.text();
        assert!(take.contains("id=\"upload\""), "{tail}: another may be taken");
        citizen.upload(&photos, "a.jpg", &[b"\xFF\xD8\xFF ".as_slice(), tail.as_bytes()].concat()).await.to();
    }
    let page = citizen.get(&photos).await.text();
    assert_eq!(page.matches("<li class=\"card\">").count(), 3);
    assert!(page.contains("第 1 张") && page.contains("第 3 张") && !page.contains("第 4 张"), "named by place");
}

#[tokio::test]
async fn scripts_get_json() {
    let service = Service::new(Says::Fits).await;
    let mut citizen = service.browser();
    let photos = format!("{}/photos", citizen.begin().await);
    for (bytes, key) in [(PHOTO, "next"), (b"%PDF".as_slice(), "error")] {
        let mut request = upload_request(&photos, "a.jpg", bytes, true);
        request.headers_mut().insert("accept", "application/json".parse().unwrap());
        let answer: serde_json::Value = serde_json::from_slice(&citizen.send(request).await.bytes).unwrap();
        assert!(answer[key].is_string(), "{answer}");
    }
}
