//! Cookies on other servers: restarts, a shared store, another incarnation, an earlier state.

use model::{ApprovalAction, DeploymentAction, Timestamp};
use store::{Location, Store};
use testkit::postgres::Postgres;
use wire::ErrorCode;

use super::{action_of, all_are, change_something, outcomes, with};
use crate::harness::{Computer, Estate, documents, eventually};

#[tokio::test]
async fn sec_c2_a_cookie_is_valid_after_a_restart() {
    let mut estate = Estate::with_catalog(&documents()).await;
    let mut computer = Computer::join(&estate.url(), "restart").await;
    computer.scan().await;
    estate.restart().await;
    all_are(&outcomes(&computer, computer.cookie.as_ref()).await, None);
    assert!(computer.scan().await.is_empty());
}

#[tokio::test]
async fn a_cookie_is_valid_on_every_server_of_a_store() {
    let Some(postgres) = Postgres::shared() else { return };
    let url = postgres.database().unwrap();
    // Both at once: each finds no key and may make one.
    let start = || Estate::with(|config| config.database.url = Some(url.clone()));
    let (paris, lyon) = tokio::join!(start(), start());
    paris.import(&documents()).await;
    let mut computer = Computer::join(&paris.url(), "two servers").await;
    computer.scan().await;
    computer.url = lyon.url();
    eventually("the keys of one server are known to the other", async || {
        outcomes(&computer, computer.cookie.as_ref()).await.iter().all(|(_, code)| code.is_none())
    })
    .await;
    assert!(computer.scan().await.is_empty());

    // What one server decided is told by both, also to a computer whose cookie has seen the newer state.
    let update = change_something(&paris, ApprovalAction::Install).await;
    computer.url = paris.url();
    computer.scan().await;
    assert_eq!(action_of(&computer, update), DeploymentAction::Install);
    computer.url = lyon.url();
    assert!(computer.scan().await.is_empty());
    assert_eq!(action_of(&computer, update), DeploymentAction::Install);
}

#[tokio::test]
async fn sec_c2_a_cookie_of_another_incarnation_says_that_the_server_changed() {
    let estate = Estate::start().await;
    let computer = Computer::join(&estate.url(), "incarnation").await;
    let keys = estate.store().await.session_keys().await.unwrap();
    let other = Estate::prepared(async |folder| {
        let location = Location::Sqlite(folder.join("vanne.db"));
        let store = Store::open(&location, Timestamp::now()).await.unwrap();
        for key in keys {
            store.add_session_key(key.key, key.created_at).await.unwrap();
        }
    })
    .await;
    let mut moved = computer;
    moved.url = other.url();
    all_are(&outcomes(&moved, moved.cookie.as_ref()).await, Some(ErrorCode::ServerChanged));
    let authorization = moved.authorize(None).await.unwrap();
    let fault = moved.ask_cookie(vec![authorization], moved.cookie.clone()).await.unwrap_err();
    assert_eq!(fault.code, ErrorCode::ServerChanged);
}

#[tokio::test]
async fn a_cookie_that_has_seen_more_than_the_database_says_that_the_server_changed() {
    let mut estate = Estate::with_catalog(&documents()).await;
    let mut computer = Computer::join(&estate.url(), "rolled back").await;
    computer.scan().await;
    let backup = estate.backup().await;
    change_something(&estate, ApprovalAction::Install).await;
    computer.scan().await;
    estate.restore(&backup).await;
    let found = outcomes(&computer, computer.cookie.as_ref()).await;
    assert!(with(&found, ErrorCode::ServerChanged).contains(&"SyncUpdates"), "{found:?}");
    assert!(with(&found, ErrorCode::ServerChanged).contains(&"GetExtendedUpdateInfo"), "{found:?}");

    // A new session, as clients make one then, is welcome.
    let authorization = computer.authorize(None).await.unwrap();
    computer.cookie = Some(computer.ask_cookie(vec![authorization], None).await.unwrap());
    computer.known.clear();
    assert!(!computer.scan().await.new.is_empty());
}

#[tokio::test]
async fn a_changed_configuration_is_told_to_scans_and_reports_and_at_the_handshake() {
    let estate = Estate::start().await;
    let computer = Computer::join(&estate.url(), "configuration").await;
    let before = computer.config().await.last_change;
    estate.change_configuration().await;
    let found = outcomes(&computer, computer.cookie.as_ref()).await;
    assert_eq!(
        with(&found, ErrorCode::ConfigChanged),
        ["SyncUpdates", "SyncPrinterCatalog", "ReportEventBatch"],
        "{found:?}"
    );
    assert_eq!(found.iter().filter(|(_, code)| code.is_none()).count(), found.len() - 3, "{found:?}");
    let after = computer.config().await.last_change;
    assert!(after > before);
    let mut renewed = computer;
    renewed.renew().await.unwrap();
    all_are(&outcomes(&renewed, renewed.cookie.as_ref()).await, None);

    let stale = wire::Request::GetCookie(wire::client::GetCookie {
        auth_cookies: vec![renewed.authorize(None).await.unwrap()],
        old_cookie: None,
        last_change: before,
        current_time: None,
        protocol_version: Some(crate::harness::PROTOCOL),
    });
    assert_eq!(renewed.call(&stale).await.unwrap_err().code, ErrorCode::ConfigChanged);
}
