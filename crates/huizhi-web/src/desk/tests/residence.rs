use huizhi_domain::account::{Assurance, Contact};
use huizhi_domain::applicant::{IdNumber, PersonName};
use huizhi_domain::id::AccountId;
use huizhi_domain::person::{Details, Relation};
use huizhi_domain::residence::{DeclarationForm, Refusal, parse};
use huizhi_domain::staff::Role;
use huizhi_domain::words::Lang;
use huizhi_store::NewDeclaration;

use super::Desks;

/// A made-up resident of 惠州; the check digit fits.
const NUMBER: &str = "441302199003070024";
const STREET: &str = "江北街道";

/// Somebody who rents in a district of Huizhou; gives the account and the declaration's id.
async fn declared(desks: &Desks, phone: &str) -> (AccountId, String) {
    let contact = Contact::parse(phone).unwrap();
    let account = desks.store.add_account(Some(&contact), None, Lang::Zh).await.unwrap();
    let today = desks.app.today();
    let details = Details {
        name: PersonName::parse("甲乙丙").unwrap(),
        number: IdNumber::parse(NUMBER, today).unwrap(),
        birth: jiff::civil::date(1990, 3, 7),
        proof: None,
    };
    let id = desks.store.add_person(account, Relation::Myself, &details).await.unwrap();
    let form = DeclarationForm {
        place: Some(("441300", "惠城区")),
        street: STREET,
        house: "1 号",
        dwelling: "rented",
        since: "2026-09-01",
        truth: true,
    };
    let new = NewDeclaration {
        account,
        assurance: Assurance::SelfAsserted,
        person: desks.store.person(account, id).await.unwrap().unwrap(),
        declared: parse(&form, today).unwrap(),
    };
    let rules = desks.app.residence.on(today);
    (account, desks.store.declare_residence(&new, rules).await.unwrap().0.to_string())
}

#[tokio::test]
async fn a_clerk_confirms_by_one_paper_and_verifies_the_code() {
    let desks = Desks::new().await;
    let clerk = desks.somebody("clerk", Role::Clerk).await;
    let (account, id) = declared(&desks, "13800138000").await;
    let queue = desks.get(Some(&clerk), "/desk/residence").await;
    assert!(queue.text.contains("甲**") && queue.text.contains("To be confirmed (1)"), "{}", queue.text);
    assert!(!queue.text.contains(NUMBER) && !queue.text.contains(STREET), "the list says no more than it takes");
    let one = format!("/desk/residence/{id}");
    let page = desks.get(Some(&clerk), &one).await;
    assert!(page.text.contains(NUMBER) && page.text.contains(STREET), "{}", page.text);
    let unsaid = desks.post(Some(&clerk), &format!("{one}/confirm"), "paper=").await;
    assert_eq!(unsaid.status.as_u16(), 422);
    let done = desks.post(Some(&clerk), &format!("{one}/confirm"), "paper=work-contract").await;
    assert_eq!(done.to(), "/desk/residence?told=confirmed");
    let again = desks.post(Some(&clerk), &format!("{one}/refuse"), "refusal=no-proof").await;
    assert_eq!(again.to(), "/desk/residence?told=before");

    let rules = desks.app.residence.on(desks.app.today());
    let declaration = id.parse().unwrap();
    desks.store.show_residence(account, declaration, rules).await.unwrap();
    let code = desks.store.residence_pass(account, declaration, rules).await.unwrap().unwrap();
    for typed in [code.token.clone(), format!("http://localhost:8080/rc/{}", code.token)] {
        let page = desks.post(Some(&clerk), "/desk/residence", &format!("code={typed}")).await;
        assert!(page.text.contains("The residence is valid") && page.text.contains("0024"), "{}", page.text);
        assert!(!page.text.contains(STREET) && !page.text.contains(NUMBER));
    }
    let wrong = desks.post(Some(&clerk), "/desk/residence", &format!("code={}x", code.token)).await;
    assert!(wrong.text.contains("No residence code of ours"), "{}", wrong.text);
    desks.pass_ms(rules.code_ms());
    let late = desks.post(Some(&clerk), "/desk/residence", &format!("code={}", code.token)).await;
    assert!(late.text.contains("This code is too old"), "{}", late.text);
    let looks = desks.store.looks_at(account).await.unwrap();
    let actions: Vec<&str> = looks.iter().map(|it| it.entry.action.as_str()).collect();
    assert_eq!(actions.iter().filter(|it| **it == "residence.verified").count(), 2, "{actions:?}");
    assert!(actions.contains(&"residence.viewed"));
}

#[tokio::test]
async fn a_clerk_refuses_with_a_reason_and_another_citys_finds_nothing() {
    let desks = Desks::new().await;
    let clerk = desks.somebody("clerk", Role::Clerk).await;
    let beijing = desks.store.add_office("110000", "Dongcheng", "Beijing").await.unwrap();
    let elsewhere = desks.somebody_at("elsewhere", Role::Clerk, Some(beijing)).await;
    let reviewer = desks.somebody("reviewer", Role::Reviewer).await;
    let (account, id) = declared(&desks, "13800138000").await;
    let one = format!("/desk/residence/{id}");
    assert!(desks.get(Some(&elsewhere), "/desk/residence").await.text.contains("Nothing waits"));
    assert_eq!(desks.get(Some(&elsewhere), &one).await.status.as_u16(), 404);
    let forged = desks.post(Some(&elsewhere), &format!("{one}/confirm"), "paper=house-paper").await;
    assert_eq!(forged.status.as_u16(), 404);
    assert_eq!(desks.get(Some(&reviewer), "/desk/residence").await.status.as_u16(), 404);
    assert_eq!(desks.post(Some(&clerk), &format!("{one}/refuse"), "").await.status.as_u16(), 422);
    let done = desks.post(Some(&clerk), &format!("{one}/refuse"), "refusal=no-proof").await;
    assert_eq!(done.to(), "/desk/residence?told=refused");
    let found = desks.store.residences_of(account).await.unwrap().remove(0);
    assert_eq!(found.refusal, Some(Refusal::NoProof));
    let empty = desks.post(Some(&clerk), "/desk/residence", "code=").await;
    assert_eq!(empty.status.as_u16(), 422);
}
