use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::range::ByteRange;

fn head(text: &str) -> RequestHead<'_> {
    match parse(text.as_bytes()) {
        Parsed::Head(head) => head,
        other => panic!("{other:?}: {text:?}"),
    }
}

fn with(fields: &str) -> String {
    format!("GET /Content/1F/X.cab HTTP/1.1\r\n{fields}\r\n")
}

#[test]
fn a_request_of_a_stock_client_is_plain() {
    let text = with(
        "Connection: Keep-Alive\r\nAccept: */*\r\nAccept-Encoding: identity\r\nIf-Range: \"x\"\r\nRange: bytes=0-9\r\n\
         User-Agent: Microsoft-Delivery-Optimization/10.1\r\nHost: wsus:8530\r\n",
    );
    let head = head(&text);
    assert_eq!((head.length, head.framing), (text.len(), Framing::WITHOUT_BODY));
    let plain = head.plain.unwrap();
    assert_eq!((plain.path, plain.is_head, plain.is_http10), ("/Content/1F/X.cab", false, false));
    assert_eq!((plain.connection, plain.keeps_connection()), (Some(Connection::KeepAlive), true));
    let conditions = Conditions { range: Some(b"bytes=0-9"), if_range: Some(b"\"x\""), if_none_match: None };
    assert_eq!(plain.conditions, conditions);
}

#[test]
fn connections_are_kept_as_the_version_and_the_client_say() {
    let cases = [
        ("GET / HTTP/1.1\r\n\r\n", true),
        ("GET / HTTP/1.1\r\nConnection: close\r\n\r\n", false),
        ("HEAD / HTTP/1.0\r\n\r\n", false),
        ("HEAD / HTTP/1.0\r\nconnection: Keep-Alive\r\n\r\n", true),
    ];
    for (text, keeps) in cases {
        assert_eq!(head(text).plain.unwrap().keeps_connection(), keeps, "{text:?}");
    }
}

#[test]
fn what_is_unusual_is_not_plain() {
    let unusual = [
        "POST / HTTP/1.1\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\n\r\n",
        "GET http://host/Content/x HTTP/1.1\r\n\r\n",
        "GET /Content/%41 HTTP/1.1\r\n\r\n",
        "GET /Content/x?y HTTP/1.1\r\n\r\n",
        "GET /Content/x#y HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 3\r\n\r\n",
        "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nConnection: keep-alive, Upgrade\r\n\r\n",
        "GET / HTTP/1.1\r\nConnection: close\r\nConnection: keep-alive\r\n\r\n",
        "GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n",
        "GET / HTTP/1.1\r\nExpect: 100-continue\r\n\r\n",
    ];
    for text in unusual {
        assert_eq!(head(text).plain, None, "{text:?}");
    }
}

#[test]
fn where_a_request_ends_is_known_only_when_nothing_contradicts() {
    let cases = [
        ("", Framing::WITHOUT_BODY),
        ("content-length: 12\r\n", Framing::Length(12)),
        ("Content-Length: 12\r\nContent-Length: 12\r\n", Framing::Unknown),
        ("Content-Length: 12, 12\r\n", Framing::Unknown),
        ("Content-Length: +12\r\n", Framing::Unknown),
        ("Content-Length: 0x12\r\n", Framing::Unknown),
        ("Content-Length:\r\n", Framing::Unknown),
        ("Content-Length: 18446744073709551615\r\n", Framing::Unknown),
        ("Transfer-Encoding: chunked\r\n", Framing::Unknown),
        ("Transfer-Encoding: chunked\r\nContent-Length: 12\r\n", Framing::Unknown),
        ("Upgrade: websocket\r\n", Framing::Unknown),
    ];
    for (fields, framing) in cases {
        assert_eq!(head(&format!("POST /x HTTP/1.1\r\n{fields}\r\n")).framing, framing, "{fields:?}");
    }
    assert_eq!(head("CONNECT host:1 HTTP/1.1\r\n\r\n").framing, Framing::Unknown);
}

#[test]
fn a_head_is_incomplete_to_its_last_byte_and_ends_before_what_follows() {
    let text = with("Host: wsus\r\n");
    for end in 0..text.len() {
        assert_eq!(parse(&text.as_bytes()[..end]), Parsed::Incomplete);
        assert!(!has_blank_line(&text.as_bytes()[..end]));
    }
    assert!(has_blank_line(text.as_bytes()));
    assert_eq!(head(&format!("{text}GET /next")).length, text.len());
}

#[test]
fn what_is_not_a_head_is_unreadable() {
    let flood = with(&"X: y\r\n".repeat(HEADERS_MAX + 1));
    for bytes in [b"\x16\x03\x01\x02\0\x01\0\x01".as_slice(), b"GET / HTTP/2.0\r\n\r\n", flood.as_bytes()] {
        assert_eq!(parse(bytes), Parsed::Unreadable);
    }
}

#[test]
fn of_a_field_that_comes_twice_the_first_counts() {
    let text = with("Range: bytes=0-0\r\nRange: bytes=1-1\r\n");
    let wanted = head(&text).plain.unwrap().conditions.wanted(10, "\"x\"");
    assert_eq!(wanted, Ranges::Parts(vec![ByteRange::new(0, 0).unwrap()]));
}

#[test]
fn a_condition_that_is_not_text_does_not_hold() {
    let conditions =
        Conditions { range: Some(b"bytes=0-0"), if_range: Some(b"\"\xff\""), if_none_match: Some(b"\xff") };
    assert_eq!(conditions.wanted(10, "\"x\""), Ranges::Whole);
    assert!(!conditions.none_match_hits("\"x\""));
}

/// What the fuzz target started from, and what it found: see `fuzz/fuzz_targets/request_head.rs`.
#[test]
fn the_corpus_of_the_fuzz_target_holds() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/request_head");
    let mut replayed = 0;
    for entry in fs::read_dir(&corpus).unwrap() {
        check(&fs::read(entry.unwrap().path()).unwrap());
        replayed += 1;
    }
    assert!(replayed > 0, "the corpus is empty");
}

/// What holds of all bytes.
fn check(bytes: &[u8]) {
    let Parsed::Head(head) = parse(bytes) else { return };
    assert!(head.length <= bytes.len());
    assert!(has_blank_line(&bytes[..head.length]), "whoever waits for the blank line would wait for ever");
    // What follows a head does not change it.
    assert_eq!(parse(&bytes[..head.length]), Parsed::Head(head));
    if let Some(plain) = head.plain {
        assert_eq!(head.framing, Framing::WITHOUT_BODY);
        assert!(plain.path.starts_with('/'));
        plain.conditions.wanted(1_000, "\"x\"");
    }
}

proptest! {
    #[test]
    fn no_bytes_break_a_rule(
        bytes in "(GET|HEAD|POST) /[a-zA-Z/.%]{0,9} HTTP/1.[01]\r?\n((Range|Connection|Content-Length|If-Range|X): ?[-a-z0-9=, \"]{0,12}\r?\n){0,4}\r?\n.{0,5}|.*"
    ) {
        check(bytes.as_bytes());
    }
}
