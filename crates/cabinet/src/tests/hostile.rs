use super::samples::{Noise, Sample, bits, document};
use crate::{BlockError, CabinetError, Limits, LzxError, MEMBER, Part, pack, unpack, utf16};

const LZX: u16 = 0x1503;
/// Each bit of a byte, and all of them.
const CHANGES: [u8; 9] = [1, 2, 4, 8, 16, 32, 64, 128, 255];

fn refusal(bytes: &[u8]) -> CabinetError {
    unpack(bytes, &Limits::default()).unwrap_err()
}

fn block_refusal(sample: &Sample) -> BlockError {
    match refusal(&sample.bytes()) {
        CabinetError::Block { source, .. } => source,
        other => panic!("{other:?}"),
    }
}

fn stored(content: &[u8]) -> Sample {
    Sample::of(0, content, content.len() as u16)
}

/// An LZX cabinet of one frame, given as bits.
fn lzx(frame: &str, content_bytes: u16) -> Sample {
    Sample::of(LZX, &bits(frame), content_bytes)
}

/// 24 bits of a block's length.
fn length(bytes: u32) -> String {
    format!("{bytes:024b}")
}

#[test]
fn a_cabinet_written_by_hand_is_read() {
    let mut sample = stored(b"content");
    assert_eq!(unpack(&sample.bytes(), &Limits::default()).unwrap().content, b"content");
    // Without checksum; with reserved bytes; with something behind its end.
    sample.has_checksums = false;
    sample.flags = 4;
    sample.reserved = b"\x05\0\0\x03-----".to_vec();
    sample.reserved_in_block = b"---".to_vec();
    let signed = [sample.bytes(), b"signature".to_vec()].concat();
    assert_eq!(unpack(&signed, &Limits::default()).unwrap().content, b"content");
    sample.has_checksums = true;
    assert_eq!(unpack(&sample.bytes(), &Limits::default()).unwrap().content, b"content");
}

#[test]
fn what_is_no_cabinet_of_one_member_is_named() {
    assert_eq!(refusal(b""), CabinetError::NotACabinet);
    assert_eq!(refusal(b"PK\x03\x04"), CabinetError::NotACabinet);
    assert_eq!(refusal(b"MSCF"), CabinetError::Truncated(Part::Header));
    let mut later = stored(b"x").bytes();
    later[24] = 4;
    assert_eq!(refusal(&later), CabinetError::Version { major: 1, minor: 4 });
    for flags in [1, 2, 3] {
        assert_eq!(refusal(&Sample { flags, ..stored(b"x") }.bytes()), CabinetError::Spanned);
    }
    assert_eq!(refusal(&Sample { folders: 0, ..stored(b"x") }.bytes()), CabinetError::Folders(0));
    assert_eq!(refusal(&Sample { folders: 2, ..stored(b"x") }.bytes()), CabinetError::Folders(2));
    assert_eq!(refusal(&Sample { members: 0, ..stored(b"x") }.bytes()), CabinetError::Members(0));
    assert_eq!(refusal(&Sample { members: 3, ..stored(b"x") }.bytes()), CabinetError::Members(3));
    assert_eq!(refusal(&Sample { folder_index: 1, ..stored(b"x") }.bytes()), CabinetError::FolderIndex(1));
    assert_eq!(refusal(&Sample { folder_index: 0xfffd, ..stored(b"x") }.bytes()), CabinetError::Spanned);
    for compression in [2, 0x1472, 4, 0x0e03, 0x1603, 0xff03] {
        let sample = Sample { compression, ..stored(b"x") };
        assert_eq!(refusal(&sample.bytes()), CabinetError::Compression(compression));
    }
}

#[test]
fn names_are_bounded() {
    let named = |name: &[u8]| Sample { name: name.to_vec(), ..stored(b"x") }.bytes();
    assert_eq!(refusal(&named(b"\0")), CabinetError::Name);
    assert_eq!(refusal(&named(b"\xff\0")), CabinetError::Name);
    let longest = [vec![b'x'; 255], vec![0]].concat();
    assert_eq!(unpack(&named(&longest), &Limits::default()).unwrap().name.len(), 255);
    assert_eq!(refusal(&named(&[vec![b'x'; 256], vec![0]].concat())), CabinetError::NameTooLong);
}

#[test]
fn sizes_that_lie_are_refused_before_anything_is_decoded() {
    let lying = Sample { member_bytes: 8, ..stored(b"content") };
    assert_eq!(refusal(&lying.bytes()), CabinetError::Size { member: 8, offset: 0, folder: 7 });
    let shifted = Sample { member_offset: 1, ..stored(b"content") };
    assert_eq!(refusal(&shifted.bytes()), CabinetError::Size { member: 7, offset: 1, folder: 7 });
    assert_eq!(block_refusal(&Sample::of(0, b"content", 8)), BlockError::Stored { announced: 8, found: 7 });
    assert_eq!(block_refusal(&Sample::of(0, b"content", 0x8001)), BlockError::Length(0x8001));
    assert_eq!(refusal(&Sample::of(0, b"content", 0).bytes()), CabinetError::Spanned);
    let short_first = Sample::of_blocks(LZX, vec![(vec![0], 5), (vec![0], 5)]);
    assert_eq!(block_refusal(&short_first), BlockError::Length(5));
    let mut more_blocks = stored(b"content").bytes();
    more_blocks[40] = 2;
    assert_eq!(refusal(&more_blocks), CabinetError::Truncated(Part::Block(1)));
}

#[test]
fn a_wrong_checksum_is_refused() {
    let mut changed = stored(b"content").bytes();
    *changed.last_mut().unwrap() ^= 1;
    let error = refusal(&changed);
    assert!(matches!(error, CabinetError::Block { index: 0, source: BlockError::Checksum { .. } }), "{error:?}");
}

#[test]
fn sec_p5_bombs_are_refused_before_anything_is_allocated() {
    // 200 KB that announce as much as a cabinet can, if its blocks are to be there: 32 KiB for each eight bytes.
    let bomb = Sample::of_blocks(LZX, vec![(Vec::new(), 0x8000); 25_000]);
    let (bytes, announced) = (bomb.bytes(), 25_000 * 32_768);
    assert!(bytes.len() < 201_000);
    assert_eq!(refusal(&bytes), CabinetError::TooLong { announced, limit: 256 << 20 });
    let limits = Limits { content_bytes_max: usize::MAX, ..Limits::default() };
    assert_eq!(unpack(&bytes, &limits), Err(CabinetError::Ratio { announced, limit: 200 }));
    // And one whose member only says so.
    let boast = Sample { member_bytes: u32::MAX, ..stored(b"x") };
    assert_eq!(refusal(&boast.bytes()), CabinetError::Size { member: u32::MAX, offset: 0, folder: 1 });
    let zeros = pack(MEMBER, &vec![0; 3_000_000]).unwrap();
    assert!(matches!(refusal(&zeros), CabinetError::Ratio { announced: 3_000_000, .. }));
}

#[test]
fn half_a_cabinet_is_refused_wherever_it_ends() {
    let whole = pack(MEMBER, &utf16(&document(3_000))).unwrap();
    for end in 0..whole.len() {
        let error = refusal(&whole[..end]);
        let is_named = match end {
            ..4 => error == CabinetError::NotACabinet,
            4..36 => error == CabinetError::Truncated(Part::Header),
            _ => error == CabinetError::CutOff { announced: whole.len() as u32, found: end },
        };
        assert!(is_named, "{end}: {error:?}");
        // And if the header knows of it.
        let mut shorter = whole[..end].to_vec();
        if let Some(place) = shorter.get_mut(8..12) {
            place.copy_from_slice(&(end as u32).to_le_bytes());
        }
        refusal(&shorter);
    }
}

#[test]
fn a_cabinet_with_any_byte_changed_is_refused_or_read_the_same() {
    for content in [utf16(&document(1_000)), Noise(8).bytes(300), vec![7; 100]] {
        let whole = pack(MEMBER, &content).unwrap();
        for (at, change) in (0..whole.len()).flat_map(|at| CHANGES.map(|change| (at, change))) {
            let mut changed = whole.clone();
            changed[at] ^= change;
            if let Ok(member) = unpack(&changed, &Limits::default()) {
                assert!(member.content == content, "{change:#x} at {at}");
            }
        }
    }
}

/// Checksums keep most damage from the decoders; here they are made right again.
#[test]
fn a_damaged_stream_with_a_right_checksum_is_read_or_refused() {
    let mut noise = Noise(9);
    let wide = utf16(&document(40_000));
    let packed = pack(MEMBER, &wide).unwrap();
    let mut results = [0, 0];
    for round in 0..2_000 {
        let mut sample = Sample::of_blocks(LZX, Vec::new());
        let mut rest = &packed[65..];
        while !rest.is_empty() {
            let (data, content) = (u16::from_le_bytes([rest[4], rest[5]]), u16::from_le_bytes([rest[6], rest[7]]));
            sample.blocks.push((rest[8..8 + usize::from(data)].to_vec(), content));
            rest = &rest[8 + usize::from(data)..];
        }
        sample.member_bytes = wide.len() as u32;
        for _ in 0..1 + round % 3 {
            let block = &mut sample.blocks[noise.below(2) as usize].0;
            let bound = if round % 2 == 0 { 60 } else { block.len() as u64 };
            let at = noise.below(bound) as usize;
            block[at] ^= 1 << noise.below(8);
        }
        results[usize::from(unpack(&sample.bytes(), &Limits::default()).is_ok())] += 1;
    }
    assert!(results[0] > 500 && results[1] > 10, "{results:?}");
}

#[test]
fn noise_in_place_of_a_stream_is_refused() {
    let mut noise = Noise(10);
    for compression in [1, 0x0f03, LZX] {
        for _ in 0..2_000 {
            let length = noise.below(300) as usize;
            let mut data = noise.bytes(length);
            if compression == 1 {
                data.splice(..0, *b"CK");
            }
            let _ = unpack(&Sample::of(compression, &data, 1_000).bytes(), &Limits::default());
        }
    }
    assert_eq!(block_refusal(&Sample::of(1, b"CK", 10)), BlockError::Mszip);
    assert_eq!(block_refusal(&Sample::of(1, b"", 10)), BlockError::Mszip);
    // A deflate stream that is right, but longer or shorter than announced.
    assert_eq!(block_refusal(&Sample::of(1, b"CK\x01\x02\0\xfd\xffab", 1)), BlockError::Mszip);
    assert_eq!(block_refusal(&Sample::of(1, b"CK\x01\x02\0\xfd\xffab", 3)), BlockError::Mszip);
    assert!(unpack(&Sample::of(1, b"CK\x01\x02\0\xfd\xffab", 2).bytes(), &Limits::default()).is_ok());
}

#[test]
fn what_is_wrong_with_an_lzx_stream_is_named() {
    let refused = |frame: &str, bytes| block_refusal(&lzx(frame, bytes));
    assert_eq!(refused("", 1), BlockError::Lzx(LzxError::Truncated));
    for kind in [0, 4, 5, 6, 7] {
        let frame = format!("0 {kind:03b} {}", length(1));
        assert_eq!(refused(&frame, 1), BlockError::Lzx(LzxError::BlockType(kind)));
    }
    assert_eq!(refused(&format!("0 001 {}", length(0)), 1), BlockError::Lzx(LzxError::EmptyBlock));
    assert_eq!(refused(&format!("0 001 {}", length(1)), 1), BlockError::Lzx(LzxError::Truncated));
    let no_codes = format!("0 001 {} {}", length(1), "0000 ".repeat(20));
    assert_eq!(refused(&format!("{no_codes} 0000"), 1), BlockError::Lzx(LzxError::EmptyTree));
    let one_code = format!("0 001 {} 0001 {}", length(1), "0000 ".repeat(19));
    assert_eq!(refused(&one_code, 1), BlockError::Lzx(LzxError::Tree));
    // Pretree of 18 and 19: runs of 51, five of them, and one that goes beyond.
    let two_codes = format!("0 001 {} {} 0001 0001", length(1), "0000 ".repeat(18));
    assert_eq!(refused(&format!("{two_codes} {}", "0 11111 ".repeat(6)), 1), BlockError::Lzx(LzxError::Run));
    // 19, and behind it one of the symbols that stand for no length.
    assert_eq!(refused(&format!("{two_codes} 1 0 0"), 1), BlockError::Lzx(LzxError::Run));
}

/// An uncompressed block names the repeated offsets that the next block begins with, whatever they are.
#[test]
fn matches_that_reach_nowhere_are_refused() {
    // Pretree: symbol 0 (same as before), 16 (one more, modulo 17), 17 and 18 (zeros).
    let pretree = format!("0010 {} 0010 0010 0010 0000", "0000 ".repeat(15));
    let zeros = |count: usize| match count {
        4..20 => format!("10 {:04b}", count - 4),
        _ => format!("11 {:05b}", count - 20),
    };
    // The main tree has two codes, of one bit: the letter 0, and the shortest match at R0.
    let literals = format!("{pretree} 01 {}", [51, 51, 51, 51, 51].map(zeros).join(" "));
    let matches = format!("{pretree} 01 {}", [51, 51, 51, 51, 51, 51, 51, 42].map(zeros).join(" "));
    let lengths = format!("{pretree} {}", [51, 51, 51, 51, 45].map(zeros).join(" "));
    let second = format!("001 {} {literals} {matches} {lengths} 1", length(2));
    for (offset, expected) in [(1_u32, None), (2, None), (3, Some(3)), (0, Some(0)), (u32::MAX, Some(u32::MAX))] {
        let mut frame = bits(&format!("0 011 {}", length(2)));
        for repeated in [offset, 1, 1] {
            frame.extend(repeated.to_le_bytes());
        }
        frame.extend(b"ab");
        frame.extend(bits(&second));
        let result = unpack(&Sample::of(LZX, &frame, 4).bytes(), &Limits::default());
        let refused = |distance| CabinetError::Block {
            index: 0,
            source: BlockError::Lzx(LzxError::Distance { distance, at: 2, window: 1 << 21 }),
        };
        match expected {
            Some(distance) => assert_eq!(result, Err(refused(distance))),
            None => assert_eq!(result.unwrap().content, if offset == 1 { b"abbb" } else { b"abab" }),
        }
    }
    let mut too_long = bits(&format!("0 011 {}", length(2)));
    too_long.extend([[1, 0, 0, 0]; 3].concat());
    too_long.extend(b"ab");
    too_long.extend(bits(&second));
    assert_eq!(block_refusal(&Sample::of(LZX, &too_long, 3)), BlockError::Lzx(LzxError::Overrun));
}

#[test]
fn uncompressed_blocks_of_odd_length_are_followed_by_a_byte() {
    let block = |head: &str, content: &[u8]| {
        let mut block = bits(&format!("{head} 011 {}", length(content.len() as u32)));
        block.extend([[1, 0, 0, 0]; 3].concat());
        block.extend(content);
        block
    };
    let frame = [block("0", b"abc"), vec![0], block("", b"de")].concat();
    assert_eq!(unpack(&Sample::of(LZX, &frame, 5).bytes(), &Limits::default()).unwrap().content, b"abcde");
    // At the end it may be missing, or stand where the next frame begins.
    let frame = block("0", b"abc");
    assert_eq!(unpack(&Sample::of(LZX, &frame, 3).bytes(), &Limits::default()).unwrap().content, b"abc");
    let long = vec![b'x'; 32_767];
    let first = [block("0", b"a"), vec![0], block("", &long)].concat();
    let second = block("", b"end");
    for frames in [[[&first[..], &[0]].concat(), second.clone()], [first.clone(), [&[0], &second[..]].concat()]] {
        let [one, two] = frames;
        let sample = Sample::of_blocks(LZX, vec![(one, 0x8000), (two, 3)]);
        let content = unpack(&sample.bytes(), &Limits::default()).unwrap().content;
        assert!(content == [b"a", &long[..], b"end"].concat());
    }
}

#[test]
fn sec_p6_the_name_of_a_member_is_given_as_it_is_and_used_for_nothing() {
    for name in [
        "..\\..\\evil.dll",
        "../../evil.dll",
        "/etc/passwd",
        "C:\\evil.dll",
        "\\\\server\\evil.dll",
        "CON",
        "evil.dll:x",
        "..",
        "a\nb",
    ] {
        let cabinet = Sample { name: [name.as_bytes(), b"\0"].concat(), ..stored(b"content") }.bytes();
        let member = unpack(&cabinet, &Limits::default()).unwrap();
        assert_eq!((member.name.as_str(), member.content.as_slice()), (name, &b"content"[..]));
    }
    // Nothing here could write a file, whatever it is called.
    for source in [include_str!("../unpack.rs"), include_str!("../container.rs"), include_str!("../lib.rs")] {
        assert!(!source.contains("std::fs") && !source.contains("std::path"));
    }
}
