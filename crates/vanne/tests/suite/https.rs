//! HTTPS: what is said over it and over plain HTTP, certificates and their renewal, and clients nobody here wrote.

mod certificates;
mod chromium;
mod clients;
mod connections;
mod gate;
mod mono;
mod organisation;
mod renewal;
mod rewritten;
mod scans;

use std::process::{Command, Stdio};

use crate::harness::{Estate, Tls};
use server::Config;

/// An estate that speaks as it does when nobody changes anything: metadata over TLS alone.
async fn strict() -> Estate {
    strict_with(|_| {}).await
}

async fn strict_with(change: impl FnOnce(&mut Config)) -> Estate {
    Estate::with(|config| {
        config.server.allow_http_metadata = None;
        change(config);
    })
    .await
}

/// A client that trusts the estate's authority.
async fn client(estate: &Estate) -> Tls {
    Tls::new(&estate.https_url(), &estate.authority().await)
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")
}

/// Whether a program that nobody here wrote went well, and what it said; nothing with a loud line where it is absent.
fn foreign(command: &mut Command, package: &str) -> Option<(bool, String)> {
    match command.stdin(Stdio::null()).output() {
        Ok(output) => {
            let told = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
            Some((output.status.success(), told))
        }
        Err(error) => {
            let program = command.get_program().display();
            eprintln!(
                "SKIPPED: a client over TLS: {program} cannot be run ({error}); install Debian's package {package}"
            );
            None
        }
    }
}
