//! SEC-P4: requests of which two readers may think that they end in different places, so that the rest is taken for a request of its
//! own: the next one's, behind a proxy.

mod nginx;
mod vectors;

use http::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::harness::{Computer, Estate, documents, fetch};
use nginx::Nginx;
use vectors::vectors;

/// A plain question on the same connection, behind whatever was left of the one before.
const PROBE: &str = "GET / HTTP/1.1\r\nHost: vanne\r\nConnection: close\r\n\r\n";

/// What the smuggled request is answered, if it is.
const NOTHING_THERE: &str = "There is nothing at this address.";

/// A server that soon gives up messages that do not come to their end, and not as soon as that honest ones on a busy machine are among
/// them.
async fn estate() -> Estate {
    let estate = Estate::with(|config| {
        config.limits.head_secs = 5;
        config.limits.request_secs = 5;
        config.limits.idle_secs = 5;
    })
    .await;
    estate.import(&documents()).await;
    estate
}

/// Sends bytes and a probe, and reads until the other side has had enough.
async fn exchange(address: &str, bytes: &[u8]) -> String {
    let mut socket = TcpStream::connect(address).await.unwrap();
    // Refused, it is closed before all was sent.
    let _ = socket.write_all(&[bytes, PROBE.as_bytes()].concat()).await;
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// How often the smuggled request was answered: nothing is at its address.
async fn smuggled(estate: &Estate) -> f64 {
    estate.metric("vanne_not_found_total", &[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn sec_p4_no_request_is_smuggled_in_the_body_of_another() {
    let estate = estate().await;
    let url = estate.url();
    let address = url.trim_start_matches("http://");
    let vectors = vectors();
    assert!(vectors.len() >= 60, "{}", vectors.len());
    // At once: many of them end when the server has had enough of waiting.
    let mut asked = tokio::task::JoinSet::new();
    for (name, bytes) in vectors {
        let address = address.to_owned();
        asked.spawn(async move { (name, exchange(&address, &bytes).await) });
    }
    for (name, answer) in asked.join_all().await {
        assert!(!answer.contains(NOTHING_THERE), "{name}: {answer}");
        assert!(answer.matches("HTTP/1.1 ").count() <= 2, "one for the message, one for the probe: {name}: {answer}");
    }
    assert_eq!(smuggled(&estate).await, 0.0);
    let mut computer = Computer::join(&url, "afterwards").await;
    assert!(!computer.scan().await.new.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn sec_p4_behind_a_proxy_nobody_gets_the_answer_to_a_smuggled_request() {
    let estate = estate().await;
    let url = estate.url();
    let Some(nginx) = Nginx::before(url.trim_start_matches("http://")) else { return };
    for (name, bytes) in vectors() {
        let before = smuggled(&estate).await;
        let answer = exchange(nginx.address(), &bytes).await;
        // What the proxy takes for two requests of one client is answered to that client, both times.
        let told = answer.matches(NOTHING_THERE).count() as f64;
        assert_eq!(smuggled(&estate).await - before, told, "{name}: {answer}");
        let next = fetch(Method::GET, &format!("http://{}/", nginx.address()), &[]).await;
        assert!(
            next.status == 200 && next.body.starts_with(b"Vanne is up"),
            "{name}: the next client got {}",
            next.status
        );
    }
    let mut computer = Computer::join(&format!("http://{}", nginx.address()), "behind a proxy").await;
    assert!(!computer.scan().await.new.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn sec_p4_a_computer_behind_a_proxy_is_served() {
    let estate = estate().await;
    let url = estate.url();
    let Some(nginx) = Nginx::before(url.trim_start_matches("http://")) else { return };
    let mut computer = Computer::join(&format!("http://{}", nginx.address()), "behind a proxy").await;
    assert!(!computer.scan().await.new.is_empty());
}
