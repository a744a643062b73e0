use huizhi_domain::staff::Role;

use super::Desks;

#[tokio::test]
async fn the_lead_sees_how_engine_and_people_agree_and_takes_it_home_as_a_sheet() {
    let desks = Desks::new().await;
    let (chen, lead) = (desks.somebody("chen", Role::Reviewer).await, desks.somebody("lead", Role::Lead).await);
    let (_, photo) = desks.waiting("a", false).await;
    desks.pass_ms(30_000);
    desks.post(Some(&chen), "/desk/review/claim", "").await;
    desks.post(Some(&chen), &format!("/desk/review/{photo}/reject"), "code=O01&code=D01&note=").await;
    desks.settle().await;
    let page = desks.get(Some(&lead), "/desk/board?span=day").await;
    assert!(page.text.contains("<b>O01</b> Hair over the eyebrows") && page.text.contains("100 %"));
    assert!(page.text.contains("chen Name") && page.text.contains("30 s"));
    let sheet = desks.get(Some(&lead), "/desk/board.csv?span=day").await;
    assert!(sheet.text.contains("\r\nD01,0,0,1\r\n") && sheet.text.contains("\r\nO01,1,0,0\r\n"), "{}", sheet.text);
    let disposition = sheet.headers["content-disposition"].to_str().unwrap();
    assert!(disposition.contains("huizhi-board-2026-11-24-2026-11-25.csv"), "{disposition}");
    let page = desks.get(Some(&lead), "/desk/board?since=tomorrow").await;
    assert!(page.text.contains("“tomorrow” is no day in the past"));
}

#[tokio::test]
async fn the_lead_is_told_who_approves_faster_than_anybody_looks_and_only_of_the_days_asked() {
    let desks = Desks::new().await;
    let (chen, wu) = (desks.somebody("chen", Role::Reviewer).await, desks.somebody("wu", Role::Reviewer).await);
    let lead = desks.somebody("lead", Role::Lead).await;
    for n in 0..16 {
        desks.waiting(&format!("photo {n}"), false).await;
    }
    for (who, pause_ms, count) in [(&chen, 4_000, 12), (&wu, 20_000, 4)] {
        for _ in 0..count {
            let claimed = desks.post(Some(who), "/desk/review/claim", "").await;
            let case = claimed.headers["location"].to_str().unwrap().to_owned();
            desks.pass_ms(pause_ms);
            desks.post(Some(who), &format!("{case}/accept"), "").await;
        }
        desks.settle().await;
    }
    let page = desks.get(Some(&lead), "/desk/board?span=day").await;
    assert!(page.text.contains("chen Name: 12 approvals within 60 s"), "{}", page.text);
    assert!(!page.text.contains("wu Name:"));
    let before = desks.get(Some(&lead), "/desk/board?since=2026-11-20&until=2026-11-24").await;
    assert!(!before.text.contains("chen Name") && before.text.contains("value=\"2026-11-24\""));
    let page = desks.get(Some(&lead), "/desk/board?since=2026-11-24&until=2026-11-20").await;
    assert!(page.text.contains("is before the first"));
}
