//! What a form says when something in it is to be mended: on top and beside the field, in the same words, with what was typed
//! kept.

use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::PageError;

/// One thing to mend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FormError {
    /// The field's name, which is also its id in the page.
    pub field: String,
    /// The message's key.
    pub key: String,
    /// The message's `$value`; may be empty.
    pub value: String,
    /// What the field is called, for a list on top in which the message alone does not say which is meant; may be empty.
    pub label: String,
}

/// All of them, in the order of the form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct FormErrors(Vec<FormError>);

impl FormErrors {
    /// Whether there is nothing to mend.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether something is to be mended in a field.
    #[must_use]
    pub fn concern(&self, field: &str) -> bool {
        self.0.iter().any(|error| error.field == field)
    }

    /// Notes one.
    pub fn add(&mut self, field: &str, key: impl Into<String>) {
        self.add_value(field, key, "");
    }

    /// Notes one whose message has a value.
    pub fn add_value(&mut self, field: &str, key: impl Into<String>, value: impl Into<String>) {
        self.0.push(FormError { field: field.to_owned(), key: key.into(), value: value.into(), label: String::new() });
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &FormError> {
        self.0.iter()
    }

    /// The same with what each field is called.
    #[must_use]
    pub fn named(mut self, name: impl Fn(&str) -> String) -> Self {
        for error in &mut self.0 {
            error.label = name(&error.field);
        }
        self
    }

    /// One alone.
    #[must_use]
    pub fn one(field: &str, key: impl Into<String>) -> Self {
        let mut errors = Self::default();
        errors.add(field, key);
        errors
    }
}

/// A posted form. Fields that it lacks take their default, so that an untouched box is an empty answer, not an error.
pub struct Posted<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Posted<T> {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        let form = axum::Form::<T>::from_request(request, state).await;
        form.map(|axum::Form(form)| Self(form)).map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => PageError::TooLarge,
            _ => PageError::Form,
        })
    }
}
