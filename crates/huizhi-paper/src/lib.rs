//! Receipts and forms as PDF and PNG.
