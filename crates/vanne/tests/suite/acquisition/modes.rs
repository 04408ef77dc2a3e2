//! Which files come here in which mode, and which go.

use model::ApprovalAction;
use server::admin::api::{CollectAnswer, CollectRequest, Which};
use server::config::ContentMode;
use store::RequestOrigin;
use testkit::documents::update_id;
use wire::client::GetFileLocations;
use wire::{Request, Response};

use super::origin::Manner;
use super::*;
use crate::harness::Computer;

#[tokio::test]
async fn an_approval_brings_the_files_of_the_members_of_a_bundle() {
    let here = Here::start(ContentMode::OnApproval).await;
    let file = here.publish("approved", 3_000_000, Manner::Honest).await;
    let other = here.publish("other", 10_000, Manner::Honest).await;
    assert_eq!(here.get(&file, &[]).await.status, 404);
    here.estate.approve(Which::Updates(vec![update_id("approved")]), "All Computers", ApprovalAction::Install).await;
    here.until_held(&file).await;
    assert_eq!(here.origin.requests("/approved"), [""], "the whole file in one request");
    assert!(here.origin.requests("/other").is_empty() && !here.is_held(other.sha1()).await);
    let status = here.status().await;
    assert_eq!((status.wanted, status.missing, status.held, status.paused), (1, 0, 1, None));
    assert_eq!(here.fetched().await, 3_000_000.0);
}

#[tokio::test]
async fn a_request_of_a_server_below_is_kept_over_a_restart_and_granted_without_an_approval() {
    let mut here = Here::start(ContentMode::OnApproval).await;
    let file = here.publish("below", 100_000, Manner::Status(503)).await;
    let stranger = Sha1::new([9; 20]);
    let unknown = here.estate.app().request_content(&[file.sha1(), stranger], RequestOrigin::Downstream).await.unwrap();
    assert_eq!(unknown, [stranger]);
    eventually("it was asked for", async || !here.origin.requests("/below").is_empty()).await;
    here.estate.restart().await;
    here.origin.serve("/below", &file.bytes, Manner::Honest);
    here.fetch().await;
    here.until_held(&file).await;
}

#[tokio::test]
async fn everything_is_all_but_what_is_declined() {
    let here = Here::start(ContentMode::Everything).await;
    let file = here.publish("every", 100_000, Manner::Honest).await;
    here.until_held(&file).await;
    let collect = async |dry_run| -> CollectAnswer {
        here.estate.api(Method::POST, "/api/v1/content/collect", &CollectRequest { dry_run }).await
    };
    assert!(collect(false).await.files.is_empty());
    here.estate.decline(update_id("every"), false).await;
    let would = collect(true).await;
    assert_eq!((would.dry_run, would.files.len()), (true, 1));
    assert!(here.is_held(file.sha1()).await, "a dry run removes nothing");
    let done = collect(false).await;
    assert_eq!((done.files[0].sha1, done.files[0].name.as_deref()), (file.sha1(), Some("every.cab")));
    assert_eq!(here.get(&file, &[]).await.status, 404);
    assert!(crate::harness::files_below(&here.estate.folder.path().join("content/files")).is_empty());
}

#[tokio::test]
async fn what_an_approval_needs_is_never_collected_and_comes_again_when_it_vanished() {
    let here = Here::start(ContentMode::OnApproval).await;
    let file = here.publish("needed", 100_000, Manner::Honest).await;
    here.estate.approve_all("All Computers").await;
    here.until_held(&file).await;
    let collected: CollectAnswer =
        here.estate.api(Method::POST, "/api/v1/content/collect", &CollectRequest { dry_run: false }).await;
    assert!(collected.files.is_empty(), "{collected:?}");
    let digest = file.sha256().to_string();
    let on_disk = here.estate.folder.path().join("content/files").join(&digest[..2]).join(digest);
    std::fs::remove_file(on_disk).unwrap();
    assert_eq!(here.get(&file, &[]).await.status, 404, "it is gone");
    eventually("it comes again", async || here.get(&file, &[]).await.status == 200).await;
    assert_eq!(here.origin.requests("/needed").len(), 2);
}

#[tokio::test]
async fn what_was_quarantined_comes_again() {
    let here = Here::start(ContentMode::OnApproval).await;
    let file = here.publish("rotten", 100_000, Manner::Honest).await;
    here.estate.approve_all("All Computers").await;
    here.until_held(&file).await;
    here.estate
        .store()
        .await
        .quarantine_content(file.sha256(), "a test says so", model::Timestamp::now())
        .await
        .unwrap();
    here.fetch().await;
    here.until_held(&file).await;
}

#[tokio::test]
async fn where_nothing_is_kept_computers_are_sent_to_the_publisher() {
    let here = Here::start(ContentMode::None).await;
    let file = here.publish("nowhere", 10_000, Manner::Honest).await;
    here.estate.approve_all("All Computers").await;
    here.fetch().await;
    let computer = Computer::join(&here.estate.url(), "nowhere").await;
    let request = GetFileLocations { cookie: computer.cookie.clone(), file_digests: Some(vec![file.sha1()]) };
    let Response::GetFileLocations(found) = computer.call(&Request::GetFileLocations(request)).await.unwrap() else {
        panic!("not a list of locations")
    };
    assert_eq!(found.file_locations[0].url, here.origin.url("/nowhere"));
    assert!(here.origin.requests("/nowhere").is_empty());
    assert_eq!(here.get(&file, &[]).await.status, 404);
}
