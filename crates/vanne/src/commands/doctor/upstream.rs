//! Upstreams: who answers there, and whether it is whom it should be.

use std::time::Duration;

use futures::future::join_all;
use http::Method;
use server::admin::api::{Facts, ProbeAnswer, ProbeRequest, UpstreamFacts};

use super::check::Check;
use super::{clock, host};
use crate::administration::Administration;

/// Looking who answers takes two connections, and perhaps lists of revoked certificates.
const TIME: Duration = Duration::from_secs(90);

pub(super) async fn checks(administration: Option<&Administration>, facts: Option<&Facts>) -> Vec<Check> {
    let (Some(administration), Some(facts)) = (administration, facts) else { return Vec::new() };
    if facts.upstreams.is_empty() {
        return vec![Check::note("upstream", "none is set: updates are taken in by hand only")];
    }
    let mut checks: Vec<Check> = join_all(facts.upstreams.iter().map(|one| looked_at(administration, one, facts)))
        .await
        .into_iter()
        .flatten()
        .collect();
    if !facts.pins_incomplete.is_empty() {
        checks.push(Check::note(
            "pins",
            format!(
                "version {}; of {} only the name is known: should Microsoft's hosts present a certificate of one of them, it is \
                 refused until pins are imported that have it",
                facts.pins_version,
                facts.pins_incomplete.join(" and ")
            ),
        ));
    }
    checks
}

async fn looked_at(administration: &Administration, upstream: &UpstreamFacts, facts: &Facts) -> Vec<Check> {
    let name = format!("upstream {}", upstream.url);
    let request = ProbeRequest { url: upstream.url.clone(), kind: upstream.kind };
    let asked = administration.send::<ProbeAnswer>(Method::POST, "/api/v1/upstream/probe", &request);
    let mut checks = Vec::new();
    match tokio::time::timeout(TIME, asked).await {
        Ok(Ok(answer)) => {
            checks.push(verdict(&name, &answer));
            checks.extend(answer.date.map(|date| clock::against(&upstream.host, facts.now, date)));
        }
        Ok(Err(failure)) => {
            let remedy = "look at its address, at the firewall (`vanne doctor --firewall`) and at the proxy";
            checks.push(Check::failed(&name, failure.to_string(), remedy));
        }
        Err(_) => {
            let remedy = "something on the way swallows what is sent: look at firewalls and at the proxy";
            checks.push(Check::failed(&name, format!("nothing came within {} s", TIME.as_secs()), remedy));
        }
    }
    let remedy = "import newer pins (`vanne upstream pins import`), or trust its successor (`vanne upstream trust`)";
    checks.extend(upstream.expiring.iter().map(|pin| host::expiring("pinned certificate", pin, remedy)));
    checks
}

fn verdict(name: &str, answer: &ProbeAnswer) -> Check {
    if answer.is_plain {
        return Check::warning(
            name,
            "it answers, without TLS: anybody on the way can change what it says",
            "name it with https:// and pin it: `vanne upstream set --url https://… --ca FILE.pem`",
        );
    }
    match (&answer.refused, &answer.accept) {
        (None, _) => {
            let issuer =
                answer.certificates.first().map_or_else(String::new, |own| format!(", issued by {}", own.issuer));
            Check::good(name, format!("it is whom it should be{issuer}"))
        }
        (Some(reason), Some(command)) => {
            Check::failed(name, reason, format!("if its administrator confirms that key: `{command}`"))
        }
        (Some(reason), None) => Check::failed(
            name,
            reason,
            "have this host exempted from TLS inspection, or import newer pins (`vanne upstream pins import`)",
        ),
    }
}
