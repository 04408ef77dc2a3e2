//! What is wrong with a document, where, and what to do about it.

mod checks;
mod places;

use std::fmt;

use crate::document;

/// Findings of one document; those beyond are counted, not listed.
const FINDINGS_MAX: usize = 200;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The document is refused, or does not do what it should.
    Error,
    /// It works, and probably not as meant.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The document, as the caller named it.
    pub name: String,
    /// Line of the element at fault, from 1.
    pub line: usize,
    /// Column of the element at fault in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { severity, name, line, column, what, remedy } = self;
        write!(out, "{name}:{line}:{column}: {severity}: {what}; {remedy}")
    }
}

/// Explains what is wrong with the document `bytes`, which messages call `name`; nothing if all is well.
///
/// A document that is refused has one finding, the reason. Findings come in the order of the document.
pub fn lint(name: &str, bytes: &[u8]) -> Vec<Finding> {
    let document = match document::read(bytes) {
        Ok((document, _)) => document,
        Err(error) => {
            return vec![Finding {
                severity: Severity::Error,
                name: name.to_owned(),
                line: error.line,
                column: error.column,
                what: error.fault.to_string(),
                remedy: error.fault.remedy().to_owned(),
            }];
        }
    };
    // The document was read, so it is text and its elements can be found again.
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let places = places::Places::of(text);
    let mut findings = checks::Findings { name, text, places: &places, found: Vec::new(), more: 0 };
    checks::check(&document, &mut findings);
    let (mut found, more) = (findings.found, findings.more);
    found.sort_by_key(|finding| (finding.line, finding.column));
    if more > 0
        && let Some(last) = found.last_mut()
    {
        last.remedy.push_str(&format!("; {more} further findings are not shown"));
    }
    found
}
