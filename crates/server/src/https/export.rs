use pki::Name;
use pki::export::{Authorities, File, Policy};

use super::{HttpsError, Serving, Source, authority, source};
use crate::app::App;

/// Everything that computers need, in every form.
pub(crate) async fn export(app: &App, port: u16) -> Result<Vec<File>, HttpsError> {
    let serving = match app.https.serving() {
        Some(serving) => serving,
        None => source::look(app).await?.ok_or(HttpsError::NothingYet)?.into(),
    };
    let authorities = match serving.source {
        Source::Internal => {
            Authorities::internal(authority::existing(app).await?.ok_or(HttpsError::NothingYet)?.certificate())
        }
        Source::Configured | Source::Installed => Authorities::behind(&serving.identities),
    };
    let policy = Policy::new(address(&serving)?, port, &authorities);
    pki::export::files(&policy, &authorities, app.now()).map_err(|_| HttpsError::Bundle)
}

/// The name that computers are told: the first under which one host can be asked for.
fn address(serving: &Serving) -> Result<&Name, HttpsError> {
    serving.names().find(|name| !name.is_wildcard()).ok_or_else(|| {
        let mut names: Vec<String> = serving.names().map(ToString::to_string).collect();
        names.dedup();
        let subject = serving.identities.first().map_or_else(String::new, |one| one.certificate().subject.clone());
        HttpsError::NoAddress { subject, names }
    })
}
