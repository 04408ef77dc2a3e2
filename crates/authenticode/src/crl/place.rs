//! Where certificates say that lists of revoked certificates are (RFC 5280 4.2.1.13).

use serde::Serialize;

use crate::certificate::Certificate;
use crate::chain::Path;
use crate::der::{self, Element, Malformed, Reader, SEQUENCE, context, context_primitive};

/// Most addresses of one certificate. One or two are usual.
const ADDRESSES_MAX: usize = 4;
/// Longest address.
const ADDRESS_BYTES_MAX: usize = 500;

/// Where a list of revoked certificates is, and whose.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct ListPlace {
    /// Its address, over plain HTTP.
    pub address: String,
    /// Whose it is, by common name.
    pub authority: String,
    /// Whose it is, by the key that has to have signed it (`SubjectPublicKeyInfo`).
    #[serde(skip)]
    pub authority_key: Vec<u8>,
}

/// The places that the certificates of a path name, the signer's first.
pub(crate) fn of_path(path: &Path) -> impl Iterator<Item = ListPlace> {
    path.signed().filter_map(|(raw, key)| Some((Certificate::read(raw).ok()?, key?))).flat_map(|(certificate, key)| {
        let authority = certificate.issuer.shown();
        let addresses = certificate.distribution_points.map(addresses).unwrap_or_default();
        addresses.into_iter().map(move |address| ListPlace {
            address: address.to_owned(),
            authority: authority.clone(),
            authority_key: key.to_vec(),
        })
    })
}

/// The addresses over plain HTTP of an extension, as far as it can be read: for want of one, a list is not fetched, and nothing else.
fn addresses(extension: &[u8]) -> Vec<&str> {
    let mut found = Vec::new();
    // What was found before it became unreadable counts.
    let _ = read(extension, &mut found);
    found.truncate(ADDRESSES_MAX);
    found
}

fn read<'a>(extension: &'a [u8], found: &mut Vec<&'a str>) -> Result<(), Malformed> {
    let mut points = der::only(extension, SEQUENCE, "distribution points")?;
    while !points.is_empty() && found.len() < ADDRESSES_MAX {
        let mut point = points.sequence("a distribution point")?;
        let Some(name) = point.optional(context(0))? else { continue };
        // Lists for some reasons only, or by others than the issuer, prove nothing here.
        if !point.is_empty() {
            continue;
        }
        if let Some(full) = name.inside().optional(context(0))? {
            names(full.inside(), found)?;
        }
    }
    Ok(())
}

fn names<'a>(mut names: Reader<'a>, found: &mut Vec<&'a str>) -> Result<(), Malformed> {
    while !names.is_empty() {
        let Element { tag, content, .. } = names.element()?;
        let address = std::str::from_utf8(content).ok().filter(|address| {
            let is_plain = address.bytes().all(|byte| byte.is_ascii_graphic());
            is_plain && address.len() <= ADDRESS_BYTES_MAX && address.starts_with("http://")
        });
        if tag == context_primitive(6) {
            found.extend(address);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use forge::{Authority, Draft};

    use super::*;

    fn found(lists: &[&str]) -> Vec<String> {
        let lists = lists.iter().map(|address| (*address).to_owned()).collect();
        let identity = Authority::root("Root").identity(&Draft { lists, ..Draft::signer("Forged") });
        let certificate = Certificate::read(&identity.certificate).unwrap();
        let addresses = certificate.distribution_points.map(addresses).unwrap_or_default();
        addresses.into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn a_certificate_names_addresses_over_plain_http_and_few_of_them() {
        assert_eq!(found(&[]), [""; 0]);
        assert_eq!(found(&["http://a/1.crl", "ldap:///x", "https://a/2.crl"]), ["http://a/1.crl"]);
        assert_eq!(found(&["http://a/ b", "http://a/\u{e9}", &format!("http://{}", "a".repeat(500))]), [""; 0]);
        assert_eq!(found(&["http://a"; 9]).len(), ADDRESSES_MAX);
    }

    #[test]
    fn an_extension_that_cannot_be_read_names_what_came_before() {
        assert_eq!(addresses(b""), [""; 0]);
        assert_eq!(addresses(&[0x30, 0x80]), [""; 0]);
        let point = forge::der::sequence(&[&forge::der::context(
            0,
            &forge::der::context(0, &forge::der::tlv(0x86, b"http://a")),
        )]);
        assert_eq!(addresses(&forge::der::sequence(&[&point, &[0x30, 0x05, 0]])), ["http://a"]);
        // For some reasons only.
        let partial = forge::der::tlv(0x30, &[&point[2..], &[0x81, 2, 0, 2]].concat());
        assert_eq!(addresses(&forge::der::sequence(&[&partial])), [""; 0]);
    }
}
