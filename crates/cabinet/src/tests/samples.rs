//! Made-up content, and cabinets that are written by hand.

use crate::{checksum, utf16};

/// Numbers without a pattern, the same ones each time.
pub(super) struct Noise(pub(super) u64);

impl Noise {
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    pub(super) fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.below(256) as u8).collect()
    }
}

/// Text like that of an update document, of at least so many characters.
pub(super) fn document(characters: usize) -> String {
    let mut noise = Noise(characters as u64);
    let mut text = "<upd:Update xmlns:upd=\"http://schemas.microsoft.com/msus/2002/12/Update\">".to_owned();
    while text.len() < characters {
        let id: Vec<String> = (0..4).map(|_| format!("{:08x}", noise.below(1 << 32))).collect();
        let (major, minor, name) = (noise.below(20), noise.below(30_000), noise.below(300));
        let element = match noise.below(6) {
            0 => format!(
                "<bar:RegSz Key=\"HKEY_LOCAL_MACHINE\" Subkey=\"SOFTWARE\\Vanne\\{name}\" Value=\"{}\" Comparison=\"EqualTo\" />",
                id.join("-")
            ),
            1 => format!(
                "<cbs:Package Name=\"Package_for_{name}\" Version=\"10.0.{minor}.{major}\" Language=\"neutral\" Token=\"31bf3856ad364e35\" />"
            ),
            2 => format!("<UpdateIdentity UpdateID=\"{}\" RevisionNumber=\"{major}\" />", id.join("-")),
            3 => format!(
                "<Description>Un problème de sécurité a été identifié dans le composant n° {minor} (« {name} »).</Description>"
            ),
            _ => format!(
                "<bar:FileVersion Path=\"lib{name}.dll\" Comparison=\"LessThan\" Version=\"{major}.0.{minor}.1\" />"
            ),
        };
        text.push_str(&element);
    }
    text
}

/// Content of many kinds and lengths, each with a name.
pub(super) fn contents() -> Vec<(String, Vec<u8>)> {
    let mut contents = Vec::new();
    for length in [0, 1, 2, 3, 5, 9, 100, 32_767, 32_768, 32_769, 65_535, 65_536, 65_537] {
        contents.push((format!("{length} times the same"), vec![b'x'; length]));
        contents.push((format!("{length} bytes of noise"), Noise(length as u64).bytes(length)));
        contents.push((format!("{length} bytes of text"), document(length).into_bytes()[..length].to_vec()));
        contents.push((format!("{length} bytes of wide text"), utf16(&document(length))[..length].to_vec()));
    }
    for characters in [200_000, 1_500_000] {
        contents.push((format!("{characters} wide characters"), utf16(&document(characters))));
    }
    contents.push(("three million zeros".to_owned(), vec![0; 3_000_000]));
    // Noise that comes again near the edge of the window and beyond it.
    let noise = Noise(1).bytes(100_000);
    for gap in [2_000_000, 2_097_152 - 100_000 - 3, 2_097_152 - 100_000 - 2, 2_200_000] {
        contents.push((format!("noise again after {gap}"), [&noise[..], &vec![b'.'; gap], &noise].concat()));
    }
    contents.push(("calls of x86 code".to_owned(), b"\xe8\x10\0\0\0\x90\xe8\0\0\0\0".repeat(20_000)));
    let mut mixed = Noise(2);
    let pieces = (0..60).map(|piece| match piece % 3 {
        0 => utf16(&document(piece * 300)),
        1 => mixed.bytes(9_000 * (piece % 7)),
        _ => document(piece * 700).into_bytes(),
    });
    contents.push(("text and noise by turns".to_owned(), pieces.collect::<Vec<_>>().concat()));
    contents
}

/// A cabinet written by hand.
pub(super) struct Sample {
    pub(super) compression: u16,
    pub(super) flags: u16,
    /// What stands between header and folder, behind [`flags`](Self::flags) that announce it.
    pub(super) reserved: Vec<u8>,
    /// Reserved bytes at the end of each block's head.
    pub(super) reserved_in_block: Vec<u8>,
    pub(super) folders: u16,
    pub(super) members: u16,
    pub(super) folder_index: u16,
    pub(super) name: Vec<u8>,
    pub(super) member_bytes: u32,
    pub(super) member_offset: u32,
    /// Data, and the length of content that it announces.
    pub(super) blocks: Vec<(Vec<u8>, u16)>,
    pub(super) has_checksums: bool,
}

impl Sample {
    /// Of one block.
    pub(super) fn of(compression: u16, data: &[u8], content_bytes: u16) -> Self {
        Self::of_blocks(compression, vec![(data.to_vec(), content_bytes)])
    }

    pub(super) fn of_blocks(compression: u16, blocks: Vec<(Vec<u8>, u16)>) -> Self {
        Self {
            compression,
            flags: 0,
            reserved: Vec::new(),
            reserved_in_block: Vec::new(),
            folders: 1,
            members: 1,
            folder_index: 0,
            name: b"blob\0".to_vec(),
            member_bytes: blocks.iter().map(|(_, bytes)| u32::from(*bytes)).sum(),
            member_offset: 0,
            blocks,
            has_checksums: true,
        }
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let members_at = 36 + self.reserved.len() + 8;
        let blocks_at = members_at + 16 + self.name.len();
        let mut blocks = Vec::new();
        for (data, content_bytes) in &self.blocks {
            let sizes = [u16::try_from(data.len()).unwrap().to_le_bytes(), content_bytes.to_le_bytes()].concat();
            let head = [sizes, self.reserved_in_block.clone()].concat();
            let sum = if self.has_checksums { checksum::of_block(&head, data) } else { 0 };
            blocks.extend([&sum.to_le_bytes()[..], &head, data].concat());
        }
        let cabinet_bytes = blocks_at + blocks.len();
        let word = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
        let mut out =
            [b"MSCF\0\0\0\0", &word(cabinet_bytes)[..], &[0; 4], &word(members_at), &[0, 0, 0, 0, 3, 1]].concat();
        for number in [self.folders, self.members, self.flags, 0, 0] {
            out.extend(number.to_le_bytes());
        }
        out.extend(&self.reserved);
        out.extend(word(blocks_at));
        out.extend(u16::try_from(self.blocks.len()).unwrap().to_le_bytes());
        out.extend(self.compression.to_le_bytes());
        out.extend(self.member_bytes.to_le_bytes());
        out.extend(self.member_offset.to_le_bytes());
        out.extend(self.folder_index.to_le_bytes());
        out.extend([0; 6]);
        out.extend(&self.name);
        out.extend(blocks);
        out
    }
}

/// Words of an LZX frame, from bits written as text; blanks are left out.
pub(super) fn bits(text: &str) -> Vec<u8> {
    let bits: Vec<char> = text.chars().filter(|letter| *letter != ' ').collect();
    let words = bits.chunks(16).map(|word| {
        let word: String = word.iter().collect();
        u16::from_str_radix(&format!("{word:0<16}"), 2).unwrap().to_le_bytes()
    });
    words.collect::<Vec<_>>().concat()
}
