//! On demand: what a computer asks for comes at once, is passed on, and stays.

use std::sync::Arc;

use server::config::ContentMode;
use tokio::sync::Semaphore;

use super::origin::Manner;
use super::*;

#[tokio::test]
async fn the_very_range_that_is_asked_for_is_fetched_passed_on_and_kept() {
    let here = Here::start(ContentMode::OnDemand).await;
    let gate = Arc::new(Semaphore::new(0));
    let file = here.publish("ranged", 5_000_000, Manner::Honest).await;
    // The rest waits at the gate; the range does not have to.
    here.origin.serve("/ranged", &file.bytes, Manner::StopAfter(200_000, Arc::clone(&gate)));
    let answer = here.get(&file, &[("range", "bytes=3000000-3000999")]).await;
    assert_eq!((answer.status.as_u16(), answer.field("content-range")), (206, "bytes 3000000-3000999/5000000"));
    assert_eq!(answer.body, file.bytes[3_000_000..3_001_000]);
    assert_eq!((answer.field("cache-control"), answer.field("etag")), ("no-store", ""), "no claim is made of it");
    let asked = here.origin.requests("/ranged");
    assert!(asked.contains(&"bytes=2949120-3014655".to_owned()), "{asked:?}");
    assert!(!here.is_held(file.sha1()).await);

    gate.add_permits(1_000);
    here.until_held(&file).await;
    let answer = here.get(&file, &[("range", "bytes=3000000-3000999")]).await;
    assert_eq!(answer.field("etag"), format!("\"{}\"", file.sha256()));
    assert_eq!(here.fetched().await, 5_000_000.0, "what was here was not fetched again");
}

#[tokio::test]
async fn many_who_ask_at_once_are_one_flight() {
    let here = Here::start(ContentMode::OnDemand).await;
    let file = here.publish("crowd", 3_000_000, Manner::Honest).await;
    let url = address(&here.estate.url(), &file.sha1(), "cab");
    let crowd: Vec<_> = (0..40)
        .map(|number| {
            let (url, range) = (url.clone(), "bytes=1000000-1999999");
            tokio::spawn(async move {
                let fields: &[(&str, &str)] = if number % 2 == 0 { &[("range", range)] } else { &[] };
                get(&url, fields).await
            })
        })
        .collect();
    for (number, asked) in crowd.into_iter().enumerate() {
        let answer = asked.await.unwrap();
        let expected = if number % 2 == 0 { file.bytes.slice(1_000_000..2_000_000) } else { file.bytes.clone() };
        assert_eq!(answer.body, expected);
    }
    here.until_held(&file).await;
    assert_eq!(here.fetched().await, 3_000_000.0, "each byte once");
}

#[tokio::test]
async fn bytes_are_passed_on_while_they_arrive() {
    let here = Here::start(ContentMode::OnDemand).await;
    let gate = Arc::new(Semaphore::new(0));
    let file = here.publish("flowing", 1_000_000, Manner::StopAfter(400_000, Arc::clone(&gate))).await;
    let url = address(&here.estate.url(), &file.sha1(), "cab");
    let (authority, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut socket = tokio::net::TcpStream::connect(authority).await.unwrap();
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    tokio::io::AsyncWriteExt::write_all(&mut socket, request.as_bytes()).await.unwrap();
    let mut got = Vec::new();
    while got.len() < 300_000 {
        let read = tokio::io::AsyncReadExt::read_buf(&mut socket, &mut got).await.unwrap();
        assert!(read > 0, "it ended after {} bytes", got.len());
    }
    gate.add_permits(1_000);
    tokio::io::AsyncReadExt::read_to_end(&mut socket, &mut got).await.unwrap();
    assert!(got.ends_with(&file.bytes), "the whole file came");
    here.until_held(&file).await;
}

#[tokio::test]
async fn several_ranges_and_heads_are_answered_of_what_is_not_here_yet() {
    let here = Here::start(ContentMode::OnDemand).await;
    let file = here.publish("parts", 1_000_000, Manner::Honest).await;
    let head = crate::harness::fetch(Method::HEAD, &address(&here.estate.url(), &file.sha1(), "cab"), &[]).await;
    assert_eq!((head.status.as_u16(), head.field("content-length")), (200, "1000000"));
    let answer = here.get(&file, &[("range", "bytes=500-599,-4")]).await;
    assert_eq!(answer.status, 206);
    assert_eq!(answer.field("content-length"), answer.body.len().to_string());
    let has = |part: &[u8]| answer.body.windows(part.len()).any(|window| window == part);
    assert!(has(&file.bytes[500..600]) && has(&file.bytes[999_996..]));
    assert_eq!(here.get(&file, &[("range", "bytes=1000000-")]).await.status, 416);
}

#[tokio::test]
async fn a_source_that_stalls_or_lies_is_passed_over_for_whoever_waits() {
    let here = Here::start(ContentMode::OnDemand).await;
    let file = here.publish("patient", 300_000, Manner::Honest).await;
    here.set_upstream("/Content", None);
    here.origin.serve(&upstream_path(&file), &file.bytes, Manner::WrongRange);
    let answer = here.get(&file, &[("range", "bytes=100-199")]).await;
    assert_eq!((answer.status.as_u16(), &answer.body[..]), (206, &file.bytes[100..200]));
    here.until_held(&file).await;

    let lying = here.publish("lying", 300_000, Manner::OtherBytes).await;
    let answer = here.get(&lying, &[("range", "bytes=0-9")]).await;
    assert_ne!(answer.body, lying.bytes[..10], "nobody can know yet");
    eventually("it is found out", async || here.estate.metric("vanne_content_lies_total", &[]).await >= 1.0).await;
    assert_eq!(here.get(&lying, &[]).await.status, 503);
    assert!(!here.is_held(lying.sha1()).await);
}

#[tokio::test]
async fn what_nobody_has_is_not_here_and_what_cannot_be_had_now_is_tried_again() {
    let here = Here::start(ContentMode::OnDemand).await;
    let file = MadeFile::of_size("nobody.cab", 1_000);
    here.import("nobody", &file).await;
    assert_eq!(here.get(&file, &[]).await.status, 404);
    let down = here.publish("down", 1_000, Manner::Status(503)).await;
    let answer = here.get(&down, &[]).await;
    assert_eq!((answer.status.as_u16(), answer.field("cache-control")), (503, "no-store"));
    let stranger = MadeFile::of_size("stranger.cab", 1_000);
    assert_eq!(here.get(&stranger, &[]).await.status, 404, "no update names it");
}
