use model::Timestamp;

use crate::Name;

/// Why an identity that holds together should not be shown to clients.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It ended.
    #[error("the certificate for {subject} ended at {not_after}, and it is {now} by this server's clock")]
    Ended {
        /// Whose.
        subject: String,
        /// Its last second.
        not_after: Timestamp,
        /// The clock.
        now: Timestamp,
    },
    /// It has not begun.
    #[error(
        "the certificate for {subject} begins at {not_before}, and it is {now} by this server's clock; if that is wrong, correct it"
    )]
    NotYet {
        /// Whose.
        subject: String,
        /// Its first second.
        not_before: Timestamp,
        /// The clock.
        now: Timestamp,
    },
    /// It is for something else.
    #[error(
        "the certificate for {subject} is not for servers: serverAuth (1.3.6.1.5.5.7.3.1) is not among its purposes"
    )]
    Purpose {
        /// Whose.
        subject: String,
    },
    /// It is an authority's.
    #[error("the certificate for {subject} is an authority's; a server shows one that the authority issued")]
    Authority {
        /// Whose.
        subject: String,
    },
    /// It names other hosts.
    #[error("the certificate for {subject} does not name {missing}; it names {}", shown(has))]
    Names {
        /// Whose.
        subject: String,
        /// What computers are told.
        missing: Name,
        /// What it names.
        has: Vec<Name>,
    },
}

fn shown(names: &[Name]) -> String {
    if names.is_empty() {
        return "no host (its common name does not count)".to_owned();
    }
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
