//! Upstreams that are away, changed or confused.

use std::sync::atomic::{AtomicUsize, Ordering};

use http::Method;
use server::admin::api::{SyncRequest, SyncState, UpdateSummary};
use server::config::UpstreamConfig;
use store::StagedDocument;
use testkit::documents::Draft;

use super::{below, point, revisions, synchronise, synchronise_in_vain, upstream};
use crate::harness::{Estate, documents, drafts};

#[tokio::test]
async fn an_upstream_that_is_away_is_named_and_the_next_one_is_asked() {
    let paris = Estate::with_catalog(&documents()).await;
    // Nobody listens there.
    let away = "http://127.0.0.1:9";
    let below = Estate::start().await;
    point(&below, &upstream(away, false)).await;
    let (status, body) = synchronise_in_vain(&below).await;
    assert_eq!(status, 503, "{body}");
    assert!(body.contains(away) && body.contains("cannot be reached"), "{body}");
    let state: SyncState = below.api(Method::GET, "/api/v1/sync", &()).await;
    assert_eq!(state.runs[0].outcome, "failed");
    assert!(state.runs[0].details.error.as_ref().unwrap().contains(away));

    let mut with_next = upstream(away, false);
    with_next.fallback = vec![paris.url()];
    point(&below, &with_next).await;
    synchronise(&below).await;
    assert_eq!(revisions(&below).await, revisions(&paris).await);
}

#[tokio::test]
async fn what_a_run_that_was_cut_short_kept_is_not_fetched_again() {
    let made = documents();
    let paris = Estate::with_catalog(&made).await;
    let mut below = below(&paris, false).await;
    // As a kill in the middle leaves it: pages that were kept, and a run that never ended.
    let store = below.store().await;
    let kept: Vec<StagedDocument> = (0..)
        .zip(drafts().iter().zip(&made).take(5))
        .map(|(position, (draft, made))| StagedDocument {
            identity: draft.identity(),
            position,
            document: made.document.clone().into_bytes(),
        })
        .collect();
    store.set_setting("sync.staged-from", &paris.url()).await.unwrap();
    store.stage(kept).await.unwrap();
    store.begin_run(&paris.url(), jiff::Timestamp::now(), "{}").await.unwrap();
    below.restart().await;
    let state: SyncState = below.api(Method::GET, "/api/v1/sync", &()).await;
    assert_eq!(state.runs[0].outcome, "cut-short");
    assert_eq!(revisions(&below).await, [], "nothing of it is visible");

    let details = synchronise(&below).await;
    assert_eq!((details.listed, details.resumed, details.taken), (made.len(), 5, made.len()), "{details:?}");
    assert_eq!(revisions(&below).await, revisions(&paris).await);
    assert_eq!(store.staged().await.unwrap(), []);
}

#[tokio::test]
async fn what_could_not_be_had_is_asked_for_again_though_the_anchors_moved_on() {
    let paris = Estate::with_catalog(&documents()).await;
    let below = below(&paris, false).await;
    synchronise(&below).await;
    let late = Draft::detectoid("late");
    paris.import(&[late.finish()]).await;
    // As a run leaves it whose upstream listed the revision and did not send it.
    let store = below.store().await;
    let mut anchors: serde_json::Value =
        serde_json::from_str(&store.setting("sync.anchors").await.unwrap().unwrap()).unwrap();
    let told = anchors.as_object_mut().unwrap().values_mut().next().unwrap();
    let mark = u32::try_from(paris.store().await.mark().await.unwrap().0).unwrap();
    let moved_on = wire::server::Anchor::numbered(mark + 1, jiff::Timestamp::now());
    told["categories"] = moved_on.as_str().into();
    told["updates"] = moved_on.as_str().into();
    store.set_setting("sync.anchors", &anchors.to_string()).await.unwrap();
    assert_eq!(synchronise(&below).await.taken, 0, "it is listed no more");

    let mut anchors: serde_json::Value =
        serde_json::from_str(&store.setting("sync.anchors").await.unwrap().unwrap()).unwrap();
    let told = anchors.as_object_mut().unwrap().values_mut().next().unwrap();
    told["owed"] = serde_json::json!([late.identity()]);
    store.set_setting("sync.anchors", &anchors.to_string()).await.unwrap();
    assert_eq!(synchronise(&below).await.taken, 1);
    assert_eq!(revisions(&below).await, revisions(&paris).await);
    assert!(store.setting("sync.anchors").await.unwrap().unwrap().contains("\"owed\":[]"), "it is owed no more");
}

#[tokio::test]
async fn what_another_upstream_left_behind_is_not_taken() {
    let paris = Estate::with_catalog(&documents()).await;
    let below = below(&paris, false).await;
    let left = Draft::detectoid("left behind");
    let store = below.store().await;
    store.set_setting("sync.staged-from", "http://elsewhere.example").await.unwrap();
    let document = left.finish().document.into_bytes();
    store.stage(vec![StagedDocument { identity: left.identity(), position: 0, document }]).await.unwrap();
    synchronise(&below).await;
    assert_eq!(revisions(&below).await, revisions(&paris).await);
}

#[tokio::test]
async fn what_its_publisher_withdrew_is_declined() {
    let paris = Estate::with_catalog(&documents()).await;
    let below = below(&paris, false).await;
    let withdrawn = Draft::bundle("withdrawn").expired();
    paris.import(&[withdrawn.finish()]).await;
    let details = synchronise(&below).await;
    assert_eq!(details.expired, 1, "{details:?}");
    let updates: Vec<UpdateSummary> = below.api(Method::GET, "/api/v1/updates?limit=100000", &()).await;
    let declined: Vec<_> = updates.iter().filter(|update| update.declined).map(|update| update.identity).collect();
    assert_eq!(declined, [withdrawn.identity()]);
}

#[tokio::test]
async fn two_synchronisations_at_once_are_one() {
    let paris = Estate::with_catalog(&documents()).await;
    let below = below(&paris, false).await;
    let request = || serde_json::to_vec(&SyncRequest { wait: true }).unwrap().into();
    let ask = || below.try_api(Method::POST, "/api/v1/sync", request());
    let (first, second) = tokio::join!(ask(), ask());
    let mut statuses = [first.0, second.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    assert_eq!(revisions(&below).await, revisions(&paris).await);
}

#[tokio::test]
async fn a_replaced_upstream_is_compared_from_the_beginning() {
    let mut paris = Estate::with_catalog(&documents()).await;
    let below = below(&paris, false).await;
    synchronise(&below).await;
    for _ in 0..3 {
        paris.import(&[Draft::detectoid("one more").finish()]).await;
    }
    synchronise(&below).await;
    // The database of Paris is lost, and built anew with something else in it.
    paris.replace().await;
    let new = Draft::detectoid("after the fire");
    paris.import(&[new.finish()]).await;
    let details = synchronise(&below).await;
    assert!(details.started_over, "{details:?}");
    assert_eq!(details.taken, 1);
    assert!(revisions(&below).await.contains(&new.identity()));
}

#[tokio::test]
async fn a_page_from_a_proxy_is_told_from_an_answer() {
    let page = "<html><body>Please sign in</body></html>";
    let asked = std::sync::Arc::new(AtomicUsize::new(0));
    let count = std::sync::Arc::clone(&asked);
    let answer = move || {
        count.fetch_add(1, Ordering::Relaxed);
        async move { axum::response::Html(page) }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback(answer)).await });
    let below = Estate::start().await;
    // To Microsoft nothing is told of computers, which would ask once more.
    point(&below, &UpstreamConfig { kind: sync::Kind::Microsoft, ..upstream(&url, false) }).await;
    let (status, body) = synchronise_in_vain(&below).await;
    assert_eq!(status, 502, "{body}");
    assert!(body.contains("text/html") && body.contains("proxy"), "{body}");
    assert_eq!(asked.load(Ordering::Relaxed), 1, "it does not get better by asking again");
}

#[tokio::test]
async fn sec_s4_other_content_under_the_same_number_is_refused_and_named() {
    let paris = Estate::with_catalog(&documents()).await;
    let below = below(&paris, false).await;
    synchronise(&below).await;
    let draft = Draft::detectoid("the same");
    let other = draft.clone().described_as("not the same");
    paris.import(&[draft.finish(), Draft::detectoid("beside it").finish()]).await;
    below.import(&[other.finish()]).await;
    let details = synchronise(&below).await;
    assert_eq!((details.refused_in_all, details.taken), (1, 1), "{details:?}");
    assert_eq!(details.refused[0].revision, draft.identity().to_string());
    assert!(details.refused[0].reason.contains("other content"), "{details:?}");
}
