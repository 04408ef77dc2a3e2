use std::path::{Path, PathBuf};

use anyhow::anyhow;
use bytes::{Bytes, BytesMut};
use futures::SinkExt as _;
use futures::channel::mpsc;
use metadata::Document;
use model::ContentFile;
use server::import::stream;
use tokio::sync::mpsc::Sender as Queue;

use super::super::content::Offers;
use super::Notes;
use crate::documents::{self, Found};
use crate::exit::Failure;

/// Bytes that are handed on at once, between threads and to the server.
const PART_BYTES: usize = 256 * 1024;

/// What was read of the files.
#[derive(Default)]
struct Part {
    documents: Vec<Read>,
    bytes: usize,
    /// Files that were read to their end.
    files: u64,
}

struct Read {
    found: Found,
    /// It was named by itself, not found in a folder.
    named: bool,
}

/// Sends documents to the server, as fast as it takes them.
pub(super) struct Sender<'a> {
    stream: mpsc::Sender<Bytes>,
    offers: Option<&'a Offers>,
    notes: &'a Notes,
    buffer: BytesMut,
}

impl<'a> Sender<'a> {
    pub(super) fn new(stream: mpsc::Sender<Bytes>, offers: Option<&'a Offers>, notes: &'a Notes) -> Self {
        Self { stream, offers, notes, buffer: BytesMut::new() }
    }

    /// Sends every document of `files`; those in `named` are sent whatever they look like.
    pub(super) async fn send(mut self, files: Vec<PathBuf>, named: Vec<PathBuf>) -> Result<(), Failure> {
        let (queue, mut parts) = tokio::sync::mpsc::channel(2);
        let reader = tokio::task::spawn_blocking(move || read_all(&files, &named, &queue));
        while let Some(part) = parts.recv().await {
            for read in part.documents {
                self.take(read);
                if self.buffer.len() >= PART_BYTES && self.flush().await.is_err() {
                    return Ok(()); // The server takes no more, and its answer says why.
                }
            }
            (0..part.files).for_each(|_| self.notes.progress.inc());
        }
        let _ = self.flush().await;
        Ok(reader.await.map_err(anyhow::Error::new)??)
    }

    fn take(&mut self, Read { found: Found { name, bytes }, named }: Read) {
        if !named && !looks_like_a_document(&name, &bytes) {
            return self.notes.skipped();
        }
        let text = match documents::text(bytes) {
            Ok(text) => text,
            Err(reason) => return self.notes.refuse(name, reason),
        };
        let on_offer = match self.on_offer(&text) {
            Ok(on_offer) => on_offer,
            Err(contradiction) => return self.notes.refuse(name, contradiction),
        };
        match stream::append(&mut self.buffer, &name, text.as_bytes()) {
            Ok(()) => self.notes.sent(on_offer),
            Err(reason) => self.notes.refuse(name, reason.to_owned()),
        }
    }

    /// The files of a document that are on offer; or why the document and the offer cannot both be right.
    fn on_offer(&self, text: &str) -> Result<Vec<ContentFile>, String> {
        let Some(offers) = self.offers else { return Ok(Vec::new()) };
        // What cannot be read is refused by the server, with the reason.
        let Ok(document) = Document::parse(text.as_bytes()) else { return Ok(Vec::new()) };
        let files = document.content_files();
        match files.iter().find_map(|file| offers.contradiction(file)) {
            Some(contradiction) => Err(contradiction),
            None => Ok(files.into_iter().filter(|file| offers.of(file).is_some()).collect()),
        }
    }

    async fn flush(&mut self) -> Result<(), mpsc::SendError> {
        self.stream.send(self.buffer.split().freeze()).await
    }
}

/// Reads files one after the other: one may hold half a million documents, and what was read is sent before more is.
fn read_all(files: &[PathBuf], named: &[PathBuf], queue: &Queue<Part>) -> anyhow::Result<()> {
    let mut part = Part::default();
    let hand_on = |part: &mut Part| {
        queue.blocking_send(std::mem::take(part)).map_err(|_| anyhow!("the import ended before every file was read"))
    };
    for file in files {
        let named = named.contains(file);
        documents::read(file, |found| {
            part.bytes += found.bytes.len();
            part.documents.push(Read { found, named });
            if part.bytes >= PART_BYTES { hand_on(&mut part) } else { Ok(()) }
        })?;
        part.files += 1;
    }
    hand_on(&mut part)
}

/// Folders of documents often hold other files too; those are passed over unless they call themselves XML.
fn looks_like_a_document(name: &str, bytes: &[u8]) -> bool {
    let is_xml = Path::new(name).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xml"));
    let start = bytes.iter().copied().find(|byte| !byte.is_ascii_whitespace() && !matches!(byte, 0xef | 0xbb | 0xbf));
    is_xml || start == Some(b'<')
}
