//! Files by digest on disk: put, verify, ranges, quarantine.
