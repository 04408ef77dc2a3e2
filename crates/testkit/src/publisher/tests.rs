use model::{Sha1, UpdateIdentity};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use wire::server::{
    Cookie, Filter, GetCookie, GetRevisionIdList, GetUpdateData, GetUpdateDecryptionData, IdAndDelta, Request,
    Response, UpdateDocument, decode_response, encode_request,
};
use wire::{ErrorCode, SoapVersion};

use super::{GET_UPDATE_DATA, Lie, Publisher};
use crate::documents::{Draft, MadeFile};

const SYNC: &str = "/ServerSyncWebService/ServerSyncWebService.asmx";

/// Sends bytes on a connection of their own, and reads all that comes back.
async fn exchange(publisher: &Publisher, head: &str, body: &[u8]) -> Vec<u8> {
    let mut socket = TcpStream::connect(publisher.address()).await.unwrap();
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.write_all(body).await.unwrap();
    socket.shutdown().await.unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.unwrap();
    answer
}

fn split(answer: &[u8]) -> (String, &[u8]) {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    (String::from_utf8(answer[..end].to_vec()).unwrap(), &answer[end..])
}

async fn ask(publisher: &Publisher, request: &Request) -> Result<Response, wire::Fault> {
    let body = encode_request(request, SoapVersion::V11).into_bytes();
    let head = format!("POST {SYNC} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", body.len());
    let answer = exchange(publisher, &head, &body).await;
    decode_response(request.method(), split(&answer).1).unwrap()
}

async fn cookie(publisher: &Publisher) -> Cookie {
    let request = Request::GetCookie(GetCookie {
        auth_cookies: vec![super::answers::authorization()],
        old_cookie: None,
        protocol_version: model::ProtocolVersion::new(1, 20),
    });
    let Ok(Response::GetCookie(cookie)) = ask(publisher, &request).await else { panic!("no cookie") };
    cookie
}

async fn list(publisher: &Publisher, filter: Filter) -> Result<wire::server::RevisionIdList, wire::Fault> {
    let cookie = Some(cookie(publisher).await);
    let request = Request::GetRevisionIdList(GetRevisionIdList { cookie, filter: Some(filter) });
    match ask(publisher, &request).await? {
        Response::GetRevisionIdList(list) => Ok(list),
        other => panic!("{other:?}"),
    }
}

async fn documents(publisher: &Publisher, wanted: &[UpdateIdentity]) -> wire::server::Updates {
    let cookie = Some(cookie(publisher).await);
    let request = Request::GetUpdateData(GetUpdateData { cookie, update_ids: Some(wanted.to_vec()) });
    match ask(publisher, &request).await {
        Ok(Response::GetUpdateData(updates)) => updates,
        other => panic!("{other:?}"),
    }
}

async fn start(drafts: &[Draft]) -> Publisher {
    Publisher::start(([127, 0, 0, 1], 0).into(), drafts).await.unwrap()
}

#[tokio::test]
async fn what_is_published_is_listed_once_by_anchor_and_filter() {
    let (product, class) =
        (Draft::product("Contoso"), Draft::category(model::CategoryKind::UpdateClassification, "Fixes"));
    let child = Draft::command_line("fix");
    let update =
        Draft::bundle("Fix").in_category([product.id()]).in_category([class.id()]).bundling([child.identity()]);
    let publisher = start(&[product.clone(), class.clone(), child.clone(), update.clone()]).await;

    let facts = list(&publisher, Filter { get_config: true, ..Filter::default() }).await.unwrap();
    assert_eq!(facts.new_revisions, [product.identity(), class.identity()]);
    let all = list(&publisher, Filter::default()).await.unwrap();
    assert_eq!(all.new_revisions, [child.identity(), update.identity()]);
    let chosen = |id, delta| vec![IdAndDelta { id, delta }];
    let filter = |delta| Filter {
        anchor: Some(all.anchor.clone()),
        categories: chosen(product.id(), delta),
        classifications: chosen(class.id(), delta),
        ..Filter::default()
    };
    assert_eq!(list(&publisher, filter(true)).await.unwrap().new_revisions, []);
    let whole = list(&publisher, filter(false)).await.unwrap().new_revisions;
    assert_eq!(whole, [child.identity(), update.identity()], "what it bundles comes along");
    let one_sided = Filter { categories: chosen(product.id(), true), ..Filter::default() };
    assert_eq!(list(&publisher, one_sided).await.unwrap().new_revisions, []);

    let newer = child.clone().revision_number(201);
    publisher.publish(std::slice::from_ref(&newer));
    let since = Filter { anchor: Some(all.anchor.clone()), ..Filter::default() };
    assert_eq!(list(&publisher, since).await.unwrap().new_revisions, [newer.identity()]);
    let foreign = Filter { anchor: Some("4742,2006-05-26 18:59:26.192".parse().unwrap()), ..Filter::default() };
    assert_eq!(list(&publisher, foreign).await.unwrap_err().code, ErrorCode::InvalidParameters);
}

#[tokio::test]
async fn documents_come_with_addresses_of_files_that_are_there_and_keys() {
    let (plain, closed) = (MadeFile::of_size("plain.cab", 5_000), MadeFile::of_size("closed.cab", 300));
    let fix = Draft::command_line("fix").with_file(&plain).with_encrypted_file(&closed, b"sesame");
    let publisher = start(std::slice::from_ref(&fix)).await;
    let updates = documents(&publisher, &[fix.identity()]).await;
    assert_eq!(updates.updates[0].file_digests, [plain.sha1(), closed.sha1()]);
    let address = updates.file_urls[0].mu_url.as_ref().unwrap();
    let path = address.strip_prefix(&publisher.url()).unwrap();
    for (range, status, expected) in [
        ("", "200", &plain.bytes[..]),
        ("Range: bytes=10-19\r\n", "206", &plain.bytes[10..20]),
        ("Range: bytes=4990-\r\n", "206", &plain.bytes[4_990..]),
        ("Range: bytes=-5\r\n", "206", &plain.bytes[4_995..]),
        ("Range: bytes=5000-\r\n", "416", &[]),
    ] {
        let answer = exchange(&publisher, &format!("GET {path} HTTP/1.1\r\nHost: x\r\n{range}\r\n"), b"").await;
        let (head, body) = split(&answer);
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{range}: {head}");
        assert_eq!(body, expected, "{range}");
    }
    let cookie = Some(cookie(&publisher).await);
    let keys = GetUpdateDecryptionData { cookie, update_ids: Some(vec![fix.identity()]) };
    let Ok(Response::GetUpdateDecryptionData(keys)) = ask(&publisher, &Request::GetUpdateDecryptionData(keys)).await
    else {
        panic!("no keys")
    };
    let told: Vec<(Sha1, Option<Vec<u8>>)> =
        keys[0].files.iter().map(|file| (file.file_digest, file.decryption_key.clone())).collect();
    assert_eq!(told, [(plain.sha1(), None), (closed.sha1(), Some(b"sesame".to_vec()))]);
}

#[tokio::test]
async fn a_lie_is_told_as_often_as_ordered_and_no_longer() {
    let (one, other) = (Draft::detectoid("one"), Draft::detectoid("other"));
    let publisher = start(&[one.clone(), other.clone()]).await;
    publisher.lie_times(GET_UPDATE_DATA, Lie::Swaps(one.identity()), 1);
    let text = |updates: wire::server::Updates| updates.updates[0].document.text().unwrap().into_owned();
    assert!(text(documents(&publisher, &[one.identity()]).await).contains(&other.id().to_string()));
    assert!(text(documents(&publisher, &[one.identity()]).await).contains(&one.id().to_string()));
    publisher.lie(GET_UPDATE_DATA, Lie::HalfACabinet(one.identity()));
    let updates = documents(&publisher, &[one.identity()]).await;
    let UpdateDocument::Cabinet(cabinet) = &updates.updates[0].document else { panic!("no cabinet") };
    assert!(cabinet::unpack(cabinet, &cabinet::Limits::default()).is_err());
    publisher.be_honest();
    assert!(text(documents(&publisher, &[one.identity()]).await).contains(&one.id().to_string()));
    assert_eq!(publisher.times_asked(GET_UPDATE_DATA), 4);
}

#[tokio::test]
async fn nothing_is_told_without_a_cookie_of_its_own() {
    let publisher = start(&[]).await;
    let foreign = Cookie { expiration: None, encrypted_data: b"of another server".to_vec() };
    for cookie in [None, Some(foreign)] {
        let request = Request::GetRevisionIdList(GetRevisionIdList { cookie, filter: Some(Filter::default()) });
        assert_eq!(ask(&publisher, &request).await.unwrap_err().code, ErrorCode::InvalidCookie);
    }
}
