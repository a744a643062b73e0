//! The visit (办事): what somebody comes for, the places of an office, and who has which.

pub mod appointment;
pub mod business;
pub mod ledger;
pub mod message;
pub mod policy;
pub mod slot;

pub mod draw;
pub mod release;
pub mod wish;

pub use appointment::{Appointment, AppointmentNumber, By, NotANumber, Refused, Rights, State, Visitor};
pub use business::{Business, BusinessError, BusinessName, Businesses, Needed};
pub use message::{VisitHappening, VisitMessage};
pub use policy::BookingPolicy;
pub use slot::{Free, NotASlot, Slot};
