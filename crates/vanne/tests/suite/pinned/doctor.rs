//! `vanne doctor`.

use serde_json::Value;
use testkit::publisher::Publisher;
use testkit::tls::{Authority, Order};

use super::{HERE, publisher};
use crate::harness::{Ran, Site, drafts};

fn site() -> Site {
    let site = Site::new();
    std::fs::create_dir(site.data_dir()).unwrap();
    // No test waits for a free port.
    site.write("data/vanne.toml", "[server]\nhttp = \"127.0.0.1:0\"\n[content]\ndisk_floor_mib = 0\n");
    site
}

fn doctor(site: &Site) -> Ran {
    site.run(&["doctor"])
}

/// The line of a check.
fn line<'a>(ran: &'a Ran, name: &str) -> &'a str {
    let found = ran.out.lines().find(|line| line.get(9..).is_some_and(|rest| rest.starts_with(name)));
    found.unwrap_or_else(|| panic!("no {name} in\n{}\n{}", ran.out, ran.err))
}

#[test]
fn a_server_without_an_upstream_is_well() {
    let site = site();
    let ran = doctor(&site);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(line(&ran, "server:").contains("does not run; its state can be opened"));
    assert!(line(&ran, "upstream:").contains("none is set"));
    assert!(line(&ran, "port 7680:").contains("not used yet"));
    assert!(line(&ran, "clock of the database:").starts_with("ok"));
    let server = site.serve();
    let running = doctor(&site);
    assert!(line(&running, "server:").contains("running, and answers"));
    assert!(line(&running, "own port for plain HTTP:").contains(server.url().rsplit(':').next().unwrap()));
    let checks: Value = serde_json::from_str(&site.run(&["doctor", "--output", "json"]).out).unwrap();
    let checks = checks["checks"].as_array().unwrap();
    let troubled: Vec<&Value> =
        checks.iter().filter(|check| check["state"] != "good" && check["state"] != "note").collect();
    // The servers of these tests hand it out.
    assert!(matches!(troubled.as_slice(), [one] if one["name"] == "clients over plain HTTP"), "{troubled:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_is_a_warning() {
    let publisher = Publisher::start(([127, 0, 0, 1], 0).into(), drafts()).await.unwrap();
    let site = site();
    let set = site.run(&["upstream", "set", "--kind", "wsus", "--url", &publisher.url()]);
    assert!(set.out.contains("without TLS"), "{}", set.out);
    let ran = doctor(&site);
    assert_eq!(ran.code, 3, "{}", ran.out);
    let line = line(&ran, "upstream http://");
    assert!(line.starts_with("WARNING") && line.contains("without TLS"), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pinned_upstream_is_well_until_somebody_comes_between() {
    let authority = Authority::root("Contoso Internal CA");
    let publisher = publisher(authority.issue(&Order::server(HERE))).await;
    let url = publisher.url();
    let site = site();
    let ca = site.write("ca.pem", authority.pem());
    let set = site.run(&["upstream", "set", "--kind", "wsus", "--url", &url, "--ca", ca.to_str().unwrap()]);
    assert_eq!(set.code, 0, "{}", set.err);
    let well = doctor(&site);
    assert!(line(&well, "upstream https://").contains("it is whom it should be, issued by CN=Contoso Internal CA"));
    publisher.present(Authority::root("FortiGate CA").issue(&Order::server(HERE)));
    let ill = doctor(&site);
    assert_eq!(ill.code, 1, "{}", ill.out);
    let line = line(&ill, "upstream https://");
    assert!(
        line.starts_with("FAILED") && line.contains("FortiGate") && line.contains("--accept-pin sha256:"),
        "{line}"
    );
}

#[test]
fn what_is_broken_is_said_and_checked_is_what_can_be() {
    let site = Site::new();
    let ran = doctor(&site);
    assert_eq!(ran.code, 1);
    assert!(line(&ran, "state:").contains("there is no data folder"));
    std::fs::create_dir(site.data_dir()).unwrap();
    site.write("data/vanne.db", "this is no database, and long enough to be taken for one at first sight");
    let ran = doctor(&site);
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(line(&ran, "state:").starts_with("FAILED"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_that_is_gone_fails_with_where_to_look() {
    let publisher = Publisher::start(([127, 0, 0, 1], 0).into(), drafts()).await.unwrap();
    let site = site();
    site.run(&["upstream", "set", "--kind", "wsus", "--url", &publisher.url()]);
    let port = publisher.address().port();
    publisher.stop().await;
    let ran = doctor(&site);
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(line(&ran, &format!("127.0.0.1:{port}:")).contains("cannot be reached"), "{}", ran.out);
    assert!(line(&ran, "upstream http://").contains("cannot be reached"), "{}", ran.out);
}

#[test]
fn the_firewall_list_needs_no_server() {
    let mut command = crate::harness::Program::command();
    let ran = Ran::from(command.args(["doctor", "--firewall"]).output().unwrap());
    assert_eq!(ran.code, 0, "{}", ran.err);
    for part in [
        "sws.update.microsoft.com",
        "TCP 443",
        "download.windowsupdate.com",
        "TCP 80",
        "TCP 8530",
        "TCP 8531",
        "TCP 7680",
        "not used yet",
    ] {
        assert!(ran.out.contains(part), "{part} is not in\n{}", ran.out);
    }
}
