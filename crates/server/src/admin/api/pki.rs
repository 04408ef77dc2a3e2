use ::pki::Urgency;
use model::{Sha256, Timestamp};
use serde::{Deserialize, Serialize};

/// `GET /api/v1/pki`: certificates, and what of HTTPS needs somebody to act.
#[derive(Debug, Serialize, Deserialize)]
pub struct PkiAnswer {
    /// A server runs, and shows these.
    pub is_running: bool,
    /// Where they come from: `configured`, `installed` or `internal`; absent while there are none.
    pub source: Option<String>,
    /// Port of HTTPS; absent when no server runs.
    pub https_port: Option<u16>,
    /// Port of plain HTTP; absent when no server runs.
    pub http_port: Option<u16>,
    /// Metadata is handed out over plain HTTP as well.
    pub allow_http_metadata: bool,
    /// Those that are shown, those above them, and the internal authority.
    pub certificates: Vec<CertificateSummary>,
    /// What is wrong, or soon will be; each a sentence.
    pub troubles: Vec<String>,
}

/// A certificate.
#[derive(Debug, Serialize, Deserialize)]
pub struct CertificateSummary {
    /// What it is used for.
    pub usage: CertificateUse,
    /// Whom it is for.
    pub subject: String,
    /// Who issued it.
    pub issuer: String,
    /// The hosts it is for.
    pub names: Vec<String>,
    /// Its kind of key.
    pub key: String,
    /// Its first second.
    pub not_before: Timestamp,
    /// Its last second.
    pub not_after: Timestamp,
    /// Whole days that are left, by the server's clock.
    pub days_left: i64,
    /// How much its end presses.
    pub urgency: Urgency,
    /// SHA-256 of all of it: what people compare.
    pub sha256: Sha256,
    /// SHA-256 of its public key: what pins name.
    pub key_sha256: Sha256,
}

/// What a certificate is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CertificateUse {
    /// Clients are shown it.
    Server,
    /// Clients are shown it beside, as the issuer of another.
    Issuer,
    /// It issues here.
    Authority,
}

/// `GET /api/v1/pki/ca`: what clients have to trust.
#[derive(Debug, Serialize, Deserialize)]
pub struct PkiAuthority {
    /// The internal authority's certificate, as PEM.
    pub certificate: String,
}

/// `POST /api/v1/pki/request`: to be answered by the organisation's authority.
#[derive(Debug, Serialize, Deserialize)]
pub struct PkiRequest {
    /// A request for a certificate, as PEM.
    pub request: String,
}

/// `POST /api/v1/pki/install`: the answer.
#[derive(Debug, Serialize, Deserialize)]
pub struct PkiInstall {
    /// The certificate and those above it, as PEM.
    pub chain: String,
}

/// `POST /api/v1/pki/import`: a key with its certificates.
#[derive(Serialize, Deserialize)]
pub struct PkiImport {
    /// The PFX file, in base64.
    pub pfx: String,
    /// Its password.
    pub password: String,
}

/// Nothing of it: it is a key and its password.
impl std::fmt::Debug for PkiImport {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("PkiImport").finish_non_exhaustive()
    }
}

/// `GET /api/v1/pki/export`: one of the files that computers need.
#[derive(Debug, Serialize, Deserialize)]
pub struct ExportedFile {
    /// Its name.
    pub name: String,
    /// What is in it, in base64.
    pub content: String,
}
