use uuid::Uuid;

use crate::{ErrorCode, Fault, SoapVersion};

/// Why bytes are not a message, and how to say so to whoever sent them.
#[derive(Debug, thiserror::Error)]
#[error("{problem}")]
pub struct DecodeError {
    /// What is wrong.
    pub problem: Problem,
    /// The version of SOAP to answer in; 1.1 when the message did not get as far as telling.
    pub soap: SoapVersion,
    /// The action of the operation (namespace, slash, method), or empty when none was recognised.
    pub action: String,
}

/// What can be wrong with a message.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// Not XML, or XML past one of the limits of [`limits`](crate::limits).
    #[error("not acceptable XML: {0}")]
    Xml(xml::Error),
    /// XML, but no SOAP envelope with a body and an element in it.
    #[error("not a SOAP message: {0}")]
    NotSoap(&'static str),
    /// An operation this service does not have.
    #[error("the service has no operation {name:?}")]
    UnknownOperation {
        /// The local name of the element in the body, at most 100 characters of it.
        name: String,
    },
    /// An element that must be there is not.
    #[error("parameter {parameter}: element {element} is missing")]
    Missing {
        /// The parameter of the operation the element belongs to.
        parameter: String,
        /// The element.
        element: &'static str,
    },
    /// An element whose text is not of its type.
    #[error("parameter {parameter}: {text:?} is not {what}")]
    Malformed {
        /// The parameter of the operation the text belongs to.
        parameter: String,
        /// The text, at most 40 characters of it.
        text: String,
        /// What it should be.
        what: &'static str,
    },
    /// A list or text is longer than its limit.
    #[error("parameter {parameter}: more than {limit} {what}")]
    TooMuch {
        /// The parameter of the operation that is too long.
        parameter: String,
        /// What is counted.
        what: &'static str,
        /// The largest accepted number of it.
        limit: usize,
    },
}

impl From<xml::Error> for Problem {
    fn from(error: xml::Error) -> Self {
        Self::Xml(error)
    }
}

/// How to answer what could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// With this SOAP fault and status 500.
    Fault(Fault),
    /// With this HTTP status, 400 or 413, and no body.
    Status(u16),
}

impl DecodeError {
    /// The answer to whoever sent the message; `id` names this occurrence and belongs into the log as well.
    ///
    /// What is not SOAP has no method to fault in, so it gets a plain HTTP status: 413 when it is too
    /// much, 400 otherwise. All else is `InvalidParameters` with the name of the parameter
    /// (MS-WUSP 2.2.2.4); an unknown operation is named in its place.
    pub fn refusal(&self, id: Uuid) -> Refusal {
        let message = match &self.problem {
            Problem::Xml(error) if matches!(error.fault, xml::Fault::TooMuch { .. }) => return Refusal::Status(413),
            Problem::Xml(_) | Problem::NotSoap(_) => return Refusal::Status(400),
            Problem::UnknownOperation { name } => name,
            Problem::Missing { parameter, .. }
            | Problem::Malformed { parameter, .. }
            | Problem::TooMuch { parameter, .. } => parameter,
        };
        Refusal::Fault(Fault {
            code: ErrorCode::InvalidParameters,
            message: message.clone(),
            id,
            method: self.action.clone(),
        })
    }
}
