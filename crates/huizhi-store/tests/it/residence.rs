//! Residence declarations: one in force at a time, whoever is first; a link that is used once; and codes that end with them.

use huizhi_domain::account::Assurance;
use huizhi_domain::applicant::{PersonName, Phone};
use huizhi_domain::id::{AccountId, DeclarationId, OfficeId};
use huizhi_domain::person::{Person, Relation};
use huizhi_domain::residence::{
    Answerer, Confirmer, DeclarationForm, Paper, Refusal, ResidenceError, Rulebook, Rules, Standing, State, parse,
};
use huizhi_domain::staff::{Role, Staff};
use huizhi_store::{NewDeclaration, OfficeAnswer, PassRead, Store, StoreError};

use crate::person::{ADULT, CHILD, NAME, account, details};
use crate::{Bench, on_both};

const CITY: &str = "441300";
pub(crate) const STREET: &str = "江北街道云山小区";
const LANDLORD: &str = "13700137000";

fn rules() -> Rules {
    Rulebook::built_in().unwrap().on(jiff::civil::date(2026, 11, 25)).clone()
}

fn answerer() -> Answerer {
    Answerer { name: PersonName::parse("房东乙").unwrap(), phone: Phone::parse(LANDLORD).unwrap() }
}

async fn person(bench: &Bench, of: AccountId, number: &str) -> Person {
    let relation = if number == ADULT { Relation::Myself } else { Relation::Child };
    let id = bench.store.add_person(of, relation, &details(number)).await.unwrap();
    bench.store.person(of, id).await.unwrap().unwrap()
}

fn new(of: AccountId, person: &Person, dwelling: &str, assurance: Assurance) -> NewDeclaration {
    let form = DeclarationForm {
        place: Some((CITY, "惠城区")),
        street: STREET,
        house: "3 栋 501",
        dwelling,
        since: "2026-09-01",
        truth: true,
    };
    let declared = parse(&form, jiff::civil::date(2026, 11, 25)).unwrap();
    NewDeclaration { account: of, assurance, person: person.clone(), declared }
}

pub(crate) async fn rented(store: &Store, of: AccountId, person: &Person) -> DeclarationId {
    let (id, state) =
        store.declare_residence(&new(of, person, "rented", Assurance::FaceMatched), &rules()).await.unwrap();
    assert_eq!(state, State::Declared);
    id
}

/// Declared, and confirmed by a landlord.
async fn confirmed(store: &Store, of: AccountId, person: &Person) -> (DeclarationId, State) {
    let id = rented(store, of, person).await;
    let link = store.residence_link(of, id, &rules()).await.unwrap();
    let state = store.answer_residence_link(&link.secret, Confirmer::Landlord, &answerer(), None, &rules()).await;
    (id, state.unwrap())
}

async fn state(store: &Store, id: DeclarationId) -> State {
    store.residence(id).await.unwrap().unwrap().state
}

fn at_office(clerk: &Staff, verdict: Result<Paper, Refusal>) -> OfficeAnswer {
    OfficeAnswer { staff: clerk.id, office: clerk.office.unwrap(), verdict }
}

fn refused_by_state<T: std::fmt::Debug>(done: &Result<T, StoreError>) {
    assert!(matches!(done, Err(StoreError::Residence(ResidenceError::State(_)))), "{done:?}");
}

#[test]
fn a_landlords_link_is_used_once_and_brings_it_into_force() {
    on_both(|bench| async move {
        let (store, me) = (&bench.store, account(&bench, "13800138000").await);
        let myself = person(&bench, me, ADULT).await;
        let id = rented(store, me, &myself).await;
        let again = store.declare_residence(&new(me, &myself, "school", Assurance::SelfAsserted), &rules()).await;
        assert!(matches!(again, Err(StoreError::Residence(ResidenceError::Waits))), "{again:?}");
        let old = store.residence_link(me, id, &rules()).await.unwrap();
        let link = store.residence_link(me, id, &rules()).await.unwrap();
        assert!(store.residence_by_link(&old.secret).await.unwrap().is_none(), "a newer one is out");
        assert_eq!(store.residence_by_link(&link.secret).await.unwrap().unwrap().id, id);
        let say = async |refusal| {
            store.answer_residence_link(&link.secret, Confirmer::Landlord, &answerer(), refusal, &rules()).await
        };
        assert_eq!(say(None).await.unwrap(), State::Valid);
        let twice = say(Some(Refusal::NotHere)).await;
        assert!(matches!(twice, Err(StoreError::Residence(ResidenceError::Link))), "{twice:?}");
        let found = store.residence_of(me, id).await.unwrap().unwrap();
        assert_eq!((found.state, found.confirmer), (State::Valid, Some(Confirmer::Landlord)));
        assert_eq!(found.valid_until, Some(jiff::civil::date(2027, 11, 25)));
        assert_eq!(found.answerer, Some(answerer()));
        let known = store.residence_standing(&myself.details.number).await.unwrap().unwrap();
        assert_eq!((known.standing, known.district.as_str()), (Standing::Valid, "惠城区"));
        assert!(store.check_log(&[]).await.unwrap().is_ok());
    });
}

#[test]
fn a_link_ends_with_its_time_when_it_is_withdrawn_and_with_its_declaration() {
    on_both(|bench| async move {
        let (store, me) = (&bench.store, account(&bench, "13800138000").await);
        let other = account(&bench, "13900139000").await;
        let myself = person(&bench, me, ADULT).await;
        let id = rented(store, me, &myself).await;
        let stranger = store.residence_link(other, id, &rules()).await;
        assert!(matches!(stranger, Err(StoreError::Absent(_))), "{stranger:?}");
        let link = store.residence_link(me, id, &rules()).await.unwrap();
        store.withdraw_residence_link(me, id).await.unwrap();
        store.withdraw_residence_link(me, id).await.unwrap();
        assert!(store.residence_by_link(&link.secret).await.unwrap().is_none(), "withdrawn");
        let link = store.residence_link(me, id, &rules()).await.unwrap();
        bench.clock.pass_ms(rules().link_ms());
        let late = store.answer_residence_link(&link.secret, Confirmer::Agent, &answerer(), None, &rules()).await;
        assert!(matches!(late, Err(StoreError::Residence(ResidenceError::Link))), "{late:?}");
        let link = store.residence_link(me, id, &rules()).await.unwrap();
        store.cancel_residence(me, id).await.unwrap();
        assert!(store.residence_by_link(&link.secret).await.unwrap().is_none(), "cancelled");
        refused_by_state(&store.cancel_residence(me, id).await);
        assert!(store.residence_link(me, id, &rules()).await.is_err());
    });
}

#[test]
fn a_move_ends_the_residence_before() {
    on_both(|bench| async move {
        let (store, me) = (&bench.store, account(&bench, "13800138000").await);
        let myself = person(&bench, me, ADULT).await;
        let (first, _) = confirmed(store, me, &myself).await;
        let (second, moved) = confirmed(store, me, &myself).await;
        assert_eq!(moved, State::Valid);
        assert_eq!((state(store, first).await, state(store, second).await), (State::Ended, State::Valid));
        let own = new(me, &myself, "own", Assurance::NumberChecked);
        let (third, alone) = store.declare_residence(&own, &rules()).await.unwrap();
        assert_eq!(alone, State::Valid, "one's own house needs nobody else");
        assert_eq!(state(store, second).await, State::Ended);
        store.cancel_residence(me, third).await.unwrap();
        let known = store.residence_standing(&myself.details.number).await.unwrap().unwrap();
        assert_eq!(known.standing, Standing::Over);
    });
}

#[test]
fn of_many_that_are_confirmed_at_once_one_is_in_force() {
    on_both(|bench| async move {
        let me = account(&bench, "13800138000").await;
        let myself = person(&bench, me, ADULT).await;
        let mut links = Vec::new();
        for n in 0..8 {
            // Each account declares the same person, and has a link out.
            let of = if n == 0 { me } else { account(&bench, &format!("1390013900{n}")).await };
            let them = if n == 0 { myself.clone() } else { person(&bench, of, ADULT).await };
            let id = rented(&bench.store, of, &them).await;
            links.push((id, bench.store.residence_link(of, id, &rules()).await.unwrap().secret));
        }
        let answers = links.iter().map(|(_, secret)| {
            let (store, secret) = (bench.store.clone(), secret.clone());
            tokio::spawn(async move {
                store.answer_residence_link(&secret, Confirmer::Landlord, &answerer(), None, &rules()).await
            })
        });
        let answers: Vec<_> = answers.collect();
        let mut won = 0;
        for answer in answers {
            match answer.await.unwrap() {
                Ok(State::Valid) => won += 1,
                Ok(State::Confirmed) => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(won, 1, "the others wait for an office");
        let mut valid = 0;
        for (id, _) in &links {
            valid += usize::from(state(&bench.store, *id).await == State::Valid);
        }
        assert_eq!(valid, 1);
        assert!(bench.store.check_log(&[]).await.unwrap().is_ok());
    });
}

#[test]
fn a_link_that_two_open_at_once_is_used_by_one() {
    on_both(|bench| async move {
        let me = account(&bench, "13800138000").await;
        let myself = person(&bench, me, ADULT).await;
        let id = rented(&bench.store, me, &myself).await;
        let secret = bench.store.residence_link(me, id, &rules()).await.unwrap().secret;
        let answers = [None, Some(Refusal::NotHere), None, Some(Refusal::WrongAddress)].map(|refusal| {
            let (store, secret) = (bench.store.clone(), secret.clone());
            tokio::spawn(async move {
                store.answer_residence_link(&secret, Confirmer::Landlord, &answerer(), refusal, &rules()).await
            })
        });
        let mut done = 0;
        for answer in answers {
            done += usize::from(answer.await.unwrap().is_ok());
        }
        assert_eq!(done, 1);
    });
}

#[test]
fn only_an_office_overrules_what_another_account_declared() {
    on_both(|bench| async move {
        let (store, me) = (&bench.store, account(&bench, "13800138000").await);
        let other = account(&bench, "13900139000").await;
        let clerk = bench.staff("clerk", Role::Clerk).await;
        let myself = person(&bench, me, ADULT).await;
        let impostor = person(&bench, other, ADULT).await;
        let (mine, _) = confirmed(store, me, &myself).await;
        let (theirs, held) = confirmed(store, other, &impostor).await;
        assert_eq!((held, state(store, mine).await), (State::Confirmed, State::Valid));
        let waiting = store.residences_waiting(CITY).await.unwrap();
        assert_eq!(waiting.iter().map(|it| it.id).collect::<Vec<_>>(), [theirs]);
        let yes = at_office(&clerk, Ok(Paper::HousePaper));
        let elsewhere = store.answer_residence(theirs, "110000", yes, &rules()).await;
        assert!(matches!(elsewhere, Err(StoreError::Residence(ResidenceError::City))), "{elsewhere:?}");
        assert_eq!(store.answer_residence(theirs, CITY, yes, &rules()).await.unwrap(), State::Valid);
        assert_eq!(state(store, mine).await, State::Ended);
        let found = store.residence(theirs).await.unwrap().unwrap();
        assert_eq!((found.confirmer, found.paper), (Some(Confirmer::Office), Some(Paper::HousePaper)));
        assert_eq!(found.office, Some((clerk.office.unwrap(), clerk.id)));
        refused_by_state(&store.answer_residence(theirs, CITY, yes, &rules()).await);
    });
}

#[test]
fn an_office_refuses_with_a_reason_and_then_it_is_declared_anew() {
    on_both(|bench| async move {
        let (store, me) = (&bench.store, account(&bench, "13800138000").await);
        let clerk = bench.staff("clerk", Role::Clerk).await;
        let child = person(&bench, me, CHILD).await;
        let id = rented(store, me, &child).await;
        let no = at_office(&clerk, Err(Refusal::NoProof));
        assert_eq!(store.answer_residence(id, CITY, no, &rules()).await.unwrap(), State::Refused);
        let found = store.residence(id).await.unwrap().unwrap();
        assert_eq!((found.refusal, found.details.subject.relation), (Some(Refusal::NoProof), Relation::Child));
        let (_, again) = confirmed(store, me, &child).await;
        assert_eq!(again, State::Valid);
    });
}

#[test]
fn a_code_is_drawn_only_after_its_holder_agreed_and_ends_with_the_residence() {
    on_both(|bench| async move {
        let (store, me) = (&bench.store, account(&bench, "13800138000").await);
        let clerk = bench.staff("clerk", Role::Clerk).await;
        let office: OfficeId = clerk.office.unwrap();
        let myself = person(&bench, me, ADULT).await;
        let (id, _) = confirmed(store, me, &myself).await;
        let draw = async || store.residence_pass(me, id, &rules()).await.unwrap();
        assert!(draw().await.is_none(), "nobody agreed");
        store.show_residence(me, id, &rules()).await.unwrap();
        let code = draw().await.unwrap();
        assert!(!code.token.contains(NAME) && !code.token.contains(ADULT));
        let PassRead::Good(claims) = store.read_residence_pass(&code.token).await.unwrap() else { panic!() };
        assert_eq!((claims.n.as_str(), claims.l.as_str(), claims.q.as_str()), ("测***", &ADULT[14..], "惠城区"));
        store.residence_verified(claims.r, clerk.id, office).await.unwrap();
        store.residence_viewed(id, clerk.id, office).await.unwrap();
        let looks = store.looks_at(me).await.unwrap();
        assert_eq!(looks.len(), 2, "its holder is shown who looked: {looks:?}");
        let (signed, signature) = code.token.rsplit_once('.').unwrap();
        let first = if signature.starts_with('A') { "B" } else { "A" };
        let changed = format!("{signed}.{first}{}", &signature[1..]);
        assert_eq!(store.read_residence_pass(&changed).await.unwrap(), PassRead::NotOurs);
        bench.clock.pass_ms(rules().code_ms());
        assert_eq!(store.read_residence_pass(&code.token).await.unwrap(), PassRead::Over);
        let code = draw().await.unwrap();
        store.cancel_residence(me, id).await.unwrap();
        assert_eq!(store.read_residence_pass(&code.token).await.unwrap(), PassRead::NoMore);
        assert!(draw().await.is_none());
        let (id, _) = confirmed(store, me, &myself).await;
        store.show_residence(me, id, &rules()).await.unwrap();
        bench.clock.pass_ms(rules().shown_ms());
        assert!(store.residence_pass(me, id, &rules()).await.unwrap().is_none(), "asked again after a while");
        bench.clock.pass_ms(366 * 24 * 3_600_000);
        assert!(store.show_residence(me, id, &rules()).await.is_err(), "its last day is over");
        let known = store.residence_standing(&myself.details.number).await.unwrap().unwrap();
        assert_eq!(known.standing, Standing::Lapsed);
    });
}

#[test]
fn what_is_over_is_forgotten_after_a_year_and_nothing_else() {
    on_both(|bench| async move {
        let (store, me) = (&bench.store, account(&bench, "13800138000").await);
        let myself = person(&bench, me, ADULT).await;
        let child = person(&bench, me, CHILD).await;
        let (first, _) = confirmed(store, me, &myself).await;
        let (second, _) = confirmed(store, me, &myself).await;
        let waits = rented(store, me, &child).await;
        assert_eq!(store.forget_residences(&rules()).await.unwrap(), 0);
        bench.clock.pass_ms(rules().kept_ms() + 1);
        assert_eq!(store.forget_residences(&rules()).await.unwrap(), 1);
        assert!(store.residence(first).await.unwrap().is_none(), "ended a year ago");
        assert!(store.residence(second).await.unwrap().is_some(), "valid until today");
        bench.clock.pass_ms(rules().kept_ms() + 24 * 3_600_000);
        assert_eq!(store.forget_residences(&rules()).await.unwrap(), 1, "over for a year");
        assert!(store.residence(waits).await.unwrap().is_some());
        assert!(store.check_log(&[]).await.unwrap().is_ok());
    });
}

#[test]
fn what_was_declared_goes_with_its_person_and_its_account() {
    on_both(|bench| async move {
        let (store, me) = (&bench.store, account(&bench, "13800138000").await);
        let grown = account(&bench, "13900139000").await;
        let myself = person(&bench, me, ADULT).await;
        let child = person(&bench, me, CHILD).await;
        confirmed(store, me, &myself).await;
        let (childs, _) = confirmed(store, me, &child).await;
        let code = store.hand_over(me, child.id).await.unwrap();
        store.take_over(grown, &code, CHILD).await.unwrap();
        assert!(store.residence_of(me, childs).await.unwrap().is_none());
        assert_eq!(store.residence_of(grown, childs).await.unwrap().unwrap().state, State::Valid);
        store.remove_person(me, myself.id).await.unwrap();
        assert!(store.residences_of(me).await.unwrap().is_empty(), "forgotten with its person");
        assert!(store.residence_standing(&myself.details.number).await.unwrap().is_none());
        store.erase_all_of(grown).await.unwrap();
        assert!(store.residence(childs).await.unwrap().is_none(), "erased with its account");
        assert!(store.check_log(&[]).await.unwrap().is_ok());
    });
}
