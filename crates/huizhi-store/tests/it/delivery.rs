//! Deliveries: from each message once, to each target at least once, whoever dies in between.

use std::collections::BTreeMap;

use huizhi_domain::delivery::{Channel, Delivery, DeliveryState, Outcome};
use huizhi_domain::message::{Happening, Message};
use huizhi_domain::partner::Partner;
use huizhi_store::{NewOrder, Spent, Store};

use crate::{Bench, on_both};

const DAY_MS: i64 = 86_400_000;

/// Writes the deliveries of all new messages, by these channels.
async fn spread(store: &Store, channels: &[Channel]) -> Vec<Message> {
    let messages = store.unspread().await.unwrap();
    for message in &messages {
        store.spread(message, channels).await.unwrap();
    }
    messages
}

/// How the one delivery of a message stands.
async fn stands(bench: &Bench, message: &Message) -> Delivery {
    let mut all = bench.store.deliveries_of(message.id).await.unwrap();
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

#[test]
fn a_message_has_one_delivery_a_channel_however_often_it_is_spread() {
    on_both(|bench| async move {
        bench.waiting("a").await;
        let messages = spread(&bench.store, &[Channel::Mail, Channel::Sms]).await;
        assert!(!messages.is_empty());
        for message in &messages {
            // A second worker that read the message before the first had written.
            bench.again().await.spread(message, &[Channel::Mail, Channel::Wechat]).await.unwrap();
            let written = bench.store.deliveries_of(message.id).await.unwrap();
            let mut channels: Vec<&str> = written.iter().map(|it| it.channel.word()).collect();
            channels.sort_unstable();
            assert_eq!(channels, ["mail", "sms"]);
        }
        assert!(bench.store.unspread().await.unwrap().is_empty());
    });
}

/// It is sent, and whoever sent it dies before saying so: after the lease another sends it again, under the same message id.
#[test]
fn who_dies_between_sending_and_saying_so_is_followed_by_another() {
    on_both(|bench| async move {
        bench.waiting("a").await;
        let message = spread(&bench.store, &[Channel::Mail]).await.remove(0);
        let dead = bench.store.claim_deliveries(8).await.unwrap();
        let mine = dead.iter().find(|it| it.message == message.id).unwrap();
        assert_eq!(mine.tries, 1);
        let next = bench.again().await;
        assert!(next.claim_deliveries(8).await.unwrap().is_empty(), "the lease holds");
        bench.clock.pass_ms(120_001);
        let again = next.claim_deliveries(8).await.unwrap();
        let again = again.iter().find(|it| it.message == message.id).unwrap();
        assert_eq!((again.id, again.tries), (mine.id, 2));
        // Whoever was taken for dead comes back with a failure: not heard. The other's word counts.
        bench.store.delivered(mine, &Outcome::refused("late"), None).await.unwrap();
        assert_eq!(stands(&bench, &message).await.state, DeliveryState::Due);
        next.delivered(again, &Outcome::Sent, None).await.unwrap();
        // And what is settled stays so.
        bench.store.delivered(mine, &Outcome::Sent, None).await.unwrap();
        let settled = stands(&bench, &message).await;
        assert_eq!((settled.state, settled.tries, settled.error), (DeliveryState::Sent, 2, None));
        assert!(bench.store.messages_of(message.order).await.unwrap().contains(&message), "the inbox has it");
    });
}

#[test]
fn two_workers_never_hold_the_same_delivery_and_leave_none() {
    on_both(|bench| async move {
        for face in 0..12 {
            bench.waiting(&face.to_string()).await;
        }
        let messages = spread(&bench.store, &[Channel::Mail, Channel::Sms]).await;
        let mut workers = Vec::new();
        for _ in 0..2 {
            let store = bench.again().await;
            workers.push(tokio::spawn(async move {
                let mut sent = Vec::new();
                loop {
                    let claimed = store.claim_deliveries(3).await.unwrap();
                    if claimed.is_empty() {
                        return sent;
                    }
                    for delivery in claimed {
                        store.delivered(&delivery, &Outcome::Sent, None).await.unwrap();
                        sent.push(delivery.id);
                    }
                }
            }));
        }
        let mut sent: BTreeMap<String, usize> = BTreeMap::new();
        for worker in workers {
            for id in worker.await.unwrap() {
                *sent.entry(id.to_string()).or_default() += 1;
            }
        }
        // The other may have had all of a target in hand when one found nothing more.
        for delivery in bench.store.claim_deliveries(100).await.unwrap() {
            *sent.entry(delivery.id.to_string()).or_default() += 1;
        }
        assert_eq!(sent.len(), messages.len() * 2);
        assert!(sent.values().all(|times| *times == 1), "{sent:?}");
    });
}

#[test]
fn failures_come_back_later_and_later_and_end_after_three_days() {
    on_both(|bench| async move {
        bench.waiting("a").await;
        let message = spread(&bench.store, &[Channel::Mail]).await.remove(0);
        let (mut tries, mut pauses) = (0, Vec::new());
        loop {
            let claimed = bench.store.claim_deliveries(100).await.unwrap();
            let Some(delivery) = claimed.iter().find(|it| it.message == message.id) else { break };
            tries += 1;
            let state = bench.store.delivered(delivery, &Outcome::later("smtp-451"), None).await.unwrap();
            assert!(bench.store.claim_deliveries(100).await.unwrap().iter().all(|it| it.message != message.id));
            let now = stands(&bench, &message).await;
            if state == DeliveryState::Due {
                let pause = now.next_at.since_ms(bench.store.now());
                pauses.push(pause);
                bench.clock.pass_ms(pause);
            }
        }
        assert_eq!(tries, 10);
        assert!(pauses[0] < 10_000 && pauses.iter().sum::<i64>() > 3 * DAY_MS, "{pauses:?}");
        let end = stands(&bench, &message).await;
        assert_eq!((end.state, end.error.as_deref()), (DeliveryState::GivenUp, Some("smtp-451")));
    });
}

/// One target that takes no answer must not take all hands.
#[test]
fn a_target_that_hangs_has_eight_deliveries_in_hand_and_no_more() {
    on_both(|bench| async move {
        for face in 0..12 {
            bench.waiting(&face.to_string()).await;
        }
        spread(&bench.store, &[Channel::Mail, Channel::Sms]).await;
        let held = bench.store.claim_deliveries(100).await.unwrap();
        let of = |channel| held.iter().filter(|it| it.channel == channel).count();
        assert_eq!((of(Channel::Mail), of(Channel::Sms)), (8, 8));
        for delivery in held.iter().filter(|it| it.channel == Channel::Sms) {
            bench.store.delivered(delivery, &Outcome::Sent, None).await.unwrap();
        }
        let next = bench.store.claim_deliveries(100).await.unwrap();
        assert!(!next.is_empty() && next.iter().all(|it| it.channel == Channel::Sms), "{next:?}");
    });
}

async fn order_of(bench: &Bench, partner: &Partner, face: &str) {
    let new = NewOrder {
        document: "cn-resident-id".to_owned(),
        city: "441300".to_owned(),
        lang: huizhi_domain::words::Lang::Zh,
    };
    let hand = bench.store.by(huizhi_domain::audit::Actor::Partner(partner.id), None);
    let order = hand.begin_order_of(new, partner.id, None).await.unwrap();
    let photo = bench.judged(&order, face, "fits").await;
    bench.store.submit(order.id, photo, None, crate::free(), false).await.unwrap();
}

#[test]
fn hooks_hear_of_their_partners_orders_and_of_what_they_asked_for() {
    on_both(|bench| async move {
        let (shop, other) =
            (bench.store.add_partner("shop").await.unwrap(), bench.store.add_partner("other").await.unwrap());
        let all = bench.store.add_hook(shop.id, "https://shop.example/all", &[]).await.unwrap().0;
        let rejected = [Happening::Rejected];
        bench.store.add_hook(shop.id, "https://shop.example/rejected", &rejected).await.unwrap();
        bench.store.add_hook(other.id, "https://other.example/", &[]).await.unwrap();
        order_of(&bench, &shop, "a").await;
        let message = spread(&bench.store, &[]).await.remove(0);
        assert_eq!(message.happening, Happening::Submitted);
        let delivery = stands(&bench, &message).await;
        assert_eq!((delivery.channel, delivery.target), (Channel::Hook, all.id.to_string()));
        assert_eq!(bench.store.deliveries_of_hook(all.id, None, 10).await.unwrap().len(), 1);
        // 410: nothing more goes there.
        bench.store.hook_gone(all.id).await.unwrap();
        let ended = stands(&bench, &message).await;
        assert_eq!((ended.state, ended.error.as_deref()), (DeliveryState::Refused, Some("gone")));
        assert!(bench.store.hook_to_call(all.id).await.unwrap().is_none());
        order_of(&bench, &shop, "b").await;
        let message = spread(&bench.store, &[]).await.remove(0);
        assert!(bench.store.deliveries_of(message.id).await.unwrap().is_empty());
    });
}

#[test]
fn a_new_secret_signs_beside_the_old_one_for_a_day() {
    on_both(|bench| async move {
        // All of it, its folder included, is kept to the story's end.
        let bench = &bench;
        let shop = bench.store.add_partner("shop").await.unwrap();
        let (hook, first) = bench.store.add_hook(shop.id, "https://shop.example/", &[]).await.unwrap();
        let second = bench.store.renew_hook_secret(shop.id, hook.id).await.unwrap();
        let signing = async || {
            let (_, secrets) = bench.store.hook_to_call(hook.id).await.unwrap().unwrap();
            secrets.iter().map(|it| it.reveal().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(signing().await, [second.reveal(), first.reveal()]);
        bench.clock.pass_ms(DAY_MS + 1);
        assert_eq!(signing().await, [second.reveal()]);
        bench.store.delete_hook(shop.id, hook.id).await.unwrap();
        assert!(bench.store.hooks_of(shop.id).await.unwrap().is_empty());
        assert!(bench.store.hook_to_call(hook.id).await.unwrap().is_none());
    });
}

#[test]
fn a_citizen_in_wechat_allows_one_message_a_consent_and_another_starts_anew() {
    on_both(|bench| async move {
        let (order, _) = bench.waiting("a").await;
        let kind = ["review-result".to_owned()];
        bench.store.bind_wechat(order.id, "openid-1", &kind).await.unwrap();
        bench.store.bind_wechat(order.id, "openid-1", &kind).await.unwrap();
        assert_eq!(bench.store.wechat_allows(order.id, "review-result").await.unwrap(), 2);
        // One is used with the delivery's result, in one transaction; and so is the word that none is left.
        spread(&bench.store, &[Channel::Wechat]).await;
        let told = bench.store.claim_deliveries(8).await.unwrap().remove(0);
        let spent = |all| Some(Spent { order: order.id, kind: "review-result".to_owned(), all });
        bench.store.delivered(&told, &Outcome::Sent, spent(false)).await.unwrap();
        assert_eq!(bench.store.wechat_allows(order.id, "review-result").await.unwrap(), 1);
        bench.store.delivered(&told, &Outcome::refused("wechat-43101"), spent(true)).await.unwrap();
        assert_eq!(bench.store.wechat_allows(order.id, "review-result").await.unwrap(), 0);
        bench.store.bind_wechat(order.id, "openid-1", &kind).await.unwrap();
        assert_eq!(bench.store.wechat_allows(order.id, "review-result").await.unwrap(), 1);
        bench.store.bind_wechat(order.id, "openid-2", &[]).await.unwrap();
        assert_eq!(bench.store.openid_of(order.id).await.unwrap().as_deref(), Some("openid-2"));
        assert_eq!(bench.store.wechat_allows(order.id, "review-result").await.unwrap(), 0);
        // Who is told nothing more is forgotten.
        bench.store.withdraw(order.id).await.unwrap();
        bench.store.forget_deliveries().await.unwrap();
        assert!(bench.store.openid_of(order.id).await.unwrap().is_some(), "the withdrawal is still to be told");
        spread(&bench.store, &[]).await;
        bench.store.forget_deliveries().await.unwrap();
        assert!(bench.store.openid_of(order.id).await.unwrap().is_none());
    });
}

#[test]
fn an_unused_receipt_is_spoken_of_a_week_and_a_day_before_its_end_and_not_in_the_night() {
    on_both(|bench| async move {
        let reviewer = bench.staff("shenhe1", huizhi_domain::staff::Role::Reviewer).await;
        let (order, _) = bench.waiting("a").await;
        bench.decide_next(&reviewer, huizhi_domain::review::Opinion::Accept).await;
        assert_eq!(bench.issue().await, 1);
        let told = async || {
            let messages = bench.store.messages_of(order.id).await.unwrap();
            messages.iter().filter(|it| it.happening == Happening::ReceiptExpiring).count()
        };
        let mut days = Vec::new();
        for day in 0..=60 {
            let before = told().await;
            // Ten in the morning, and again, and then the night.
            bench.store.remind_of_receipts().await.unwrap();
            bench.store.remind_of_receipts().await.unwrap();
            if told().await > before {
                assert_eq!(told().await, before + 1);
                days.push(day);
            }
            bench.clock.pass_ms(12 * 3_600_000);
            assert_eq!(bench.store.remind_of_receipts().await.unwrap(), 0, "at ten in the evening");
            bench.clock.pass_ms(12 * 3_600_000);
        }
        assert_eq!(days, [53, 59]);
    });
}
