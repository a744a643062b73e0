//! Inquiries: back and forth until they are closed, one hand at a time, sealed, and gone when they are over or their account is erased.

use huizhi_domain::audit::Actor;
use huizhi_domain::id::InquiryId;
use huizhi_domain::message::Happening;
use huizhi_domain::staff::Role;
use huizhi_domain::support::{Author, CannedWords, Ender, Inquiry, Next, Rating, Service, State, SupportError};
use huizhi_domain::words::Lang;
use huizhi_store::{Answering, NewInquiry, Store, StoreError, Visitor};

use crate::person::account;
use crate::{Bench, on_both};

const QUESTION: &str = "为什么我的照片没有通过，我明明没有戴眼镜";
const PICTURE: &[u8] = b"A PICTURE OF A PAGE THAT SHOWS AN ERROR";
const DAY_MS: i64 = 86_400_000;

fn service() -> Service {
    Service::built_in().unwrap()
}

fn new(store: &Store, visitor: Visitor) -> NewInquiry {
    NewInquiry {
        visitor,
        order: None,
        topic: "photo".to_owned(),
        lang: Lang::Zh,
        text: QUESTION.to_owned(),
        picture: None,
        due_at: store.now().after_s(3600),
    }
}

async fn found(store: &Store, id: InquiryId) -> Inquiry {
    store.inquiry(id).await.unwrap().unwrap()
}

fn answer(staff: &huizhi_domain::staff::Staff, next: Next) -> Answering {
    Answering { staff: staff.id, text: "请重拍一张，露出双耳。".to_owned(), next }
}

fn refused<T: std::fmt::Debug>(done: &Result<T, StoreError>, why: SupportError) {
    assert!(matches!(done, Err(StoreError::Support(error)) if *error == why), "{done:?}");
}

#[test]
fn an_inquiry_about_an_order_is_answered_told_and_closed() {
    on_both(|bench| async move {
        let (store, visitor) = (&bench.store, bench.visitor);
        let staff = bench.staff("kefu", Role::Support).await;
        let order = bench.draft().await;
        let other = store.visitor("another browser");
        let asked = NewInquiry { order: Some(order.id), picture: Some(PICTURE.to_vec()), ..new(store, other) };
        let id = store.ask_support(&asked, &service()).await.unwrap();
        for reader in [visitor, other] {
            assert_eq!(store.inquiries_of(&reader).await.unwrap().len(), 1, "who holds the order reads it too");
        }
        assert!(store.inquiries_of(&store.visitor("a third")).await.unwrap().is_empty());

        bench.clock.pass_ms(60_000);
        store.answer_inquiry(id, &answer(&staff, Next::Reply)).await.unwrap();
        let now = found(store, id).await;
        assert_eq!((now.state, now.staff, now.waits_since), (State::Waiting, Some(staff.id), None));
        assert_eq!(now.first_answer_at, Some(now.asked_at.after_ms(60_000)));
        assert!(now.is_unread());
        let told = store.messages_of(order.id).await.unwrap();
        assert_eq!(told.iter().map(|it| it.happening).collect::<Vec<_>>(), [Happening::Answered]);

        store.add_to_inquiry(id, "我再试试", None, &service()).await.unwrap();
        let now = found(store, id).await;
        assert_eq!((now.state, now.is_unread()), (State::Open, false), "who writes on has read");
        store.answer_inquiry(id, &answer(&staff, Next::Close)).await.unwrap();
        let now = found(store, id).await;
        assert_eq!((now.state, now.closed.map(|(_, by)| by)), (State::Closed, Some(Ender::Staff)));
        let said = store.said_in(id).await.unwrap();
        let authors: Vec<Author> = said.iter().map(|it| it.author).collect();
        assert_eq!(authors, [Author::Citizen, Author::Staff, Author::Citizen, Author::Staff]);
        assert_eq!((said[0].text.as_str(), said[0].has_picture, said[0].place), (QUESTION, true, 1));
        let picture = store.inquiry_picture(id, 1, Actor::Staff(staff.id)).await.unwrap();
        assert_eq!(picture.as_deref(), Some(PICTURE));
        assert!(store.inquiry_picture(id, 2, Actor::Citizen).await.unwrap().is_none());

        refused(&store.add_to_inquiry(id, "还有", None, &service()).await, SupportError::Closed);
        refused(&store.answer_inquiry(id, &answer(&staff, Next::Nothing)).await, SupportError::Closed);
        store.rate_inquiry(id, Rating::Fair).await.unwrap();
        store.read_inquiry(id).await.unwrap();
        let now = found(store, id).await;
        assert_eq!((now.rating, now.is_unread()), (Some(Rating::Fair), false));
        assert_eq!(store.first_answers(now.asked_at).await.unwrap().len(), 1);
        assert!(store.check_log(&[]).await.unwrap().is_ok());
    });
}

#[test]
fn one_of_staff_has_an_inquiry_until_they_hand_it_over() {
    on_both(|bench| async move {
        let store = &bench.store;
        let (first, second) = (bench.staff("a", Role::Support).await, bench.staff("b", Role::Support).await);
        let early = store.ask_support(&new(store, bench.visitor), &service()).await.unwrap();
        bench.clock.pass_ms(1000);
        let late = store.ask_support(&new(store, bench.visitor), &service()).await.unwrap();
        let queue = async || store.inquiry_queue().await.unwrap().iter().map(|it| it.id).collect::<Vec<_>>();
        assert_eq!(queue().await, [early, late], "who waits longest is first");
        store.take_inquiry(early, first.id).await.unwrap();
        store.take_inquiry(early, first.id).await.unwrap();
        refused(&store.take_inquiry(early, second.id).await, SupportError::Taken);
        refused(&store.answer_inquiry(early, &answer(&second, Next::Nothing)).await, SupportError::Taken);
        store.hand_over_inquiry(early, first.id, second.id, "请看一下付款").await.unwrap();
        store.answer_inquiry(early, &answer(&second, Next::Nothing)).await.unwrap();
        assert_eq!(queue().await, [late, early], "what waits for us is before what does not");
        let note = store.said_in(early).await.unwrap().remove(1);
        assert_eq!((note.author, note.staff), (Author::Note, Some(first.id)));
        refused(&store.rate_inquiry(early, Rating::Good).await, SupportError::NotClosed);
        store.close_inquiry(early, Ender::Citizen, Actor::Citizen).await.unwrap();
        store.close_inquiry(early, Ender::Staff, Actor::Staff(first.id)).await.unwrap();
        assert_eq!(found(store, early).await.closed.map(|(_, by)| by), Some(Ender::Citizen), "closed once");
        assert_eq!(queue().await, [late]);
    });
}

#[test]
fn what_is_closed_without_an_answer_says_why_is_counted_and_can_be_opened_again() {
    on_both(|bench| async move {
        let store = &bench.store;
        let staff = bench.staff("kefu", Role::Support).await;
        let id = store.ask_support(&new(store, bench.visitor), &service()).await.unwrap();
        let asked_at = store.now();
        refused(&store.reopen_inquiry(id, staff.id).await, SupportError::NotClosed);
        bench.clock.pass_ms(60_000);
        store.answer_inquiry(id, &answer(&staff, Next::Unanswered)).await.unwrap();
        let now = found(store, id).await;
        assert_eq!((now.state, now.first_answer_at, now.is_unread()), (State::Closed, None, true));
        assert_eq!(now.closed.map(|(_, by)| by), Some(Ender::Staff));
        assert_eq!(store.said_in(id).await.unwrap()[1].author, Author::Staff);
        assert_eq!(store.closed_unanswered(asked_at).await.unwrap(), 1);
        assert!(store.first_answers(asked_at).await.unwrap().is_empty(), "it waits for none");
        assert_eq!(store.closed_inquiries().await.unwrap(), [now]);

        store.rate_inquiry(id, Rating::Poor).await.unwrap();
        store.reopen_inquiry(id, staff.id).await.unwrap();
        let now = found(store, id).await;
        assert_eq!((now.state, now.waits_since, now.staff), (State::Open, Some(asked_at), Some(staff.id)));
        assert_eq!((now.closed, now.rating), (None, None));
        assert_eq!(store.closed_unanswered(asked_at).await.unwrap(), 0);
        assert!(store.closed_inquiries().await.unwrap().is_empty());
        store.answer_inquiry(id, &answer(&staff, Next::Close)).await.unwrap();
        store.reopen_inquiry(id, staff.id).await.unwrap();
        assert_eq!(found(store, id).await.waits_since, Some(store.now()), "it was answered once");
        assert!(store.check_log(&[]).await.unwrap().is_ok());
    });
}

#[test]
fn nobody_fills_the_queue_alone_and_no_inquiry_grows_without_end() {
    on_both(|bench| async move {
        let store = &bench.store;
        let small = Service { most_open: 2, most_messages: 2, ..service() };
        let ids = [
            store.ask_support(&new(store, bench.visitor), &small).await.unwrap(),
            store.ask_support(&new(store, bench.visitor), &small).await.unwrap(),
        ];
        let third = NewInquiry { picture: Some(PICTURE.to_vec()), ..new(store, bench.visitor) };
        refused(&store.ask_support(&third, &small).await, SupportError::TooManyOpen);
        let files = std::fs::read_dir(bench.folder.path().join("blobs")).unwrap().count();
        assert_eq!(files, 0, "the picture of what was refused is gone");
        store.add_to_inquiry(ids[0], "还有", None, &small).await.unwrap();
        refused(&store.add_to_inquiry(ids[0], "再来", None, &small).await, SupportError::Full);
        store.close_inquiry(ids[1], Ender::Citizen, Actor::Citizen).await.unwrap();
        store.ask_support(&third, &small).await.unwrap();
    });
}

#[test]
fn what_is_answered_closes_by_itself_and_what_is_closed_is_forgotten() {
    on_both(|bench| async move {
        let store = &bench.store;
        let staff = bench.staff("kefu", Role::Support).await;
        let asked = NewInquiry { picture: Some(PICTURE.to_vec()), ..new(store, bench.visitor) };
        let answered = store.ask_support(&asked, &service()).await.unwrap();
        let waits = store.ask_support(&new(store, bench.visitor), &service()).await.unwrap();
        store.answer_inquiry(answered, &answer(&staff, Next::Nothing)).await.unwrap();
        bench.clock.pass_ms(service().close_ms() + 1);
        assert_eq!(store.tend_inquiries(&service()).await.unwrap(), 1);
        assert_eq!(found(store, answered).await.closed.map(|(_, by)| by), Some(Ender::Service));
        assert_eq!(found(store, waits).await.state, State::Open, "what waits for us is not closed by time");
        bench.clock.pass_ms(service().kept_ms() + DAY_MS);
        assert_eq!(store.tend_inquiries(&service()).await.unwrap(), 1);
        assert!(store.inquiry(answered).await.unwrap().is_none());
        store.sweep().await.unwrap();
        assert_eq!(std::fs::read_dir(bench.folder.path().join("blobs")).unwrap().count(), 0);
        assert!(store.check_log(&[]).await.unwrap().is_ok());
    });
}

#[test]
fn an_erased_account_leaves_no_inquiry_and_nothing_lies_in_clear() {
    on_both(|bench| async move {
        let store = &bench.store;
        let me = account(&bench, "13800138000").await;
        let visitor = store.account_visitor(me);
        let order = bench.draft().await;
        store.hold_order(&visitor, order.id).await.unwrap();
        let mine = NewInquiry { picture: Some(PICTURE.to_vec()), ..new(store, visitor) };
        let mine = store.ask_support(&mine, &service()).await.unwrap();
        let of_order = NewInquiry { order: Some(order.id), ..new(store, bench.visitor) };
        let of_order = store.ask_support(&of_order, &service()).await.unwrap();
        let others = store.ask_support(&new(store, bench.visitor), &service()).await.unwrap();
        let bytes = all_bytes(&bench);
        for text in [QUESTION.as_bytes(), PICTURE] {
            assert!(!bytes.windows(text.len()).any(|part| part == text), "it lies in clear");
        }
        store.erase_all_of(me).await.unwrap();
        assert!(store.inquiry(mine).await.unwrap().is_none());
        assert!(store.inquiry(of_order).await.unwrap().is_none(), "it was about an order that is erased");
        assert!(store.inquiry(others).await.unwrap().is_some());
    });
}

/// Every byte of the database's files and the sealed ones.
fn all_bytes(bench: &Bench) -> Vec<u8> {
    let mut all = Vec::new();
    for folder in [bench.folder.path().to_owned(), bench.folder.path().join("blobs")] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                all.extend(std::fs::read(path).unwrap());
            }
        }
    }
    all
}

#[test]
fn canned_answers_are_kept_by_name_changed_and_dropped() {
    on_both(|bench| async move {
        let store = &bench.store;
        let staff = bench.staff("kefu", Role::Support).await;
        let words = |name: &str| CannedWords::parse(name, "{document}在排队。", "{document} waits.").unwrap();
        let id = store.keep_canned_answer(None, &words("排队"), staff.id).await.unwrap();
        let twice = store.keep_canned_answer(None, &words("排队"), staff.id).await;
        assert!(matches!(twice, Err(StoreError::Conflict(_))), "{twice:?}");
        store.keep_canned_answer(Some(id), &words("等待"), staff.id).await.unwrap();
        let all = store.canned_answers().await.unwrap();
        assert_eq!(all.iter().map(|it| it.words.name.as_str()).collect::<Vec<_>>(), ["等待"]);
        store.drop_canned_answer(id, staff.id).await.unwrap();
        store.drop_canned_answer(id, staff.id).await.unwrap();
        assert!(store.canned_answers().await.unwrap().is_empty());
        let gone = store.keep_canned_answer(Some(id), &words("等待"), staff.id).await;
        assert!(matches!(gone, Err(StoreError::Absent(_))), "{gone:?}");
    });
}
