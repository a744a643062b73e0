//! The person for whom an order is, or who its form names.

use huizhi_domain::applicant::IdNumber;
use huizhi_domain::id::{OrderId, PersonId};
use jiff::civil::Date;

use crate::app::App;
use crate::citizen::check::masked_name;
use crate::error::PageError;

/// Who an order is for.
pub struct OrderPerson {
    /// Who of an account; `None` where the order names nobody of one.
    person: Option<PersonId>,
    number: Option<IdNumber>,
    /// The birth date; `None` where no number carries it.
    pub birth: Option<Date>,
    /// The name, masked.
    pub name: String,
}

/// Opens it: whoever asks holds the order.
///
/// # Errors
/// As the store.
pub async fn order_person(app: &App, order: OrderId) -> Result<OrderPerson, PageError> {
    if let Some(person) = app.store.person_of(order).await? {
        let (id, details) = (person.id, person.details);
        let name = details.name.masked();
        return Ok(OrderPerson { person: Some(id), number: Some(details.number), birth: Some(details.birth), name });
    }
    let record = app.store.applicant(order).await?.unwrap_or_default();
    let parsed = |text: &str| IdNumber::parse(text, app.today()).or_else(|_| IdNumber::of_other_document(text));
    let number = record.id_number.as_deref().and_then(|text| parsed(text).ok());
    let birth = number.as_ref().and_then(IdNumber::birth);
    let name = record.name.as_deref().map_or_else(|| "…".to_owned(), masked_name);
    Ok(OrderPerson { person: None, number, birth, name })
}

impl OrderPerson {
    /// Whether it is somebody: the order says so, or, where it names nobody of an account, it has their number.
    #[must_use]
    pub fn is(&self, person: Option<PersonId>, number: &IdNumber) -> bool {
        match self.person {
            Some(own) => Some(own) == person,
            None => self.number.as_ref().is_some_and(|own| own.as_str() == number.as_str()),
        }
    }
}
