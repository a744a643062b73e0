//! Calls against servers that behave like real ones, and worse.

#![expect(clippy::unwrap_used, reason = "a test that can not go on ends")]

mod address;
mod client;
mod hook;
mod server;
