//! Judges a portrait against the official rules and makes the ID photo: bytes in, values out.
//!
//! `decode → face → measure → check → report → overlay`, and from the same analysis `make → encode → sheet`.
//! Pure: no file, clock, network, thread or randomness.

#![forbid(unsafe_code)]

pub mod analysis;
pub mod check;
pub mod chip;
pub mod decode;
mod error;
pub mod face;
pub mod finding;
pub mod ink;
pub mod iso;
pub mod likeness;
pub mod limits;
pub mod make;
pub mod matte;
pub mod measure;
pub mod models;
pub mod motion;
pub mod net;
pub mod overlay;
pub mod pixels;
pub mod probe;
pub mod rejection;
pub mod report;
pub mod spec;

pub use decode::Portrait;
pub use error::{Obstacle, PhotoError};
pub use face::{Face, Finder};
pub use finding::{Finding, Severity};
pub use limits::Limits;
pub use matte::Matter;
pub use report::{Report, Verdict};
pub use spec::Spec;
