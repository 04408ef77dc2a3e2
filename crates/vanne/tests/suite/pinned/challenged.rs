//! Whoever wants credentials gets none.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::{point, synchronise_in_vain, upstream};
use crate::harness::Estate;

#[tokio::test]
async fn sec_t3_a_challenge_is_never_answered_and_the_connection_ends() {
    for scheme in ["NTLM", "Negotiate", "Basic realm=\"updates\"", "Digest realm=\"updates\", nonce=\"1\""] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (heard, ended) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(0)));
        let connections = Arc::new(Mutex::new(0));
        let (hearing, ending, connecting) = (Arc::clone(&heard), Arc::clone(&ended), Arc::clone(&connections));
        let serving = tokio::spawn(async move {
            loop {
                let (mut socket, _) = listener.accept().await.unwrap();
                *connecting.lock().unwrap() += 1;
                let (mut block, mut request) = (vec![0; 64 << 10], Vec::new());
                loop {
                    let bytes = socket.read(&mut block).await.unwrap_or(0);
                    if bytes == 0 {
                        break;
                    }
                    request.extend_from_slice(&block[..bytes]);
                    // Its head and body may come in parts; what is answered twice is asked again.
                    if !is_whole(&request) {
                        continue;
                    }
                    hearing.lock().unwrap().append(&mut request);
                    let answer =
                        format!("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: {scheme}\r\nContent-Length: 0\r\n\r\n");
                    let _ = socket.write_all(answer.as_bytes()).await;
                }
                *ending.lock().unwrap() += 1;
            }
        });
        let estate = Estate::start().await;
        point(&estate, &upstream(&format!("http://{address}"))).await;
        let message = synchronise_in_vain(&estate).await;
        let word = scheme.split(' ').next().unwrap();
        assert!(message.contains(&format!("it answered 401 and wants credentials ({word})")), "{message}");
        crate::harness::eventually("the connection ended", async || *ended.lock().unwrap() > 0).await;
        let heard = String::from_utf8_lossy(&heard.lock().unwrap()).to_lowercase();
        // Whoever tells how computers are doing asks as well, on a connection of its own.
        let connections = *connections.lock().unwrap();
        assert!((1..=connections).contains(&heard.matches("post ").count()), "each was asked once: {heard}");
        assert!(!heard.contains("authorization:"), "{heard}");
        serving.abort();
    }
}

/// True once a request is there with all of its body.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    body.len() >= length.unwrap_or(0)
}
