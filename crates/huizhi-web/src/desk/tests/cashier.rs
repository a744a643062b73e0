use huizhi_domain::order::{OrderState, Terms};
use huizhi_domain::staff::Role;

use super::Desks;

#[tokio::test]
async fn the_price_is_taken_once_by_an_office_of_the_city() {
    let desks = Desks::new().await;
    let clerk = desks.somebody("clerk", Role::Clerk).await;
    let far = desks.store.add_office("440300", "Luohu", "Shenzhen").await.unwrap();
    let far = desks.somebody_at("far", Role::Clerk, Some(far)).await;
    let (order, photo) = desks.draft("a").await;
    let terms = Terms { price_fen: 2000, rules: "2026.1".to_owned() };
    desks.store.submit(order.id, photo, None, terms, false).await.unwrap();
    let id = order.id.to_string();
    let short = &id[id.len() - 6..];

    let list = desks.get(Some(&clerk), &format!("/desk/cashier?find={}", short.to_lowercase())).await;
    assert!(list.text.contains(&format!("/desk/cashier/{id}/pay")) && list.text.contains("20.00"));
    let none = desks.get(Some(&clerk), "/desk/cashier?find=ZZZZZZ").await;
    assert_eq!(none.text.matches("No such order here").count(), 1);
    assert!(!list.text.contains("No such order here"), "it is there: {}", list.text);
    assert!(!desks.get(Some(&far), "/desk/cashier").await.text.contains(short));
    let path = format!("/desk/cashier/{id}/pay");
    assert_eq!(desks.get(Some(&far), &path).await.status.as_u16(), 404);
    assert_eq!(desks.post(Some(&far), &path, "fen=2000").await.status.as_u16(), 404);

    let ask = desks.get(Some(&clerk), &path).await;
    assert!(ask.text.contains("Did you take this amount?"));
    let other = desks.post(Some(&clerk), &path, "fen=1000").await;
    assert!(other.text.contains("Nothing was booked; look again"));
    assert_eq!(desks.store.order(order.id).await.unwrap().unwrap().state, OrderState::Unpaid);

    let done = desks.post(Some(&clerk), &path, "fen=2000").await;
    assert!(desks.get(Some(&clerk), done.to()).await.text.contains("are booked"));
    let again = desks.post(Some(&clerk), &path, "fen=2000").await;
    assert!(desks.get(Some(&clerk), again.to()).await.text.contains("was settled before"));
    let order = desks.store.order(order.id).await.unwrap().unwrap();
    assert_eq!((order.state, order.paid_fen), (OrderState::Waiting, 2000));
    let find = format!("/desk/cashier?find={short}");
    let paid = desks.get(Some(&clerk), &find).await;
    assert!(paid.text.contains("is paid already") && !paid.text.contains("No such order"), "{}", paid.text);
    let elsewhere = desks.get(Some(&far), &find).await;
    assert!(elsewhere.text.contains("No such order here"), "another city's: {}", elsewhere.text);

    desks.store.withdraw(order.id).await.unwrap();
    let path = format!("/desk/cashier/{id}/refund");
    assert!(desks.get(Some(&clerk), "/desk/cashier").await.text.contains(&path));
    assert!(desks.get(Some(&clerk), &path).await.text.contains("Did you hand out this amount?"));
    let done = desks.post(Some(&clerk), &path, "fen=2000").await;
    assert!(desks.get(Some(&clerk), done.to()).await.text.contains("are paid back"));
    assert!(desks.get(Some(&clerk), &find).await.text.contains("has nothing to be paid or refunded"));
    let again = desks.post(Some(&clerk), &path, "fen=2000").await;
    assert!(desks.get(Some(&clerk), again.to()).await.text.contains("was settled before"));
}
