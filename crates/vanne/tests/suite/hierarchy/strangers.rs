//! Downstream servers that nobody here wrote: what was recorded of one, and what others may write otherwise.

use http::StatusCode;
use model::{Sha1, UpdateIdentity};
use testkit::documents::Made;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use wire::SoapVersion;
use wire::dss_auth::{self, GetAuthorizationCookie};
use wire::server::{
    Cookie, Filter, GetConfigData, GetCookie, GetRevisionIdList, GetUpdateData, Request, Response, UpdateDocument,
    decode_response, encode_request,
};

use crate::harness::{Estate, documents, post, shared};

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

/// The text between the first `<element>` and what follows.
fn content<'a>(text: &'a str, element: &str) -> &'a str {
    text.split_once(&format!("<{element}>")).and_then(|(_, rest)| rest.split('<').next()).unwrap_or_default()
}

/// A text in which what every server and day has of its own reads `…`.
fn neutral(text: &str) -> String {
    let mut text = text.to_owned();
    for element in ["LastChange", "CookieData", "EncryptedData", "Expiration", "Anchor", "ID"] {
        let own = format!("<{element}>{}<", content(&text, element));
        text = text.replace(&own, &format!("<{element}>…<"));
    }
    match text.split_once("<faultactor>") {
        Some((before, rest)) => format!("{before}{}", rest.split_once("</faultactor>").unwrap().1),
        None => text,
    }
}

#[tokio::test]
async fn the_recorded_synchronisation_is_answered_as_it_was_recorded() {
    let Some(captures) = shared("captures") else { return };
    let name = "266f6222-c89d-43f2-9f8a-69340271e677-r200.xml";
    let document = std::fs::read_to_string(captures.join("documents").join(name)).unwrap();
    let made = Made { file_name: name.to_owned(), document: document.clone(), files: Vec::new() };
    let estate = Estate::with_catalog(&[made]).await;
    let url = estate.url();
    let anchor = super::protocol::session(&estate).await.unwrap().revisions(&Filter::default()).await.unwrap().anchor;
    let (mut authorization, mut session) = (String::new(), String::new());
    for folder in ["000001", "000002", "000003", "000005", "000007", "000011", "000014", "000018"] {
        let read = |name: &str| std::fs::read_to_string(captures.join("server-sync").join(folder).join(name)).unwrap();
        let (head, mut request, recorded) = (read("request.headers"), read("request.body"), read("response.body"));
        for (element, own) in [("CookieData", &authorization), ("EncryptedData", &session)] {
            let before = format!("<{element}>{}<", content(&request, element));
            request = request.replace(&before, &format!("<{element}>{own}<"));
        }
        request = request.replace("9438,2026-10-04 16:09:27.371", anchor.as_str());
        let answer = post(&url, head.split(' ').nth(1).unwrap(), &[], request).await;
        let body = String::from_utf8(answer.body.to_vec()).unwrap();
        if folder == "000002" {
            content(&body, "CookieData").clone_into(&mut authorization);
        }
        if folder == "000003" {
            content(&body, "EncryptedData").clone_into(&mut session);
        }
        match folder {
            // Every member is there; their order is that of the specification, and the languages are this server's.
            "000005" => {
                let members = |text: &str| {
                    let mut names: Vec<String> =
                        text.split('<').map(|part| part.split(['>', ' ']).next().unwrap().to_owned()).collect();
                    names.sort();
                    names.dedup();
                    names
                };
                assert_eq!(members(&body), members(&recorded));
            }
            // The same document in a cabinet, with the same digest; the address of the file is not known here.
            "000014" => {
                let read = |body: &str| match decode_response("GetUpdateData", body.as_bytes()).unwrap().unwrap() {
                    Response::GetUpdateData(updates) => updates,
                    other => panic!("{other:?}"),
                };
                let (own, theirs) = (read(&body), read(&recorded));
                assert_eq!(own.updates[0].file_digests, theirs.updates[0].file_digests);
                let files = |updates: &wire::server::Updates| -> Vec<Sha1> {
                    updates.file_urls.iter().map(|url| url.file_digest).collect()
                };
                assert_eq!(files(&own), files(&theirs));
                let UpdateDocument::Cabinet(cabinet) = &own.updates[0].document else { panic!("no cabinet") };
                let member = cabinet_text(cabinet);
                assert_eq!(member, document.trim_start_matches(|letter| letter != '<'));
            }
            _ => assert_eq!(neutral(&body), neutral(&recorded), "{folder}"),
        }
        assert_eq!(answer.status == StatusCode::OK, !recorded.contains("soap:Fault"), "{folder}");
    }
}

fn cabinet_text(bytes: &[u8]) -> String {
    let member = cabinet::unpack(bytes, &cabinet::Limits::default()).unwrap();
    cabinet::text(&member.content).unwrap()
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
