//! Citizens' accounts: codes, passwords, sessions.

use huizhi_domain::account::{Assurance, CODE_LIVES_MS, CodePurpose, Contact, How};
use huizhi_domain::clock::Moment;
use huizhi_domain::id::AccountId;
use huizhi_domain::words::Lang;
use huizhi_store::{CodeAnswer, CodeSent, Limited, StoreError, Try};

use crate::{Bench, on_both};

const MINUTE_MS: i64 = 60_000;
const PLENTY: u32 = 1000;

fn phone() -> Contact {
    Contact::parse("13800001234").unwrap()
}

async fn code(bench: &Bench, purpose: CodePurpose, contact: &Contact) -> String {
    match bench.store.send_code(purpose, contact, PLENTY).await.unwrap() {
        CodeSent::Send(code) => code.reveal().to_owned(),
        CodeSent::Limited(limited) => panic!("{limited:?}"),
    }
}

/// Six digits that are not the code.
fn other(code: &str) -> &'static str {
    if code == "123456" { "654321" } else { "123456" }
}

async fn registered(bench: &Bench) -> AccountId {
    let typed = code(bench, CodePurpose::Register, &phone()).await;
    let made = bench.store.register(&phone(), &typed, "a hash".to_owned(), Lang::En).await.unwrap();
    assert_eq!(made.0, CodeAnswer::Right);
    made.1
}

async fn begin(bench: &Bench, id: AccountId, token: &str, old: Option<&str>) {
    bench.store.begin_account_session(id, How::Password, token, old, "iphone/wechat").await.unwrap();
}

#[test]
fn an_account_is_made_by_its_code_and_by_nothing_else() {
    on_both(|bench| async move {
        let store = &bench.store;
        let typed = code(&bench, CodePurpose::Register, &phone()).await;
        let hash = || "a hash".to_owned();
        let wrong = store.register(&phone(), other(&typed), hash(), Lang::Zh).await.unwrap();
        assert_eq!(wrong.0, CodeAnswer::Wrong);
        assert_eq!(store.account_by_contact(&phone()).await.unwrap(), None);
        assert_eq!(store.account(wrong.1).await.unwrap(), None);
        // It is good for its purpose and its contact.
        assert_eq!(store.use_code(CodePurpose::SignIn, &phone(), &typed).await.unwrap(), CodeAnswer::Over);
        let stranger = Contact::parse("a@example.cn").unwrap();
        assert_eq!(store.register(&stranger, &typed, hash(), Lang::Zh).await.unwrap().0, CodeAnswer::Over);
        let right = store.register(&phone(), &typed, hash(), Lang::En).await.unwrap();
        assert_eq!(right.0, CodeAnswer::Right);
        let account = store.account(right.1).await.unwrap().unwrap();
        assert_eq!((account.assurance, account.lang), (Assurance::SelfAsserted, Lang::En));
        assert!(account.has_password && !account.has_face);
        assert_eq!(store.account_by_contact(&phone()).await.unwrap(), Some(account.id));
        assert_eq!(store.account_password(&phone()).await.unwrap(), Some((account.id, Some(hash()))));
        assert_eq!(store.contact_of(account.id).await.unwrap(), Some(phone()));
        // And once.
        assert_eq!(store.register(&phone(), &typed, hash(), Lang::Zh).await.unwrap().0, CodeAnswer::Over);
        // A second account of the same contact is not made, even by somebody who guesses the code.
        bench.clock.pass_ms(MINUTE_MS);
        let typed = code(&bench, CodePurpose::Register, &phone()).await;
        assert_eq!(store.register(&phone(), &typed, hash(), Lang::Zh).await.unwrap().0, CodeAnswer::Wrong);
        let twice = store.add_account(Some(&phone()), None, Lang::Zh).await;
        assert!(matches!(twice, Err(StoreError::Conflict(_))));
        assert!(store.check_log(&[]).await.unwrap().is_ok());
    });
}

#[test]
fn another_contact_takes_its_code_and_leaves_nothing_of_the_old_one() {
    on_both(|bench| async move {
        let store = &bench.store;
        let new = Contact::parse("a@example.cn").unwrap();
        let id = registered(&bench).await;
        begin(&bench, id, "token", None).await;
        assert_eq!(store.try_password(&phone(), None).await.unwrap(), Try::Free);
        let typed = code(&bench, CodePurpose::Contact, &new).await;
        assert_eq!(store.change_contact(id, &new, other(&typed)).await.unwrap(), CodeAnswer::Wrong);
        assert_eq!(store.contact_of(id).await.unwrap(), Some(phone()));
        assert!(store.account_session("token").await.unwrap().is_some());
        // A code that was sent elsewhere is no good for this one.
        assert_eq!(store.change_contact(id, &phone(), &typed).await.unwrap(), CodeAnswer::Over);
        assert_eq!(store.change_contact(id, &new, &typed).await.unwrap(), CodeAnswer::Right);
        assert_eq!(store.contact_of(id).await.unwrap(), Some(new.clone()));
        assert_eq!(store.account_by_contact(&new).await.unwrap(), Some(id));
        assert_eq!(store.account_by_contact(&phone()).await.unwrap(), None);
        assert!(store.account_session("token").await.unwrap().is_none(), "all sessions have ended");
        assert_eq!(store.try_password(&phone(), None).await.unwrap(), Try::Free, "its wrong tries are forgotten");
        // Somebody else's contact is not taken, even by who guesses the code that was sent to nobody.
        bench.clock.pass_ms(MINUTE_MS);
        let second = registered(&bench).await;
        let typed = code(&bench, CodePurpose::Contact, &new).await;
        assert_eq!(store.change_contact(second, &new, &typed).await.unwrap(), CodeAnswer::Wrong);
        assert_eq!(store.account_by_contact(&new).await.unwrap(), Some(id));
        assert!(store.check_log(&[]).await.unwrap().is_ok());
    });
}

#[test]
fn a_code_ends_after_five_tries_and_after_ten_minutes() {
    on_both(|bench| async move {
        let store = &bench.store;
        let typed = code(&bench, CodePurpose::SignIn, &phone()).await;
        for try_number in 1..=5 {
            let answer = store.use_code(CodePurpose::SignIn, &phone(), other(&typed)).await.unwrap();
            assert_eq!(answer, if try_number < 5 { CodeAnswer::Wrong } else { CodeAnswer::Over });
        }
        assert_eq!(store.use_code(CodePurpose::SignIn, &phone(), &typed).await.unwrap(), CodeAnswer::Over);
        assert!(!store.code_waits(CodePurpose::SignIn, &phone()).await.unwrap());
        bench.clock.pass_ms(MINUTE_MS);
        let typed = code(&bench, CodePurpose::SignIn, &phone()).await;
        assert!(store.code_waits(CodePurpose::SignIn, &phone()).await.unwrap());
        bench.clock.pass_ms(CODE_LIVES_MS);
        assert_eq!(store.use_code(CodePurpose::SignIn, &phone(), &typed).await.unwrap(), CodeAnswer::Over);
        let typed = code(&bench, CodePurpose::SignIn, &phone()).await;
        bench.clock.pass_ms(CODE_LIVES_MS - 1);
        assert_eq!(store.use_code(CodePurpose::SignIn, &phone(), &typed).await.unwrap(), CodeAnswer::Right);
    });
}

#[test]
fn codes_go_out_within_the_limits_of_contact_and_service() {
    on_both(|bench| async move {
        let (store, start) = (&bench.store, bench.store.now());
        code(&bench, CodePurpose::Register, &phone()).await;
        let again = store.send_code(CodePurpose::Recover, &phone(), PLENTY).await.unwrap();
        let until = Moment(start.0 + MINUTE_MS);
        assert_eq!(again, CodeSent::Limited(Limited::Contact(until)), "for whatever purpose");
        let mail = Contact::parse("a@example.cn").unwrap();
        let spent = store.send_code(CodePurpose::Register, &mail, 1).await.unwrap();
        assert_eq!(spent, CodeSent::Limited(Limited::Service));
        bench.clock.pass_ms(24 * 60 * MINUTE_MS);
        store.tidy_accounts().await.unwrap();
        assert!(matches!(store.send_code(CodePurpose::Register, &mail, 1).await.unwrap(), CodeSent::Send(_)));
    });
}

#[test]
fn who_was_asked_is_sealed_for_one_purpose_and_half_an_hour() {
    on_both(|bench| async move {
        let store = &bench.store;
        let sealed = store.seal_asked(CodePurpose::Recover, &phone());
        assert_eq!(store.open_asked(CodePurpose::Recover, &sealed), Some(phone()));
        assert_eq!(store.open_asked(CodePurpose::Register, &sealed), None);
        assert_eq!(store.open_asked(CodePurpose::Recover, "x"), None);
        bench.clock.pass_ms(3 * CODE_LIVES_MS);
        assert_eq!(store.open_asked(CodePurpose::Recover, &sealed), None);
    });
}

#[test]
fn recovering_ends_all_sessions_and_forgives() {
    on_both(|bench| async move {
        let (store, id) = (&bench.store, registered(&bench).await);
        begin(&bench, id, "one", None).await;
        begin(&bench, id, "two", None).await;
        assert_eq!(store.sessions_of(id).await.unwrap().len(), 2);
        assert_eq!(store.try_password(&phone(), None).await.unwrap(), Try::Free);
        bench.clock.pass_ms(MINUTE_MS);
        let typed = code(&bench, CodePurpose::Recover, &phone()).await;
        let wrong = store.recover(&phone(), other(&typed), "another".to_owned()).await.unwrap();
        assert_eq!(wrong, (CodeAnswer::Wrong, None));
        assert_eq!(store.sessions_of(id).await.unwrap().len(), 2);
        let right = store.recover(&phone(), &typed, "another".to_owned()).await.unwrap();
        assert_eq!(right, (CodeAnswer::Right, Some(id)));
        assert!(store.account_session("one").await.unwrap().is_none());
        assert_eq!(store.password_of(id).await.unwrap().as_deref(), Some("another"));
        // A code for a contact without an account sets nothing.
        let nobody = Contact::parse("a@example.cn").unwrap();
        let typed = code(&bench, CodePurpose::Recover, &nobody).await;
        assert_eq!(store.recover(&nobody, &typed, "x".to_owned()).await.unwrap(), (CodeAnswer::Wrong, None));
    });
}

#[test]
fn a_new_session_ends_the_one_before_and_none_outlives_its_end() {
    on_both(|bench| async move {
        let (store, id) = (&bench.store, registered(&bench).await);
        begin(&bench, id, "planted", None).await;
        begin(&bench, id, "own", Some("planted")).await;
        assert!(store.account_session("planted").await.unwrap().is_none());
        let (account, session) = store.account_session("own").await.unwrap().unwrap();
        assert_eq!(account.id, id);
        begin(&bench, id, "other", None).await;
        let lines = store.sessions_of(id).await.unwrap();
        let line = &lines[0];
        assert_eq!((line.how, line.browser.as_str()), (How::Password, "iphone/wechat"));
        store.end_sessions_of(id, Some(session)).await.unwrap();
        assert!(store.account_session("other").await.unwrap().is_none());
        // A second process sees it too, and nobody ends what is not theirs.
        let again = bench.again().await;
        let stranger = again.add_account(None, None, Lang::Zh).await.unwrap();
        again.end_session_of(stranger, session).await.unwrap();
        assert!(again.account_session("own").await.unwrap().is_some());
        store.end_session_of(id, session).await.unwrap();
        assert!(again.account_session("own").await.unwrap().is_none());
        // Half an hour without use, twelve hours in any case.
        begin(&bench, id, "idle", None).await;
        for _ in 0..24 {
            assert!(store.account_session("idle").await.unwrap().is_some());
            bench.clock.pass_ms(29 * MINUTE_MS);
        }
        bench.clock.pass_ms(24 * MINUTE_MS);
        assert!(store.account_session("idle").await.unwrap().is_none(), "twelve hours");
        begin(&bench, id, "idle again", None).await;
        bench.clock.pass_ms(30 * MINUTE_MS);
        assert!(store.account_session("idle again").await.unwrap().is_none(), "half an hour");
        store.tidy_accounts().await.unwrap();
        assert!(store.sessions_of(id).await.unwrap().is_empty());
    });
}

#[test]
fn wrong_passwords_are_counted_over_processes_and_restarts() {
    on_both(|bench| async move {
        let (store, start) = (&bench.store, bench.store.now());
        assert_eq!(store.try_password(&phone(), None).await.unwrap(), Try::Free);
        let again = bench.again().await;
        assert_eq!(again.try_password(&phone(), None).await.unwrap(), Try::Wait(start.after_s(1)));
        // A browser that is known has a count of its own.
        assert_eq!(again.try_password(&phone(), Some("device")).await.unwrap(), Try::Free);
        assert_eq!(store.try_password(&phone(), Some("another")).await.unwrap(), Try::Free);
        let mut pauses = Vec::new();
        while pauses.len() < 99 {
            let Try::Wait(until) = store.try_password(&phone(), None).await.unwrap() else { panic!("no pause") };
            pauses.push(until.since_ms(store.now()) / 1000);
            bench.clock.pass_ms(until.since_ms(store.now()));
            assert_eq!(again.try_password(&phone(), None).await.unwrap(), Try::Free);
        }
        assert_eq!([pauses[0], pauses[1], pauses[2], pauses[8], pauses[24], pauses[98]], [1, 1, 3, 5, 10, 10]);
        let Try::Wait(midnight) = store.try_password(&phone(), None).await.unwrap() else { panic!("no pause") };
        assert_eq!(midnight.wall(store.zone()), "2026-11-26 00:00");
        store.right_password(&phone(), None).await.unwrap();
        assert_eq!(store.try_password(&phone(), None).await.unwrap(), Try::Free);
    });
}

#[test]
fn an_account_holds_orders_rises_and_goes() {
    on_both(|bench| async move {
        let (store, id) = (&bench.store, registered(&bench).await);
        let order = bench.draft().await;
        let own = store.account_visitor(id);
        assert!(store.orders_of(&own).await.unwrap().is_empty());
        store.take_orders(id, vec![order.id]).await.unwrap();
        store.take_orders(id, vec![order.id]).await.unwrap();
        assert_eq!(store.orders_of(&own).await.unwrap().len(), 1);
        assert_eq!(store.orders_of(&bench.visitor).await.unwrap().len(), 1, "the browser keeps it");
        store.assure(id, Assurance::FaceMatched).await.unwrap();
        store.assure(id, Assurance::NumberChecked).await.unwrap();
        assert_eq!(store.account(id).await.unwrap().unwrap().assurance, Assurance::FaceMatched);
        store.enrol_face(id, b"a template").await.unwrap();
        assert!(store.account(id).await.unwrap().unwrap().has_face);
        assert!(store.delete_face(id).await.unwrap());
        assert!(!store.account(id).await.unwrap().unwrap().has_face);
        begin(&bench, id, "one", None).await;
        store.erase_all_of(id).await.unwrap();
        assert_eq!(store.account(id).await.unwrap(), None);
        assert_eq!(store.account_by_contact(&phone()).await.unwrap(), None);
        assert!(store.account_session("one").await.unwrap().is_none());
        assert!(store.check_log(&[]).await.unwrap().is_ok());
    });
}
