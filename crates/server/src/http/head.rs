use ::content::request::PlainRequest;
use http::{Response, StatusCode, header};
use model::Timestamp;

use super::content::Payload;

/// The head of an answer, as the HTTP library writes it as well: names in title case, because some proxies mind,
/// `Connection` only where it says something new, `Date` last.
pub(super) fn bytes(response: &Response<Payload>, request: &PlainRequest<'_>, keeps: bool, now: Timestamp) -> Vec<u8> {
    let mut head = Vec::with_capacity(512);
    let status = response.status();
    head.extend_from_slice(if request.is_http10 { b"HTTP/1.0 " } else { b"HTTP/1.1 " });
    head.extend_from_slice(status.as_str().as_bytes());
    head.push(b' ');
    head.extend_from_slice(status.canonical_reason().unwrap_or("<none>").as_bytes());
    head.extend_from_slice(b"\r\n");
    // The library knows the length of what is no file by itself, and writes it behind the other fields.
    let own_length = match response.body() {
        Payload::Text(text) => Some(text.len()),
        Payload::Nothing if !request.is_head && status != StatusCode::NOT_MODIFIED => Some(0),
        Payload::Nothing | Payload::File(..) | Payload::Arriving(..) => None,
    };
    for (name, value) in response.headers() {
        if own_length.is_some() && name == header::CONTENT_LENGTH {
            continue;
        }
        field(&mut head, name.as_str(), value.as_bytes());
    }
    match (request.is_http10, keeps) {
        (true, true) => field(&mut head, "connection", b"keep-alive"),
        (false, false) => field(&mut head, "connection", b"close"),
        (true, false) | (false, true) => {}
    }
    if let Some(length) = own_length {
        field(&mut head, "content-length", length.to_string().as_bytes());
    }
    field(&mut head, "date", ::content::http_date(now).as_bytes());
    head.extend_from_slice(b"\r\n");
    head
}

fn field(head: &mut Vec<u8>, name: &str, value: &[u8]) {
    let mut begins_word = true;
    head.extend(name.bytes().map(|byte| {
        let byte = if begins_word { byte.to_ascii_uppercase() } else { byte };
        begins_word = byte == b'-';
        byte
    }));
    head.extend_from_slice(b": ");
    head.extend_from_slice(value);
    head.extend_from_slice(b"\r\n");
}
