//! Archives that whoever signed them made so: a stolen key, or a program that errs. All of it is signed.

use std::fs;
use std::path::PathBuf;

use model::{Sha1, Sha256};
use trust::DigestSha256;

use super::support::{Estate, Exported, carried};
use crate::manifest::{Stream, Whole};
use crate::record::{Content, Record};
use crate::{Location, Manifest, Part, PartName, StreamKind, signature};

/// An archive whose manifest and streams are changed, and which is signed again.
struct Forged {
    exported: Exported,
    manifest: Manifest,
    contents: Vec<Content>,
}

impl Forged {
    fn of(estate: &Estate) -> Self {
        let exported = Exported::of(estate);
        let manifest = exported.manifest.clone();
        let contents = exported.open().unwrap().shared.contents.clone();
        Self { exported, manifest, contents }
    }

    /// Puts `packed` in the place of a stream, and declares it so.
    fn stream(&mut self, kind: StreamKind, packed: &[u8], records: u64, raw_bytes: u64) {
        let name = PartName::Stream(kind, 1);
        fs::write(self.exported.path(&format!("parts/{name}")), packed).unwrap();
        let part = Part { name, size: packed.len() as u64, sha256: DigestSha256::of(packed) };
        let stream = Stream { records, raw_bytes, parts: vec![part] };
        match kind {
            StreamKind::Metadata => self.manifest.streams.metadata = stream,
            StreamKind::Decisions => self.manifest.streams.decisions = Some(stream),
            StreamKind::Locations => self.manifest.streams.locations = stream,
            StreamKind::Lists => self.manifest.streams.lists = Some(stream),
            StreamKind::Contents => self.manifest.streams.contents = stream,
        }
    }

    fn raw(&mut self, kind: StreamKind, raw: &[u8], records: u64) {
        self.stream(kind, &zstd::encode_all(raw, 3).unwrap(), records, raw.len() as u64);
    }

    fn contents(&mut self, contents: Vec<Content>) {
        let raw = framed(contents.iter().map(json).collect());
        let count = contents.len() as u64;
        self.manifest.carries.files = count;
        self.manifest.carries.file_bytes = contents.iter().map(|content| content.size).sum();
        self.contents = contents;
        self.raw(StreamKind::Contents, &raw, count);
    }

    fn sign(&mut self) {
        let mut whole = Whole::default();
        self.manifest.streams.all().flat_map(|stream| &stream.parts).for_each(|part| whole.add(part));
        let parts = self.contents.iter().flat_map(|content| content.parts(self.manifest.part_bytes_max));
        parts.for_each(|part| whole.add(&part));
        self.manifest.whole = whole.finish();
        self.sign_as_it_is();
    }

    fn sign_as_it_is(&self) {
        let bytes = self.manifest.to_bytes();
        fs::write(self.exported.path("manifest.json"), &bytes).unwrap();
        fs::write(self.exported.path("manifest.sig"), signature::sign(&self.exported.key, &bytes)).unwrap();
    }

    fn refusal(&mut self) -> String {
        self.sign();
        self.exported.refusal()
    }
}

fn framed(records: Vec<Vec<u8>>) -> Vec<u8> {
    let frame = |record: Vec<u8>| [&(record.len() as u32).to_le_bytes()[..], &record].concat();
    records.into_iter().flat_map(frame).collect()
}

fn json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap()
}

#[test]
fn sec_p7_a_forged_archive_that_is_right_is_taken() {
    let mut forged = Forged::of(&Estate::in_parts());
    let contents = forged.contents.clone();
    forged.contents(contents);
    forged.sign();
    super::support::verify(forged.exported.open().unwrap()).unwrap();
}

#[test]
fn sec_p7_a_bomb_is_unpacked_no_further_than_declared() {
    let mut forged = Forged::of(&Estate::small());
    // 64 MiB of nothing in 6 KB, declared as two small documents.
    let bomb = zstd::encode_all(&vec![0; 64 << 20][..], 19).unwrap();
    assert!(bomb.len() < 10_000);
    forged.stream(StreamKind::Metadata, &bomb, 2, 100);
    let refusal = forged.refusal();
    assert!(refusal.contains("record 1 is not valid") && refusal.contains("too few to name a revision"), "{refusal}");
    // As zeros are records without bytes, the list of files is told by its JSON.
    let mut forged = Forged::of(&Estate::small());
    forged.stream(StreamKind::Locations, &bomb, 2, 100);
    assert!(forged.refusal().contains("it is not the JSON of its kind"));
}

#[test]
fn a_stream_that_goes_on_behind_what_was_declared_is_refused() {
    let mut forged = Forged::of(&Estate::small());
    let mut document = Vec::new();
    Estate::small().documents[0].write(&mut document).unwrap();
    let raw = framed(vec![document.clone(), document]);
    let packed = zstd::encode_all(&[&raw[..], &vec![0; 1 << 20]].concat()[..], 19).unwrap();
    forged.stream(StreamKind::Metadata, &packed, 2, raw.len() as u64);
    let refusal = forged.refusal();
    assert!(refusal.contains(&format!("more than the {} bytes and 2 records", raw.len())), "{refusal}");
    forged.stream(StreamKind::Metadata, &zstd::encode_all(&raw[..], 3).unwrap(), 2, raw.len() as u64 - 1);
    assert!(forged.refusal().contains("it unpacks to more than"));
    forged.stream(StreamKind::Metadata, &zstd::encode_all(&raw[..], 3).unwrap(), 2, raw.len() as u64 + 1);
    assert!(forged.refusal().contains("it ends within record 3"));
}

#[test]
fn sec_p7_a_window_that_would_take_the_memory_is_refused() {
    // A frame that asks for a window of 2 GiB: magic, descriptor without single segment, window 2^31.
    let frame = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3, 0x01, 0x00, 0x00];
    let mut forged = Forged::of(&Estate::small());
    forged.stream(StreamKind::Metadata, &frame, 2, 100);
    let refusal = forged.refusal();
    assert!(refusal.contains("could not be unpacked at record 1") && refusal.contains("memory"), "{refusal}");
}

#[test]
fn a_stream_that_is_no_zstd_or_ends_in_the_middle_is_refused() {
    let mut forged = Forged::of(&Estate::small());
    forged.stream(StreamKind::Metadata, b"not compressed at all", 2, 100);
    assert!(forged.refusal().contains("could not be unpacked at record 1"));
    let raw = framed(vec![vec![7; 5000], vec![8; 5000]]);
    let packed = zstd::encode_all(&raw[..], 3).unwrap();
    forged.stream(StreamKind::Metadata, &packed[..packed.len() - 5], 2, raw.len() as u64);
    let refusal = forged.refusal();
    assert!(
        refusal.contains("the metadata of the archive in") && refusal.contains("it ends within record 1"),
        "{refusal}"
    );
}

#[test]
fn a_record_that_claims_to_be_huge_takes_no_memory() {
    let mut forged = Forged::of(&Estate::small());
    let raw = [&u32::MAX.to_le_bytes()[..], &[0; 96]].concat();
    forged.raw(StreamKind::Metadata, &raw, 2);
    assert!(forged.refusal().contains("it has 4294967295 bytes, 67108884 are allowed"));
}

#[test]
fn a_record_longer_than_its_stream_is_refused() {
    let mut forged = Forged::of(&Estate::small());
    let raw = [&1000_u32.to_le_bytes()[..], &[0; 96]].concat();
    forged.raw(StreamKind::Metadata, &raw, 2);
    assert!(forged.refusal().contains("it unpacks to more than the 100 bytes"));
}

#[test]
fn counts_that_the_records_do_not_bear_out_are_refused() {
    let mut forged = Forged::of(&Estate::small());
    forged.manifest.carries.groups = 2;
    forged.manifest.carries.approvals = 0;
    assert!(forged.refusal().contains("carries 1 groups, its manifest says 2"));
    let mut forged = Forged::of(&Estate::small());
    forged.manifest.carries.documents = u64::MAX;
    assert!(forged.refusal().contains("it has 2 metadata records, but carries another number of them"));
    let mut forged = Forged::of(&Estate::small());
    forged.manifest.carries.locations = u64::MAX;
    assert!(forged.refusal().contains("it has 2 locations records, but carries another number of them"));
}

#[test]
fn a_list_of_files_that_contradicts_itself_is_refused() {
    let estate = Estate::in_parts();
    let mut forged = Forged::of(&estate);
    let sound = forged.contents.clone();
    let mut turned = sound.clone();
    turned.reverse();
    forged.contents(turned);
    assert!(forged.refusal().contains("is not behind the one before it"));
    let twice = vec![sound[0].clone(), sound[0].clone()];
    forged.contents(twice);
    assert!(forged.refusal().contains("is not behind the one before it"));

    let mut fewer = sound.clone();
    let in_pieces = fewer.iter_mut().find(|content| content.pieces.len() == 3).unwrap();
    in_pieces.pieces = in_pieces.pieces[..2].into();
    forged.contents(fewer);
    assert!(forged.refusal().contains("has 2 pieces, its size makes 3"));

    forged.contents(sound.clone());
    forged.manifest.carries.file_bytes += 1;
    assert!(forged.refusal().contains("the manifest says"));

    forged.contents(sound);
    forged.sign();
    forged.manifest.whole = Sha256::new([0; 32]);
    forged.sign_as_it_is();
    assert!(forged.exported.refusal().contains("the whole archive has SHA-256"));
}

#[test]
fn a_file_that_is_not_what_its_name_says_is_refused() {
    let estate = Estate::in_parts();
    let in_pieces = carried(&super::support::noise(5, 150_000)).sha256;
    // Its pieces are what the list says, in another order; and its SHA-1 is another.
    let mut forged = Forged::of(&estate);
    let mut contents = forged.contents.clone();
    let content = contents.iter_mut().find(|content| content.sha256 == in_pieces).unwrap();
    content.pieces.swap(0, 1);
    let paths = ["00001", "00002"].map(|number| file_path(&forged, in_pieces, &format!("-{number}")));
    let [one, two] = paths.each_ref().map(|path| fs::read(path).unwrap());
    fs::write(&paths[0], two).unwrap();
    fs::write(&paths[1], one).unwrap();
    forged.contents(contents);
    assert!(forged.refusal().contains("its pieces make up a file with SHA-256"));

    let mut forged = Forged::of(&estate);
    let mut contents = forged.contents.clone();
    contents[0].sha1 = Sha1::new([0; 20]);
    forged.contents(contents);
    assert!(forged.refusal().contains("it has SHA-1"));
}

fn file_path(forged: &Forged, sha256: Sha256, piece: &str) -> PathBuf {
    forged.exported.path(&format!("files/{:02x}/{sha256}{piece}", sha256.as_bytes()[0]))
}

#[test]
fn a_file_of_impossible_size_is_refused() {
    let mut forged = Forged::of(&Estate::small());
    let mut contents = forged.contents.clone();
    contents[0].size = u64::MAX;
    let raw = framed(contents.iter().map(json).collect());
    forged.raw(StreamKind::Contents, &raw, 2);
    forged.sign_as_it_is();
    let refusal = forged.exported.refusal();
    assert!(refusal.contains("record 1 is not valid") && refusal.contains("is out of bounds"), "{refusal}");
}

#[test]
fn records_out_of_bounds_are_refused() {
    let mut forged = Forged::of(&Estate::small());
    let location = |url: &str| json(&Location::Url { sha1: Sha1::new([1; 20]), url: url.to_owned() });
    for url in ["file:///etc/passwd", "http://a b", "http://a\nb", &format!("http://{}", "x".repeat(3000))] {
        let raw = framed(vec![location(url), location("https://download.example/")]);
        forged.raw(StreamKind::Locations, &raw, 2);
        assert!(forged.refusal().contains("is not an address in HTTP or HTTPS of at most 2048 bytes"), "{url}");
    }
    for bad in [&b"{}"[..], b"{\"group\":{}}", b"[]", b"\xff", br#"{"decline":{"update_id":"x"}}"#] {
        let mut forged = Forged::of(&Estate::small());
        forged.raw(StreamKind::Decisions, &framed(vec![bad.to_vec(); 4]), 4);
        assert!(forged.refusal().contains("it is not the JSON of its kind"), "{bad:?}");
    }
}
