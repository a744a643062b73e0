//! The service: serving, working, its staff and its log.

mod articles;
mod audit;
mod centre;
mod demo;
mod doctor;
mod key;
mod notify;
mod peer;
mod place;
mod probe;
mod rules;
mod run;
mod settings;
mod staff;

pub use audit::{AuditCommand, audit};
pub use centre::{CentreCommand, centre};
pub use doctor::{Doctor, doctor};
pub use key::{KeyCommand, key};
pub use notify::{NotifyCommand, notify};
pub use peer::{PeerCommand, peer};
pub use place::SystemClock;
pub use probe::{ProbeCommand, probe};
pub use run::{Serve, Work, serve, work};
pub use settings::{SettingsCommand, settings};
pub use staff::{StaffCommand, staff};
