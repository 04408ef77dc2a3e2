//! This machine and this server: disk, ports, certificates.

use std::net::{SocketAddr, TcpListener};

use server::Config;
use server::admin::api::{ExpiringPin, Facts};

use super::check::Check;
use crate::arguments::Place;
use crate::output::bytes;

pub(super) fn checks(config: &Config, facts: Option<&Facts>, place: Option<&Place>) -> Vec<Check> {
    let mut checks = Vec::new();
    if let Some(facts) = facts {
        checks.extend(disk(facts));
        checks.push(port("own port for HTTPS", "server.https", config.server.https(), facts.https_port));
        checks.push(port("own port for plain HTTP", "server.http", config.server.http, facts.http_port));
        checks.push(http_metadata(facts));
        let own = |certificate| {
            expiring("certificate of this server", certificate, "`vanne pki show`, then `vanne pki renew`")
        };
        checks.extend(facts.certificates.iter().map(own));
    }
    if place.is_some() {
        checks.push(Check::note("port 7680", "not used yet: peers do not pass pieces of files on to each other"));
    }
    checks
}

fn disk(facts: &Facts) -> Option<Check> {
    let (free, floor) = (facts.free_bytes?, facts.floor_bytes);
    let found = format!("{} free on the disk of the content folder, {} are left alone", bytes(free), bytes(floor));
    let remedy = "free some space, move content.directory to a larger disk, or lower content.disk_floor_mib";
    Some(match free {
        free if free <= floor => Check::failed("disk", found, remedy),
        free if free / 4 <= floor => Check::warning("disk", found, remedy),
        _ => Check::good("disk", found),
    })
}

/// The port is held by this server when it runs, and by nobody when it does not.
fn port(name: &str, setting: &str, address: SocketAddr, listening: Option<u16>) -> Check {
    if let Some(port) = listening {
        return Check::good(name, format!("listening on {port}"));
    }
    match TcpListener::bind(address) {
        Ok(_) => Check::good(name, format!("{address} is free for the server, which does not run")),
        Err(error) => {
            let remedy = format!("end the other program, or name another port in {setting}");
            Check::failed(name, format!("{address} cannot be taken: {error}"), remedy)
        }
    }
}

fn http_metadata(facts: &Facts) -> Check {
    let name = "clients over plain HTTP";
    if facts.allow_http_metadata {
        return Check::warning(
            name,
            "computers are told of updates over plain HTTP as well, where anybody on the way can change that",
            "point computers at https://…:8531, then set server.allow_http_metadata = false",
        );
    }
    Check::good(name, "computers are told of updates over HTTPS only")
}

/// A certificate that expires sooner or later.
pub(super) fn expiring(name: &str, pin: &ExpiringPin, remedy: &str) -> Check {
    let ExpiringPin { name: whose, at, within_days } = pin;
    match within_days {
        None => Check::good(name, format!("{whose} is valid until {at}")),
        Some(0) => Check::failed(name, format!("{whose} expired at {at}"), remedy),
        Some(days) if *days <= 7 => Check::failed(name, format!("{whose} expires at {at}, within {days} days"), remedy),
        Some(days) => Check::warning(name, format!("{whose} expires at {at}, within {days} days"), remedy),
    }
}
