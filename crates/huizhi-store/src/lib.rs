//! Where orders, receipts and photos are kept: SQLite or PostgreSQL, and sealed files.
