//! Who answers at an upstream's address, before anything is asked of it.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use pins::{Pins, Presented, Untrusted};
use reqwest::header::DATE;

use crate::error::{Reason, Step, SyncError};
use crate::transport::{broken, client};
use crate::upstream::Upstream;

/// Whoever takes longer to answer nothing is not there.
const TIME: Duration = Duration::from_secs(20);

/// Who answers.
#[derive(Clone, Debug)]
pub struct Probe {
    /// What it presents; nothing over plain HTTP.
    pub presented: Presented,
    /// Whether it is trusted; the command that would make it so is in the second part.
    pub verdict: Result<(), (Box<Untrusted>, Option<String>)>,
    /// What time it is there, if it says so.
    pub date: Option<Timestamp>,
}

/// Looks who answers. Nothing is sent to whom is not trusted, beyond what begins a handshake.
///
/// # Errors
/// [`SyncError`] if nobody answers, or nobody who speaks TLS.
pub async fn probe(upstream: &Upstream) -> Result<Probe, SyncError> {
    let failed = |reason| SyncError { upstream: upstream.to_string(), step: Step::Connecting, reason };
    let mut presented = Presented::default();
    if !upstream.is_plain() {
        // Whoever trusts nobody is shown everything.
        match ask(upstream, Pins::none()).await {
            Err(Reason::Untrusted { untrusted, .. }) => presented = untrusted.presented,
            Err(reason) => return Err(failed(reason)),
            Ok(_) => return Err(failed(Reason::Lies("it answered before anybody was trusted".into()))),
        }
    }
    let pins = upstream.pins.clone().with_lists(&upstream.learned.fresh(upstream.clock.now()));
    let first = ask(upstream, pins).await;
    let outcome = match first {
        Err(Reason::Untrusted { untrusted, accept }) if untrusted.refusal.is_about_lists() => {
            let error = failed(Reason::Untrusted { untrusted, accept });
            match crate::lists::fetch(upstream, &error).await {
                0 => Err(error.reason),
                _ => {
                    ask(upstream, upstream.pins.clone().with_lists(&upstream.learned.fresh(upstream.clock.now()))).await
                }
            }
        }
        other => other,
    };
    match outcome {
        Ok(date) => Ok(Probe { presented, verdict: Ok(()), date }),
        Err(Reason::Untrusted { untrusted, accept }) => {
            Ok(Probe { presented, verdict: Err((untrusted, accept)), date: None })
        }
        Err(reason) => Err(failed(reason)),
    }
}

/// The other side's clock, once it has answered anything at all.
async fn ask(upstream: &Upstream, pins: Pins) -> Result<Option<Timestamp>, Reason> {
    let answer = client(upstream, pins)?.head(upstream.url().clone()).timeout(TIME).send().await;
    let response = answer.map_err(|error| broken(upstream, error))?;
    let date = response.headers().get(DATE).and_then(|date| date.to_str().ok());
    Ok(date.and_then(|date| DateTimeParser::new().parse_timestamp(date).ok()))
}
