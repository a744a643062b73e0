//! Face templates: sealed, used, locked, and gone.

use huizhi_domain::account::Contact;
use huizhi_domain::id::AccountId;
use huizhi_domain::words::Lang;
use huizhi_store::ChallengeFor;

use crate::{Bench, on_both};

const DAY_MS: i64 = 24 * 3_600_000;
const TEMPLATE: &[u8] = b"a template that no file and no row shows";

async fn account(bench: &Bench) -> AccountId {
    let contact = Contact::parse("somebody@example.com").unwrap();
    bench.store.add_account(Some(&contact), None, Lang::Zh).await.unwrap()
}

/// Asks and answers once, with a nonce of its own; whether a match would let in.
async fn answer(bench: &Bench, account: AccountId, nonce: &str) -> bool {
    bench.store.begin_challenge(account, ChallengeFor::SignIn, nonce).await.unwrap();
    bench.store.take_challenge(account, ChallengeFor::SignIn, nonce).await.unwrap().unwrap().open
}

#[test]
fn a_template_comes_back_as_it_was_and_goes_without_a_trace() {
    on_both(|bench| async move {
        let account = account(&bench).await;
        assert!(bench.store.face(account).await.unwrap().is_none());
        bench.store.enrol_face(account, b"an older one").await.unwrap();
        bench.store.enrol_face(account, TEMPLATE).await.unwrap();
        assert_eq!(bench.store.face_template(account).await.unwrap().unwrap().as_slice(), TEMPLATE);
        assert_eq!(bench.store.face_templates().await.unwrap(), 1);
        assert!(bench.store.account(account).await.unwrap().unwrap().has_face);
        assert!(bench.store.delete_face(account).await.unwrap());
        assert!(!bench.store.delete_face(account).await.unwrap());
        assert!(bench.store.face_template(account).await.unwrap().is_none());
        assert!(!bench.store.account(account).await.unwrap().unwrap().has_face);
        assert!(matches!(bench.store.face_matched(account).await, Err(huizhi_store::StoreError::Absent("face"))));
        bench.store.check_log(&[]).await.unwrap().unwrap();
    });
}

#[test]
fn a_challenge_is_answered_once_by_whom_it_was_asked_and_for_what() {
    on_both(|bench| async move {
        let account = account(&bench).await;
        let asked = bench.store.begin_challenge(account, ChallengeFor::SignIn, "nonce").await.unwrap();
        bench.clock.pass_ms(7_500);
        let take = async |purpose, nonce: &str| bench.store.take_challenge(account, purpose, nonce).await.unwrap();
        assert!(take(ChallengeFor::SignIn, "another").await.is_none());
        assert!(take(ChallengeFor::Enrol, "nonce").await.is_none());
        let taken = take(ChallengeFor::SignIn, "nonce").await.unwrap();
        assert_eq!((taken.challenge, taken.after_ms, taken.open), (asked, 7_500, true));
        assert!(take(ChallengeFor::SignIn, "nonce").await.is_none());
    });
}

#[test]
fn five_failures_lock_for_a_day_and_what_was_no_try_is_given_back() {
    on_both(|bench| async move {
        let account = account(&bench).await;
        bench.store.enrol_face(account, TEMPLATE).await.unwrap();
        for nonce in ["slow 1", "slow 2"] {
            assert!(answer(&bench, account, nonce).await);
            bench.store.face_refused(account, "sparse", false).await.unwrap();
        }
        for nonce in ["1", "2", "3", "4"] {
            assert!(answer(&bench, account, nonce).await);
            bench.store.face_refused(account, "order", true).await.unwrap();
        }
        assert!(answer(&bench, account, "right").await);
        bench.store.face_matched(account).await.unwrap();
        for nonce in ["a", "b", "c", "d", "e"] {
            assert!(answer(&bench, account, nonce).await);
        }
        assert!(!answer(&bench, account, "f").await);
        // Trying on does not make it longer.
        bench.clock.pass_ms(DAY_MS - 1);
        assert!(!answer(&bench, account, "g").await);
        bench.clock.pass_ms(1);
        assert!(answer(&bench, account, "h").await);
    });
}

#[test]
fn a_template_that_nobody_used_for_400_days_is_deleted() {
    on_both(|bench| async move {
        let account = account(&bench).await;
        bench.store.enrol_face(account, TEMPLATE).await.unwrap();
        bench.clock.pass_ms(399 * DAY_MS);
        bench.store.face_matched(account).await.unwrap();
        bench.clock.pass_ms(400 * DAY_MS);
        assert_eq!(bench.store.expire_faces().await.unwrap(), 0);
        bench.clock.pass_ms(1);
        assert_eq!(bench.store.expire_faces().await.unwrap(), 1);
        assert_eq!(bench.store.face_templates().await.unwrap(), 0);
    });
}
