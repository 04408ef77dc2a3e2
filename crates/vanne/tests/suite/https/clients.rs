//! TLS clients that nobody here wrote: OpenSSL and GnuTLS.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::strict;
use crate::harness::Estate;

/// Runs a client with a request on its standard input; what it says, or nothing with a loud line when it is absent.
fn speak(program: &str, package: &str, words: &[String]) -> Option<String> {
    let spawned =
        Command::new(program).args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) => {
            eprintln!("SKIPPED: {program} cannot be run ({error}); install Debian's package {package}");
            return None;
        }
    };
    let mut input = child.stdin.take().unwrap();
    // A client that refuses the server has closed it.
    let _ = input.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let output = child.wait_with_output().unwrap();
    drop(input);
    Some(format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)))
}

/// The authority in a file, and the address of the server.
pub(super) async fn prepared() -> (Estate, tempfile::NamedTempFile, String) {
    let estate = strict().await;
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(estate.authority().await.as_bytes()).unwrap();
    let address = estate.https_url().trim_start_matches("https://").to_owned();
    (estate, file, address)
}

async fn run(program: &'static str, package: &'static str, words: Vec<String>) -> Option<String> {
    tokio::task::spawn_blocking(move || speak(program, package, &words)).await.unwrap()
}

#[tokio::test]
async fn openssl_speaks_both_versions_and_neither_an_older_one_nor_again_in_the_middle() {
    let (_estate, authority, address) = prepared().await;
    let words = |more: &[&str]| -> Vec<String> {
        let authority = authority.path().to_str().unwrap();
        let all = [
            "s_client",
            "-connect",
            &address,
            "-servername",
            "localhost",
            "-CAfile",
            authority,
            "-verify_return_error",
        ];
        let all = [&all[..], &["-verify_hostname", "localhost", "-ign_eof"], more].concat();
        all.iter().map(ToString::to_string).collect()
    };
    for (version, says) in [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")] {
        let Some(told) = run("openssl", "openssl", words(&[version])).await else { return };
        assert!(told.contains("HTTP/1.1 200 OK") && told.contains("Vanne is up"), "{told}");
        assert!(told.contains(says) && told.contains("Verify return code: 0 (ok)"), "{told}");
        if version == "-tls1_2" {
            // RFC 5746 is spoken so that no one can be led to think of renegotiation, which is not.
            assert!(told.contains("Secure Renegotiation IS supported"), "{told}");
        }
    }
    let told = run("openssl", "openssl", words(&["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"])).await.unwrap();
    assert!(!told.contains("HTTP/1.1 200"), "{told}");
}

#[tokio::test]
async fn gnutls_is_satisfied() {
    let (_estate, authority, address) = prepared().await;
    let (_, port) = address.rsplit_once(':').unwrap();
    for priority in ["NORMAL:-VERS-ALL:+VERS-TLS1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.3"] {
        let authority = authority.path().to_str().unwrap();
        let words = ["--x509cafile", authority, "--port", port, "--priority", priority, "localhost"];
        let words = words.iter().map(ToString::to_string).collect();
        let Some(told) = run("gnutls-cli", "gnutls-bin", words).await else { return };
        assert!(told.contains("Handshake was completed") && told.contains("certificate is trusted"), "{told}");
        assert!(told.contains("Vanne is up"), "{told}");
    }
}
