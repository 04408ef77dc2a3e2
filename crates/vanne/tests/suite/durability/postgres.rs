//! PostgreSQL stops while servers run on it, and comes back.

use testkit::catalogs::small;
use testkit::postgres::Postgres;
use uuid::Uuid;
use wire::ErrorCode;
use wire::reporting::Event;

use crate::harness::{Computer, Site, eventually, fetch};

#[tokio::test]
async fn scans_and_downloads_go_on_without_the_database_and_the_rest_says_busy() {
    let Some(postgres) = Postgres::start() else { return };
    let site = Site::on_database(postgres.database().unwrap());
    let server = site.serve();
    site.write_catalog(&small());
    assert_eq!(site.run(&["catalog", "import", "documents", "--content", "files"]).code, 0);
    assert_eq!(site.run(&["approve", "--all", "--group", "All Computers"]).code, 0);
    let mut computer = Computer::join(server.url(), "known").await;
    let first = computer.scan().await;
    assert!(!first.new.is_empty());
    let file = small().into_iter().flat_map(|made| made.files).next().unwrap();
    let address = format!("{}/Content/{}", server.url(), content::address(&file.sha1(), ""));
    assert_eq!(fetch(http::Method::GET, &address, &[]).await.body, file.bytes);

    postgres.stop().unwrap();
    // Another computer of the same kind: all it needs is in memory.
    computer.known.clear();
    computer.cookie = None;
    let authorization = computer.authorize(None).await.unwrap();
    computer.cookie = Some(computer.ask_cookie(vec![authorization], None).await.unwrap());
    assert_eq!(computer.scan().await.new, first.new);
    assert_eq!(fetch(http::Method::GET, &address, &[]).await.body, file.bytes);

    let event = Event::new(147, Uuid::new_v4(), model::Timestamp::now());
    assert_eq!(computer.report(vec![event.clone()]).await.unwrap_err().code, ErrorCode::ServerBusy);
    let stranger = Computer::stranger(server.url());
    assert_eq!(stranger.authorize(None).await.unwrap_err().code, ErrorCode::ServerBusy);
    let ran = site.run(&["decline", "--all"]);
    assert_eq!(ran.code, 5, "{ran:?}");
    assert!(ran.err.contains("the database is not available"), "{}", ran.err);

    postgres.start_again().unwrap();
    eventually("reports are taken again", async || computer.report(vec![event.clone()]).await.is_ok()).await;
    stranger.authorize(None).await.unwrap();
    assert_eq!(site.run(&["decline", "--all"]).code, 0);
    assert_eq!(server.terminate().code(), Some(0));
}
