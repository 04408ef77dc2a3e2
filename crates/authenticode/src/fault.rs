//! What is wrong with a part of a file: the reason, and which part.

use std::io;

use serde::{Deserialize, Serialize};

use crate::der::Malformed;
use crate::reason::Reason;

/// One thing that is wrong, with what a person needs to find it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fault {
    pub(crate) reason: Reason,
    pub(crate) detail: String,
}

impl Fault {
    pub(crate) fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into() }
    }

    /// The same, told under another reason: ASN.1 of a certificate is not ASN.1 of a signature.
    pub(crate) fn under(self, reason: Reason) -> Self {
        let reason = if self.reason == Reason::MalformedSignature { reason } else { self.reason };
        Self { reason, ..self }
    }
}

impl From<Malformed> for Fault {
    fn from(Malformed(what): Malformed) -> Self {
        Self::new(Reason::MalformedSignature, format!("{what} was expected"))
    }
}

/// Why reading a container ended: the file is at fault, or what holds it.
#[derive(Debug)]
pub(crate) enum Stop {
    Fault(Fault),
    Io(io::Error),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Malformed> for Stop {
    fn from(malformed: Malformed) -> Self {
        Self::Fault(malformed.into())
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
