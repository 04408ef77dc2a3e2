//! Small compound files, as the Windows Installer's databases are, and how they are signed.

use crate::cms::{Flaw, INDIRECT_DATA, Signing, indirect_data};
use crate::der::{integer, octets, sequence};
use crate::key::Digest;

/// `SPC_SIPINFO`.
const SIP_INFO: &str = "1.3.6.1.4.1.311.2.1.30";
/// Lengths of sectors, short and long.
const SECTORS: [usize; 2] = [512, 4096];
const NONE: u32 = u32::MAX;
const END: u32 = 0xffff_fffe;

/// A stream or a storage.
#[derive(Clone, Debug)]
pub enum Item {
    /// Name and content.
    Stream(String, Vec<u8>),
    /// Name, class and what is in it.
    Storage(String, [u8; 16], Vec<Item>),
}

impl Item {
    fn name(&self) -> Vec<u8> {
        let (Self::Stream(name, _) | Self::Storage(name, ..)) = self;
        name.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }
}

/// A database with a few streams, short and long, and a storage.
pub fn sample() -> Vec<Item> {
    let bytes = |length: usize, step: usize| (0..length).map(|at| (at * step) as u8).collect::<Vec<_>>();
    vec![
        Item::Stream("Table".to_owned(), bytes(100, 3)),
        Item::Stream("Tab".to_owned(), bytes(64, 5)),
        Item::Stream("Binary.cab".to_owned(), bytes(5000, 7)),
        Item::Storage("Transform".to_owned(), [9; 16], vec![Item::Stream("Inner".to_owned(), bytes(200, 11))]),
        Item::Stream("Nothing".to_owned(), Vec::new()),
    ]
}

/// Class of the root.
const ROOT_CLASS: [u8; 16] = [0x84, 0x10, 0x0c, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46];

/// Signs a database; with a digest of names, sizes and dates if asked for.
pub fn sign(items: &[Item], signing: &Signing<'_>, with_metadata: bool) -> Vec<u8> {
    file(&signed(items, signing, with_metadata))
}

/// The same in a file with sectors of 4,096 bytes.
pub fn sign_in_long_sectors(items: &[Item], signing: &Signing<'_>) -> Vec<u8> {
    file_of(&signed(items, signing, false), SECTORS[1])
}

fn signed(items: &[Item], signing: &Signing<'_>, with_metadata: bool) -> Vec<Item> {
    let mut signed = items.to_vec();
    let mut metadata = with_metadata.then(|| signing.digest.of(&metadata(&ROOT_CLASS, items)));
    if let (Some(metadata), Some(Flaw::Metadata)) = (&mut metadata, signing.flaw) {
        metadata[0] ^= 1;
    }
    if let Some(metadata) = &metadata {
        signed.push(Item::Stream("\u{5}MsiDigitalSignatureEx".to_owned(), metadata.clone()));
    }
    let covered = [metadata.unwrap_or_default(), contents(&ROOT_CLASS, items)].concat();
    let info =
        sequence(&[&integer(1), &octets(&[0xf1; 16]), &integer(0), &integer(0), &integer(0), &integer(0), &integer(0)]);
    let signature =
        signing.sign(INDIRECT_DATA, &|digest: Digest| indirect_data(SIP_INFO, &info, digest, &digest.of(&covered)));
    signed.push(Item::Stream("\u{5}DigitalSignature".to_owned(), signature));
    signed
}

fn sorted(items: &[Item]) -> Vec<&Item> {
    let mut sorted: Vec<&Item> = items.iter().collect();
    sorted.sort_by_key(|item| item.name());
    sorted
}

fn contents(class: &[u8; 16], items: &[Item]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for item in sorted(items) {
        match item {
            Item::Stream(_, content) => bytes.extend_from_slice(content),
            Item::Storage(_, class, items) => bytes.extend(contents(class, items)),
        }
    }
    bytes.extend_from_slice(class);
    bytes
}

fn metadata(class: &[u8; 16], items: &[Item]) -> Vec<u8> {
    let mut bytes = [class.as_slice(), &[0; 4]].concat();
    for item in sorted(items) {
        bytes.extend(item.name());
        match item {
            Item::Stream(_, content) => {
                bytes.extend_from_slice(&(content.len() as u32).to_le_bytes());
                bytes.extend_from_slice(&[0; 20]);
            }
            Item::Storage(_, class, items) => {
                let inner = metadata(class, items);
                bytes.extend_from_slice(&inner[..20]);
                bytes.extend_from_slice(&[0; 16]);
                bytes.extend_from_slice(&inner[20..]);
            }
        }
    }
    bytes
}

/// Writes a compound file.
pub fn file(items: &[Item]) -> Vec<u8> {
    file_of(items, SECTORS[0])
}

fn file_of(items: &[Item], sector: usize) -> Vec<u8> {
    let mut writer = Writer { sector, ..Writer::default() };
    writer.entries.push(entry(b"", 5, &ROOT_CLASS));
    let child = writer.add(items);
    writer.finish(child)
}

#[derive(Default)]
struct Writer {
    sector: usize,
    sectors: Vec<u8>,
    fat: Vec<u32>,
    mini: Vec<u8>,
    mini_fat: Vec<u32>,
    entries: Vec<[u8; 128]>,
}

impl Writer {
    /// Adds entries below one; gives the first, whose right siblings the others are.
    fn add(&mut self, items: &[Item]) -> u32 {
        let mut before: Option<usize> = None;
        let mut first = NONE;
        // Siblings are ordered by length first, which readers that search rely on.
        let mut ordered: Vec<&Item> = items.iter().collect();
        ordered.sort_by_key(|item| (item.name().len(), item.name()));
        for item in ordered {
            let index = self.entries.len();
            match item {
                Item::Stream(_, content) => {
                    let start = self.content(content);
                    let mut stream = entry(&item.name(), 2, &[0; 16]);
                    put(&mut stream, 116, start);
                    put(&mut stream, 120, content.len() as u32);
                    self.entries.push(stream);
                }
                Item::Storage(_, class, items) => {
                    self.entries.push(entry(&item.name(), 1, class));
                    let child = self.add(items);
                    put(&mut self.entries[index], 76, child);
                }
            }
            match before.replace(index) {
                Some(before) => put(&mut self.entries[before], 72, index as u32),
                None => first = index as u32,
            }
        }
        first
    }

    fn content(&mut self, content: &[u8]) -> u32 {
        if content.is_empty() {
            return END;
        }
        if content.len() >= 4096 {
            return self.store(content);
        }
        let start = self.mini_fat.len();
        self.mini.extend_from_slice(content);
        self.mini.resize(self.mini.len().next_multiple_of(64), 0);
        chain(&mut self.mini_fat, content.len().div_ceil(64));
        start as u32
    }

    fn store(&mut self, content: &[u8]) -> u32 {
        if content.is_empty() {
            return END;
        }
        let start = self.fat.len();
        self.sectors.extend_from_slice(content);
        self.sectors.resize(self.sectors.len().next_multiple_of(self.sector), 0);
        chain(&mut self.fat, content.len().div_ceil(self.sector));
        start as u32
    }

    fn finish(mut self, child: u32) -> Vec<u8> {
        let mini = std::mem::take(&mut self.mini);
        let mini_at = self.store(&mini);
        let mut mini_fat: Vec<u8> = self.mini_fat.iter().flat_map(|entry| entry.to_le_bytes()).collect();
        mini_fat.resize(mini_fat.len().next_multiple_of(self.sector), 0xff);
        let mini_fat_at = self.store(&mini_fat);
        put(&mut self.entries[0], 76, child);
        put(&mut self.entries[0], 116, mini_at);
        put(&mut self.entries[0], 120, mini.len() as u32);
        while !self.entries.len().is_multiple_of(self.sector / 128) {
            let mut unused = [0; 128];
            [68, 72, 76].into_iter().for_each(|at| put(&mut unused, at, NONE));
            self.entries.push(unused);
        }
        let directory: Vec<u8> = self.entries.concat();
        let directory_at = self.store(&directory);
        // The table has room for its own sectors too.
        let mut own = 0;
        while (self.fat.len() + own).div_ceil(self.sector / 4) > own {
            own += 1;
        }
        let fat_at = self.fat.len();
        self.fat.extend(std::iter::repeat_n(0xffff_fffd, own));
        let mut fat: Vec<u8> = self.fat.iter().flat_map(|entry| entry.to_le_bytes()).collect();
        fat.resize(own * self.sector, 0xff);
        let mut header = vec![0; self.sector];
        header[..8].copy_from_slice(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);
        header[24..34].copy_from_slice(&[0x3e, 0, 3, 0, 0xfe, 0xff, 9, 0, 6, 0]);
        let is_long = self.sector == SECTORS[1];
        if is_long {
            (header[26], header[30]) = (4, 12);
        }
        for (at, word) in [
            (40, if is_long { (directory.len() / self.sector) as u32 } else { 0 }),
            (44, own as u32),
            (48, directory_at),
            (56, 4096),
            (60, mini_fat_at),
            (64, (mini_fat.len() / self.sector) as u32),
            (68, END),
        ] {
            put(&mut header, at, word);
        }
        for index in 0..109 {
            let place = if index < own { (fat_at + index) as u32 } else { NONE };
            put(&mut header, 76 + 4 * index, place);
        }
        [header, self.sectors, fat].concat()
    }
}

fn chain(table: &mut Vec<u32>, length: usize) {
    let start = table.len() as u32;
    table.extend((1..length as u32).map(|index| start + index));
    table.push(END);
}

fn entry(name: &[u8], kind: u8, class: &[u8; 16]) -> [u8; 128] {
    let name = if kind == 5 { "Root Entry".encode_utf16().flat_map(u16::to_le_bytes).collect() } else { name.to_vec() };
    let mut entry = [0; 128];
    entry[..name.len()].copy_from_slice(&name);
    entry[64] = (name.len() + 2) as u8;
    entry[66] = kind;
    entry[67] = 1;
    [68, 72, 76].into_iter().for_each(|at| put(&mut entry, at, NONE));
    entry[80..96].copy_from_slice(class);
    entry
}

fn put(bytes: &mut [u8], at: usize, word: u32) {
    bytes[at..at + 4].copy_from_slice(&word.to_le_bytes());
}
