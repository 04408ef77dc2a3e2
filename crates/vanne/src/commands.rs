//! One module a command: take the arguments, ask the administration API, print.

pub(crate) mod archive;
pub(crate) mod catalog;
pub(crate) mod computers;
pub(crate) mod content;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod groups;
pub(crate) mod hierarchy;
pub(crate) mod pki;
pub(crate) mod serve;
pub(crate) mod status;
pub(crate) mod sync;
pub(crate) mod trust;
pub(crate) mod updates;
mod upstream;
pub(crate) mod version;

use server::admin::api::ServerKnown;

use crate::output::age;

/// What stands where a server below would.
const THIS_SERVER: &str = "this one";

/// A server below, and how old what it told is.
fn told_by(server: &ServerKnown) -> String {
    format!("{} (told {})", server.name, age(server.told_at))
}

/// `text` as one segment of a path: everything but letters, digits and a few marks percent-encoded.
fn path_segment(text: &str) -> String {
    let mut segment = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            segment.push(char::from(byte));
        } else {
            segment.push_str(&format!("%{byte:02X}"));
        }
    }
    segment
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_name_stays_one_segment() {
        assert_eq!(super::path_segment("Pilot / Süd"), "Pilot%20%2F%20S%C3%BCd");
    }
}
