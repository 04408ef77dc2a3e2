//! Approvals, groups and reports: from what was decided and reported to what is deployed and known.
