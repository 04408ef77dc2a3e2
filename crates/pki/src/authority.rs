use std::fmt;

use jiff::SignedDuration;
use model::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, RsaKeySize, SanType,
};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::{Certificate, EARLIEST, Identity, IdentityError, KeyKind, Name, Validity, pem};

/// How long a server's certificate lives, in days: no client wants more than 398 (CA/Browser Forum, ballot SC22), and some refuse it.
pub const LIFETIME_DAYS: i64 = 397;
/// How long the authority lives: ten years.
const AUTHORITY_DAYS: i64 = 3_652;
/// Certificates begin a day ago: clients' clocks differ.
const BEGUN_HOURS: i64 = 24;
/// An authority with less left issues nothing that would be worth it.
const LEFT_HOURS_MIN: i64 = 48;
/// Longest common name (RFC 5280, appendix A.1: `ub-common-name`).
const COMMON_NAME_CHARS_MAX: usize = 64;

/// The internal certificate authority: what issues this estate's server certificates.
pub struct Authority {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
    key: PrivateKeyDer<'static>,
}

/// Why an authority cannot be made, read, or issue anything.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// The clock cannot be right.
    #[error(
        "it is {now} by this server's clock, which cannot be: correct it; certificates that begin then would be refused by everybody"
    )]
    Clock {
        /// What it says.
        now: Timestamp,
    },
    /// By the clock, the authority does not hold.
    #[error(
        "it is {now} by this server's clock, and the authority holds from {validity}; if the clock is wrong, correct it: \
         nothing is issued until then"
    )]
    Outside {
        /// The clock.
        now: Timestamp,
        /// When the authority holds.
        validity: Validity,
    },
    /// It is not what was stored.
    #[error("the authority in the database is damaged; restore it from a backup")]
    Damaged(#[source] IdentityError),
    /// A server has to have a name.
    #[error("a certificate needs at least one name; set https.names")]
    NoName,
    /// The library refused.
    #[error("could not make a certificate")]
    Library(#[from] rcgen::Error),
    /// What was made cannot be used, which is a fault of this program.
    #[error("a certificate that was made here cannot be used")]
    Unusable(#[source] IdentityError),
}

impl Authority {
    /// A new one for the estate of `owner`, a host's name. Nobody trusts it yet.
    ///
    /// # Errors
    /// [`AuthorityError::Clock`].
    pub fn generate(owner: &str, now: Timestamp) -> Result<Self, AuthorityError> {
        if now < EARLIEST {
            return Err(AuthorityError::Clock { now });
        }
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        // Two authorities with one name and different keys would confuse every client that knows both.
        let tag: String = hex::encode(rcgen_key_id(&key)).chars().take(8).collect();
        let owner: String = owner.chars().take(COMMON_NAME_CHARS_MAX - "Vanne CA  ".len() - tag.len()).collect();
        let mut params = authority_params(&format!("Vanne CA {owner} {tag}"));
        (params.not_before, params.not_after) = dates(now, AUTHORITY_DAYS, None)?;
        let certificate = params.self_signed(&key)?;
        let pem =
            [pem::write("PRIVATE KEY", &key.serialize_der()), pem::write("CERTIFICATE", certificate.der())].concat();
        Self::from_pem(&pem)
    }

    /// As [`Authority::to_pem`] wrote it.
    ///
    /// # Errors
    /// [`AuthorityError::Damaged`] for anything else.
    pub fn from_pem(text: &str) -> Result<Self, AuthorityError> {
        let identity = Identity::from_pem(text, text).map_err(AuthorityError::Damaged)?;
        let key = pem::private_key(text).map_err(|error| AuthorityError::Damaged(error.into()))?;
        let certificate = identity.certificate().clone();
        // The name is all there is of the subject, so that it is written again as it was.
        let params = authority_params(certificate.common_name());
        let issuer = Issuer::new(params, KeyPair::try_from(&key)?);
        Ok(Self { certificate, issuer, key })
    }

    /// Its key and certificate as one text, which is a secret.
    pub fn to_pem(&self) -> String {
        [pem::write("PRIVATE KEY", self.key.secret_der()), self.certificate.to_pem()].concat()
    }

    /// What clients have to trust.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Issues a certificate for a server under exactly these names, with a key of its own. It is shown together with the authority's.
    ///
    /// It begins a day ago and lives for [`LIFETIME_DAYS`], or as long as the authority.
    ///
    /// # Errors
    /// [`AuthorityError::Outside`] when the authority does not hold by the clock, [`AuthorityError::NoName`].
    pub fn issue(&self, names: &[Name], kind: KeyKind, now: Timestamp) -> Result<Identity, AuthorityError> {
        self.certify(|| generate(kind), names, kind, now)
    }

    /// The same for the key of `present`, so that whoever pinned that key goes on trusting it.
    ///
    /// # Errors
    /// As [`Authority::issue`]; [`AuthorityError::Library`] for a key of a kind that is not made here.
    pub fn renew(&self, present: &Identity, names: &[Name], now: Timestamp) -> Result<Identity, AuthorityError> {
        let kind = present.kind().ok_or(rcgen::Error::UnsupportedSignatureAlgorithm)?;
        self.certify(|| KeyPair::try_from(present.key()), names, kind, now)
    }

    fn certify(
        &self,
        key: impl FnOnce() -> Result<KeyPair, rcgen::Error>,
        names: &[Name],
        kind: KeyKind,
        now: Timestamp,
    ) -> Result<Identity, AuthorityError> {
        let validity = self.certificate.validity;
        let has_left = validity.not_after.duration_since(now) >= SignedDuration::from_hours(LEFT_HOURS_MIN);
        if !validity.holds_at(now) || !has_left {
            return Err(AuthorityError::Outside { now, validity });
        }
        let mut params = server_params(names, kind)?;
        let key = key()?;
        (params.not_before, params.not_after) = dates(now, LIFETIME_DAYS, Some(validity))?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let certificate = Certificate::from_der(certificate.der().clone().into_owned())
            .map_err(|source| AuthorityError::Unusable(IdentityError::Certificate { number: 1, source }))?;
        let identity = Identity::new(vec![certificate], private).map_err(AuthorityError::Unusable)?;
        Ok(identity.showing(&self.certificate))
    }

    /// True if it issued the certificate.
    pub fn issued(&self, certificate: &Certificate) -> bool {
        certificate.issuer == self.certificate.subject
    }
}

/// A new private key, from the generator of aws-lc.
pub(crate) fn generate(kind: KeyKind) -> Result<KeyPair, rcgen::Error> {
    match kind {
        KeyKind::Ecdsa => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256),
        KeyKind::Rsa => KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048),
    }
}

/// All that a server's certificate or a request for one says, but its dates.
pub(crate) fn server_params(names: &[Name], kind: KeyKind) -> Result<CertificateParams, AuthorityError> {
    let first = names.first().ok_or(AuthorityError::NoName)?.to_string();
    let mut params = CertificateParams::default();
    let common = if first.len() <= COMMON_NAME_CHARS_MAX { first } else { "Vanne update server".to_owned() };
    params.distinguished_name = named(&common);
    let alternative = |name: &Name| match name {
        Name::Dns(name) => Ok(SanType::DnsName(name.as_str().try_into()?)),
        Name::Address(address) => Ok::<_, rcgen::Error>(SanType::IpAddress(*address)),
    };
    params.subject_alt_names = names.iter().map(alternative).collect::<Result<_, _>>()?;
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    if kind == KeyKind::Rsa {
        params.key_usages.push(KeyUsagePurpose::KeyEncipherment);
    }
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

fn authority_params(common_name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = named(common_name);
    // It issues servers' certificates and no further authorities.
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    // Computers have it among their trusted roots. Windows takes of a chain only the purposes that each certificate of it names: whoever
    // steals the key signs no programs and no mail with it.
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params
}

fn named(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}

fn rcgen_key_id(key: &KeyPair) -> Vec<u8> {
    CertificateParams::default().key_identifier(key)
}

/// First and last second of what is issued now for so many days, within `bounds`.
fn dates(
    now: Timestamp,
    days: i64,
    bounds: Option<Validity>,
) -> Result<(time::OffsetDateTime, time::OffsetDateTime), AuthorityError> {
    let begin = now.as_second() - BEGUN_HOURS * 3_600;
    let end = begin + days * 24 * 3_600 - 1;
    let (begin, end) = bounds.map_or((begin, end), |bounds| {
        (begin.max(bounds.not_before.as_second()), end.min(bounds.not_after.as_second()))
    });
    let date = |seconds| time::OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| AuthorityError::Clock { now });
    Ok((date(begin)?, date(end)?))
}

/// Shows which one it is, never the key.
impl fmt::Debug for Authority {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Authority").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
