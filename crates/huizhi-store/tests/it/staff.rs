//! Staff: second factors, invitations, two persons, suspension, terminals.

use huizhi_domain::clock::Zone;
use huizhi_domain::office::Hours;
use huizhi_domain::review::Opinion;
use huizhi_domain::staff::{Change, PROPOSAL_MS, Role, StaffError};
use huizhi_domain::totp::CodeAnswer;
use huizhi_store::{NewInvitation, Passkey, Place, Purpose, Second, StoreError};
use sqlx::Connection as _;

use crate::{Bench, on_both};

/// Whether the database itself takes a statement.
async fn takes(place: &Place, sql: String) -> bool {
    match place {
        Place::Sqlite(path) => {
            let mut db = sqlx::SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
            sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut db).await.is_ok()
        }
        Place::Postgres(address) => {
            let mut db = sqlx::PgConnection::connect(address).await.unwrap();
            sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut db).await.is_ok()
        }
    }
}

async fn second(bench: &Bench, token: &str) -> Option<Second> {
    bench.store.session_of(token).await.unwrap().map(|session| session.second)
}

#[test]
fn a_second_factor_is_due_after_the_password_and_its_code_is_used_once() {
    on_both(|bench| async move {
        let store = &bench.store;
        let chen = bench.staff("chen", Role::Lead).await;
        store.begin_by_password(chen.id, "one").await.unwrap();
        assert_eq!(second(&bench, "one").await, Some(Second::None));
        let secret = store.totp_to_enrol(chen.id).await.unwrap().unwrap();
        let again = store.totp_to_enrol(chen.id).await.unwrap().unwrap();
        assert_eq!(secret.reveal(), again.reveal(), "the page shows the same secret until it is enrolled");
        let wrong = store.enrol_totp(chen.id, "one", "000000").await.unwrap();
        assert_eq!(wrong, (CodeAnswer::Wrong, Vec::new()));
        let (answer, recovery) = store.enrol_totp(chen.id, "one", &secret.code(store.now())).await.unwrap();
        assert_eq!((answer, recovery.len()), (CodeAnswer::Right, 10));
        assert_eq!(second(&bench, "one").await, Some(Second::Shown));
        assert!(store.totp_to_enrol(chen.id).await.unwrap().is_none());

        store.begin_by_password(chen.id, "two").await.unwrap();
        assert_eq!(second(&bench, "two").await, Some(Second::Due));
        assert!(store.session("two").await.unwrap().is_none(), "half a sign-in opens nothing");
        let used = store.prove_by_code(chen.id, &secret.code(store.now()), "two", "three").await.unwrap();
        assert_eq!(used, CodeAnswer::Wrong, "the code of the enrolment is used up");
        bench.clock.pass_ms(60_000);
        let right = store.prove_by_code(chen.id, &secret.code(store.now()), "two", "three").await.unwrap();
        assert_eq!(right, CodeAnswer::Right);
        assert_eq!(second(&bench, "two").await, None, "the token of the half sign-in is gone");
        assert_eq!(store.session("three").await.unwrap().unwrap().id, chen.id);

        store.begin_by_password(chen.id, "four").await.unwrap();
        for (code, answer) in [(&recovery[0], CodeAnswer::Right), (&recovery[0], CodeAnswer::Wrong)] {
            let said = store.prove_by_code(chen.id, &code.to_uppercase(), "four", "four").await.unwrap();
            assert_eq!(said, answer, "a recovery code is used once");
        }
        assert_eq!(store.factors(chen.id).await.unwrap().recovery, 9);
    });
}

#[test]
fn a_challenge_is_good_once_and_a_counter_has_to_grow() {
    on_both(|bench| async move {
        let store = &bench.store;
        let chen = bench.staff("chen", Role::Admin).await;
        store.begin_by_password(chen.id, "one").await.unwrap();
        let key = Passkey { id: b"key".to_vec(), point: vec![4; 65], counter: 1 };
        let challenge = store.draw_challenge("one", Purpose::Enrol).await.unwrap();
        let elsewhere = store.enrol_passkey(chen.id, "other", &challenge, key.clone()).await;
        assert!(matches!(elsewhere, Err(StoreError::Absent("challenge"))), "it belongs to its session");
        assert_eq!(store.enrol_passkey(chen.id, "one", &challenge, key.clone()).await.unwrap().len(), 10);
        let twice = store.enrol_passkey(chen.id, "one", &challenge, key.clone()).await;
        assert!(matches!(twice, Err(StoreError::Absent("challenge"))));
        assert_eq!(store.passkeys(chen.id).await.unwrap(), std::slice::from_ref(&key));

        store.begin_by_password(chen.id, "two").await.unwrap();
        assert_eq!(second(&bench, "two").await, Some(Second::Due));
        let prove = async |counter: u32, old: &str, new: &str| {
            let challenge = store.draw_challenge(old, Purpose::Prove).await.unwrap();
            store.prove_by_passkey(chen.id, &challenge, Passkey { counter, ..key.clone() }, old, new).await.unwrap()
        };
        assert!(!prove(1, "two", "three").await, "a copy of the key would count the same");
        assert!(prove(2, "two", "three").await);
        assert_eq!(second(&bench, "three").await, Some(Second::Shown));
        let late = store.draw_challenge("three", Purpose::Prove).await.unwrap();
        bench.clock.pass_ms(5 * 60_000);
        let used = Passkey { counter: 3, ..key.clone() };
        let late = store.prove_by_passkey(chen.id, &late, used, "three", "four").await;
        assert!(matches!(late, Err(StoreError::Absent("challenge"))));
    });
}

#[test]
fn who_is_suspended_has_no_session_and_signs_in_nowhere() {
    on_both(|bench| async move {
        let store = &bench.store;
        let (chen, admin) = (bench.staff("chen", Role::Reviewer).await, bench.staff("admin", Role::Admin).await);
        store.begin_session(chen.id, "one").await.unwrap();
        let oneself = store.suspend(admin.id, admin.id).await;
        assert!(matches!(oneself, Err(StoreError::Staff(StaffError::Oneself))));
        store.suspend(chen.id, admin.id).await.unwrap();
        assert!(store.session("one").await.unwrap().is_none());
        assert!(store.staff_by_login("chen").await.unwrap().is_none());
        assert!(matches!(store.suspend(chen.id, admin.id).await, Err(StoreError::Absent(_))));
        store.reactivate(chen.id, admin.id).await.unwrap();
        assert!(store.session("one").await.unwrap().is_none(), "the old session stays ended");
        assert!(store.staff_by_login("chen").await.unwrap().is_some());
    });
}

#[test]
fn a_role_changes_when_two_persons_agree_and_the_table_knows_it_too() {
    on_both(|bench| async move {
        let store = &bench.store;
        let chen = bench.staff("chen", Role::Reviewer).await;
        let (one, two) = (bench.staff("one", Role::Admin).await, bench.staff("two", Role::Admin).await);
        let to_lead = Change::Role { role: Role::Lead, office: None };
        let clerk = store.propose(Change::Role { role: Role::Clerk, office: None }, chen.id, one.id).await;
        assert!(matches!(clerk, Err(StoreError::Staff(StaffError::Office))));
        store.begin_session(chen.id, "session").await.unwrap();
        let proposal = store.propose(to_lead, chen.id, one.id).await.unwrap();
        assert!(matches!(store.propose(to_lead, chen.id, two.id).await, Err(StoreError::Conflict(_))));
        let own = store.confirm_proposal(proposal.id, Some(one.id)).await;
        assert!(matches!(own, Err(StoreError::Staff(StaffError::SamePerson))));
        let machine = store.confirm_proposal(proposal.id, None).await;
        assert!(matches!(machine, Err(StoreError::Staff(StaffError::OtherAdmin))));
        let forced = format!(
            "UPDATE proposal SET state = 'done', settled_at = 1, confirmer = '{}' WHERE id = '{}'",
            one.id, proposal.id
        );
        assert!(!takes(&bench.place, forced).await, "the table refuses it whatever the program says");
        store.confirm_proposal(proposal.id, Some(two.id)).await.unwrap();
        let all = store.all_staff().await.unwrap();
        assert_eq!(all.iter().find(|staff| staff.id == chen.id).unwrap().role, Role::Lead);
        assert!(store.session("session").await.unwrap().is_none(), "what was open under the old role is closed");
        let again = store.confirm_proposal(proposal.id, Some(two.id)).await;
        assert!(matches!(again, Err(StoreError::Staff(StaffError::Over))));

        // Nobody confirmed it within a day; then another can be made.
        let late = store.propose(Change::Reset, chen.id, one.id).await.unwrap();
        bench.clock.pass_ms(PROPOSAL_MS);
        assert!(store.proposals().await.unwrap().is_empty());
        assert!(matches!(
            store.confirm_proposal(late.id, Some(two.id)).await,
            Err(StoreError::Staff(StaffError::Over))
        ));
        let reset = store.propose(Change::Reset, chen.id, one.id).await.unwrap();
        store.suspend(two.id, one.id).await.unwrap();
        store.confirm_proposal(reset.id, None).await.unwrap();
        assert!(store.check_log(&[]).await.unwrap().is_ok());
    });
}

#[test]
fn an_invitation_is_taken_once_and_gives_no_power() {
    on_both(|bench| async move {
        let store = &bench.store;
        let admin = bench.staff("admin", Role::Admin).await;
        let new = |role| NewInvitation { login: "wu".to_owned(), name: "吴".to_owned(), role, office: None };
        let power = store.invite(new(Role::Admin), "token", admin.id).await;
        assert!(matches!(power, Err(StoreError::Staff(StaffError::Role))));
        store.invite(new(Role::Reviewer), "token", admin.id).await.unwrap();
        assert!(matches!(store.invite(new(Role::Editor), "other", admin.id).await, Err(StoreError::Conflict(_))));
        assert!(store.invitation("tokem").await.unwrap().is_none());
        assert_eq!(store.invitation("token").await.unwrap().unwrap().staff.login, "wu");
        let staff = store.accept_invitation("token", "hash").await.unwrap();
        assert_eq!((staff.login.as_str(), staff.role), ("wu", Role::Reviewer));
        assert!(matches!(store.accept_invitation("token", "hash").await, Err(StoreError::Absent(_))));
        let late = NewInvitation { login: "li".to_owned(), ..new(Role::Reviewer) };
        store.invite(late, "late", admin.id).await.unwrap();
        bench.clock.pass_ms(72 * 3_600_000);
        assert!(store.invitation("late").await.unwrap().is_none());
    });
}

#[test]
fn who_took_the_payment_does_not_decide_on_the_photo() {
    on_both(|bench| async move {
        let clerk = bench.staff("clerk", Role::Clerk).await;
        let (one, two) = (bench.staff("one", Role::Admin).await, bench.staff("two", Role::Admin).await);
        let order = bench.draft().await;
        let photo = bench.judged(&order, "a", "fits").await;
        let terms = huizhi_domain::order::Terms { price_fen: 1000, ..crate::free() };
        bench.store.submit(order.id, photo, None, terms, false).await.unwrap();
        bench.store.pay(order.id, 1000, clerk.id).await.unwrap();
        let change = Change::Role { role: Role::Reviewer, office: None };
        let proposal = bench.store.propose(change, clerk.id, one.id).await.unwrap();
        bench.store.confirm_proposal(proposal.id, Some(two.id)).await.unwrap();
        let all = bench.store.all_staff().await.unwrap();
        let reviewer = all.into_iter().find(|staff| staff.id == clerk.id).unwrap();
        assert!(bench.store.claim(&reviewer).await.unwrap().is_none());
        let other = bench.staff("other", Role::Reviewer).await;
        assert_eq!(bench.decide_next(&other, Opinion::Accept).await, photo);
    });
}

#[test]
fn a_terminal_belongs_to_an_office_until_it_is_taken_back() {
    on_both(|bench| async move {
        let store = &bench.store;
        let admin = bench.staff("admin", Role::Admin).await;
        let office = store.add_office("441300", "惠城", "惠州").await.unwrap();
        let code = store.terminal_code("secret").await.unwrap();
        assert_eq!(store.terminal("secret").await.unwrap().unwrap().office, None);
        assert!(matches!(store.register_terminal("22222222", office.id, admin.id).await, Err(StoreError::Absent(_))));
        let newer = store.terminal_code("secret").await.unwrap();
        assert!(store.register_terminal(&code, office.id, admin.id).await.is_err(), "a newer code replaced it");
        store.register_terminal(&newer.to_lowercase(), office.id, admin.id).await.unwrap();
        assert!(matches!(store.terminal_code("secret").await, Err(StoreError::Conflict(_))));
        let terminal = store.terminal("secret").await.unwrap().unwrap();
        assert_eq!(terminal.office, Some(office.id));
        store.revoke_terminal(terminal.id, admin.id).await.unwrap();
        assert!(store.terminal("secret").await.unwrap().is_none());

        assert!(store.office_hours(office.id).await.unwrap().open_at(store.now(), Zone::CHINA));
        let hours = Hours::of([(3, "09:00-10:00".parse().unwrap())]);
        store.set_office_hours(office.id, &hours, Some(admin.id)).await.unwrap();
        assert_eq!(store.office_hours(office.id).await.unwrap(), hours);
        assert!(!hours.open_at(store.now(), Zone::CHINA), "it is ten o'clock");
    });
}
