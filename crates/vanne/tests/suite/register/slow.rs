//! SEC-P3: connections that take their time.

use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpSocket, TcpStream};

use crate::harness::{Computer, Estate, documents, fetch};

/// A connection from an address of this machine that is not the usual one.
async fn connect(estate: &Estate) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::new(127, 0, 0, 9), 0).into()).unwrap();
    socket.connect(estate.url().trim_start_matches("http://").parse().unwrap()).await.unwrap()
}

fn head(length: usize) -> String {
    format!("POST /ClientWebService/client.asmx HTTP/1.1\r\nHost: vanne\r\nContent-Length: {length}\r\n\r\n")
}

/// Connections of every slow kind, each with the byte that it would send next.
async fn slow(estate: &Estate, of_each: usize) -> Vec<TcpStream> {
    let beginnings = [
        // Nothing at all; a head that does not end; one whose last field does not; a body that does not come; one that begins.
        String::new(),
        "GET / HTTP/1.1\r\n".to_owned(),
        "POST /ClientWebService/client.asmx HTTP/1.1\r\nHost: vanne\r\nX: a".to_owned(),
        head(256 * 1024),
        format!("{}<s:", head(4_096)),
        // In chunks, of which one is begun.
        "POST /ReportingWebService/ReportingWebService.asmx HTTP/1.1\r\nHost: vanne\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n<"
            .to_owned(),
        head(3 << 20),
    ];
    let mut all = Vec::new();
    for beginning in beginnings.iter().cycle().take(beginnings.len() * of_each) {
        let mut socket = connect(estate).await;
        socket.write_all(beginning.as_bytes()).await.unwrap();
        all.push(socket);
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn sec_p3_an_honest_computer_scans_and_downloads_beside_slow_connections() {
    let estate = Estate::with_catalog(&documents()).await;
    let mut slow = slow(&estate, 60).await;
    for round in 0..3 {
        let mut computer = Computer::join(&estate.url(), &format!("beside slow ones {round}")).await;
        assert!(!computer.scan().await.new.is_empty());
        assert_eq!(fetch(http::Method::GET, &estate.url(), &[]).await.status, 200);
        // A byte more, so that none of them falls silent; those that were given up meanwhile do not take it.
        for socket in &mut slow {
            let _ = socket.write_all(b" ").await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sec_p3_a_message_that_comes_byte_by_byte_is_given_up() {
    let estate = Estate::with(|config| {
        config.limits.head_secs = 1;
        // Honest ones have to be in time for this on a busy machine as well.
        config.limits.request_secs = 3;
    })
    .await;
    for beginning in ["GET / HTTP/1.1\r\nX: ".to_owned(), head(4_096)] {
        let mut socket = connect(&estate).await;
        socket.write_all(beginning.as_bytes()).await.unwrap();
        let (mut from, mut to) = socket.split();
        let drip = async {
            // The server never waits for the four thousand.
            for _ in 0..4_000 {
                if to.write_all(b"a").await.is_err() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            panic!("all of it was taken");
        };
        let mut answer = Vec::new();
        tokio::select! {
            read = tokio::io::AsyncReadExt::read_to_end(&mut from, &mut answer) => drop(read),
            () = drip => {}
        }
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408 "), "{answer}");
    }
    Computer::join(&estate.url(), "afterwards").await;
}
