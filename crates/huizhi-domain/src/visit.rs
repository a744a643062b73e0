//! The visit (办事): what somebody comes for, the places of an office, and who has which.

pub mod district;
pub mod ics;
pub mod notice;
