//! Orders and their photos.

use huizhi_domain::audit::Actor;
use huizhi_domain::message::Happening;
use huizhi_domain::order::{DRAFT_WAITS_MS, OrderError, OrderState, Override, OverrideKind, Terms};
use huizhi_domain::staff::Role;
use huizhi_store::{ApplicantRecord, Guess, PictureKind, StoreError};

use crate::{free, on_both};

#[test]
fn somebody_elses_order_is_not_there() {
    on_both(|bench| async move {
        let order = bench.draft().await;
        let stranger = bench.store.visitor("another browser");
        assert!(bench.store.order_of(&bench.visitor, order.id).await.unwrap().is_some());
        assert_eq!(bench.store.order_of(&stranger, order.id).await.unwrap(), None);
        assert!(bench.store.orders_of(&stranger).await.unwrap().is_empty());
    });
}

#[test]
fn an_order_is_followed_by_its_link_and_four_digits() {
    on_both(|bench| async move {
        let order = bench.draft().await;
        let secret = bench.store.secret_of(order.id).await.unwrap().to_string();
        assert_eq!(bench.store.order_by_secret(&secret.to_uppercase()).await.unwrap().unwrap().id, order.id);
        assert_eq!(bench.store.order_by_secret("00000000000000000000000000").await.unwrap(), None);
        let mut applicant = ApplicantRecord::default();
        applicant.id_number = Some("11010519491231002X".to_owned());
        bench.store.set_applicant(order.id, &applicant).await.unwrap();
        let guess = async |four: &str| bench.store.guess_last_four(order.id, four).await.unwrap();
        assert_eq!(guess("002x").await, Guess::Right);
        for _ in 0..4 {
            assert_eq!(guess("1111").await, Guess::Wrong);
        }
        let deaf = guess("1111").await;
        assert!(matches!(deaf, Guess::Deaf { .. }), "the fifth miss says so");
        assert_eq!(guess("002X").await, deaf, "nothing is heard after five misses");
        bench.clock.pass_ms(3_600_000);
        assert_eq!(guess("002X").await, Guess::Right);
    });
}

#[test]
fn the_same_file_twice_is_one_photo_and_three_are_the_most() {
    on_both(|bench| async move {
        let order = bench.draft().await;
        let first = bench.store.receive_photo(order.id, b"a").await.unwrap();
        assert_eq!(bench.store.receive_photo(order.id, b"a").await.unwrap(), first);
        bench.store.receive_photo(order.id, b"b").await.unwrap();
        bench.store.receive_photo(order.id, b"c").await.unwrap();
        let fourth = bench.store.receive_photo(order.id, b"d").await;
        assert!(matches!(fourth, Err(StoreError::Order(OrderError::TooManyPhotos))));
        bench.store.drop_photo(order.id, first).await.unwrap();
        bench.store.receive_photo(order.id, b"d").await.unwrap();
        assert_eq!(bench.store.photos(order.id).await.unwrap().len(), 3);
        assert_eq!(bench.store.picture(first, PictureKind::Original, Actor::Citizen).await.unwrap(), None);
    });
}

#[test]
fn a_photo_that_can_not_be_submitted_makes_room_for_another() {
    on_both(|bench| async move {
        let order = bench.draft().await;
        let good = bench.judged(&order, "a", "fits").await;
        let hopeless = bench.judged(&order, "b", "retake").await;
        let unreadable = bench.store.receive_photo(order.id, b"c").await.unwrap();
        bench.store.unreadable(unreadable, "truncated").await.unwrap();
        let fourth = bench.store.receive_photo(order.id, b"d").await.unwrap();
        let ids = async || -> Vec<_> { bench.store.photos(order.id).await.unwrap().iter().map(|it| it.id).collect() };
        assert_eq!(ids().await, [good, unreadable, fourth]);
        assert_eq!(bench.store.picture(hopeless, PictureKind::Preview, Actor::Citizen).await.unwrap(), None);
        let fifth = bench.store.receive_photo(order.id, b"e").await.unwrap();
        assert_eq!(ids().await, [good, fourth, fifth]);
        let sixth = bench.store.receive_photo(order.id, b"f").await;
        assert!(matches!(sixth, Err(StoreError::Order(OrderError::TooManyPhotos))), "each of three may be submitted");
    });
}

#[test]
fn what_is_submitted_twice_is_not_called_unusable() {
    on_both(|bench| async move {
        let order = bench.draft().await;
        let photo = bench.judged(&order, "a", "fits").await;
        let submit = || bench.store.submit(order.id, photo, None, free(), false);
        submit().await.unwrap();
        assert!(matches!(submit().await, Err(StoreError::Order(OrderError::WrongState { .. }))));
    });
}

#[test]
fn a_hopeless_photo_is_stopped_and_a_doubtful_one_takes_a_reason() {
    on_both(|bench| async move {
        let order = bench.draft().await;
        let hopeless = bench.judged(&order, "a", "retake").await;
        let doubtful = bench.judged(&order, "b", "review").await;
        let submit = |id, reason| bench.store.submit(order.id, id, reason, free(), false);
        assert!(matches!(submit(hopeless, None).await, Err(StoreError::Order(OrderError::Unusable))));
        assert!(matches!(submit(doubtful, None).await, Err(StoreError::Order(OrderError::ReasonMissing))));
        let reason = Override { kind: OverrideKind::Religious, text: "头巾".to_owned() };
        assert_eq!(submit(doubtful, Some(reason.clone())).await.unwrap().state, OrderState::Waiting);
        assert_eq!(bench.store.photo(doubtful).await.unwrap().unwrap().reason, Some(reason));
    });
}

#[test]
fn a_photo_of_another_order_can_not_be_submitted() {
    on_both(|bench| async move {
        let (mine, other) = (bench.draft().await, bench.draft().await);
        let foreign = bench.judged(&other, "a", "fits").await;
        let done = bench.store.submit(mine.id, foreign, None, free(), false).await;
        assert!(matches!(done, Err(StoreError::Absent("photo"))));
    });
}

#[test]
fn a_price_is_taken_once_and_paid_back_on_withdrawal() {
    on_both(|bench| async move {
        let clerk = bench.staff("clerk", Role::Clerk).await;
        let order = bench.draft().await;
        let photo = bench.judged(&order, "a", "fits").await;
        let terms = Terms { price_fen: 2000, rules: "1".to_owned() };
        let order = bench.store.submit(order.id, photo, None, terms, false).await.unwrap();
        assert_eq!(bench.store.unpaid("441300").await.unwrap()[0].id, order.id);
        bench.store.pay(order.id, 2000, clerk.id).await.unwrap();
        assert!(bench.store.pay(order.id, 2000, clerk.id).await.is_err());
        bench.store.withdraw(order.id).await.unwrap();
        assert_eq!(bench.store.refunds_due("441300").await.unwrap()[0].fen, 2000);
        bench.store.refund(order.id, clerk.id).await.unwrap();
        assert!(bench.store.refund(order.id, clerk.id).await.is_err());
        assert!(bench.store.refunds_due("441300").await.unwrap().is_empty());
    });
}

#[test]
fn drafts_lapse_with_their_photos_after_a_day() {
    on_both(|bench| async move {
        let order = bench.draft().await;
        let photo = bench.judged(&order, "a", "fits").await;
        bench.clock.pass_ms(DRAFT_WAITS_MS - 1);
        assert_eq!(bench.store.expire_orders().await.unwrap(), 0);
        bench.clock.pass_ms(1);
        assert_eq!(bench.store.expire_orders().await.unwrap(), 1);
        assert_eq!(bench.store.order(order.id).await.unwrap().unwrap().state, OrderState::Expired);
        assert_eq!(bench.store.picture(photo, PictureKind::Preview, Actor::Citizen).await.unwrap(), None);
    });
}

#[test]
fn each_event_tells_its_citizen_once() {
    on_both(|bench| async move {
        let (order, _) = bench.waiting("a").await;
        bench.clock.pass_ms(1);
        bench.store.withdraw(order.id).await.unwrap();
        assert!(bench.store.withdraw(order.id).await.is_err());
        let told: Vec<Happening> =
            bench.store.messages_of(order.id).await.unwrap().into_iter().map(|message| message.happening).collect();
        assert_eq!(told, [Happening::Submitted, Happening::Withdrawn]);
        let stranger = bench.store.visitor("another browser");
        assert!(bench.store.messages(&stranger).await.unwrap().is_empty());
        assert!(!bench.store.messages(&bench.visitor).await.unwrap().is_empty());
    });
}
