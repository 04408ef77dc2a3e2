//! One private key in textual form (RFC 7468, section 10).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";
/// How long a line of base64 is.
const LINE_BYTES: usize = 64;

/// The first private key in `text`, or `None`. Lines around it and white space within are ignored.
pub(super) fn read(text: &str) -> Option<Vec<u8>> {
    let (_, behind) = text.split_once(BEGIN)?;
    let (body, _) = behind.split_once(END)?;
    let digits: String = body.split_ascii_whitespace().collect();
    STANDARD.decode(digits).ok()
}

pub(super) fn write(document: &[u8]) -> String {
    let digits = STANDARD.encode(document);
    let mut text = format!("{BEGIN}\n");
    let mut rest = digits.as_str();
    while !rest.is_empty() {
        let (line, behind) = rest.split_at(rest.len().min(LINE_BYTES));
        text.push_str(line);
        text.push('\n');
        rest = behind;
    }
    text.push_str(END);
    text.push('\n');
    text
}
