//! The whole product as its users meet it: the real program, a real Chromium, a fresh folder.
//!
//! They stand here and not in a crate of their own because Cargo gives a test the program only inside the program's package. Where Chromium
//! and its driver are not installed they say so and pass; `.ci/run` installs both. `HUIZHI_SHOTS=folder` keeps a picture of every step.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a story that can not go on ends")]

mod browser;
mod client;
mod database;
mod inside;
mod proxy;
mod puppet;
mod server;

mod articles;
mod centre;
mod comment;
mod crash;
mod elsewhere;
mod email;
mod examples;
mod face;
mod hall;
mod hostile;
mod materials;
mod name;
mod offices;
mod oidc;
mod once;
mod pages;
mod python;
mod race;
mod residence;
mod search;
mod settings;
mod shop;
mod site;
mod staff;
mod story;
mod support;
mod visit;
mod window_photo;
mod xss;
