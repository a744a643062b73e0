//! The photo engine in a process that may do nothing else.
