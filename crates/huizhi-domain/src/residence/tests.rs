use jiff::civil::date;

use super::*;
use crate::person::{Details as PersonDetails, ProofStanding};
use crate::seal::tests::Dice;

const TODAY: Date = date(2026, 11, 25);

fn rules() -> Rules {
    Rulebook::built_in().unwrap().on(TODAY).clone()
}

fn person(relation: Relation, birth: Date) -> Person {
    Person {
        id: PersonId::new(Moment(0), &mut Dice(7)),
        relation,
        details: PersonDetails {
            name: PersonName::parse("测试").unwrap(),
            number: IdNumber::parse("H12345678", TODAY).unwrap(),
            birth,
            proof: None,
        },
        standing: ProofStanding::Claimed,
    }
}

fn declaration(state: State, valid_until: Option<Date>) -> Declaration {
    let mut dice = Dice(3);
    Declaration {
        id: DeclarationId::new(Moment(0), &mut dice),
        account: AccountId::new(Moment(0), &mut dice),
        person: PersonId::new(Moment(0), &mut dice),
        dwelling: Dwelling::Rented,
        state,
        details: Details {
            subject: Subject {
                name: PersonName::parse("测试").unwrap(),
                number: IdNumber::parse("H12345678", TODAY).unwrap(),
                relation: Relation::Myself,
            },
            address: Address {
                city: "441300".to_owned(),
                district: "惠城区".to_owned(),
                street: "江北街道".to_owned(),
                house: "1 号".to_owned(),
            },
            since: TODAY,
        },
        declared_at: Moment(0),
        link_until: None,
        confirmer: None,
        answered_at: None,
        answerer: None,
        office: None,
        paper: None,
        refusal: None,
        valid_until,
        ended_at: None,
        shown_until: None,
    }
}

#[test]
fn family_declares_for_the_young_and_the_old_and_everybody_for_themselves() {
    let rules = rules();
    let may = |relation, birth| may_declare_for(&person(relation, birth), &rules, TODAY);
    assert_eq!(may(Relation::Myself, date(1990, 3, 7)), Ok(()));
    assert_eq!(may(Relation::Child, date(2008, 11, 26)), Ok(()), "18 tomorrow");
    assert_eq!(may(Relation::Child, date(2008, 11, 25)), Err(ResidenceError::OfAge), "18 today");
    assert_eq!(may(Relation::Ward, date(1990, 3, 7)), Err(ResidenceError::OfAge));
    assert_eq!(may(Relation::Ward, date(1965, 11, 26)), Err(ResidenceError::OfAge), "60 since a year but for a day");
    assert_eq!(may(Relation::Ward, date(1965, 11, 25)), Ok(()), "61 today");
}

#[test]
fn a_word_that_stands_alone_confirms_only_ones_own_house() {
    let rules = rules();
    for dwelling in Dwelling::ALL {
        let own = *dwelling == Dwelling::Own;
        assert_eq!(confirms_itself(*dwelling, Assurance::NumberChecked, &rules), own, "{dwelling:?}");
        assert!(!confirms_itself(*dwelling, Assurance::SelfAsserted, &rules), "{dwelling:?}");
    }
}

#[test]
fn nothing_leads_back_and_only_an_office_overrules_another_account() {
    for by in Confirmer::ALL.iter().copied() {
        let office = by == Confirmer::Office;
        assert_eq!(confirmed(State::Declared, by, false), Ok(State::Valid));
        let held = if office { State::Valid } else { State::Confirmed };
        assert_eq!(confirmed(State::Declared, by, true), Ok(held));
        let again = if office { Ok(State::Valid) } else { Err(ResidenceError::State(State::Confirmed)) };
        assert_eq!(confirmed(State::Confirmed, by, true), again);
        assert_eq!(refused(State::Declared, by), Ok(State::Refused));
        let late = if office { Ok(State::Refused) } else { Err(ResidenceError::State(State::Confirmed)) };
        assert_eq!(refused(State::Confirmed, by), late);
        for over in [State::Valid, State::Refused, State::Cancelled, State::Ended] {
            assert_eq!(confirmed(over, by, false), Err(ResidenceError::State(over)));
            assert_eq!(refused(over, by), Err(ResidenceError::State(over)));
        }
    }
}

#[test]
fn a_residence_is_valid_to_its_last_day() {
    let valid = declaration(State::Valid, Some(TODAY));
    assert_eq!(valid.standing(TODAY), Standing::Valid);
    assert_eq!(valid.standing(TODAY.tomorrow().unwrap()), Standing::Lapsed);
    assert_eq!(declaration(State::Declared, None).standing(TODAY), Standing::Waiting);
    assert_eq!(declaration(State::Confirmed, None).standing(TODAY), Standing::Held);
    for over in [State::Refused, State::Cancelled, State::Ended] {
        assert_eq!(declaration(over, Some(TODAY)).standing(TODAY), Standing::Over, "{over:?}");
    }
    assert_eq!(valid.known(TODAY).district, "惠城区");
}

#[test]
fn a_link_is_for_who_has_a_landlord_and_waits() {
    let mut rented = declaration(State::Declared, None);
    assert!(rented.takes_link());
    rented.dwelling = Dwelling::Own;
    assert!(!rented.takes_link());
    assert!(!declaration(State::Valid, Some(TODAY)).takes_link());
}

#[test]
fn words_come_back() {
    for it in Dwelling::ALL {
        assert_eq!(it.word().parse(), Ok(*it));
    }
    for it in State::ALL {
        assert_eq!(it.word().parse(), Ok(*it));
    }
    for it in Confirmer::ALL {
        assert_eq!(it.word().parse(), Ok(*it));
    }
    for it in Paper::ALL {
        assert_eq!(it.word().parse(), Ok(*it));
    }
    for it in Refusal::ALL {
        assert_eq!(it.word().parse(), Ok(*it));
    }
    assert!("house".parse::<Dwelling>().is_err());
}

#[test]
fn a_form_tells_all_that_is_to_be_mended_at_once() {
    let faults = parse(&DeclarationForm::default(), TODAY).unwrap_err();
    let fields: Vec<&str> = faults.iter().map(|it| it.field.word()).collect();
    assert_eq!(fields, ["district", "street", "house", "dwelling", "since", "truth"]);
    assert!(faults.iter().all(|it| it.why == Why::Missing));
    let long = "长".repeat(LONGEST + 1);
    let form = DeclarationForm {
        place: Some(("441300", "惠城区")),
        street: &long,
        house: " １２ 号\u{7}　301 ",
        dwelling: "rented",
        since: "2026-11-26",
        truth: true,
    };
    let why: Vec<Why> = parse(&form, TODAY).unwrap_err().iter().map(|it| it.why).collect();
    assert_eq!(why, [Why::Long, Why::Later]);
    let wrong = parse(&DeclarationForm { street: "江北", since: "1899-01-01", ..form }, TODAY).unwrap_err();
    assert_eq!(wrong, [Fault { field: FormField::Since, why: Why::Wrong }]);
    let read = parse(&DeclarationForm { street: "江北", since: " ２０２６年11月25日 ", ..form }, TODAY).unwrap();
    assert_eq!((read.address.house.as_str(), read.dwelling, read.since), ("12 号 301", Dwelling::Rented, TODAY));
}
