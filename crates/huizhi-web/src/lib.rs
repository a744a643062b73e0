//! The service's pages and its interface for machines.
