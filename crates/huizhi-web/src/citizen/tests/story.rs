//! From the first page to the receipt, and the ways that lead elsewhere.

use axum::http::StatusCode;
use huizhi_domain::review::Opinion;

use super::{NUMBER, Says, Service};

fn rejected() -> Opinion {
    Opinion::Reject { codes: vec!["O02".to_owned()], note: String::new() }
}

#[tokio::test]
async fn a_citizen_gets_a_receipt_without_scripts() {
    let service = Service::new(Says::Fits).await;
    let mut citizen = service.browser();
    assert_eq!(
        citizen.get("/photo/cn-resident-id/city?q=%E6%83%A0%E5%B7%9E").await.to(),
        "/photo/cn-resident-id/guide?city=441300"
    );
    let (order, photo) = citizen.prepare().await;
    let report = citizen.get(&format!("{order}/photo/{photo}")).await.text();
    assert!(report.contains("合格") && report.contains("用这张"));
    let check = citizen.get(&format!("{order}/check?photo={photo}")).await.text();
    assert!(check.contains("提交照片和资料") && check.contains("441302 19900307 0024"), "to compare: {check}");
    assert_eq!(citizen.post(&format!("{order}/check"), &[("photo", &photo)]).await.to(), order);
    assert!(citizen.get(&order).await.text().contains("马上轮到您"));
    // The button pressed twice changes nothing.
    assert_eq!(citizen.post(&format!("{order}/check"), &[("photo", &photo)]).await.to(), order);
    service.review(Opinion::Accept).await;
    let receipt = citizen.get(&format!("{order}/receipt")).await;
    assert_eq!(receipt.status, StatusCode::OK);
    assert!(receipt.text().contains("图像号") || receipt.text().contains("回执号"));
    assert!(citizen.get("/messages").await.text().contains("审核通过，回执已出"));
    let file = citizen.get(&format!("{order}/receipt/photo.jpg")).await;
    assert_eq!(file.headers["content-type"], "image/jpeg");
    assert_eq!(file.headers["content-security-policy"], crate::headers::PICTURE_POLICY);
}

#[tokio::test]
async fn a_failed_review_leads_back_with_reasons_and_the_exact_button() {
    let service = Service::new(Says::Fits).await;
    let mut citizen = service.browser();
    let (order, _) = citizen.submit().await;
    service.review(rejected()).await;
    let page = citizen.get(&order).await.text();
    assert!(page.contains(">审核失败,重新提交</a>"), "{page}");
    assert!(page.contains("耳朵未露出") && page.contains("头发别到两耳后面") && page.contains("hair-ears.svg"));
    let take = citizen.get(&format!("{order}/take")).await.text();
    assert!(take.contains("重拍免费") && take.contains("30 天后删除") && !take.contains("1 天后删除"), "{take}");
    // Another photo goes in for free, and nobody is asked again who they are.
    let to = citizen.upload(&format!("{order}/photos"), "b.jpg", b"\xFF\xD8\xFF another").await.to();
    let photo = to.rsplit('/').next().unwrap().to_owned();
    let to = citizen.get(&format!("{order}/applicant?photo={photo}")).await.to();
    assert!(citizen.get(&to).await.text().contains("不收费"));
    assert_eq!(citizen.post(&format!("{order}/check"), &[("photo", &photo)]).await.to(), order);
    assert!(!citizen.get(&order).await.text().contains("重新提交</a>"));
}

#[tokio::test]
async fn a_rejection_can_be_appealed_against_once() {
    let service = Service::new(Says::Fits).await;
    let mut citizen = service.browser();
    let (order, _) = citizen.submit().await;
    service.review(rejected()).await;
    assert!(citizen.get(&order).await.text().contains("请另一位审核员再看"));
    citizen.post(&format!("{order}/appeal"), &[]).await.to();
    let page = citizen.get(&order).await.text();
    assert!(!page.contains("审核失败,重新提交") && page.contains("已转给另一位审核员"), "{page}");
    service.review(rejected()).await;
    assert!(!citizen.get(&order).await.text().contains("/appeal"));
}

#[tokio::test]
async fn faults_take_a_reason_and_errors_stand_on_top_and_beside() {
    let service = Service::new(Says::Review).await;
    let mut citizen = service.browser();
    let (order, photo) = citizen.prepare().await;
    let report = citizen.get(&format!("{order}/photo/{photo}")).await.text();
    assert!(report.contains("可提交，人工会看") && report.contains("12°，要求不超过 8°"));
    let refused = citizen.post(&format!("{order}/check"), &[("photo", &photo)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.tells("kind", "请选一个原因");
    let fields = [("photo", photo.as_str()), ("kind", "check-is-wrong"), ("reason", " ")];
    citizen.post(&format!("{order}/check"), &fields).await.tells("reason", "请写明");
    let fields = [("photo", photo.as_str()), ("kind", "medical")];
    assert_eq!(citizen.post(&format!("{order}/check"), &fields).await.to(), order);
}

#[tokio::test]
async fn a_hopeless_photo_is_stopped_before_the_review() {
    let service = Service::new(Says::Retake).await;
    let mut citizen = service.browser();
    let (order, photo) = citizen.prepare().await;
    let report = citizen.get(&format!("{order}/photo/{photo}")).await.text();
    assert!(report.contains("需要重拍") && !report.contains("applicant?photo="));
    let fields = [("photo", photo.as_str()), ("kind", "medical")];
    assert_eq!(citizen.post(&format!("{order}/check"), &fields).await.to(), format!("{order}/photo/{photo}"));
}

#[tokio::test]
async fn consent_comes_before_any_photo_and_a_guardian_consents_for_a_child() {
    let service = Service::new(Says::Fits).await;
    let mut citizen = service.browser();
    let guide = "/photo/cn-resident-id/guide";
    citizen.post(guide, &[("city", "441300")]).await.tells("consent", "请先同意");
    let fields = [("city", "441300"), ("consent", "1"), ("child", "1")];
    citizen.post(guide, &fields).await.tells("guardian", "申请人未满 14 周岁");
    let none = citizen.get("/orders").await.text();
    assert!(none.contains("还没有订单") && none.contains("开始办理") && !none.contains("重新办理"), "{none}");
    let order = citizen.begin().await;
    assert_eq!(order, citizen.begin().await, "the button pressed twice begins one order");
}

#[tokio::test]
async fn an_applicants_errors_keep_what_was_typed() {
    let service = Service::new(Says::Fits).await;
    let mut citizen = service.browser();
    let order = citizen.begin().await;
    let wrong = "441302199003070025";
    let fields = [("name", ""), ("id_number", wrong), ("email", "nobody")];
    let refused = citizen.post(&format!("{order}/applicant"), &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.tells("name", "请填写姓名");
    refused.tells("id_number", "号码最后一位");
    refused.tells("email", "邮箱的写法不对");
    assert!(refused.text().contains(&format!("value=\"{wrong}\"")));
}

#[tokio::test]
async fn an_identity_card_is_for_who_has_a_residents_number() {
    let service = Service::new(Says::Fits).await;
    let mut citizen = service.browser();
    let order = citizen.begin().await;
    let fields = [("name", "张小明"), ("id_number", "E12345678")];
    let refused = citizen.post(&format!("{order}/applicant"), &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.tells("id_number", "办理这个证件要填 18 位的公民身份号码");
}

#[tokio::test]
async fn a_number_that_shows_a_child_asks_for_the_guardians_consent() {
    let service = Service::new(Says::Fits).await;
    let mut citizen = service.browser();
    let order = citizen.begin().await;
    let child = "44130220190307002X";
    let fields = [("name", "张小小"), ("id_number", child)];
    let refused = citizen.post(&format!("{order}/applicant"), &fields).await;
    refused.tells("guardian_consent", "申请人未满 14 周岁");
    let fields = [("name", "张小小"), ("id_number", child), ("guardian_consent", "1")];
    assert!(citizen.post(&format!("{order}/applicant"), &fields).await.to().contains("/check"));
}

#[tokio::test]
async fn an_owner_takes_the_data_along() {
    let service = Service::new(Says::Fits).await;
    let mut citizen = service.browser();
    let (order, _) = citizen.submit().await;
    let data = citizen.get(&format!("{order}/data")).await;
    assert!(
        data.text().contains(NUMBER) && data.headers["content-disposition"].to_str().unwrap().starts_with("attachment")
    );
    assert_eq!(service.browser().get(&format!("{order}/data")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_draft_changes_its_city_and_keeps_its_photo() {
    let service = Service::new(Says::Fits).await;
    let mut citizen = service.browser();
    let (order, photo) = citizen.prepare().await;
    let page = citizen.get(&format!("{order}/city?photo={photo}&q=%E5%B9%BF%E5%B7%9E")).await.text();
    assert!(page.contains("办证城市改为") && page.contains("value=\"440100\""));
    let to = citizen.post(&format!("{order}/city"), &[("city", "440100"), ("photo", &photo)]).await.to();
    assert_eq!(to, format!("{order}/check?photo={photo}"));
    assert!(citizen.get(&to).await.text().contains("广州市"));
    let counter = citizen.post(&format!("{order}/city"), &[("city", "310000"), ("photo", &photo)]).await.text();
    assert!(counter.contains("由窗口现场拍照"));
}

#[tokio::test]
async fn nothing_of_somebody_elses_order_is_there() {
    let service = Service::new(Says::Fits).await;
    let (mut owner, mut other) = (service.browser(), service.browser());
    let (order, photo) = owner.submit().await;
    service.review(Opinion::Accept).await;
    other.begin().await;
    let photo_path = format!("{order}/photo/{photo}");
    for path in [
        order.clone(),
        format!("{order}/take"),
        format!("{order}/photos"),
        photo_path.clone(),
        format!("{photo_path}/preview"),
        format!("{photo_path}/id-photo"),
        format!("{order}/applicant"),
        format!("{order}/check"),
        format!("{order}/city"),
        format!("{order}/data"),
        format!("{order}/end/withdraw"),
        format!("{order}/receipt"),
        format!("{order}/receipt/photo.jpg"),
        format!("{order}/receipt/a4.pdf"),
        "/order/01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
        "/order/nonsense".to_owned(),
    ] {
        for browser in [&mut other, &mut service.browser()] {
            assert_eq!(browser.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
    for path in ["applicant", "city", "check", "appeal", "end/withdraw", "end/delete"] {
        assert_eq!(other.post(&format!("{order}/{path}"), &[]).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let dropped = other.post(&format!("{photo_path}/drop"), &[]).await;
    assert_eq!(dropped.status, StatusCode::NOT_FOUND);
    assert_eq!(other.upload(&format!("{order}/photos"), "a.jpg", super::PHOTO).await.status, StatusCode::NOT_FOUND);
    // A photo of the own order, asked for under somebody else's, is not there either.
    let own = other.begin().await;
    assert_eq!(other.get(&format!("{own}/photo/{photo}")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_link_and_the_last_four_open_an_order_elsewhere() {
    let service = Service::new(Says::Fits).await;
    let mut citizen = service.browser();
    let (order, _) = citizen.submit().await;
    let page = citizen.get(&order).await.text();
    let link = page.split("/o/").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let mut phone = service.browser();
    assert!(phone.get(&format!("/o/{link}")).await.text().contains("后四位"));
    assert_eq!(phone.get(&order).await.status, StatusCode::NOT_FOUND);
    phone.post(&format!("/o/{link}"), &[("four", "0000")]).await.tells("four", "后四位不对");
    assert_eq!(phone.post(&format!("/o/{link}"), &[("four", "0024")]).await.to(), order);
    assert_eq!(phone.get(&order).await.status, StatusCode::OK);
    assert_eq!(phone.get("/o/abcdefghjkmnpqrstvwxyz0123").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_link_says_that_it_is_locked_and_what_is_empty_costs_nothing() {
    let service = Service::new(Says::Fits).await;
    let mut citizen = service.browser();
    let (order, _) = citizen.submit().await;
    let page = citizen.get(&order).await.text();
    let link = format!("/o/{}", page.split("/o/").nth(1).unwrap().split('<').next().unwrap());
    let mut phone = service.browser();
    for _ in 0..6 {
        phone.post(&link, &[("four", " ")]).await.tells("four", "请填写证件号码的后四位");
    }
    for _ in 0..4 {
        phone.post(&link, &[("four", "0000")]).await.tells("four", "后四位不对");
    }
    phone.post(&link, &[("four", "0000")]).await.tells("four", "后四位连错了 5 次");
    phone.post(&link, &[("four", "0024")]).await.tells("four", "后四位连错了 5 次");
    service.pass_ms(3_600_000);
    assert_eq!(phone.post(&link, &[("four", "0024")]).await.to(), order);
}

#[tokio::test]
async fn anybody_may_verify_but_not_without_end() {
    let service = Service::new(Says::Fits).await;
    let mut citizen = service.browser();
    let (order, _) = citizen.submit().await;
    service.review(Opinion::Accept).await;
    let page = citizen.get(&format!("{order}/receipt")).await.text();
    let number = page.split("<strong>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let mut anybody = service.browser();
    let valid = anybody.post("/verify", &[("number", &number.to_lowercase())]).await.text();
    assert!(
        valid.contains("<b>有效</b>") && valid.contains("照片已通过审核") && !valid.contains("<img class=\"photo\"")
    );
    anybody.post("/verify", &[("number", "HZ")]).await.tells("number", "回执号是 20 位");
    let id = order.rsplit('/').next().unwrap().parse().unwrap();
    let token = service.app.store.receipt_of(id).await.unwrap().unwrap().token;
    assert!(anybody.get(&format!("/v/{token}")).await.text().contains("照片已通过审核"));
    let mut forged = token.into_bytes();
    forged[30] ^= 1;
    let forged = String::from_utf8(forged).unwrap();
    assert!(anybody.get(&format!("/v/{forged}")).await.text().contains("查不到"));
    let mut last = StatusCode::OK;
    for _ in 0..10 {
        last = anybody.post("/verify", &[("number", &number)]).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn an_order_can_be_withdrawn_until_a_reviewer_holds_it() {
    let service = Service::new(Says::Fits).await;
    let mut citizen = service.browser();
    let (order, photo) = citizen.submit().await;
    assert!(citizen.get(&format!("{order}/end/withdraw")).await.text().contains("这一步不能恢复"));
    citizen.post(&format!("{order}/end/withdraw"), &[]).await.to();
    assert!(citizen.get(&order).await.text().contains("已撤回"));
    assert_eq!(citizen.get(&format!("{order}/photo/{photo}/id-photo")).await.status, StatusCode::NOT_FOUND);
    // Pressed twice, it stays withdrawn.
    assert_eq!(citizen.post(&format!("{order}/end/withdraw"), &[]).await.to(), order);
}

#[tokio::test]
async fn cities_are_asked_for_until_one_is_meant() {
    let service = Service::new(Says::Fits).await;
    let mut citizen = service.browser();
    for (query, says) in [
        ("广东省", "广东是省份"),
        ("吉林", "不止一个地方"),
        ("惠阳区", "由下面的城市签发"),
        ("香港", "不在这里办理"),
        ("火星", "没有找到"),
        ("", "请填写办证城市"),
    ] {
        let path = format!("/photo/cn-resident-id/city?q={}", super::quoted(query));
        assert!(citizen.get(&path).await.text().contains(says), "{query}");
    }
    let counter = citizen.get("/photo/cn-resident-id/guide?city=310000").await.text();
    assert!(counter.contains("由窗口现场拍照") && !counter.contains("name=\"consent\""));
}
