//! What to bring for a business, by the rules that answer everybody: the commonest case, and the way to one's own.

use huizhi_domain::materials::{Age, Home, Situation};
use serde::Serialize;

use crate::app::App;
use crate::citizen::what::asked::Asked;
use crate::page::{Look, View};

/// Years of the adult for whom the commonest case is told: old enough for every paper of one's own, young enough for a card of a fixed term.
const ADULT: u8 = 30;

/// The block.
#[derive(Clone, Default, Serialize)]
pub struct MaterialsBlock {
    business: String,
    city_name: String,
    years: u8,
    /// What is said first: whether it can be done at all.
    says: String,
    items: Vec<Item>,
    fee_fen: Option<u32>,
    days: u16,
    working: bool,
    /// Where one's own case is answered.
    own: String,
}

/// Something to bring.
#[derive(Clone, Default, Serialize)]
struct Item {
    name: String,
    why: String,
    any_of: Vec<String>,
    advised: bool,
}

impl View for MaterialsBlock {
    const TEMPLATE: &'static str = "site/block/materials.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let text = str::to_owned;
        let item = Item { name: text("户口本"), ..Item::default() };
        let full = Self {
            business: text("身份证遗失补领"),
            city_name: text("惠州市"),
            years: ADULT,
            says: text("可以办"),
            items: vec![item.clone(), Item { why: text("原件"), any_of: vec![text("护照")], advised: true, ..item }],
            fee_fen: Some(4000),
            days: 60,
            working: false,
            own: text("/what?business=id-lost"),
        };
        vec![
            full.clone(),
            Self { fee_fen: Some(0), working: true, ..full },
            Self { own: text("/what"), ..Self::default() },
        ]
    }
}

/// The block of a business that there is.
pub fn view(app: &App, look: &Look, business: &str) -> Option<MaterialsBlock> {
    let lang = look.lang;
    let found = app.materials.business(business)?;
    let who = *found.for_who.first()?;
    let situation = Situation {
        who,
        home: if who.has_home() { Home::Here } else { Home::NotApplicable },
        age: Some(Age::Years(ADULT)),
        business: found.id.clone(),
        obstacle: None,
        day: app.calendar.next_working_day(app.today()),
    };
    let answer = app.materials.answer(&situation);
    let items = answer.items.iter().map(|item| Item {
        name: item.name.of(lang).to_owned(),
        why: item.why.as_ref().map(|it| it.of(lang).to_owned()).unwrap_or_default(),
        any_of: item.any_of.iter().map(|it| it.of(lang).to_owned()).collect(),
        advised: item.advised,
    });
    Some(MaterialsBlock {
        business: found.name.of(lang).to_owned(),
        city_name: app.city_name(&app.materials.city().to_string(), lang),
        years: ADULT,
        says: answer.says.of(lang).to_owned(),
        items: items.collect(),
        fee_fen: answer.fee_fen,
        days: answer.deadline.map_or(0, |it| it.days),
        working: answer.deadline.is_some_and(|it| it.working),
        own: Asked { business: found.id.clone(), ..Asked::default() }.path(None),
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::MaterialsBlock>();
    }
}
