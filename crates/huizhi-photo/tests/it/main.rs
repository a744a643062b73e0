//! Everything that is tested from outside the crate.

mod iso;
