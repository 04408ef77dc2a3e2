//! Where certificates come from: files of the organisation's, what was installed here, or the internal authority.

use pki::{AuthorityError, Identity, KeyKind, Name, Request, Unfit};

use super::files::{self, Kept};
use super::{HttpsError, Serving, Source, host, internal};
use crate::app::App;

/// What of certificates is asked beside that they can be read and fit their keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strictness {
    /// Nothing: when a server starts, there is nothing better.
    AsLongAsItHoldsTogether,
    /// That clients will take them now: they take the place of others.
    Fit,
}

impl Source {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Configured => "configured",
            Self::Installed => "installed",
            Self::Internal => "internal",
        }
    }
}

/// The certificates that count now. Those of the internal authority are made when there are none, or they are of no use.
pub(super) async fn find(app: &App, strictness: Strictness) -> Result<Serving, HttpsError> {
    match given(app, strictness)? {
        Some(given) => Ok(given),
        None => internal::find(app, strictness).await,
    }
}

/// The same as far as they are there, whatever use they are: makes nothing, for whoever only asks. `None` while there are neither
/// certificates nor an authority.
pub(super) async fn look(app: &App) -> Result<Option<Serving>, HttpsError> {
    match given(app, Strictness::AsLongAsItHoldsTogether)? {
        Some(given) => Ok(Some(given)),
        None => internal::look(app).await,
    }
}

/// The organisation's: those of the configuration, or else those that were installed.
fn given(app: &App, strictness: Strictness) -> Result<Option<Serving>, HttpsError> {
    if !app.config.https.certificates.is_empty() {
        return configured(app, strictness).map(Some);
    }
    let Some(text) = Kept::Installed.read(app)? else { return Ok(None) };
    let path = Kept::Installed.path(app);
    let identity =
        Identity::from_pem(&text, &text).map_err(|source| HttpsError::Identity { path: path.clone(), source })?;
    let names = &app.config.https.names;
    judge(&identity, names, strictness, app).map_err(|source| HttpsError::Unfit { path, source })?;
    Ok(Some(Serving { names: told(names, &identity), identities: vec![identity], source: Source::Installed }))
}

fn configured(app: &App, strictness: Strictness) -> Result<Serving, HttpsError> {
    let https = &app.config.https;
    let mut identities = Vec::new();
    for pair in &https.certificates {
        let (chain, key) = (files::read(&pair.chain)?, files::read(&pair.key)?);
        let path = || pair.chain.clone();
        let identity =
            Identity::from_pem(&chain, &key).map_err(|source| HttpsError::Identity { path: path(), source })?;
        judge(&identity, &https.names, strictness, app).map_err(|source| HttpsError::Unfit { path: path(), source })?;
        identities.push(identity);
    }
    let names = identities.first().map_or_else(Vec::new, |first| told(&https.names, first));
    Ok(Serving { identities, source: Source::Configured, names })
}

/// The names of the configuration, or else those of the certificate: who gets his own has decided under which names.
fn told(names: &[Name], identity: &Identity) -> Vec<Name> {
    if names.is_empty() { identity.certificate().names.clone() } else { names.to_vec() }
}

fn judge(identity: &Identity, names: &[Name], strictness: Strictness, app: &App) -> Result<(), Unfit> {
    match identity.check(names, app.now()) {
        Err(unfit @ (Unfit::Ended { .. } | Unfit::NotYet { .. })) if strictness != Strictness::Fit => {
            tracing::error!(error = %unfit, "computers will refuse this certificate; it is shown all the same, until there is a better one");
            Ok(())
        }
        judged => judged,
    }
}

/// Makes a key, keeps it, and asks for a certificate for it; the names are those of the configuration, or the host's.
///
/// While a request waits for its answer, its key is asked for again: whichever answer comes has to fit.
pub(crate) fn request(app: &App) -> Result<String, HttpsError> {
    let names = host::names(app);
    if let Some(waiting) = Kept::Requested.read(app)? {
        match Request::again(&waiting, &names) {
            Err(AuthorityError::Library(error)) => {
                let path = Kept::Requested.path(app);
                tracing::warn!(%error, path = %path.display(), "the key of a request that waits is damaged; making another one");
            }
            again => return Ok(again?.request),
        }
    }
    let kind = if app.config.https.rsa { KeyKind::Rsa } else { KeyKind::Ecdsa };
    let Request { request, key } = Request::new(&names, kind)?;
    Kept::Requested.write(app, &key)?;
    Ok(request)
}

/// Puts the answer to a request in place.
pub(crate) async fn install(app: &App, chain: &str) -> Result<(), HttpsError> {
    let key = Kept::Requested.read(app)?.ok_or(HttpsError::NoRequest)?;
    let identity = Request::answered(&key, chain, &host::names(app), app.now())?;
    keep_installed(app, &identity)?;
    Kept::Requested.remove(app)
}

/// Puts the key and chain of a PFX file in place.
pub(crate) async fn import(app: &App, pfx: &[u8], password: &str) -> Result<(), HttpsError> {
    let (pfx, password) = (pfx.to_vec(), password.to_owned());
    // Keys are derived from passwords slowly, on purpose.
    let opened = tokio::task::spawn_blocking(move || pki::from_pfx(&pfx, &password)).await;
    let opened = opened.map_err(|_| HttpsError::Abandoned)?;
    let identity = opened.map_err(|error| HttpsError::Refused(Box::new(error)))?;
    let judged = identity.check(&app.config.https.names, app.now());
    judged.map_err(|error| HttpsError::Refused(Box::new(error)))?;
    keep_installed(app, &identity)
}

fn keep_installed(app: &App, identity: &Identity) -> Result<(), HttpsError> {
    Kept::Installed.write(app, &identity.to_pem())?;
    if !app.config.https.certificates.is_empty() {
        tracing::warn!(
            "https.certificates names other certificates, which count; remove that key to use what was installed"
        );
    }
    Ok(())
}
