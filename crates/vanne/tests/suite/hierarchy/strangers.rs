//! Downstream servers that nobody here wrote: what they may write otherwise than this program's own.

use http::StatusCode;
use model::UpdateIdentity;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use wire::SoapVersion;
use wire::dss_auth::{self, GetAuthorizationCookie};
use wire::server::{
    Cookie, Filter, GetConfigData, GetCookie, GetRevisionIdList, GetUpdateData, Request, Response, decode_response,
    encode_request,
};

use crate::harness::{Estate, documents, post};

const SYNC: &str = "/ServerSyncWebService/ServerSyncWebService.asmx";
const AUTH: &str = "/DssAuthWebService/DssAuthWebService.asmx";

/// Asks as a server of that name, and opens a session with that version of the protocol.
async fn cookie(url: &str, version: model::ProtocolVersion) -> Cookie {
    let question =
        GetAuthorizationCookie { account_name: "dss.example".to_owned(), account_guid: uuid::Uuid::from_u128(11) };
    let body = dss_auth::encode_request(&question, SoapVersion::V11).into_bytes();
    let authorization = dss_auth::decode_response(&post(url, AUTH, &[], body).await.body).unwrap().unwrap();
    let request = GetCookie { auth_cookies: vec![authorization], old_cookie: None, protocol_version: version };
    let Response::GetCookie(cookie) = ask(url, &Request::GetCookie(request)).await else { panic!("no cookie") };
    cookie
}

async fn ask(url: &str, request: &Request) -> Response {
    let body = encode_request(request, SoapVersion::V11).into_bytes();
    decode_response(request.method(), &post(url, SYNC, &[], body).await.body).unwrap().unwrap()
}

#[tokio::test]
async fn a_question_is_answered_the_same_however_it_is_written() {
    let estate = Estate::with_catalog(&documents()).await;
    let url = estate.url();
    let cookie = cookie(&url, model::ProtocolVersion::new(1, 20)).await;
    let request = Request::GetRevisionIdList(GetRevisionIdList {
        cookie: Some(cookie),
        filter: Some(Filter { get_config: true, ..Filter::default() }),
    });
    let plain = String::from_utf8(encode_request(&request, SoapVersion::V11).into_bytes().to_vec()).unwrap();
    let answered = async |path: &str, body: String| {
        let answer = post(&url, path, &[], body).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", String::from_utf8_lossy(&answer.body));
        match decode_response("GetRevisionIdList", &answer.body).unwrap().unwrap() {
            Response::GetRevisionIdList(list) => list.new_revisions,
            other => panic!("{other:?}"),
        }
    };
    let expected: Vec<UpdateIdentity> = answered(SYNC, plain.clone()).await;
    assert!(expected.len() > 10);
    let prefixed = plain.replace("soap:", "e:").replace("xmlns:soap", "xmlns:e");
    let (before, rest) = plain.split_once("<cookie>").unwrap();
    let (cookie_part, rest) = rest.split_once("</cookie>").unwrap();
    let (filter_part, after) = rest.split_once("</filter>").unwrap();
    let reordered = format!("{before}{filter_part}</filter><cookie>{cookie_part}</cookie>{after}");
    let absent = plain.replace("<Get63LanguageOnly>false</Get63LanguageOnly>", "");
    assert_ne!(absent, plain);
    let nil = absent.replace("</GetConfig>", "</GetConfig><Categories xsi:nil=\"true\" /><Anchor xsi:nil=\"1\" />");
    let empty = absent.replace("</GetConfig>", "</GetConfig><Anchor /><Categories /><Classifications /><Languages />");
    let unknown =
        plain.replace("<GetConfig>", "<DssProtocolVersion /><NoOneKnows a=\"1\"><b/></NoOneKnows><GetConfig>");
    let soap12 = String::from_utf8(encode_request(&request, SoapVersion::V12).into_bytes().to_vec()).unwrap();
    let with_header = plain.replace("<soap:Body>", "<soap:Header><x:y xmlns:x=\"urn:x\"/></soap:Header><soap:Body>");
    for body in [prefixed, reordered, absent, nil, empty, unknown, soap12, with_header] {
        assert_eq!(answered(SYNC, body.clone()).await, expected, "{body}");
    }
    for path in ["//ServerSyncWebService/ServerSyncWebService.asmx", "/serversyncwebservice/serversyncWebService.asmx"]
    {
        assert_eq!(answered(path, plain.clone()).await, expected);
    }
}

#[tokio::test]
async fn a_server_that_waits_to_be_asked_on_is_asked_on() {
    let estate = Estate::with_catalog(&documents()).await;
    let url = estate.url();
    let cookie = cookie(&url, model::ProtocolVersion::new(1, 20)).await;
    let request = Request::GetConfigData(GetConfigData { cookie: Some(cookie), config_anchor: None });
    let body = encode_request(&request, SoapVersion::V11).into_bytes();
    let mut socket = tokio::net::TcpStream::connect(url.trim_start_matches("http://")).await.unwrap();
    let head = format!(
        "POST {SYNC} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml; charset=utf-8\r\nExpect: 100-continue\r\n\
         Connection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    // As .NET does: not a byte of the body before the server said that it wants it.
    let mut interim = [0; 25];
    socket.read_exact(&mut interim).await.unwrap();
    assert_eq!(std::str::from_utf8(&interim).unwrap(), "HTTP/1.1 100 Continue\r\n\r\n");
    socket.write_all(&body).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("<CatalogOnlySync>"), "{answer}");
}

#[tokio::test]
async fn every_version_of_the_protocol_from_1_1_to_1_21_is_spoken() {
    let estate = Estate::with_catalog(&documents()).await;
    for minor in [1, 2, 3, 6, 7, 8, 20, 21] {
        let cookie = cookie(&estate.url(), model::ProtocolVersion::new(1, minor)).await;
        let list = GetRevisionIdList { cookie: Some(cookie), filter: Some(Filter::default()) };
        let Response::GetRevisionIdList(list) = ask(&estate.url(), &Request::GetRevisionIdList(list)).await else {
            panic!("no list")
        };
        assert!(!list.new_revisions.is_empty(), "1.{minor}");
    }
}

#[tokio::test]
async fn an_identity_that_is_not_here_has_no_entry_and_is_no_fault() {
    // Native servers fault the whole call; that costs whoever asks a hundred others (server-server.md §7).
    let estate = Estate::with_catalog(&documents()).await;
    let cookie = cookie(&estate.url(), model::ProtocolVersion::new(1, 20)).await;
    let here = crate::harness::drafts()[0].identity();
    let stranger = UpdateIdentity { update_id: model::UpdateId(uuid::Uuid::from_u128(1)), ..here };
    let request = GetUpdateData { cookie: Some(cookie), update_ids: Some(vec![stranger, here]) };
    let Response::GetUpdateData(updates) = ask(&estate.url(), &Request::GetUpdateData(request)).await else {
        panic!("no documents")
    };
    assert_eq!(updates.updates.iter().map(|update| update.id).collect::<Vec<_>>(), [here]);
}

#[tokio::test]
async fn account_fields_that_are_swapped_are_put_right() {
    // As the client of Microsoft's update-server-server-sync sends them (server-server.md §4.2).
    let estate = Estate::start().await;
    let id = uuid::Uuid::from_u128(23);
    let question = GetAuthorizationCookie { account_name: "swapped.example".to_owned(), account_guid: id };
    let plain = dss_auth::encode_request(&question, SoapVersion::V11).into_bytes();
    let swapped = String::from_utf8(plain.to_vec()).unwrap();
    let swapped = swapped.replace("swapped.example", "\u{1}").replace(&id.to_string(), "swapped.example");
    let swapped = swapped.replace('\u{1}', &id.to_string());
    assert!(swapped.contains(&format!("<accountName>{id}</accountName>")), "{swapped}");
    let answer = post(&estate.url(), AUTH, &[], swapped).await;
    dss_auth::decode_response(&answer.body).unwrap().unwrap();
    let servers = estate.store().await.downstreams().await.unwrap();
    assert_eq!(
        servers.iter().map(|server| (server.id, server.name.as_str())).collect::<Vec<_>>(),
        [(id, "swapped.example")]
    );
}
