//! Upstreams over TLS: who is trusted, who is not, and that nothing is lost or told meanwhile.

mod challenged;
mod commands;
mod doctor;
mod listed;
mod own;

use axum::body::Body;
use http::Method;
use server::admin::api::{SyncAnswer, SyncRequest, UpdateSummary, UpstreamTrust, UpstreamTrustRequest};
use server::config::UpstreamConfig;
use testkit::publisher::Publisher;
use testkit::tls::{Authority, Credentials, Order};

use crate::harness::{Estate, drafts, eventually};

/// Where all publishers of these tests are.
const HERE: &str = "127.0.0.1";

fn upstream(url: &str) -> UpstreamConfig {
    UpstreamConfig {
        kind: sync::Kind::Wsus,
        url: Some(url.to_owned()),
        replica: false,
        proxy: None,
        every_minutes: None,
        patience_secs: Some(10),
        fallback: Vec::new(),
        trust: Vec::new(),
    }
}

async fn publisher(credentials: Credentials) -> Publisher {
    Publisher::start_tls(([127, 0, 0, 1], 0).into(), drafts(), credentials).await.unwrap()
}

async fn trust(estate: &Estate, request: &UpstreamTrustRequest) -> Vec<UpstreamTrust> {
    estate.api(Method::PUT, "/api/v1/upstream/trust", request).await
}

/// Trusts an authority for one upstream.
async fn trust_authority(estate: &Estate, url: &str, authority: &Authority) {
    let request = UpstreamTrustRequest {
        url: url.to_owned(),
        authority: Some(authority.pem()),
        ..UpstreamTrustRequest::default()
    };
    trust(estate, &request).await;
}

async fn point(estate: &Estate, upstream: &UpstreamConfig) {
    let _: serde_json::Value = estate.api(Method::PUT, "/api/v1/upstream", upstream).await;
}

async fn synchronise(estate: &Estate) -> usize {
    let answer: SyncAnswer = estate.api(Method::POST, "/api/v1/sync", &SyncRequest { wait: true }).await;
    answer.details.unwrap().taken
}

/// The status and message of what must be refused.
async fn refused(estate: &Estate, method: Method, path: &str, request: &impl serde::Serialize) -> (u16, String) {
    let (status, body) = estate.try_api(method, path, Body::from(serde_json::to_vec(request).unwrap())).await;
    assert!(status >= 400, "it went well");
    (status, String::from_utf8(body).unwrap())
}

async fn synchronise_in_vain(estate: &Estate) -> String {
    refused(estate, Method::POST, "/api/v1/sync", &SyncRequest { wait: true }).await.1
}

async fn revisions(estate: &Estate) -> usize {
    let updates: Vec<UpdateSummary> = estate.api(Method::GET, "/api/v1/updates?limit=100000", &()).await;
    updates.len()
}

/// The key that a message shows as the one to accept.
fn shown_key(message: &str) -> pins::KeyId {
    let (_, rest) = message.split_once("--accept-pin ").unwrap_or_else(|| panic!("no key in {message}"));
    rest.split(['`', '"', ' ']).next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn an_upstream_below_a_trusted_authority_is_synchronised_with() {
    let authority = Authority::root("Contoso Internal CA");
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let publisher = publisher(authority.issue(&Order::server(HERE)).only(version)).await;
        let estate = Estate::start().await;
        trust_authority(&estate, &publisher.url(), &authority).await;
        point(&estate, &upstream(&publisher.url())).await;
        assert_eq!(synchronise(&estate).await, drafts().len());
    }
}

#[tokio::test]
async fn nobody_is_trusted_unseen_and_accepting_repeats_the_key() {
    let authority = Authority::root("Contoso Internal CA");
    let publisher = publisher(authority.issue(&Order::server(HERE))).await;
    let estate = Estate::start().await;
    let (status, message) = refused(&estate, Method::PUT, "/api/v1/upstream", &upstream(&publisher.url())).await;
    assert_eq!(status, 409);
    for part in
        ["the upstream was not changed", "presents CN=127.0.0.1", "issued by CN=Contoso Internal CA", "--ca FILE.pem"]
    {
        assert!(message.contains(part), "{part}: {message}");
    }
    let settings: serde_json::Value = estate.api(Method::GET, "/api/v1/upstream", &()).await;
    assert!(settings["upstream"].is_null());
    assert_eq!(publisher.asked(), [], "nothing was said to it");

    let other = Authority::root("Contoso Internal CA");
    let wrong = pins::Certificate::read(&other.der()).unwrap().key;
    let accept =
        |key| UpstreamTrustRequest { url: publisher.url(), accept: Some(key), ..UpstreamTrustRequest::default() };
    let (status, message_2) = refused(&estate, Method::PUT, "/api/v1/upstream/trust", &accept(wrong)).await;
    assert_eq!(status, 409, "{message_2}");
    assert!(message_2.contains("nothing was accepted"), "{message_2}");
    let all = trust(&estate, &accept(shown_key(&message))).await;
    assert_eq!((all[0].upstream.clone(), all[0].keys.len()), (publisher.url(), 1));
    point(&estate, &upstream(&publisher.url())).await;
    assert_eq!(synchronise(&estate).await, drafts().len());
}

#[tokio::test]
async fn sec_t4_an_interceptor_hears_nothing_and_what_is_here_stays() {
    let authority = Authority::root("Contoso Internal CA");
    let publisher = publisher(authority.issue(&Order::server(HERE))).await;
    let estate = Estate::start().await;
    trust_authority(&estate, &publisher.url(), &authority).await;
    point(&estate, &upstream(&publisher.url())).await;
    synchronise(&estate).await;
    let (here, asked) = (revisions(&estate).await, publisher.asked().len());

    publisher.present(Authority::root("Fabrikam Zscaler Intermediate CA").issue(&Order::server(HERE)));
    let message = synchronise_in_vain(&estate).await;
    for part in [
        "127.0.0.1 is not trusted: its certificate does not lead to a root that is trusted for it",
        "issued by CN=Fabrikam Zscaler Intermediate CA",
        "expected was CN=Contoso Internal CA",
        "a TLS-inspecting proxy is probably in the path",
        "Nothing was sent or taken",
        &format!("`vanne upstream trust --url {} --accept-pin sha256:", publisher.url()),
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert_eq!((revisions(&estate).await, publisher.asked().len()), (here, asked));
    publisher.present(authority.issue(&Order::server(HERE)));
    assert_eq!(synchronise(&estate).await, 0, "it goes on where it was");
}

#[tokio::test]
async fn a_changed_certificate_is_refused_until_it_is_accepted() {
    let own = Authority::self_signed(&Order::server(HERE));
    let publisher = publisher(own.clone()).await;
    let estate = Estate::start().await;
    let key = |credentials: &Credentials| pins::Certificate::read(credentials.own()).unwrap().key;
    let url = publisher.url();
    trust(
        &estate,
        &UpstreamTrustRequest { url: url.clone(), keys: vec![key(&own)], ..UpstreamTrustRequest::default() },
    )
    .await;
    point(&estate, &upstream(&url)).await;
    assert_eq!(synchronise(&estate).await, drafts().len());

    let next = Authority::self_signed(&Order::server(HERE));
    publisher.present(next.clone());
    let message = synchronise_in_vain(&estate).await;
    assert!(message.contains(&format!("expected was {}", key(&own).short())), "{message}");
    assert!(message.contains("neither its key nor that of the authority"), "{message}");
    assert_eq!(shown_key(&message), key(&next));
    let accept = UpstreamTrustRequest { url, accept: Some(key(&next)), ..UpstreamTrustRequest::default() };
    trust(&estate, &accept).await;
    assert_eq!(synchronise(&estate).await, 0);
    publisher.present(own);
    synchronise_in_vain(&estate).await;
}

#[tokio::test]
async fn the_next_upstream_is_tried_when_the_first_is_not_to_be_trusted() {
    let (paris, lyon) = (Authority::root("Paris CA"), Authority::root("Lyon CA"));
    let first = publisher(paris.issue(&Order::server(HERE))).await;
    let second = publisher(lyon.issue(&Order::server(HERE))).await;
    let estate = Estate::start().await;
    trust_authority(&estate, &first.url(), &paris).await;
    trust_authority(&estate, &second.url(), &lyon).await;
    point(&estate, &UpstreamConfig { fallback: vec![second.url()], ..upstream(&first.url()) }).await;
    // Lyon's authority counts for Lyon alone.
    first.present(lyon.issue(&Order::server(HERE)));
    assert_eq!(synchronise(&estate).await, drafts().len());
    assert_eq!(first.asked(), []);
    assert!(!second.asked().is_empty());
    assert!(estate.metric("vanne_upstream_untrusted_total", &[]).await >= 1.0);
}

#[tokio::test]
async fn the_configuration_names_an_authority_in_a_file() {
    let authority = Authority::root("Contoso Internal CA");
    let publisher = publisher(authority.issue(&Order::server(HERE))).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, authority.pem()).unwrap();
    let trust = vec![server::config::TrustConfig { url: publisher.url(), ca: Some(file.clone()), pins: Vec::new() }];
    let named = UpstreamConfig { trust, ..upstream(&publisher.url()) };
    let estate = Estate::with(|config| config.upstream = Some(named)).await;
    assert_eq!(synchronise(&estate).await, drafts().len());
    std::fs::write(&file, "nothing").unwrap();
    let message = synchronise_in_vain(&estate).await;
    assert!(message.contains("there is no certificate in it"), "{message}");
}

#[tokio::test]
async fn plain_http_goes_on_and_is_complained_about() {
    let publisher = Publisher::start(([127, 0, 0, 1], 0).into(), drafts()).await.unwrap();
    let named = upstream(&publisher.url());
    let estate = Estate::with(|config| config.upstream = Some(named)).await;
    assert_eq!(synchronise(&estate).await, drafts().len());
    eventually("the metrics say so", async || estate.metric("vanne_upstream_plain", &[]).await == 1.0).await;
    let request = UpstreamTrustRequest { url: publisher.url(), ..UpstreamTrustRequest::default() };
    let (status, message) = refused(&estate, Method::PUT, "/api/v1/upstream/trust", &request).await;
    assert_eq!(status, 400, "{message}");
}

#[tokio::test]
async fn pins_of_microsofts_hosts_are_for_nobody_to_set_aside() {
    let estate = Estate::start().await;
    let request = UpstreamTrustRequest {
        url: "https://sws.update.microsoft.com".to_owned(),
        authority: Some(Authority::root("Fabrikam Proxy CA").pem()),
        ..UpstreamTrustRequest::default()
    };
    let (status, message) = refused(&estate, Method::PUT, "/api/v1/upstream/trust", &request).await;
    assert_eq!(status, 409);
    assert!(
        message.contains("`vanne upstream pins import`") || message.contains("vanne upstream pins import"),
        "{message}"
    );
    let pins: server::admin::api::PinsAnswer = estate.api(Method::GET, "/api/v1/upstream/pins", &()).await;
    assert!(pins.is_built_in && pins.signers.is_empty());
    assert_eq!(pins.authorities.iter().filter(|authority| authority.key.is_none()).count(), 2, "known by name only");
}
