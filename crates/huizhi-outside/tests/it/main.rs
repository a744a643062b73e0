//! Calls against servers that behave like real ones, and worse.

mod address;
mod client;
mod server;
