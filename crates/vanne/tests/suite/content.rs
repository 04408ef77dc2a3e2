//! Content over HTTP: ranges, conditions, addresses, files that are not here or no longer what they were.

mod connections;
mod damaged;
mod downloads;

use http::Method;
use model::{RevisionId, Sha1};
use testkit::documents::{Draft, Made, MadeFile, Rule};
use wire::client::{ExtendedUpdateInfo, GetExtendedUpdateInfo, GetFileLocations, InfoType};
use wire::{Request, Response};

use crate::harness::{Answer, Computer, Estate, fetch};

/// A bundle with one child that has these files.
pub(crate) fn update_with(name: &str, files: &[MadeFile]) -> Vec<Made> {
    let child = Draft::command_line(&format!("{name} child")).running(&files[0].name, "/quiet");
    let child = child.installed_when(Rule::registry_text("SOFTWARE\\Contoso\\Content", name, "1"));
    let child = files.iter().fold(child, Draft::with_file);
    let bundle = Draft::bundle(name).bundling([child.identity()]);
    vec![child.finish(), bundle.finish()]
}

/// Where a file is, as clients write it.
pub(crate) fn address(url: &str, sha1: &Sha1, extension: &str) -> String {
    format!("{url}/Content/{}", content::address(sha1, extension))
}

pub(crate) async fn get(address: &str, fields: &[(&str, &str)]) -> Answer {
    fetch(Method::GET, address, fields).await
}

struct One {
    estate: Estate,
    file: MadeFile,
    address: String,
    etag: String,
}

/// A server that holds one file of 1,000,003 bytes.
async fn one_file() -> One {
    let file = MadeFile::of_size("one.cab", 1_000_003);
    let estate = Estate::with_catalog(&update_with("one", std::slice::from_ref(&file))).await;
    let address = address(&estate.url(), &file.sha1(), "cab");
    let etag = format!("\"{}\"", file.sha256());
    One { estate, file, address, etag }
}

#[tokio::test]
async fn a_file_is_served_whole_with_what_caches_need() {
    let One { file, address, etag, estate: _estate } = one_file().await;
    let whole = get(&address, &[]).await;
    assert_eq!((whole.status.as_u16(), &whole.body), (200, &file.bytes));
    let head = fetch(Method::HEAD, &address, &[]).await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    for answer in [&whole, &head] {
        assert_eq!(answer.field("content-length"), "1000003");
        assert_eq!(answer.field("content-type"), "application/vnd.ms-cab-compressed");
        assert_eq!(answer.field("etag"), etag);
        assert_eq!(answer.field("accept-ranges"), "bytes");
        assert_eq!(answer.field("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(answer.field("transfer-encoding"), "");
    }
    let post = fetch(Method::POST, &address, &[]).await;
    assert_eq!((post.status.as_u16(), post.field("allow")), (405, "GET, HEAD"));
}

#[tokio::test]
async fn a_single_range_is_those_bytes() {
    let One { file, address, etag, estate: _estate } = one_file().await;
    let size = file.bytes.len();
    let cases = [
        ("bytes=0-0", 0..1),
        ("bytes=0-999", 0..1_000),
        ("bytes=262143-262145", 262_143..262_146),
        ("bytes=1000000-", 1_000_000..size),
        ("bytes=999999-5000000", 999_999..size),
        ("bytes=-3", size - 3..size),
        ("bytes=-5000000", 0..size),
        ("BYTES=5-9", 5..10),
    ];
    for (range, bytes) in cases {
        let answer = get(&address, &[("range", range)]).await;
        assert_eq!(answer.status, 206, "{range}");
        assert_eq!(answer.field("content-range"), format!("bytes {}-{}/{size}", bytes.start, bytes.end - 1), "{range}");
        assert_eq!(answer.field("content-length"), bytes.len().to_string(), "{range}");
        assert_eq!(answer.field("etag"), etag);
        assert_eq!(answer.body, file.bytes[bytes], "{range}");
        let head = fetch(Method::HEAD, &address, &[("range", range)]).await;
        assert_eq!((head.status, head.field("content-range")), (answer.status, answer.field("content-range")));
        assert!(head.body.is_empty());
    }
}

#[tokio::test]
async fn several_ranges_come_as_parts_in_the_order_asked_for() {
    let One { file, address, estate: _estate, .. } = one_file().await;
    let answer = get(&address, &[("range", "bytes=500-599, 0-9, -4")]).await;
    assert_eq!(answer.status, 206);
    assert_eq!(answer.field("content-length"), answer.body.len().to_string());
    let boundary = answer.field("content-type").strip_prefix("multipart/byteranges; boundary=").unwrap().to_owned();
    let mut expected = Vec::new();
    for (first, last) in [(500, 599), (0, 9), (999_999, 1_000_002)] {
        let line_end = if expected.is_empty() { "" } else { "\r\n" };
        expected.extend(
            format!(
                "{line_end}--{boundary}\r\nContent-Type: application/vnd.ms-cab-compressed\r\n\
                 Content-Range: bytes {first}-{last}/1000003\r\n\r\n"
            )
            .into_bytes(),
        );
        expected.extend(&file.bytes[first..=last]);
    }
    expected.extend(format!("\r\n--{boundary}--\r\n").into_bytes());
    assert_eq!(answer.body, expected);
}

#[tokio::test]
async fn what_cannot_be_had_of_a_file_is_refused_or_ignored() {
    let One { file, address, estate: _estate, .. } = one_file().await;
    let flood = format!("bytes={}", vec!["0-0"; 600].join(","));
    for range in ["bytes=1000003-", "bytes=1000003-1000004", "bytes=-0", flood.as_str()] {
        let answer = get(&address, &[("range", range)]).await;
        assert_eq!(answer.status, 416, "{range:.40}");
        assert_eq!(answer.field("content-range"), "bytes */1000003");
        assert!(answer.body.is_empty());
    }
    let overlapping = "bytes=0-,0-,0-,0-";
    for range in ["bytes=9-5", "bytes=a-b", "bytes=", "bytes", "items=0-5", "bytes=1-2;3-4", overlapping] {
        let answer = get(&address, &[("range", range)]).await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (200, file.bytes.len()), "{range}");
    }
}

#[tokio::test]
async fn a_range_counts_only_while_its_condition_holds() {
    let One { address, etag, estate: _estate, .. } = one_file().await;
    let range = ("range", "bytes=0-9");
    let status = async |field: &str| get(&address, &[range, ("if-range", field)]).await.status.as_u16();
    assert_eq!(status(&etag).await, 206);
    for other in [format!("\"{}\"", "0".repeat(64)), format!("W/{etag}"), "Tue, 13 Oct 2026 17:00:00 GMT".to_owned()] {
        assert_eq!(status(&other).await, 200, "{other}");
    }
}

#[tokio::test]
async fn a_file_the_client_has_is_not_sent_again() {
    let One { address, etag, estate: _estate, .. } = one_file().await;
    for field in [etag.clone(), format!("W/{etag}"), format!("\"x\", {etag}"), "*".to_owned()] {
        let answer = get(&address, &[("if-none-match", &field)]).await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (304, 0), "{field}");
        assert_eq!(answer.field("etag"), etag);
    }
    assert_eq!(get(&address, &[("if-none-match", "\"x\"")]).await.status, 200);
}

#[tokio::test]
async fn addresses_are_found_in_any_letter_case_and_nothing_else_is() {
    let One { estate, file, .. } = one_file().await;
    let url = estate.url();
    let name = file.sha1().to_string();
    let (lower, upper) = (name.to_lowercase(), name.to_uppercase());
    let folder = &lower[38..];
    for path in [
        format!("/content/{folder}/{lower}.cab"),
        format!("/CONTENT/{}/{upper}.CAB", folder.to_uppercase()),
        format!("/Content/{folder}/{upper}.cAb"),
        format!("//Content//{folder}//{lower}.cab"),
    ] {
        assert_eq!(get(&format!("{url}{path}"), &[]).await.status, 200, "{path}");
    }
    let other = if folder == "00" { "01" } else { "00" };
    for path in [
        format!("/Content/{other}/{upper}.cab"),
        format!("/Content/{upper}.cab"),
        format!("/Content/{folder}/{}.cab", &upper[1..]),
        format!("/Content/{folder}/{upper}.cab.exe"),
        format!("/Content/{folder}/{upper}.c%61b"),
        format!("/Content/{folder}/../{folder}/{upper}.cab"),
        "/Content/".to_owned(),
        "/Content/../vanne.db".to_owned(),
        "/Content/../../../../etc/passwd".to_owned(),
        "/Content/%2e%2e/%2e%2e/vanne.db".to_owned(),
        "/Content/..%5c..%5cvanne.db".to_owned(),
        format!("/Content/files/{}/{}", &file.sha256().to_string()[..2], file.sha256()),
        format!("/Content/{folder}/{}.cab", "0".repeat(40)),
    ] {
        let answer = get(&format!("{url}{path}"), &[]).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.body.len() < 100, "a refusal tells nothing");
    }
}

#[tokio::test]
async fn every_kind_of_file_has_its_type() {
    let types = [
        ("cab", "application/vnd.ms-cab-compressed"),
        ("exe", "application/octet-stream"),
        ("msu", "application/octet-stream"),
        ("psf", "application/octet-stream"),
        ("wim", "application/x-ms-wim"),
        ("esd", "application/octet-stream"),
    ];
    let files = types.map(|(extension, _)| MadeFile::of_size(&format!("kind.{extension}"), 1_000));
    let estate = Estate::with_catalog(&update_with("kinds", &files)).await;
    for ((extension, kind), file) in types.iter().zip(&files) {
        let answer = get(&address(&estate.url(), &file.sha1(), extension), &[]).await;
        assert_eq!((answer.status.as_u16(), answer.field("content-type")), (200, *kind), "{extension}");
        assert_eq!(answer.body, file.bytes);
    }
}

/// Asks about revisions as a client does before it downloads.
async fn extended(computer: &Computer, revisions: Vec<RevisionId>) -> ExtendedUpdateInfo {
    let request = GetExtendedUpdateInfo {
        cookie: computer.cookie.clone(),
        revision_ids: revisions,
        info_types: Some(vec![InfoType::Extended]),
        locales: Some(vec!["en".to_owned()]),
        ..GetExtendedUpdateInfo::default()
    };
    match computer.call(&Request::GetExtendedUpdateInfo(request)).await.unwrap() {
        Response::GetExtendedUpdateInfo(info) => info,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_file_that_is_not_held_is_announced_all_the_same_and_served_once_it_is() {
    let file = MadeFile::of_size("late.msu", 10_000);
    let made = update_with("late", std::slice::from_ref(&file));
    let estate = Estate::start().await;
    estate.import(&made.iter().map(|made| Made { files: Vec::new(), ..made.clone() }).collect::<Vec<_>>()).await;
    estate.approve_all("All Computers").await;
    let mut computer = Computer::join(&estate.url(), "late").await;
    computer.scan().await;
    let info = extended(&computer, computer.known.keys().copied().collect()).await;
    let [location] = info.file_locations.as_slice() else { panic!("{info:?}") };
    assert_eq!(
        (location.file_digest, location.url.as_str()),
        (file.sha1(), address(&estate.url(), &file.sha1(), "msu").as_str())
    );

    let missing = get(&location.url, &[]).await;
    assert_eq!((missing.status.as_u16(), missing.field("cache-control")), (404, "no-store"));
    estate.import(&made).await;
    assert_eq!(get(&location.url, &[]).await.body, file.bytes, "served from the moment it is held");
}

#[tokio::test]
async fn the_address_of_a_file_has_the_host_the_client_used_and_the_servers_port() {
    let One { estate, file, .. } = one_file().await;
    estate.approve_all("All Computers").await;
    let mut computer = Computer::join(&estate.url(), "host").await;
    computer.scan().await;
    let request = Request::GetFileLocations(GetFileLocations {
        cookie: computer.cookie.clone(),
        file_digests: Some(vec![file.sha1()]),
    });
    let port = estate.url().rsplit(':').next().unwrap().to_owned();
    for (host, expected) in [
        ("wsus.contoso.example:1234", "wsus.contoso.example"),
        ("192.0.2.7", "192.0.2.7"),
        ("[2001:db8::1]:80", "[2001:db8::1]"),
        ("<evil>", "localhost"),
    ] {
        let body = wire::encode_request(&request, wire::SoapVersion::V11).into_bytes();
        let path = crate::harness::path(request.service());
        let answer = crate::harness::post(&estate.url(), path, &[("host", host)], body).await;
        let Response::GetFileLocations(found) = wire::decode_response(request.method(), &answer.body).unwrap().unwrap()
        else {
            panic!("not a list of locations")
        };
        let url = &found.file_locations[0].url;
        assert_eq!(*url, address(&format!("http://{expected}:{port}"), &file.sha1(), "cab"), "{host}");
    }
}
