//! Files that are fetched.

use server::admin::api::{ContentState, ContentStatus, ContentSummary};

use super::*;
use crate::acquisition::{Manner, Origin};
use crate::content::update_with;
use crate::harness::eventually;

#[tokio::test]
async fn what_came_and_nobody_vouches_for_is_withheld_told_and_not_fetched_again() {
    let site = Site::new();
    let origin = Origin::start().await;
    let program = unsigned("fetched.exe");
    let url = origin.serve("/fetched", &program.bytes, Manner::Honest);
    let config = site.write("vanne.toml", "[content]\nallow_private_sources = true\ndisk_floor_mib = 0\n");
    let server = serve(&site, &config.display().to_string());
    for made in update_with("fetched", std::slice::from_ref(&program)) {
        site.write(&format!("documents/{}", made.file_name), &made.document);
    }
    assert_eq!(site.run(&["catalog", "import", "documents"]).code, 0);
    site.store().await.set_file_locations(&[(program.sha1(), url)]).await.unwrap();
    assert_eq!(site.run(&["approve", "--all", "--group", "All Computers"]).code, 0);
    let listed = || -> Vec<ContentSummary> { site.json(&["content", "list"]) };
    let is_withheld = || listed().iter().any(|file| file.state == ContentState::Withheld);
    eventually("it came and is withheld", async || is_withheld()).await;
    assert_eq!(status(&server, &program).await, 404);
    let came = origin.requests("/fetched").len();

    let ran = site.run(&["content", "fetch"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("withheld 1 files, which nobody is given"), "{}", ran.out);
    let status_now: ContentStatus = site.json(&["content", "status"]);
    assert_eq!((status_now.missing, status_now.withheld, status_now.failed.len()), (0, 1, 0));
    assert_eq!(origin.requests("/fetched").len(), came, "the same bytes are not asked for again");
    assert!(withheld(&site).reason.starts_with("Unsigned: "));
}
