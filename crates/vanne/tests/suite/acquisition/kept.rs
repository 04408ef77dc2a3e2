//! What survives: downloads that were killed, disks that are full.

use std::sync::Arc;

use server::config::ContentMode;
use tokio::sync::Semaphore;

use super::origin::Manner;
use super::*;
use crate::harness::{ServerProcess, Site};

fn serve(site: &Site) -> ServerProcess {
    site.serve_with(&["--config", site.path("vanne.toml").to_str().unwrap()])
}

#[tokio::test]
async fn a_download_that_was_killed_goes_on_where_it_was() {
    let origin = Origin::start().await;
    let file = MadeFile::of_size("killed.cab", 3_000_000);
    let gate = Arc::new(Semaphore::new(0));
    let url = origin.serve("/killed", &file.bytes, Manner::StopAfter(2_000_000, gate));
    let site = Site::new();
    site.write("vanne.toml", "[content]\nallow_private_sources = true\ndisk_floor_mib = 0\n");
    let made = update_with("killed", std::slice::from_ref(&file));
    for made in &made {
        site.write(&format!("documents/{}", made.file_name), &made.document);
    }
    let server = serve(&site);
    assert_eq!(site.run(&["catalog", "import", "documents"]).code, 0);
    site.store().await.set_file_locations(&[(file.sha1(), url)]).await.unwrap();
    assert_eq!(site.run(&["approve", "--all", "--group", "All Computers"]).code, 0);
    let here =
        async || site.json::<ContentStatus>(&["content", "status"]).downloading.first().map_or(0, |file| file.here);
    eventually("most of it is here", async || here().await >= 1_700_000).await;
    let status = site.run(&["content", "status"]).out;
    assert!(status.contains("killed.cab") && status.contains("missing  1 files"), "{status}");
    server.kill();

    origin.serve("/killed", &file.bytes, Manner::Honest);
    let server = serve(&site);
    let address = address(server.url(), &file.sha1(), "cab");
    eventually("all of it is here", async || get(&address, &[]).await.status == 200).await;
    assert_eq!(get(&address, &[]).await.body, file.bytes);
    let last = origin.requests("/killed").pop().unwrap();
    let first: u64 = last.strip_prefix("bytes=").unwrap().split('-').next().unwrap().parse().unwrap();
    assert!(first >= 1_700_000, "{last}");
    let text = site.run(&["content", "fetch"]);
    assert_eq!(text.code, 0, "{text:?}");
    assert!(text.out.contains("fetched  0 files") && text.out.contains("missing  0 files"), "{}", text.out);
    assert_eq!(site.run(&["content", "collect", "--dry-run"]).out.trim(), "0 files would be removed (0 B)");
}

#[tokio::test]
async fn sec_p8_what_does_not_fit_waits_and_what_is_held_goes_on_being_served() {
    let here = Here::with(ContentMode::OnApproval, |config| config.content.disk_quota_mib = 2).await;
    let small = here.publish("small", 1_000_000, Manner::Honest).await;
    here.estate.approve_all("All Computers").await;
    here.until_held(&small).await;
    let large = here.publish("large", 1_500_000, Manner::Honest).await;
    here.estate.approve_all("All Computers").await;
    eventually("it is said why", async || here.status().await.paused.is_some()).await;
    let status = here.status().await;
    let paused = status.paused.unwrap();
    assert!(
        paused.contains("no room for large.cab") && paused.contains("content.disk_quota_mib allows 2 MiB"),
        "{paused}"
    );
    assert_eq!((status.missing, here.origin.requests("/large").len()), (1, 0));
    assert_eq!(here.get(&small, &[]).await.body, small.bytes);
    // Room is made: nothing wants the small one any more.
    here.estate.decline(testkit::documents::update_id("small"), false).await;
    let _: server::admin::api::CollectAnswer = here
        .estate
        .api(Method::POST, "/api/v1/content/collect", &server::admin::api::CollectRequest { dry_run: false })
        .await;
    here.until_held(&large).await;
    assert_eq!(here.status().await.paused, None);
}

#[tokio::test]
async fn a_floor_that_cannot_be_kept_stops_everything_with_a_message() {
    let here = Here::with(ContentMode::OnApproval, |config| config.content.disk_floor_mib = 1_048_576 * 64).await;
    let file = here.publish("floor", 1_000, Manner::Honest).await;
    here.estate.approve_all("All Computers").await;
    eventually("it is said why", async || here.status().await.paused.is_some()).await;
    let paused = here.status().await.paused.unwrap();
    assert!(paused.contains("the disk of the content folder has") && paused.contains("disk_floor_mib"), "{paused}");
    assert!(here.origin.requests("/floor").is_empty() && !here.is_held(file.sha1()).await);
}

#[tokio::test]
async fn nothing_comes_while_the_cap_of_the_hour_is_zero() {
    let cap =
        server::config::Bandwidth { from: "00:00".parse().unwrap(), to: "00:00".parse().unwrap(), mib_per_sec: 0 };
    let here = Here::with(ContentMode::OnApproval, |config| config.content.bandwidth = vec![cap]).await;
    let file = here.publish("still", 1_000, Manner::Honest).await;
    here.estate.approve_all("All Computers").await;
    eventually("it is said why", async || here.status().await.paused.is_some()).await;
    assert!(here.status().await.paused.unwrap().contains("content.bandwidth allows nothing at this time"));
    assert!(!here.is_held(file.sha1()).await);
}
