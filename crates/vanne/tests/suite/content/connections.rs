//! Connections: what follows what, what is refused, and that it does not matter who answers.

use futures::StreamExt as _;
use futures::stream;
use model::Sha1;
use testkit::documents::MadeFile;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use wire::SoapVersion;
use wire::client::GetConfig;

use super::{One, one_file, update_with};
use crate::harness::{Estate, Site, eventually};

/// A file larger than what sockets buffer.
const LARGE: usize = 24 << 20;

/// An answer as it came, with its body apart.
#[derive(Debug, PartialEq, Eq)]
struct Raw {
    head: String,
    body: Vec<u8>,
}

impl Raw {
    fn status(&self) -> u16 {
        self.head.split(' ').nth(1).unwrap().parse().unwrap()
    }

    /// The head without what tells the time.
    fn head_without_date(&self) -> String {
        self.head.lines().filter(|line| !line.starts_with("Date: ")).collect::<Vec<_>>().join("\n")
    }
}

async fn connect(estate: &Estate) -> TcpStream {
    TcpStream::connect(estate.url().trim_start_matches("http://")).await.unwrap()
}

/// Reads one answer and not a byte more.
async fn read_answer(socket: &mut TcpStream, has_body: bool) -> Raw {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(
            socket.read_u8().await.unwrap_or_else(|error| panic!("{error}: {:?}", String::from_utf8_lossy(&head))),
        );
    }
    let head = String::from_utf8(head).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap_or("0");
    let mut body = vec![0; if has_body { length.parse().unwrap() } else { 0 }];
    socket.read_exact(&mut body).await.unwrap();
    Raw { head, body }
}

/// What comes until the server closes the connection, in whichever way.
async fn read_all(socket: &mut TcpStream) -> Vec<u8> {
    let mut all = Vec::new();
    let _ = socket.read_to_end(&mut all).await;
    all
}

fn path(sha1: &Sha1, extension: &str) -> String {
    format!("/Content/{}", content::address(sha1, extension))
}

fn get(path: &str, fields: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: vanne\r\n{fields}\r\n")
}

fn soap() -> String {
    let body = wire::encode_request(&wire::Request::GetConfig(GetConfig::default()), SoapVersion::V11).into_bytes();
    let body = String::from_utf8(body.to_vec()).unwrap();
    format!(
        "POST /ClientWebService/client.asmx HTTP/1.1\r\nHost: vanne\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn both_ways_to_send_a_file_answer_alike() {
    let One { estate, file, etag, .. } = one_file().await;
    let here = path(&file.sha1(), "cab");
    let paths = [here.clone(), here.to_lowercase(), "/Content/AB/nothing.cab".into(), path(&Sha1::new([7; 20]), "cab")];
    let fields = [
        String::new(),
        "Range: bytes=0-9\r\n".into(),
        "Range: bytes=5-\r\nRange: bytes=0-0\r\n".into(),
        "Range: bytes=0-9,500-70000,999990-\r\n".into(),
        "Range: bytes=0-99999,100000-899999\r\n".into(),
        "Range: bytes=1000003-\r\n".into(),
        "Range: items=0-1\r\n".into(),
        "Range: bytes=\u{e9}\r\n".into(),
        format!("If-None-Match: {etag}\r\n"),
        format!("Range: bytes=0-9\r\nIf-Range: {etag}\r\n"),
        "Range: bytes=0-9\r\nIf-Range: \"x\"\r\n".into(),
        "Range: bytes=0-9\r\nIf-Range: \u{e9}\r\n".into(),
    ];
    let connections = ["", "Connection: keep-alive\r\n", "Connection: close\r\n"];
    for path in &paths {
        for fields in &fields {
            for (method, version, connection) in ["GET", "HEAD"].into_iter().flat_map(|method| {
                ["1.0", "1.1"].into_iter().flat_map(move |version| connections.map(|it| (method, version, it)))
            }) {
                // A query has no meaning here, and makes a request one for the HTTP library.
                let [own, library] = ["", "?"].map(|query| {
                    format!("{method} {path}{query} HTTP/{version}\r\nHost: vanne\r\n{connection}{fields}\r\n")
                });
                let [own, library] = [
                    exchange(&estate, &own, method == "GET").await,
                    exchange(&estate, &library, method == "GET").await,
                ];
                let what = format!("{method} {path} {version} {connection} {fields}");
                assert_eq!(own.0.head_without_date(), library.0.head_without_date(), "{what}");
                assert!(own.0.body == library.0.body, "{what}");
                assert_eq!(own.0.head.matches("Date: ").count(), 1, "{what}");
                assert_eq!(own.1, library.1, "whether the connection is kept: {what}");
            }
        }
    }
}

/// One request and its answer; and whether another one is answered behind it.
async fn exchange(estate: &Estate, request: &str, has_body: bool) -> (Raw, bool) {
    let mut socket = connect(estate).await;
    socket.write_all(request.as_bytes()).await.unwrap();
    let answer = read_answer(&mut socket, has_body && !request.contains("If-None-Match")).await;
    let _ = socket.write_all(b"GET / HTTP/1.1\r\nHost: vanne\r\nConnection: close\r\n\r\n").await;
    let more = read_all(&mut socket).await;
    (answer, !more.is_empty())
}

#[tokio::test]
async fn sec_p4_requests_sent_at_once_are_answered_in_their_order_whatever_they_are() {
    let One { estate, file, .. } = one_file().await;
    let here = path(&file.sha1(), "cab");
    let mut socket = connect(&estate).await;
    let requests = [
        get(&here, "Range: bytes=0-9\r\n"),
        soap(),
        get(&here, "Range: bytes=10-299999\r\n"),
        get("/", ""),
        get(&here, "If-None-Match: *\r\n"),
        soap(),
        get(&here, ""),
    ];
    socket.write_all(requests.concat().as_bytes()).await.unwrap();
    assert_eq!(read_answer(&mut socket, true).await.body, file.bytes[..10]);
    let first = read_answer(&mut socket, true).await;
    assert!(first.status() == 200 && first.body.starts_with(b"<"));
    assert!(read_answer(&mut socket, true).await.body == file.bytes[10..300_000]);
    assert_eq!(read_answer(&mut socket, true).await.body, b"Vanne is up. Point Windows Update at this address.\n");
    assert_eq!(read_answer(&mut socket, false).await.status(), 304);
    assert_eq!(read_answer(&mut socket, true).await.body, first.body);
    assert!(read_answer(&mut socket, true).await.body == file.bytes);
}

#[tokio::test]
async fn a_body_that_comes_later_and_one_in_chunks_are_read_to_their_end() {
    let One { estate, file, .. } = one_file().await;
    let mut socket = connect(&estate).await;
    let soap = soap();
    let (head, body) = soap.split_once("\r\n\r\n").unwrap();
    socket.write_all(format!("{head}\r\nExpect: 100-continue\r\n\r\n").as_bytes()).await.unwrap();
    assert_eq!(read_answer(&mut socket, false).await.status(), 100);
    socket.write_all(body.as_bytes()).await.unwrap();
    assert_eq!(read_answer(&mut socket, true).await.status(), 200);

    let chunked = format!(
        "POST /ClientWebService/client.asmx HTTP/1.1\r\nHost: vanne\r\nTransfer-Encoding: chunked\r\n\r\n\
         {:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    );
    let then = get(&path(&file.sha1(), "cab"), "Range: bytes=-3\r\n");
    socket.write_all(format!("{chunked}{then}").as_bytes()).await.unwrap();
    assert_eq!(read_answer(&mut socket, true).await.status(), 200);
    assert_eq!(read_answer(&mut socket, true).await.body, file.bytes[1_000_000..]);
}

#[tokio::test]
async fn a_head_may_come_byte_by_byte() {
    let One { estate, file, .. } = one_file().await;
    let mut socket = connect(&estate).await;
    socket.set_nodelay(true).unwrap();
    for byte in get(&path(&file.sha1(), "cab"), "Range: bytes=3-5\r\n").bytes() {
        socket.write_u8(byte).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(read_answer(&mut socket, true).await.body, file.bytes[3..6]);
}

#[tokio::test]
async fn an_idle_connection_is_closed_in_time_and_a_new_one_serves() {
    let file = MadeFile::of_size("idle.cab", 1_000);
    let estate = Estate::with(|config| config.limits.idle_secs = 1).await;
    estate.import(&update_with("idle", std::slice::from_ref(&file))).await;
    for request in [get(&path(&file.sha1(), "cab"), ""), soap()] {
        let mut socket = connect(&estate).await;
        socket.write_all(request.as_bytes()).await.unwrap();
        assert_eq!(read_answer(&mut socket, true).await.status(), 200);
        assert_eq!(read_all(&mut socket).await, b"", "closed without a word");
    }
}

#[tokio::test]
async fn a_client_that_takes_nothing_loses_its_connection_whoever_answers() {
    let file = MadeFile::of_size("stalled.wim", LARGE);
    let estate = Estate::with(|config| config.limits.stall_secs = 1).await;
    estate.import(&update_with("stalled", std::slice::from_ref(&file))).await;
    let here = path(&file.sha1(), "wim");
    let mut sockets = Vec::new();
    for path in [here.clone(), format!("{here}?")] {
        let mut socket = connect(&estate).await;
        socket.write_all(get(&path, "").as_bytes()).await.unwrap();
        sockets.push(socket);
    }
    eventually("both are given up", async || estate.metric("vanne_connections_open", &[]).await < 0.5).await;
    for socket in &mut sockets {
        assert!(read_all(socket).await.len() < LARGE);
    }
}

#[tokio::test]
async fn many_slow_readers_hold_no_thread() {
    let file = MadeFile::of_size("crowd.wim", LARGE);
    let estate = Estate::with_catalog(&update_with("crowd", std::slice::from_ref(&file))).await;
    let request = get(&path(&file.sha1(), "wim"), "");
    // More than there are threads of any kind.
    let crowd = stream::iter(0..600).map(|_| async {
        let mut socket = connect(&estate).await;
        socket.write_all(request.as_bytes()).await.unwrap();
        socket.read_u8().await.unwrap();
        socket
    });
    let crowd: Vec<TcpStream> = crowd.buffer_unordered(32).collect().await;
    let mut socket = connect(&estate).await;
    socket.write_all(request.as_bytes()).await.unwrap();
    assert!(read_answer(&mut socket, true).await.body == file.bytes);
    drop(crowd);
}

#[tokio::test]
async fn a_file_that_is_cut_short_while_it_is_sent_ends_the_connection() {
    let file = MadeFile::of_size("cut.esd", LARGE);
    let site = Site::new();
    site.write_catalog(&update_with("cut", std::slice::from_ref(&file)));
    let server = site.serve();
    assert_eq!(site.run(&["catalog", "import", "documents", "--content", "files"]).code, 0);
    let digest = file.sha256().to_string();
    let on_disk = site.data_dir().join("content/files").join(&digest[..2]).join(digest);
    let here = path(&file.sha1(), "esd");
    for path in [here.clone(), format!("{here}?")] {
        std::fs::write(&on_disk, &file.bytes).unwrap();
        let mut socket = TcpStream::connect(server.url().trim_start_matches("http://")).await.unwrap();
        socket.write_all(get(&path, "").as_bytes()).await.unwrap();
        socket.read_u8().await.unwrap();
        std::fs::File::options().write(true).open(&on_disk).unwrap().set_len(100).unwrap();
        let rest = read_all(&mut socket).await;
        assert!(rest.len() < LARGE, "{} bytes of a file that was cut", rest.len());
    }
}

#[tokio::test]
async fn idle_connections_do_not_hold_up_a_server_that_is_told_to_stop() {
    let mut estate = Estate::with(|config| {
        // Whoever waited for one of these would wait in vain.
        config.server.drain_secs = 3_600;
        config.limits.head_secs = 3_600;
        config.limits.idle_secs = 3_600;
    })
    .await;
    let mut sockets = Vec::new();
    for request in [get("/Content/AB/nothing.cab", ""), get("/", ""), soap()] {
        let mut socket = connect(&estate).await;
        socket.write_all(request.as_bytes()).await.unwrap();
        read_answer(&mut socket, true).await;
        sockets.push(socket);
    }
    sockets.push(connect(&estate).await);
    estate.restart().await;
    for mut socket in sockets {
        assert_eq!(read_all(&mut socket).await, b"", "closed at once");
    }
}
