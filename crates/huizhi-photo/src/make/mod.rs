//! The ID photo and what is printed of it.

pub mod encode;
pub mod sheet;
