//! What a firewall has to let through.

use serde::Serialize;
use server::Config;
use server::admin::api::Facts;

use super::network::{LISTS, host_and_port};
use crate::output::table;

/// A rule.
#[derive(Debug, Serialize)]
pub(super) struct Rule {
    direction: &'static str,
    /// Whose, or whereto.
    host: String,
    port: u16,
    why: String,
}

/// Microsoft's service and its files (docs/operating.md).
const MICROSOFT: [(&str, u16, &str); 4] = [
    ("sws.update.microsoft.com", 443, "updates; must not be inspected"),
    ("*.update.microsoft.com", 443, "updates; must not be inspected"),
    ("download.windowsupdate.com", 80, "files"),
    ("*.dl.delivery.mp.microsoft.com", 80, "files"),
];

pub(super) fn list(config: &Config, facts: Option<&Facts>) -> Vec<Rule> {
    let inward = |port, why: &str| Rule {
        direction: "in",
        host: "computers and servers below".to_owned(),
        port,
        why: why.to_owned(),
    };
    let outward =
        |host: &str, port, why: &str| Rule { direction: "out", host: host.to_owned(), port, why: why.to_owned() };
    let https = facts.and_then(|facts| facts.https_port).unwrap_or(config.server.https().port());
    let http = facts.and_then(|facts| facts.http_port).unwrap_or(config.server.http.port());
    let mut rules = vec![
        inward(http, "updates and files over plain HTTP"),
        inward(https, "updates and files over HTTPS"),
        Rule {
            direction: "between",
            host: "computers of a site".to_owned(),
            port: 7680,
            why: "not used yet".to_owned(),
        },
    ];
    let upstreams = facts.map_or(&[][..], |facts| &facts.upstreams);
    for upstream in upstreams {
        let why = format!(
            "the upstream, {}{}",
            upstream.kind,
            if upstream.is_plain { ", without TLS" } else { "; must not be inspected" }
        );
        match &upstream.proxy {
            Some((host, port)) => rules.push(outward(host, *port, &format!("the proxy to {}", upstream.host))),
            None => rules.push(outward(&upstream.host, upstream.port, &why)),
        }
        if let Some((host, port)) = upstream.content.as_deref().and_then(host_and_port) {
            rules.push(outward(&host, port, "files of the upstream"));
        }
    }
    if upstreams.is_empty() || upstreams.iter().any(|upstream| upstream.kind == sync::Kind::Microsoft) {
        rules.extend(MICROSOFT.map(|(host, port, why)| outward(host, port, &format!("Microsoft: {why}"))));
        rules.extend(LISTS.map(|host| outward(host, 80, "Microsoft: lists of revoked certificates")));
    }
    for source in config.content.sources.iter().chain(&config.content.proxy) {
        if let Some((host, port)) = host_and_port(source) {
            rules.push(outward(&host, port, "files: content.sources and content.proxy"));
        }
    }
    if let Some((host, port)) = config.database.url.as_deref().and_then(database) {
        rules.push(outward(&host, port, "the database"));
    }
    rules
}

pub(super) fn text(rules: &[Rule]) -> String {
    let rows = rules
        .iter()
        .map(|rule| [rule.direction.to_owned(), rule.host.clone(), format!("TCP {}", rule.port), rule.why.clone()]);
    table(["Direction", "Host", "Port", "Why"], rows)
}

/// The host and port of a `postgres://` address, without a password.
fn database(url: &str) -> Option<(String, u16)> {
    let rest = url.split_once("://")?.1;
    let authority = rest.split(['/', '?']).next()?.rsplit('@').next()?;
    let (host, port) = authority.rsplit_once(':').unwrap_or((authority, "5432"));
    Some((host.to_owned(), port.parse().ok()?))
}
