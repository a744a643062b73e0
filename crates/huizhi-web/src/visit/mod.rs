//! What stands before a booking: the waiting room's gate, and how often somebody may knock.

pub mod crowd;
pub mod gate;
