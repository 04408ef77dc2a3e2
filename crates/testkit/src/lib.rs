//! Fakes that speak the real protocols: documents, catalogs, an upstream that may lie, a cache before it, a Windows Update
//! Agent, authorities and TLS, a PostgreSQL.
//!
//! Nothing here is a stub: the documents are complete, the files have real bytes, and the agent
//! talks real HTTP and fails where a stock one fails. Documents, catalogs and computers are the same for the same seed; keys of
//! certificates, ids of events and times are not.

pub mod agent;
pub mod catalogs;
pub mod documents;
pub mod edge;
pub mod fleet;
pub mod machine;
pub mod postgres;
pub mod publisher;
pub mod random;
pub mod tls;
