//! An immutable snapshot of all revisions that answers a scan in time proportional to the answer.
