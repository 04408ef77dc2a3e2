//! Points in time as certificates and timestamps write them (RFC 5280 4.1.2.5, RFC 3161 2.4.2).

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use model::Timestamp;

use crate::der::{Element, GENERALIZED_TIME, Malformed, Reader, UTC_TIME};

const WHAT: &str = "a point in time, in UTC";

/// Reads `Time`: `UTCTime` for 1950 to 2049, `GeneralizedTime` otherwise.
pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Timestamp, Malformed> {
    of(&reader.element()?)
}

/// The point in time an element is.
pub(crate) fn of(element: &Element<'_>) -> Result<Timestamp, Malformed> {
    let text = element.content.strip_suffix(b"Z").ok_or(Malformed(WHAT))?;
    match element.tag {
        UTC_TIME => {
            let (year, rest) = digits(text, 2)?;
            civil(if year < 50 { 2000 + year } else { 1900 + year }, rest, &[])
        }
        GENERALIZED_TIME => {
            // Only timestamps have fractions of a second; they change no decision and are dropped.
            let dot = text.iter().position(|byte| *byte == b'.').unwrap_or(text.len());
            let (whole, fraction) = text.split_at_checked(dot).ok_or(Malformed(WHAT))?;
            let (year, rest) = digits(whole, 4)?;
            civil(year, rest, fraction.get(1..).unwrap_or_default())
        }
        _ => Err(Malformed(WHAT)),
    }
}

fn civil(year: i16, rest: &[u8], fraction: &[u8]) -> Result<Timestamp, Malformed> {
    let (month, rest) = digits(rest, 2)?;
    let (day, rest) = digits(rest, 2)?;
    let (hour, rest) = digits(rest, 2)?;
    let (minute, rest) = digits(rest, 2)?;
    let (second, rest) = digits(rest, 2)?;
    if !rest.is_empty() || fraction.len() > 9 || !fraction.iter().all(u8::is_ascii_digit) {
        return Err(Malformed(WHAT));
    }
    let small = |number: i16| i8::try_from(number).map_err(|_| Malformed(WHAT));
    let civil = DateTime::new(year, small(month)?, small(day)?, small(hour)?, small(minute)?, small(second)?, 0)
        .map_err(|_| Malformed(WHAT))?;
    TimeZone::UTC.to_timestamp(civil).map_err(|_| Malformed(WHAT))
}

fn digits(text: &[u8], count: usize) -> Result<(i16, &[u8]), Malformed> {
    let (digits, rest) = text.split_at_checked(count).ok_or(Malformed(WHAT))?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return Err(Malformed(WHAT));
    }
    Ok((digits.iter().fold(0, |number, digit| number * 10 + i16::from(digit - b'0')), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(tag: u8, text: &str) -> Option<String> {
        let element = Element { tag, content: text.as_bytes(), raw: &[] };
        of(&element).ok().map(|time| time.to_string())
    }

    #[test]
    fn both_forms_are_read() {
        assert_eq!(parse(UTC_TIME, "260708201500Z").as_deref(), Some("2026-07-08T20:15:00Z"));
        assert_eq!(parse(UTC_TIME, "500101000000Z").as_deref(), Some("1950-01-01T00:00:00Z"));
        assert_eq!(parse(GENERALIZED_TIME, "20500101000000Z").as_deref(), Some("2050-01-01T00:00:00Z"));
        assert_eq!(parse(GENERALIZED_TIME, "20260708201500.123Z").as_deref(), Some("2026-07-08T20:15:00Z"));
    }

    #[test]
    fn nothing_else_is() {
        for text in [
            "",
            "Z",
            "260708201500",
            "2607082015Z",
            "26070820150aZ",
            "261308201500Z",
            "260708201500+0100",
            "260708201500ZZ",
        ] {
            assert_eq!(parse(UTC_TIME, text), None, "{text:?}");
        }
        for text in ["20260708201500.Zz", "20260708201500.1234567890Z", "20260708201500.x1Z", "99991332000000Z"] {
            assert_eq!(parse(GENERALIZED_TIME, text), None, "{text:?}");
        }
        assert_eq!(parse(0x16, "260708201500Z"), None);
    }
}
