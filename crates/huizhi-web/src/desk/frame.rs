//! What every desk page has around its content: who is signed in, where they may go, and the day on the watermark.

use axum::response::{Html, IntoResponse as _, Response};
use huizhi_domain::staff::{Office, Staff};
use serde::Serialize;

use super::session::places;
use crate::app::App;
use crate::error::PageError;
use crate::page::{Look, View};

/// Who is signed in, as the page's head says it.
#[derive(Clone, Debug, Serialize)]
pub struct Who {
    login: String,
    name: String,
    role: &'static str,
    office: Option<String>,
    places: &'static [&'static str],
}

/// A view in its frame.
#[derive(Debug, Serialize)]
pub struct Framed<V> {
    #[serde(flatten)]
    view: V,
    staff: Option<Who>,
    here: &'static str,
    today: String,
}

impl<V: View> View for Framed<V> {
    const TEMPLATE: &'static str = V::TEMPLATE;

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        use huizhi_domain::staff::Role;
        let who = |role: Role| Who {
            login: "chen".to_owned(),
            name: "Chen".to_owned(),
            role: role.word(),
            office: (role == Role::Clerk).then(|| "Jiangbei".to_owned()),
            places: places(role),
        };
        let framed = |staff: &Option<Who>, view| Self {
            view,
            staff: staff.clone(),
            here: staff.as_ref().and_then(|who| who.places.first().copied()).unwrap_or(""),
            today: "2026-11-25".to_owned(),
        };
        // Nobody is signed in at the sign-in, somebody everywhere else.
        let everybody: Vec<Option<Who>> = if V::TEMPLATE == "desk/sign-in.html" {
            vec![None]
        } else {
            Role::ALL.map(|role| Some(who(role))).to_vec()
        };
        everybody.iter().flat_map(|staff| V::samples().into_iter().map(move |view| framed(staff, view))).collect()
    }
}

/// Who stands where.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Who; nobody at the sign-in.
    pub staff: Option<&'a Staff>,
    /// Their office, where they have one.
    pub office: Option<&'a Office>,
    /// One of [`places`], or nothing.
    pub here: &'static str,
}

impl<'a> Place<'a> {
    /// Somebody without an office, at a desk.
    #[must_use]
    pub const fn of(staff: &'a Staff, here: &'static str) -> Self {
        Self { staff: Some(staff), office: None, here }
    }
}

/// Shows a view in its frame.
///
/// # Errors
/// [`PageError::Broken`] where template and view do not fit each other.
pub fn show<V: View>(app: &App, look: &Look, place: Place<'_>, view: V) -> Result<Response, PageError> {
    let staff = place.staff.map(|staff| Who {
        login: staff.login.clone(),
        name: staff.name.clone(),
        role: staff.role.word(),
        office: place.office.map(|office| office.name.clone()),
        places: places(staff.role),
    });
    let framed = Framed { view, staff, here: place.here, today: app.today().to_string() };
    let page: Html<String> = app.show(look, &framed)?;
    Ok(page.into_response())
}
