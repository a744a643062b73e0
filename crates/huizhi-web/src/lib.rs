//! The service's pages and its interface for machines.
//!
//! A request passes the shell (`routes.rs`: limits, origin, headers), then a handler of `citizen/` or `desk/`, which asks the store
//! and shows a view. What is allowed is decided in the domain, never here.

#![forbid(unsafe_code)]

mod app;
mod data;
mod live;
mod notify;
mod pay;
mod routes;
mod serve;
mod work;

mod error;
mod form;
mod page;
mod static_files;
mod words;

mod account;
mod gate;
mod headers;
mod origin;
mod upload;
mod visit;
mod visitor;

mod api;
mod citizen;
mod desk;
mod peer;
mod site;

#[cfg(test)]
mod matrix;

pub use app::{App, AppError, Comments, SecondFactor, Settings, Windows};
pub use citizen::support::settings::{QrPicture, Support};
pub use data::{Fault, Skipped, built_in as built_in_files, skipped, tried};
pub use gate::lists::{Networks, NotAPrefix, Prefix};
pub use gate::password::{PasswordError, hash_password};
pub use live::{Live, LiveError};
pub use notify::notify;
pub use pay::pay;
pub use peer::{AskError, errands, hello};
pub use routes::routes;
pub use serve::{listen, serve};
pub use words::words;
pub use work::work;
