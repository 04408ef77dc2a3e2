use std::process::Command;

use tempfile::TempDir;
use trust::DigestBoth;

use super::*;
use crate::files::{Expected, Stored};
use crate::{PutError, Verdict};

fn sample(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at / 251 + at) as u8).collect()
}

fn stored(bytes: &[u8]) -> Stored {
    let mut digests = DigestBoth::new();
    digests.update(bytes);
    let (sha1, sha256, size) = digests.finish();
    Stored { sha1, sha256, size }
}

/// A file that is to be fetched.
struct Wanted {
    folder: TempDir,
    files: Files,
    bytes: Vec<u8>,
    stored: Stored,
    expected: Expected,
}

impl Wanted {
    fn of_size(size: usize) -> Self {
        let folder = TempDir::new().unwrap();
        let files = Files::open(folder.path()).unwrap();
        let bytes = sample(size);
        let stored = stored(&bytes);
        let expected = Expected { size: Some(stored.size), sha1: Some(stored.sha1), sha256: Some(stored.sha256) };
        Self { folder, files, bytes, stored, expected }
    }

    async fn open(&self) -> Partial {
        self.files.partial(&self.stored.sha1, self.stored.size).await.unwrap().unwrap()
    }

    /// Fetches what is left of a claim, or so many bytes of it.
    async fn fetch(&self, claim: &mut Claim, bytes: usize) {
        let left = claim.left().unwrap();
        let first = left.first() as usize;
        let end = (left.last() as usize + 1).min(first.saturating_add(bytes));
        for chunk in self.bytes[first..end].chunks(10_000) {
            claim.put(chunk, false).await.unwrap();
        }
    }

    fn left_over(&self) -> usize {
        fs::read_dir(self.folder.path().join("partial")).unwrap().count()
    }
}

#[tokio::test]
async fn a_file_that_came_in_pieces_is_held_once_it_is_whole_and_right() {
    let wanted = Wanted::of_size(3_000_000);
    let partial = wanted.open().await;
    let part = ByteRange::new(2_000_000, 2_000_009).unwrap();
    let mut claim = partial.claim_urgently(part).unwrap();
    assert_eq!(claim.left(), ByteRange::new(30 * BLOCK_BYTES, 31 * BLOCK_BYTES - 1));
    wanted.fetch(&mut claim, usize::MAX).await;
    assert_eq!((claim.left(), partial.claim_urgently(part).is_none()), (None, true));
    assert_eq!(partial.read(part).await.unwrap(), wanted.bytes[2_000_000..2_000_010]);
    assert!(matches!(
        wanted.files.keep_partial(&partial, &wanted.expected).await,
        Err(PutError::TooShort { found: BLOCK_BYTES, .. })
    ));

    while let Some(mut claim) = partial.claim() {
        wanted.fetch(&mut claim, usize::MAX).await;
    }
    assert!(partial.is_whole());
    assert_eq!(partial.look(1), Look::Here(2_999_999));
    assert_eq!(wanted.files.keep_partial(&partial, &wanted.expected).await.unwrap(), wanted.stored);
    assert_eq!(wanted.left_over(), 0);
    assert_eq!(
        wanted.files.verify(&wanted.stored.sha256, &wanted.expected).await.unwrap(),
        Verdict::Sound(wanted.stored)
    );
    assert_eq!(partial.read(part).await.unwrap(), wanted.bytes[2_000_000..2_000_010], "readers go on");
}

#[tokio::test]
async fn what_was_written_is_not_fetched_again_by_the_next_process() {
    let wanted = Wanted::of_size(1_000_000);
    {
        let partial = wanted.open().await;
        let mut claim = partial.claim().unwrap();
        wanted.fetch(&mut claim, 600_000).await;
        assert!(wanted.files.partial(&wanted.stored.sha1, 1_000_000).await.unwrap().is_none(), "one at a time");
        assert!(!wanted.files.remove_partial(&wanted.stored.sha1).await.unwrap());
    }
    let files = Files::open(wanted.folder.path()).unwrap();
    let partial = files.partial(&wanted.stored.sha1, 1_000_000).await.unwrap().unwrap();
    let here = 524_288;
    assert_eq!((partial.here_bytes(), partial.resumed_bytes()), (here, here), "whole writes of 256 KiB");
    let mut claim = partial.claim().unwrap();
    assert_eq!(claim.left(), ByteRange::new(here, 999_999));
    wanted.fetch(&mut claim, usize::MAX).await;
    assert_eq!(files.keep_partial(&partial, &wanted.expected).await.unwrap(), wanted.stored);
    // It did not come in order, and has its digests of pieces all the same.
    let tree = files.piece_tree(&wanted.stored.sha256).await.unwrap();
    assert_eq!(tree.file(), &wanted.stored);
}

#[tokio::test]
async fn a_file_promised_with_another_size_is_begun_anew() {
    let wanted = Wanted::of_size(200_000);
    {
        let partial = wanted.open().await;
        let mut claim = partial.claim().unwrap();
        wanted.fetch(&mut claim, usize::MAX).await;
        assert!(partial.is_whole());
    }
    let partial = wanted.files.partial(&wanted.stored.sha1, 200_001).await.unwrap().unwrap();
    assert_eq!((partial.here_bytes(), partial.size()), (0, 200_001));
    drop(partial);
    fs::write(wanted.folder.path().join(format!("partial/{}.note", wanted.stored.sha1)), b"garbage").unwrap();
    assert_eq!(wanted.open().await.here_bytes(), 0);
}

#[tokio::test]
async fn of_files_that_are_wrong_the_first_is_kept_as_evidence() {
    let wanted = Wanted::of_size(300_000);
    for is_first in [true, false] {
        let partial = wanted.open().await;
        let mut claim = partial.claim().unwrap();
        claim.put(&vec![7; 300_000], false).await.unwrap();
        let wrong = wanted.files.keep_partial(&partial, &wanted.expected).await.unwrap_err();
        assert!(matches!(wrong, PutError::OtherSha256 { .. }), "{wrong}");
        let sources = ["http://liar.example/".to_owned()];
        let quarantined =
            wanted.files.reject_partial(&partial, &wanted.expected, &wrong.to_string(), &sources).await.unwrap();
        assert_eq!(partial.look(0), Look::Gone);
        assert_eq!(wanted.left_over(), 0);
        assert_eq!(quarantined.is_some(), is_first);
        if let Some(quarantined) = quarantined {
            assert_eq!(fs::read(quarantined.file).unwrap(), vec![7; 300_000]);
            assert!(fs::read_to_string(quarantined.note).unwrap().contains("http://liar.example/"));
        }
    }
    assert!(wanted.files.list().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_another_took_meanwhile_is_not_written() {
    let wanted = Wanted::of_size(4_000_000);
    let partial = wanted.open().await;
    let mut all = partial.claim().unwrap();
    wanted.fetch(&mut all, 100_000).await;
    let urgent = partial.claim_urgently(ByteRange::new(2_100_000, 2_200_000).unwrap()).unwrap();
    let border = 32 * BLOCK_BYTES;
    assert_eq!(all.left().unwrap().last(), border - 1);
    all.put(&wanted.bytes[100_000..4_000_000], false).await.unwrap();
    assert_eq!((all.left(), partial.here_bytes()), (None, border));
    assert_eq!(partial.look(0), Look::Here(border));
    assert_eq!(partial.look(border), Look::Coming);
    drop(urgent);
    assert_eq!(partial.look(border), Look::Nobody);
}

#[tokio::test]
async fn a_file_that_was_discarded_touches_nothing_of_the_one_begun_after_it() {
    let wanted = Wanted::of_size(200_000);
    let old = wanted.open().await;
    let mut claim = old.claim().unwrap();
    wanted.fetch(&mut claim, usize::MAX).await;
    wanted.files.abandon_partial(&old).await.unwrap();
    let new = wanted.open().await;
    let mut claim = new.claim().unwrap();
    wanted.fetch(&mut claim, 70_000).await;
    assert!(matches!(
        wanted.files.keep_partial(&old, &wanted.expected).await,
        Err(PutError::TooShort { found: 0, .. })
    ));
    wanted.files.abandon_partial(&old).await.unwrap();
    assert_eq!(wanted.files.reject_partial(&old, &wanted.expected, "late", &[]).await.unwrap(), None);
    assert_eq!((wanted.left_over(), new.look(0)), (2, Look::Coming));
    wanted.fetch(&mut claim, usize::MAX).await;
    assert_eq!(wanted.files.keep_partial(&new, &wanted.expected).await.unwrap(), wanted.stored);
}

#[tokio::test]
async fn what_is_here_is_never_written_again() {
    let wanted = Wanted::of_size(400_000);
    let partial = wanted.open().await;
    let mut claim = partial.claim_urgently(ByteRange::new(100_000, 150_000).unwrap()).unwrap();
    wanted.fetch(&mut claim, usize::MAX).await;
    // As a write would that was given up and comes late, with lies in it.
    let mut late = wanted.bytes[..196_608].to_vec();
    late[70_000..190_000].fill(7);
    partial.inner.write(0, &late).unwrap();
    while let Some(mut claim) = partial.claim() {
        wanted.fetch(&mut claim, usize::MAX).await;
    }
    assert_eq!(wanted.files.keep_partial(&partial, &wanted.expected).await.unwrap(), wanted.stored);
    let held = wanted.files.open_file(&wanted.stored.sha256, 400_000).await.unwrap().unwrap();
    assert_eq!(held.read(ByteRange::whole(400_000).unwrap()).await.unwrap(), wanted.bytes);
}

#[tokio::test]
async fn an_empty_file_is_whole_from_the_beginning() {
    let wanted = Wanted::of_size(0);
    let partial = wanted.open().await;
    assert!(partial.is_whole() && partial.claim().is_none());
    assert_eq!(wanted.files.keep_partial(&partial, &wanted.expected).await.unwrap(), wanted.stored);
}

#[tokio::test]
async fn what_is_partly_here_is_listed_and_removed() {
    let wanted = Wanted::of_size(1_000_000);
    let partial = wanted.open().await;
    let mut claim = partial.claim().unwrap();
    wanted.fetch(&mut claim, 600_000).await;
    drop((claim, partial));
    let listed = wanted.files.partials().await.unwrap();
    assert_eq!((listed.len(), listed[0].sha1), (1, wanted.stored.sha1));
    assert!((500_000..1_000_000).contains(&listed[0].bytes), "no more of the disk than what is here: {listed:?}");
    assert!(wanted.files.remove_partial(&wanted.stored.sha1).await.unwrap());
    assert_eq!(wanted.left_over(), 0);
}

const KILLED: &str = "VANNE_TEST_KILLED_PARTIAL";

/// Not a test of its own: what is killed in the next one.
#[tokio::test]
async fn a_process_that_fetches_until_it_is_killed() {
    let Some(folder) = std::env::var_os(KILLED) else { return };
    let files = Files::open(folder).unwrap();
    let bytes = sample(2_000_000);
    let partial = files.partial(&stored(&bytes).sha1, 2_000_000).await.unwrap().unwrap();
    let mut claim = partial.claim().unwrap();
    claim.put(&bytes[..1_200_000], false).await.unwrap();
    std::process::abort();
}

#[tokio::test]
async fn a_process_that_is_killed_leaves_what_it_wrote() {
    let wanted = Wanted::of_size(2_000_000);
    let killed = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "files::partial::tests::a_process_that_fetches_until_it_is_killed"])
        .env(KILLED, wanted.folder.path())
        .output()
        .unwrap();
    assert!(!killed.status.success());
    let partial = wanted.open().await;
    assert_eq!(partial.here_bytes(), 18 * BLOCK_BYTES);
    while let Some(mut claim) = partial.claim() {
        wanted.fetch(&mut claim, usize::MAX).await;
    }
    assert_eq!(wanted.files.keep_partial(&partial, &wanted.expected).await.unwrap(), wanted.stored);
}
