//! The head of an HTTP request: any bytes.
//!
//! The same rules are held over the corpus by the tests of `content::request`.

#![no_main]

use content::request::{Framing, Parsed, has_blank_line, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Parsed::Head(head) = parse(bytes) else { return };
    assert!(head.length <= bytes.len());
    assert!(has_blank_line(&bytes[..head.length]));
    assert_eq!(parse(&bytes[..head.length]), Parsed::Head(head));
    if let Some(plain) = head.plain {
        assert_eq!(head.framing, Framing::WITHOUT_BODY);
        assert!(plain.path.starts_with('/'));
        plain.conditions.wanted(1_000, "\"x\"");
    }
});
