//! SEC-P1, SEC-P2: XML that reaches out, grows, or says of itself that it is large.

use http::Method;
use server::admin::api::Outcome;
use testkit::documents::{Draft, Made};
use wire::Service;

use super::Canary;
use crate::harness::{Computer, Estate, path, post};

const CLIENT: &str = "http://www.microsoft.com/SoftwareDistribution/Server/ClientWebService";
const PLACES: [&str; 5] = [
    "/ClientWebService/client.asmx",
    "/SimpleAuthWebService/SimpleAuth.asmx",
    "/ReportingWebService/ReportingWebService.asmx",
    "/ServerSyncWebService/ServerSyncWebService.asmx",
    "/DssAuthWebService/DssAuthWebService.asmx",
];

fn envelope(inside: &str) -> String {
    format!("<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>{inside}</s:Body></s:Envelope>")
}

fn get_config(version: &str) -> String {
    envelope(&format!("<GetConfig xmlns=\"{CLIENT}\"><protocolVersion>{version}</protocolVersion></GetConfig>"))
}

/// What stands before a message to make whoever reads it open a connection or a file; `&x;` stands for what came of it.
fn doctypes(canary: &str) -> Vec<String> {
    let entities: String =
        (1..10).map(|at| format!("<!ENTITY e{at} \"{}\">", format!("&e{};", at - 1).repeat(10))).collect();
    vec![
        "<!DOCTYPE a>".to_owned(),
        format!("<!DOCTYPE a SYSTEM \"{canary}/dtd\">"),
        format!("<!DOCTYPE a PUBLIC \"-//W3C//DTD XHTML 1.0//EN\" \"{canary}/public\">"),
        format!("<!DOCTYPE a [<!ENTITY x SYSTEM \"{canary}/entity\">]>"),
        "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>".to_owned(),
        format!("<!DOCTYPE a [<!ENTITY % p SYSTEM \"{canary}/parameter\"> %p;]>"),
        format!("<!DOCTYPE a [<!ENTITY % p \"<!ENTITY x SYSTEM '{canary}/nested'>\"> %p;]>"),
        format!("<!DOCTYPE a [<!ENTITY e0 \"ha\">{entities}<!ENTITY x \"&e9;\">]>"),
        "<!DOCTYPE a [<!ENTITY x \"&y;\"><!ENTITY y \"&x;\">]>".to_owned(),
        format!("<!doctype a SYSTEM \"{canary}/lower\">"),
        format!("<?xml version=\"1.0\"?><!-- before --><!DOCTYPE a SYSTEM \"{canary}/behind\">"),
    ]
}

#[tokio::test]
async fn sec_p1_no_dtd_is_read_and_nothing_outside_is_asked_for() {
    let canary = Canary::new();
    let url = format!("http://{}", canary.address());
    let estate = Estate::start().await;
    for doctype in doctypes(&url) {
        for version in ["2", "&x;"] {
            for place in PLACES {
                let answer = post(&estate.url(), place, &[], format!("{doctype}{}", get_config(version))).await;
                assert_eq!((answer.status.as_u16(), answer.body.len()), (400, 0), "{place}: {doctype}");
            }
        }
        let made = Draft::detectoid("with a document type").finish();
        let root = made.document.find("<upd:Update").unwrap();
        let document = format!("{doctype}{}", &made.document[root..]);
        let outcomes = estate.try_import(&[Made { document, ..made }]).await;
        assert!(matches!(outcomes[0].outcome, Outcome::Refused { .. }), "{doctype}: {outcomes:?}");
    }
    // What reaches out without a document type is only text to us.
    for harmless in [
        format!("<?xml-stylesheet type=\"text/xsl\" href=\"{url}/style\"?>{}", get_config("2")),
        get_config("2")
            .replace(
                "<GetConfig",
                &format!("<x:include xmlns:x=\"http://www.w3.org/2001/XInclude\" href=\"{url}/x\"/><GetConfig"),
            )
            .replace("<s:Body>", "<s:Header/><s:Body>"),
        get_config("2").replacen(
            "<s:Envelope",
            &format!(
                "<s:Envelope xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" i:schemaLocation=\"{url} {url}/s\""
            ),
            1,
        ),
    ] {
        post(&estate.url(), PLACES[0], &[], harmless).await;
    }
    assert!(!canary.was_asked());
    let updates: Vec<server::admin::api::UpdateSummary> = estate.api(Method::GET, "/api/v1/updates", &()).await;
    assert!(updates.is_empty());
}

#[tokio::test]
async fn sec_p1_the_five_entities_and_numbers_are_read() {
    let estate = Estate::start().await;
    for (written, status) in
        [("2&#46;90", 200), ("2&#x2e;0", 200), ("&amp;", 500), ("&lt;", 500), ("&#0;", 400), ("&x;", 400)]
    {
        let answer = post(&estate.url(), PLACES[0], &[], get_config(written)).await;
        assert_eq!(answer.status.as_u16(), status, "{written}: {}", String::from_utf8_lossy(&answer.body));
    }
}

#[tokio::test]
async fn sec_p2_what_an_array_says_of_its_length_means_nothing() {
    let estate = Estate::start().await;
    let computer = Computer::join(&estate.url(), "array").await;
    let sync = wire::Request::SyncUpdates(wire::client::SyncUpdates {
        cookie: computer.cookie.clone(),
        parameters: Some(wire::client::SyncUpdateParameters {
            other_cached_update_ids: vec![model::RevisionId(1), model::RevisionId(2)],
            ..wire::client::SyncUpdateParameters::default()
        }),
    });
    let plain = wire::encode_request(&sync, wire::SoapVersion::V11).into_bytes();
    let plain = String::from_utf8(plain.to_vec()).unwrap();
    let declaration = " xmlns:n=\"http://schemas.xmlsoap.org/soap/encoding/\"";
    for declared in [
        "n:arrayType=\"int[2147483647]\"",
        "n:arrayType=\"int[-1]\"",
        "n:arrayType=\"int[99999,99999,99999]\"",
        "n:arraySize=\"2147483647\"",
        "n:offset=\"[2147483647]\"",
    ] {
        let message =
            plain.replace("<OtherCachedUpdateIDs>", &format!("<OtherCachedUpdateIDs{declaration} {declared}>"));
        assert_ne!(message, plain);
        let answer = post(&estate.url(), path(Service::Client), &[], message).await;
        assert_eq!(answer.status, 200, "{declared}: {}", String::from_utf8_lossy(&answer.body));
    }
}
