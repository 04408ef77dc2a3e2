//! Fakes that speak the real protocols: documents, catalogs, a Windows Update Agent, a PostgreSQL.
