//! A downstream server as it was recorded: what native WSUS answered it is what this server answers.

use http::StatusCode;
use model::Sha1;
use testkit::documents::Made;
use wire::server::{Filter, Response, UpdateDocument, decode_response};

use crate::harness::{Estate, post, shared};

/// The text between the first `<element>` and what follows.
fn content<'a>(text: &'a str, element: &str) -> &'a str {
    text.split_once(&format!("<{element}>")).and_then(|(_, rest)| rest.split('<').next()).unwrap_or_default()
}

/// A text in which what every server and day has of its own reads `…`.
fn neutral(text: &str) -> String {
    let mut text = text.to_owned();
    for element in ["LastChange", "CookieData", "EncryptedData", "Expiration", "Anchor", "ID"] {
        let own = format!("<{element}>{}<", content(&text, element));
        text = text.replace(&own, &format!("<{element}>…<"));
    }
    match text.split_once("<faultactor>") {
        Some((before, rest)) => format!("{before}{}", rest.split_once("</faultactor>").unwrap().1),
        None => text,
    }
}

#[tokio::test]
async fn the_recorded_synchronisation_is_answered_as_it_was_recorded() {
    let Some(captures) = shared("captures") else { return };
    let name = "266f6222-c89d-43f2-9f8a-69340271e677-r200.xml";
    let document = std::fs::read_to_string(captures.join("documents").join(name)).unwrap();
    let made = Made { file_name: name.to_owned(), document: document.clone(), files: Vec::new() };
    let estate = Estate::with_catalog(&[made]).await;
    let url = estate.url();
    let anchor = super::protocol::session(&estate).await.unwrap().revisions(&Filter::default()).await.unwrap().anchor;
    let (mut authorization, mut session) = (String::new(), String::new());
    for folder in ["000001", "000002", "000003", "000005", "000007", "000011", "000014", "000018"] {
        let read = |name: &str| std::fs::read_to_string(captures.join("server-sync").join(folder).join(name)).unwrap();
        let (head, mut request, recorded) = (read("request.headers"), read("request.body"), read("response.body"));
        for (element, own) in [("CookieData", &authorization), ("EncryptedData", &session)] {
            let before = format!("<{element}>{}<", content(&request, element));
            request = request.replace(&before, &format!("<{element}>{own}<"));
        }
        request = request.replace("9438,2026-10-04 16:09:27.371", anchor.as_str());
        let answer = post(&url, head.split(' ').nth(1).unwrap(), &[], request).await;
        let body = String::from_utf8(answer.body.to_vec()).unwrap();
        if folder == "000002" {
            content(&body, "CookieData").clone_into(&mut authorization);
        }
        if folder == "000003" {
            content(&body, "EncryptedData").clone_into(&mut session);
        }
        match folder {
            // Every member is there; their order is that of the specification, and the languages are this server's.
            "000005" => {
                let members = |text: &str| {
                    let mut names: Vec<String> =
                        text.split('<').map(|part| part.split(['>', ' ']).next().unwrap().to_owned()).collect();
                    names.sort();
                    names.dedup();
                    names
                };
                assert_eq!(members(&body), members(&recorded));
            }
            // The same document in a cabinet, with the same digest; the address of the file is not known here.
            "000014" => {
                let read = |body: &str| match decode_response("GetUpdateData", body.as_bytes()).unwrap().unwrap() {
                    Response::GetUpdateData(updates) => updates,
                    other => panic!("{other:?}"),
                };
                let (own, theirs) = (read(&body), read(&recorded));
                assert_eq!(own.updates[0].file_digests, theirs.updates[0].file_digests);
                let files = |updates: &wire::server::Updates| -> Vec<Sha1> {
                    updates.file_urls.iter().map(|url| url.file_digest).collect()
                };
                assert_eq!(files(&own), files(&theirs));
                let UpdateDocument::Cabinet(cabinet) = &own.updates[0].document else { panic!("no cabinet") };
                let member = cabinet_text(cabinet);
                assert_eq!(member, document.trim_start_matches(|letter| letter != '<'));
            }
            _ => assert_eq!(neutral(&body), neutral(&recorded), "{folder}"),
        }
        assert_eq!(answer.status == StatusCode::OK, !recorded.contains("soap:Fault"), "{folder}");
    }
}

fn cabinet_text(bytes: &[u8]) -> String {
    let member = cabinet::unpack(bytes, &cabinet::Limits::default()).unwrap();
    cabinet::text(&member.content).unwrap()
}
