//! Files that are no longer what they were: never served once found, reported, and healed.

use std::path::PathBuf;

use server::admin::api::{ContentState, ContentSummary};
use testkit::documents::MadeFile;

use super::{address, get, update_with};
use crate::harness::{ServerProcess, Site, eventually, files_below};

/// A site whose server holds one file.
struct Held {
    site: Site,
    server: ServerProcess,
    file: MadeFile,
    /// Where it lies.
    on_disk: PathBuf,
}

impl Held {
    fn start(name: &str, config: &str) -> Self {
        let file = MadeFile::of_size(&format!("{name}.cab"), 100_000);
        let site = Site::new();
        site.write_catalog(&update_with(name, std::slice::from_ref(&file)));
        site.write("vanne.toml", config);
        let server = Self::serve(&site);
        assert_eq!(site.run(&["catalog", "import", "documents", "--content", "files"]).code, 0);
        let digest = file.sha256().to_string();
        let on_disk = site.data_dir().join("content/files").join(&digest[..2]).join(digest);
        assert_eq!(std::fs::read(&on_disk).unwrap(), file.bytes);
        Self { site, server, file, on_disk }
    }

    fn serve(site: &Site) -> ServerProcess {
        site.serve_with(&["--config", site.path("vanne.toml").to_str().unwrap()])
    }

    async fn status(&self) -> u16 {
        get(&address(self.server.url(), &self.file.sha1(), "cab"), &[]).await.status.as_u16()
    }

    /// Downloads the file, which the server keeps open from then on.
    async fn download(&self) {
        let answer = get(&address(self.server.url(), &self.file.sha1(), "cab"), &[]).await;
        assert!(answer.status == 200 && answer.body == self.file.bytes);
    }

    /// Puts another file, as long but for one bit, in its place.
    fn swap(&self) -> Vec<u8> {
        let mut other = self.file.bytes.to_vec();
        other[50_000] ^= 1;
        std::fs::rename(self.site.write("other.cab", &other), &self.on_disk).unwrap();
        other
    }

    /// The one file, as `vanne content list` has it.
    fn listed(&self) -> ContentSummary {
        let mut listed: Vec<ContentSummary> = self.site.json(&["content", "list"]);
        assert_eq!(listed.len(), 1);
        listed.remove(0)
    }

    /// Found out: not served, listed with its reason, kept aside with a note; and healed by adding it again.
    async fn assert_quarantined_and_heal(self) {
        assert_eq!(self.status().await, 404);
        let listed = self.listed();
        assert_eq!(listed.state, ContentState::Quarantined);
        assert!(listed.reason.is_some());
        let aside = files_below(&self.site.data_dir().join("content/quarantine"));
        assert_eq!(aside.len(), 2, "the file and its note: {aside:?}");

        let again = self.site.write("again/file.cab", &self.file.bytes);
        let ran = self.site.run(&["content", "add", again.to_str().unwrap()]);
        assert_eq!((ran.code, ran.out.trim()), (0, "1 files held (97.66 KiB), 0 refused"), "{}", ran.err);
        assert_eq!(self.status().await, 200);
        assert_eq!(self.listed().state, ContentState::Held);
        assert_eq!(self.site.run(&["content", "verify"]).code, 0);
    }
}

#[tokio::test]
async fn sec_a8_a_file_that_changed_its_length_is_found_when_it_is_asked_for() {
    let held = Held::start("shorter", "");
    held.download().await;
    std::fs::write(&held.on_disk, &held.file.bytes[..99_999]).unwrap();
    assert_eq!(held.status().await, 404);
    held.assert_quarantined_and_heal().await;
}

#[tokio::test]
async fn sec_a8_a_file_that_was_swapped_for_one_as_long_is_found_by_verify() {
    let held = Held::start("swapped", "[content]\nscrub_mib_per_sec = 0\n");
    held.download().await;
    let other = held.swap();
    let ran = held.site.run(&["content", "verify"]);
    assert_eq!(ran.code, 3);
    let name = held.file.sha1().to_string();
    assert!(
        ran.out.contains(&format!("quarantined {name}: ")) && ran.out.contains("add the file again"),
        "{}",
        ran.out
    );
    let quarantine = held.site.data_dir().join("content/quarantine");
    let is_kept = files_below(&quarantine).iter().any(|file| std::fs::read(file).unwrap() == other);
    assert!(is_kept, "what was put there is evidence");
    held.assert_quarantined_and_heal().await;
}

#[tokio::test]
async fn sec_a8_a_file_that_was_swapped_for_one_as_long_is_found_by_itself_in_time() {
    let held = Held::start("scrubbed", "[content]\nscrub_mib_per_sec = 1024\n");
    held.download().await;
    held.swap();
    // A round begins with the server.
    let Held { site, server, file, on_disk } = held;
    server.kill();
    let held = Held { server: Held::serve(&site), site, file, on_disk };
    eventually("the file is set aside", async || held.listed().state == ContentState::Quarantined).await;
    held.assert_quarantined_and_heal().await;
}

#[tokio::test]
async fn a_file_that_is_gone_is_reported_and_healed() {
    let held = Held::start("gone", "");
    std::fs::remove_file(&held.on_disk).unwrap();
    assert_eq!(held.status().await, 404);
    assert_eq!(held.site.run(&["content", "verify"]).code, 3);
    assert_eq!(held.listed().reason.as_deref(), Some("the file is gone from the content folder"));
    let again = held.site.write("again/file.cab", &held.file.bytes);
    assert_eq!(held.site.run(&["content", "add", again.to_str().unwrap()]).code, 0);
    assert_eq!(held.status().await, 200);
}

#[test]
fn files_that_no_update_names_are_refused_one_by_one() {
    let held = Held::start("named", "");
    let stranger = held.site.write("more/stranger.cab", b"nobody speaks of this");
    held.site.write("more/wanted.cab", &held.file.bytes);
    let ran = held.site.run(&["content", "add", "more"]);
    assert_eq!((ran.code, ran.out.trim()), (3, "1 files held (97.66 KiB), 1 refused"));
    assert!(ran.err.contains("refused more/stranger.cab: no update names a file with the SHA-1"), "{}", ran.err);
    assert!(stranger.exists(), "nobody's file is touched");
}
