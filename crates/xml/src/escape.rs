use std::borrow::Cow;

/// Appends `text` as element content, escaped as .NET's writer does it (native WSUS: goldens in
/// the captures): `&`, `<`, `>` and carriage returns; quotation marks stay.
pub fn escape_text(out: &mut String, text: &str) {
    escape(out, text, |byte| match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'\r' => Some("&#xD;"),
        _ => None,
    });
}

/// Appends `text` as an attribute value between double quotation marks.
pub fn escape_attribute(out: &mut String, text: &str) {
    escape(out, text, |byte| match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'"' => Some("&quot;"),
        b'\r' => Some("&#xD;"),
        b'\n' => Some("&#xA;"),
        b'\t' => Some("&#x9;"),
        _ => None,
    });
}

/// `text` as element content; borrowed when nothing needs escaping.
pub fn escaped_text(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| matches!(byte, b'&' | b'<' | b'>' | b'\r')) {
        let mut out = String::with_capacity(text.len() + text.len() / 8);
        escape_text(&mut out, text);
        Cow::Owned(out)
    } else {
        Cow::Borrowed(text)
    }
}

fn escape(out: &mut String, text: &str, replacement: impl Fn(u8) -> Option<&'static str>) {
    let mut plain_from = 0;
    for (at, byte) in text.bytes().enumerate() {
        // Only ASCII is ever replaced, so `at` is always a character boundary.
        if let Some(escaped) = replacement(byte) {
            out.push_str(&text[plain_from..at]);
            out.push_str(escaped);
            plain_from = at + 1;
        }
    }
    out.push_str(&text[plain_from..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_keeps_quotation_marks_and_attributes_do_not() {
        let mut text = String::new();
        escape_text(&mut text, "a<b & \"c\">\u{e9}");
        assert_eq!(text, "a&lt;b &amp; \"c\"&gt;\u{e9}");
        let mut attribute = String::new();
        escape_attribute(&mut attribute, "a<b & \"c\"\n");
        assert_eq!(attribute, "a&lt;b &amp; &quot;c&quot;&#xA;");
    }

    #[test]
    fn plain_text_is_borrowed() {
        assert!(matches!(escaped_text("plain"), Cow::Borrowed("plain")));
    }
}
