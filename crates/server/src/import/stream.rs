//! Documents as a stream: sets are made of what comes, and the next is parsed while one is written.

use std::io::ErrorKind;
use std::pin::pin;
use std::sync::Arc;

use bytes::{BufMut as _, Bytes, BytesMut};
use futures::channel::mpsc;
use futures::future::{Either, select};
use futures::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::{Offered, Set};
use crate::admin::ApiError;
use crate::admin::api::ImportEvent;
use crate::app::App;

/// Documents of a set, which is one transaction.
pub const SET_DOCUMENTS: usize = 1_000;
/// Bytes after which a set is complete; its last document may go beyond. Three sets are in memory at once, of
/// which only one has its texts as they came.
pub const SET_BYTES: usize = 8 * 1024 * 1024;
/// Longest name of a document in a stream.
const NAME_BYTES_MAX: usize = 64 * 1024;
/// Longest document in a stream: one byte more than is accepted, so that it is refused by its name.
const DOCUMENT_BYTES_MAX: usize = metadata::LIMITS.bytes + 1;
/// Room made for a document before its bytes are there.
const DOCUMENT_ROOM: usize = 1024 * 1024;

/// Appends a document to a stream: length of name, length of document (32 bits each, the low byte first), name, document.
///
/// Nothing is escaped and nothing is copied twice: as JSON, a document of 64 MB was three times in memory on each side.
///
/// # Errors
/// The part that is too long for a stream.
pub fn append(stream: &mut BytesMut, name: &str, document: &[u8]) -> Result<(), &'static str> {
    let length = |bytes: usize, max: usize| u32::try_from(bytes).ok().filter(|_| bytes <= max);
    let name_length = length(name.len(), NAME_BYTES_MAX).ok_or("its name is too long")?;
    let length = length(document.len(), DOCUMENT_BYTES_MAX).ok_or("it is too long")?;
    stream.put_u32_le(name_length);
    stream.put_u32_le(length);
    stream.put_slice(name.as_bytes());
    stream.put_slice(document);
    Ok(())
}

/// Imports a stream of documents. What becomes of each set is told as soon as it is written, in the order they came.
pub(crate) async fn run(app: Arc<App>, mut stream: impl AsyncRead + Unpin, mut events: mpsc::Sender<Bytes>) {
    if let Err(error) = sets(&app, &mut stream, &mut events).await {
        // When nobody listens any more, nobody is to be told.
        let _ = tell(&mut events, &ImportEvent::Failed { status: error.status, error }).await;
    }
}

/// Sets are read, parsed and prepared on all cores while the ones before them wait for the database and its disk: one is
/// made, one waits, one is written. They stay in order: whoever comes first keeps its place, and numbers ascend as
/// documents came.
async fn sets(
    app: &App,
    stream: &mut (impl AsyncRead + Unpin),
    events: &mut mpsc::Sender<Bytes>,
) -> Result<(), ApiError> {
    let (mut made, mut waiting) = mpsc::channel(0);
    let making = async move {
        while let Some(set) = next_set(app, stream).await.transpose() {
            let ends = set.is_err();
            if made.send(set).await.is_err() || ends {
                return;
            }
        }
    };
    let taking = async {
        while let Some(set) = waiting.next().await {
            let taken = super::take(app, set?).await?;
            if tell(events, &ImportEvent::Documents(taken)).await.is_err() {
                return Ok(()); // The client went away: what it was not told of, it sends again.
            }
        }
        Ok(())
    };
    // Whoever takes ends it, well or not: then nothing more needs to be made.
    match select(pin!(taking), pin!(making)).await {
        Either::Left((result, _)) => result,
        Either::Right(((), taking)) => taking.await,
    }
}

async fn tell(events: &mut mpsc::Sender<Bytes>, event: &ImportEvent) -> Result<(), mpsc::SendError> {
    let mut line = serde_json::to_vec(event).unwrap_or_default();
    line.push(b'\n');
    events.send(line.into()).await
}

/// Makes one set ready to be taken; none at the end.
async fn next_set(app: &App, stream: &mut (impl AsyncRead + Unpin)) -> Result<Option<Set>, ApiError> {
    let (mut documents, mut bytes) = (Vec::new(), 0);
    while documents.len() < SET_DOCUMENTS && bytes < SET_BYTES {
        let Some(document) = read(stream).await? else { break };
        bytes += document.bytes.len();
        documents.push(document);
    }
    if documents.is_empty() { Ok(None) } else { super::prepare(app, documents).await.map(Some) }
}

/// The next document; none at the end.
async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Result<Option<Offered>, ApiError> {
    let broken = |error: std::io::Error| ApiError::invalid(format!("the stream of documents broke off: {error}"));
    let mut lengths = [0; 8];
    let begun = stream.read(&mut lengths).await.map_err(broken)?;
    if begun == 0 {
        return Ok(None);
    }
    stream.read_exact(&mut lengths[begun..]).await.map_err(broken)?;
    let [a, b, c, d, e, f, g, h] = lengths;
    let (name_bytes, bytes) = (u32::from_le_bytes([a, b, c, d]) as usize, u32::from_le_bytes([e, f, g, h]) as usize);
    if name_bytes > NAME_BYTES_MAX || bytes > DOCUMENT_BYTES_MAX {
        return Err(ApiError::invalid("the stream of documents is damaged: a length in it is impossible"));
    }
    let name = read_part(stream, name_bytes).await.map_err(broken)?;
    let name = String::from_utf8(name).map_err(|_| ApiError::invalid("the name of a document is not UTF-8"))?;
    Ok(Some(Offered { name, bytes: read_part(stream, bytes).await.map_err(broken)?, expected: None }))
}

/// Memory grows with what has come, not with what was announced.
async fn read_part(stream: &mut (impl AsyncRead + Unpin), length: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(length.min(DOCUMENT_ROOM));
    stream.take(length as u64).read_to_end(&mut bytes).await?;
    if bytes.len() < length { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(documents: &[(&str, &str)]) -> Vec<u8> {
        let mut stream = BytesMut::new();
        for (name, document) in documents {
            append(&mut stream, name, document.as_bytes()).unwrap();
        }
        stream.to_vec()
    }

    async fn all(mut bytes: &[u8]) -> Result<Vec<(String, String)>, ApiError> {
        let mut all = Vec::new();
        while let Some(Offered { name, bytes, .. }) = read(&mut bytes).await? {
            all.push((name, String::from_utf8(bytes).unwrap()));
        }
        Ok(all)
    }

    #[tokio::test]
    async fn documents_come_out_as_they_went_in() {
        let documents = [("a.xml", "<Update/>"), ("", ""), ("b.xml:7", "<Update>\n</Update>")];
        let read = all(&stream(&documents)).await.unwrap();
        assert_eq!(read, documents.map(|(name, text)| (name.to_owned(), text.to_owned())));
    }

    #[tokio::test]
    async fn a_stream_that_ends_anywhere_but_between_documents_is_broken() {
        let whole = stream(&[("a.xml", "<Update/>"), ("b.xml", "<Update/>")]);
        let first = stream(&[("a.xml", "<Update/>")]).len();
        for length in 0..=whole.len() {
            let read = all(&whole[..length]).await;
            assert_eq!(read.is_ok(), [0, first, whole.len()].contains(&length), "cut at {length}");
        }
    }

    #[tokio::test]
    async fn impossible_lengths_are_refused_before_anything_is_read() {
        let name = [u32::MAX.to_le_bytes(), 1_u32.to_le_bytes()].concat();
        let document = [1_u32.to_le_bytes(), u32::MAX.to_le_bytes()].concat();
        for damaged in [name, document] {
            assert_eq!(all(&damaged).await.unwrap_err().status, 400);
        }
        assert!(append(&mut BytesMut::new(), &"n".repeat(NAME_BYTES_MAX + 1), b"").is_err());
    }
}
