//! Whole-crate tests, one file a room.

mod decode;
mod decode_files;
mod decode_hostile;
mod iso;
