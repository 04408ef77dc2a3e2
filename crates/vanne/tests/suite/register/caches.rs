//! SEC-P13: what one client sends must not become what a cache gives the next one.

use testkit::documents::MadeFile;

use crate::content::{address, get, update_with};
use crate::harness::{Answer, Estate};

const EVIL: &str = "evil.example";

struct Held {
    estate: Estate,
    file: MadeFile,
    address: String,
}

async fn held() -> Held {
    let file = MadeFile::of_size("cached.cab", 50_000);
    let estate = Estate::with_catalog(&update_with("cached", std::slice::from_ref(&file))).await;
    let address = address(&estate.url(), &file.sha1(), "cab");
    Held { estate, file, address }
}

/// Fields that caches do not tell answers apart by, and that servers have answered by all the same.
const POISON: [(&str, &str); 31] = [
    ("host", EVIL),
    ("host", "evil.example:1"),
    ("x-forwarded-host", EVIL),
    ("x-forwarded-server", EVIL),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-scheme", "nothttps"),
    ("x-forwarded-port", "1"),
    ("x-forwarded-prefix", "/evil.example"),
    ("x-forwarded-for", "203.0.113.9"),
    ("x-real-ip", "203.0.113.9"),
    ("x-host", EVIL),
    ("x-http-host-override", EVIL),
    ("forwarded", "host=evil.example;proto=https"),
    ("x-original-url", "/evil.example"),
    ("x-rewrite-url", "/evil.example"),
    ("x-original-host", EVIL),
    ("x-http-method-override", "DELETE"),
    ("x-http-method", "POST"),
    ("x-method-override", "HEAD"),
    ("accept-encoding", "xpress"),
    ("accept-encoding", "gzip, br"),
    ("accept-language", "evil.example"),
    ("cookie", "session=evil.example"),
    ("authorization", "Basic ZXZpbDpldmls"),
    ("origin", "http://evil.example"),
    ("referer", "http://evil.example/"),
    ("user-agent", EVIL),
    ("range", "evil.example"),
    ("range", "bytes=9-5"),
    ("if-range", "\"evil.example\""),
    ("surrogate-control", "evil.example"),
];

/// What a cache keeps of an answer beside its body: all but when it was given.
fn kept(answer: &Answer) -> Vec<(String, String)> {
    let fields = answer.headers.iter().filter(|(name, _)| *name != "date");
    let mut fields: Vec<_> =
        fields.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    fields.sort();
    fields
}

#[tokio::test]
async fn sec_p13_what_a_client_sends_beside_the_address_changes_nothing_of_a_file() {
    let Held { estate: _estate, file, address } = held().await;
    let honest = get(&address, &[]).await;
    for field in POISON {
        let poisoned = get(&address, &[field]).await;
        assert_eq!(poisoned.status, 200, "{field:?}");
        assert_eq!(poisoned.body, file.bytes, "{field:?}");
        assert_eq!(kept(&poisoned), kept(&honest), "{field:?}");
        assert!(!format!("{:?}", poisoned.headers).contains(EVIL), "{field:?}");
    }
    for field in [("range", "bytes=50000-"), ("range", "bytes=-0"), ("if-none-match", "*")] {
        let status = get(&address, &[field]).await.status.as_u16();
        assert!([416, 304].contains(&status), "{field:?} is answered with {status}, which no cache takes for the file");
    }
    assert_eq!(get(&address, &[]).await.body, file.bytes);
}

#[tokio::test]
async fn sec_p13_what_is_not_here_is_kept_by_no_cache() {
    let Held { estate, .. } = held().await;
    let other = MadeFile::of_size("other.cab", 10);
    let missing = get(&address(&estate.url(), &other.sha1(), "cab"), &[("x-forwarded-host", EVIL)]).await;
    assert_eq!((missing.status.as_u16(), missing.field("cache-control")), (404, "no-store"));
}

#[tokio::test]
async fn sec_p13_an_honest_cache_may_keep_a_file_and_tell_its_parts_apart() {
    let Held { estate: _estate, file, address } = held().await;
    let whole = get(&address, &[]).await;
    assert_eq!(whole.field("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(whole.field("etag"), format!("\"{}\"", file.sha256()));
    assert_eq!(whole.field("vary"), "");
    let part = get(&address, &[("range", "bytes=100-199"), ("if-range", whole.field("etag"))]).await;
    assert_eq!((part.status.as_u16(), part.field("content-range")), (206, "bytes 100-199/50000"));
    assert_eq!(part.body, file.bytes[100..200]);
}
