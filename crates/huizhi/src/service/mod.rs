//! The service: serving, working, its staff and its log.

mod audit;
mod demo;
mod doctor;
mod key;
mod notify;
mod place;
mod probe;
mod run;
mod staff;

pub use audit::{AuditCommand, audit};
pub use doctor::{Doctor, doctor};
pub use key::{KeyCommand, key};
pub use notify::{NotifyCommand, notify};
pub use place::SystemClock;
pub use probe::{ProbeCommand, probe};
pub use run::{Serve, Work, serve, work};
pub use staff::{StaffCommand, staff};
