//! Why a request is not answered as asked, and the fault that says so.

use store::StoreError;
use uuid::Uuid;
use wire::{ErrorCode, Fault};

use crate::background::publish::PublishError;
use crate::report_writer::NotTaken;

/// A request that is not answered as asked.
#[derive(Debug)]
pub(super) struct Refusal {
    /// The code clients act upon (MS-WUSP 2.2.2.4).
    pub(super) code: ErrorCode,
    /// For InvalidParameters: the parameter.
    pub(super) message: String,
    /// The word under which it is counted.
    pub(super) reason: &'static str,
    /// What to tell the administrator, if it is the server's own trouble.
    pub(super) trouble: Option<String>,
}

impl Refusal {
    /// A fault that is the client's, or a normal part of the protocol.
    pub(super) fn fault(code: ErrorCode, message: impl Into<String>, reason: &'static str) -> Self {
        Self { code, message: message.into(), reason, trouble: None }
    }

    /// A parameter is absent or not acceptable.
    pub(super) fn parameter(name: &'static str) -> Self {
        Self::fault(ErrorCode::InvalidParameters, name, "parameters")
    }

    /// The fault as it is sent, under a number of its own that the log repeats.
    pub(super) fn into_fault(self, action: &str, id: Uuid) -> Fault {
        Fault { code: self.code, message: self.message, id, method: action.to_owned() }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::of_store(&error)
    }
}

impl From<NotTaken> for Refusal {
    fn from(not_taken: NotTaken) -> Self {
        match not_taken {
            NotTaken::Store(error) => Self::of_store(&error),
            NotTaken::Stopping => Self::fault(ErrorCode::ServerBusy, String::new(), "stopping"),
        }
    }
}

impl Refusal {
    fn of_store(error: &StoreError) -> Self {
        let code = match error {
            // Clients come back later by themselves; the administrator sees the log.
            StoreError::Unavailable { .. } | StoreError::Full { .. } => ErrorCode::ServerBusy,
            _ => ErrorCode::InternalServerError,
        };
        Self { code, message: String::new(), reason: "store", trouble: Some(crate::admin::chain(error)) }
    }
}

impl From<PublishError> for Refusal {
    fn from(error: PublishError) -> Self {
        let trouble = Some(crate::admin::chain(&error));
        Self { code: ErrorCode::ServerBusy, message: String::new(), reason: "catalog", trouble }
    }
}
