//! Erasing an account: nothing of the person is left in the data, and the log is whole.

use std::path::Path;

use huizhi_domain::audit::Actor;
use huizhi_domain::consent::Purpose;
use huizhi_domain::order::OrderState;
use huizhi_domain::person::Relation;
use huizhi_domain::receipt::Standing;
use huizhi_domain::review::Opinion;
use huizhi_domain::staff::Role;
use huizhi_store::{ApplicantRecord, PictureKind, Place, StoreError};
use sqlx::Connection as _;

use crate::person::{ADULT, CHILD, NAME, account, details};
use crate::{Bench, on_both, residence};

const PHONE: &str = "13800138000";
const EMAIL: &str = "citizen@example.cn";

/// Every byte under a folder but the keys, which lie elsewhere in service.
pub(crate) fn bytes_under(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with("keys") {
                all.extend(bytes_under(&path));
            }
        } else {
            all.extend(std::fs::read(path).unwrap());
        }
    }
    all
}

pub(crate) fn holds(all: &[u8], needle: &[u8]) -> bool {
    all.windows(needle.len()).any(|part| part == needle)
}

/// Sealed texts and keys as they stand in the rows, and the sealed files; a part of each that is long enough to be found by.
async fn sealed(bench: &Bench) -> Vec<Vec<u8>> {
    let mut needles = Vec::new();
    if let Place::Sqlite(path) = &bench.place {
        let mut db = sqlx::SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
        for select in [
            "SELECT applicant FROM orders WHERE applicant IS NOT NULL",
            "SELECT secret_sealed FROM orders",
            "SELECT details FROM person",
            "SELECT details FROM residence",
            "SELECT person_key FROM residence",
            "SELECT contact_sealed FROM account",
            "SELECT contact FROM account",
            "SELECT key FROM picture",
            "SELECT photo_key FROM receipt WHERE photo_key IS NOT NULL",
            "SELECT number_sealed FROM receipt WHERE number_sealed IS NOT NULL",
        ] {
            let cells: Vec<Vec<u8>> = sqlx::query_scalar(select).fetch_all(&mut db).await.unwrap();
            assert!(!cells.is_empty(), "{select}");
            needles.extend(cells);
        }
    }
    for entry in std::fs::read_dir(bench.folder.path().join("blobs")).unwrap() {
        needles.push(std::fs::read(entry.unwrap().path()).unwrap());
    }
    for needle in &mut needles {
        needle.truncate((needle.len() / 2).max(32));
    }
    needles
}

#[test]
fn an_erasure_leaves_nothing_of_the_person_and_a_whole_log() {
    on_both(|mut bench| async move {
        let me = account(&bench, PHONE).await;
        bench.visitor = bench.store.account_visitor(me);
        let reviewer = bench.staff("one", Role::Reviewer).await;
        let child = bench.store.add_person(me, Relation::Child, &details(CHILD)).await.unwrap();
        bench.store.add_person(me, Relation::Myself, &details(ADULT)).await.unwrap();
        let childs = bench.store.person(me, child).await.unwrap().unwrap();
        residence::rented(&bench.store, me, &childs).await;
        bench.store.consent(me, Purpose::FacePhoto, "2026-11-28").await.unwrap();
        let (approved, _) = bench.waiting("FACE-ONE").await;
        bench.decide_next(&reviewer, Opinion::Accept).await;
        bench.issue().await;
        let number = bench.store.receipt_of(approved.id).await.unwrap().unwrap().number;
        let (rejected, _) = bench.waiting("FACE-TWO").await;
        let wordy = Opinion::Reject { codes: vec!["O01".to_owned()], note: format!("{NAME}，请重拍") };
        bench.decide_next(&reviewer, wordy).await;
        let draft = bench.draft().await;
        let mut record = ApplicantRecord::default();
        record.name = Some(NAME.to_owned());
        record.id_number = Some(CHILD.to_owned());
        record.phone = Some(PHONE.to_owned());
        record.email = Some(EMAIL.to_owned());
        bench.store.set_applicant(draft.id, &record).await.unwrap();
        bench.store.set_person_of(draft.id, me, child).await.unwrap();
        let photo = bench.judged(&draft, "FACE-THREE", "fits").await;
        assert_eq!(
            bench.store.orders_to_erase(me).await.unwrap(),
            bench.store.orders_of(&bench.visitor).await.unwrap().len()
        );

        let needles = sealed(&bench).await;
        let before = bytes_under(bench.folder.path());
        assert!(needles.iter().all(|it| holds(&before, it)), "what is looked for was there");
        assert!(bench.store.check_log(&[]).await.unwrap().is_ok());
        let erased = bench.store.erase_all_of(me).await.unwrap();
        assert_eq!(erased.receipts, 1);
        assert!(erased.orders >= 3);

        let after = bytes_under(bench.folder.path());
        for text in [NAME, ADULT, CHILD, PHONE, EMAIL, residence::STREET, "FACE-ONE", "FACE-TWO", "FACE-THREE"] {
            assert!(!holds(&after, text.as_bytes()), "{text}");
        }
        for (place, needle) in needles.iter().enumerate() {
            assert!(!holds(&after, needle), "sealed text {place}");
        }
        assert_eq!(std::fs::read_dir(bench.folder.path().join("blobs")).unwrap().count(), 0);
        let checked = bench.store.check_log(&[]).await.unwrap();
        assert!(checked.is_ok(), "{checked:?}");

        assert!(bench.store.account(me).await.unwrap().is_none());
        assert!(bench.store.people(me).await.unwrap().is_empty() && bench.store.consents(me).await.unwrap().is_empty());
        assert!(bench.store.orders_of(&bench.visitor).await.unwrap().is_empty());
        for id in [approved.id, rejected.id, draft.id] {
            assert!(bench.store.order(id).await.unwrap().is_some(), "the accounts of money need the row");
            assert!(bench.store.applicant(id).await.unwrap().is_none());
            assert!(bench.store.messages_of(id).await.unwrap().is_empty());
        }
        assert_eq!(bench.store.order(draft.id).await.unwrap().unwrap().state, OrderState::Withdrawn);
        assert_eq!(bench.store.picture(photo, PictureKind::Preview, Actor::Citizen).await.unwrap(), None);
        assert_eq!(bench.store.standing(&number).await.unwrap(), Some(Standing::Revoked));
        assert_eq!(bench.store.stored_faces().await.unwrap(), 0);
    });
}

#[test]
fn a_photo_that_is_being_looked_at_is_erased_a_moment_later() {
    on_both(|mut bench| async move {
        let me = account(&bench, PHONE).await;
        bench.visitor = bench.store.account_visitor(me);
        let reviewer = bench.staff("one", Role::Reviewer).await;
        bench.waiting("a").await;
        let case = bench.store.claim(&reviewer).await.unwrap().unwrap();
        assert!(matches!(bench.store.erase_all_of(me).await, Err(StoreError::InUse(_))));
        assert!(bench.store.account(me).await.unwrap().is_some(), "nothing was deleted");
        bench.store.decide(&reviewer, case.photo.id, crate::reject("O01")).await.unwrap();
        bench.clock.pass_ms(huizhi_domain::review::UNDO_MS);
        bench.store.settle_due().await.unwrap();
        bench.store.erase_all_of(me).await.unwrap();
    });
}

#[test]
fn somebody_elses_order_that_was_seen_by_its_link_is_let_go_and_not_erased() {
    on_both(|mut bench| async move {
        let (me, other) = (account(&bench, PHONE).await, account(&bench, "13900139000").await);
        bench.visitor = bench.store.account_visitor(other);
        let child = bench.store.add_person(other, Relation::Child, &details(CHILD)).await.unwrap();
        let order = bench.draft().await;
        bench.store.set_person_of(order.id, other, child).await.unwrap();
        bench.judged(&order, "a", "fits").await;
        let mine = bench.store.account_visitor(me);
        bench.store.hold_order(&mine, order.id).await.unwrap();
        assert_eq!(bench.store.erase_all_of(me).await.unwrap().orders, 0);
        assert!(bench.store.order_of(&mine, order.id).await.unwrap().is_none());
        assert_eq!(bench.store.photos(order.id).await.unwrap().len(), 1);
        assert!(bench.store.order_of(&bench.visitor, order.id).await.unwrap().is_some());
    });
}

#[test]
fn faces_are_counted_by_person_and_not_by_picture() {
    on_both(|mut bench| async move {
        let me = account(&bench, PHONE).await;
        bench.visitor = bench.store.account_visitor(me);
        assert_eq!(bench.store.stored_faces().await.unwrap(), 0);
        let child = bench.store.add_person(me, Relation::Child, &details(CHILD)).await.unwrap();
        for face in ["a", "b"] {
            let order = bench.draft().await;
            bench.store.set_person_of(order.id, me, child).await.unwrap();
            bench.judged(&order, face, "fits").await;
        }
        assert_eq!(bench.store.stored_faces().await.unwrap(), 1, "two orders of one child");
        let order = bench.draft().await;
        bench.judged(&order, "c", "fits").await;
        assert_eq!(bench.store.stored_faces().await.unwrap(), 2);
        bench.store.withdraw(order.id).await.unwrap();
        assert_eq!(bench.store.stored_faces().await.unwrap(), 1);
    });
}
