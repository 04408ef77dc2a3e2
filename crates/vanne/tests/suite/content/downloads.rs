//! Downloads side by side: shuffled ranges over several connections, and clients that read slowly.

use futures::StreamExt as _;
use futures::stream;
use testkit::documents::MadeFile;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{address, get, update_with};
use crate::harness::{Estate, Site};

/// A file larger than what sockets buffer.
const LARGE: usize = 24 << 20;

/// Sends a request for a file and reads no more of the answer than its first bytes.
async fn begin(address: &str) -> (TcpStream, Vec<u8>) {
    let (host, path) = address.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut first = vec![0; 4_096];
    let read = stream.read(&mut first).await.unwrap();
    first.truncate(read);
    (stream, first)
}

/// Reads the rest, and returns the body.
async fn finish((mut stream, mut answer): (TcpStream, Vec<u8>)) -> Vec<u8> {
    stream.read_to_end(&mut answer).await.unwrap();
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    answer.split_off(head + 4)
}

#[tokio::test]
async fn shuffled_ranges_over_several_connections_give_the_file() {
    let file = MadeFile::of_size("shuffled.psf", 3_000_017);
    let estate = Estate::with_catalog(&update_with("shuffled", std::slice::from_ref(&file))).await;
    let address = address(&estate.url(), &file.sha1(), "psf");
    const PIECE: usize = 65_536;
    let pieces = file.bytes.len().div_ceil(PIECE);
    // A step that has no divisor in common with the number of pieces visits each once, and out of order.
    let order = (0..pieces).map(|number| number * 17 % pieces);
    let fetched = stream::iter(order).map(|piece| {
        let address = address.clone();
        async move {
            let first = piece * PIECE;
            let range = format!("bytes={first}-{}", first + PIECE - 1);
            let answer = get(&address, &[("range", &range)]).await;
            assert_eq!(answer.status, 206);
            (first, answer.body)
        }
    });
    let mut whole = vec![0; file.bytes.len()];
    for (first, bytes) in fetched.buffer_unordered(8).collect::<Vec<_>>().await {
        whole[first..first + bytes.len()].copy_from_slice(&bytes);
    }
    assert!(whole == file.bytes, "the pieces make the file");
}

#[tokio::test]
async fn a_slow_reader_disturbs_nobody_and_gets_its_file() {
    let file = MadeFile::of_size("slow.wim", LARGE);
    let estate = Estate::with_catalog(&update_with("slow", std::slice::from_ref(&file))).await;
    let address = address(&estate.url(), &file.sha1(), "wim");
    let mut slow = Vec::new();
    for _ in 0..5 {
        slow.push(begin(&address).await);
    }
    for _ in 0..20 {
        assert_eq!(get(&address, &[("range", "bytes=-65536")]).await.body, file.bytes[LARGE - 65_536..]);
    }
    assert!(finish(slow.pop().unwrap()).await == file.bytes, "what was begun ends whole");
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_finishes_its_downloads() {
    let file = MadeFile::of_size("drain.esd", LARGE);
    let made = update_with("drain", std::slice::from_ref(&file));
    let site = Site::new();
    site.write_catalog(&made);
    let server = site.serve();
    assert_eq!(site.run(&["catalog", "import", "documents", "--content", "files"]).code, 0);
    let address = address(server.url(), &file.sha1(), "esd");
    let download = begin(&address).await;
    let (host, _) = address.strip_prefix("http://").unwrap().split_once('/').unwrap();

    let stopped = tokio::task::spawn_blocking(move || server.terminate());
    crate::harness::eventually("no new connection is taken", async || TcpStream::connect(host).await.is_err()).await;
    assert!(!stopped.is_finished(), "it waits for the download");
    assert!(finish(download).await == file.bytes, "the download ends whole");
    assert_eq!(stopped.await.unwrap().code(), Some(0));
}
