//! The directory: all offices, by city and district, and a new one.

use axum::extract::{Query, State};
use axum::{Router, routing};
use huizhi_domain::staff::Staff;
use huizhi_domain::words::Lang;
use huizhi_store::NewOffice;
use serde::Serialize;

use super::{Answer, Asked, Details, back, service_name, show, told};
use crate::app::App;
use crate::desk::session::Planner;
use crate::form::{FormErrors, Posted};
use crate::page::{Look, View};

/// The address of the directory.
pub fn routes() -> Router<App> {
    Router::new().route("/desk/offices", routing::get(list).post(add))
}

#[derive(Clone, Debug, Default, Serialize)]
struct DirectoryView {
    errors: FormErrors,
    told: Option<String>,
    typed: Details,
    rows: Vec<Row>,
}

#[derive(Clone, Debug, Serialize)]
struct Row {
    id: String,
    name: String,
    city: String,
    district: String,
    address: String,
    phone: String,
    /// What it gives places for; empty where it gives none.
    services: String,
}

impl View for DirectoryView {
    const TEMPLATE: &'static str = "desk/offices/directory.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let text = str::to_owned;
        let row = Row {
            id: text("01"),
            name: text("Jiangbei"),
            city: text("Huizhou"),
            district: text("Huicheng"),
            address: text("1 Road"),
            phone: text("0752-1234567"),
            services: text("ID card"),
        };
        let bare = Row { phone: String::new(), services: String::new(), ..row.clone() };
        let full = Self { rows: vec![row, bare], ..Self::default() };
        vec![
            Self::default(),
            Self { told: Some(text("told")), ..full.clone() },
            Self { errors: FormErrors::one("name", "offices-fault-name"), ..full },
        ]
    }
}

async fn list(State(app): State<App>, Planner(staff): Planner, look: Look, Query(asked): Query<Asked>) -> Answer {
    let view = DirectoryView { told: told(look.lang, &asked.told), ..DirectoryView::default() };
    page(&app, &staff, &look, view).await
}

async fn page(app: &App, staff: &Staff, look: &Look, view: DirectoryView) -> Answer {
    let services = app.store.all_office_services().await?;
    let mut offices = app.store.offices().await?;
    offices.sort_by(|a, b| (&a.city, &a.district, &a.name).cmp(&(&b.city, &b.district, &b.name)));
    // Whoever adds one mostly adds one more of the same city.
    let city = offices.last().map(|office| office.city.clone()).unwrap_or_default();
    let joint = if look.lang == Lang::Zh { "、" } else { ", " };
    let rows = offices.into_iter().map(|office| {
        let names = services.iter().filter(|(of, _)| *of == office.id);
        let names: Vec<String> = names.map(|(_, service)| service_name(look.lang, service)).collect();
        Row {
            id: office.id.to_string(),
            city: app.city_name(&office.city, look.lang),
            name: office.name,
            district: office.district,
            address: office.address,
            phone: office.phone,
            services: names.join(joint),
        }
    });
    let mut view = DirectoryView { rows: rows.collect(), ..view };
    if view.errors.is_empty() {
        view.typed.city = city;
    }
    let errors = view.errors.clone();
    show(app, look, staff, &errors, view)
}

async fn add(State(app): State<App>, Planner(staff): Planner, look: Look, Posted(typed): Posted<Details>) -> Answer {
    let errors = typed.errors(&app, look.lang, true);
    if !errors.is_empty() {
        return page(&app, &staff, &look, DirectoryView { errors, typed, ..DirectoryView::default() }).await;
    }
    let whole = |text: &str| text.trim().to_owned();
    let new = NewOffice {
        city: whole(&typed.city),
        name: whole(&typed.name),
        district: whole(&typed.district),
        address: whole(&typed.address),
        phone: whole(&typed.phone),
    };
    let office = app.store.open_office(new, Some(staff.id)).await?;
    Ok(back(&format!("/desk/offices/{}/openings", office.id), "added"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::frame::Framed;

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<DirectoryView>>();
    }
}
