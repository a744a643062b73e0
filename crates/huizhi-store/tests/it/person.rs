//! People of accounts, what they consented to, and who looked.

use huizhi_domain::account::Contact;
use huizhi_domain::consent::Purpose;
use huizhi_domain::id::AccountId;
use huizhi_domain::person::{self, Details, PersonForm, ProofStanding, Relation};
use huizhi_domain::receipt::RESERVED_MS;
use huizhi_domain::review::Opinion;
use huizhi_domain::staff::Role;
use huizhi_domain::words::Lang;
use huizhi_store::{StoreError, TakenOver, Window};

use crate::{Bench, on_both};

/// Synthetic: the check digits fit.
pub(crate) const ADULT: &str = "441302199003071238";
pub(crate) const CHILD: &str = "441302201602290010";
pub(crate) const NAME: &str = "测试员甲";

pub(crate) fn details(number: &str) -> Details {
    let relation = if number == ADULT { "myself" } else { "child" };
    let form = PersonForm { relation, name: NAME, number, proof: "household-book", ..PersonForm::default() };
    person::parse(&form, jiff::civil::date(2026, 11, 25)).unwrap().1
}

pub(crate) async fn account(bench: &Bench, phone: &str) -> AccountId {
    let contact = Contact::parse(phone).unwrap();
    bench.store.add_account(Some(&contact), None, Lang::Zh).await.unwrap()
}

#[test]
fn people_are_their_accounts_alone() {
    on_both(|bench| async move {
        let (me, other) = (account(&bench, "13800138000").await, account(&bench, "13900139000").await);
        let id = bench.store.add_person(me, Relation::Myself, &details(ADULT)).await.unwrap();
        let twice = bench.store.add_person(me, Relation::Myself, &details(ADULT)).await;
        assert!(matches!(twice, Err(StoreError::Conflict(_))), "one owner");
        let child = bench.store.add_person(me, Relation::Child, &details(CHILD)).await.unwrap();
        assert_eq!(bench.store.people(me).await.unwrap().len(), 2);
        assert!(bench.store.people(other).await.unwrap().is_empty());
        assert!(bench.store.person(other, id).await.unwrap().is_none());
        assert!(matches!(bench.store.remove_person(other, id).await, Err(StoreError::Absent(_))));
        let order = bench.draft().await;
        assert!(matches!(bench.store.set_person_of(order.id, other, child).await, Err(StoreError::Absent(_))));
        bench.store.set_person_of(order.id, me, child).await.unwrap();
        assert_eq!(bench.store.person_of(order.id).await.unwrap().unwrap().details, details(CHILD));
        bench.store.remove_person(me, child).await.unwrap();
        assert!(bench.store.person_of(order.id).await.unwrap().is_none(), "the order stays, and is for nobody");
    });
}

#[test]
fn a_proof_is_seen_once_and_a_change_begins_it_again() {
    on_both(|bench| async move {
        let me = account(&bench, "13800138000").await;
        let clerk = bench.staff("clerk", Role::Clerk).await;
        let child = bench.store.add_person(me, Relation::Child, &details(CHILD)).await.unwrap();
        let standing = async || bench.store.person(me, child).await.unwrap().unwrap().standing;
        assert_eq!(standing().await, ProofStanding::Claimed);
        let at = bench.store.now();
        bench.store.saw_proof(child, clerk.office.unwrap(), clerk.id).await.unwrap();
        bench.clock.pass_ms(5);
        bench.store.saw_proof(child, clerk.office.unwrap(), clerk.id).await.unwrap();
        let seen = ProofStanding::SeenAtWindow { office: clerk.office.unwrap(), staff: clerk.id, at };
        assert_eq!(standing().await, seen);
        let looks = bench.store.looks_at(me).await.unwrap();
        assert_eq!(looks.len(), 1, "{looks:?}");
        bench.store.change_person(me, child, Relation::Child, &details(CHILD)).await.unwrap();
        assert_eq!(standing().await, ProofStanding::Claimed);
    });
}

#[test]
fn who_grew_up_takes_details_and_orders_along() {
    on_both(|mut bench| async move {
        let (guardian, grown) = (account(&bench, "13800138000").await, account(&bench, "13900139000").await);
        bench.visitor = bench.store.account_visitor(guardian);
        let child = bench.store.add_person(guardian, Relation::Child, &details(CHILD)).await.unwrap();
        let order = bench.draft().await;
        let mut record = huizhi_store::ApplicantRecord::default();
        record.email = Some("guardian@example.cn".to_owned());
        bench.store.set_applicant(order.id, &record).await.unwrap();
        bench.store.set_person_of(order.id, guardian, child).await.unwrap();
        let link = bench.store.secret_of(order.id).await.unwrap().to_string();
        let old = bench.store.hand_over(guardian, child).await.unwrap();
        let code = bench.store.hand_over(guardian, child).await.unwrap();
        assert_eq!(bench.store.take_over(grown, &old, CHILD).await.unwrap(), TakenOver::NoCode, "a newer one is there");
        assert_eq!(bench.store.take_over(guardian, &code, CHILD).await.unwrap(), TakenOver::NoCode, "not to oneself");
        assert_eq!(bench.store.take_over(grown, &code, ADULT).await.unwrap(), TakenOver::WrongNumber);
        assert_eq!(bench.store.take_over(grown, &code, CHILD).await.unwrap(), TakenOver::Done { orders: 1 });
        assert_eq!(bench.store.take_over(grown, &code, CHILD).await.unwrap(), TakenOver::NoCode, "once");
        assert!(bench.store.people(guardian).await.unwrap().is_empty());
        assert_eq!(bench.store.people(grown).await.unwrap()[0].relation, Relation::Myself);
        assert!(bench.store.order_of(&bench.visitor, order.id).await.unwrap().is_none(), "the guardian holds nothing");
        assert!(bench.store.order_by_secret(&link).await.unwrap().is_none(), "and their link opens nothing");
        let own = bench.store.account_visitor(grown);
        assert!(bench.store.order_of(&own, order.id).await.unwrap().is_some());
        assert_eq!(bench.store.applicant(order.id).await.unwrap().unwrap().email, None, "nothing more goes to them");
    });
}

#[test]
fn a_code_ends_after_five_wrong_numbers_and_after_a_week() {
    on_both(|bench| async move {
        let (guardian, grown) = (account(&bench, "13800138000").await, account(&bench, "13900139000").await);
        let child = bench.store.add_person(guardian, Relation::Child, &details(CHILD)).await.unwrap();
        let code = bench.store.hand_over(guardian, child).await.unwrap();
        for _ in 0..5 {
            assert_eq!(bench.store.take_over(grown, &code, ADULT).await.unwrap(), TakenOver::WrongNumber);
        }
        assert_eq!(bench.store.take_over(grown, &code, CHILD).await.unwrap(), TakenOver::NoCode);
        let code = bench.store.hand_over(guardian, child).await.unwrap();
        bench.clock.pass_ms(person::HAND_OVER_MS);
        assert!(!bench.store.is_handed_over(&code).await.unwrap());
    });
}

#[test]
fn consents_are_a_history_of_what_was_said() {
    on_both(|bench| async move {
        let me = account(&bench, "13800138000").await;
        let child = bench.store.add_person(me, Relation::Child, &details(CHILD)).await.unwrap();
        let (store, purpose) = (&bench.store, Purpose::FacePhoto);
        assert_eq!(store.consented(me, purpose).await.unwrap(), None);
        store.consent(me, purpose, "1").await.unwrap();
        bench.clock.pass_ms(1);
        store.consent(me, purpose, "1").await.unwrap();
        store.consent_for(me, child, purpose, "1").await.unwrap();
        assert_eq!(store.consents(me).await.unwrap().len(), 2, "said twice, noted once");
        assert!(store.consented_for(me, child, purpose).await.unwrap().is_some());
        bench.clock.pass_ms(1);
        store.consent(me, purpose, "2").await.unwrap();
        assert_eq!(store.consented(me, purpose).await.unwrap().unwrap().version, "2");
        bench.clock.pass_ms(1);
        assert!(store.withdraw_consent(me, purpose).await.unwrap());
        assert!(!store.withdraw_consent(me, purpose).await.unwrap());
        assert_eq!(store.consented(me, purpose).await.unwrap(), None);
        assert!(store.consented_for(me, child, purpose).await.unwrap().is_none(), "the child's goes with it");
        let all = store.consents(me).await.unwrap();
        assert_eq!(all.len(), 3);
        assert!(all.iter().all(|it| it.withdrawn_at.is_some()));
        bench.clock.pass_ms(1);
        store.consent(me, purpose, "2").await.unwrap();
        assert!(store.consented(me, purpose).await.unwrap().is_some(), "and can be given again");
    });
}

#[test]
fn the_owner_sees_who_looked_and_nobody_elses_looks() {
    on_both(|mut bench| async move {
        let (me, other) = (account(&bench, "13800138000").await, account(&bench, "13900139000").await);
        bench.visitor = bench.store.account_visitor(me);
        let (reviewer, clerk) = (bench.staff("one", Role::Reviewer).await, bench.staff("clerk", Role::Clerk).await);
        let (order, _) = bench.waiting("a").await;
        bench.decide_next(&reviewer, Opinion::Accept).await;
        bench.issue().await;
        let number = bench.store.receipt_of(order.id).await.unwrap().unwrap().number;
        let window = Window { staff: clerk.id, office: clerk.office.unwrap(), purpose: "换领".to_owned() };
        bench.store.reserve(&number, "cn-resident-id", &window).await.unwrap();
        bench.clock.pass_ms(RESERVED_MS);
        let looks = bench.store.looks_at(me).await.unwrap();
        let actions: Vec<&str> = looks.iter().map(|it| it.entry.action.as_str()).collect();
        assert_eq!(actions[0], "receipt.reserved", "{actions:?}");
        assert!(actions.contains(&"photo.claimed") && actions.contains(&"photo.decided"), "{actions:?}");
        assert!(looks.iter().all(|it| it.order == Some(order.id)));
        assert!(bench.store.looks_at(other).await.unwrap().is_empty());
    });
}
