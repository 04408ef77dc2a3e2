//! The seeds and findings of the fuzz targets, replayed. A file whose name begins with `refused-` must be
//! refused, any other must be read.

use std::fs;
use std::path::PathBuf;

use crate::{Service, decode, decode_response, dss_auth, reporting, server, xpress};

fn replay(target: &str, read: impl Fn(&[u8]) -> bool) {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus")).join(target);
    let mut files = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert_eq!(read(&fs::read(&path).unwrap()), !name.starts_with("refused-"), "{target}/{name}");
        files += 1;
    }
    assert!(files > 0, "{target}");
}

#[test]
fn the_corpus_of_client_requests_is_replayed() {
    replay("client_request", |bytes| decode(Service::Client, bytes).is_ok());
}

#[test]
fn the_corpus_of_simple_auth_requests_is_replayed() {
    replay("simple_auth_request", |bytes| decode(Service::SimpleAuth, bytes).is_ok());
}

#[test]
fn the_corpus_of_reporting_requests_is_replayed() {
    replay("reporting_request", |bytes| decode(Service::Reporting, bytes).is_ok());
}

#[test]
fn the_corpus_of_client_answers_is_replayed() {
    // The name of the operation stands in front, see the fuzz target.
    replay("client_response", |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let (method, body) = text.split_once('\n').unwrap_or_default();
        decode_response(method, body.as_bytes()).is_ok()
    });
}

#[test]
fn the_corpus_of_requests_between_servers_is_replayed() {
    replay("server_sync_request", |bytes| server::decode(bytes).is_ok() || dss_auth::decode(bytes).is_ok());
}

#[test]
fn the_corpus_of_answers_between_servers_is_replayed() {
    // The name of the operation stands in front, see the fuzz target.
    replay("server_sync_response", |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let (method, body) = text.split_once('\n').unwrap_or_default();
        server::decode_response(method, body.as_bytes()).is_ok()
    });
}

#[test]
fn the_corpus_of_rollups_is_replayed() {
    replay("rollup_request", |bytes| reporting::decode(bytes).is_ok());
}

#[test]
fn the_corpus_of_xpress_streams_is_replayed() {
    replay("xpress_decompress", |bytes| xpress::decompress(bytes, 1 << 20).is_ok());
}
