use crate::Fault;

/// XML 1.0 production 5, `Name`, with at most one colon inside (Namespaces in XML 1.0, production 7); beyond ASCII
/// every character passes, since nothing depends on which letters a name is made of.
pub(crate) fn is_name(name: &str) -> bool {
    let is_part = |part: &str| {
        let starts_well =
            part.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80);
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.') || byte >= 0x80;
        starts_well && part.bytes().all(plain)
    };
    match name.split_once(':') {
        Some((prefix, local)) => is_part(prefix) && is_part(local),
        None => is_part(name),
    }
}

pub(crate) fn not_a_name(name: &str) -> Fault {
    Fault::Malformed(format!("{:?} is not a name", name.chars().take(40).collect::<String>()))
}
