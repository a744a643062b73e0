//! Sheets as files, read back by programs that are not ours.

mod files;
mod sample;
mod templates;
