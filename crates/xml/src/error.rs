use std::fmt;

/// Why a text is not acceptable, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// What is wrong.
    pub fault: Fault,
    /// Line of the fault, from 1.
    pub line: usize,
    /// Column of the fault in characters, from 1.
    pub column: usize,
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} at line {}, column {}", self.fault, self.line, self.column)
    }
}

impl std::error::Error for Error {}

/// What can be wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Not XML at all, or tags that do not match.
    #[error("not well-formed XML: {0}")]
    Malformed(String),
    /// Bytes that are not UTF-8, or a declaration that says another encoding.
    #[error("not UTF-8 ({0}); convert the text to UTF-8 first")]
    Encoding(String),
    /// A document type declaration: SOAP 1.1 section 3 forbids it, and nobody here needs one.
    #[error("a document type declaration is not allowed")]
    DocumentType,
    /// A reference to an entity other than the five predefined ones and characters.
    #[error("unknown entity &{0};")]
    UnknownEntity(String),
    /// A character that XML 1.0 does not allow.
    #[error("character U+{0:04X} is not allowed in XML")]
    ForbiddenCharacter(u32),
    /// A prefix without a declaration.
    #[error("namespace prefix {0} is not declared")]
    UndeclaredPrefix(String),
    /// The text ends inside an element, or before the first.
    #[error("the text ends too early")]
    Truncated,
    /// One of [`Limits`](crate::Limits) is passed.
    #[error("more than {limit} {what}")]
    TooMuch {
        /// The thing that is counted.
        what: &'static str,
        /// The largest accepted number of it.
        limit: usize,
    },
}
