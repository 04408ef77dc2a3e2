//! Who issues certificates.

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertificateRevocationListParams, CrlDistributionPoint,
    DistinguishedName, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyIdMethod, KeyPair,
    KeyUsagePurpose, NameConstraints, RevocationReason, RevokedCertParams, SerialNumber,
};
use rustls::pki_types::CertificateDer;
use uuid::Uuid;

use super::{Credentials, date};

/// Why making one cannot fail.
const MADE: &str = "what is asked for here can be made";

/// An authority with its key.
pub struct Authority {
    params: CertificateParams,
    key: KeyPair,
    certificate: Certificate,
}

/// What a certificate is to say: a server's, for a host, unless said otherwise.
#[derive(Clone)]
pub struct Order {
    hosts: Vec<String>,
    from: (i32, u8, u8),
    until: (i32, u8, u8),
    purpose: ExtendedKeyUsagePurpose,
    lists: Vec<String>,
}

impl Order {
    /// A server's certificate for `host`, a name or an address.
    pub fn server(host: &str) -> Self {
        Self {
            hosts: vec![host.to_owned()],
            from: (2020, 1, 1),
            until: (2120, 1, 1),
            purpose: ExtendedKeyUsagePurpose::ServerAuth,
            lists: Vec::new(),
        }
    }

    /// Valid from that day on.
    #[must_use]
    pub fn from(self, year: i32, month: u8, day: u8) -> Self {
        Self { from: (year, month, day), ..self }
    }

    /// Valid until that day.
    #[must_use]
    pub fn until(self, year: i32, month: u8, day: u8) -> Self {
        Self { until: (year, month, day), ..self }
    }

    /// For clients only.
    #[must_use]
    pub fn for_clients(self) -> Self {
        Self { purpose: ExtendedKeyUsagePurpose::ClientAuth, ..self }
    }

    /// Names an address at which its issuer's list of revoked certificates is.
    #[must_use]
    pub fn listed_at(mut self, address: &str) -> Self {
        self.lists.push(address.to_owned());
        self
    }

    fn params(&self, common_name: &str) -> CertificateParams {
        let mut params = CertificateParams::new(self.hosts.clone()).expect(MADE);
        let ((year, month, day), (last_year, last_month, last_day)) = (self.from, self.until);
        params.not_before = date(year, month, day);
        params.not_after = date(last_year, last_month, last_day);
        params.distinguished_name = name(common_name);
        params.extended_key_usages = vec![self.purpose.clone()];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.serial_number = Some(serial());
        params.use_authority_key_identifier_extension = true;
        if !self.lists.is_empty() {
            params.crl_distribution_points = vec![CrlDistributionPoint { uris: self.lists.clone() }];
        }
        params
    }
}

impl Authority {
    /// A root.
    pub fn root(name: &str) -> Self {
        let (params, key) = (authority(name), new_key());
        let certificate = params.self_signed(&key).expect(MADE);
        Self { params, key, certificate }
    }

    /// One below this one.
    #[must_use]
    pub fn below(&self, name: &str) -> Self {
        self.below_with(authority(name))
    }

    /// One below this one that may issue for hosts below `domain` only.
    #[must_use]
    pub fn below_for(&self, name: &str, domain: &str) -> Self {
        let mut params = authority(name);
        let permitted_subtrees = vec![GeneralSubtree::DnsName(domain.to_owned())];
        params.name_constraints = Some(NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() });
        self.below_with(params)
    }

    /// One below this one that says where this one's list of revoked certificates is.
    #[must_use]
    pub fn below_listed(&self, name: &str, address: &str) -> Self {
        let mut params = authority(name);
        params.crl_distribution_points = vec![CrlDistributionPoint { uris: vec![address.to_owned()] }];
        self.below_with(params)
    }

    fn below_with(&self, params: CertificateParams) -> Self {
        let key = new_key();
        let certificate = params.signed_by(&key, &self.issuer()).expect(MADE);
        Self { params, key, certificate }
    }

    /// The same key and name with another certificate, as after a renewal.
    #[must_use]
    pub fn renewed_by(&self, above: &Self) -> Self {
        let mut params = self.params.clone();
        params.serial_number = Some(serial());
        let key = KeyPair::try_from(self.key.serialize_der()).expect(MADE);
        let certificate = params.signed_by(&key, &above.issuer()).expect(MADE);
        Self { params, key, certificate }
    }

    /// Issues what was ordered; the chain has this authority in it if it is not a root, and none of those above.
    pub fn issue(&self, order: &Order) -> Credentials {
        let (params, key) = (order.params(order.hosts.first().map_or("", String::as_str)), new_key());
        let certificate = params.signed_by(&key, &self.issuer()).expect(MADE);
        let serial = params.serial_number.map(|serial| serial.to_bytes()).unwrap_or_default();
        Credentials::new(vec![certificate.der().clone(), self.der()], key.serialize_der(), serial)
    }

    /// A certificate that nobody but itself issued.
    pub fn self_signed(order: &Order) -> Credentials {
        let (params, key) = (order.params(order.hosts.first().map_or("", String::as_str)), new_key());
        let certificate = params.self_signed(&key).expect(MADE);
        let serial = params.serial_number.map(|serial| serial.to_bytes()).unwrap_or_default();
        Credentials::new(vec![certificate.der().clone()], key.serialize_der(), serial)
    }

    /// A certificate of this authority's, presented as if it were a server's.
    pub fn as_server(&self) -> Credentials {
        Credentials::new(vec![self.der()], self.key.serialize_der(), Vec::new())
    }

    /// The list of those with these serial numbers, in DER, valid from 2020 until that year begins.
    pub fn list(&self, revoked: &[&[u8]], until_year: i32) -> Vec<u8> {
        let revoked_certs = revoked.iter().map(|serial| RevokedCertParams {
            serial_number: SerialNumber::from_slice(serial),
            revocation_time: date(2021, 1, 1),
            reason_code: Some(RevocationReason::KeyCompromise),
            invalidity_date: None,
        });
        let params = CertificateRevocationListParams {
            this_update: date(2020, 1, 1),
            next_update: date(until_year, 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: revoked_certs.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        params.signed_by(&self.issuer()).expect(MADE).der().to_vec()
    }

    /// Its certificate.
    pub fn der(&self) -> CertificateDer<'static> {
        self.certificate.der().clone()
    }

    /// The same as text.
    pub fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// Its serial number.
    pub fn serial(&self) -> Vec<u8> {
        self.params.serial_number.as_ref().map(SerialNumber::to_bytes).unwrap_or_default()
    }

    fn issuer(&self) -> Issuer<'_, &KeyPair> {
        Issuer::from_params(&self.params, &self.key)
    }
}

fn authority(common_name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.not_before = date(2020, 1, 1);
    params.not_after = date(2120, 1, 1);
    params.distinguished_name = name(common_name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
    params.serial_number = Some(serial());
    params.use_authority_key_identifier_extension = true;
    params
}

fn name(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::OrganizationName, "Contoso");
    name.push(DnType::CommonName, common_name);
    name
}

/// Positive, whatever comes.
fn serial() -> SerialNumber {
    let mut bytes = Uuid::new_v4().into_bytes();
    bytes[0] = bytes[0] & 0x3f | 0x40;
    SerialNumber::from_slice(&bytes)
}

fn new_key() -> KeyPair {
    KeyPair::generate().expect(MADE)
}
