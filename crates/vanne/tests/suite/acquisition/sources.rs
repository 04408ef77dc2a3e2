//! Sources that fail, lie and lead astray: each is told apart, and the next one is asked.

use std::sync::{Arc, Mutex};

use server::config::ContentMode;
use tokio::sync::Semaphore;

use super::origin::Manner;
use super::*;

/// A publisher that is bad in some manner: what is said of it, once the file was asked for.
async fn failure(name: &str, manner: Manner) -> String {
    let here = Here::start(ContentMode::OnApproval).await;
    let file = here.publish(name, 300_000, manner).await;
    here.estate.approve_all("All Computers").await;
    let answer = here.fetch().await;
    assert!(!here.is_held(file.sha1()).await, "{name}");
    assert_eq!(here.get(&file, &[]).await.status, 404);
    let [failed] = answer.status.failed.as_slice() else { panic!("{name}: {answer:?}") };
    assert_eq!(failed.name, file.name);

    // Served well, it comes.
    here.origin.serve(&format!("/{name}"), &file.bytes, Manner::Honest);
    assert_eq!(here.fetch().await.status.missing, 0, "{name}");
    here.until_held(&file).await;
    failed.reason.clone()
}

#[tokio::test]
async fn each_way_to_fail_has_a_message_of_its_own_that_names_the_source() {
    for (name, manner, says) in [
        ("missing", Manner::Status(404), "answered 404 Not Found: the file is not there"),
        ("broken", Manner::Status(500), "answered 500 Internal Server Error"),
        ("refusing", Manner::Status(416), "answered 416 Range Not Satisfiable"),
        ("page", Manner::Page, "answered with a page instead of the file"),
        ("huge", Manner::Declares(30_000_000_000), "declares 30000000000 bytes, 300000 were to come"),
        ("short", Manner::Declares(299_999), "declares 299999 bytes, 300000 were to come"),
        ("cut", Manner::CutAfter(0), "broke off after 0 bytes"),
        ("round", Manner::Redirect("/round".to_owned()), "redirects more than 5 times"),
        ("nowhere", Manner::Redirect("file:///etc/passwd".to_owned()), "which is not asked"),
    ] {
        let reason = failure(name, manner).await;
        assert!(reason.starts_with("http://127.0.0.1:") && reason.contains(&format!("/{name}")), "{name}: {reason}");
        assert!(reason.contains(says), "{name}: {reason}");
    }
}

#[tokio::test]
async fn sec_a9_a_source_that_sends_other_bytes_is_found_out_and_the_next_one_asked() {
    let here = Here::start(ContentMode::OnApproval).await;
    let file = here.publish("altered", 500_000, Manner::Honest).await;
    here.set_upstream("/Content", None);
    let upstream = upstream_path(&file);
    here.origin.serve(&upstream, &file.bytes, Manner::OtherBytes);
    here.estate.approve_all("All Computers").await;
    here.until_held(&file).await;
    assert_eq!(here.origin.requests(&upstream).len(), 1, "a liar is asked once");
    assert_eq!(here.estate.metric("vanne_content_lies_total", &[]).await, 1.0);
    let evidence = crate::harness::files_below(&here.estate.folder.path().join("content/quarantine"));
    assert_eq!(evidence.len(), 2, "the file and its note: {evidence:?}");
    let note =
        std::fs::read_to_string(evidence.iter().find(|path| path.extension().unwrap() == "json").unwrap()).unwrap();
    assert!(note.contains(&here.origin.url(&upstream)), "{note}");
}

#[tokio::test]
async fn sec_a9_when_one_of_two_that_contributed_lied_each_gets_to_send_all_of_it() {
    let here = Here::start(ContentMode::OnApproval).await;
    let file = here.publish("mixed", 1_000_000, Manner::Honest).await;
    here.set_upstream("/Content", None);
    let upstream = upstream_path(&file);
    // Other bytes, and less than half of the file: the publisher sends the rest.
    let lies: bytes::Bytes = file.bytes.iter().map(|byte| byte ^ 1).collect();
    here.origin.serve(&upstream, &lies, Manner::CutAt(400_000));
    here.estate.approve_all("All Computers").await;
    here.until_held(&file).await;
    assert_eq!(here.estate.metric("vanne_content_lies_total", &[]).await, 1.0);
}

#[tokio::test]
async fn sec_a9_an_answer_that_breaks_off_is_taken_up_where_it_ended() {
    let here = Here::start(ContentMode::OnApproval).await;
    let file = here.publish("cutting", 2_000_000, Manner::CutAfter(700_000)).await;
    here.estate.approve_all("All Computers").await;
    here.until_held(&file).await;
    let requests = here.origin.requests("/cutting");
    assert_eq!(requests[0], "");
    assert!(requests.len() >= 3 && requests[1..].iter().all(|range| range.ends_with("-1999999")), "{requests:?}");
    assert_eq!(here.fetched().await, 2_000_000.0, "nothing is fetched twice");
}

#[tokio::test]
async fn a_source_that_knows_no_ranges_or_sends_nothing_more_does_not_hold_a_file_up() {
    let here = Here::start(ContentMode::OnApproval).await;
    let file = here.publish("stalling", 1_000_000, Manner::WithoutRanges).await;
    here.set_upstream("/Content", None);
    let gate = Arc::new(Semaphore::new(0));
    here.origin.serve(&upstream_path(&file), &file.bytes, Manner::StopAfter(300_000, gate));
    here.estate.approve_all("All Computers").await;
    here.until_held(&file).await;
    assert_eq!(here.origin.requests("/stalling").len(), 1);
}

#[tokio::test]
async fn the_server_above_is_asked_to_fetch_what_it_does_not_have() {
    let here = Here::start(ContentMode::OnApproval).await;
    let file = here.publish("above", 100_000, Manner::Status(503)).await;
    let asked = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&asked);
    here.set_upstream(
        "/Content",
        Some(Arc::new(move |digests: &[Sha1]| notes.lock().unwrap().extend_from_slice(digests))),
    );
    here.estate.approve_all("All Computers").await;
    here.fetch().await;
    assert!(asked.lock().unwrap().contains(&file.sha1()));
    here.origin.serve(&upstream_path(&file), &file.bytes, Manner::Honest);
    here.fetch().await;
    here.until_held(&file).await;
}

#[tokio::test]
async fn sec_p11_publishers_addresses_do_not_lead_into_the_network_of_this_server() {
    let here = Here::with(ContentMode::OnApproval, |config| config.content.allow_private_sources = false).await;
    let file = here.publish("private", 1_000, Manner::Honest).await;
    here.estate.approve_all("All Computers").await;
    let answer = here.fetch().await;
    assert!(here.origin.requests("/private").is_empty());
    let reason = &answer.status.failed[0].reason;
    assert!(
        reason.contains("no source is known for it: its port") && reason.contains("allow_private_sources"),
        "{reason}"
    );

    // The server above may be anywhere, and where it leads to on its own host is its business; elsewhere is not.
    here.set_upstream("/Content", None);
    here.origin.serve(&upstream_path(&file), &file.bytes, Manner::Redirect("http://localhost/private".into()));
    let reason = here.fetch().await.status.failed[0].reason.clone();
    assert!(reason.contains("redirects to http://localhost/private, which is not asked"), "{reason}");
    here.origin.serve(&upstream_path(&file), &file.bytes, Manner::Redirect("/private".into()));
    here.fetch().await;
    here.until_held(&file).await;
}
