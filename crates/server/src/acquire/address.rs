//! Which addresses files may be fetched from. Publishers' addresses come from an upstream, which may be in a stranger's
//! hands: they must not lead to what only this server reaches (server-side request forgery).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Why nothing is fetched from an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AddressError {
    /// Another scheme, or credentials, or no host.
    #[error("it is not a plain http or https address")]
    NotPlain,
    /// A port that is neither 80 nor 443.
    #[error("its port {0} is not one that content is served on; content.allow_private_sources allows any")]
    Port(u16),
    /// An address of this host, of a private network or of none.
    #[error("its host {0} is not on the public internet; content.allow_private_sources allows that")]
    NotPublic(String),
}

/// Reads a publisher's address.
///
/// Without `allow_private`, its port must be 80 or 443 and its host, when it is written as a number, a public one. What a
/// host's name leads to is checked when it is resolved: see [`PublicOnly`].
pub(crate) fn publisher(text: &str, allow_private: bool) -> Result<Url, AddressError> {
    let url = Url::parse(text).map_err(|_| AddressError::NotPlain)?;
    check(&url, allow_private)?;
    Ok(url)
}

/// The same for an address that is read already, such as one that a source redirects to.
pub(crate) fn check(url: &Url, allow_private: bool) -> Result<(), AddressError> {
    let has_credentials = !url.username().is_empty() || url.password().is_some();
    if !matches!(url.scheme(), "http" | "https") || has_credentials {
        return Err(AddressError::NotPlain);
    }
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return Err(AddressError::NotPlain);
    };
    if allow_private {
        return Ok(());
    }
    if !matches!(port, 80 | 443) {
        return Err(AddressError::Port(port));
    }
    let name = host.trim_matches(['[', ']']).trim_end_matches('.').to_ascii_lowercase();
    let is_local = name == "localhost" || name.ends_with(".localhost");
    let is_private = name.parse::<IpAddr>().is_ok_and(|address| !is_public(address));
    if is_local || is_private { Err(AddressError::NotPublic(host.to_owned())) } else { Ok(()) }
}

/// Resolves names, and leaves out addresses that are not on the public internet. What it gives is what is connected to:
/// a name that leads elsewhere a moment later changes nothing.
pub(super) struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let name = name.as_str().to_owned();
            // The port is not known here; whoever asked puts in his own.
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let public: Vec<SocketAddr> = found.into_iter().filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(AddressError::NotPublic(name).into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// True for an address on the public internet. Source: the special-purpose registries of IANA (RFC 6890).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = a == 0
        || a >= 224
        || (a == 100 && (64..128).contains(&b))
        || (a, b, c) == (192, 0, 0)
        || (a, b, c) == (192, 88, 99)
        || (a == 198 && (b == 18 || b == 19));
    !(is_special
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_documentation())
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let [.., high, low] = segments;
    let [a, b] = high.to_be_bytes();
    let [c, d] = low.to_be_bytes();
    let last = Ipv4Addr::new(a, b, c, d);
    match segments {
        // Forms that have an IPv4 address in them: mapped, NAT64.
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => is_public_v4(last),
        // 6to4 has it in front, Teredo in disguise, and neither is in use; documentation and benchmarks.
        [0x2002, ..] | [0x2001, 0 | 2 | 0xdb8, ..] => false,
        // Global unicast is 2000::/3, and nothing else is.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_p11_only_public_addresses_are_public() {
        for public in
            ["8.8.8.8", "100.63.0.1", "100.128.0.1", "172.15.0.1", "172.32.0.1", "2606:4700::1", "64:ff9b::808:808"]
        {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for private in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.168.0.1",
            "192.0.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:0:1::",
            "2001:db8::1",
            "fc00::1",
            "fd00::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
    }

    #[test]
    fn sec_p11_what_only_this_server_reaches_is_refused() {
        for good in [
            "http://download.example/c/x.cab",
            "https://download.example/x?P1=1",
            "http://8.8.8.8:80/x",
            "https://x.example:443/",
        ] {
            assert!(publisher(good, false).is_ok(), "{good}");
        }
        for bad in [
            "http://127.0.0.1/x",
            "http://localhost/x",
            "http://LOCALHOST./x",
            "http://a.localhost/x",
            "http://[::1]/x",
            "http://[::ffff:10.0.0.1]/x",
            "http://169.254.169.254/latest/meta-data",
            "http://2130706433/x",
            "http://0x7f.1/x",
            "http://0177.0.0.1/x",
            "http://download.example:22/x",
            "http://download.example:8530/x",
            "http://user:secret@download.example/x",
            "file:///etc/passwd",
            "ftp://download.example/x",
            "gopher://download.example/x",
            "//download.example/x",
            "http://",
            "",
        ] {
            assert!(publisher(bad, false).is_err(), "{bad}");
        }
        assert!(publisher("http://127.0.0.1:8530/x", true).is_ok());
        for bad in ["file:///etc/passwd", "http://user@127.0.0.1/x", "x"] {
            assert_eq!(publisher(bad, true), Err(AddressError::NotPlain), "{bad}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_host_is_not_resolved() {
        let error = PublicOnly.resolve("localhost".parse().unwrap()).await.err().unwrap();
        assert!(error.to_string().contains("its host localhost is not on the public internet"), "{error}");
    }
}
