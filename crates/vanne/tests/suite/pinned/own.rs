//! An upstream of this kind, which makes its certificate and renews it by itself.

use http::Method;
use server::admin::api::{PkiAnswer, UpstreamTrustRequest};
use server::config::UpstreamConfig;

use super::{point, refused, revisions, shown_key, synchronise, trust, upstream};
use crate::harness::{Estate, documents};

const YEAR_MINS: i64 = 368 * 24 * 60;

fn own(url: &str) -> UpstreamConfig {
    UpstreamConfig { kind: sync::Kind::Vanne, ..upstream(url) }
}

async fn certificates(estate: &Estate) -> PkiAnswer {
    estate.api(Method::GET, "/api/v1/pki", &()).await
}

#[tokio::test]
async fn the_key_to_accept_is_the_authoritys_and_outlives_certificates() {
    let mut paris = Estate::with_catalog(&documents()).await;
    let (lyon, url) = (Estate::start().await, paris.https_url());
    let (_, message) = refused(&lyon, Method::PUT, "/api/v1/upstream", &own(&url)).await;
    let key = shown_key(&message);
    let first = certificates(&paris).await.certificates;
    assert_eq!(key.to_string(), format!("sha256:{}", first[1].key_sha256), "{message}");
    let accept = UpstreamTrustRequest { url: url.clone(), accept: Some(key), ..UpstreamTrustRequest::default() };
    trust(&lyon, &accept).await;
    point(&lyon, &own(&url)).await;
    assert!(synchronise(&lyon).await > 0);

    let renewed: PkiAnswer = paris.api(Method::POST, "/api/v1/pki/renew", &()).await;
    assert_ne!(renewed.certificates[0].key_sha256, first[0].key_sha256);
    // No connection and no ticket is left from before.
    paris.restart().await;
    assert_eq!(synchronise(&lyon).await, 0);
    assert_eq!(revisions(&lyon).await, revisions(&paris).await);
}

#[tokio::test]
async fn whoever_pinned_the_servers_own_key_goes_on_when_its_certificate_is_renewed_by_itself() {
    let mut paris = Estate::with_catalog(&documents()).await;
    let (lyon, url) = (Estate::start().await, paris.https_url());
    let first = certificates(&paris).await.certificates;
    let key = format!("sha256:{}", first[0].key_sha256).parse().unwrap();
    trust(&lyon, &UpstreamTrustRequest { url: url.clone(), keys: vec![key], ..UpstreamTrustRequest::default() }).await;
    point(&lyon, &own(&url)).await;
    assert!(synchronise(&lyon).await > 0);

    [&paris, &lyon].iter().for_each(|estate| estate.advance_mins(YEAR_MINS));
    paris.restart().await;
    assert_ne!(certificates(&paris).await.certificates[0].sha256, first[0].sha256);
    assert_eq!(synchronise(&lyon).await, 0);
}
