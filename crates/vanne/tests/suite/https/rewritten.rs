//! Somebody on the way who changes what is said (WSUSpect, PyWSUS), over TLS.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use wire::client::GetConfig;
use wire::{Request, SoapVersion};

use super::strict;
use crate::harness::Tls;

/// Never changes anything.
const HONEST: usize = usize::MAX;

/// Passes on what both sides say, but for one bit of what the server says: that of the byte at `at`, counted for each
/// connection. Where it listens.
async fn relay(server: &str, at: Arc<AtomicUsize>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (url, server) = (format!("https://{}", listener.local_addr().unwrap()), server.to_owned());
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (server, at) = (server.clone(), at.load(Ordering::Relaxed));
            tokio::spawn(async move { pass(client, &server, at).await });
        }
    });
    url
}

async fn pass(client: TcpStream, server: &str, at: usize) -> io::Result<()> {
    let server = TcpStream::connect(server).await?;
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
    let (mut block, mut passed) = (vec![0; 16 << 10], 0);
    loop {
        let read = from_server.read(&mut block).await?;
        if read == 0 {
            return Ok(());
        }
        if let Some(byte) = at.checked_sub(passed).and_then(|at| block[..read].get_mut(at)) {
            *byte ^= 1;
        }
        passed += read;
        to_client.write_all(&block[..read]).await?;
    }
}

#[tokio::test]
async fn sec_t1_what_is_rewritten_on_its_way_is_noticed_wherever_it_is() {
    let estate = strict().await;
    let at = Arc::new(AtomicUsize::new(HONEST));
    let url = relay(estate.https_url().trim_start_matches("https://"), Arc::clone(&at)).await;
    let client = Tls::new(&url, &estate.authority().await);
    let body = wire::encode_request(&Request::GetConfig(GetConfig::default()), SoapVersion::V11).into_bytes();
    let body = String::from_utf8(body.to_vec()).unwrap();
    let request = format!(
        "POST /ClientWebService/client.asmx HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml; charset=utf-8\r\n\
         SOAPAction: \"http://www.microsoft.com/SoftwareDistribution/Server/ClientWebService/GetConfig\"\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let honest = client.ask(&request).await.unwrap();
    assert_eq!(honest.status, 200);
    let (mut noticed, mut beyond) = (0, 0);
    for place in (0..8_000).step_by(97) {
        at.store(place, Ordering::Relaxed);
        match client.ask(&request).await {
            Err(_) => noticed += 1,
            // What comes behind the answer (tickets, the farewell) may be altered, and the answer is what it was.
            Ok(answer) => {
                assert!(answer.status == 200 && answer.body.len() == honest.body.len(), "{place}: {answer:?}");
                beyond += 1;
            }
        }
    }
    assert!(noticed > 20, "{noticed} noticed, {beyond} beyond the answer");
}
