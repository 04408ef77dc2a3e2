use std::io::Cursor;
use std::process::Command;
use std::{env, fs};

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, repeat};
use trust::DigestBoth;

use super::incoming::Incoming;
use super::*;
use crate::OpenError;
use crate::range::{self, ByteRange, Plan, Segment};

fn folder() -> (TempDir, Files) {
    let folder = TempDir::new().unwrap();
    let files = Files::open(folder.path()).unwrap();
    (folder, files)
}

fn stored(bytes: &[u8]) -> Stored {
    let mut digests = DigestBoth::new();
    digests.update(bytes);
    let (sha1, sha256, size) = digests.finish();
    Stored { sha1, sha256, size }
}

fn expected(stored: &Stored) -> Expected {
    Expected { size: Some(stored.size), sha1: Some(stored.sha1), sha256: Some(stored.sha256) }
}

/// Bytes that tell where they are from.
fn sample(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at / 251 + at) as u8).collect()
}

async fn put(files: &Files, bytes: &[u8], expected: Expected) -> Result<Stored, PutError> {
    files.put(Cursor::new(bytes.to_vec()), expected).await
}

async fn read(files: &Files, stored: &Stored, segments: Vec<Segment>) -> io::Result<Vec<u8>> {
    let held = files.open_file(&stored.sha256, stored.size).await.unwrap().unwrap();
    held.stream(segments).map_ok(|chunk| chunk.to_vec()).try_concat().await
}

fn incoming_is_empty(files: &Files) -> bool {
    fs::read_dir(files.incoming_folder()).unwrap().next().is_none()
}

/// Spoils a held file without changing its length.
fn rot(files: &Files, stored: &Stored) {
    let path = files.path(&stored.sha256);
    let mut bytes = fs::read(&path).unwrap();
    bytes[0] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn what_is_put_is_there_under_its_digest() {
    let (folder, files) = folder();
    let bytes = sample(3 * PIECE_BYTES + 17);
    let file = stored(&bytes);
    assert_eq!(put(&files, &bytes, expected(&file)).await.unwrap(), file);
    let name = file.sha256.to_string();
    assert_eq!(fs::read(folder.path().join("files").join(&name[..2]).join(&name)).unwrap(), bytes);
    assert_eq!(files.list().await.unwrap(), [Listed { sha256: file.sha256, size: file.size }]);
    assert!(incoming_is_empty(&files));
}

#[tokio::test]
async fn nothing_need_be_promised_and_an_empty_file_is_a_file() {
    let (_folder, files) = folder();
    let file = put(&files, b"", Expected::default()).await.unwrap();
    assert_eq!(file, stored(b""));
    assert_eq!(files.open_file(&file.sha256, 0).await.unwrap().unwrap().size, 0);
    assert_eq!(files.verify(&file.sha256, &expected(&file)).await.unwrap(), Verdict::Sound(file));
}

#[tokio::test]
async fn a_broken_promise_is_named_and_leaves_nothing() {
    let (_folder, files) = folder();
    let file = stored(b"twelve bytes");
    let other = stored(b"others");
    let put = async |promise: Expected| put(&files, b"twelve bytes", promise).await.unwrap_err();
    let size = |size| Expected { size: Some(size), ..Expected::default() };
    assert!(matches!(put(size(11)).await, PutError::TooLong { expected: 11 }));
    assert!(matches!(put(size(0)).await, PutError::TooLong { expected: 0 }));
    assert!(matches!(put(size(13)).await, PutError::TooShort { expected: 13, found: 12 }));
    assert!(matches!(put(size(u64::MAX)).await, PutError::TooShort { expected: u64::MAX, found: 12 }));
    let promise = Expected { sha1: Some(other.sha1), ..expected(&file) };
    assert!(matches!(put(promise).await, PutError::OtherSha1 { found, .. } if found == file.sha1));
    let promise = Expected { sha256: Some(other.sha256), ..expected(&file) };
    assert!(matches!(put(promise).await, PutError::OtherSha256 { found, .. } if found == file.sha256));
    assert!(files.list().await.unwrap().is_empty());
    assert!(incoming_is_empty(&files));
}

#[tokio::test]
async fn an_endless_stream_is_left_once_it_is_too_long() {
    let (_folder, files) = folder();
    let promise = Expected { size: Some(1_000_000), ..Expected::default() };
    assert!(matches!(files.put(repeat(7), promise).await, Err(PutError::TooLong { expected: 1_000_000 })));
    assert!(incoming_is_empty(&files));
}

#[test]
fn a_file_beyond_the_limit_is_refused_whatever_was_promised() {
    for size in [None, Some(u64::MAX)] {
        let promise = Expected { size, ..Expected::default() };
        assert!(put::refuse_length(FILE_BYTES_MAX, &promise).is_ok());
        assert!(matches!(put::refuse_length(FILE_BYTES_MAX + 1, &promise), Err(PutError::OverLimit { .. })));
    }
}

#[tokio::test]
async fn a_source_that_fails_leaves_nothing() {
    let (_folder, files) = folder();
    let failing = reader_that_fails_after(sample(PIECE_BYTES + 5));
    assert!(matches!(files.put(failing, Expected::default()).await, Err(PutError::Source { .. })));
    assert!(incoming_is_empty(&files));
}

/// Yields `bytes`, and then an error.
fn reader_that_fails_after(bytes: Vec<u8>) -> impl tokio::io::AsyncRead {
    let cut: io::Error = io::ErrorKind::ConnectionReset.into();
    Cursor::new(bytes).chain(FailingReader(Some(cut)))
}

struct FailingReader(Option<io::Error>);

impl tokio::io::AsyncRead for FailingReader {
    fn poll_read(
        mut self: std::pin::Pin<&mut Self>,
        _context: &mut std::task::Context<'_>,
        _buffer: &mut tokio::io::ReadBuf<'_>,
    ) -> std::task::Poll<io::Result<()>> {
        std::task::Poll::Ready(self.0.take().map_or(Ok(()), Err))
    }
}

#[tokio::test]
async fn a_put_that_is_given_up_leaves_nothing() {
    let (_folder, files) = folder();
    let stalled = Cursor::new(sample(10)).chain(tokio::io::empty()).chain(Stalled);
    let put = files.put(stalled, Expected::default());
    let mut put = Box::pin(put);
    while incoming_is_empty(&files) {
        assert!(futures::poll!(&mut put).is_pending());
        tokio::task::yield_now().await;
    }
    // One more step, so that the file is in the hands of the put.
    for _ in 0..100 {
        assert!(futures::poll!(&mut put).is_pending());
        tokio::task::yield_now().await;
    }
    drop(put);
    while !incoming_is_empty(&files) {
        tokio::task::yield_now().await;
    }
}

struct Stalled;

impl tokio::io::AsyncRead for Stalled {
    fn poll_read(
        self: std::pin::Pin<&mut Self>,
        _context: &mut std::task::Context<'_>,
        _buffer: &mut tokio::io::ReadBuf<'_>,
    ) -> std::task::Poll<io::Result<()>> {
        std::task::Poll::Pending
    }
}

#[tokio::test]
async fn a_file_that_is_held_is_verified_and_not_read_again() {
    let (_folder, files) = folder();
    let file = put(&files, b"held", Expected::default()).await.unwrap();
    // The reader would never end; it is not asked.
    assert_eq!(files.put(Stalled, expected(&file)).await.unwrap(), file);
    let contradiction = Expected { sha1: Some(stored(b"x").sha1), ..expected(&file) };
    assert!(matches!(files.put(Stalled, contradiction).await, Err(PutError::OtherSha1 { .. })));
    assert_eq!(files.list().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_put_heals_a_rotten_file() {
    let (_folder, files) = folder();
    for promise in [Expected::default(), expected(&stored(b"sound"))] {
        let file = put(&files, b"sound", promise).await.unwrap();
        rot(&files, &file);
        assert_eq!(put(&files, b"sound", promise).await.unwrap(), file);
        assert_eq!(files.verify(&file.sha256, &promise).await.unwrap(), Verdict::Sound(file));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn puts_of_one_file_at_once_all_succeed() {
    let (_folder, files) = folder();
    let bytes = sample(PIECE_BYTES * 2 + 1);
    let file = stored(&bytes);
    let puts = (0..16).map(|number| {
        let (files, bytes) = (files.clone(), bytes.clone());
        let promise = if number % 2 == 0 { Expected::default() } else { expected(&file) };
        tokio::spawn(async move { put(&files, &bytes, promise).await })
    });
    for put in puts.collect::<Vec<_>>() {
        assert_eq!(put.await.unwrap().unwrap(), file);
    }
    assert_eq!(read(&files, &file, vec![Segment::File(ByteRange::whole(file.size).unwrap())]).await.unwrap(), bytes);
    assert!(incoming_is_empty(&files));
}

#[tokio::test]
async fn what_an_interrupted_put_left_is_swept_and_what_runs_is_not() {
    let (folder, files) = folder();
    let left_over = files.incoming_folder().join("1-0");
    fs::write(&left_over, "half").unwrap();
    fs::create_dir(files.incoming_folder().join("not ours")).unwrap();
    let mut running = Incoming::create(&files.incoming_folder()).unwrap();
    let again = Files::open(folder.path()).unwrap();
    assert!(!left_over.exists());
    running.write(b"whole").unwrap();
    let file = running.stored();
    running.rename(&again.path(&file.sha256)).unwrap();
    assert_eq!(again.verify(&file.sha256, &Expected::default()).await.unwrap(), Verdict::Sound(file));
}

#[tokio::test]
async fn a_file_that_does_not_match_is_quarantined_with_a_note() {
    let (_folder, files) = folder();
    let file = put(&files, b"will rot", Expected::default()).await.unwrap();
    for round in 1..=2 {
        rot(&files, &file);
        let Verdict::Quarantined(quarantined) = files.verify(&file.sha256, &expected(&file)).await.unwrap() else {
            panic!("a rotten file passed");
        };
        assert_eq!(quarantined.file, files.quarantine_folder().join(format!("{}.{round}", file.sha256)));
        assert_eq!(quarantined.found, stored(&fs::read(&quarantined.file).unwrap()));
        let note: serde_json::Value = serde_json::from_slice(&fs::read(&quarantined.note).unwrap()).unwrap();
        assert_eq!(note["expected"]["sha256"], file.sha256.to_string());
        assert_eq!(note["expected"]["sha1"], file.sha1.to_string());
        assert_eq!(note["found"]["sha256"], quarantined.found.sha256.to_string());
        assert_eq!(note["found"]["size"], 8);
        assert!(note["reason"].as_str().unwrap().starts_with("the file has SHA-256 "));
        assert!(note["at"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
        assert!(files.open_file(&file.sha256, file.size).await.unwrap().is_none());
        assert_eq!(files.verify(&file.sha256, &expected(&file)).await.unwrap(), Verdict::Missing);
        put(&files, b"will rot", expected(&file)).await.unwrap();
    }
}

#[tokio::test]
async fn a_file_of_the_wrong_size_is_neither_opened_nor_kept() {
    let (_folder, files) = folder();
    let file = put(&files, b"short", Expected::default()).await.unwrap();
    assert!(matches!(files.open_file(&file.sha256, 6).await, Err(OpenError::OtherSize { expected: 6, found: 5, .. })));
    let promise = Expected { size: Some(6), ..Expected::default() };
    assert!(matches!(files.verify(&file.sha256, &promise).await.unwrap(), Verdict::Quarantined(_)));
}

#[tokio::test]
async fn what_is_not_held_is_missing() {
    let (_folder, files) = folder();
    let sha256 = stored(b"never put").sha256;
    assert!(files.open_file(&sha256, 9).await.unwrap().is_none());
    assert_eq!(files.verify(&sha256, &Expected::default()).await.unwrap(), Verdict::Missing);
}

#[tokio::test]
async fn only_names_of_digests_are_listed() {
    let (folder, files) = folder();
    let file = put(&files, b"one", Expected::default()).await.unwrap();
    let name = file.sha256.to_string();
    let other = if name.starts_with("00") { "01" } else { "00" };
    fs::write(folder.path().join("files").join(other).join("README"), "not ours").unwrap();
    fs::write(folder.path().join("files").join(other).join(&name), "in the wrong folder").unwrap();
    assert_eq!(files.list().await.unwrap(), [Listed { sha256: file.sha256, size: 3 }]);
}

#[tokio::test]
async fn a_multipart_body_is_read_in_order_and_to_the_byte() {
    let (_folder, files) = folder();
    let bytes = sample(2 * PIECE_BYTES + 100);
    let file = put(&files, &bytes, Expected::default()).await.unwrap();
    let field = format!("bytes=-50,0-{},5-5", PIECE_BYTES + 9);
    let plan = Plan::new(&range::parse(&field, file.size), &file.sha256, file.size, "application/octet-stream");
    let length = plan.content_length;
    let body = read(&files, &file, plan.segments.clone()).await.unwrap();
    assert_eq!(body.len() as u64, length);
    let mut expected = Vec::new();
    for segment in plan.segments {
        match segment {
            Segment::Text(text) => expected.extend(text),
            Segment::File(part) => expected.extend(&bytes[part.first() as usize..=part.last() as usize]),
        }
    }
    assert!(body == expected);
}

#[tokio::test]
async fn a_stream_comes_in_chunks_and_ends_with_an_error_when_the_file_is_cut() {
    let (_folder, files) = folder();
    let bytes = sample(3 * PIECE_BYTES);
    let file = put(&files, &bytes, Expected::default()).await.unwrap();
    let held = files.open_file(&file.sha256, file.size).await.unwrap().unwrap();
    let whole = vec![Segment::File(ByteRange::whole(file.size).unwrap())];
    let chunks: Vec<Bytes> = held.stream(whole.clone()).try_collect().await.unwrap();
    assert_eq!(chunks.iter().map(Bytes::len).collect::<Vec<_>>(), [PIECE_BYTES; 3]);
    File::options().write(true).open(files.path(&file.sha256)).unwrap().set_len(PIECE_BYTES as u64 + 1).unwrap();
    let outcomes: Vec<bool> = held.stream(whole).map(|chunk| chunk.is_ok()).collect().await;
    assert_eq!(outcomes.first(), Some(&true));
    assert_eq!(outcomes.last(), Some(&false));
}

#[test]
fn a_full_disk_or_quota_is_told_from_a_broken_one() {
    let error = |kind: io::ErrorKind| PutError::from(FileError::when("write", Path::new("x"))(kind.into()));
    assert!(matches!(error(io::ErrorKind::StorageFull), PutError::Full { .. }));
    assert!(matches!(error(io::ErrorKind::QuotaExceeded), PutError::Full { .. }));
    assert!(matches!(error(io::ErrorKind::ReadOnlyFilesystem), PutError::Disk { .. }));
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("files"), "in the way").unwrap();
    let error = Files::open(folder.path()).unwrap_err();
    assert!(error.to_string().starts_with("could not create the folder "), "{error}");
}

/// The part of [`a_real_full_disk_leaves_nothing`] that runs where the disk is small.
const SMALL_DISK: &str = "VANNE_TEST_SMALL_DISK";

#[test]
fn a_real_full_disk_leaves_nothing() {
    if let Some(root) = env::var_os(SMALL_DISK) {
        return on_a_small_disk(Path::new(&root));
    }
    let folder = TempDir::new().unwrap();
    let mut again = Command::new("unshare");
    again
        .args(["--user", "--map-root-user", "--mount", "sh", "-c"])
        .arg("mount -t tmpfs -o size=2m tmpfs \"$VANNE_TEST_SMALL_DISK\" || exit 77; exec \"$@\"")
        .arg("sh")
        .arg(env::current_exe().unwrap())
        .args(["--exact", "files::tests::a_real_full_disk_leaves_nothing", "--nocapture"])
        .env(SMALL_DISK, folder.path());
    match again.output() {
        Ok(output) if output.status.success() => {
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(said.contains("1 passed"), "the part on the small disk did not run: {said}");
        }
        Ok(output) if output.status.code() == Some(101) => {
            panic!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        }
        refused => {
            eprintln!("SKIPPED: a_real_full_disk_leaves_nothing: no small disk can be mounted here: {refused:?}");
        }
    }
}

fn on_a_small_disk(root: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let files = Files::open(root).unwrap();
        let small = put(&files, &sample(100_000), Expected::default()).await.unwrap();
        let large = sample(4 << 20);
        assert!(matches!(put(&files, &large, Expected::default()).await, Err(PutError::Full { .. })));
        assert!(matches!(put(&files, &large, expected(&stored(&large))).await, Err(PutError::Full { .. })));
        assert!(incoming_is_empty(&files));
        assert_eq!(files.list().await.unwrap(), [Listed { sha256: small.sha256, size: small.size }]);
        // What was taken is free again.
        put(&files, &sample(1_200_000), Expected::default()).await.unwrap();
    });
}

#[tokio::test]
async fn the_digests_of_pieces_are_made_as_a_file_comes_and_go_with_it() {
    let (folder, files) = folder();
    let bytes = sample((2 << 20) + 77);
    let file = put(&files, &bytes, Expected::default()).await.unwrap();
    let tree = files.piece_tree(&file.sha256).await.unwrap();
    assert_eq!((tree.file(), tree.pieces().len()), (&file, 3));
    assert!(tree.is_piece(2, &bytes[2 << 20..]));

    // One that was lost or damaged is made again when its file is read.
    let digest = file.sha256.to_string();
    let kept = folder.path().join("pieces").join(&digest[..2]).join(&digest);
    for damage in [None, Some(b"VANNEPT1 and no more".as_slice())] {
        match damage {
            None => fs::remove_file(&kept).unwrap(),
            Some(damage) => fs::write(&kept, damage).unwrap(),
        }
        assert_eq!(files.piece_tree(&file.sha256).await, None);
        assert_eq!(files.verify(&file.sha256, &expected(&file)).await.unwrap(), Verdict::Sound(file));
        assert_eq!(files.piece_tree(&file.sha256).await.as_ref(), Some(&tree));
    }
    files.remove(&file.sha256).await.unwrap();
    assert!(!kept.exists());
}

#[tokio::test]
async fn what_is_kept_as_evidence_says_why_and_which_bytes_differ() {
    let (_folder, files) = folder();
    let mut bytes = sample(5 << 20);
    let file = put(&files, &bytes, Expected::default()).await.unwrap();
    for at in [10, (1 << 20) + 10, (3 << 20) + 10] {
        bytes[at] ^= 1;
    }
    fs::write(files.path(&file.sha256), &bytes).unwrap();
    let Verdict::Quarantined(quarantined) = files.verify(&file.sha256, &expected(&file)).await.unwrap() else {
        panic!("a rotten file passed");
    };
    assert!(quarantined.reason.ends_with("; bytes 0-2097151, 3145728-4194303 differ"), "{}", quarantined.reason);
    let evidence = files.evidence(10).await.unwrap();
    assert_eq!(evidence.len(), 1);
    assert_eq!((&evidence[0].file, evidence[0].found), (&quarantined.file, stored(&bytes)));
    assert_eq!(evidence[0].reason, quarantined.reason);
    fs::write(files.quarantine_folder().join("notes.json"), "no note").unwrap();
    assert_eq!((files.evidence(10).await.unwrap().len(), files.evidence(0).await.unwrap().len()), (1, 0));
}

#[tokio::test]
async fn a_tree_that_cannot_be_kept_keeps_no_file_out() {
    let (folder, files) = folder();
    fs::remove_dir_all(folder.path().join("pieces")).unwrap();
    fs::write(folder.path().join("pieces"), "in the way").unwrap();
    let file = put(&files, b"held all the same", Expected::default()).await.unwrap();
    assert_eq!(files.verify(&file.sha256, &expected(&file)).await.unwrap(), Verdict::Sound(file));
    assert_eq!(files.piece_tree(&file.sha256).await, None);
}
