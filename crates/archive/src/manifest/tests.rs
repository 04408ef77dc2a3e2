use proptest::prelude::*;

use super::*;
use crate::StreamKind;

fn part(kind: StreamKind, number: u32) -> Part {
    Part { name: PartName::Stream(kind, number), size: 100, sha256: Sha256::new([number as u8; 32]) }
}

fn stream(kind: StreamKind, records: u64) -> Stream {
    Stream { records, raw_bytes: 5000, parts: vec![part(kind, 1), part(kind, 2)] }
}

fn manifest() -> Manifest {
    Manifest {
        format: FORMAT.to_owned(),
        version: FORMAT_VERSION,
        server: Server { id: Uuid::from_u128(1), name: "Paris \"centre\"".to_owned().try_into().unwrap() },
        sequence: 7,
        follows: Some(Base { sequence: 6, manifest: Sha256::new([6; 32]) }),
        made_at: Timestamp::new(1_700_000_000, 120_000_000).unwrap(),
        mark: ChangeMark(42),
        needs: None,
        part_bytes_max: 61_440,
        carries: Carries {
            documents: 3,
            groups: 1,
            approvals: 2,
            locations: 4,
            lists: 2,
            files: 5,
            file_bytes: 6,
            ..Carries::default()
        },
        streams: Streams {
            metadata: stream(StreamKind::Metadata, 3),
            decisions: Some(stream(StreamKind::Decisions, 3)),
            locations: stream(StreamKind::Locations, 4),
            lists: Some(stream(StreamKind::Lists, 2)),
            contents: stream(StreamKind::Contents, 5),
        },
        whole: Sha256::new([9; 32]),
    }
}

fn refusal(change: impl FnOnce(&mut Manifest)) -> String {
    let mut manifest = manifest();
    change(&mut manifest);
    Manifest::parse(&manifest.to_bytes()).unwrap_err().to_string()
}

#[test]
fn a_manifest_survives_its_text() {
    assert_eq!(Manifest::parse(&manifest().to_bytes()).unwrap(), manifest());
    assert_eq!(manifest().digest(), DigestSha256::of(&manifest().to_bytes()));
}

#[test]
fn another_spelling_is_refused() {
    let text = String::from_utf8(manifest().to_bytes()).unwrap();
    let refused = |text: String| Manifest::parse(text.as_bytes()).unwrap_err();
    assert!(matches!(refused(format!("{text}\n")), ManifestError::Spelling));
    assert!(matches!(refused(text.replace("  ", " ")), ManifestError::Spelling));
    assert!(matches!(
        refused(text.replace("2023-11-14T22:13:20.12Z", "2023-11-14T23:13:20.12+01:00")),
        ManifestError::Spelling
    ));
    assert!(matches!(refused(text.replacen("0606", "0606".to_uppercase().as_str(), 1) + " "), ManifestError::Spelling));
    assert!(matches!(refused(text.replace("\"mark\"", "\"more\": 1,\n  \"mark\"")), ManifestError::Json(_)));
    assert!(matches!(refused(text.replace("\"mark\"", "\"mark\": 1,\n  \"mark\"")), ManifestError::Json(_)));
    assert!(matches!(refused(text.replace("metadata-00001.zst", "../../etc/shadow")), ManifestError::Json(_)));
}

#[test]
fn a_later_version_says_what_to_do() {
    let text = r#"{"format": "vanne-archive", "version": 2, "new": []}"#;
    let error = Manifest::parse(text.as_bytes()).unwrap_err().to_string();
    assert_eq!(error, "its format has version 2, this program reads version 1; update Vanne here");
    let error = Manifest::parse(br#"{"format": "other", "version": 1}"#).unwrap_err().to_string();
    assert_eq!(error, "its format is \"other\", not \"vanne-archive\"");
}

#[test]
fn numbers_out_of_bounds_are_named() {
    assert!(refusal(|manifest| manifest.sequence = 0).contains("its sequence number is 0"));
    assert!(refusal(|manifest| manifest.sequence = u64::MAX).contains("1 to 9223372036854775807 is allowed"));
    assert!(refusal(|manifest| manifest.sequence = 6).contains("the archive it follows is 6, 1 to 5 is allowed"));
    assert!(refusal(|manifest| manifest.part_bytes_max = 1).contains("the longest that a part may be is 1"));
    assert!(refusal(|manifest| manifest.part_bytes_max = u64::MAX).contains("the longest that a part may be"));
    assert!(refusal(|manifest| manifest.carries.files = u64::MAX).contains("the number of content files"));
    assert!(refusal(|manifest| manifest.carries.file_bytes = u64::MAX).contains("the bytes of its content files"));
    assert!(
        refusal(|manifest| manifest.streams.metadata.records = u64::MAX).contains("the number of metadata records")
    );
    assert!(
        refusal(|manifest| manifest.streams.metadata.raw_bytes = u64::MAX).contains("what metadata parts unpack to")
    );
    assert!(
        refusal(|manifest| manifest.streams.contents.parts[0].size = 0).contains("the size of part contents-00001.zst")
    );
    assert!(
        refusal(|manifest| manifest.streams.contents.parts[1].size = 61_441).contains("contents-00002.zst is 61441")
    );
    let many = |manifest: &mut Manifest| {
        manifest.streams.locations.parts = (1..=10_001).map(|number| part(StreamKind::Locations, number)).collect();
    };
    assert!(refusal(many).contains("the number of locations parts is 10001"));
}

#[test]
fn contradictions_are_named() {
    let swapped = refusal(|manifest| manifest.streams.metadata.parts.swap(0, 1));
    assert_eq!(swapped, "part metadata-00002.zst stands where metadata-00001.zst should");
    let foreign = refusal(|manifest| manifest.streams.metadata.parts[0].name = PartName::File(Sha256::new([1; 32])));
    assert!(foreign.ends_with("stands where metadata-00001.zst should"), "{foreign}");
    assert!(refusal(|manifest| manifest.streams.metadata.parts.clear()).contains("without the others"));
    assert!(refusal(|manifest| manifest.streams.decisions = None).contains("0 decisions records"));
    assert!(refusal(|manifest| manifest.carries.keys = u64::MAX).contains("4 locations records"));
    assert!(refusal(|manifest| manifest.carries.lists = 1).contains("2 lists records"));
    assert!(refusal(|manifest| manifest.streams.lists = Some(Stream::default())).contains("none of them"));
}

#[test]
fn an_archive_without_lists_does_not_mention_them() {
    let mut without = manifest();
    (without.carries.lists, without.streams.lists) = (0, None);
    let text = String::from_utf8(without.to_bytes()).unwrap();
    assert!(!text.contains("lists"), "{text}");
    assert_eq!(Manifest::parse(text.as_bytes()).unwrap(), without);
}

#[test]
fn a_server_is_named_without_control_characters() {
    for bad in ["", "a\u{1b}[31mb", "a\nb", &"x".repeat(257)] {
        assert!(ServerName::try_from(bad.to_owned()).is_err(), "{bad:?}");
    }
}

proptest! {
    #[test]
    fn a_flipped_bit_makes_another_manifest_or_none(index in 0..4000_usize, bit in 0..8) {
        let mut bytes = manifest().to_bytes();
        let index = index % bytes.len();
        bytes[index] ^= 1_u8 << bit;
        if let Ok(other) = Manifest::parse(&bytes) {
            prop_assert_ne!(&other, &manifest());
            prop_assert_eq!(other.to_bytes(), bytes);
        }
    }

    #[test]
    fn no_text_makes_a_manifest_panic(text in "\\{(\"[a-z]{1,9}\": ?([0-9]{1,20}|\"[a-z-]{0,15}\"|null|\\{|\\}),?){0,9}\\}?|.*") {
        let _ = Manifest::parse(text.as_bytes());
    }
}
