//! SEC-A7: files whose stronger digest was taken away, or never was.

use http::Method;
use server::admin::api::{ContentState, ContentSummary, Outcome, ReleaseRequest};
use testkit::documents::{Draft, Made, MadeFile, Rule};

use crate::content::{address, get};
use crate::harness::Estate;

/// A draft with one file.
fn draft(name: &str, file: &MadeFile) -> Draft {
    Draft::command_line(name).with_file(file).installed_when(Rule::registry_text("SOFTWARE\\Contoso", name, "1"))
}

/// The same document without its SHA-256: as documents of before 2013 are, or as somebody on the way made it.
fn stripped(made: &Made) -> Made {
    let start = made.document.find("<upd:AdditionalDigest").unwrap();
    let end = start + made.document[start..].find("</upd:AdditionalDigest>").unwrap() + "</upd:AdditionalDigest>".len();
    let document = format!("{}{}", &made.document[..start], &made.document[end..]);
    assert!(!document.contains("AdditionalDigest"));
    Made { document, ..made.clone() }
}

async fn listed(estate: &Estate) -> ContentSummary {
    let mut all: Vec<ContentSummary> = estate.api(Method::GET, "/api/v1/content", &()).await;
    assert_eq!(all.len(), 1);
    all.remove(0)
}

#[tokio::test]
async fn sec_a7_a_file_promised_by_its_sha_1_alone_is_kept_under_its_sha_256() {
    let file = MadeFile::of_size("old.cab", 20_000);
    let estate = Estate::start().await;
    let made = stripped(&draft("old", &file).finish());
    estate.try_import(&[made]).await;
    let path = format!("/api/v1/content?sha1={}", file.sha1());
    let (status, said) = estate.try_api(Method::PUT, &path, file.bytes.clone().into()).await;
    assert_eq!(status, 409, "a document that names no SHA-256 vouches for nothing: {}", String::from_utf8_lossy(&said));
    let kept = listed(&estate).await;
    assert_eq!((kept.state, kept.sha256), (ContentState::Withheld, Some(file.sha256())));
    let release = ReleaseRequest { sha256: file.sha256(), why: "compared with the publisher's list".into() };
    let () = estate.api(Method::POST, "/api/v1/content/quarantine/release", &release).await;
    let answer = get(&address(&estate.url(), &file.sha1(), "cab"), &[]).await;
    assert_eq!(answer.field("etag"), format!("\"{}\"", file.sha256()));
    assert_eq!(answer.body, file.bytes);
}

#[tokio::test]
async fn sec_a7_a_revision_whose_sha_256_is_gone_is_another_revision_and_refused() {
    let file = MadeFile::of_size("strict.cab", 20_000);
    let estate = Estate::start().await;
    let honest = draft("strict", &file).finish();
    estate.import(std::slice::from_ref(&honest)).await;
    let outcomes = estate.try_import(&[stripped(&honest)]).await;
    let Outcome::Refused { reason } = &outcomes[0].outcome else { panic!("{outcomes:?}") };
    assert!(reason.contains("other content"), "{reason}");
    assert_eq!(listed(&estate).await.sha256, Some(file.sha256()));
}

#[tokio::test]
async fn sec_a7_another_revision_cannot_take_a_sha_256_away_or_contradict_it() {
    let file = MadeFile::of_size("held.cab", 20_000);
    let other = MadeFile::of_size("other.cab", 20_001);
    let estate = Estate::start().await;
    estate.import(&[draft("first", &file).finish()]).await;

    // Without one, it promises the same file; what is known of it stays.
    let weaker = stripped(&draft("second", &file).finish());
    estate.import(&[Made { files: Vec::new(), ..weaker }]).await;
    assert_eq!(listed(&estate).await.sha256, Some(file.sha256()));
    let path = format!("/api/v1/content?sha1={}", file.sha1());
    // Held, it is not taken again, whatever is sent for it.
    estate.try_api(Method::PUT, &path, axum::body::Body::from(other.bytes.clone())).await;
    assert_eq!(get(&address(&estate.url(), &file.sha1(), "cab"), &[]).await.body, file.bytes);

    // With another one, it lies.
    let third = draft("third", &file).finish();
    let document = third.document.replace(&file.sha256().to_base64(), &other.sha256().to_base64());
    assert_ne!(document, third.document);
    let outcomes = estate.try_import(&[Made { document, ..third }]).await;
    assert!(matches!(outcomes[0].outcome, Outcome::Refused { .. }), "{outcomes:?}");
}
