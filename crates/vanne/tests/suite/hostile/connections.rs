//! Below the messages: connections, heads, paths and methods.

use http::Method;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::read_all;
use crate::harness::{Computer, Estate, eventually};

const SERVICES: [&str; 4] = [
    "/ClientWebService/client.asmx",
    "/SimpleAuthWebService/SimpleAuth.asmx",
    "/ReportingWebService/ReportingWebService.asmx",
    "/ReportingWebService/WebService.asmx",
];

async fn connect(estate: &Estate) -> TcpStream {
    TcpStream::connect(estate.url().trim_start_matches("http://")).await.unwrap()
}

/// Sends bytes on a connection of their own and reads what comes until the server closes it.
async fn exchange(estate: &Estate, bytes: &[u8]) -> String {
    let mut socket = connect(estate).await;
    // The server may have seen enough before all is sent.
    let _ = socket.write_all(bytes).await;
    read_all(&mut socket).await
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("no answer: {answer:?}"))
}

async fn request(estate: &Estate, line: &str) -> String {
    exchange(
        estate,
        format!("{line} HTTP/1.1\r\nHost: vanne\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").as_bytes(),
    )
    .await
}

#[tokio::test]
async fn sec_p3_a_head_that_does_not_end_is_cut() {
    let estate = Estate::with(|config| config.limits.head_secs = 1).await;
    let mut slow = connect(&estate).await;
    slow.write_all(b"POST /ClientWebService/client.asmx HTTP/1.1\r\nHost: va").await.unwrap();
    let mut silent = connect(&estate).await;
    assert_eq!((read_all(&mut slow).await, read_all(&mut silent).await), (String::new(), String::new()));
    Computer::join(&estate.url(), "beside slow ones").await;
}

#[tokio::test]
async fn sec_p3_a_body_that_does_not_end_is_cut() {
    let estate = Estate::with(|config| config.limits.request_secs = 1).await;
    let mut slow = connect(&estate).await;
    slow.write_all(b"POST /ClientWebService/client.asmx HTTP/1.1\r\nHost: vanne\r\nContent-Length: 100\r\n\r\n<s:")
        .await
        .unwrap();
    assert_eq!(status(&read_all(&mut slow).await), 408);
    assert!(estate.metric("vanne_refused_total", &["time"]).await > 0.5);
}

#[tokio::test]
async fn sec_p3_a_body_that_comes_drop_by_drop_is_cut() {
    let estate = Estate::with(|config| config.limits.body_grace_secs = 1).await;
    let mut slow = connect(&estate).await;
    slow.write_all(b"POST /ClientWebService/client.asmx HTTP/1.1\r\nHost: vanne\r\nContent-Length: 100\r\n\r\n<s:")
        .await
        .unwrap();
    assert_eq!(status(&read_all(&mut slow).await), 408);
    assert!(estate.metric("vanne_refused_total", &["slow body"]).await > 0.5);
}

#[tokio::test]
async fn sec_p3_one_address_gets_so_many_connections_and_no_more() {
    let estate = Estate::with(|config| config.limits.connections_per_address_max = 4).await;
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(connect(&estate).await);
    }
    for _ in 0..3 {
        assert_eq!(read_all(&mut connect(&estate).await).await, "", "closed at once");
    }
    assert!((estate.metric("vanne_connections_refused_total", &[]).await - 3.0).abs() < 0.5);
    held.clear();
    eventually("whoever left makes room", async || {
        let mut socket = connect(&estate).await;
        let _ = socket.write_all(b"GET / HTTP/1.1\r\nHost: vanne\r\nConnection: close\r\n\r\n").await;
        read_all(&mut socket).await.starts_with("HTTP/1.1 200 ")
    })
    .await;
}

#[tokio::test]
async fn odd_paths_lead_nowhere() {
    let estate = Estate::start().await;
    for path in [
        "/ClientWebService/../vanne.db",
        "/ClientWebService/client.asmx/",
        "/ClientWebService/client.asmx/../../vanne.db",
        "/ClientWebService/client.asmx%00",
        "/%43lientWebService/client.asmx",
        "/Content/../../vanne.db",
        "/Content/..%2f..%2fvanne.db",
        "/Content/%2e%2e/%2e%2e/vanne.db",
        "/Content/",
        "/Content/AB/",
        "/Content/AB/zz.cab",
        "/content/ab/0123456789012345678901234567890123456789.cab",
        "/api/v1/overview",
        "/metrics",
        "/SelfUpdate/wuident.cab",
        "/etc/passwd",
        "/\u{7f}",
    ] {
        let answer = request(&estate, &format!("GET {path}")).await;
        let expected: &[u16] = if path == "/ClientWebService/client.asmx/" { &[200] } else { &[404, 400] };
        assert!(expected.contains(&status(&answer)), "{path}: {answer}");
    }
    for path in
        ["//ClientWebService//client.asmx", "/CLIENTWEBSERVICE/CLIENT.ASMX", "/ClientWebService/client.asmx?a=b"]
    {
        assert_eq!(status(&request(&estate, &format!("GET {path}")).await), 200, "{path}");
    }
    let absolute = request(&estate, &format!("GET {}/ClientWebService/client.asmx", estate.url())).await;
    assert_eq!(status(&absolute), 200, "as proxies write it");
    let long = request(&estate, &format!("GET /{}", "a".repeat(15_000))).await;
    assert!([404, 414].contains(&status(&long)), "{long}");
    let too_long = request(&estate, &format!("GET /{}", "a".repeat(70_000))).await;
    assert!([414, 431].contains(&status(&too_long)), "{too_long}");
}

#[tokio::test]
async fn each_place_has_its_methods() {
    let estate = Estate::start().await;
    for service in SERVICES {
        assert_eq!(status(&request(&estate, &format!("GET {service}")).await), 200);
        for method in ["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"] {
            let answer = request(&estate, &format!("{method} {service}")).await;
            assert_eq!(status(&answer), 405, "{method} {service}");
            assert!(answer.contains("Allow: GET, POST\r\n"), "{answer}");
        }
    }
    for method in ["POST", "PUT", "DELETE"] {
        let answer = request(&estate, &format!("{method} /Content/AB/file.cab")).await;
        assert_eq!(status(&answer), 405, "{method}");
        assert!(answer.contains("Allow: GET, HEAD\r\n"), "{answer}");
        assert_eq!(status(&request(&estate, &format!("{method} /")).await), 405);
    }
    let connect =
        exchange(&estate, b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n").await;
    assert!([400, 404, 405].contains(&status(&connect)), "{connect}");
}

#[tokio::test]
async fn heads_past_their_bounds_are_refused() {
    let estate = Estate::start().await;
    let line = "POST /ClientWebService/client.asmx HTTP/1.1\r\nHost: vanne\r\nContent-Length: 0\r\n";
    let huge = exchange(&estate, format!("{line}X-Huge: {}\r\n\r\n", "a".repeat(100_000)).as_bytes()).await;
    assert_eq!(status(&huge), 431);
    let many: String = (0..100).map(|number| format!("X-{number}: a\r\n")).collect();
    assert_eq!(status(&exchange(&estate, format!("{line}{many}\r\n").as_bytes()).await), 431);
    for framing in [
        "Content-Length: -1",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 1e9",
        "Transfer-Encoding: identity, zip",
    ] {
        let head = format!("POST /ClientWebService/client.asmx HTTP/1.1\r\nHost: vanne\r\n{framing}\r\n\r\n<a/>");
        assert_eq!(status(&exchange(&estate, head.as_bytes()).await), 400, "{framing}");
    }
    // A hello of TLS, one of SSH, a request of HTTP/2, and noise.
    let noise: Vec<u8> = (0..4_000_u32).map(|number| (number * 7 % 251) as u8).collect();
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"SSH-2.0-OpenSSH_9.9\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        &noise,
    ] {
        let answer = exchange(&estate, bytes).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 400 ") || answer.starts_with("HTTP/1.1 505 "),
            "{answer}"
        );
    }
    Computer::join(&estate.url(), "after the noise").await;
}

#[tokio::test]
async fn sec_p4_garbage_behind_a_request_spoils_the_connection_and_not_the_answer() {
    let estate = Estate::start().await;
    let good = "GET / HTTP/1.1\r\nHost: vanne\r\n\r\n";
    let answer = exchange(&estate, format!("{good}{good}\u{1}\u{2}garbage\r\n\r\n{good}").as_bytes()).await;
    assert_eq!(answer.matches("HTTP/1.1 200 ").count(), 2, "{answer}");
    assert_eq!(answer.matches("HTTP/1.1 400 ").count(), 1, "{answer}");
}

#[tokio::test]
async fn refused_input_is_a_figure_for_the_administrator() {
    let estate = Estate::start().await;
    let before: server::admin::api::Overview = estate.api(Method::GET, "/api/v1/overview", &()).await;
    let answer = crate::harness::post(&estate.url(), SERVICES[0], &[], "not XML").await;
    assert_eq!((answer.status.as_u16(), answer.body.len()), (400, 0));
    let after: server::admin::api::Overview = estate.api(Method::GET, "/api/v1/overview", &()).await;
    assert_eq!(after.refused, before.refused + 1);
}
