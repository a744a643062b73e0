//! The ID photo and what is printed of it.

pub mod crop;
pub mod encode;
pub mod sheet;
