use jiff::civil::date;

use super::*;

const TODAY: Date = date(2026, 11, 25);

/// Synthetic numbers: born 1990-03-07 and 2016-02-29.
const GROWN: &str = "441302199003071238";
const CHILD: &str = "441302201602290010";

fn asked(fields: &[Field]) -> BTreeSet<Field> {
    fields.iter().copied().collect()
}

fn codes(form: &ApplicantForm<'_>, fields: &[Field]) -> Vec<(FormField, &'static str)> {
    let errors = Applicant::parse(form, &asked(fields), TODAY).unwrap_err();
    errors.into_iter().map(|error| (error.field, error.code.code())).collect()
}

fn guardian(id_number: &'static str) -> GuardianForm<'static> {
    GuardianForm { name: "测试乙", paper: GuardianPaper::ResidentId, id_number, phone: "" }
}

#[test]
fn nothing_is_needed_that_the_policy_does_not_ask() {
    let applicant = Applicant::parse(&ApplicantForm::default(), &BTreeSet::new(), TODAY).unwrap();
    assert_eq!(applicant, Applicant::default());
    assert_eq!(applicant.needs_guardian(TODAY), None);
}

#[test]
fn every_field_at_fault_is_told_at_once() {
    let form = ApplicantForm { id_number: "44130219900307123", phone: "12", ..ApplicantForm::default() };
    assert_eq!(
        codes(&form, &[Field::Name, Field::IdNumber]),
        [(FormField::Name, "name.empty"), (FormField::IdNumber, "id-number.length"), (FormField::Phone, "phone.form")]
    );
}

#[test]
fn a_child_comes_with_a_guardian_where_the_policy_asks() {
    let fields = [Field::IdNumber, Field::GuardianUnder16];
    let alone = ApplicantForm { id_number: CHILD, ..ApplicantForm::default() };
    assert_eq!(codes(&alone, &fields), [(FormField::GuardianName, "guardian.missing")]);
    let with = ApplicantForm { guardian: Some(guardian(GROWN)), ..alone };
    assert!(Applicant::parse(&with, &asked(&fields), TODAY).unwrap().guardian.is_some());
    let grown = ApplicantForm { id_number: GROWN, ..ApplicantForm::default() };
    assert!(Applicant::parse(&grown, &asked(&fields), TODAY).is_ok());
}

#[test]
fn a_guardian_is_of_age_and_someone_else() {
    let young = ApplicantForm { guardian: Some(guardian(CHILD)), ..ApplicantForm::default() };
    assert_eq!(codes(&young, &[]), [(FormField::GuardianIdNumber, "guardian.too-young")]);
    let same = ApplicantForm { id_number: GROWN, guardian: Some(guardian(GROWN)), ..ApplicantForm::default() };
    assert_eq!(codes(&same, &[]), [(FormField::GuardianIdNumber, "guardian.same")]);
}

#[test]
fn a_guardians_number_must_stand_on_the_paper_that_is_named() {
    let form = |paper, id_number| ApplicantForm {
        guardian: Some(GuardianForm { paper, ..guardian(id_number) }),
        ..ApplicantForm::default()
    };
    for paper in [GuardianPaper::HkMacauTravelPermit, GuardianPaper::Passport] {
        let wrong = form(paper, GROWN);
        assert_eq!(codes(&wrong, &[]), [(FormField::GuardianIdNumber, "id-number.other-kind")]);
    }
    for (paper, number) in [
        (GuardianPaper::HouseholdBook, GROWN),
        (GuardianPaper::HkMacauTravelPermit, "H12345678"),
        (GuardianPaper::TaiwanTravelPermit, "12345678"),
        (GuardianPaper::HkMacauTaiwanResidencePermit, "830000198001010034"),
        (GuardianPaper::ForeignerPermanentResidence, "932682198501010017"),
        (GuardianPaper::Passport, "E12345678"),
        (GuardianPaper::Passport, "C01X00T47"),
    ] {
        assert!(Applicant::parse(&form(paper, number), &BTreeSet::new(), TODAY).is_ok(), "{paper:?}");
    }
}

#[test]
fn ages_change_on_the_birthday_and_for_a_leap_day_on_the_first_of_march() {
    let form = ApplicantForm { id_number: CHILD, ..ApplicantForm::default() };
    let child = Applicant::parse(&form, &BTreeSet::new(), TODAY).unwrap();
    assert_eq!(child.age_on(TODAY), Some(10));
    assert_eq!(child.needs_guardian_consent(date(2030, 2, 28)), Some(true));
    assert_eq!(child.needs_guardian_consent(date(2030, 3, 1)), Some(false));
    assert_eq!(child.needs_guardian(date(2032, 2, 28)), Some(true));
    assert_eq!(child.needs_guardian(date(2032, 2, 29)), Some(false));
    assert_eq!(child.age_on(date(2016, 2, 28)), Some(0));
}

#[test]
fn a_log_shows_nothing_and_a_sealed_record_everything() {
    let form =
        ApplicantForm { name: "测试甲", id_number: CHILD, phone: "13800001234", guardian: Some(guardian(GROWN)) };
    let applicant = Applicant::parse(&form, &BTreeSet::new(), TODAY).unwrap();
    let log = format!("{applicant:?}");
    for secret in ["测试", CHILD, "13800001234", GROWN] {
        assert!(!log.contains(secret), "{log}");
    }
    let json = serde_json::to_string(&applicant).unwrap();
    assert_eq!(serde_json::from_str::<Applicant>(&json).unwrap(), applicant);
}
