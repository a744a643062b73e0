//! What the service means: orders, review, receipts, and who may do what.
