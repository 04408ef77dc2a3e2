//! HTTP/1.1 by hand, because libraries do not lie: requests of bounded size, and answers as they were ordered.

use std::io;
use std::time::Duration;

use bytes::{BufMut as _, Bytes, BytesMut};
use model::Sha1;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use uuid::Uuid;
use wire::{DecodeError, Fault, SoapVersion, dss_auth, server};

use super::answers::{Refused, authorization};
use super::{Asked, CONTENT, Lie, Shared};
use crate::tls::Stream;

/// A request's head, and its body: a filter of 5,000 categories takes 650 KB.
const HEAD_BYTES_MAX: usize = 16 << 10;
const BODY_BYTES_MAX: usize = 1 << 20;

const SERVER_SYNC: &str = "serversyncwebservice/serversyncwebservice.asmx";
const DSS_AUTH: &str = "dssauthwebservice/dssauthwebservice.asmx";
const HTML: &str = "text/html; charset=utf-8";
const PAGE: &[u8] = b"<!DOCTYPE html><html><body><h1>Please sign in to use the network</h1></body></html>";

/// With TLS or without.
type Socket = BufReader<Box<dyn Stream>>;

/// What was asked.
pub(crate) struct Question {
    pub(crate) path: String,
    pub(crate) range: Option<String>,
    body: Bytes,
}

/// What is to be said.
pub(crate) struct Answer {
    status: u16,
    content_type: &'static str,
    /// Further lines of the head, each with its end.
    fields: String,
    body: Bytes,
}

/// Answers one question after the other, until the client has enough or a lie ends it.
pub(super) async fn serve(socket: Box<dyn Stream>, shared: &Shared) -> io::Result<()> {
    let mut socket = BufReader::new(socket);
    while let Some(question) = read(&mut socket).await? {
        let path = question.path.trim_matches('/').to_ascii_lowercase();
        let (answer, lie) = match path.as_str() {
            SERVER_SYNC => shared.server_sync(&question.body),
            DSS_AUTH => shared.authorize(&question.body),
            _ => shared.file(&path, question.range.as_deref()),
        };
        say(&mut socket, answer, lie).await?;
    }
    Ok(())
}

/// The next question; `None` when the client has no more.
pub(crate) async fn read(socket: &mut Socket) -> io::Result<Option<Question>> {
    let (mut question, mut length) = (Question { path: String::new(), range: None, body: Bytes::new() }, 0);
    let mut head_bytes = 0;
    loop {
        let mut line = String::new();
        head_bytes += (&mut *socket).take(HEAD_BYTES_MAX as u64).read_line(&mut line).await?;
        if line.is_empty() {
            return Ok(None);
        }
        if head_bytes > HEAD_BYTES_MAX {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let line = line.trim_end();
        if question.path.is_empty() {
            let target = line.split(' ').nth(1).unwrap_or("/");
            target.split('?').next().unwrap_or("/").clone_into(&mut question.path);
        } else if line.is_empty() {
            break;
        } else if let Some((name, value)) = line.split_once(':') {
            let value = value.trim();
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse().map_err(|_| io::ErrorKind::InvalidData)?,
                "range" => question.range = Some(value.to_owned()),
                "expect" => socket.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?,
                _ => {}
            }
        }
    }
    if length > BODY_BYTES_MAX {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut body = vec![0; length];
    socket.read_exact(&mut body).await?;
    question.body = body.into();
    Ok(Some(question))
}

impl Shared {
    fn server_sync(&self, body: &[u8]) -> (Answer, Option<Lie>) {
        let call = match server::decode(body) {
            Ok(call) => call,
            Err(error) => return (undecodable(&error), None),
        };
        let request = call.request;
        let asked = Asked { operation: request.method(), request: Some(request.clone()), range: None };
        let lie = self.note(asked);
        let mut state = self.state();
        let answer = state.answer(&self.base, &request).and_then(|answer| match &lie {
            Some(lie) => state.mutate(lie, &request, answer),
            None => Ok(answer),
        });
        let answer = match answer {
            Ok(answer) => soap(call.soap, 200, server::encode(call.soap, &answer).into_bytes()),
            Err(refused) => fault(call.soap, refused, &request.action()),
        };
        (answer, lie)
    }

    fn authorize(&self, body: &[u8]) -> (Answer, Option<Lie>) {
        let call = match dss_auth::decode(body) {
            Ok(call) => call,
            Err(error) => return (undecodable(&error), None),
        };
        let lie = self.note(Asked { operation: call.request.method(), request: None, range: None });
        let answer = match &lie {
            Some(Lie::Refuses(code)) => fault(call.soap, (*code, String::new()), &call.request.action()),
            _ => soap(call.soap, 200, dss_auth::encode(call.soap, &authorization()).into_bytes()),
        };
        (answer, lie)
    }

    /// A file: whatever the address, its name ends in the digest.
    fn file(&self, path: &str, range: Option<&str>) -> (Answer, Option<Lie>) {
        let lie = self.note(Asked { operation: CONTENT, request: None, range: range.map(str::to_owned) });
        let answer = match digest(path).and_then(|digest| self.state().shelf.bytes(&digest)) {
            Some(bytes) => content(&bytes, range),
            None => Answer::nothing(404),
        };
        (answer, lie)
    }
}

impl Answer {
    /// An empty one.
    pub(crate) fn nothing(status: u16) -> Self {
        Self { status, content_type: HTML, fields: String::new(), body: Bytes::new() }
    }
}

/// The digest in which the last part of a file's address ends, before its extension.
pub(crate) fn digest(path: &str) -> Option<Sha1> {
    let stem = path.rsplit('/').next()?.split('.').next()?;
    stem.rsplit('_').next()?.parse().ok()
}

/// All of a file, or the range of it.
pub(crate) fn content(bytes: &Bytes, range: Option<&str>) -> Answer {
    let whole = bytes.len();
    let (status, fields, body) = match range.map(|range| parse_range(range, whole)) {
        None => (200, String::new(), bytes.clone()),
        Some(None) => (416, format!("Content-Range: bytes */{whole}\r\n"), Bytes::new()),
        Some(Some((first, last))) => {
            (206, format!("Content-Range: bytes {first}-{last}/{whole}\r\n"), bytes.slice(first..=last))
        }
    };
    let fields = format!("{fields}Accept-Ranges: bytes\r\n");
    Answer { status, content_type: "application/octet-stream", fields, body }
}

/// First and last byte of the one range that is asked for; `None` if there is nothing there.
fn parse_range(range: &str, length: usize) -> Option<(usize, usize)> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let end = length.checked_sub(1)?;
    let (first, last) = match (first.parse::<usize>().ok(), last.parse::<usize>().ok()) {
        (Some(first), last) => (first, last.unwrap_or(end).min(end)),
        (None, Some(bytes)) => (length.saturating_sub(bytes), end),
        (None, None) => return None,
    };
    (first <= last).then_some((first, last))
}

fn soap(version: SoapVersion, status: u16, body: Bytes) -> Answer {
    Answer { status, content_type: version.content_type(), fields: String::new(), body }
}

fn fault(version: SoapVersion, (code, message): Refused, action: &str) -> Answer {
    // The same for the same refusal, so that a run can be compared with another.
    let id = Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("{code} {action}").as_bytes());
    let fault = Fault { code, message, id, method: action.to_owned() };
    soap(version, Fault::STATUS, server::encode_fault(version, &fault).into_bytes())
}

fn undecodable(error: &DecodeError) -> Answer {
    Answer { status: 400, content_type: "text/plain", fields: String::new(), body: error.to_string().into() }
}

/// Says an answer, or what a lie makes of it.
pub(crate) async fn say(socket: &mut Socket, mut answer: Answer, lie: Option<Lie>) -> io::Result<()> {
    match &lie {
        Some(Lie::Page(status)) => {
            answer = Answer { status: *status, content_type: HTML, fields: String::new(), body: PAGE.into() };
        }
        Some(Lie::Status(status)) => {
            answer = Answer::nothing(*status);
        }
        Some(Lie::Redirects(to)) => {
            let fields = format!("Location: {to}\r\n");
            answer = Answer { status: 302, content_type: HTML, fields, body: Bytes::new() };
        }
        Some(Lie::OtherBytes) => answer.body = answer.body.iter().map(|byte| byte ^ 0x55).collect(),
        Some(Lie::Hangs) => return std::future::pending().await,
        Some(Lie::Waits(gate)) => drop(gate.acquire().await),
        _ => {}
    }
    let length = match &lie {
        Some(Lie::Declares(bytes)) => format!("Content-Length: {bytes}"),
        Some(Lie::NeverEnds) => "Transfer-Encoding: chunked".to_owned(),
        _ => format!("Content-Length: {}", answer.body.len()),
    };
    let Answer { status, content_type, fields, body } = answer;
    let head = format!("HTTP/1.1 {status} Thus\r\nContent-Type: {content_type}\r\n{fields}{length}\r\n\r\n");
    let mut all = BytesMut::from(head.as_bytes());
    let first = match &lie {
        Some(Lie::BreaksOff(bytes) | Lie::HangsAfter(bytes)) => body.len().min(*bytes),
        Some(Lie::Drips(_) | Lie::NeverEnds) => 0,
        _ => body.len(),
    };
    all.put_slice(&body[..first]);
    socket.write_all(&all).await?;
    match lie {
        Some(Lie::BreaksOff(_) | Lie::Declares(_)) => Err(io::ErrorKind::ConnectionAborted.into()),
        Some(Lie::HangsAfter(_)) => std::future::pending().await,
        Some(Lie::Drips(millis)) => drip(socket, &body, Duration::from_millis(millis)).await,
        Some(Lie::NeverEnds) => never_end(socket).await,
        _ => Ok(()),
    }
}

async fn drip(socket: &mut Socket, body: &[u8], pause: Duration) -> io::Result<()> {
    for byte in body {
        socket.write_all(&[*byte]).await?;
        tokio::time::sleep(pause).await;
    }
    Ok(())
}

async fn never_end(socket: &mut Socket) -> io::Result<()> {
    let block = format!("10000\r\n{}\r\n", " ".repeat(0x1_0000));
    loop {
        socket.write_all(block.as_bytes()).await?;
    }
}
