//! The visit (办事): what somebody comes for, the places of an office, and who has which.

pub mod appointment;
pub mod business;
pub mod district;
pub mod ics;
pub mod ledger;
pub mod message;
pub mod notice;
pub mod policy;
pub mod schedule;
pub mod slot;
pub mod zone;

pub mod check_in;
pub mod pass;
pub mod ticket;
pub mod window_photo;

pub mod draw;
pub mod release;
pub mod wish;

pub use appointment::{Appointment, AppointmentNumber, By, NotANumber, Refused, Rights, State, Visitor};
pub use business::{Business, BusinessError, BusinessName, Businesses, Needed, businesses_file};
pub use message::{VisitHappening, VisitMessage};
pub use policy::BookingPolicy;
pub use slot::{Free, NotASlot, Slot};
