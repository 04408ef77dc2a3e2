use std::net::{IpAddr, Ipv4Addr};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use wire::simple_auth::GetAuthorizationCookie;

use crate::harness::{Computer, Estate, PROTOCOL, eventually, fetch};

/// The longest body of an ordinary message: sixteen fill what one address has of the least memory for bodies.
const BODY_BYTES: usize = 256 * 1024;
const BODIES_OF_AN_ADDRESS: usize = 16;

/// An estate in which few calls can wait, and none for long unless it is said.
async fn estate(waiting: usize, queue_secs: u64) -> Estate {
    Estate::with(|config| {
        config.limits.bodies_mib = 16;
        config.limits.calls_waiting_max = waiting;
        config.limits.queue_secs = queue_secs;
    })
    .await
}

/// A connection from an address of this machine.
async fn connect_from(last: u8, estate: &Estate) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((IpAddr::V4(Ipv4Addr::new(127, 0, 0, last)), 0).into()).unwrap();
    socket.connect(estate.url().trim_start_matches("http://").parse().unwrap()).await.unwrap()
}

fn head(service: &str, length: usize) -> String {
    format!("POST {service} HTTP/1.1\r\nHost: vanne\r\nContent-Type: text/xml\r\nContent-Length: {length}\r\n\r\n")
}

/// Calls that announce a body and send none of it, as many as one address has memory for.
async fn slow_senders(last: u8, estate: &Estate) -> Vec<TcpStream> {
    let mut senders = Vec::new();
    for _ in 0..BODIES_OF_AN_ADDRESS {
        let mut socket = connect_from(last, estate).await;
        socket.write_all(head("/ClientWebService/client.asmx", BODY_BYTES).as_bytes()).await.unwrap();
        senders.push(socket);
    }
    senders
}

/// A whole, ordinary call: GetConfig.
async fn call_from(last: u8, estate: &Estate) -> TcpStream {
    let request = wire::client::GetConfig { protocol_version: Some(PROTOCOL) };
    let body = wire::encode_request(&wire::Request::GetConfig(request), wire::SoapVersion::V11).into_bytes();
    let mut socket = connect_from(last, estate).await;
    socket.write_all(head("/ClientWebService/client.asmx", body.len()).as_bytes()).await.unwrap();
    socket.write_all(&body).await.unwrap();
    socket
}

async fn waiting(estate: &Estate, calls: usize) {
    eventually("so many calls wait", async || {
        (estate.metric("vanne_calls_waiting", &[]).await - calls as f64).abs() < 0.5
    })
    .await;
}

/// The beginning of an answer, which is all of one that is turned away.
async fn answer(socket: &mut TcpStream) -> String {
    let mut buffer = vec![0; 4096];
    let read = socket.read(&mut buffer).await.unwrap();
    String::from_utf8_lossy(&buffer[..read]).into_owned()
}

fn retry_after(answer: &str) -> u64 {
    let value = answer.lines().find_map(|line| line.strip_prefix("Retry-After: "));
    value.unwrap_or_else(|| panic!("no time to come back: {answer}")).parse().unwrap()
}

#[tokio::test]
async fn a_call_waits_for_room_and_is_answered_then() {
    let estate = estate(100, 60).await;
    let slow = slow_senders(1, &estate).await;
    waiting(&estate, BODIES_OF_AN_ADDRESS).await;
    let mut waits = call_from(1, &estate).await;
    waiting(&estate, BODIES_OF_AN_ADDRESS + 1).await;
    let mut other = call_from(2, &estate).await;
    assert!(answer(&mut other).await.starts_with("HTTP/1.1 200 "), "another address has its own share");
    let up = fetch(http::Method::GET, &estate.url(), &[]).await;
    assert_eq!(up.status, 200, "what is no call does not wait");
    drop(slow);
    assert!(answer(&mut waits).await.starts_with("HTTP/1.1 200 "));
    waiting(&estate, 0).await;
}

#[tokio::test]
async fn past_the_queue_calls_are_turned_away_and_told_when_to_come_back() {
    let estate = estate(2 * BODIES_OF_AN_ADDRESS + 2, 60).await;
    let slow = slow_senders(1, &estate).await;
    waiting(&estate, BODIES_OF_AN_ADDRESS).await;
    let _waits = call_from(1, &estate).await;
    waiting(&estate, BODIES_OF_AN_ADDRESS + 1).await;
    let mut times = Vec::new();
    for _ in 0..3 {
        let answer = answer(&mut call_from(1, &estate).await).await;
        assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
        assert!(answer.contains("Content-Type: text/plain"), "{answer}");
        assert!(answer.contains("\r\n\r\nThere is too much to do just now"), "{answer}");
        times.push(retry_after(&answer));
    }
    assert!(times.iter().all(|secs| (30..90).contains(secs)), "{times:?}");
    times.dedup();
    assert_eq!(times.len(), 3, "not all at once: {times:?}");
    assert!((estate.metric("vanne_shed_total", &["share of one address"]).await - 3.0).abs() < 0.5);

    let _others = slow_senders(2, &estate).await;
    let _other = call_from(2, &estate).await;
    waiting(&estate, 2 * BODIES_OF_AN_ADDRESS + 2).await;
    assert!(answer(&mut call_from(3, &estate).await).await.starts_with("HTTP/1.1 503 "));
    assert!((estate.metric("vanne_shed_total", &["queue full"]).await - 1.0).abs() < 0.5);

    drop(slow);
    eventually("those who left made places", async || {
        answer(&mut call_from(3, &estate).await).await.starts_with("HTTP/1.1 200 ")
    })
    .await;
}

#[tokio::test]
async fn a_call_that_waited_too_long_is_turned_away_and_nothing_was_done() {
    let estate = estate(100, 1).await;
    let slow = slow_senders(1, &estate).await;
    waiting(&estate, BODIES_OF_AN_ADDRESS).await;
    let stranger = Computer::stranger(&estate.url());
    let request = wire::Request::GetAuthorizationCookie(GetAuthorizationCookie {
        client_id: stranger.id.clone(),
        target_group_name: None,
        dns_name: "pc.contoso.example".to_owned(),
    });
    let body = wire::encode_request(&request, wire::SoapVersion::V11).into_bytes();
    let mut socket = connect_from(1, &estate).await;
    socket.write_all(head("/SimpleAuthWebService/SimpleAuth.asmx", body.len()).as_bytes()).await.unwrap();
    socket.write_all(&body).await.unwrap();
    let answer = answer(&mut socket).await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    retry_after(&answer);
    assert!(estate.metric("vanne_shed_total", &["waited too long"]).await > 0.5);
    assert!(estate.metric("vanne_calls_total", &["GetAuthorizationCookie"]).await < 0.5);
    drop(slow);
}

#[tokio::test]
async fn a_client_that_goes_away_leaves_its_place() {
    let estate = estate(100, 60).await;
    let slow = slow_senders(1, &estate).await;
    waiting(&estate, BODIES_OF_AN_ADDRESS).await;
    drop(slow);
    waiting(&estate, 0).await;
}

#[tokio::test]
async fn whoever_sends_too_much_to_the_end_reads_why_it_was_refused() {
    let estate = Estate::start().await;
    let length = wire::limits::CLIENT.xml.bytes + (2 << 20);
    let mut socket = connect_from(1, &estate).await;
    socket.write_all(head("/ClientWebService/client.asmx", length).as_bytes()).await.unwrap();
    socket.write_all(&vec![b' '; length]).await.unwrap();
    let mut all = String::new();
    socket.read_to_string(&mut all).await.unwrap();
    assert!(all.starts_with("HTTP/1.1 413 ") && all.contains("Connection: close"), "{all}");
}
