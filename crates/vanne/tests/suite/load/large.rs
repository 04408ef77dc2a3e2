use bytes::Bytes;
use http::Method;
use testkit::documents::Draft;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use wire::client::{SyncInfo, SyncUpdateParameters, SyncUpdates};
use wire::{Request, Response, Service, SoapVersion, xpress};

use crate::harness::{Answer, Computer, ServerProcess, Site, path, post};

/// A document whose core fragment has about that many bytes; the largest known has 46 MB.
fn heavy(bytes: usize) -> Draft {
    Draft::cbs("Heavy", "Heavy", "amd64", "10.0.1.1").padded_to(bytes)
}

/// A server as a process of its own, with one heavy update.
fn serve(site: &Site, bytes: usize) -> ServerProcess {
    site.write_catalog(&[heavy(bytes).finish()]);
    let server = site.serve();
    let ran = site.run(&["catalog", "import", "documents"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    server
}

/// The bytes of a first SyncUpdates of a computer that has joined.
async fn first_sync(server: &ServerProcess, name: &str) -> Bytes {
    let computer = Computer::join(server.url(), name).await;
    let request = SyncUpdates { cookie: computer.cookie.clone(), parameters: Some(SyncUpdateParameters::default()) };
    wire::encode_request(&Request::SyncUpdates(request), SoapVersion::V11).into_bytes()
}

fn news(message: &[u8]) -> SyncInfo {
    match wire::decode_response("SyncUpdates", message).unwrap().unwrap() {
        Response::SyncUpdates(info) => info,
        other => panic!("{other:?}"),
    }
}

fn unpacked(answer: &Answer) -> Vec<u8> {
    assert_eq!((answer.status.as_u16(), answer.field("content-encoding")), (200, "xpress"));
    xpress::decompress(&answer.body, wire::limits::ANSWER.xml.bytes).unwrap()
}

/// The most memory the process ever had, in KiB; `None` where there is no `/proc`.
fn peak_kib(server: &ServerProcess) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    peak.trim().trim_end_matches(" kB").parse().ok()
}

#[tokio::test]
async fn a_large_answer_is_coded_while_it_is_sent_and_says_the_same() {
    let site = Site::new();
    let server = serve(&site, 2 << 20);
    let sync = first_sync(&server, "first").await;
    let client = path(Service::Client);
    let plain = post(server.url(), client, &[], sync.clone()).await;
    assert_eq!(plain.field("content-length"), plain.body.len().to_string());
    let fragment = news(&plain.body).new_updates.remove(0).xml.unwrap();
    assert!(fragment.as_bytes().len() > 2 << 20);

    let coded = post(server.url(), client, &[("accept-encoding", "xpress")], sync).await;
    assert_eq!((coded.field("transfer-encoding"), coded.field("content-length")), ("chunked", ""));
    assert!(coded.body.len() * 3 < plain.body.len());
    assert_eq!(news(&unpacked(&coded)).new_updates.remove(0).xml.unwrap(), fragment);

    let registered = wire::client::GetConfig { protocol_version: None };
    let small = wire::encode_request(&Request::GetConfig(registered), SoapVersion::V11).into_bytes();
    let small = post(server.url(), client, &[("accept-encoding", "xpress")], small).await;
    assert_eq!(small.field("content-length"), small.body.len().to_string());
}

#[tokio::test]
async fn many_clients_of_a_large_fragment_share_it_however_slowly_they_read() {
    const FRAGMENT_BYTES: usize = 8 << 20;
    const CLIENTS: usize = 20;
    /// What one needs: unpacked, escaped, and a few blocks for each client. A copy for each would be 160 MiB and more.
    const GROWTH_KIB_MAX: u64 = 64 * 1024;

    let site = Site::new();
    drop(serve(&site, FRAGMENT_BYTES));
    let server = site.serve();
    let mut syncs = Vec::new();
    for number in 0..CLIENTS {
        syncs.push(first_sync(&server, &format!("computer {number}")).await);
    }
    let before = peak_kib(&server);

    // Half of them ask, and read next to nothing of the answer.
    let mut slow = Vec::new();
    for (number, sync) in syncs.iter().take(CLIENTS / 2).enumerate() {
        let coding = if number % 2 == 0 { "xpress" } else { "identity" };
        let mut socket = TcpStream::connect(server.url().trim_start_matches("http://")).await.unwrap();
        let (path, length) = (path(Service::Client), sync.len());
        let head = format!(
            "{} {path} HTTP/1.1\r\nHost: vanne\r\nAccept-Encoding: {coding}\r\nContent-Length: {length}\r\n\r\n",
            Method::POST
        );
        socket.write_all(head.as_bytes()).await.unwrap();
        socket.write_all(sync).await.unwrap();
        slow.push(socket);
    }
    let mut answers = tokio::task::JoinSet::new();
    for sync in syncs.into_iter().skip(CLIENTS / 2) {
        let url = server.url().to_owned();
        answers.spawn(async move { post(&url, path(Service::Client), &[("accept-encoding", "xpress")], sync).await });
    }
    for answer in answers.join_all().await {
        assert!(unpacked(&answer).len() > FRAGMENT_BYTES);
    }
    for socket in &mut slow {
        let mut buffer = [0; 1024];
        let read = socket.read(&mut buffer).await.unwrap();
        assert!(buffer[..read].starts_with(b"HTTP/1.1 200 "));
    }
    match before.zip(peak_kib(&server)) {
        Some((before, after)) => assert!(after - before < GROWTH_KIB_MAX, "grew by {} KiB", after - before),
        None => eprintln!("SKIPPED: memory of large answers is not measured: there is no /proc here"),
    }
}
