//! The visit to an office.

pub mod check_in;
pub mod pass;
pub mod ticket;
