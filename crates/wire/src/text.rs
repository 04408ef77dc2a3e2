//! The lexical forms of simple types, as several SOAP stacks write them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

/// Reads an `xs:boolean`: `true`, `false`, `1`, `0`, with white space around it.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text.trim() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// Reads a GUID: `8-4-4-4-12` hex digits in either case, no braces (MS-WUSP 2.2.4.1).
pub(crate) fn guid(text: &str) -> Option<Uuid> {
    let text = text.trim();
    // The parser also takes braces and 32 bare digits; the length leaves only the one form.
    if text.len() == 36 { Uuid::try_parse(text).ok() } else { None }
}

/// Reads `xs:base64Binary`, which may be wrapped over lines.
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    if text.bytes().any(|byte| byte.is_ascii_whitespace()) {
        let joined: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        STANDARD.decode(joined).ok()
    } else {
        STANDARD.decode(text).ok()
    }
}

/// Writes `xs:base64Binary` on one line.
pub(crate) fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn booleans_have_four_forms() {
        let read = ["true", " false ", "1", "\n0", "TRUE", "yes", ""].map(boolean);
        assert_eq!(read, [Some(true), Some(false), Some(true), Some(false), None, None, None]);
    }

    #[test]
    fn guids_are_read_in_either_case_and_without_braces() {
        let lower = guid("56309036-4c77-4dd9-951a-99ee9c246a94");
        assert!(lower.is_some());
        assert_eq!(guid(" 56309036-4C77-4DD9-951A-99EE9C246A94\n"), lower);
        for bad in ["{56309036-4c77-4dd9-951a-99ee9c246a94}", "563090364c774dd9951a99ee9c246a94", "", "x"] {
            assert_eq!(guid(bad), None, "{bad}");
        }
    }

    #[test]
    fn base64_may_be_wrapped() {
        assert_eq!(base64("\n AAEC\r\n AwQ=\n").as_deref(), Some(&[0, 1, 2, 3, 4][..]));
        assert_eq!(base64("A*=="), None);
        assert_eq!(base64(""), Some(vec![]));
        assert_eq!(to_base64(&[0, 1, 2, 3, 4]), "AAECAwQ=");
    }
}
