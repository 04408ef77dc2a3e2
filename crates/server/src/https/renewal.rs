//! Certificates are looked at once an hour: new ones are taken into service, those that end are renewed or complained about.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use model::Timestamp;
use pki::{Certificate, LIFETIME_DAYS, Urgency};

use super::files::Kept;
use super::source::{self, Strictness};
use super::{HttpsError, Serving, Source, internal};
use crate::admin::chain;
use crate::app::App;
use crate::metrics::Ends;

const HOUR_SECS: i64 = 3_600;
const DAY_SECS: i64 = 24 * HOUR_SECS;

/// Tells a clock that is set from time that passes.
#[derive(Default)]
pub(crate) struct WallClock(Mutex<Option<(Instant, Timestamp)>>);

impl WallClock {
    /// How many days it is ahead of where it would be if it had only gone on, if that is longer than any certificate lives: then it
    /// is more likely to be wrong than right.
    fn leap(&self, at: Instant, now: Timestamp) -> Option<i64> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (then, before) = *last.get_or_insert((at, now));
        let passed = i64::try_from(at.duration_since(then).as_secs()).unwrap_or(i64::MAX);
        let days = (now.as_second() - before.as_second()).saturating_sub(passed) / DAY_SECS;
        if days > LIFETIME_DAYS {
            return Some(days);
        }
        *last = Some((at, now));
        None
    }

    /// Believes what it says.
    fn trust(&self, at: Instant, now: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((at, now));
    }
}

/// Once an hour.
pub(crate) async fn step(app: &Arc<App>) {
    if let Err(error) = reload(app).await {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "certificates were not renewed; the present ones stay in service"
        );
    }
}

/// Looks at the certificates again and takes what is new into service. What is of no use changes nothing.
///
/// # Errors
/// [`HttpsError`]: why the present ones stay.
pub(crate) async fn reload(app: &Arc<App>) -> Result<(), HttpsError> {
    let _one = app.https.changing.lock().await;
    let found = match app.https.wall_clock.leap(Instant::now(), app.now()) {
        Some(days) => Err(HttpsError::Leap { days }),
        None => source::find(app, Strictness::Fit).await,
    };
    settle(app, found)
}

/// Makes new certificates now.
///
/// # Errors
/// [`HttpsError`]: why the present ones stay.
pub(crate) async fn renew(app: &Arc<App>) -> Result<(), HttpsError> {
    let _one = app.https.changing.lock().await;
    app.https.wall_clock.trust(Instant::now(), app.now());
    let made = renewed(app).await;
    settle(app, made)
}

/// Of the internal authority's alone.
async fn renewed(app: &App) -> Result<Serving, HttpsError> {
    let source = match app.https.serving() {
        Some(serving) => serving.source,
        None if !app.config.https.certificates.is_empty() => Source::Configured,
        None if Kept::Installed.read(app)?.is_some() => Source::Installed,
        None => Source::Internal,
    };
    match source {
        Source::Internal => internal::renewed(app).await,
        Source::Configured | Source::Installed => Err(HttpsError::NotOurs(source.as_str())),
    }
}

fn settle(app: &App, found: Result<Serving, HttpsError>) -> Result<(), HttpsError> {
    app.https.trouble.store(found.as_ref().err().map(|error| Arc::new(chain(error))));
    let serving = found?;
    // A command without a server puts things in place and serves nothing.
    let Some(before) = app.https.serving() else { return Ok(()) };
    let prints = |serving: &Serving| -> Vec<_> {
        serving.identities.iter().map(|identity| identity.certificate().sha256).collect()
    };
    if prints(&before) != prints(&serving) {
        for identity in &serving.identities {
            let Certificate { subject, validity, sha256, .. } = identity.certificate();
            tracing::info!(subject, until = %validity.not_after, %sha256, "a new certificate is in service");
        }
    }
    take(app, serving);
    Ok(())
}

pub(super) fn take(app: &App, serving: Serving) {
    app.https.serving.store(Some(serving.into()));
    tell_metrics(app);
}

fn tell_metrics(app: &App) {
    let Some(serving) = app.https.serving() else { return };
    // A kind of key that is not shown any more has no end.
    app.metrics.certificate_ends.clear();
    for identity in &serving.identities {
        let certificate = identity.certificate();
        let ends = Ends { certificate: "server", key: certificate.key.to_string() };
        app.metrics.certificate_ends.get_or_create(&ends).set(certificate.validity.not_after.as_second());
    }
    app.metrics.http_metadata_allowed.set(app.config.server.allows_http_metadata().into());
}

/// Once a day, and when the server starts: what stays a danger until somebody does something.
pub(crate) fn complain(app: &App) {
    if app.config.server.allows_http_metadata() {
        tracing::warn!(
            "metadata is handed out over plain HTTP as well (server.allow_http_metadata): whoever is on the way to a computer can \
             change what it installs. Point computers and servers below at the https address, then switch this off"
        );
    }
    let Some(serving) = app.https.serving() else { return };
    for identity in &serving.identities {
        for certificate in identity.chain() {
            complain_of(certificate, serving.source, app.now());
        }
    }
}

fn complain_of(certificate: &Certificate, source: Source, now: Timestamp) {
    let Certificate { subject, validity, .. } = certificate;
    let days = validity.days_left(now);
    let remedy = match source {
        Source::Internal => "it is renewed by itself 30 days before; if that fails, the log says why",
        Source::Installed => "`vanne pki request` makes a request for a new one",
        Source::Configured => {
            "put a new one into the files that https.certificates names; it is taken within an hour, or on SIGHUP"
        }
    };
    match validity.urgency(now) {
        Urgency::None => {}
        // Usual for what is renewed by itself.
        Urgency::Notice if source == Source::Internal => {}
        Urgency::Notice => tracing::info!(subject, days, remedy, "a certificate ends within 90 days"),
        Urgency::Warning => tracing::warn!(subject, days, remedy, "a certificate ends within 30 days"),
        Urgency::Alarm => tracing::error!(subject, days, remedy, "a certificate ends within a week"),
        Urgency::Invalid => {
            tracing::error!(subject, %validity, %now, remedy, "a certificate does not hold by this server's clock: computers refuse it");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_leap_longer_than_a_certificate_lives_is_not_believed_until_it_is_taken_back() {
        let (clock, start) = (WallClock::default(), Instant::now());
        let day = |days: i64| Timestamp::from_second(days * DAY_SECS).unwrap();
        let hours = |hours: u64| start + Duration::from_secs(hours * 3_600);
        assert_eq!(clock.leap(start, day(0)), None);
        assert_eq!(clock.leap(hours(24), day(1)), None);
        assert_eq!(clock.leap(hours(25), day(3_651)), Some(3_649));
        assert_eq!(clock.leap(hours(26), day(3_651)), Some(3_649));
        assert_eq!(clock.leap(hours(27), day(2)), None);
        clock.trust(hours(28), day(3_651));
        assert_eq!(clock.leap(hours(29), day(3_651)), None);
        assert_eq!(clock.leap(hours(30), day(1)), None, "behind is judged by what certificates say");
    }
}
