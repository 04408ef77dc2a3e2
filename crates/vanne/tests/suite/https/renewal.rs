//! Certificates are renewed while the server runs; what cannot be renewed stays, and says why.

use axum::body::Body;
use http::Method;
use server::admin::api::PkiAnswer;

use super::{client, get, strict};
use crate::harness::{Estate, Mount, Site, Tls, exchange};

const DAY_MINS: i64 = 24 * 60;

async fn state(estate: &Estate) -> PkiAnswer {
    estate.api(Method::GET, "/api/v1/pki", &()).await
}

/// What the background work does once an hour.
async fn look_again(estate: &Estate) -> (u16, String) {
    let (status, body) = estate.try_api(Method::POST, "/api/v1/pki/reload", Body::from("null")).await;
    (status, String::from_utf8(body).unwrap())
}

#[tokio::test]
async fn a_certificate_is_renewed_thirty_days_before_its_end_and_connections_stay() {
    let estate = strict().await;
    let tls = client(&estate).await;
    let mut open = tls.connect().await.unwrap();
    let before = state(&estate).await;
    let first = before.certificates[0].sha256;
    assert_eq!(look_again(&estate).await.0, 200);
    estate.advance_mins(360 * DAY_MINS);
    assert_eq!(look_again(&estate).await.0, 200);
    assert_eq!(state(&estate).await.certificates[0].sha256, first, "not yet");
    estate.advance_mins(8 * DAY_MINS);
    assert_eq!(look_again(&estate).await.0, 200);
    let renewed = state(&estate).await;
    assert_ne!(renewed.certificates[0].sha256, first);
    assert_eq!(renewed.certificates[0].key_sha256, before.certificates[0].key_sha256, "who pinned it is not lost");
    assert!(renewed.certificates[0].days_left > 390 && renewed.troubles.is_empty(), "{renewed:?}");
    assert!(estate.metric("vanne_certificate_ends_seconds", &["server"]).await > 1.8e9);
    let told = exchange(&mut open, &get("/")).await.unwrap();
    assert_eq!(told.status, 200, "a connection from before goes on");
    // The clock of clients did not move: to one that resumes no session the new certificate has not begun.
    let error = client(&estate).await.ask(&get("/")).await.unwrap_err().to_string();
    assert!(error.to_lowercase().contains("not valid yet") || error.contains("NotValidYet"), "{error}");
}

#[tokio::test]
async fn a_clock_that_is_ten_years_wrong_changes_nothing_and_is_named() {
    for years in [-10, 10] {
        let estate = strict().await;
        let tls = client(&estate).await;
        let first = state(&estate).await.certificates[0].sha256;
        assert_eq!(look_again(&estate).await.0, 200);
        estate.advance_mins(years * 365 * DAY_MINS);
        let (status, told) = look_again(&estate).await;
        if years > 0 {
            assert_eq!(status, 409, "{told}");
            assert!(told.contains("clock went 36") && told.contains("vanne pki renew"), "{told}");
            let (status, told) = estate.try_api(Method::POST, "/api/v1/pki/renew", Body::from("null")).await;
            let told = String::from_utf8(told).unwrap();
            assert!(
                status == 409 && told.contains("the authority holds from") && told.contains("correct it"),
                "{told}"
            );
        }
        let state = state(&estate).await;
        assert_eq!(state.certificates[0].sha256, first, "{years}");
        assert!(!state.troubles.is_empty(), "{state:?}");
        assert_eq!(tls.ask(&get("/")).await.unwrap().status, 200, "what is proven is served");
    }
}

#[tokio::test]
async fn a_server_comes_up_with_a_clock_that_is_wrong() {
    let mut estate = strict().await;
    let tls = client(&estate).await;
    for years in [10, -20] {
        estate.advance_mins(years * 365 * DAY_MINS);
        estate.restart().await;
        assert_eq!(tls.ask(&get("/")).await.unwrap().status, 200, "{years}");
        assert!(!state(&estate).await.troubles.is_empty());
    }
}

#[tokio::test]
async fn a_clock_that_was_ahead_at_the_start_leaves_a_way_back() {
    for is_started_again in [true, false] {
        let mut estate = strict().await;
        let tls = client(&estate).await;
        let first = state(&estate).await.certificates[0].sha256;
        estate.advance_mins(400 * DAY_MINS);
        estate.restart().await;
        assert_ne!(state(&estate).await.certificates[0].sha256, first, "by this clock it ended");
        assert!(tls.ask(&get("/")).await.is_err(), "to everybody else the other one has not begun");
        estate.advance_mins(-400 * DAY_MINS);
        if is_started_again {
            estate.restart().await;
        } else {
            assert_eq!(look_again(&estate).await.0, 200);
        }
        let back = state(&estate).await;
        assert_eq!(back.certificates[0].sha256, first);
        assert!(!back.troubles.iter().any(|trouble| trouble.contains("holds from")), "{back:?}");
        assert_eq!(tls.ask(&get("/")).await.unwrap().status, 200);
    }
}

#[tokio::test]
async fn there_is_no_way_back_to_a_key_that_was_replaced_on_purpose() {
    let estate = strict().await;
    estate.advance_mins(368 * DAY_MINS);
    assert_eq!(look_again(&estate).await.0, 200, "the one before is kept now");
    let first = state(&estate).await.certificates[0].key_sha256;
    let _: PkiAnswer = estate.api(Method::POST, "/api/v1/pki/renew", &()).await;
    let second = state(&estate).await.certificates[0].key_sha256;
    assert_ne!(first, second);
    estate.advance_mins(-2 * DAY_MINS);
    assert_eq!(look_again(&estate).await.0, 200);
    assert_eq!(state(&estate).await.certificates[0].key_sha256, second);
}

#[tokio::test]
async fn names_that_nobody_chose_are_added_and_never_taken_away() {
    let site = Site::new();
    site.write("data/vanne.toml", "[https]\nnames = [\"old.example\", \"localhost\"]\n");
    assert_eq!(site.serve().terminate().code(), Some(0));
    site.write("data/vanne.toml", "");
    let server = site.serve();
    let shown: PkiAnswer = site.json(&["pki", "show"]);
    let names = &shown.certificates[0].names;
    assert!(names.len() > 2 && names.contains(&"old.example".to_owned()), "{names:?}");
    let tls = Tls::new(server.https_url(), &site.run(&["pki", "ca"]).out).named("old.example");
    assert_eq!(tls.seen().await.unwrap().0.sha256, shown.certificates[0].sha256);
    assert_eq!(server.terminate().code(), Some(0));
    site.write("data/vanne.toml", "[https]\nnames = [\"new.example\"]\n");
    let _server = site.serve();
    let shown: PkiAnswer = site.json(&["pki", "show"]);
    assert_eq!(shown.certificates[0].names, ["new.example"], "what is chosen is what there is");
}

#[tokio::test]
async fn a_damaged_certificate_is_made_again_and_a_key_that_cannot_be_read_is_named() {
    let site = Site::new();
    let server = site.serve();
    let file = site.data_dir().join("pki/server.pem");
    let before: PkiAnswer = site.json(&["pki", "show"]);
    std::fs::write(&file, "-----BEGIN PRIVATE KEY-----\nAAAA").unwrap();
    let after: PkiAnswer = site.json(&["pki", "reload"]);
    assert_ne!(before.certificates[0].sha256, after.certificates[0].sha256);
    std::fs::remove_file(&file).unwrap();
    // Root may read everything, but not a folder.
    std::fs::create_dir(&file).unwrap();
    let ran = site.run(&["pki", "reload"]);
    assert!(ran.code == 5 && ran.err.contains("could not read") && ran.err.contains("server.pem"), "{ran:?}");
    let shown: PkiAnswer = site.json(&["pki", "show"]);
    assert_eq!(shown.certificates[0].sha256, after.certificates[0].sha256, "it stays in service");
    assert!(shown.troubles.iter().any(|trouble| trouble.contains("server.pem")), "{shown:?}");
    drop(server);
}

#[tokio::test]
async fn a_full_disk_keeps_the_certificate_that_is_there() {
    let site = Site::new();
    let folder = site.data_dir();
    let Some(_disk) = Mount::disk(&folder.join("pki"), 1) else { return };
    let server = site.serve();
    let before: PkiAnswer = site.json(&["pki", "show"]);
    let full = std::fs::write(folder.join("pki/fills"), vec![0; 2 << 20]);
    assert!(full.is_err(), "the disk is full");
    let ran = site.run(&["pki", "renew"]);
    assert!(ran.code == 1 && ran.err.contains("could not write") && ran.err.contains("make room"), "{ran:?}");
    let after: PkiAnswer = site.json(&["pki", "show"]);
    assert_eq!(before.certificates[0].sha256, after.certificates[0].sha256);
    std::fs::remove_file(folder.join("pki/fills")).unwrap();
    assert_eq!(site.run(&["pki", "renew"]).code, 0);
    drop(server);
}
