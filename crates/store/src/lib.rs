//! Durable state on SQLite or PostgreSQL behind one type.
