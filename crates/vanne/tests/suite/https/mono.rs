//! A program of .NET's kind as a client: Mono, whose TLS is BoringSSL, and which believes the authorities in a folder of its account.

use std::path::Path;
use std::process::Command;

use super::clients::prepared;
use super::foreign;

/// What gets a page and prints it.
const SOURCE: &str = include_str!("mono.cs");

/// Builds the program; where it lies.
fn built(folder: &Path) -> Option<()> {
    std::fs::write(folder.join("get.cs"), SOURCE).unwrap();
    let (went_well, told) = foreign(Command::new("mcs").arg("get.cs").current_dir(folder), "mono-mcs")?;
    assert!(went_well, "{told}");
    Some(())
}

/// Puts an authority where Mono looks for it: under the digest of its name, as OpenSSL has it.
fn trust(folder: &Path, authority: &Path) -> Option<()> {
    let words = ["x509", "-hash", "-noout", "-in", authority.to_str().unwrap()];
    let (went_well, digest) = foreign(Command::new("openssl").args(words), "openssl")?;
    assert!(went_well, "{digest}");
    let trusted = folder.join(".config/.mono/new-certs/Trust");
    std::fs::create_dir_all(&trusted).unwrap();
    std::fs::copy(authority, trusted.join(format!("{}.0", digest.trim()))).unwrap();
    Some(())
}

fn get(folder: &Path, address: &str) -> Option<(bool, String)> {
    let mut mono = Command::new("mono");
    mono.arg(folder.join("get.exe")).arg(address).env("HOME", folder).env("XDG_CONFIG_HOME", folder.join(".config"));
    let got = foreign(&mut mono, "mono-runtime")?;
    if got.1.contains("DllNotFoundException") {
        eprintln!("SKIPPED: Mono as a client: its TLS is absent; install Debian's libmono-btls-interface4.0-cil");
        return None;
    }
    Some(got)
}

#[tokio::test]
async fn mono_gets_a_page_once_it_trusts_the_authority() {
    let (_estate, authority, address) = prepared().await;
    let (_, port) = address.rsplit_once(':').unwrap();
    let address = format!("https://localhost:{port}/");
    let got = tokio::task::spawn_blocking(move || {
        let folder = tempfile::tempdir().unwrap();
        built(folder.path())?;
        let before = get(folder.path(), &address)?;
        trust(folder.path(), authority.path())?;
        Some((before, get(folder.path(), &address)?))
    });
    let Some(((_, before), (went_well, after))) = got.await.unwrap() else { return };
    assert!(before.contains("TrustFailure") && !before.contains("Vanne is up"), "{before}");
    assert!(went_well && after.contains("Vanne is up"), "{after}");
}
