//! What something in between makes of a handshake: answers by hand, because libraries do not weaken themselves.

use pins::{Pins, Problem};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::stage::connect;

/// What becomes of a handshake in which the answer to the client's first message is this.
async fn answered(answer: Vec<u8>) -> Problem {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut hello = [0; 1];
        socket.read_exact(&mut hello).await.unwrap();
        socket.write_all(&answer).await.unwrap();
        // The client's objection, until it has gone.
        let _ = tokio::io::copy(&mut socket, &mut tokio::io::sink()).await;
    });
    let problem = connect(Pins::none(), TcpStream::connect(address).await.unwrap()).await.unwrap_err();
    serving.await.unwrap();
    problem
}

/// A `ServerHello` (RFC 5246, section 7.4.1.3) that chose this version and cipher.
fn hello(version: [u8; 2], cipher: [u8; 2]) -> Vec<u8> {
    let body = [&version[..], &[7; 32], &[0], &cipher, &[0]].concat();
    let message = [&[2, 0, 0, body.len() as u8][..], &body].concat();
    [&[22, 3, 3, 0, message.len() as u8][..], &message].concat()
}

#[tokio::test]
async fn a_cipher_without_forward_secrecy_is_refused() {
    // TLS_RSA_WITH_AES_128_CBC_SHA, TLS_RSA_WITH_RC4_128_MD5, TLS_RSA_WITH_NULL_SHA256.
    for cipher in [[0, 0x2f], [0, 0x04], [0, 0x3b]] {
        let problem = answered(hello([3, 3], cipher)).await;
        assert_eq!(problem, Problem::OldCiphers);
        assert!(problem.to_string().contains("forward secrecy"), "{problem}");
    }
}

#[tokio::test]
async fn a_broken_version_is_refused() {
    for minor in [0, 1, 2] {
        let problem = answered(hello([3, minor], [0xc0, 0x2b])).await;
        assert_eq!(problem, Problem::OldVersion, "3.{minor}");
        assert!(problem.to_string().starts_with("it speaks neither TLS 1.2 nor TLS 1.3"), "{problem}");
    }
}

#[tokio::test]
async fn what_the_server_objects_to_is_told() {
    let alert = |code| vec![21, 3, 3, 0, 2, 2, code];
    assert_eq!(answered(alert(70)).await, Problem::OldVersion);
    assert_eq!(answered(alert(40)).await, Problem::OldCiphers);
    assert_eq!(answered(alert(71)).await, Problem::OldCiphers);
    assert_eq!(answered(alert(120)).await, Problem::OtherProtocol);
    let problem = answered(alert(80)).await;
    assert_eq!(problem, Problem::Alert("InternalError".to_owned()));
    assert!(problem.to_string().contains("the alert InternalError"), "{problem}");
}

#[tokio::test]
async fn what_speaks_no_tls_is_told() {
    for answer in [&b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"[..], b"220 mail.contoso.example ESMTP\r\n"]
    {
        let problem = answered(answer.to_vec()).await;
        assert_eq!(problem, Problem::NotTls);
        assert!(problem.to_string().contains("may be one of plain HTTP"), "{problem}");
    }
}
