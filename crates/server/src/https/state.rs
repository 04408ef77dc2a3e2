//! What `vanne pki show` and `vanne doctor` ask for.

use model::Timestamp;
use pki::{Certificate, Urgency};

use super::{HttpsError, authority, source};
use crate::admin::api::{CertificateSummary, CertificateUse, PkiAnswer};
use crate::app::App;

/// Which certificates there are, when they end, and what is wrong. Makes none.
pub(crate) async fn state(app: &App) -> Result<PkiAnswer, HttpsError> {
    let now = app.now();
    let mut troubles: Vec<String> = Vec::new();
    troubles.extend(app.https.trouble.load().as_deref().cloned());
    let serving = match app.https.serving() {
        Some(serving) => Some(serving),
        None => match source::look(app).await {
            Ok(found) => found.map(Into::into),
            Err(error) => {
                troubles.push(crate::admin::chain(&error));
                None
            }
        },
    };
    let authority = authority::existing(app).await?;
    let mut certificates = Vec::new();
    for identity in serving.iter().flat_map(|serving| &serving.identities) {
        certificates.push(summary(identity.certificate(), CertificateUse::Server, now));
        certificates.extend(identity.issuers().iter().map(|one| summary(one, CertificateUse::Issuer, now)));
    }
    certificates.extend(authority.iter().map(|one| summary(one.certificate(), CertificateUse::Authority, now)));
    for one in certificates.iter().filter(|one| one.urgency >= Urgency::Warning) {
        troubles.push(match one.urgency {
            Urgency::Invalid => format!(
                "the certificate for {} holds from {} to {}, and it is {now} by this server's clock",
                one.subject, one.not_before, one.not_after
            ),
            _ => format!("the certificate for {} has {} days left", one.subject, one.days_left),
        });
    }
    if app.config.server.allows_http_metadata() {
        troubles.push("metadata is handed out over plain HTTP as well (server.allow_http_metadata)".to_owned());
    }
    Ok(PkiAnswer {
        is_running: app.listening_port().is_some(),
        source: serving.map(|serving| serving.source.as_str().to_owned()),
        https_port: app.https_port(),
        http_port: app.listening_port(),
        allow_http_metadata: app.config.server.allows_http_metadata(),
        certificates,
        troubles,
    })
}

fn summary(certificate: &Certificate, usage: CertificateUse, now: Timestamp) -> CertificateSummary {
    let Certificate { subject, issuer, names, validity, key, sha256, key_sha256, .. } = certificate;
    CertificateSummary {
        usage,
        subject: subject.clone(),
        issuer: issuer.clone(),
        names: names.iter().map(ToString::to_string).collect(),
        key: key.to_string(),
        not_before: validity.not_before,
        not_after: validity.not_after,
        days_left: validity.days_left(now),
        urgency: validity.urgency(now),
        sha256: *sha256,
        key_sha256: *key_sha256,
    }
}
