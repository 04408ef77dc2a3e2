//! Digests in one pass, and sealed cookies.
