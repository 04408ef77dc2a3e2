//! Keys and certificates in textual form (RFC 7468).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// How long a line of base64 is.
const LINE_BYTES: usize = 64;

/// A section of a text, such as a `CERTIFICATE`: lines of base64 between two that say what it is.
pub fn write(label: &str, document: &[u8]) -> String {
    let digits = STANDARD.encode(document);
    let mut text = format!("-----BEGIN {label}-----\n");
    let mut rest = digits.as_str();
    while !rest.is_empty() {
        let (line, behind) = rest.split_at(rest.len().min(LINE_BYTES));
        text.push_str(line);
        text.push('\n');
        rest = behind;
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}

/// The first private key in `text` (RFC 7468, section 10), or `None`. Lines around it and white space within are ignored.
pub(crate) fn private_key(text: &str) -> Option<Vec<u8>> {
    let (_, behind) = text.split_once("-----BEGIN PRIVATE KEY-----")?;
    let (body, _) = behind.split_once("-----END PRIVATE KEY-----")?;
    let digits: String = body.split_ascii_whitespace().collect();
    STANDARD.decode(digits).ok()
}
