//! SEC-P11: addresses that would lead this server where only it can go. Listeners stand there and must never be asked.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use server::acquire::UpstreamContent;
use server::config::ContentMode;

use super::origin::Manner;
use super::*;
use crate::register::Canary;

/// Listeners on the ports that content is served on, and on one of their own.
fn canaries() -> Vec<Canary> {
    let hosts = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    let well_known = hosts.iter().flat_map(|host| [80, 443].map(|port| (*host, port)));
    let listening: Vec<Canary> = well_known.filter_map(|at| Canary::at(at.into())).collect();
    if listening.len() < 4 {
        eprintln!("SKIPPED: some canaries of SEC-P11: this account may not listen on ports 80 and 443, or others do");
    }
    listening.into_iter().chain([Canary::new()]).collect()
}

/// Ways to write an address of this host, of its network, or of the service that tells clouds their secrets.
fn hosts() -> Vec<String> {
    let fixed = [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "127.255.255.254",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.1.",
        "0",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "[fd00::1]",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "a.localhost",
        "%6c%6f%63%61%6c%68%6f%73%74",
        "ⓛocalhost",
        "127。0。0。1",
        "ip6-localhost",
        "169.254.169.254",
        "2852039166",
        "0xA9FEA9FE",
        "[::ffff:169.254.169.254]",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "100.64.0.1",
    ];
    let own = String::from_utf8(std::process::Command::new("uname").arg("-n").output().unwrap().stdout).unwrap();
    fixed.iter().map(ToString::to_string).chain([own.trim().to_owned()]).collect()
}

/// Nobody was asked: by what the address says, or, where a name resolves, by what it leads to. Some names mean nothing to some
/// resolvers.
fn is_refused(reason: &str) -> bool {
    ["no source is known for it", "not asked", "redirects to nowhere", "failed to lookup address"]
        .iter()
        .any(|says| reason.contains(says))
}

#[tokio::test]
async fn sec_p11_no_address_of_a_publisher_leads_to_this_host_or_its_network() {
    let canaries = canaries();
    let own_port = canaries.last().unwrap().address().port();
    let here = Here::with(ContentMode::OnApproval, |config| config.content.allow_private_sources = false).await;
    let file = here.publish("astray", 1_000, Manner::Honest).await;
    let mut addresses: Vec<String> =
        hosts().iter().flat_map(|host| [format!("http://{host}/x.cab"), format!("https://{host}/x.cab")]).collect();
    addresses.extend([
        format!("http://127.0.0.1:{own_port}/x.cab"),
        format!("http://download.example@127.0.0.1:{own_port}/x.cab"),
        format!("http://127.0.0.1:{own_port}#@download.example/x.cab"),
        format!("http://download.example\\@127.0.0.1:{own_port}/x.cab"),
        format!("gopher://127.0.0.1:{own_port}/x"),
        "file:///etc/passwd".to_owned(),
        "http://localhost:80@127.0.0.1/x.cab".to_owned(),
    ]);
    here.estate.approve_all("All Computers").await;
    for address in addresses {
        here.estate.store().await.set_file_locations(&[(file.sha1(), address.clone())]).await.unwrap();
        let answer = here.fetch().await;
        let reason = answer.status.failed.first().map(|failed| failed.reason.clone()).unwrap_or_default();
        assert!(is_refused(&reason), "{address}: {reason}");
    }
    assert!(canaries.iter().all(|canary| !canary.was_asked()));
    assert!(!here.is_held(file.sha1()).await);
}

#[tokio::test]
async fn sec_p11_no_redirection_leads_to_this_host_or_its_network() {
    let canaries = canaries();
    let own_port = canaries.last().unwrap().address().port();
    let here = Here::with(ContentMode::OnApproval, |config| config.content.allow_private_sources = false).await;
    let file = here.publish("led", 1_000, Manner::Status(404)).await;
    // The server above is named by the administrator, under a name of its own.
    let base = here.origin.url("/Content").replace("127.0.0.1", "localhost");
    here.estate
        .app()
        .set_upstream_content(UpstreamContent { bases: vec![base.parse().unwrap()], ..UpstreamContent::default() });
    here.estate.approve_all("All Computers").await;
    let upstream = upstream_path(&file);
    // What is localhost, however it is spelt, is the very host of the server above, which may lead where it likes on it.
    let same = ["localhost", "LOCALHOST", "%6c%6f%63%61%6c%68%6f%73%74", "ⓛocalhost"];
    let elsewhere = hosts().into_iter().filter(|host| !same.contains(&host.as_str()));
    let mut targets: Vec<String> = elsewhere.map(|host| format!("http://{host}/x.cab")).collect();
    targets.extend([
        format!("http://127.0.0.1:{own_port}/x.cab"),
        format!("//127.0.0.1:{own_port}/x.cab"),
        "file:///etc/passwd".to_owned(),
    ]);
    for target in targets {
        // Straight away, and by a step that is its own.
        here.origin.serve("/step", &file.bytes, Manner::Redirect(target.clone()));
        for first in [target.clone(), "/step".to_owned()] {
            here.origin.serve(&upstream, &file.bytes, Manner::Redirect(first));
            let answer = here.fetch().await;
            let reason = answer.status.failed.first().map(|failed| failed.reason.clone()).unwrap_or_default();
            assert!(is_refused(&reason), "{target}: {reason}");
        }
    }
    assert!(canaries.iter().all(|canary| !canary.was_asked()));
    assert!(!here.is_held(file.sha1()).await);
}

#[tokio::test]
async fn sec_p11_the_server_above_may_be_in_this_network() {
    let here = Here::with(ContentMode::OnApproval, |config| config.content.allow_private_sources = false).await;
    let file = here.publish("above", 10_000, Manner::Status(404)).await;
    here.set_upstream("/Content", None);
    here.origin.serve(&upstream_path(&file), &file.bytes, Manner::Honest);
    here.estate.approve_all("All Computers").await;
    here.until_held(&file).await;
}
