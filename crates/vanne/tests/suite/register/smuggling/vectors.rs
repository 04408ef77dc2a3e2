//! Ways to disagree about where a request ends.

/// What is smuggled: nothing is at this address, which is counted.
const SMUGGLED: &str = "GET /smuggled HTTP/1.1\r\nHost: vanne\r\n\r\n";

/// Spellings of `Transfer-Encoding: chunked` that some readers take for it and others do not.
const TRANSFER_ENCODINGS: [&str; 22] = [
    "Transfer-Encoding: chunked",
    "transfer-encoding: Chunked",
    "TRANSFER-ENCODING: CHUNKED",
    "Transfer-Encoding:chunked",
    "Transfer-Encoding:\tchunked",
    "Transfer-Encoding: chunked ",
    "Transfer-Encoding : chunked",
    "Transfer-Encoding\t: chunked",
    "Transfer-Encoding:\x0bchunked",
    "Transfer-Encoding: xchunked",
    "Transfer-Encoding: chunked, identity",
    "Transfer-Encoding: identity, chunked",
    "Transfer-Encoding: chunked;q=1",
    "Transfer-Encoding: \"chunked\"",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding:\r\n chunked",
    "X: a\r\n Transfer-Encoding: chunked",
    "X: a\nTransfer-Encoding: chunked",
    "X: a\rTransfer-Encoding: chunked",
    "Transfer-Encoding: chun\0ked",
    "\0Transfer-Encoding: chunked",
];

/// Second lengths: `{n}` is how many bytes follow.
const LENGTHS: [&str; 16] = [
    "Content-Length: 0\r\nContent-Length: {n}",
    "Content-Length: {n}\r\nContent-Length: 0",
    "Content-Length: 0, {n}",
    "Content-Length: {n}, 0",
    "Content-Length: +0",
    "Content-Length: -0",
    "Content-Length: 0x0",
    "Content-Length: 0 {n}",
    "Content-Length: 0;{n}",
    "Content-Length: 0\x0b",
    "Content-Length: 1e0",
    "Content-Length: 0.0",
    "Content-Length:",
    "Content-Length: 99999999999999999999999999",
    "Content-Length : 0",
    "Content-Length: {n}\r\n Content-Length: 0",
];

/// Sizes of a chunk that are none, and chunks that are not as long as they say.
const CHUNKS: [&str; 14] = [
    "\r\nhello",
    "g\r\nhello",
    "0x5\r\nhello",
    "+5\r\nhello",
    "-5\r\nhello",
    "5 5\r\nhello",
    "5,5\r\nhello",
    "\x0b5\r\nhello",
    "5\nhello",
    "5\rhello",
    "FFFFFFFFFFFFFFFFF\r\nhello",
    "3\r\nhello",
    "5\r\nhello!",
    "5;a\nb\r\nhello",
];

fn post(fields: &str, body: &str) -> String {
    format!("POST /ClientWebService/client.asmx HTTP/1.1\r\nHost: vanne\r\n{fields}\r\n\r\n{body}")
}

/// Every way, under a name that tells it when it succeeds.
pub(super) fn vectors() -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    let mut add = |name: String, text: String| all.push((name, text.into_bytes()));
    let ended = format!("0\r\n\r\n{SMUGGLED}");
    let chunk = format!("{:x}\r\n{SMUGGLED}\r\n0\r\n\r\n", SMUGGLED.len());
    let before = chunk.len() - SMUGGLED.len() - "\r\n0\r\n\r\n".len();
    for coding in TRANSFER_ENCODINGS {
        // The length covers all of it, the chunks end before; and the other way round.
        add(format!("CL.TE {coding:?}"), post(&format!("Content-Length: {}\r\n{coding}", ended.len()), &ended));
        add(format!("TE.CL {coding:?}"), post(&format!("{coding}\r\nContent-Length: {before}"), &chunk));
    }
    for length in LENGTHS {
        let fields = length.replace("{n}", &SMUGGLED.len().to_string());
        add(format!("CL.CL {length:?}"), post(&fields, SMUGGLED));
    }
    for chunk in CHUNKS {
        add(format!("chunk {chunk:?}"), post("Transfer-Encoding: chunked", &format!("{chunk}\r\n{ended}")));
    }
    for (name, text) in [
        (
            "a body of a GET",
            format!("GET / HTTP/1.1\r\nHost: vanne\r\nContent-Length: {}\r\n\r\n{SMUGGLED}", SMUGGLED.len()),
        ),
        (
            "a body of a file",
            format!(
                "GET /Content/AA/{} HTTP/1.1\r\nHost: vanne\r\nContent-Length: {}\r\n\r\n{SMUGGLED}",
                "AA".repeat(20),
                SMUGGLED.len()
            ),
        ),
        ("chunks in 1.0", format!("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n{ended}")),
        ("no version", format!("GET /\r\n\r\n{SMUGGLED}")),
        ("two versions", format!("GET / HTTP/1.1 HTTP/1.1\r\nHost: vanne\r\n\r\n{SMUGGLED}")),
        ("a version to come", format!("GET / HTTP/1.9\r\nHost: vanne\r\n\r\n{SMUGGLED}")),
        ("a null in the line", format!("GET /\0 HTTP/1.1\r\nHost: vanne\r\n\r\n{SMUGGLED}")),
        ("a field without a name", format!("GET / HTTP/1.1\r\nHost: vanne\r\n: x\r\n\r\n{SMUGGLED}")),
        ("a field without a colon", format!("GET / HTTP/1.1\r\nHost: vanne\r\nx\r\n\r\n{SMUGGLED}")),
        ("a blank before the first field", format!("GET / HTTP/1.1\r\n Host: vanne\r\n\r\n{SMUGGLED}")),
    ] {
        add(name.to_owned(), text);
    }
    all
}
