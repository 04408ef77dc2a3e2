//! Files follow the updates downhill.

use http::Method;
use model::ApprovalAction;
use server::admin::api::Which;
use testkit::documents::MadeFile;

use super::{below, point, synchronise, upstream};
use crate::content::{address, get, update_with};
use crate::harness::{Estate, eventually};

/// A server that keeps nothing free, on however full a disk the tests run.
async fn with_files() -> Estate {
    Estate::with(|config| config.content.disk_floor_mib = 0).await
}

async fn has(estate: &Estate, file: &MadeFile) -> bool {
    let answer = get(&address(&estate.url(), &file.sha1(), "cab"), &[]).await;
    answer.status == 200 && answer.body == file.bytes
}

#[tokio::test]
async fn files_of_what_is_approved_above_come_to_the_replica() {
    let paris = Estate::start().await;
    let [wanted, other] = ["wanted", "other"].map(|name| MadeFile::of_size(&format!("{name}.cab"), 300_000));
    let made = update_with("wanted", std::slice::from_ref(&wanted));
    paris.import(&made).await;
    paris.import(&update_with("other", std::slice::from_ref(&other))).await;
    let [_, bundle] = made.as_slice() else { panic!("a child and its bundle") };
    let update = bundle.file_name.rsplit_once("-r").unwrap().0.parse().unwrap();
    paris.approve(Which::Updates(vec![update]), "All Computers", ApprovalAction::Install).await;

    let marseille = with_files().await;
    point(&marseille, &upstream(&paris.url(), true)).await;
    synchronise(&marseille).await;
    eventually("the file of the approved update came", async || has(&marseille, &wanted).await).await;
    assert!(!has(&marseille, &other).await, "what nobody wants stays above");
}

#[tokio::test]
async fn a_server_in_the_middle_fetches_what_one_below_asks_for() {
    let paris = Estate::start().await;
    let file = MadeFile::of_size("through.cab", 200_000);
    let made = update_with("through", std::slice::from_ref(&file));
    paris.import(&made).await;
    let lyon = with_files().await;
    point(&lyon, &upstream(&paris.url(), false)).await;
    synchronise(&lyon).await;
    assert!(!has(&lyon, &file).await, "nothing is approved in Lyon");
    let valence = with_files().await;
    point(&valence, &upstream(&lyon.url(), false)).await;
    synchronise(&valence).await;
    valence.approve_all("All Computers").await;
    eventually("the file came over two servers", async || has(&valence, &file).await).await;
    assert!(has(&lyon, &file).await);
}

#[tokio::test]
async fn a_server_without_files_says_so_and_where_they_are() {
    let paris = Estate::with(|config| config.content.mode = server::config::ContentMode::None).await;
    paris.import(&update_with("elsewhere", &[MadeFile::of_size("elsewhere.cab", 1_000)])).await;
    let below = below(&paris, false).await;
    let plan: serde_json::Value = below.api(Method::POST, "/api/v1/sync/plan", &()).await;
    assert_eq!(plan["is_catalog_only"], true);
}
