//! A browser: Chromium verifies certificates by rules of its own, and believes besides its own list of authorities what stands in the
//! database of the account that it runs under, which is the test's own here.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::clients::prepared;
use super::foreign;

/// An account that a browser runs under: a folder, and whom it trusts.
struct Account(tempfile::TempDir);

impl Account {
    fn new() -> Option<Self> {
        let account = Self(tempfile::tempdir().unwrap());
        std::fs::create_dir_all(account.database()).unwrap();
        account.certutil(&["-N", "--empty-password"])?;
        Some(account)
    }

    fn database(&self) -> PathBuf {
        self.0.path().join(".pki/nssdb")
    }

    fn certutil(&self, words: &[&str]) -> Option<()> {
        let database = format!("sql:{}", self.database().display());
        let (went_well, told) = foreign(Command::new("certutil").args(["-d", &database]).args(words), "libnss3-tools")?;
        assert!(went_well, "{words:?}: {told}");
        Some(())
    }

    /// Trusts an authority to vouch for servers.
    fn trust(&self, authority: &Path) -> Option<()> {
        self.certutil(&["-A", "-n", "authority", "-t", "C,,", "-i", authority.to_str().unwrap()])
    }

    /// What is shown at an address. A name that nobody has leads to this host.
    fn browse(&self, address: &str) -> Option<String> {
        let mut chromium = Command::new("chromium");
        // It does not run in a sandbox as root, and shall ask nobody else for anything.
        chromium.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]);
        chromium.args(["--disable-background-networking", "--disable-component-update", "--disable-sync"]);
        chromium.args(["--no-proxy-server", "--host-resolver-rules=MAP other.example 127.0.0.1"]);
        chromium.arg(format!("--user-data-dir={}", self.0.path().join("profile").display()));
        let (_, told) = foreign(chromium.args(["--dump-dom", address]).env("HOME", self.0.path()), "chromium")?;
        Some(told)
    }
}

#[tokio::test]
async fn chromium_shows_a_page_under_the_names_of_the_certificate_once_it_trusts_the_authority() {
    let (_estate, authority, address) = prepared().await;
    let (_, port) = address.rsplit_once(':').unwrap();
    let at = |host: &str| format!("https://{host}:{port}/");
    let addresses = ["localhost", "127.0.0.1", "other.example"].map(at);
    let browsed = tokio::task::spawn_blocking(move || {
        let stranger = Account::new()?;
        let stranger_told = stranger.browse(&addresses[0])?;
        let account = Account::new()?;
        account.trust(authority.path())?;
        let told: Option<Vec<String>> = addresses.iter().map(|address| account.browse(address)).collect();
        Some((stranger_told, told?))
    });
    let Some((stranger, told)) = browsed.await.unwrap() else { return };
    assert!(!stranger.contains("Vanne is up"), "nobody told it whom to trust: {stranger}");
    assert!(told[0].contains("Vanne is up") && told[1].contains("Vanne is up"), "{told:?}");
    assert!(!told[2].contains("Vanne is up"), "the certificate has no such name: {told:?}");
}
