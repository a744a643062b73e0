//! The people of an account (家人): its owner, children and wards, and what a guardian does for them until when.
//!
//! Under 14 a guardian consents before any face is processed, under 16 a guardian comes along, and at 18 a child stands for
//! itself: its guardian begins nothing new for it, and hands it over to an account of its own.

use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::applicant::{ALONE_FROM_AGE, CONSENTS_FROM_AGE, FieldError, IdNumber, PersonName, age};
use crate::clock::Moment;
use crate::id::{OfficeId, PersonId, StaffId};
use crate::order::UnknownWord;

/// From this age on nobody has guardianship by being a parent (民法典 art. 17, 18).
pub const OF_AGE: u8 = 18;

/// People that an account keeps at most: more than any household that we know of, and few enough for one page.
pub const MOST_PEOPLE: usize = 12;

/// How long what a guardian hands over waits to be taken: a week, as the student may come home only then.
pub const HAND_OVER_MS: i64 = 7 * 24 * 3_600_000;

/// Who somebody is to the account's owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// The owner.
    Myself,
    /// A child of the owner's.
    Child,
    /// Somebody of any age whose guardian the owner is.
    Ward,
}

impl Relation {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Myself, Self::Child, Self::Ward];

    /// Its word in the database and in message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Myself => "myself",
            Self::Child => "child",
            Self::Ward => "ward",
        }
    }
}

impl FromStr for Relation {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|it| it.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// The paper that shows a relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProofKind {
    /// 户口簿, with both on it.
    HouseholdBook,
    /// 出生医学证明
    BirthCertificate,
    /// Another, such as a court's decision on a ward.
    Other,
}

impl ProofKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::HouseholdBook, Self::BirthCertificate, Self::Other];

    /// Its word in the database and in message keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::HouseholdBook => "household-book",
            Self::BirthCertificate => "birth-certificate",
            Self::Other => "other",
        }
    }
}

impl FromStr for ProofKind {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|it| it.word() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// How far a proof goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProofStanding {
    /// The owner says that they have it.
    Claimed,
    /// A clerk had it in hand.
    SeenAtWindow {
        /// Where.
        office: OfficeId,
        /// Who.
        staff: StaffId,
        /// When.
        at: Moment,
    },
}

/// A proof of the relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// Which paper.
    pub kind: ProofKind,
    /// How far it goes.
    pub standing: ProofStanding,
}

/// Somebody as the owner typed them and as they were checked. Kept sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Details {
    /// The name.
    pub name: PersonName,
    /// The number of the identity document.
    pub number: IdNumber,
    /// The birth date, from the number or as it was typed.
    pub birth: Date,
    /// The paper that shows the relation; `None` for the owner.
    pub proof: Option<ProofKind>,
}

/// A person of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Its id.
    pub id: PersonId,
    /// Who they are to the owner.
    pub relation: Relation,
    /// Name, number, birth.
    pub details: Details,
    /// Where and when a clerk saw the proof of the relation.
    pub standing: ProofStanding,
}

/// What was typed of somebody.
#[derive(Clone, Copy, Default)]
pub struct PersonForm<'a> {
    /// A [`Relation`]'s word.
    pub relation: &'a str,
    /// The name.
    pub name: &'a str,
    /// The number.
    pub number: &'a str,
    /// Whether the number is that of a paper of unknown form, such as a foreign passport.
    pub other_paper: bool,
    /// The birth date, where the number has none, as [`crate::day::read`] takes it.
    pub birth: &'a str,
    /// A [`ProofKind`]'s word.
    pub proof: &'a str,
}

/// What is to be mended in what was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PersonFault {
    /// The relation is none of ours.
    Relation,
    /// The name or the number.
    Field(FieldError),
    /// The number has no birth date, and none was typed.
    BirthMissing,
    /// What was typed as a birth date is none, or lies in the future.
    BirthWrong,
    /// A child of 18 or older stands for itself.
    GrownUp,
    /// Which paper shows the relation was not said.
    Proof,
}

/// Why something is not done with a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PersonError {
    /// The owner can't be handed over.
    #[error("the account's owner is not handed over")]
    Owner,
    /// Younger ones can't consent for themselves.
    #[error("too young to consent for themselves")]
    Young,
}

/// Reads a form.
///
/// # Errors
/// A [`PersonFault`] for each thing to mend, in the order of the form.
pub fn parse(form: &PersonForm<'_>, today: Date) -> Result<(Relation, Details), Vec<PersonFault>> {
    let mut faults = Vec::new();
    let relation: Option<Relation> = form.relation.parse().ok();
    if relation.is_none() {
        faults.push(PersonFault::Relation);
    }
    let name = PersonName::parse(form.name).map_err(|error| faults.push(PersonFault::Field(error))).ok();
    let number =
        if form.other_paper { IdNumber::of_other_document(form.number) } else { IdNumber::parse(form.number, today) };
    let number = number.map_err(|error| faults.push(PersonFault::Field(error))).ok();
    // Without a number nothing is said of the birth date: the number may bring it.
    let birth = number.as_ref().and_then(|number| {
        number.birth().or_else(|| typed_birth(form.birth, today).map_err(|fault| faults.push(fault)).ok())
    });
    let proof: Option<ProofKind> = form.proof.parse().ok();
    if proof.is_none() && matches!(relation, Some(Relation::Child | Relation::Ward)) {
        faults.push(PersonFault::Proof);
    }
    if relation == Some(Relation::Child) && birth.is_some_and(|birth| age(birth, today) >= OF_AGE) {
        faults.push(PersonFault::GrownUp);
    }
    match (relation, name, number, birth) {
        (Some(relation), Some(name), Some(number), Some(birth)) if faults.is_empty() => {
            let proof = proof.filter(|_| relation != Relation::Myself);
            Ok((relation, Details { name, number, birth, proof }))
        }
        _ => Err(faults),
    }
}

fn typed_birth(text: &str, today: Date) -> Result<Date, PersonFault> {
    if text.trim().is_empty() {
        return Err(PersonFault::BirthMissing);
    }
    match crate::day::read(text) {
        Some(birth) if birth <= today => Ok(birth),
        _ => Err(PersonFault::BirthWrong),
    }
}

impl Person {
    /// Age in full years on a day.
    #[must_use]
    pub fn age_on(&self, day: Date) -> u8 {
        age(self.details.birth, day)
    }

    /// Whether a guardian must have consented before the face is processed, whoever the account belongs to.
    #[must_use]
    pub fn needs_guardian_consent(&self, on: Date) -> bool {
        self.age_on(on) < CONSENTS_FROM_AGE
    }

    /// Whether a guardian comes along to the window.
    #[must_use]
    pub fn comes_accompanied(&self, on: Date) -> bool {
        self.age_on(on) < ALONE_FROM_AGE
    }

    /// Whether the account may begin something for them: a grown-up child stands for itself.
    #[must_use]
    pub fn may_be_acted_for(&self, on: Date) -> bool {
        self.relation != Relation::Child || self.age_on(on) < OF_AGE
    }

    /// Whether they can be handed over to an account of their own: from the age at which they consent for themselves.
    ///
    /// # Errors
    /// [`PersonError`], by cause.
    pub fn may_be_handed_over(&self, on: Date) -> Result<(), PersonError> {
        if self.relation == Relation::Myself {
            return Err(PersonError::Owner);
        }
        if self.needs_guardian_consent(on) { Err(PersonError::Young) } else { Ok(()) }
    }

    /// The proof of the relation; `None` for the owner.
    #[must_use]
    pub fn proof(&self) -> Option<Proof> {
        self.details.proof.map(|kind| Proof { kind, standing: self.standing })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::applicant::Fault;
    use crate::seal::tests::Dice;

    const TODAY: Date = date(2026, 11, 25);

    fn form<'a>(relation: &'a str, number: &'a str) -> PersonForm<'a> {
        PersonForm { relation, name: "测试", number, proof: "household-book", ..PersonForm::default() }
    }

    fn person(relation: Relation, birth: Date) -> Person {
        Person {
            id: PersonId::new(Moment(0), &mut Dice(7)),
            relation,
            details: Details {
                name: PersonName::parse("测试").unwrap(),
                number: IdNumber::parse("H12345678", TODAY).unwrap(),
                birth,
                proof: None,
            },
            standing: ProofStanding::Claimed,
        }
    }

    #[test]
    fn a_child_is_read_with_the_birth_date_of_its_number() {
        let (relation, details) = parse(&form("child", "441302201602290010"), TODAY).unwrap();
        assert_eq!((relation, details.birth), (Relation::Child, date(2016, 2, 29)));
        assert_eq!(details.proof, Some(ProofKind::HouseholdBook));
    }

    #[test]
    fn what_is_to_be_mended_is_told_all_at_once() {
        let empty = parse(&PersonForm::default(), TODAY).unwrap_err();
        assert_eq!(empty[0], PersonFault::Relation);
        assert!(matches!(&empty[1], PersonFault::Field(error) if error.code == Fault::NameEmpty));
        assert!(matches!(&empty[2], PersonFault::Field(error) if error.code == Fault::NumberEmpty));
        assert_eq!(parse(&form("child", "441302199003071238"), TODAY), Err(vec![PersonFault::GrownUp]));
        assert_eq!(parse(&form("ward", "H12345678"), TODAY), Err(vec![PersonFault::BirthMissing]));
        let later = PersonForm { birth: "2027-01-01", ..form("ward", "H12345678") };
        assert_eq!(parse(&later, TODAY), Err(vec![PersonFault::BirthWrong]));
        let unproved = PersonForm { proof: "", ..form("child", "441302201602290010") };
        assert_eq!(parse(&unproved, TODAY), Err(vec![PersonFault::Proof]));
    }

    #[test]
    fn the_owner_needs_no_proof_and_a_foreign_passport_a_birth_date() {
        let (_, details) = parse(&PersonForm { proof: "", ..form("myself", "441302199003071238") }, TODAY).unwrap();
        assert_eq!(details.proof, None);
        let passport =
            PersonForm { other_paper: true, birth: "１９９０年3月7日", ..form("myself", "L01X00T47") };
        assert_eq!(parse(&passport, TODAY).unwrap().1.birth, date(1990, 3, 7));
    }

    #[test]
    fn ages_change_what_a_guardian_does() {
        let child = |birth| person(Relation::Child, birth);
        let (thirteen, fourteen) = (child(date(2012, 11, 26)), child(date(2012, 11, 25)));
        assert!(thirteen.needs_guardian_consent(TODAY) && !fourteen.needs_guardian_consent(TODAY));
        let (fifteen, sixteen) = (child(date(2010, 11, 26)), child(date(2010, 11, 25)));
        assert!(fifteen.comes_accompanied(TODAY) && !sixteen.comes_accompanied(TODAY));
        let (young, grown) = (child(date(2008, 11, 26)), child(date(2008, 11, 25)));
        assert!(young.may_be_acted_for(TODAY) && !grown.may_be_acted_for(TODAY));
        assert!(person(Relation::Ward, date(1960, 1, 1)).may_be_acted_for(TODAY));
    }

    #[test]
    fn who_consents_for_themselves_can_be_handed_over_and_the_owner_never() {
        let handed = |relation, birth| person(relation, birth).may_be_handed_over(TODAY);
        assert_eq!(handed(Relation::Child, date(2012, 11, 26)), Err(PersonError::Young));
        assert_eq!(handed(Relation::Child, date(2012, 11, 25)), Ok(()));
        assert_eq!(handed(Relation::Myself, date(1990, 1, 1)), Err(PersonError::Owner));
    }
}
