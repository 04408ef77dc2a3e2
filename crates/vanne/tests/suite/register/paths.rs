//! SEC-P12: paths that lead out of the store.

use testkit::documents::MadeFile;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::content::{address, get, update_with};
use crate::harness::Estate;

/// What no answer may have in it: it stands in a file beside the store.
const SECRET: &str = "the-secret-beside-the-store";

struct Guarded {
    estate: Estate,
    file: MadeFile,
}

async fn guarded() -> Guarded {
    let file = MadeFile::of_size("guarded.cab", 10_000);
    let estate = Estate::with_catalog(&update_with("guarded", std::slice::from_ref(&file))).await;
    for name in ["vanne.toml", "secret.txt", "content/secret.txt", "content/files/secret.txt"] {
        std::fs::write(estate.folder.path().join(name), SECRET).unwrap();
    }
    Guarded { estate, file }
}

/// Ways out of a folder, as servers have been misled by them.
fn ways_up() -> Vec<String> {
    let (dots, slashes) = (
        [
            "..",
            ".",
            "%2e%2e",
            "%2E.",
            ".%2e",
            "%252e%252e",
            "%c0%ae%c0%ae",
            "%u002e%u002e",
            "..;",
            "...",
            ". .",
            "..%00",
            ".%00.",
            "\u{ff0e}\u{ff0e}",
        ],
        ["/", "//", "%2f", "%2F", "%5c", "\\", "%252f", "%c0%af", "%u2215"],
    );
    dots.iter().flat_map(|dots| slashes.iter().map(move |slash| format!("{dots}{slash}"))).collect()
}

/// Where each way is tried, and what it is to lead to.
fn traversals(file: &MadeFile, folder: &std::path::Path) -> Vec<String> {
    let name = file.sha1().to_string().to_ascii_uppercase();
    let (beginnings, targets) = (
        [
            "/Content/".to_owned(),
            format!("/Content/{}/", &name[38..]),
            format!("/Content/{}/{name}.cab/", &name[38..]),
            "/ClientWebService/".to_owned(),
        ],
        ["secret.txt", "vanne.db", "etc/passwd", "windows/win.ini"],
    );
    let mut all = Vec::new();
    for way in ways_up() {
        for (at, beginning) in beginnings.iter().enumerate() {
            for (depth, target) in (1..).zip(targets) {
                all.push(format!("{beginning}{}{target}", way.repeat(depth + at)));
            }
        }
    }
    let absolute = folder.join("secret.txt").display().to_string();
    for beginning in beginnings {
        for odd in [
            absolute.clone(),
            format!("file://{absolute}"),
            absolute.replace('/', "%2f"),
            format!("C:{absolute}"),
            format!("\\\\?\\C:{absolute}"),
            "secret.txt::$DATA".to_owned(),
            "secret.txt%00.cab".to_owned(),
            "con".to_owned(),
            "~root/.ssh/id_rsa".to_owned(),
            ".git/config".to_owned(),
        ] {
            all.push(format!("{beginning}{odd}"));
        }
    }
    all
}

/// Asks with exactly these bytes, as no client that tidies up would.
async fn raw(estate: &Estate, path: &str) -> Vec<u8> {
    let mut socket = TcpStream::connect(estate.url().trim_start_matches("http://")).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: vanne\r\nConnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer).await;
    answer
}

#[tokio::test]
async fn sec_p12_two_thousand_paths_outside_the_store_are_refused() {
    let Guarded { estate, file } = guarded().await;
    let paths = traversals(&file, estate.folder.path());
    assert!(paths.len() > 2_000, "{}", paths.len());
    for path in &paths {
        let answer = raw(&estate, path).await;
        let text = String::from_utf8_lossy(&answer);
        assert!(text.starts_with("HTTP/1.1 404 ") || text.starts_with("HTTP/1.1 400 "), "{path}: {text}");
        for inside in [SECRET, "SQLite format 3", "root:x:0"] {
            assert!(!text.contains(inside), "{path}: {text}");
        }
    }
}

#[tokio::test]
async fn sec_p12_a_file_by_its_name_is_served() {
    let Guarded { estate, file } = guarded().await;
    let answer = get(&address(&estate.url(), &file.sha1(), "cab"), &[]).await;
    assert_eq!((answer.status.as_u16(), &answer.body), (200, &file.bytes));
}
