//! What holds of any bytes. The fuzz targets `pins_file`, `certificate_presented` and `crl_presented` check the same.

use pins::{Certificate, Lists, PinSet, PinnedVerifier, Pins, Presented, SignedSet};
use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};

/// Where one certificate ends and the next begins.
const BETWEEN: &[u8] = b"\n--\n";
/// A certificate of nobody's.
#[allow(dead_code, reason = "one of the fuzz targets uses it")]
const ANOTHER: &[u8] = include_bytes!("../../../../fuzz/corpus/certificate_presented/self-signed-rsa");

/// A file of pins, signed or bare, is refused, or written again as the same set. Whether it was taken.
#[allow(dead_code, reason = "each fuzz target uses one of the three")]
pub(crate) fn file(bytes: &[u8]) -> bool {
    if let Ok(signed) = SignedSet::open(bytes) {
        return signed.accept(|_| true, 0).is_ok();
    }
    let Ok(set) = PinSet::parse(bytes) else { return false };
    assert_eq!(PinSet::parse(set.to_text().as_bytes()), Ok(set), "a set survives its text");
    true
}

/// Certificates as a server may present them: read, shown and judged. Nobody is trusted. Whether the first can be read.
#[allow(dead_code, reason = "as above")]
pub(crate) fn presented(bytes: &[u8]) -> bool {
    let mut parts: Vec<CertificateDer<'_>> = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(BETWEEN.len()).position(|window| window == BETWEEN) {
        let (part, after) = rest.split_at(at);
        parts.push(part.into());
        rest = after.get(BETWEEN.len()..).unwrap_or_default();
    }
    parts.push(rest.into());
    let (own, others) = parts.split_first().expect("there is always a last part");
    let presented = Presented::read(own, others);
    let shown = presented.to_string();
    assert!(!shown.chars().any(char::is_control), "{shown:?}");
    assert!(shown.chars().count() < 1_000, "{shown}");
    let host = ServerName::try_from("localhost").expect("a name");
    let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_780_272_000));
    for pins in [PinSet::built_in().pins("sws.update.microsoft.com"), Pins::none()] {
        let verdict = PinnedVerifier::new(pins).verify_server_cert(own, others, &host, &[], now);
        let error = verdict.expect_err("nobody has these keys, and nothing else is trusted");
        assert!(!error.to_string().is_empty());
    }
    // With what was presented as the pin, whatever is decided is decided without harm.
    if let Some(key) = presented.key_to_pin() {
        let _ = PinnedVerifier::new(Pins::keys([key])).verify_server_cert(own, others, &host, &[], now);
    }
    Certificate::read(own).is_some()
}

/// A list of revoked certificates is refused, or a verifier can be made with it, which it does not change for the chains of others.
/// Whether it was taken.
#[allow(dead_code, reason = "as above")]
pub(crate) fn list(bytes: &[u8]) -> bool {
    let mut lists = Lists::new();
    if lists.add(bytes.to_vec()).is_err() {
        assert!(lists.is_empty());
        return false;
    }
    // A list that no verifier can use would end every connection, and say so.
    let pins = || PinSet::built_in().pins("sws.update.microsoft.com");
    assert_eq!(of_another(pins().with_lists(&lists)), of_another(pins()));
    for (issuer, _) in lists.told() {
        assert!(!issuer.chars().any(char::is_control), "{issuer:?}");
    }
    true
}

/// What is said of a chain that none of the pinned authorities issued.
#[allow(dead_code, reason = "as above")]
fn of_another(pins: Pins) -> String {
    let chain = CertificateDer::from(ANOTHER.to_vec());
    let host = ServerName::try_from("localhost").expect("a name");
    let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_780_272_000));
    let verdict = PinnedVerifier::new(pins).verify_server_cert(&chain, &[], &host, &[], now);
    verdict.expect_err("nobody pinned who issued it").to_string()
}
