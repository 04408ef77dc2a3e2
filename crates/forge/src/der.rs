//! DER, written.

use jiff::Timestamp;

/// One element.
pub fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    let length = content.len();
    match length {
        0..=0x7f => bytes.push(length as u8),
        _ => {
            let digits: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
            bytes.push(0x80 | digits.len() as u8);
            bytes.extend(digits);
        }
    }
    bytes.extend_from_slice(content);
    bytes
}

/// SEQUENCE of what was written already.
pub fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

/// SET OF, sorted as DER wants it.
pub fn set(parts: &[&[u8]]) -> Vec<u8> {
    let mut parts = parts.to_vec();
    parts.sort();
    tlv(0x31, &parts.concat())
}

/// OBJECT IDENTIFIER.
pub fn oid(text: &str) -> Vec<u8> {
    let arcs: Vec<u64> = text.split('.').map(|arc| arc.parse().expect("an arc is a number")).collect();
    let mut content = Vec::new();
    for arc in std::iter::once(arcs[0] * 40 + arcs[1]).chain(arcs[2..].iter().copied()) {
        let groups = (64 - arc.leading_zeros()).div_ceil(7).max(1);
        for group in (0..groups).rev() {
            let more = if group == 0 { 0 } else { 0x80 };
            content.push((arc >> (7 * group) & 0x7f) as u8 | more);
        }
    }
    tlv(0x06, &content)
}

/// INTEGER that is not negative.
pub fn integer(number: u64) -> Vec<u8> {
    let mut digits: Vec<u8> = number.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    if digits.first().is_none_or(|byte| byte & 0x80 != 0) {
        digits.insert(0, 0);
    }
    tlv(0x02, &digits)
}

/// OCTET STRING.
pub fn octets(bytes: &[u8]) -> Vec<u8> {
    tlv(0x04, bytes)
}

/// BIT STRING of whole bytes.
pub fn bits(bytes: &[u8]) -> Vec<u8> {
    tlv(0x03, &[&[0], bytes].concat())
}

/// NULL.
pub fn null() -> Vec<u8> {
    tlv(0x05, &[])
}

/// UTF8String.
pub fn utf8(text: &str) -> Vec<u8> {
    tlv(0x0c, text.as_bytes())
}

/// `[number]`, constructed.
pub fn context(number: u8, content: &[u8]) -> Vec<u8> {
    tlv(0xa0 | number, content)
}

/// UTCTime, or GeneralizedTime from 2050 on.
pub fn time(at: Timestamp) -> Vec<u8> {
    let civil = jiff::tz::TimeZone::UTC.to_datetime(at);
    if (1950..2050).contains(&civil.year()) {
        tlv(0x17, civil.strftime("%y%m%d%H%M%SZ").to_string().as_bytes())
    } else {
        generalized(at)
    }
}

/// GeneralizedTime.
pub fn generalized(at: Timestamp) -> Vec<u8> {
    let civil = jiff::tz::TimeZone::UTC.to_datetime(at);
    tlv(0x18, civil.strftime("%Y%m%d%H%M%SZ").to_string().as_bytes())
}
