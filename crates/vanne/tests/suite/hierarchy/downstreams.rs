//! Downstream servers that replay, flood, or ask for what they may not have.

use http::Method;
use model::{Sha1, UpdateId, UpdateIdentity};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use sync::{Account, Kind, Session, SyncError, Upstream};
use uuid::Uuid;
use wire::server::{
    AuthorizationCookie, Cookie, DownloadFiles, Filter, GetConfigData, GetCookie, GetDeployments, GetDriverIdList,
    GetDriverSetData, GetRelatedRevisionsForUpdates, GetRevisionIdList, GetUpdateData, GetUpdateDecryptionData,
    Request, Response, decode_response, encode_request,
};
use wire::{ErrorCode, Fault, SoapVersion, dss_auth};

use crate::harness::{Computer, Estate, documents, post};

const SYNC: &str = "/ServerSyncWebService/ServerSyncWebService.asmx";
const AUTH: &str = "/DssAuthWebService/DssAuthWebService.asmx";
const WEEK_MINS: i64 = 7 * 24 * 60;

async fn ask(url: &str, request: &Request) -> Result<Response, Fault> {
    let body = encode_request(request, SoapVersion::V11).into_bytes();
    decode_response(request.method(), &post(url, SYNC, &[], body).await.body).unwrap()
}

async fn authorization(url: &str, id: Uuid) -> Result<AuthorizationCookie, Fault> {
    let question = dss_auth::GetAuthorizationCookie { account_name: "dss.example".to_owned(), account_guid: id };
    let body = dss_auth::encode_request(&question, SoapVersion::V11).into_bytes();
    dss_auth::decode_response(&post(url, AUTH, &[], body).await.body).unwrap()
}

async fn cookie_for(url: &str, authorization: AuthorizationCookie) -> Result<Cookie, Fault> {
    let request = GetCookie {
        auth_cookies: vec![authorization],
        old_cookie: None,
        protocol_version: model::ProtocolVersion::new(1, 20),
    };
    match ask(url, &Request::GetCookie(request)).await? {
        Response::GetCookie(cookie) => Ok(cookie),
        other => panic!("{other:?}"),
    }
}

fn config(cookie: &Cookie) -> Request {
    Request::GetConfigData(GetConfigData { cookie: Some(cookie.clone()), config_anchor: None })
}

#[tokio::test]
async fn a_cookie_of_last_week_is_worth_nothing_and_a_session_renews_it_by_itself() {
    let paris = Estate::with_catalog(&documents()).await;
    let url = paris.url();
    let old_authorization = authorization(&url, Uuid::from_u128(1)).await.unwrap();
    let old = cookie_for(&url, old_authorization.clone()).await.unwrap();
    let account = Account { name: "dss.example".to_owned(), id: Uuid::from_u128(1) };
    let session = Session::open(&Upstream::new(Kind::Vanne, &url).unwrap(), account).await.unwrap();
    ask(&url, &config(&old)).await.unwrap();
    paris.advance_mins(WEEK_MINS);
    assert_eq!(ask(&url, &config(&old)).await.unwrap_err().code, ErrorCode::InvalidCookie);
    let replayed = cookie_for(&url, old_authorization).await.unwrap_err();
    assert_eq!(replayed.code, ErrorCode::InvalidAuthorizationCookie);
    session.config(None).await.unwrap();
}

#[tokio::test]
async fn sec_s3_what_was_recorded_of_a_server_is_worth_nothing_once_that_is_refused_or_removed() {
    let paris = Estate::with_catalog(&documents()).await;
    let (url, id) = (paris.url(), Uuid::from_u128(2));
    let cookie = cookie_for(&url, authorization(&url, id).await.unwrap()).await.unwrap();
    let path = format!("/api/v1/servers/{id}");
    let _: serde_json::Value = paris.api(Method::DELETE, &path, &()).await;
    assert_eq!(ask(&url, &config(&cookie)).await.unwrap_err().code, ErrorCode::InvalidCookie);
    // One that was removed may come back by the front door.
    authorization(&url, id).await.unwrap();
    ask(&url, &config(&cookie)).await.unwrap();
    let _: serde_json::Value = paris.api(Method::PATCH, &path, &serde_json::json!({ "refused": true })).await;
    assert_eq!(ask(&url, &config(&cookie)).await.unwrap_err().code, ErrorCode::InvalidCookie);
    assert_eq!(authorization(&url, id).await.unwrap_err().code, ErrorCode::InvalidAuthorizationCookie);
}

#[tokio::test]
async fn sec_s3_cookies_of_computers_and_of_other_servers_open_nothing() {
    let paris = Estate::with_catalog(&documents()).await;
    let lyon = Estate::with_catalog(&documents()).await;
    let mut computer = Computer::join(&paris.url(), "a computer").await;
    let of_computer: Cookie = computer.cookie.take().unwrap();
    let of_lyon = cookie_for(&lyon.url(), authorization(&lyon.url(), Uuid::from_u128(3)).await.unwrap()).await.unwrap();
    for cookie in [of_computer, of_lyon] {
        assert_eq!(ask(&paris.url(), &config(&cookie)).await.unwrap_err().code, ErrorCode::InvalidCookie);
    }
    let foreign = authorization(&lyon.url(), Uuid::from_u128(3)).await.unwrap();
    let code = cookie_for(&paris.url(), foreign).await.unwrap_err().code;
    assert_eq!(code, ErrorCode::InvalidAuthorizationCookie);
}

/// Every question that carries a session. Rollups carry none: see `rollup`.
fn questions(cookie: &Option<Cookie>) -> Vec<Request> {
    let cookie = || cookie.clone();
    vec![
        Request::GetConfigData(GetConfigData { cookie: cookie(), config_anchor: None }),
        Request::GetRevisionIdList(GetRevisionIdList { cookie: cookie(), filter: Some(Filter::default()) }),
        Request::GetUpdateData(GetUpdateData { cookie: cookie(), update_ids: Some(Vec::new()) }),
        Request::GetUpdateDecryptionData(GetUpdateDecryptionData { cookie: cookie(), update_ids: Some(Vec::new()) }),
        Request::GetDeployments(GetDeployments { cookie: cookie(), deployment_anchor: None, sync_anchor: None }),
        Request::DownloadFiles(DownloadFiles { cookie: cookie(), file_digests: Some(Vec::new()) }),
        Request::GetDriverIdList(GetDriverIdList { cookie: cookie(), filter: None }),
        Request::GetDriverSetData(GetDriverSetData { cookie: cookie(), driver_sets: Some(Vec::new()) }),
        Request::GetRelatedRevisionsForUpdates(GetRelatedRevisionsForUpdates {
            cookie: cookie(),
            update_ids: Vec::new(),
        }),
    ]
}

#[tokio::test]
async fn sec_s3_nothing_is_synchronised_without_a_session() {
    let paris = Estate::with_catalog(&documents()).await;
    let url = paris.url();
    let good = cookie_for(&url, authorization(&url, Uuid::from_u128(12)).await.unwrap()).await.unwrap();
    let empty = Cookie { encrypted_data: Vec::new(), ..good.clone() };
    let mut flipped = good.clone();
    flipped.encrypted_data[30] ^= 1;
    for cookie in [None, Some(empty), Some(flipped)] {
        for question in questions(&cookie) {
            let fault = ask(&url, &question).await.unwrap_err();
            assert_eq!(fault.code, ErrorCode::InvalidCookie, "{}", question.method());
        }
    }
    for question in questions(&Some(good)) {
        // What else is wrong with one, such as an anchor that is missing, is found only now.
        let code = ask(&url, &question).await.err().map(|fault| fault.code);
        assert!(matches!(code, None | Some(ErrorCode::InvalidParameters)), "{}: {code:?}", question.method());
    }
}

#[tokio::test]
async fn more_than_is_allowed_at_once_is_refused_by_the_parameters_name() {
    let paris = Estate::with_catalog(&documents()).await;
    let url = paris.url();
    let cookie = cookie_for(&url, authorization(&url, Uuid::from_u128(4)).await.unwrap()).await.unwrap();
    let one = crate::harness::drafts()[0].identity();
    let many = |number: u128| -> Vec<UpdateIdentity> {
        (0..number).map(|id| UpdateIdentity { update_id: UpdateId(Uuid::from_u128(id)), ..one }).collect()
    };
    let documents =
        |number| Request::GetUpdateData(GetUpdateData { cookie: Some(cookie.clone()), update_ids: Some(many(number)) });
    ask(&url, &documents(100)).await.unwrap();
    let keys = |number| {
        let update_ids = Some(many(number));
        Request::GetUpdateDecryptionData(GetUpdateDecryptionData { cookie: Some(cookie.clone()), update_ids })
    };
    ask(&url, &keys(500)).await.unwrap();
    for request in [documents(101), keys(501)] {
        let fault = ask(&url, &request).await.unwrap_err();
        assert_eq!((fault.code, fault.message.as_str()), (ErrorCode::InvalidParameters, "updateIds"));
    }
    let account = Account { name: "dss.example".to_owned(), id: Uuid::from_u128(4) };
    let session = Session::open(&Upstream::new(Kind::Vanne, &url).unwrap(), account).await.unwrap();
    let files: Vec<Sha1> = (0..101_u8).map(|number| Sha1::new([number; 20])).collect();
    let error: SyncError = session.download_files(&files).await.unwrap_err();
    assert!(error.to_string().contains("InvalidParameters (fileDigestList)"), "{error}");
}

#[tokio::test]
async fn sec_s3_a_flood_of_servers_that_are_none_is_held_at_the_cap_and_those_known_go_on() {
    let paris = Estate::with_catalog(&documents()).await;
    let url = paris.url();
    let known = authorization(&url, Uuid::from_u128(5)).await.unwrap();
    // Beside it, as many as may be: put there directly, because each costs a transaction.
    let options = SqliteConnectOptions::new().filename(paris.folder.path().join("vanne.db"));
    let mut database = options.connect().await.unwrap();
    let fill =
        "WITH RECURSIVE numbers (number) AS (VALUES (2) UNION ALL SELECT number + 1 FROM numbers WHERE number < ?1)
        INSERT INTO downstream_server (server_id, name, state, first_seen_us, last_contact_us)
        SELECT randomblob(16), 'flood-' || number, 0, 0, 0 FROM numbers";
    sqlx::query(fill).bind(store::DOWNSTREAMS_MAX).execute(&mut database).await.unwrap();
    database.close().await.unwrap();
    let servers: Vec<serde_json::Value> = paris.api(Method::GET, "/api/v1/servers", &()).await;
    assert_eq!(servers.len() as i64, store::DOWNSTREAMS_MAX);
    let fault = authorization(&url, Uuid::new_v4()).await.unwrap_err();
    assert_eq!(fault.code, ErrorCode::InternalServerError);
    let session = cookie_for(&url, known).await.unwrap();
    ask(&url, &config(&session)).await.unwrap();
    authorization(&url, Uuid::from_u128(5)).await.unwrap();
    let list = Filter { get_config: true, ..Filter::default() };
    let request = GetRevisionIdList { cookie: Some(session), filter: Some(list) };
    ask(&url, &Request::GetRevisionIdList(request)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_questions_waits_its_turn_and_computers_scan_meanwhile() {
    let paris = Estate::with(|config| config.limits.calls_at_once = 4).await;
    paris.import(&documents()).await;
    let url = paris.url();
    let cookie = cookie_for(&url, authorization(&url, Uuid::from_u128(6)).await.unwrap()).await.unwrap();
    let mut computer = Computer::join(&url, "meanwhile").await;
    let update_ids = Some(crate::harness::drafts().iter().map(|draft| draft.identity()).collect());
    let question = Request::GetUpdateData(GetUpdateData { cookie: Some(cookie), update_ids });
    let body = encode_request(&question, SoapVersion::V11).into_bytes();
    let mut flood = tokio::task::JoinSet::new();
    for _ in 0..200 {
        let (url, body) = (url.clone(), body.clone());
        flood.spawn(async move { post(&url, SYNC, &[], body).await.status.as_u16() });
    }
    assert!(!computer.scan().await.is_empty(), "computers have places of their own");
    let statuses = flood.join_all().await;
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
}
