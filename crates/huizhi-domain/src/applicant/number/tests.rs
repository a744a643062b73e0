use jiff::civil::date;
use proptest::prelude::*;

use super::*;

const TODAY: Date = date(2026, 11, 25);

/// input, kind, yes | no | legacy, reason; the reason alone may have commas.
const VECTORS: &str = include_str!("../../../tests/data/idnumber_vectors.csv");

fn read(text: &str) -> IdNumber {
    IdNumber::parse(text, TODAY).unwrap()
}

fn code(text: &str) -> &'static str {
    IdNumber::parse(text, TODAY).unwrap_err().code.code()
}

fn kind_word(kind: IdKind) -> &'static str {
    match kind {
        IdKind::ResidentId => "resident_id",
        IdKind::HkMacauResidencePermit => "hk_macau_residence_permit",
        IdKind::TaiwanResidencePermit => "taiwan_residence_permit",
        IdKind::ForeignerPermanentResidence => "foreigner_permanent_residence",
        IdKind::ForeignerPermanentResidenceOld => "foreigner_permanent_residence_old",
        IdKind::HkMacauTravelPermit => "hk_macau_travel_permit",
        IdKind::TaiwanTravelPermit => "taiwan_travel_permit",
        IdKind::ChinesePassport => "cn_passport",
        IdKind::OtherDocument => "other",
    }
}

#[test]
fn all_published_vectors_are_judged_as_they_say() {
    let mut count = 0;
    for line in VECTORS.lines().skip(1) {
        let mut columns = line.splitn(4, ',');
        let (input, kind, valid) = (columns.next().unwrap(), columns.next().unwrap(), columns.next().unwrap());
        match (IdNumber::parse(input, TODAY), valid) {
            (Ok(id), "yes") => assert_eq!(kind_word(id.kind()), kind, "{line}"),
            (Err(error), "no") => assert_ne!(error.code, Fault::NumberFifteen, "{line}"),
            (Err(error), "legacy") => assert_eq!(error.code, Fault::NumberFifteen, "{line}"),
            (other, _) => panic!("{line}: {other:?}"),
        }
        count += 1;
    }
    assert_eq!(count, 22);
}

#[test]
fn what_is_wrong_is_told_with_the_part_at_fault() {
    for (text, why) in [
        ("", "id-number.empty"),
        ("441302*99003071238", "id-number.sign"),
        ("44130219900307123", "id-number.length"),
        ("441302X99003071238", "id-number.sign"),
        ("44130219900307123A", "id-number.sign"),
        ("000000199001010018", "id-number.region"),
        ("441302201502290013", "id-number.birth-date"),
        ("441302209901010011", "id-number.future"),
        ("441302199003071239", "id-number.check-digit"),
        ("150102880730303", "id-number.fifteen-digits"),
        ("EI1234567", "id-number.length"),
    ] {
        assert_eq!(code(text), why, "{text}");
    }
    assert_eq!(IdNumber::parse("441302201502290013", TODAY).unwrap_err().value_shown, "2015-02-29");
    assert_eq!(code("110105179912310020"), "id-number.birth-date");
}

#[test]
fn birth_and_sex_are_read_from_the_number() {
    let id = read("441302 19900307 1238");
    assert_eq!((id.birth(), id.sex()), (Some(date(1990, 3, 7)), Some(Sex::Male)));
    assert_eq!(read("810000198001010014").birth(), Some(date(1980, 1, 1)));
    assert_eq!(read("H12345678").birth(), None);
    assert_eq!(read("12345678").sex(), None);
}

#[test]
fn a_number_is_shown_masked_and_never_in_a_log() {
    let id = read("441302199003071238");
    assert_eq!(id.masked(), "4413************38");
    assert_eq!(id.last_four(), "1238");
    assert_eq!(read("H12345678").masked(), "H******78");
    assert_eq!(format!("{id:?}"), "IdNumber(ResidentId, …)");
}

#[test]
fn a_stored_number_is_read_again_and_a_changed_one_is_not() {
    for text in ["441302199003071238", "H12345678", "USA110182010118", "EA1234567"] {
        let json = serde_json::to_string(&read(text)).unwrap();
        assert_eq!(serde_json::from_str::<IdNumber>(&json).unwrap(), read(text));
    }
    let changed = r#"{"kind":"resident-id","number":"441302199003071239"}"#;
    assert!(serde_json::from_str::<IdNumber>(changed).is_err());
    let other = IdNumber::of_other_document("ab 123456").unwrap();
    assert_eq!(other.as_str(), "AB123456");
    assert_eq!(IdNumber::of_other_document("a").unwrap_err().code, Fault::NumberLength);
}

/// Weights and characters as GB 11643 prints them, apart from the way the code takes.
fn printed_check(body: &str) -> char {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    "10X98765432".chars().nth(sum as usize % 11).unwrap()
}

prop_compose! {
    fn valid()(region in 100_000..1_000_000_u32, days in 0..44_000_i64, sequence in 0..1_000_u32) -> String {
        let born = TODAY.saturating_sub(jiff::Span::new().days(days));
        let body = format!("{region}{:04}{:02}{:02}{sequence:03}", born.year(), born.month(), born.day());
        let check = printed_check(&body);
        format!("{body}{check}")
    }
}

proptest! {
    #[test]
    fn any_valid_number_passes(number in valid()) {
        let id = IdNumber::parse(&number, TODAY);
        prop_assert!(id.is_ok(), "{:?}", id);
        let small = IdNumber::parse(&number.to_lowercase(), TODAY).unwrap();
        prop_assert_eq!(small.as_str(), number);
    }

    #[test]
    fn any_one_changed_digit_fails(number in valid(), at in 0..18_usize, to in 0..10_u8) {
        let mut bytes = number.clone().into_bytes();
        bytes[at] = b'0' + to;
        let changed = String::from_utf8(bytes).unwrap();
        prop_assume!(changed != number);
        prop_assert!(IdNumber::parse(&changed, TODAY).is_err());
    }

    #[test]
    fn two_neighbours_swapped_fail(number in valid(), at in 0..16_usize) {
        let mut bytes = number.clone().into_bytes();
        bytes.swap(at, at + 1);
        let changed = String::from_utf8(bytes).unwrap();
        prop_assume!(changed != number);
        prop_assert!(IdNumber::parse(&changed, TODAY).is_err());
    }

    #[test]
    fn any_text_has_an_answer(text in "\\PC{0,24}") {
        let _ = IdNumber::parse(&text, TODAY);
        let _ = IdNumber::of_other_document(&text);
    }
}
