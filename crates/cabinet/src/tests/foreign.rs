//! Readers and writers that nobody here wrote: the crate `cab`, and Debian's `cabextract`.

use std::fs;
use std::io::{Cursor, Read as _, Write as _};
use std::process::{Command, Stdio};

use super::samples::{Noise, contents, document};
use crate::{Limits, MEMBER, Member, pack, unpack, utf16};

/// `cab` cannot read a member without content.
fn contents_of_some_bytes() -> impl Iterator<Item = (String, Vec<u8>)> {
    contents().into_iter().filter(|(_, content)| !content.is_empty())
}

#[test]
fn cab_reads_what_is_packed() {
    for (name, content) in contents_of_some_bytes() {
        let mut cabinet = cab::Cabinet::new(Cursor::new(pack(MEMBER, &content).unwrap())).unwrap();
        let mut read = Vec::new();
        cabinet.read_file(MEMBER).unwrap().read_to_end(&mut read).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(read == content, "{name}");
    }
}

#[test]
fn sec_p5_what_cab_writes_is_unpacked() {
    let mut mixed = utf16(&document(50_000));
    mixed.extend(Noise(5).bytes(50_000));
    mixed.extend(utf16(&document(70_000)));
    for content in [utf16(&document(100)), Noise(6).bytes(32_768), mixed] {
        for compression in [cab::CompressionType::None, cab::CompressionType::MsZip] {
            let mut builder = cab::CabinetBuilder::new();
            builder.add_folder(compression).add_file("some.xml");
            let mut writer = builder.build(Cursor::new(Vec::new())).unwrap();
            writer.next_file().unwrap().unwrap().write_all(&content).unwrap();
            let written = writer.finish().unwrap().into_inner();
            let member = unpack(&written, &Limits::default()).unwrap();
            assert_eq!(member, Member { name: "some.xml".to_owned(), content: content.clone() });
        }
    }
}

#[test]
fn cabextract_reads_what_is_packed() {
    let Some(cabextract) = Cabextract::find() else { return };
    for (name, content) in contents() {
        assert!(cabextract.read(&pack(MEMBER, &content).unwrap()) == content, "{name}");
    }
}

#[test]
fn cabextract_reads_the_corpus_as_we_do() {
    let Some(cabextract) = Cabextract::find() else { return };
    for entry in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/cabinet")).unwrap() {
        let entry = entry.unwrap();
        if let Ok(member) = unpack(&fs::read(entry.path()).unwrap(), &Limits::default()) {
            assert!(cabextract.read(&fs::read(entry.path()).unwrap()) == member.content, "{entry:?}");
        }
    }
}

/// Debian's program, and a folder for it.
struct Cabextract {
    folder: tempfile::TempDir,
}

impl Cabextract {
    fn find() -> Option<Self> {
        let is_there = Command::new("cabextract").arg("--version").stdout(Stdio::null()).status();
        if is_there.is_ok_and(|status| status.success()) {
            return Some(Self { folder: tempfile::tempdir().unwrap() });
        }
        eprintln!("SKIPPED: cabinets read by cabextract: it is not on the PATH; install Debian's package of that name");
        None
    }

    fn read(&self, cabinet: &[u8]) -> Vec<u8> {
        let file = self.folder.path().join("some.cab");
        fs::write(&file, cabinet).unwrap();
        let output = Command::new("cabextract").arg("-d").arg(self.folder.path()).arg(&file).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "{said}");
        let member = self.folder.path().join(MEMBER);
        let content = fs::read(&member).unwrap();
        fs::remove_file(member).unwrap();
        content
    }
}
