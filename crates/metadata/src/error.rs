use std::fmt;

use model::InvalidDigest;

/// Why a document, a fragment or a package is refused, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentError {
    /// What is wrong.
    pub fault: DocumentFault,
    /// Line of the element at fault, from 1.
    pub line: usize,
    /// Column of the element at fault in characters, from 1.
    pub column: usize,
}

impl fmt::Display for DocumentError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} at line {}, column {}; {}", self.fault, self.line, self.column, self.fault.remedy())
    }
}

impl std::error::Error for DocumentError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.fault {
            DocumentFault::InvalidDigest { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl From<xml::Error> for DocumentError {
    fn from(error: xml::Error) -> Self {
        Self { fault: DocumentFault::Xml(error.fault), line: error.line, column: error.column }
    }
}

/// What can be wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentFault {
    /// Not acceptable as XML.
    #[error("{0}")]
    Xml(xml::Fault),
    /// XML of another kind.
    #[error("the root element is {found}, not {wanted}")]
    WrongRoot {
        /// The root as found, with its namespace.
        found: String,
        /// The root as it should be.
        wanted: &'static str,
    },
    /// An element that must be there is not.
    #[error("{parent} has no {element}")]
    MissingElement {
        /// Where it should be.
        parent: &'static str,
        /// What should be there.
        element: &'static str,
    },
    /// An element that may be there once is there again.
    #[error("{element} is there twice")]
    RepeatedElement {
        /// Which one.
        element: String,
    },
    /// An attribute that must be there is not.
    #[error("{element} has no attribute {attribute}")]
    MissingAttribute {
        /// Where it should be.
        element: String,
        /// What should be there.
        attribute: &'static str,
    },
    /// An attribute does not hold what it should.
    #[error("attribute {attribute} of {element} is {value:?}, not {expected}")]
    InvalidAttribute {
        /// Where it is.
        element: String,
        /// Its name.
        attribute: &'static str,
        /// Its value, cut to 100 characters.
        value: String,
        /// What it should hold.
        expected: &'static str,
    },
    /// An element's text is not what it should be.
    #[error("{element} holds {value:?}, not {expected}")]
    InvalidText {
        /// Which element.
        element: &'static str,
        /// Its text, cut to 100 characters.
        value: String,
        /// What it should hold.
        expected: &'static str,
    },
    /// A file without its SHA-1 digest.
    #[error("file {file} has no digest")]
    MissingDigest {
        /// The file's name.
        file: String,
    },
    /// A file whose digest cannot be one.
    #[error("file {file} has a malformed digest")]
    InvalidDigest {
        /// The file's name.
        file: String,
        /// What is wrong with it.
        source: InvalidDigest,
    },
    /// An update that can never be offered, since it waits for itself.
    #[error("the update names itself as its prerequisite")]
    OwnPrerequisite,
    /// A bundle that contains itself.
    #[error("the revision bundles itself")]
    OwnBundle,
    /// A limit of this crate is passed.
    #[error("more than {limit} {what}")]
    TooMuch {
        /// What is counted.
        what: &'static str,
        /// The largest accepted number.
        limit: usize,
    },
}

impl DocumentFault {
    /// What whoever has the document can do about it.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Xml(xml::Fault::TooMuch { .. }) | Self::TooMuch { .. } => {
                "no real document is as large; fetch it again from its upstream"
            }
            Self::Xml(xml::Fault::Truncated) => "fetch the document again, its end is missing",
            Self::Xml(_) => "fetch the document again as its upstream serves it, in UTF-8",
            Self::WrongRoot { .. } => "give the complete document, not a fragment or a list of documents",
            Self::MissingElement { .. } | Self::MissingAttribute { .. } => {
                "add it, or fetch the document again from its publisher"
            }
            Self::RepeatedElement { .. } => "remove all but one",
            Self::InvalidAttribute { .. } | Self::InvalidText { .. } => {
                "correct it, or ask the publisher for a new revision"
            }
            Self::MissingDigest { .. } | Self::InvalidDigest { .. } => {
                "give the SHA-1 of the file in base64 as Digest and its SHA-256 as AdditionalDigest"
            }
            Self::OwnPrerequisite => "remove its own id from Prerequisites",
            Self::OwnBundle => "remove its own id from BundledUpdates",
        }
    }
}

/// Line and column, from 1, of the element whose start tag ends at `offset`.
pub(crate) fn place(text: &str, offset: usize) -> (usize, usize) {
    let mut end = offset.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let before = &text[..end];
    let before = &before[..before.rfind('<').unwrap_or(0)];
    let line_from = before.rfind('\n').map_or(0, |at| at + 1);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    (line, before[line_from..].chars().count() + 1)
}

/// At most 100 characters of `value`, for messages.
pub(crate) fn cut(value: &str) -> String {
    value.chars().take(100).collect()
}
