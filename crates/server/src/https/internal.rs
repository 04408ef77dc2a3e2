//! Certificates that the internal authority issues to this server: found, made and renewed.

use std::sync::Arc;

use pki::{Authority, Certificate, Identity, KeyKind, Name, Urgency};

use super::files::Kept;
use super::source::Strictness;
use super::{HttpsError, Serving, Source, authority, host};
use crate::app::App;

/// Who issues, to whom, and by which rules.
struct Issuing<'app> {
    app: &'app App,
    authority: Arc<Authority>,
    names: Vec<Name>,
    strictness: Strictness,
}

/// Those that the authority issued; new ones where there are none, they are for other names, or end soon.
pub(super) async fn find(app: &App, strictness: Strictness) -> Result<Serving, HttpsError> {
    let authority = Arc::new(authority(app).await?);
    let mut present = Vec::new();
    for kind in kinds(app) {
        present.push((kind, present_of(app, &authority, kind)?));
    }
    let told = host::names_and_places(app);
    let names = host::with_present(app, &told, present.iter().filter_map(|(_, identity)| identity.as_ref()));
    let issuing = Issuing { app, authority, names, strictness };
    let mut identities = Vec::new();
    for (kind, present) in present {
        identities.push(issuing.good(kind, present).await?);
    }
    Ok(Serving { identities, source: Source::Internal, names: told })
}

/// Those that there are, whatever use they are; `None` while there is no authority.
pub(super) async fn look(app: &App) -> Result<Option<Serving>, HttpsError> {
    let Some(authority) = authority::existing(app).await? else { return Ok(None) };
    let mut identities = Vec::new();
    for kind in kinds(app) {
        identities.extend(read(app, &authority, kept(kind))?);
    }
    Ok(Some(Serving { identities, source: Source::Internal, names: host::names_and_places(app) }))
}

/// Issues new ones with new keys, whether the present ones end soon or not.
pub(super) async fn renewed(app: &App) -> Result<Serving, HttpsError> {
    let authority = Arc::new(authority(app).await?);
    let mut present = Vec::new();
    for kind in kinds(app) {
        // What is damaged has no names to keep.
        present.extend(read(app, &authority, kept(kind)).ok().flatten());
    }
    let names = host::with_present(app, &host::names_and_places(app), &present);
    let issuing = Issuing { app, authority, names, strictness: Strictness::Fit };
    for kind in kinds(app) {
        issuing.issue(kind, None).await?;
        // Somebody wanted to be rid of the key: there is no way back to it.
        before(kind).remove(app)?;
    }
    find(app, Strictness::Fit).await
}

/// The preferred one first.
fn kinds(app: &App) -> impl Iterator<Item = KeyKind> + use<> {
    std::iter::once(KeyKind::Ecdsa).chain(app.config.https.rsa.then_some(KeyKind::Rsa))
}

fn kept(kind: KeyKind) -> Kept {
    match kind {
        KeyKind::Ecdsa => Kept::Internal,
        KeyKind::Rsa => Kept::InternalRsa,
    }
}

/// Where the one before it is.
fn before(kind: KeyKind) -> Kept {
    match kind {
        KeyKind::Ecdsa => Kept::Before,
        KeyKind::Rsa => Kept::BeforeRsa,
    }
}

/// What is kept there, to be shown with the authority's certificate.
fn read(app: &App, authority: &Authority, kept: Kept) -> Result<Option<Identity>, HttpsError> {
    let Some(text) = kept.read(app)? else { return Ok(None) };
    match Identity::from_pem(&text, &text) {
        Ok(identity) if authority.issued(identity.certificate()) => Ok(Some(identity.showing(authority.certificate()))),
        Ok(identity) => Ok(Some(identity)),
        Err(source) => Err(HttpsError::Identity { path: kept.path(app), source }),
    }
}

/// The certificate that is there; the one before it, if that holds and this one has not begun: it was made by a clock that was ahead
/// and has been corrected since.
fn present_of(app: &App, authority: &Authority, kind: KeyKind) -> Result<Option<Identity>, HttpsError> {
    let present = match read(app, authority, kept(kind)) {
        Err(error @ HttpsError::Identity { .. }) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "a certificate is damaged; making another one");
            None
        }
        read => read?,
    };
    let Some(ahead) = present.as_ref().filter(|present| !has_begun(app, present.certificate())) else {
        return Ok(present);
    };
    let Ok(Some(before)) = read(app, authority, before(kind)) else { return Ok(present) };
    if !authority.issued(before.certificate()) || !before.certificate().validity.holds_at(app.now()) {
        return Ok(present);
    }
    tracing::warn!(
        begins = %ahead.certificate().validity.not_before, until = %before.certificate().validity.not_after,
        "this server's certificate was made by a clock that was ahead; the one before it is shown again"
    );
    if let Err(error) = kept(kind).write(app, &before.to_pem()) {
        tracing::error!(error = &error as &dyn std::error::Error, "it cannot be kept; the next start finds it again");
    }
    Ok(Some(before))
}

fn cannot_be_kept(error: &HttpsError) {
    let error = error as &dyn std::error::Error;
    tracing::error!(error, "this server's certificate cannot be kept; one is made that lasts until it stops");
}

fn has_begun(app: &App, certificate: &Certificate) -> bool {
    certificate.validity.not_before <= app.now()
}

impl Issuing<'_> {
    /// The present one if it is good, or else another one.
    async fn good(&self, kind: KeyKind, present: Option<Identity>) -> Result<Identity, HttpsError> {
        if let Some(identity) = present.as_ref().filter(|identity| self.is_good(identity.certificate())) {
            return Ok(identity.clone());
        }
        match (self.issue(kind, present.as_ref()).await, present) {
            (Ok(made), _) => Ok(made),
            // It may do: clients decide.
            (Err(error), Some(present)) if self.strictness == Strictness::AsLongAsItHoldsTogether => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "could not renew this server's certificate; the present one stays in service");
                Ok(present)
            }
            (Err(error @ HttpsError::Write { .. }), None) if self.strictness == Strictness::AsLongAsItHoldsTogether => {
                cannot_be_kept(&error);
                self.made(kind, None).await
            }
            (Err(error), _) => Err(error),
        }
    }

    fn is_good(&self, certificate: &Certificate) -> bool {
        let is_fresh = matches!(certificate.validity.urgency(self.app.now()), Urgency::None | Urgency::Notice);
        let is_named = certificate.names.len() == self.names.len()
            && self.names.iter().all(|name| certificate.names.contains(name));
        // By a clock that is behind, nothing is made: it would begin when it should not.
        self.authority.issued(certificate) && is_named && (is_fresh || !has_begun(self.app, certificate))
    }

    /// Issues one and keeps it: for the key of `before`, which is kept beside it, or else for a new one.
    async fn issue(&self, kind: KeyKind, before: Option<&Identity>) -> Result<Identity, HttpsError> {
        let identity = self.made(kind, before.filter(|before| before.kind() == Some(kind)).cloned()).await?;
        // The clock that says that the present one ends may be wrong: then this is the way back.
        if let Some(before) = before.filter(|before| has_begun(self.app, before.certificate())) {
            self::before(kind).write(self.app, &before.to_pem())?;
        }
        // Kept first: what clients saw must be there after a restart.
        kept(kind).write(self.app, &identity.to_pem())?;
        let certificate = identity.certificate();
        tracing::info!(
            names = self.names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
            until = %certificate.validity.not_after, key = %certificate.key, "made a certificate for this server"
        );
        Ok(identity)
    }

    async fn made(&self, kind: KeyKind, present: Option<Identity>) -> Result<Identity, HttpsError> {
        let (authority, names, now) = (Arc::clone(&self.authority), self.names.clone(), self.app.now());
        // An RSA key takes a while to be found.
        let made = tokio::task::spawn_blocking(move || match present {
            Some(present) => authority.renew(&present, &names, now),
            None => authority.issue(&names, kind, now),
        });
        Ok(made.await.map_err(|_| HttpsError::Abandoned)??)
    }
}
