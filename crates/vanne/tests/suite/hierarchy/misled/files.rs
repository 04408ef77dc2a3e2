//! Files that are not what anybody can hold.

use http::Method;
use model::ApprovalAction;
use server::admin::api::{ContentStatus, Which};
use testkit::documents::{Draft, MadeFile};
use testkit::publisher::Publisher;

use crate::content::{address, get};
use crate::harness::{Estate, eventually};
use crate::hierarchy::{point, synchronise, upstream};

#[tokio::test]
async fn sec_p8_a_file_of_30_gb_is_not_begun_where_it_does_not_fit_and_the_others_come() {
    let small = MadeFile::of_size("small.cab", 50_000);
    let fits = Draft::command_line("fits").with_file(&small);
    let huge = Draft::command_line("huge").promising_file("huge.wim", 30_000_000_000);
    let bundle = Draft::bundle("Both").bundling([fits.identity()]).bundling([huge.identity()]);
    let publisher = Publisher::start(([127, 0, 0, 1], 0).into(), &[fits, huge, bundle.clone()]).await.unwrap();
    let estate = Estate::with(|config| {
        config.content.allow_private_sources = true;
        config.content.disk_floor_mib = 0;
        config.content.disk_quota_mib = 100;
    });
    let estate = estate.await;
    let settings = server::config::UpstreamConfig { kind: sync::Kind::Wsus, ..upstream(&publisher.url(), false) };
    point(&estate, &settings).await;
    synchronise(&estate).await;
    estate.approve(Which::Updates(vec![bundle.id()]), "All Computers", ApprovalAction::Install).await;

    let url = address(&estate.url(), &small.sha1(), "cab");
    eventually("the small file came", async || get(&url, &[]).await.body == small.bytes).await;
    let status: ContentStatus = estate.api(Method::GET, "/api/v1/content/status", &()).await;
    let paused = status.paused.unwrap();
    assert!(paused.contains("no room for huge.wim") && paused.contains("28611 MiB more are to come"), "{paused}");
    assert!(status.downloading.is_empty(), "{:?}", status.downloading);
    let written = crate::harness::files_below(&estate.folder.path().join("content"));
    let longest = written.iter().map(|file| std::fs::metadata(file).unwrap().len()).max();
    assert_eq!(longest, Some(small.bytes.len() as u64), "no room is taken in advance");
}
