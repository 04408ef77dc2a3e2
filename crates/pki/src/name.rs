use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest DNS name, in characters (RFC 1035, section 2.3.4).
const DNS_CHARS_MAX: usize = 253;
/// Longest label of one.
const LABEL_CHARS_MAX: usize = 63;

/// A name under which a server is reached, as it stands in a certificate.
///
/// Shape: a DNS name in lower case, whose first label may be `*`, or an IP address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Name {
    /// A host's name.
    Dns(String),
    /// An address.
    Address(IpAddr),
}

/// A text that is no name of a server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no name of a server; write wsus.example or 192.0.2.1, without http:// and without a port")]
pub struct InvalidName(String);

impl Name {
    /// True if it stands for many hosts, so that no address has it.
    pub fn is_wildcard(&self) -> bool {
        matches!(self, Self::Dns(name) if name.starts_with("*."))
    }

    /// True if a certificate with this name holds for `host`, as a client wrote it: letter case and a dot at its end do not
    /// matter, and `*` stands for just one label (RFC 9525, section 6.3).
    pub fn covers(&self, host: &str) -> bool {
        let host = host.strip_suffix('.').unwrap_or(host);
        match self {
            Self::Address(address) => parse_address(host).is_some_and(|other| other == *address),
            Self::Dns(name) => match name.strip_prefix("*.") {
                None => name.eq_ignore_ascii_case(host),
                Some(parent) => host
                    .split_once('.')
                    .is_some_and(|(first, rest)| !first.is_empty() && rest.eq_ignore_ascii_case(parent)),
            },
        }
    }
}

/// True if one of `names` holds for `host`.
pub fn covers(names: &[Name], host: &str) -> bool {
    names.iter().any(|name| name.covers(host))
}

/// An address as it stands in a URL, IPv6 in brackets, or by itself.
fn parse_address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok()
}

impl FromStr for Name {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        if let Some(address) = parse_address(text) {
            return Ok(Self::Address(address));
        }
        let labels = text.strip_prefix("*.").unwrap_or(text);
        let is_label = |label: &str| {
            (1..=LABEL_CHARS_MAX).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        // What ends in digits alone is an address that is none.
        let is_name = text.len() <= DNS_CHARS_MAX
            && labels.split('.').all(is_label)
            && labels.rsplit('.').next().is_some_and(|last| !last.bytes().all(|byte| byte.is_ascii_digit()));
        if is_name {
            Ok(Self::Dns(text.to_ascii_lowercase()))
        } else {
            Err(InvalidName(text.chars().take(80).collect()))
        }
    }
}

impl TryFrom<String> for Name {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, InvalidName> {
        text.parse()
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.to_string()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => out.write_str(name),
            Self::Address(address) => address.fmt(out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    #[test]
    fn names_are_read_and_everything_else_is_refused() {
        assert_eq!(name("WSUS.Example"), Name::Dns("wsus.example".into()));
        assert_eq!(name("[2001:db8::1]"), Name::Address("2001:db8::1".parse().unwrap()));
        assert_eq!(name("pc_1").to_string(), "pc_1");
        for bad in ["", ".", "a..b", "http://a", "a:8531", "a/b", "-a", "a-", "*", "a.*", "1.2.3", "ä.example", "a b"]
        {
            assert!(bad.parse::<Name>().is_err(), "{bad:?}");
        }
        assert!("a".repeat(64).parse::<Name>().is_err());
        assert!(vec!["a".repeat(60); 5].join(".").parse::<Name>().is_err());
    }

    #[test]
    fn a_name_covers_what_clients_write_for_it() {
        assert!(name("wsus.example").covers("WSUS.example."));
        assert!(!name("wsus.example").covers("example") && !name("wsus.example").covers("a.wsus.example"));
        assert!(name("*.example").covers("wsus.example") && name("*.example").is_wildcard());
        assert!(!name("wsus.example").is_wildcard() && !name("::1").is_wildcard());
        assert!(!name("*.example").covers("a.b.example") && !name("*.example").covers("example"));
        assert!(!name("*.example").covers(".example"));
        assert!(name("::1").covers("[::1]") && name("::1").covers("0:0:0:0:0:0:0:1") && !name("::1").covers("::2"));
        assert!(covers(&[name("a"), name("b")], "B") && !covers(&[], "b"));
    }
}
