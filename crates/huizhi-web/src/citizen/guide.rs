//! Step 2: how to take the photo, and the consent without which no face is looked at.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::clock::Moment;
use huizhi_domain::consent::Purpose;
use huizhi_domain::id::AccountId;
use huizhi_domain::order::{Order, OrderState};
use huizhi_domain::person::{Person, Relation};
use huizhi_domain::policy::{Acceptance, Policy};
use huizhi_photo::spec::{EditPolicy, Spec};
use huizhi_store::{ApplicantRecord, NewOrder, Visitor};
use serde::{Deserialize, Serialize};

use super::city::CounterView;
use super::people::choice::{Choice, choices, chosen};
use super::{quoted, see_other};
use crate::account::MaybeSignedIn;
use crate::app::App;
use crate::error::PageError;
use crate::form::{FormErrors, Posted};
use crate::page::{Look, View};
use crate::visitor::{Guest, set_cookie};

/// Version of the consent's text in `guide.ftl`; counts up when its meaning changes.
pub const CONSENT_VERSION: &str = "2026-11";
/// Appended where a guardian consents for a child under 14.
pub const BY_GUARDIAN: &str = "-guardian";

const CITY_KEPT_S: u32 = 365 * 24 * 3600;

/// How to take the photo.
#[derive(Default, Serialize)]
pub struct GuideView {
    document: String,
    document_name: String,
    city: String,
    city_name: String,
    /// Sizes and colours of this document.
    facts: Vec<Fact>,
    edit_policy: &'static str,
    price_fen: u32,
    minutes_max: u16,
    reuse_years: u8,
    consent: bool,
    child: bool,
    guardian: bool,
    /// Of whose account's people it may be for one; empty where nobody is signed in.
    people: Vec<Choice>,
    /// The id of who was chosen.
    person: String,
    errors: FormErrors,
}

/// A line of the document's own numbers.
#[derive(Serialize)]
pub struct Fact {
    key: &'static str,
    a: String,
    b: String,
}

impl View for GuideView {
    const TEMPLATE: &'static str = "citizen/guide.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let facts = || {
            let catalog = huizhi_photo::spec::Catalog::built_in().unwrap();
            let all = catalog.iter().flat_map(|spec| facts(spec, "白色"));
            all.collect()
        };
        ["full", "crop-only", "none"]
            .into_iter()
            .map(|edit_policy| Self {
                document: "cn-resident-id".to_owned(),
                document_name: "居民身份证".to_owned(),
                city: "441300".to_owned(),
                city_name: "惠州市".to_owned(),
                facts: facts(),
                edit_policy,
                price_fen: u32::from(edit_policy == "full") * 1500,
                minutes_max: 30,
                reuse_years: 2,
                child: edit_policy == "none",
                people: if edit_policy == "none" { Choice::samples() } else { Vec::new() },
                errors: if edit_policy == "full" { FormErrors::default() } else { missing(false, true, false) },
                ..Self::default()
            })
            .collect()
    }
}

/// The city, by its code.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Of {
    city: String,
}

/// `/photo/{document}/guide?city=`
pub async fn guide(
    State(app): State<App>,
    look: Look,
    MaybeSignedIn(account): MaybeSignedIn,
    Path(document): Path<String>,
    Query(of): Query<Of>,
) -> Result<Response, PageError> {
    let spec = app.document(&document).ok_or(PageError::Absent)?;
    let Some(policy) = app.policy(&of.city, &document) else {
        return Ok(see_other(&format!("/photo/{}/city", quoted(&document))));
    };
    let city_name = app.city_name(&of.city, look.lang);
    let document_name = app.document_name(&document, look.lang);
    if policy.receipt.value == Acceptance::None {
        let never = !app.policies.documents().contains(document.as_str());
        return Ok(app.show(&look, &CounterView { document, document_name, city_name, never })?.into_response());
    }
    let people = choices(&app, account.as_ref()).await?;
    let view = GuideView { people, ..view(&app, &look, spec, &policy) };
    let mut response = app.show(&look, &view)?.into_response();
    if let Some(cookie) = set_cookie(&app.settings, "city", &of.city, Some(CITY_KEPT_S)) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

fn view(app: &App, look: &Look, spec: &Spec, policy: &Policy) -> GuideView {
    let city = policy.city.to_string();
    let background = spec.backgrounds.first().map(|it| format!("background-{}", it.name));
    let colour = background.map(|key| app.say(look.lang, &key, &[])).unwrap_or_default();
    GuideView {
        document: spec.id.clone(),
        document_name: app.document_name(&spec.id, look.lang),
        city_name: app.city_name(&city, look.lang),
        city,
        facts: facts(spec, &colour),
        edit_policy: edit_word(spec.edit_policy),
        price_fen: policy.price_fen.value,
        minutes_max: policy.turnaround.value.max,
        reuse_years: policy.reuse.as_ref().map_or(0, |reuse| reuse.value.years),
        ..GuideView::default()
    }
}

/// What may be changed, as message keys have it.
#[must_use]
pub const fn edit_word(policy: EditPolicy) -> &'static str {
    match policy {
        EditPolicy::Full => "full",
        EditPolicy::CropOnly => "crop-only",
        EditPolicy::None => "none",
    }
}

/// The document's own numbers, with the word for the background that it prefers.
#[must_use]
pub fn facts(spec: &Spec, colour: &str) -> Vec<Fact> {
    let mut facts = Vec::new();
    if let Some(size) = &spec.size {
        facts.push(Fact { key: "px", a: size.width_px.to_string(), b: size.height_px.to_string() });
        if let (Some(width), Some(height)) = (size.width_mm, size.height_mm) {
            facts.push(Fact { key: "mm", a: width.to_string(), b: height.to_string() });
        }
    }
    if !spec.backgrounds.is_empty() {
        facts.push(Fact { key: "background", a: colour.to_owned(), b: String::new() });
    }
    if let Some(months) = spec.rules.get("photo_age_months") {
        facts.push(Fact { key: "age", a: months.clone(), b: String::new() });
    }
    facts
}

/// The consent, as it was ticked.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Ticked {
    city: String,
    consent: String,
    child: String,
    guardian: String,
    person: String,
}

fn missing(consent: bool, child: bool, guardian: bool) -> FormErrors {
    let mut errors = FormErrors::default();
    if !consent {
        errors.add("consent", "guide-consent-missing");
    }
    if child && !guardian {
        errors.add("guardian", "guide-guardian-missing");
    }
    errors
}

/// POST `/photo/{document}/guide`: begins the order.
pub async fn consent(
    State(app): State<App>,
    look: Look,
    guest: Guest,
    MaybeSignedIn(account): MaybeSignedIn,
    Path(document): Path<String>,
    Posted(form): Posted<Ticked>,
) -> Result<Response, PageError> {
    let spec = app.document(&document).ok_or(PageError::Absent)?;
    let policy = app.policy(&form.city, &document).ok_or(PageError::Form)?;
    if policy.receipt.value == Acceptance::None {
        return Err(PageError::Form);
    }
    let person = chosen(&app, account.as_ref(), &form.person).await?;
    let (consent, guardian) = (!form.consent.is_empty(), !form.guardian.is_empty());
    // Who is known to be under 14 is a child, ticked or not.
    let child = !form.child.is_empty() || person.as_ref().is_some_and(|it| it.needs_guardian_consent(app.today()));
    let errors = missing(consent, child, guardian);
    if !errors.is_empty() {
        let (people, person) = (choices(&app, account.as_ref()).await?, form.person);
        let view = GuideView { consent, child, guardian, people, person, errors, ..view(&app, &look, spec, &policy) };
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, app.show(&look, &view)?).into_response());
    }
    let (visitor, keep) = guest.settle(&app)?;
    let same = draft(&app, &visitor, &document, &form.city, person.as_ref()).await?;
    let order = if let Some(order) = same {
        order
    } else {
        let new = NewOrder { document, city: form.city, lang: look.lang };
        app.store.begin_order(new, &visitor).await?.0
    };
    if let Some(account) = &account {
        note(&app, account.id, &order, person.as_ref()).await?;
    }
    let mut record = app.store.applicant(order.id).await?.unwrap_or_default();
    record_consent(&mut record, app.store.now(), child);
    app.store.set_applicant(order.id, &record).await?;
    Ok((keep, see_other(&format!("/order/{}/take", order.id))).into_response())
}

/// A second press of the button finds the draft of the first, for the same person.
async fn draft(
    app: &App,
    visitor: &Visitor,
    document: &str,
    city: &str,
    person: Option<&Person>,
) -> Result<Option<Order>, PageError> {
    for order in app.store.orders_of(visitor).await? {
        if order.state == OrderState::Draft && order.document == document && order.city == city {
            let of = app.store.person_of(order.id).await?;
            if of.map(|it| it.id) == person.map(|it| it.id) {
                return Ok(Some(order));
            }
        }
    }
    Ok(None)
}

/// Notes the consent with the account too, and for whom the order is. A guardian's stands with the person that it is for.
///
/// # Errors
/// As the store.
pub async fn note(app: &App, account: AccountId, order: &Order, person: Option<&Person>) -> Result<(), PageError> {
    let version = app.consents.version(Purpose::FacePhoto);
    match person {
        Some(person) => {
            app.store.set_person_of(order.id, account, person.id).await?;
            if person.relation == Relation::Myself && !person.needs_guardian_consent(app.today()) {
                app.store.consent(account, Purpose::FacePhoto, &version).await?;
            } else {
                app.store.consent_for(account, person.id, Purpose::FacePhoto, &version).await?;
            }
        }
        None => app.store.consent(account, Purpose::FacePhoto, &version).await?,
    }
    Ok(())
}

/// Notes a consent: when, to which text, and by whom.
pub fn record_consent(record: &mut ApplicantRecord, now: Moment, by_guardian: bool) {
    let by = if by_guardian { BY_GUARDIAN } else { "" };
    record.consent_at = Some(now);
    record.consent_version = Some(format!("{CONSENT_VERSION}{by}"));
}

/// Whether somebody consented to the text as it is now.
#[must_use]
pub fn has_consented(record: &ApplicantRecord) -> bool {
    record.consent_version.as_deref().is_some_and(|version| version.starts_with(CONSENT_VERSION))
}

/// Whether a guardian consented for a child under 14.
#[must_use]
pub fn by_guardian(record: &ApplicantRecord) -> bool {
    record.consent_version.as_deref().is_some_and(|version| version.ends_with(BY_GUARDIAN))
}

#[cfg(test)]
mod tests {
    use huizhi_domain::words::Lang;

    use crate::words::words;

    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::GuideView>();
    }

    #[test]
    fn what_a_document_asks_of_glasses_and_clothing_is_said_in_both_languages_and_nothing_else_is() {
        let catalog = huizhi_photo::spec::Catalog::built_in().unwrap();
        for spec in catalog.iter() {
            for rule in ["glasses", "clothing"] {
                let key = format!("guide-{rule}-{}", spec.id);
                for lang in Lang::ALL {
                    assert_eq!(words().pattern(lang, &key).is_some(), spec.rules.contains_key(rule), "{key} {lang:?}");
                }
            }
        }
    }
}
