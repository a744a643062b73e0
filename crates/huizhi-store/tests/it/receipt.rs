//! Receipts.

use huizhi_domain::message::Happening;
use huizhi_domain::receipt::{Claims, FetchError, RESERVED_MS, ReceiptState, Standing, Taker};
use huizhi_domain::review::Opinion;
use huizhi_domain::staff::{Role, Staff};
use huizhi_store::{StoreError, Window};

use crate::{Bench, on_both};

fn window(clerk: &Staff) -> Window {
    Window { staff: clerk.id, office: clerk.office.unwrap(), purpose: "换领".to_owned() }
}

async fn approved(bench: &Bench, reviewer: &Staff) -> huizhi_domain::order::Order {
    let (order, _) = bench.waiting("a").await;
    bench.decide_next(reviewer, Opinion::Accept).await;
    order
}

#[test]
fn one_approval_gives_one_receipt_whose_token_fits_its_photo() {
    on_both(|bench| async move {
        let one = bench.staff("one", Role::Reviewer).await;
        let order = approved(&bench, &one).await;
        let (store, again) = (bench.store.clone(), bench.again().await);
        let (first, second) = tokio::join!(store.issue_due(&crate::terms), again.issue_due(&crate::terms));
        let issued = first.as_ref().unwrap_or(&0) + second.as_ref().unwrap_or(&0);
        assert_eq!(issued + bench.issue().await, 1, "{first:?} {second:?}");
        let issued = bench.store.receipt_of(order.id).await.unwrap().unwrap();
        let photo = bench.store.receipt_photo(order.id).await.unwrap().unwrap();
        let claims = bench.store.keys().verifier.read(&issued.token).unwrap();
        assert_eq!(claims.p, Claims::digest_of(&photo));
        assert_eq!(claims.n, Claims::hash_of(&issued.number));
        assert_eq!(photo, b"id photo a");
        assert_eq!(bench.store.standing(&issued.number).await.unwrap(), Some(Standing::Valid));
        let told = bench.store.messages_of(order.id).await.unwrap();
        assert_eq!(told.iter().filter(|it| it.happening == Happening::ReceiptIssued).count(), 1);
    });
}

#[test]
fn a_thousand_fetches_at_once_use_the_photo_once_a_document() {
    on_both(|bench| async move {
        let one = bench.staff("one", Role::Reviewer).await;
        let clerk = bench.staff("clerk", Role::Clerk).await;
        let order = approved(&bench, &one).await;
        bench.issue().await;
        let number = bench.store.receipt_of(order.id).await.unwrap().unwrap().number;
        for document in ["cn-resident-id", "cn-residence-permit"] {
            let mut tasks = Vec::new();
            for _ in 0..1000 {
                let (store, number, window) = (bench.store.clone(), number.clone(), window(&clerk));
                tasks.push(tokio::spawn(async move {
                    store.reserve(&number, document, &window).await.is_ok()
                        && store.consume(&number, document, &window).await.is_ok()
                }));
            }
            let mut consumed = 0;
            for task in tasks {
                consumed += usize::from(task.await.unwrap());
            }
            assert_eq!(consumed, 1, "{document}");
        }
        let after = bench.store.receipt_of(order.id).await.unwrap().unwrap();
        assert_eq!(after.receipt.state, ReceiptState::Tombstone);
        assert_eq!(bench.store.receipt_photo(order.id).await.unwrap(), None, "erased after its last use");
        assert_eq!(bench.store.standing(&number).await.unwrap(), Some(Standing::Used));
    });
}

#[test]
fn another_office_learns_where_and_when_it_was_used() {
    on_both(|bench| async move {
        let one = bench.staff("one", Role::Reviewer).await;
        let (here, there) = (bench.staff("here", Role::Clerk).await, bench.staff("there", Role::Clerk).await);
        let order = approved(&bench, &one).await;
        bench.issue().await;
        let number = bench.store.receipt_of(order.id).await.unwrap().unwrap().number;
        bench.store.reserve(&number, "cn-resident-id", &window(&here)).await.unwrap();
        let blocked = bench.store.reserve(&number, "cn-resident-id", &window(&there)).await;
        assert!(matches!(blocked, Err(StoreError::Fetch(FetchError::Taken(_)))));
        bench.clock.pass_ms(RESERVED_MS);
        assert!(
            bench.store.consume(&number, "cn-resident-id", &window(&here)).await.is_err(),
            "the ten minutes are over"
        );
        bench.store.reserve(&number, "cn-resident-id", &window(&there)).await.unwrap();
        let used = bench.store.consume(&number, "cn-resident-id", &window(&there)).await.unwrap();
        let refused = bench.store.reserve(&number, "cn-resident-id", &window(&here)).await;
        let Err(StoreError::Fetch(FetchError::Taken(told))) = refused else { panic!("used twice") };
        assert_eq!((told.by, told.consumed_at), (Taker::Office(there.office.unwrap()), used.consumed_at));
        let unknown = huizhi_domain::receipt::ReceiptNumber::draw("HZ".parse().unwrap(), &mut Zeros);
        let refused = bench.store.reserve(&unknown, "cn-resident-id", &window(&here)).await;
        assert!(matches!(refused, Err(StoreError::Fetch(FetchError::Unknown))));
    });
}

#[test]
fn an_expired_receipt_loses_its_photo_and_keeps_its_number() {
    on_both(|bench| async move {
        let one = bench.staff("one", Role::Reviewer).await;
        let order = approved(&bench, &one).await;
        bench.issue().await;
        let number = bench.store.receipt_of(order.id).await.unwrap().unwrap().number;
        bench.clock.pass_ms(60 * 86_400_000);
        assert_eq!(bench.store.expire_receipts().await.unwrap(), 0, "it holds through its last day");
        bench.clock.pass_ms(86_400_000);
        assert_eq!(bench.store.expire_receipts().await.unwrap(), 1);
        assert_eq!(bench.store.standing(&number).await.unwrap(), Some(Standing::Expired));
        assert_eq!(bench.store.receipt_photo(order.id).await.unwrap(), None);
    });
}

#[test]
fn deleting_ones_photos_revokes_the_receipt_and_leaves_no_file() {
    on_both(|bench| async move {
        let one = bench.staff("one", Role::Reviewer).await;
        let order = approved(&bench, &one).await;
        bench.issue().await;
        let number = bench.store.receipt_of(order.id).await.unwrap().unwrap().number;
        bench.store.delete_photos(order.id).await.unwrap();
        assert_eq!(bench.store.standing(&number).await.unwrap(), Some(Standing::Revoked));
        let left: Vec<_> = std::fs::read_dir(bench.folder.path().join("blobs")).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
    });
}

#[test]
fn nothing_personal_lies_about_in_clear() {
    on_both(|bench| async move {
        let order = bench.draft().await;
        let mut applicant = huizhi_store::ApplicantRecord::default();
        applicant.name = Some("𠮷野太郎".to_owned());
        applicant.id_number = Some("11010519491231002X".to_owned());
        bench.store.set_applicant(order.id, &applicant).await.unwrap();
        let jpeg = b"\xFF\xD8\xFF\xE0 a face";
        bench.store.receive_photo(order.id, jpeg).await.unwrap();
        let mut folders = vec![bench.folder.path().to_owned()];
        let mut bytes = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { bytes.extend(std::fs::read(path).unwrap()) }
            }
        }
        for secret in [&b"\xFF\xD8\xFF"[..], "𠮷野太郎".as_bytes(), b"11010519491231002X", b"a face"] {
            assert!(
                !bytes.windows(secret.len()).any(|window| window == secret),
                "{:?}",
                String::from_utf8_lossy(secret)
            );
        }
        assert_eq!(bench.store.applicant(order.id).await.unwrap().unwrap(), applicant);
    });
}

struct Zeros;

impl rand_core::TryRng for Zeros {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(0)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(0)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        bytes.fill(0);
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Zeros {}
