//! Lists of revoked certificates that a server fetches from where the certificates of signers say they are.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use bytes::Bytes;
use forge::Authority;
use forge::crl::{self, Revoked};
use http::{Method, StatusCode};
use model::Timestamp;
use server::admin::api::RevocationListsAnswer;

use super::*;
use crate::harness::{administer_raw, eventually, metric};

/// Lists by name.
type Lists = HashMap<String, Vec<u8>>;

/// Where lists are: `/issuer` and `/root`.
#[derive(Clone, Default)]
struct Shelf {
    lists: Arc<Mutex<Lists>>,
    asked: Arc<AtomicUsize>,
}

impl Shelf {
    /// Serves it; its address.
    async fn open(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = axum::Router::new().route("/{list}", axum::routing::get(list)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    fn put(&self, name: &str, list: Vec<u8>) {
        self.lists.lock().unwrap().insert(name.to_owned(), list);
    }
}

async fn list(State(shelf): State<Shelf>, Path(name): Path<String>) -> Result<Vec<u8>, StatusCode> {
    shelf.asked.fetch_add(1, Ordering::Relaxed);
    shelf.lists.lock().unwrap().get(&name).cloned().ok_or(StatusCode::NOT_FOUND)
}

/// A publisher whose certificates name lists there.
fn naming(url: &str) -> Publisher {
    let mut publisher = Publisher::new("Paris");
    let at = |name: &str| vec![format!("{url}/{name}")];
    let draft = forge::Draft { serial: 2, lists: at("root"), ..forge::Draft::authority("Paris Issuer") };
    publisher.issuer = publisher.root.authority(&draft);
    publisher.signer =
        publisher.issuer.identity(&forge::Draft { lists: at("issuer"), ..forge::Draft::signer("Paris") });
    let clock = forge::Draft { lists: at("root"), ..forge::Draft::time_stamper("Paris Own Time") };
    publisher.own_time_stamper = publisher.root.identity(&clock);
    publisher
}

/// A list that counts today.
fn current(authority: &Authority, revoked: &[Revoked]) -> Vec<u8> {
    let until = Timestamp::now().checked_add(jiff::SignedDuration::from_hours(48)).unwrap();
    crl::list(authority, Publisher::signing_time(), until, revoked)
}

fn signer_revoked(publisher: &Publisher) -> [Revoked; 1] {
    [Revoked { serial: publisher.signer.serial, at: Publisher::signing_time(), reason: 1 }]
}

async fn figures(site: &Site) -> String {
    let (_, text) = administer_raw(&site.data_dir(), Method::GET, "/metrics", Bytes::new()).await.unwrap();
    String::from_utf8(text.to_vec()).unwrap()
}

const ANYWHERE: &str = "[content]\nallow_private_sources = true\n";

fn told(site: &Site) -> RevocationListsAnswer {
    site.json(&["trust", "lists"])
}

#[tokio::test(flavor = "multi_thread")]
async fn sec_a6_a_list_that_a_certificate_names_is_fetched_and_heeded() {
    let (site, shelf) = (Site::new(), Shelf::default());
    let publisher = naming(&shelf.open().await);
    shelf.put("issuer", current(&publisher.issuer, &signer_revoked(&publisher)));
    let program = signed_by(&publisher, "revoked.exe");
    let config = trusting(&site, &publisher, &format!("fetch_revocation_lists = true\n{ANYWHERE}"));
    let server = serve(&site, &config);
    import(&site, &local_update("revoked", &program));
    eventually("it is withheld", async || status(&server, &program).await == 404).await;
    assert!(withheld(&site).reason.starts_with("Revoked: "), "{}", withheld(&site).reason);
    let answer = told(&site);
    assert!(answer.are_fetched);
    let states: Vec<_> = answer.lists.iter().map(|list| (list.authority.as_str(), list.is_current)).collect();
    assert_eq!(states, [("Paris Issuer", true), ("Paris Root", false)], "{answer:?}");
    assert!(answer.lists[1].failure.as_ref().unwrap().contains("404"), "{answer:?}");
    let missing = async || metric(&figures(&site).await, "vanne_revocation_lists_missing", &[]);
    eventually("one is missing", async || missing().await == 1.0).await;
    assert!(site.run(&["trust", "lists"]).out.contains("MISSING: it answered 404"));
}

#[tokio::test(flavor = "multi_thread")]
async fn sec_a6_what_the_authority_did_not_sign_is_no_list() {
    let (site, shelf) = (Site::new(), Shelf::default());
    let publisher = naming(&shelf.open().await);
    let stranger = Authority::root("Paris Issuer");
    shelf.put("issuer", current(&stranger, &signer_revoked(&publisher)));
    let program = signed_by(&publisher, "sound.exe");
    let config = trusting(&site, &publisher, &format!("fetch_revocation_lists = true\n{ANYWHERE}"));
    let server = serve(&site, &config);
    assert_eq!(import(&site, &local_update("sound", &program)).code, 0);
    eventually("all were asked for", async || told(&site).lists.iter().all(|list| list.failure.is_some())).await;
    let failures: Vec<String> = told(&site).lists.into_iter().filter_map(|list| list.failure).collect();
    assert!(failures[0].contains("its authority did not sign it"), "{failures:?}");
    assert_eq!(status(&server, &program).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_revocation_must_be_known_lists_that_are_fetched_let_a_file_through() {
    let (site, shelf) = (Site::new(), Shelf::default());
    let publisher = naming(&shelf.open().await);
    shelf.put("issuer", current(&publisher.issuer, &[]));
    shelf.put("root", current(&publisher.root, &[]));
    let program = signed_by(&publisher, "unknown.exe");
    let more = format!("fetch_revocation_lists = true\nrequire_revocation = true\n{ANYWHERE}");
    let server = serve(&site, &trusting(&site, &publisher, &more));
    import(&site, &local_update("unknown", &program));
    eventually("it is let through", async || status(&server, &program).await == 200).await;
    assert_eq!(server.terminate().code(), Some(0));

    // What was fetched is kept: it needs nobody to be reached at the next start.
    let asked = shelf.asked.load(Ordering::Relaxed);
    let later = signed_by(&publisher, "later.exe");
    let server = serve(&site, &site.path("vanne.toml").display().to_string());
    assert_eq!(import(&site, &local_update("later", &later)).code, 0);
    assert_eq!(status(&server, &later).await, 200);
    assert_eq!(shelf.asked.load(Ordering::Relaxed), asked, "a list is asked for once a day");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_that_were_fetched_are_carried_to_a_server_that_no_network_reaches() {
    let (site, shelf) = (Site::new(), Shelf::default());
    let publisher = naming(&shelf.open().await);
    shelf.put("issuer", current(&publisher.issuer, &[]));
    shelf.put("root", current(&publisher.root, &[]));
    let program = signed_by(&publisher, "carried.exe");
    let config = trusting(&site, &publisher, &format!("fetch_revocation_lists = true\n{ANYWHERE}"));
    let _server = serve(&site, &config);
    assert_eq!(import(&site, &local_update("carried", &program)).code, 0);
    eventually("both came", async || told(&site).lists.iter().all(|list| list.is_current)).await;
    let disk = site.path("disk");
    assert_eq!(site.run(&["trust", "lists", "--to", disk.to_str().unwrap()]).code, 0);
    assert!(disk.join("Paris-Issuer-1.crl").exists() && disk.join("Paris-Root-2.crl").exists());

    let isolated = Site::new();
    let more = format!("require_revocation = true\nrevocation_lists = {:?}\n", disk.display().to_string());
    let _isolated = serve(&isolated, &trusting(&isolated, &publisher, &more));
    assert_eq!(import(&isolated, &local_update("carried", &program)).code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn sec_a6_an_archive_brings_lists_along_and_they_are_heeded_where_it_is_imported() {
    let (paris, shelf) = (Site::new(), Shelf::default());
    let publisher = naming(&shelf.open().await);
    shelf.put("issuer", current(&publisher.issuer, &signer_revoked(&publisher)));
    let program = signed_by(&publisher, "revoked.exe");
    let made = local_update("revoked", &program);
    let _paris = serve(&paris, &trusting(&paris, &publisher, &format!("fetch_revocation_lists = true\n{ANYWHERE}")));
    import(&paris, &made);
    eventually("the list came", async || told(&paris).lists.iter().any(|list| list.is_current)).await;

    let kerguelen = crate::archive::isolated(&paris);
    let server = serve(&kerguelen, &trusting(&kerguelen, &publisher, ""));
    assert_eq!(import(&kerguelen, &made).code, 0);
    assert_eq!(status(&server, &program).await, 200, "nothing is known of it there");
    let disk = tempfile::tempdir().unwrap();
    let exported = crate::archive::export(&paris, disk.path(), &[]);
    assert_eq!(exported.archive.carries.lists, 1);
    assert_eq!(crate::archive::import(&kerguelen, disk.path(), &[]).done.lists, 1);
    eventually("it is withheld", async || status(&server, &program).await == 404).await;
    assert!(withheld(&kerguelen).reason.starts_with("Revoked: "), "{}", withheld(&kerguelen).reason);
    assert!(!told(&kerguelen).are_fetched && told(&kerguelen).lists.iter().any(|list| list.is_current));
}

#[tokio::test(flavor = "multi_thread")]
async fn sec_p11_no_list_is_fetched_from_this_host_or_its_network() {
    let (site, shelf) = (Site::new(), Shelf::default());
    let publisher = naming(&shelf.open().await);
    let program = signed_by(&publisher, "sound.exe");
    let _server = serve(&site, &trusting(&site, &publisher, "fetch_revocation_lists = true\n"));
    assert_eq!(import(&site, &local_update("sound", &program)).code, 0);
    eventually("all were refused", async || told(&site).lists.iter().all(|list| list.failure.is_some())).await;
    assert!(told(&site).lists[0].failure.as_ref().unwrap().contains("content.allow_private_sources"));
    assert_eq!(shelf.asked.load(Ordering::Relaxed), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_ask_microsoft_fetches_no_list_unless_it_is_told_to() {
    let (site, shelf) = (Site::new(), Shelf::default());
    let publisher = naming(&shelf.open().await);
    let program = signed_by(&publisher, "sound.exe");
    let _server = serve(&site, &trusting(&site, &publisher, ANYWHERE));
    assert_eq!(import(&site, &local_update("sound", &program)).code, 0);
    let said = site.run(&["trust", "lists"]).out;
    assert!(said.contains("/issuer") && said.contains("MISSING\n") && said.contains("fetches none"), "{said}");
    assert_eq!(shelf.asked.load(Ordering::Relaxed), 0);
}
