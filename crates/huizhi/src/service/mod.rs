//! The service: serving, working, its staff and its log.

mod audit;
mod demo;
mod place;
mod probe;
mod run;
mod staff;

pub use audit::{AuditCommand, audit};
pub use probe::{ProbeCommand, probe};
pub use run::{Serve, Work, serve, work};
pub use staff::{StaffCommand, staff};
