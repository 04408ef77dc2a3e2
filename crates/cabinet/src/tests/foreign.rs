//! Readers and writers that nobody here wrote: the crate `cab`, and Debian's `cabextract`.

use std::fs;
use std::io::{Cursor, Read as _, Write as _};
use std::path::Path;
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
fn what_cab_writes_is_unpacked() {
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
    let is_there = Command::new("cabextract").arg("--version").stdout(Stdio::null()).status();
    if !is_there.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: cabinets read by cabextract: it is not on the PATH; install Debian's package of that name");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (index, (name, content)) in contents().into_iter().enumerate() {
        let file = folder.path().join(format!("{index}.cab"));
        fs::write(&file, pack(MEMBER, &content).unwrap()).unwrap();
        let read = extract(&file, folder.path());
        assert!(read == content, "{name}");
    }
}

fn extract(file: &Path, folder: &Path) -> Vec<u8> {
    let output = Command::new("cabextract").arg("-d").arg(folder).arg(file).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{}: {said}", file.display());
    let member = folder.join(MEMBER);
    let read = fs::read(&member).unwrap();
    fs::remove_file(member).unwrap();
    read
}
