//! The service's pages and its interface for machines.
//!
//! A request passes the shell (`routes.rs`: limits, origin, headers), then a handler of `citizen/` or `desk/`, which asks the store
//! and shows a view. What is allowed is decided in the domain, never here.

#![forbid(unsafe_code)]

mod app;
mod routes;
mod serve;
mod work;

mod page;
mod words;
mod error;
mod form;
mod static_files;

mod origin;
mod headers;
mod visitor;
mod upload;

mod citizen;
mod desk;
mod api;

pub use app::{App, AppError, Settings, Support};
pub use desk::{PasswordError, hash_password};
pub use routes::routes;
pub use serve::serve;
pub use words::words;
pub use work::work;
