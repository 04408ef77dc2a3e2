//! Hosts and ports: names resolved, connections made, nothing said.

use std::time::Duration;

use server::Config;
use server::admin::api::Facts;
use tokio::net::{TcpStream, lookup_host};

use super::check::Check;

/// For a name, and for a connection.
const TIME: Duration = Duration::from_secs(5);
/// What programs usually look for a proxy in.
const VARIABLES: [&str; 6] = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
/// Where Microsoft's files are, over plain HTTP (docs/operating.md).
const FILES: [&str; 2] = ["download.windowsupdate.com", "dl.delivery.mp.microsoft.com"];
/// Where its lists of revoked certificates are.
pub(super) const LISTS: [&str; 2] = ["www.microsoft.com", "crl.microsoft.com"];

/// A host and port that is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Needed {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) why: &'static str,
}

impl Needed {
    fn new(host: impl Into<String>, port: u16, why: &'static str) -> Self {
        Self { host: host.into(), port, why }
    }
}

/// A proxy that the environment names and nobody uses.
pub(super) fn environment(config: &Config, facts: Option<&Facts>) -> Vec<Check> {
    let set: Vec<&str> =
        VARIABLES.into_iter().filter(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty())).collect();
    let proxy = facts.and_then(|facts| facts.upstreams.iter().find_map(|upstream| upstream.proxy.clone()));
    let mut checks = vec![match &proxy {
        Some((host, port)) => Check::good("proxy", format!("the upstream is asked through {host}:{port}")),
        None => Check::good("proxy", "none is configured"),
    }];
    if !set.is_empty() && (proxy.is_none() || config.content.proxy.is_none()) {
        checks.push(Check::note(
            "proxy of the environment",
            format!(
                "{} is set here and not used: a proxy is named in [upstream] proxy (`vanne upstream set --proxy`) and content.proxy, or there is none",
                set.join(", ")
            ),
        ));
    }
    checks
}

/// What this server has to reach, as far as it is known.
pub(super) fn needed(config: &Config, facts: Option<&Facts>) -> Vec<Needed> {
    let mut needed = Vec::new();
    let upstreams = facts.map_or(&[][..], |facts| &facts.upstreams);
    for upstream in upstreams {
        match &upstream.proxy {
            Some((host, port)) => needed.push(Needed::new(host, *port, "the proxy to the upstream")),
            None => needed.push(Needed::new(&upstream.host, upstream.port, "the upstream: updates")),
        }
        let content = upstream.content.as_deref().and_then(host_and_port);
        if let Some((host, port)) = content.filter(|_| config.content.proxy.is_none()) {
            needed.push(Needed::new(host, port, "the upstream: files"));
        }
    }
    if upstreams.iter().any(|upstream| upstream.kind == sync::Kind::Microsoft) {
        if config.content.proxy.is_none() {
            needed.extend(FILES.map(|host| Needed::new(host, 80, "Microsoft: files")));
        }
        if upstreams.iter().all(|upstream| upstream.proxy.is_none()) {
            needed.extend(LISTS.map(|host| Needed::new(host, 80, "Microsoft: lists of revoked certificates")));
        }
    }
    if let Some((host, port)) = config.content.proxy.as_deref().and_then(host_and_port) {
        needed.push(Needed::new(host, port, "the proxy to files"));
    }
    needed.dedup();
    needed
}

/// Resolves its name and makes a connection.
pub(super) async fn reach(needed: Needed) -> Check {
    let Needed { host, port, why } = needed;
    let name = format!("{host}:{port}");
    let bare = host.trim_matches(['[', ']']).to_owned();
    let found = match tokio::time::timeout(TIME, lookup_host((bare.as_str(), port))).await {
        Ok(Ok(found)) => found.collect::<Vec<_>>(),
        Ok(Err(error)) => return unresolved(&name, why, &error.to_string()),
        Err(_) => return unresolved(&name, why, "no answer in time"),
    };
    let Some(first) = found.first() else { return unresolved(&name, why, "it has no address") };
    let mut last = String::new();
    for address in found.iter().take(3) {
        match tokio::time::timeout(TIME, TcpStream::connect(address)).await {
            Ok(Ok(_)) => return Check::good(name, format!("reached at {} ({why})", address.ip())),
            Ok(Err(error)) => last = error.to_string(),
            Err(_) => last = format!("no answer within {} s", TIME.as_secs()),
        }
    }
    let remedy = format!(
        "let this server through to {host} on TCP {port} (`vanne doctor --firewall` lists all), or name a proxy"
    );
    Check::failed(name, format!("cannot be reached at {}: {last} ({why})", first.ip()), remedy)
}

fn unresolved(name: &str, why: &str, reason: &str) -> Check {
    let remedy =
        "look at the name and at this machine's resolver (/etc/resolv.conf), or name a proxy, which resolves itself";
    Check::failed(name, format!("its name cannot be resolved: {reason} ({why})"), remedy)
}

/// The host and port of an address.
pub(super) fn host_and_port(address: &str) -> Option<(String, u16)> {
    let (scheme, rest) = address.split_once("://")?;
    let authority = rest.split('/').next()?.rsplit('@').next()?;
    let known = if scheme == "https" { 443 } else { 80 };
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => Some((host.to_owned(), port.parse().ok()?)),
        _ => Some((authority.to_owned(), known)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_and_a_port() {
        let read = |address| host_and_port(address).unwrap();
        assert_eq!(read("http://paris:8530/Content/"), ("paris".to_owned(), 8530));
        assert_eq!(read("https://paris/"), ("paris".to_owned(), 443));
        assert_eq!(read("http://me:secret@proxy:3128"), ("proxy".to_owned(), 3128));
        assert_eq!(read("http://[::1]:80/x"), ("[::1]".to_owned(), 80));
        assert_eq!(read("http://[::1]/x"), ("[::1]".to_owned(), 80));
        assert_eq!(host_and_port("paris:8530"), None);
    }

    #[tokio::test]
    async fn what_listens_is_reached_and_what_does_not_is_not() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        assert_eq!(reach(Needed::new("127.0.0.1", port, "a test")).await.found, "reached at 127.0.0.1 (a test)");
        drop(listener);
        let lost = reach(Needed::new("127.0.0.1", port, "a test")).await;
        assert!(
            lost.found.starts_with("cannot be reached at 127.0.0.1") && lost.remedy.unwrap().contains("--firewall")
        );
        let unknown = reach(Needed::new("no-such-host.invalid", 80, "a test")).await;
        assert!(unknown.found.starts_with("its name cannot be resolved"), "{}", unknown.found);
    }
}
