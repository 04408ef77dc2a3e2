use jiff::Timestamp;
use jiff::fmt::rfc2822;
use model::Sha256;

/// The strong entity tag of a file: its SHA-256 in hex, quoted. The same on every server and for ever.
pub fn etag(sha256: &Sha256) -> String {
    format!("\"{sha256}\"")
}

/// A time as `Last-Modified` and other fields write it, to the second: `Sun, 06 Nov 1994 08:49:37 GMT`.
///
/// A time outside the years 0 to 9999 is written as the beginning of 1970.
pub fn http_date(time: Timestamp) -> String {
    const PRINTER: rfc2822::DateTimePrinter = rfc2822::DateTimePrinter::new();
    PRINTER.timestamp_to_rfc9110_string(&time).unwrap_or_else(|_| "Thu, 01 Jan 1970 00:00:00 GMT".to_owned())
}

/// True when an `If-Range` field lets the `Range` beside it count.
///
/// A tag must be equal and strong, and a date must be the very text of the `last_modified` that is sent with the file.
/// Such a date is strong here, because what an address names never changes. Anything else means: send the whole file.
///
/// Source: RFC 9110 §13.1.5.
pub fn if_range_holds(field: &str, etag: &str, last_modified: Option<&str>) -> bool {
    let field = field.trim_matches([' ', '\t']);
    if field.starts_with('"') { field == etag } else { last_modified == Some(field) }
}

/// True when an `If-None-Match` field names this file, so that the answer is 304.
///
/// Compared weakly, as GET and HEAD do.
///
/// Source: RFC 9110 §13.1.2.
pub fn if_none_match_hits(field: &str, etag: &str) -> bool {
    let field = field.trim_matches([' ', '\t']);
    field == "*"
        || field.split(',').map(|tag| tag.trim_matches([' ', '\t'])).any(|tag| tag.trim_start_matches("W/") == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

    #[test]
    fn a_tag_is_the_quoted_digest() {
        assert_eq!(etag(&Sha256::new([0xab; 32])), format!("\"{}\"", "ab".repeat(32)));
    }

    #[test]
    fn dates_are_written_as_http_wants_them() {
        assert_eq!(http_date(Timestamp::new(784_111_777, 999).unwrap()), DATE);
        assert_eq!(http_date("-000001-06-01T00:00:00Z".parse().unwrap()), "Thu, 01 Jan 1970 00:00:00 GMT");
    }

    #[test]
    fn only_the_same_strong_tag_lets_a_range_count() {
        let tag = etag(&Sha256::new([1; 32]));
        assert!(if_range_holds(&tag, &tag, None));
        assert!(if_range_holds(&format!(" {tag}\t"), &tag, Some(DATE)));
        for field in [format!("W/{tag}"), etag(&Sha256::new([2; 32])), format!("{tag}, {tag}"), "*".into(), "\"".into()]
        {
            assert!(!if_range_holds(&field, &tag, Some(DATE)), "{field}");
        }
        assert!(!if_range_holds("", &tag, None));
    }

    #[test]
    fn only_the_very_date_lets_a_range_count() {
        let tag = etag(&Sha256::new([1; 32]));
        assert!(if_range_holds(DATE, &tag, Some(DATE)));
        assert!(!if_range_holds("Sun, 06 Nov 1994 08:49:38 GMT", &tag, Some(DATE)));
        assert!(!if_range_holds(DATE, &tag, None));
    }

    #[test]
    fn a_known_file_is_not_sent_again() {
        let tag = etag(&Sha256::new([1; 32]));
        for field in ["*".to_owned(), tag.clone(), format!("W/{tag}"), format!("\"x\" ,{tag}")] {
            assert!(if_none_match_hits(&field, &tag), "{field}");
        }
        for field in ["", "\"x\"", ",", "W/"] {
            assert!(!if_none_match_hits(field, &tag), "{field}");
        }
    }
}
