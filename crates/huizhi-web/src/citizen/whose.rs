//! For whom an order or a visit is, in lists: a child's line and a parent's are told apart.

use std::collections::{BTreeMap, BTreeSet};

use huizhi_domain::id::{AccountId, OrderId, PersonId};
use huizhi_domain::person::Person;
use huizhi_domain::visit::Appointment;

use super::check::masked_name;
use crate::app::App;
use crate::error::PageError;

/// The people of who looks. They have their whole names, as on the page that keeps them: masked, those of a family are often the same.
pub struct Whose(Vec<Person>);

impl Whose {
    /// Those of the account that is signed in.
    pub async fn of(app: &App, account: Option<AccountId>) -> Result<Self, PageError> {
        Ok(Self(match account {
            Some(account) => app.store.people(account).await?,
            None => Vec::new(),
        }))
    }

    /// For whom orders are: one of the people, or what was typed, masked; empty where nothing was.
    pub async fn orders(&self, app: &App, orders: BTreeSet<OrderId>) -> Result<BTreeMap<OrderId, String>, PageError> {
        let mut names = BTreeMap::new();
        for order in orders {
            names.insert(order, self.order(app, order).await?);
        }
        Ok(names)
    }

    async fn order(&self, app: &App, order: OrderId) -> Result<String, PageError> {
        if !self.0.is_empty() {
            let person = app.store.person_of(order).await?;
            if let Some(name) = person.and_then(|person| self.name(person.id)) {
                return Ok(name);
            }
        }
        let record = app.store.applicant(order).await?;
        Ok(record.and_then(|record| record.name.as_deref().map(masked_name)).unwrap_or_default())
    }

    /// For whom an appointment is: one of the people, or who was, masked.
    pub async fn visit(&self, app: &App, appointment: &Appointment) -> Result<String, PageError> {
        if let Some(name) = appointment.person.and_then(|person| self.name(person)) {
            return Ok(name);
        }
        let visitor = app.store.visitor_of(appointment.id).await?;
        Ok(visitor.map(|visitor| visitor.name.masked()).unwrap_or_default())
    }

    fn name(&self, id: PersonId) -> Option<String> {
        let person = self.0.iter().find(|person| person.id == id)?;
        Some(person.details.name.as_str().to_owned())
    }
}
