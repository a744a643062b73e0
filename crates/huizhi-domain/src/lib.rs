//! What the service means: orders, review, receipts, and who may do what.
//!
//! Pure: time and randomness are parameters, nothing is read or written. A noun is a file; the order of the lines below is
//! the order of the journey.

#![forbid(unsafe_code)]

pub mod clock;
pub mod day;
pub mod id;
mod small_words;
pub mod words;

pub mod amendment;
pub mod applicant;
pub mod calendar;
pub mod city;
pub mod materials;
pub mod policy;

pub mod account;

pub mod delivery;
pub mod diff;
pub mod message;
pub mod office;
pub mod order;
pub mod pace;
pub mod partner;
pub mod receipt;
pub mod review;
pub mod staff;
pub mod totp;

pub mod visit;

pub mod consent;
pub mod person;
pub mod stored_faces;

pub mod residence;

pub mod article;
pub mod comment;

pub mod search;
pub mod support;

pub mod audit;
pub mod challenge;
pub mod peer;
pub mod seal;
