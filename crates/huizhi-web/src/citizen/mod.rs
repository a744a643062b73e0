//! The citizen's pages, in the order of the journey.

pub mod account;
pub mod applicant;
pub mod check;
pub mod city;
pub mod document;
pub mod ending;
pub mod export;
pub mod guide;
pub mod home;
pub mod link;
pub mod message;
pub mod name;
pub mod order;
pub mod outside;
pub mod pay;
pub mod people;
pub mod receipt;
pub mod report;
pub mod room;
pub mod take;
pub mod verify;
pub mod what;
pub mod whose;

pub mod visit;
pub mod wish;

pub mod face;
pub mod rate;

pub mod residence;

pub mod support;

#[cfg(test)]
pub mod tests;

use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};

/// Sends the browser on after a change, by GET.
pub fn see_other(path: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(path) = HeaderValue::from_str(path) {
        response.headers_mut().insert(LOCATION, path);
    }
    response
}

/// A text as a value of a query.
pub fn quoted(text: &str) -> String {
    let mut quoted = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            quoted.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = std::fmt::Write::write_fmt(&mut quoted, format_args!("%{byte:02X}"));
        }
    }
    quoted
}
