//! What a downstream server is told, call by call.

use model::{Sha1, UpdateIdentity};
use sync::{Account, Kind, Reason, Session, SyncError, Upstream};
use uuid::Uuid;
use wire::ErrorCode;
use wire::server::{Anchor, Filter};

use crate::harness::{Estate, documents};

pub(super) async fn session(estate: &Estate) -> Result<Session, SyncError> {
    let upstream = Upstream::new(Kind::Vanne, &estate.url()).unwrap();
    let account = Account { name: "downstream.example".to_owned(), id: Uuid::from_u128(7) };
    Session::open(&upstream, account).await
}

fn refused(error: SyncError) -> (ErrorCode, String) {
    match error.reason {
        Reason::Refused(fault) => (fault.code, fault.message),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn anchors_are_this_servers_own_and_survive_a_restart() {
    let mut paris = Estate::with_catalog(&documents()).await;
    let told = session(&paris).await.unwrap().revisions(&Filter::default()).await.unwrap();
    assert!(!told.new_revisions.is_empty());
    paris.restart().await;
    let session = session(&paris).await.unwrap();
    let since = |anchor: Anchor| Filter { anchor: Some(anchor), ..Filter::default() };
    let again = session.revisions(&since(told.anchor.clone())).await.unwrap();
    assert_eq!((again.anchor.number(), again.new_revisions), (told.anchor.number(), Vec::<UpdateIdentity>::new()));

    let garbage = session.revisions(&since("not of this server".parse().unwrap())).await.unwrap_err();
    assert_eq!(refused(garbage), (ErrorCode::InvalidParameters, "filter".to_owned()));
    let future = Anchor::numbered(1_000_000, jiff::Timestamp::now());
    let error = session.revisions(&since(future)).await.unwrap_err();
    assert!(matches!(error.reason, Reason::ServerChanged), "{error}");
}

#[tokio::test]
async fn sec_s3_a_refused_server_is_let_in_again_when_it_is_allowed() {
    let paris = Estate::with_catalog(&documents()).await;
    let open = session(&paris).await.unwrap();
    let id = Uuid::from_u128(7);
    let change = |refused: bool| serde_json::json!({ "refused": refused });
    let path = format!("/api/v1/servers/{id}");
    let _: serde_json::Value = paris.api(http::Method::PATCH, &path, &change(true)).await;
    assert_eq!(refused(open.config(None).await.unwrap_err()).0, ErrorCode::InvalidAuthorizationCookie);
    assert_eq!(refused(session(&paris).await.err().unwrap()).0, ErrorCode::InvalidAuthorizationCookie);
    let _: serde_json::Value = paris.api(http::Method::PATCH, &path, &change(false)).await;
    // The session of before is good again.
    open.config(None).await.unwrap();
}

#[tokio::test]
async fn files_that_no_update_names_are_said_to_be_missing() {
    let paris = Estate::with_catalog(&documents()).await;
    let session = session(&paris).await.unwrap();
    let unknown = Sha1::new([9; 20]);
    let error = session.download_files(&[unknown]).await.unwrap_err();
    let (code, message) = refused(error);
    assert_eq!(code, ErrorCode::FileDigestsMissing);
    assert_eq!(message, "CQkJCQkJCQkJCQkJCQkJCQkJCQk=");
}

#[tokio::test]
async fn a_clients_cookie_is_none_of_a_servers() {
    let paris = Estate::with_catalog(&documents()).await;
    let config = session(&paris).await.unwrap().config(None).await.unwrap();
    assert_eq!(config.max_updates_per_request.unwrap().get(), 100);
    assert_eq!(config.languages[0].short_name, "all");
    assert!(config.languages.iter().any(|language| (language.id, language.short_name.as_str()) == (1036, "fr")));
}
