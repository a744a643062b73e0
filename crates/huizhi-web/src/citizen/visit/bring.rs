//! What to bring, by the rules of `specs/materials`, for a booking: who it is for is known, and where their household registration is
//! follows from the number as far as it can.

use huizhi_domain::applicant::{IdKind, IdNumber};
use huizhi_domain::materials::{Allowed, Answer, Home, Situation, Who};
use huizhi_domain::visit::Visitor;
use huizhi_domain::words::Lang;
use jiff::civil::Date;
use serde::Serialize;

use crate::app::App;

/// What to bring.
#[derive(Clone, Default, Serialize)]
pub struct Bring {
    /// The answer in a sentence.
    says: String,
    /// Whether it depends on something that only the office can see.
    conditional: bool,
    /// Who comes along; empty where nobody has to.
    attends: String,
    things: Vec<BringLine>,
    /// Fen; -1 where there is nothing to pay for.
    fee_fen: i64,
    /// The household registration that the number speaks of: `here`, `province`, `elsewhere`, `not-applicable`.
    home: &'static str,
}

/// Something to bring.
#[derive(Clone, Serialize)]
struct BringLine {
    name: String,
    why: String,
    any_of: Vec<String>,
    more: bool,
    advised: bool,
    /// A page of ours where it is to be had, and what its button says.
    solve: String,
    solve_name: String,
}

impl Bring {
    /// With everything, and with nothing.
    #[cfg(test)]
    pub fn samples() -> Vec<Self> {
        let item = |solve: &str| BringLine {
            name: "户口簿".to_owned(),
            why: "…".to_owned(),
            any_of: vec!["户口簿".to_owned(), "出生医学证明".to_owned()],
            more: true,
            advised: !solve.is_empty(),
            solve: solve.to_owned(),
            solve_name: "去办".to_owned(),
        };
        let full = Self {
            says: "可以办。".to_owned(),
            conditional: true,
            attends: "监护人陪同".to_owned(),
            things: vec![item("/photo"), item("")],
            fee_fen: 2000,
            home: "elsewhere",
        };
        vec![full, Self { fee_fen: -1, home: "here", ..Self::default() }]
    }
}

/// The situation of somebody by their number. The number names the place of the first registration: who has moved since says so on the
/// page of materials.
pub fn situation(app: &App, number: &IdNumber, birth: Date, business: &str, day: Date) -> Situation {
    let who = match number.kind() {
        IdKind::ResidentId | IdKind::ChinesePassport => Who::Mainland,
        IdKind::HkMacauResidencePermit | IdKind::HkMacauTravelPermit => Who::HongKongMacau,
        IdKind::TaiwanResidencePermit | IdKind::TaiwanTravelPermit => Who::Taiwan,
        IdKind::ForeignerPermanentResidence | IdKind::ForeignerPermanentResidenceOld | IdKind::OtherDocument => {
            Who::Foreigner
        }
    };
    Situation::new(who, home(number, &app.materials.city().to_string()), birth, business, day)
}

fn home(number: &IdNumber, city: &str) -> Home {
    let same = |digits: usize| number.as_str().get(..digits).is_some_and(|part| city.get(..digits) == Some(part));
    match number.kind() {
        IdKind::ResidentId if same(4) => Home::Here,
        IdKind::ResidentId if same(2) => Home::Province,
        _ => Home::Elsewhere,
    }
}

/// The answer for a visitor on a day.
pub fn answer(app: &App, visitor: &Visitor, business: &str, day: Date) -> (Answer, Home) {
    let situation = situation(app, &visitor.number, visitor.birth, business, day);
    (app.materials.answer(&situation), situation.home)
}

/// An answer as a page shows it.
pub fn shown(answer: &Answer, home: Home, lang: Lang) -> Bring {
    let things = answer.items.iter().map(|item| BringLine {
        name: item.name.of(lang).to_owned(),
        why: item.why.as_ref().map(|why| why.of(lang).to_owned()).unwrap_or_default(),
        any_of: item.any_of.iter().map(|one| one.of(lang).to_owned()).collect(),
        more: item.more,
        advised: item.advised,
        solve: item.solve.as_ref().map(|solve| solve.path.clone()).unwrap_or_default(),
        solve_name: item.solve.as_ref().map(|solve| solve.name.of(lang).to_owned()).unwrap_or_default(),
    });
    Bring {
        says: answer.says.of(lang).to_owned(),
        conditional: answer.allowed == Allowed::Conditional,
        attends: answer.attends.as_ref().map(|said| said.of(lang).to_owned()).unwrap_or_default(),
        things: things.collect(),
        fee_fen: answer.fee_fen.map_or(-1, i64::from),
        home: home.word(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_number_says_where_the_registration_is() {
        let number = |text: &str| IdNumber::parse(text, date(2026, 11, 28)).unwrap();
        assert_eq!(home(&number("441302199003070024"), "441300"), Home::Here);
        assert_eq!(home(&number("11010519491231002X"), "441300"), Home::Elsewhere);
        assert_eq!(home(&number("H12345678"), "441300"), Home::Elsewhere);
    }
}
