use super::Authorities;
use crate::{Certificate, Name};

const WINDOWS_UPDATE: &str = r"Software\Policies\Microsoft\Windows\WindowsUpdate";
const AUTOMATIC: &str = r"Software\Policies\Microsoft\Windows\WindowsUpdate\AU";
/// Authorities trusted by policy.
const ROOTS: &str = r"Software\Policies\Microsoft\SystemCertificates\Root\Certificates";
/// The store of the Windows Update Agent: with anything in it, a scan trusts nothing else (since January 2021).
const PINS: &str = r"Software\Microsoft\SystemCertificates\WindowsServerUpdateServices\Certificates";

/// `CERT_SHA1_HASH_PROP_ID` and `CERT_CERT_PROP_ID` (wincrypt.h): the two properties that a stored certificate needs.
const SHA1_PROPERTY: u32 = 3;
const CERTIFICATE_PROPERTY: u32 = 32;

/// Values of `HKEY_LOCAL_MACHINE`, in a fixed order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    url: String,
    values: Vec<Value>,
}

/// A value of the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// The key it is in, below `HKEY_LOCAL_MACHINE`.
    pub key: String,
    /// Its name.
    pub name: &'static str,
    /// What it is set to.
    pub data: Data,
}

/// What a value holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data {
    /// `REG_SZ`
    Text(String),
    /// `REG_DWORD`
    Number(u32),
    /// `REG_BINARY`
    Bytes(Vec<u8>),
}

impl Policy {
    /// What makes a computer ask the server `host` at its HTTPS port, trust the roots among `authorities` that it does not know, and
    /// believe nothing but what those that are pinned stand behind.
    pub fn new(host: &Name, port: u16, authorities: &Authorities) -> Self {
        let (trusted, pinned) = (authorities.to_trust(), &authorities.pinned);
        let host = match host {
            Name::Address(std::net::IpAddr::V6(address)) => format!("[{address}]"),
            other => other.to_string(),
        };
        let url = format!("https://{host}:{port}");
        let value = |key: &str, name, data| Value { key: key.to_owned(), name, data };
        let mut values = vec![
            value(WINDOWS_UPDATE, "WUServer", Data::Text(url.clone())),
            value(WINDOWS_UPDATE, "WUStatusServer", Data::Text(url.clone())),
            value(AUTOMATIC, "UseWUServer", Data::Number(1)),
        ];
        let stores = trusted.iter().map(|one| (ROOTS, one)).chain(pinned.iter().map(|one| (PINS, one)));
        values.extend(stores.map(|(store, one)| Value {
            key: format!(r"{store}\{}", one.sha1.to_string().to_uppercase()),
            name: "Blob",
            data: Data::Bytes(stored(one)),
        }));
        Self { url, values }
    }

    /// Where computers ask.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// All of it.
    pub fn values(&self) -> &[Value] {
        &self.values
    }
}

/// A certificate as a store keeps it: properties, each its number, 1, its length, and its bytes, numbers of 32 bits with the low
/// byte first (MS-GPEF 2.2.1.2.2).
fn stored(certificate: &Certificate) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut property = |number: u32, content: &[u8]| {
        let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
        [number, 1, length].iter().for_each(|word| bytes.extend_from_slice(&word.to_le_bytes()));
        bytes.extend_from_slice(content);
    };
    property(SHA1_PROPERTY, certificate.sha1.as_bytes());
    property(CERTIFICATE_PROPERTY, certificate.der());
    bytes
}
