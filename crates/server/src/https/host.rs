//! The names of this host, for certificates, when the configuration names none.

use std::net::{IpAddr, Ipv4Addr};

use pki::{Identity, Name};

use crate::app::App;

/// Most names of a certificate that nobody chose names for: a container has another one with each start.
const NAMES_MAX: usize = 32;

/// The names that computers are told: those of the configuration, or the host's own.
pub(super) fn names(app: &App) -> Vec<Name> {
    let configured = &app.config.https.names;
    if !configured.is_empty() {
        return configured.clone();
    }
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    of(&app.host_name(), &read("/etc/hosts"), &read("/proc/sys/kernel/domainname"))
}

/// The same, and where it listens: for certificates that are made here. Other authorities would not certify these names.
pub(super) fn names_and_places(app: &App) -> Vec<Name> {
    let mut names = names(app);
    if app.config.https.names.is_empty() {
        names.extend(at(app.config.server.https().ip()));
    }
    names
}

/// `names`, and after them those that present certificates have besides: computers may have been pointed at any of them while none was
/// said in the configuration.
pub(super) fn with_present<'a>(
    app: &App,
    names: &[Name],
    present: impl IntoIterator<Item = &'a Identity>,
) -> Vec<Name> {
    let present = present.into_iter().flat_map(|identity| &identity.certificate().names);
    if app.config.https.names.is_empty() { together(names, present) } else { names.to_vec() }
}

/// Each once, and those that come first rather than too many.
fn together<'a>(names: &[Name], present: impl Iterator<Item = &'a Name>) -> Vec<Name> {
    let mut all = names.to_vec();
    for name in present {
        if all.len() < NAMES_MAX && !all.contains(name) {
            all.push(name.clone());
        }
    }
    all
}

/// The address, if there is only one, or this host's name for itself, so that whoever looks from there need not leave TLS aside.
fn at(listening: IpAddr) -> Vec<Name> {
    if !listening.is_unspecified() && !listening.is_loopback() {
        return vec![Name::Address(listening)];
    }
    let loopback = if listening.is_loopback() { listening } else { Ipv4Addr::LOCALHOST.into() };
    vec![Name::Dns("localhost".to_owned()), Name::Address(loopback)]
}

/// The fully qualified name first, as group policies should have it, then the short one.
///
/// The system's own word for it: the first name of a line of `/etc/hosts` that has the host's name, or else the host's name within
/// the domain that the kernel was told. What a resolver would try (`search` in `resolv.conf`) is no name of this host.
fn of(host: &str, hosts: &str, domain: &str) -> Vec<Name> {
    let host = host.to_ascii_lowercase();
    let mut names = Vec::new();
    if !host.contains('.') {
        let qualified = canonical(&host, hosts).or_else(|| {
            let domain = domain.trim();
            (!domain.is_empty() && domain != "(none)").then(|| format!("{host}.{domain}"))
        });
        names.extend(qualified);
    }
    let short = host.split('.').next().map(str::to_owned);
    names.push(host);
    names.extend(short);
    let mut known: Vec<Name> = Vec::new();
    for name in names.iter().filter_map(|name| name.parse().ok()) {
        if !known.contains(&name) {
            known.push(name);
        }
    }
    known
}

/// The name by which `/etc/hosts` calls the host, if that is a longer one.
fn canonical(host: &str, hosts: &str) -> Option<String> {
    let lines = hosts.lines().map(|line| line.split('#').next().unwrap_or_default());
    let mut entries = lines.map(|line| line.split_whitespace().skip(1).collect::<Vec<_>>());
    let entry = entries.find(|names| names.iter().any(|name| name.eq_ignore_ascii_case(host)))?;
    let longer = |name: &&&str| name.to_ascii_lowercase().strip_prefix(host).is_some_and(|rest| rest.starts_with('.'));
    entry.iter().find(longer).map(|name| name.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(host: &str, hosts: &str, domain: &str) -> Vec<String> {
        of(host, hosts, domain).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_host_is_known_by_its_full_and_its_short_name() {
        let hosts = "127.0.0.1 localhost\n127.0.1.1 WSUS.Contoso.example wsus # this host\n";
        assert_eq!(texts("wsus", hosts, "(none)\n"), ["wsus.contoso.example", "wsus"]);
        assert_eq!(texts("wsus", "127.0.0.1 localhost wsus", "contoso.example\n"), ["wsus.contoso.example", "wsus"]);
        assert_eq!(texts("wsus", "", "(none)\n"), ["wsus"]);
        assert_eq!(texts("WSUS.contoso.example", "", ""), ["wsus.contoso.example", "wsus"]);
    }

    #[test]
    fn names_that_clients_may_use_stay_as_long_as_there_is_room() {
        let all = |list: &[&str]| list.iter().map(|name| name.parse().unwrap()).collect::<Vec<Name>>();
        let together = |names: &[&str], present: &[&str]| together(&all(names), all(present).iter());
        assert_eq!(together(&["b", "localhost"], &["a", "localhost"]), all(&["b", "localhost", "a"]));
        assert_eq!(together(&["b"], &[]), all(&["b"]));
        let many: Vec<Name> = (0..40).map(|number| format!("h{number}").parse().unwrap()).collect();
        let kept = super::together(&all(&["new"]), many.iter());
        assert_eq!((kept.len(), &kept[0], &kept[31]), (32, &all(&["new"])[0], &many[30]));
    }

    #[test]
    fn a_host_is_reached_where_it_listens() {
        let texts = |address: &str| at(address.parse().unwrap()).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(texts("192.0.2.7"), ["192.0.2.7"]);
        assert_eq!(texts("127.0.0.1"), ["localhost", "127.0.0.1"]);
        assert_eq!(texts("::1"), ["localhost", "::1"]);
        assert_eq!(texts("0.0.0.0"), ["localhost", "127.0.0.1"]);
    }
}
