//! `/visit/office`: where. A directory instead of a map: address, hours, telephone, how far it is by district, and the next free time.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::id::OfficeId;
use huizhi_domain::staff::Office;
use huizhi_domain::visit::district::{District, Districts};
use huizhi_domain::visit::{BookingPolicy, Slot};
use huizhi_domain::words::Lang;
use serde::Serialize;

use super::line::when;
use super::{Asked, Booker, plan};
use crate::app::App;
use crate::citizen::see_other;
use crate::error::PageError;
use crate::page::{Look, View};

/// The directory.
#[derive(Serialize)]
pub struct OfficeView {
    name: String,
    business: String,
    districts: Vec<DistrictLine>,
    /// Whether a district was chosen.
    near: bool,
    /// What the form sends along.
    asked: Asked,
    offices: Vec<OfficeLine>,
    back: String,
}

/// A district to look from.
#[derive(Serialize)]
struct DistrictLine {
    code: String,
    name: String,
    chosen: bool,
}

/// An office.
#[derive(Serialize)]
struct OfficeLine {
    name: String,
    district: String,
    address: String,
    phone: String,
    hours: Vec<String>,
    /// From the chosen district; -1 where that can't be said.
    km: i64,
    /// The next free time in words; empty where there is none.
    next: String,
    /// The page of its times.
    to: String,
}

impl View for OfficeView {
    const TEMPLATE: &'static str = "citizen/visit/office.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let line = |km, next: &str| OfficeLine {
            name: "惠城户政窗口".to_owned(),
            district: if km < 0 { String::new() } else { "惠城区".to_owned() },
            address: "演示路 1 号".to_owned(),
            phone: if km < 0 { String::new() } else { "0752-0000000".to_owned() },
            hours: vec!["星期一至星期五 08:30–12:00".to_owned()],
            km,
            next: next.to_owned(),
            to: "/visit/time?office=1".to_owned(),
        };
        let view = |near, offices| Self {
            name: "张小明".to_owned(),
            business: "身份证到期换领".to_owned(),
            districts: vec![DistrictLine { code: "441302".to_owned(), name: "惠城区".to_owned(), chosen: near }],
            near,
            asked: Asked { person: "1".to_owned(), business: "id-renewal".to_owned(), ..Asked::default() },
            offices,
            back: "/visit/business?person=1".to_owned(),
        };
        let when = "2026年12月1日 星期二 08:30";
        vec![view(true, vec![line(0, when), line(32, when), line(-1, "")]), view(false, Vec::new())]
    }
}

/// `/visit/office?person=&business=&district=`
pub async fn office(
    State(app): State<App>,
    look: Look,
    Booker(account): Booker,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let plan = match plan(&app, &account, &asked).await? {
        Ok(plan) => plan,
        Err(to) => return Ok(see_other(&to)),
    };
    let table = &app.districts;
    let near = table.find(&asked.district);
    let mut offices = Vec::new();
    let next = next_free(&app, &plan.business.service).await?;
    let services = app.store.all_office_services().await?;
    for office in app.store.offices().await? {
        if services.iter().any(|(of, service)| *of == office.id && *service == plan.business.service) {
            let slot = next.get(&office.id).copied();
            let line = line(&app, look.lang, &office, &plan.business.service, (table, near), slot, &asked).await?;
            offices.push((line, slot));
        }
    }
    // The nearest first where it is known from where; then who can serve first.
    offices.sort_by_key(|(line, slot)| (if line.km < 0 { i64::MAX } else { line.km }, slot.is_none(), *slot));
    let view = OfficeView {
        name: plan.person.details.name.as_str().to_owned(),
        business: plan.business.name.in_lang(look.lang).to_owned(),
        districts: table
            .all()
            .map(|district| DistrictLine {
                code: district.code.clone(),
                name: district.name(look.lang).to_owned(),
                chosen: near == Some(district),
            })
            .collect(),
        near: near.is_some(),
        offices: offices.into_iter().map(|(line, _)| line).collect(),
        back: Asked { business: String::new(), ..asked.clone() }.address("/visit/business"),
        asked,
    };
    Ok(app.show(&look, &view)?.into_response())
}

/// Each office's first free time, within the days that it lets people book.
async fn next_free(app: &App, service: &str) -> Result<BTreeMap<OfficeId, Slot>, PageError> {
    let (today, mut last) = (app.today(), app.today());
    let mut policies: BTreeMap<OfficeId, BookingPolicy> = BTreeMap::new();
    for office in app.store.offices().await? {
        let policy = app.store.booking_policy(office.id).await?;
        last = last.max(policy.bookable(today, &app.calendar).1);
        policies.insert(office.id, policy);
    }
    let mut next = BTreeMap::new();
    for free in app.store.next_free(service, today, last).await? {
        let Some(policy) = policies.get(&free.office) else { continue };
        let (from, to) = policy.bookable(today, &app.calendar);
        if (from..=to).contains(&free.slot.day) {
            next.insert(free.office, free.slot);
        } else if free.slot.day < from {
            // Its first free time is too soon to be booked; the one after that is asked for.
            let later = app.store.free(free.office, service, from, to).await?;
            if let Some(slot) = later.into_iter().find(|it| it.left() > 0) {
                next.insert(free.office, slot.slot);
            }
        }
    }
    Ok(next)
}

async fn line(
    app: &App,
    lang: Lang,
    office: &Office,
    service: &str,
    (table, near): (&Districts, Option<&District>),
    next: Option<Slot>,
    asked: &Asked,
) -> Result<OfficeLine, PageError> {
    let own = table.find(&office.district);
    Ok(OfficeLine {
        name: office.name.clone(),
        district: own.map_or_else(|| office.district.clone(), |district| district.name(lang).to_owned()),
        address: office.address.clone(),
        phone: office.phone.clone(),
        hours: hours(app, lang, office.id, service).await?,
        km: near.zip(own).map_or(-1, |(near, own)| i64::from(near.km_to(own))),
        next: next.map(|slot| when(app, lang, slot)).unwrap_or_default(),
        to: Asked { office: office.id.to_string(), ..asked.clone() }.address("/visit/time"),
    })
}

/// When an office gives places, a line a span: days that follow each other with the same hours stand together.
pub async fn hours(app: &App, lang: Lang, office: OfficeId, service: &str) -> Result<Vec<String>, PageError> {
    let mut spans: BTreeMap<(i32, i32), Vec<i32>> = BTreeMap::new();
    for opening in app.store.openings(office, service).await? {
        spans.entry((opening.span.opens, opening.span.closes)).or_default().push(opening.weekday);
    }
    let weekday = |day: i32| app.say(lang, &format!("visit-weekday-{day}"), &[]);
    let clock = |minute: i32| format!("{:02}:{:02}", minute / 60, minute % 60);
    let mut lines = Vec::new();
    for ((opens, closes), mut days) in spans {
        days.sort_unstable();
        days.dedup();
        let named: Vec<String> = runs(&days)
            .into_iter()
            .map(|(first, last)| {
                if first == last {
                    weekday(first)
                } else {
                    app.say(lang, "visit-weekdays", &[("first", &weekday(first)), ("last", &weekday(last))])
                }
            })
            .collect();
        lines.push(format!("{} {}–{}", named.join(" "), clock(opens), clock(closes)));
    }
    Ok(lines)
}

/// Days that follow each other, as first and last.
fn runs(days: &[i32]) -> Vec<(i32, i32)> {
    let mut runs: Vec<(i32, i32)> = Vec::new();
    for day in days {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *day => *last = *day,
            _ => runs.push((*day, *day)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_render() {
        crate::page::tests::renders::<OfficeView>();
    }

    #[test]
    fn days_that_follow_each_other_stand_together() {
        assert_eq!(runs(&[1, 2, 3, 4, 5]), [(1, 5)]);
        assert_eq!(runs(&[1, 3, 4, 6]), [(1, 1), (3, 4), (6, 6)]);
        assert!(runs(&[]).is_empty());
    }
}
