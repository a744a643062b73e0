//! Tests of the whole crate, seen from outside.

mod decode;
mod decode_files;
mod decode_hostile;
