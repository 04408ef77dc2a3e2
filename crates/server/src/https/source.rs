//! Where certificates come from: files of the organisation's, what was installed here, or the internal authority.

use pki::export::{File, Policy};
use pki::{Authority, Certificate, Identity, KeyKind, Name, Request, Unfit, Urgency};

use super::files::{self, Kept};
use super::{HttpsError, Serving, Source, authority, host};
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
    if !app.config.https.certificates.is_empty() {
        return configured(app, strictness);
    }
    if let Some(text) = Kept::Installed.read(app)? {
        let path = Kept::Installed.path(app);
        let identity =
            Identity::from_pem(&text, &text).map_err(|source| HttpsError::Identity { path: path.clone(), source })?;
        let names = &app.config.https.names;
        judge(&identity, names, strictness, app).map_err(|source| HttpsError::Unfit { path, source })?;
        return Ok(Serving { names: told(names, &identity), identities: vec![identity], source: Source::Installed });
    }
    internal(app, strictness).await
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

/// Those that the authority issued; new ones where there are none, they are for other names, or end soon.
async fn internal(app: &App, strictness: Strictness) -> Result<Serving, HttpsError> {
    let authority = authority(app).await?;
    let names = host::names_and_places(app);
    let mut identities = vec![issued(app, &authority, KeyKind::Ecdsa, &names, strictness)?];
    if app.config.https.rsa {
        identities.push(issued(app, &authority, KeyKind::Rsa, &names, strictness)?);
    }
    Ok(Serving { identities, source: Source::Internal, names })
}

fn issued(
    app: &App,
    authority: &Authority,
    kind: KeyKind,
    names: &[Name],
    strictness: Strictness,
) -> Result<Identity, HttpsError> {
    let kept = kept(kind);
    let present = match kept.read(app)?.map(|text| Identity::from_pem(&text, &text)) {
        Some(Ok(identity)) => Some(identity),
        Some(Err(error)) => {
            let path = kept.path(app);
            tracing::warn!(error = &error as &dyn std::error::Error, path = %path.display(), "a certificate is damaged; making another one");
            None
        }
        None => None,
    };
    let is_good = |identity: &Identity| {
        let certificate = identity.certificate();
        let begun = certificate.validity.not_before <= app.now();
        let is_fresh = matches!(certificate.validity.urgency(app.now()), Urgency::None | Urgency::Notice);
        // By a clock that is behind, nothing is made: it would begin when it should not.
        authority.issued(certificate) && certificate.names == names && (is_fresh || !begun)
    };
    if let Some(identity) = present.as_ref().filter(|identity| is_good(identity)) {
        return Ok(identity.clone());
    }
    match (issue(app, authority, kind, names), present) {
        (Ok(made), _) => Ok(made),
        // It may do: clients decide.
        (Err(error), Some(present)) if strictness == Strictness::AsLongAsItHoldsTogether => {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "could not renew this server's certificate; the present one stays in service");
            Ok(present)
        }
        (Err(error @ HttpsError::Write { .. }), None) if strictness == Strictness::AsLongAsItHoldsTogether => {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "this server's certificate cannot be kept; one is made that lasts until it stops");
            Ok(authority.issue(names, kind, app.now())?)
        }
        (Err(error), _) => Err(error),
    }
}

fn kept(kind: KeyKind) -> Kept {
    match kind {
        KeyKind::Ecdsa => Kept::Internal,
        KeyKind::Rsa => Kept::InternalRsa,
    }
}

fn issue(app: &App, authority: &Authority, kind: KeyKind, names: &[Name]) -> Result<Identity, HttpsError> {
    let identity = authority.issue(names, kind, app.now())?;
    // Kept first: what clients saw must be there after a restart.
    kept(kind).write(app, &identity.to_pem())?;
    let certificate = identity.certificate();
    tracing::info!(
        names = names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
        until = %certificate.validity.not_after, key = %certificate.key, "made a certificate for this server"
    );
    Ok(identity)
}

/// Issues new certificates, whether the present ones end soon or not.
pub(super) async fn renewed(app: &App) -> Result<Serving, HttpsError> {
    let source = match app.https.serving() {
        Some(serving) => serving.source,
        None if !app.config.https.certificates.is_empty() => Source::Configured,
        None if Kept::Installed.read(app)?.is_some() => Source::Installed,
        None => Source::Internal,
    };
    if source != Source::Internal {
        return Err(HttpsError::NotOurs(source.as_str()));
    }
    let (authority, names) = (authority(app).await?, host::names_and_places(app));
    issue(app, &authority, KeyKind::Ecdsa, &names)?;
    if app.config.https.rsa {
        issue(app, &authority, KeyKind::Rsa, &names)?;
    }
    internal(app, Strictness::Fit).await
}

/// Makes a key, keeps it, and asks for a certificate for it; the names are those of the configuration, or the host's.
pub(crate) fn request(app: &App) -> Result<String, HttpsError> {
    let kind = if app.config.https.rsa { KeyKind::Rsa } else { KeyKind::Ecdsa };
    let Request { request, key } = Request::new(&host::names(app), kind)?;
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
    let identity = pki::from_pfx(pfx, password).map_err(|error| HttpsError::Refused(Box::new(error)))?;
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

/// Everything that computers need, in every form.
pub(crate) async fn export(app: &App, port: u16) -> Result<Vec<File>, HttpsError> {
    let serving = match app.https.serving() {
        Some(serving) => serving,
        None => find(app, Strictness::AsLongAsItHoldsTogether).await?.into(),
    };
    let localhost = Name::Dns("localhost".to_owned());
    let name = serving.first_name().unwrap_or(&localhost);
    let (trusted, pinned): (Vec<Certificate>, Vec<Certificate>) = match serving.source {
        Source::Internal => {
            let certificate = authority(app).await?.certificate().clone();
            (vec![certificate.clone()], vec![certificate])
        }
        // Computers know the organisation's root already; whoever issues below it is what they may insist on.
        Source::Configured | Source::Installed => (Vec::new(), issuers(&serving.identities)),
    };
    let policy = Policy::new(name, port, &trusted, &pinned);
    pki::export::files(&policy, &pinned, app.now()).map_err(|_| HttpsError::Bundle)
}

/// Whoever issued the certificates; they themselves where that is not known.
fn issuers(identities: &[Identity]) -> Vec<Certificate> {
    let mut issuers: Vec<Certificate> = Vec::new();
    for identity in identities {
        let issuer = identity.issuers().first().unwrap_or(identity.certificate());
        if !issuers.contains(issuer) {
            issuers.push(issuer.clone());
        }
    }
    issuers
}
