//! Plain HTTP hands out files and no metadata.

use http::{Method, StatusCode};
use testkit::documents::MadeFile;
use wire::client::GetConfig;
use wire::{Request, SoapVersion};

use super::{client, get, strict};
use crate::content::update_with;
use crate::harness::{Estate, ServerProcess, Site, eventually, fetch, post};

/// Every web service there is, as clients and servers write it, and some that are not here.
const WEB_SERVICES: [&str; 10] = [
    "/ClientWebService/client.asmx",
    "/CLIENTWEBSERVICE/CLIENT.ASMX",
    "//ClientWebService//Client.asmx",
    "/SimpleAuthWebService/SimpleAuth.asmx",
    "/ReportingWebService/ReportingWebService.asmx",
    "/ReportingWebService/WebService.asmx",
    "/ServerSyncWebService/ServerSyncWebService.asmx",
    "/DssAuthWebService/DssAuthWebService.asmx",
    "/ApiRemoting30/WebService.asmx",
    "/ClientWebService/client.asmx?wsdl",
];

#[tokio::test]
async fn sec_t1_no_web_service_answers_over_plain_http() {
    let estate = strict().await;
    for path in WEB_SERVICES {
        // What is no XML would be refused in another way if anybody looked at it.
        for body in [&b"<a"[..], &[b'x'; 2 << 20][..]] {
            let answer = post(&estate.url(), path, &[], body.to_vec()).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
            assert_eq!(answer.field("connection"), "close", "{path}");
            assert!(String::from_utf8_lossy(&answer.body).contains("https address"), "{path}");
        }
        for method in [Method::GET, Method::HEAD, Method::PUT] {
            let answer = fetch(method.clone(), &format!("{}{path}", estate.url()), &[]).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {path}");
        }
    }
    assert!(estate.metric("vanne_refused_total", &["http metadata"]).await >= 50.0);
    assert!(estate.metric("vanne_http_metadata_total", &[]).await < 0.5);
    assert!(estate.metric("vanne_http_metadata_allowed", &[]).await < 0.5);
}

#[tokio::test]
async fn files_and_the_page_for_load_balancers_are_served_over_both() {
    let file = MadeFile::of_size("both.cab", 300_000);
    let estate = strict().await;
    estate.import(&update_with("both", std::slice::from_ref(&file))).await;
    let path = format!("/Content/{}", content::address(&file.sha1(), "cab"));
    let plain = fetch(Method::GET, &format!("{}{path}", estate.url()), &[]).await;
    assert!(plain.status == StatusCode::OK && plain.body == file.bytes);
    let secured = client(&estate).await.ask(&get(&path)).await.unwrap();
    assert!(secured.status == 200 && secured.body == file.bytes);
    assert_eq!(fetch(Method::GET, &estate.url(), &[]).await.status, StatusCode::OK);
    assert_eq!(client(&estate).await.ask(&get("/")).await.unwrap().status, 200);
}

#[tokio::test]
async fn metadata_over_plain_http_is_answered_when_that_is_allowed_and_complained_about() {
    let estate = Estate::start().await;
    let body = wire::encode_request(&Request::GetConfig(GetConfig::default()), SoapVersion::V11).into_bytes();
    let answer = post(&estate.url(), WEB_SERVICES[0], &[], body).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(estate.metric("vanne_http_metadata_allowed", &[]).await > 0.5);
    eventually("it is counted", async || estate.metric("vanne_http_metadata_total", &[]).await > 0.5).await;
    let state: server::admin::api::PkiAnswer = estate.api(Method::GET, "/api/v1/pki", &()).await;
    assert!(
        state.allow_http_metadata && state.troubles.iter().any(|trouble| trouble.contains("plain HTTP")),
        "{state:?}"
    );
}

#[tokio::test]
async fn sec_t3_no_answer_asks_a_client_who_it_is() {
    let estate = strict().await;
    let tls = client(&estate).await;
    for path in
        WEB_SERVICES.into_iter().chain(["/", "/Content/AB/x.cab", "/SelfUpdate/wuident.cab", "/api/v1/overview"])
    {
        for method in ["GET", "HEAD", "POST", "PUT", "OPTIONS"] {
            let request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
            let answer = tls.ask(&request).await.unwrap();
            assert!(answer.status != 401 && answer.status != 407, "{method} {path}");
            assert!(!answer.head.to_ascii_lowercase().contains("authenticate"), "{method} {path}: {}", answer.head);
            let method = method.parse().unwrap();
            let plain = fetch(method, &format!("{}{path}", estate.url()), &[]).await;
            assert!(!plain.headers.contains_key("www-authenticate"), "{path}");
            assert!(plain.status.as_u16() != 401 && plain.status.as_u16() != 407, "{path}");
        }
    }
}

#[tokio::test]
async fn a_server_that_tells_of_updates_in_the_clear_says_so_to_whoever_looks_after_it() {
    let site = Site::new();
    let log = std::fs::File::create(site.path("log")).unwrap();
    let _server = ServerProcess::start_logging(&site.data_dir(), &[], log);
    let doctor = site.run(&["doctor"]).out;
    assert!(doctor.contains("over plain HTTP as well, where anybody on the way can change that"), "{doctor}");
    eventually("the log says so", async || {
        let log = std::fs::read_to_string(site.path("log")).unwrap();
        log.contains("metadata is handed out over plain HTTP as well") && log.contains("switch this off")
    })
    .await;
}
