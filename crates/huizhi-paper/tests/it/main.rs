//! Sheets as files, read back by programs that are not ours.

#![expect(clippy::unwrap_used, reason = "tests")]

mod files;
mod sample;
mod templates;
