//! What is known of one office.

use axum::extract::{Path, Query, State};
use axum::{Router, routing};
use huizhi_domain::id::OfficeId;
use huizhi_domain::staff::Office;
use serde::Serialize;

use super::{Answer, Asked, Details, Head, back, office, show, told};
use crate::app::App;
use crate::desk::session::Planner;
use crate::form::{FormErrors, Posted};
use crate::page::{Look, View};

/// The address of an office.
pub fn routes() -> Router<App> {
    Router::new().route("/desk/offices/{office}", routing::get(details).post(save))
}

#[derive(Clone, Debug, Serialize)]
struct DetailsView {
    head: Head,
    errors: FormErrors,
    told: Option<String>,
    city: String,
    typed: Details,
}

impl View for DetailsView {
    const TEMPLATE: &'static str = "desk/offices/details.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let view = Self {
            head: Head::sample("details"),
            errors: FormErrors::default(),
            told: None,
            city: "Huizhou".to_owned(),
            typed: Details { name: "Jiangbei".to_owned(), ..Details::default() },
        };
        let wrong = FormErrors::one("address", "offices-fault-address");
        vec![view.clone(), Self { told: Some("told".to_owned()), errors: wrong, ..view }]
    }
}

async fn details(
    State(app): State<App>,
    Planner(staff): Planner,
    look: Look,
    Path(id): Path<OfficeId>,
    Query(asked): Query<Asked>,
) -> Answer {
    let office = office(&app, id).await?;
    let view = DetailsView { told: told(look.lang, &asked.told), ..view(&app, &look, office) };
    show(&app, &look, &staff, &FormErrors::default(), view)
}

fn view(app: &App, look: &Look, office: Office) -> DetailsView {
    DetailsView {
        head: Head::of(&office, "details"),
        errors: FormErrors::default(),
        told: None,
        city: app.city_name(&office.city, look.lang),
        typed: Details {
            city: office.city,
            name: office.name,
            district: office.district,
            address: office.address,
            phone: office.phone,
        },
    }
}

async fn save(
    State(app): State<App>,
    Planner(staff): Planner,
    look: Look,
    Path(id): Path<OfficeId>,
    Posted(typed): Posted<Details>,
) -> Answer {
    let office = office(&app, id).await?;
    let errors = typed.errors(&app, look.lang, false);
    if !errors.is_empty() {
        let view = DetailsView { errors: errors.clone(), typed, ..view(&app, &look, office) };
        return show(&app, &look, &staff, &errors, view);
    }
    let whole = |text: &str| text.trim().to_owned();
    let changed = Office {
        name: whole(&typed.name),
        district: whole(&typed.district),
        address: whole(&typed.address),
        phone: whole(&typed.phone),
        ..office
    };
    app.store.set_office(&changed, staff.id).await?;
    Ok(back(&format!("/desk/offices/{id}"), "changed"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::frame::Framed;

    #[test]
    fn the_page_renders_in_every_language() {
        crate::page::tests::renders::<Framed<DetailsView>>();
    }
}
