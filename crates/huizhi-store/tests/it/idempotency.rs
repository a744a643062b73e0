//! Requests of photo shops: done once, whatever happens in between.

use huizhi_domain::audit::Actor;
use huizhi_domain::id::PartnerId;
use huizhi_domain::partner::Scope;
use huizhi_domain::words::Lang;
use huizhi_store::{NewKey, NewOrder, OrderPage, Reserved, Store, StoreError, Ticket};

use crate::on_both;

fn new() -> NewOrder {
    NewOrder { document: "cn-resident-id".to_owned(), city: "441300".to_owned(), lang: Lang::Zh }
}

async fn mine(store: &Store, partner: PartnerId, key: &str) -> (Ticket, Option<String>) {
    match store.reserve_request(partner, key, "POST /orders").await.unwrap() {
        Reserved::Mine { ticket, made } => (ticket, made),
        other => panic!("{other:?}"),
    }
}

async fn orders(store: &Store, partner: PartnerId) -> usize {
    let page = OrderPage { limit: 10, ..OrderPage::default() };
    store.page_of_orders(&store.partner_visitor(partner), page).await.unwrap().len()
}

#[test]
fn a_process_that_ends_before_the_change_leaves_it_to_the_next() {
    on_both(|bench| async move {
        let partner = bench.store.add_partner("shop").await.unwrap().id;
        let (late, _) = mine(&bench.store, partner, "k").await;
        // The process is gone; its request is under way until a minute is over.
        let store = bench.again().await;
        assert!(matches!(store.reserve_request(partner, "k", "POST /orders").await.unwrap(), Reserved::Running));
        bench.clock.pass_ms(60_001);
        let (ticket, made) = mine(&store, partner, "k").await;
        assert_eq!(made, None);
        let order = store.by(Actor::Partner(partner), Some(ticket)).begin_order_of(new(), partner, Some("17")).await;
        assert_eq!(store.reference(order.unwrap().id).await.unwrap().as_deref(), Some("17"));
        // Whoever was taken for dead and lives changes nothing any more.
        let done = bench.store.by(Actor::Partner(partner), Some(late)).begin_order_of(new(), partner, None).await;
        assert!(matches!(done, Err(StoreError::Conflict(_))));
        assert_eq!(orders(&store, partner).await, 1);
    });
}

#[test]
fn a_process_that_ends_after_the_change_owes_only_the_answer() {
    on_both(|bench| async move {
        let partner = bench.store.add_partner("shop").await.unwrap().id;
        let (ticket, _) = mine(&bench.store, partner, "k").await;
        let hand = bench.store.by(Actor::Partner(partner), Some(ticket.clone()));
        let order = hand.begin_order_of(new(), partner, None).await.unwrap();
        let again = hand.begin_order_of(new(), partner, None).await;
        assert!(matches!(again, Err(StoreError::Conflict(_))), "one change a request");
        let store = bench.again().await;
        bench.clock.pass_ms(60_001);
        let (next, made) = mine(&store, partner, "k").await;
        assert_eq!(made, Some(order.id.to_string()));
        assert!(store.answer_request(&next, b"answer").await.unwrap());
        assert!(!store.answer_request(&ticket, b"other").await.unwrap());
        match store.reserve_request(partner, "k", "POST /orders").await.unwrap() {
            Reserved::Answered(answer) => assert_eq!(answer, b"answer"),
            other => panic!("{other:?}"),
        }
        assert!(matches!(store.reserve_request(partner, "k", "another").await.unwrap(), Reserved::Other));
        assert_eq!(orders(&store, partner).await, 1);
        bench.clock.pass_ms(24 * 3_600_000);
        assert_eq!(store.forget_requests().await.unwrap(), 1);
    });
}

#[test]
fn the_same_request_at_once_is_one_persons_to_do() {
    on_both(|bench| async move {
        let partner = bench.store.add_partner("shop").await.unwrap().id;
        let (one, two) = tokio::join!(
            bench.store.reserve_request(partner, "k", "r"),
            bench.store.reserve_request(partner, "k", "r"),
        );
        let mine = |it: &Reserved| matches!(it, Reserved::Mine { .. });
        let (one, two) = (one.unwrap(), two.unwrap());
        assert!(mine(&one) != mine(&two));
        let ticket = [one, two].into_iter().find_map(|it| match it {
            Reserved::Mine { ticket, .. } => Some(ticket),
            _ => None,
        });
        bench.store.release_request(&ticket.unwrap()).await.unwrap();
        assert!(
            mine(&bench.store.reserve_request(partner, "k", "another").await.unwrap()),
            "given back, it is forgotten"
        );
    });
}

#[test]
fn a_key_opens_for_its_shop_until_it_is_taken_back() {
    on_both(|bench| async move {
        let partner = bench.store.add_partner("shop").await.unwrap();
        assert!(matches!(bench.store.add_partner("shop").await, Err(StoreError::Conflict(_))));
        let key = NewKey { scopes: [Scope::OrdersRead].into(), rate: 7, expires_at: None };
        let (key, text) = bench.store.add_key(partner.id, key).await.unwrap();
        let text = text.reveal();
        assert_eq!(bench.store.key_of(&text).await.unwrap(), Some((partner, key.clone())));
        assert_eq!(bench.store.key_of(&text.replace("hz1", "hz2")).await.unwrap(), None);
        bench.store.revoke_key(key.id).await.unwrap();
        assert_eq!(bench.store.key_of(&text).await.unwrap(), None);
        assert!(matches!(bench.store.revoke_key(key.id).await, Err(StoreError::Absent(_))));
    });
}
