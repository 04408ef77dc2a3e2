//! Handshakes and connections: what is agreed on, who is misdirected, and who costs what.

use std::time::Duration;

use model::Sha1;
use rustls::{HandshakeKind, ProtocolVersion};
use testkit::documents::MadeFile;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use wire::SoapVersion;
use wire::client::GetConfig;

use super::{client, get, strict, strict_with};
use crate::content::update_with;
use crate::harness::{Tls, eventually, exchange, fetch};

/// A file larger than what sockets buffer.
const LARGE: usize = 24 << 20;

fn path(sha1: &Sha1, extension: &str) -> String {
    format!("/Content/{}", content::address(sha1, extension))
}

fn soap() -> String {
    let body = wire::encode_request(&wire::Request::GetConfig(GetConfig::default()), SoapVersion::V11).into_bytes();
    let body = String::from_utf8(body.to_vec()).unwrap();
    let length = body.len();
    format!("POST /ClientWebService/client.asmx HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n{body}")
}

#[tokio::test]
async fn both_versions_of_tls_are_spoken_and_sessions_resumed() {
    let estate = strict().await;
    let authority = estate.authority().await;
    for (version, agreed) in
        [(&rustls::version::TLS12, ProtocolVersion::TLSv1_2), (&rustls::version::TLS13, ProtocolVersion::TLSv1_3)]
    {
        let tls = Tls::speaking(&estate.https_url(), &authority, &[version]).offering(&["http/1.1"]);
        for kind in [HandshakeKind::Full, HandshakeKind::Resumed] {
            let mut stream = tls.connect().await.unwrap();
            // The ticket comes with the answer.
            assert_eq!(exchange(&mut stream, &soap()).await.unwrap().status, 200);
            let (_, session) = stream.get_ref();
            assert_eq!(session.protocol_version(), Some(agreed));
            assert_eq!(session.handshake_kind(), Some(kind), "{agreed:?}");
            assert_eq!(session.alpn_protocol(), Some(&b"http/1.1"[..]));
        }
    }
    assert!(estate.metric("vanne_handshakes_total", &["resumed"]).await > 1.5);
}

#[tokio::test]
async fn a_client_that_speaks_another_protocol_or_no_tls_is_told_apart() {
    let estate = strict().await;
    let tls = client(&estate).await;
    assert!(tls.clone().offering(&["h2"]).connect().await.is_err());
    assert!(tls.clone().offering(&["h2", "http/1.1"]).connect().await.is_ok());
    assert!(tls.offering(&[]).connect().await.is_ok());
    let mut plain = TcpStream::connect(estate.https_url().trim_start_matches("https://")).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer).await;
    assert!(answer.len() < 20, "an alert at most");
    eventually("both are counted", async || {
        estate.metric("vanne_handshakes_total", &["protocol"]).await > 0.5
            && estate.metric("vanne_handshakes_total", &["no TLS"]).await > 0.5
    })
    .await;
}

#[tokio::test]
async fn who_means_another_host_is_told_so() {
    let file = MadeFile::of_size("host.cab", 1_000);
    let estate = strict().await;
    estate.import(&update_with("host", std::slice::from_ref(&file))).await;
    let tls = client(&estate).await;
    let file = path(&file.sha1(), "cab");
    for host in ["localhost", "LOCALHOST:8531", "localhost.", "127.0.0.1", "192.0.2.7:1", "[::1]:8531"] {
        for path in ["/", &file] {
            let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
            assert_eq!(tls.ask(&request).await.unwrap().status, 200, "{host} {path}");
        }
    }
    for host in ["other.example", "localhost.example", "ocalhost", "x\u{e9}"] {
        for path in ["/", &file, "/ClientWebService/client.asmx"] {
            let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
            let told = tls.ask(&request).await.unwrap();
            assert_eq!(told.status, 421, "{host} {path}");
            assert!(told.head.contains("Connection: close"), "{}", told.head);
        }
    }
    assert!(tls.clone().rsa_only().connect().await.is_err(), "there is no RSA key here");
    // Who named another host when it connected is misdirected, whatever it asks for then.
    let careless = tls.clone().ecdsa_only();
    for (named, status) in [("localhost", 200), ("LocalHost", 200), ("other.example", 421), ("localhost.example", 421)]
    {
        for path in ["/", &file] {
            let told = careless.clone().named(named).ask(&get(path)).await.unwrap();
            assert_eq!(told.status, status, "{named} {path}");
        }
    }
    let wrong = tls.named("other.example").connect().await.unwrap_err().to_string();
    assert!(wrong.contains("NotValidForName") || wrong.contains("not valid for name"), "{wrong}");
}

#[tokio::test]
async fn requests_of_every_kind_follow_each_other_on_one_connection() {
    let file = MadeFile::of_size("mixed.cab", 1_000_003);
    let estate = strict().await;
    estate.import(&update_with("mixed", std::slice::from_ref(&file))).await;
    let here = path(&file.sha1(), "cab");
    let range = |fields: &str| format!("GET {here} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n");
    let mut stream = client(&estate).await.connect().await.unwrap();
    for _ in 0..3 {
        let part = exchange(&mut stream, &range("Range: bytes=0-9\r\n")).await.unwrap();
        assert_eq!((part.status, part.body.as_slice()), (206, &file.bytes[..10]));
        assert_eq!(exchange(&mut stream, &soap()).await.unwrap().status, 200);
        let part = exchange(&mut stream, &range("Range: bytes=10-299999\r\n")).await.unwrap();
        assert!(part.body == file.bytes[10..300_000]);
        assert_eq!(exchange(&mut stream, &get("/")).await.unwrap().status, 200);
        let whole = exchange(&mut stream, &range("")).await.unwrap();
        assert!(whole.status == 200 && whole.body == file.bytes);
        assert_eq!(exchange(&mut stream, &range("Range: bytes=1000003-\r\n")).await.unwrap().status, 416);
        // One for the HTTP library, because of the query.
        let query = format!("GET {here}? HTTP/1.1\r\nHost: localhost\r\nRange: bytes=-3\r\n\r\n");
        assert_eq!(exchange(&mut stream, &query).await.unwrap().body, file.bytes[1_000_000..]);
    }
    // All at once: answers come in the order of the requests.
    let all = [range("Range: bytes=0-0\r\n"), soap(), range("Range: bytes=1-1\r\n"), get("/")].concat();
    assert_eq!(exchange(&mut stream, &all).await.unwrap().body, file.bytes[..1]);
    assert_eq!(exchange(&mut stream, "").await.unwrap().status, 200);
    assert_eq!(exchange(&mut stream, "").await.unwrap().body, file.bytes[1..2]);
    assert_eq!(exchange(&mut stream, "").await.unwrap().status, 200);
}

#[tokio::test]
async fn several_ranges_over_tls_are_what_they_are_without() {
    let file = MadeFile::of_size("ranges.cab", 700_001);
    let estate = strict().await;
    estate.import(&update_with("ranges", std::slice::from_ref(&file))).await;
    let here = path(&file.sha1(), "cab");
    let tls = client(&estate).await;
    for ranges in ["0-9,500-70000,699990-", "0-131071,131072-262143", "0-262144,300000-700000", "5-4", "700000-"] {
        let request = format!("GET {here} HTTP/1.1\r\nHost: localhost\r\nRange: bytes={ranges}\r\n\r\n");
        let secured = tls.ask(&request).await.unwrap();
        let url = format!("{}{here}", estate.url());
        let plain = fetch(http::Method::GET, &url, &[("range", &format!("bytes={ranges}"))]).await;
        assert_eq!(secured.status, plain.status.as_u16(), "{ranges}");
        assert!(secured.body == plain.body, "{ranges}");
    }
}

#[tokio::test]
async fn slow_and_idle_handshakes_cost_themselves_only() {
    let estate = strict_with(|config| {
        config.limits.handshake_secs = 2;
        config.limits.handshakes_max = 40;
    })
    .await;
    let address = estate.https_url().trim_start_matches("https://").to_owned();
    let tls = client(&estate).await;
    let mut idle = Vec::new();
    for number in 0..19_u8 {
        let mut socket = TcpStream::connect(&address).await.unwrap();
        // Some begin and do not go on.
        socket.write_all(&[0x16, 3, 1, 2, 0][..usize::from(number % 6).min(5)]).await.unwrap();
        idle.push(socket);
    }
    assert_eq!(tls.ask(&get("/")).await.unwrap().status, 200, "others are not held up");
    for mut socket in idle {
        let mut rest = Vec::new();
        let ended = tokio::time::timeout(Duration::from_secs(60), socket.read_to_end(&mut rest)).await;
        assert!(ended.is_ok(), "it is given up");
    }
    eventually("they are counted", async || estate.metric("vanne_handshakes_total", &["slow"]).await > 18.5).await;
    assert!(estate.metric("vanne_connections_open", &[]).await < 1.5);
}

#[tokio::test]
async fn a_client_that_takes_nothing_loses_its_connection_and_others_do_not() {
    let file = MadeFile::of_size("stalled.wim", LARGE);
    let estate = strict_with(|config| config.limits.stall_secs = 1).await;
    estate.import(&update_with("stalled", std::slice::from_ref(&file))).await;
    let here = path(&file.sha1(), "wim");
    let tls = client(&estate).await;
    let mut stalled = tls.connect().await.unwrap();
    stalled.write_all(get(&here).as_bytes()).await.unwrap();
    stalled.flush().await.unwrap();
    let other = tls.ask(&get(&here)).await.unwrap();
    assert!(other.body == file.bytes);
    eventually("it is given up", async || estate.metric("vanne_connections_open", &[]).await < 0.5).await;
    let mut rest = Vec::new();
    let _ = stalled.read_to_end(&mut rest).await;
    assert!(rest.len() < LARGE);
}

#[tokio::test]
async fn an_idle_connection_is_told_that_nothing_follows() {
    let estate = strict_with(|config| config.limits.idle_secs = 1).await;
    let mut stream = client(&estate).await.connect().await.unwrap();
    assert_eq!(exchange(&mut stream, &get("/")).await.unwrap().status, 200);
    let mut rest = Vec::new();
    // Without the last word of TLS this would be an error.
    assert_eq!(stream.read_to_end(&mut rest).await.unwrap(), 0);
}

#[tokio::test]
async fn idle_connections_and_handshakes_do_not_hold_up_a_server_that_is_told_to_stop() {
    let mut estate = strict_with(|config| {
        // Whoever waited for one of these would wait in vain.
        config.server.drain_secs = 3_600;
        (config.limits.head_secs, config.limits.idle_secs, config.limits.handshake_secs) = (3_600, 3_600, 3_600);
    })
    .await;
    let tls = client(&estate).await;
    let mut stream = tls.connect().await.unwrap();
    assert_eq!(exchange(&mut stream, &get("/Content/AB/nothing.cab")).await.unwrap().status, 404);
    let _silent = TcpStream::connect(estate.https_url().trim_start_matches("https://")).await.unwrap();
    estate.restart().await;
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    assert_eq!(tls.ask(&get("/")).await.unwrap().status, 200, "the same certificate is shown after a restart");
}
