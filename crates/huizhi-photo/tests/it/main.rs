//! Tests of the whole crate, seen from outside.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "what a test builds on must be there")]

mod decode;
mod decode_files;
mod decode_hostile;
mod iso;
