//! SEC-P9: what strangers call themselves must not look like a line of the log, or steer the terminal of who reads it.

use std::path::Path;

use uuid::Uuid;
use wire::dss_auth::GetAuthorizationCookie;
use wire::{Service, SoapVersion, dss_auth};

use crate::harness::{Computer, Program, ServerProcess, path, post};

/// A forged line, a new title for the window, a cleared screen, a name that reads backwards. As XML writes it.
const EVIL: &str =
    "evil&#10;1999-01-01T00:00:00.000000Z  INFO forged&#13;&#9;&#x85;&#x9b;2J&#x202e;gpj.exe&#x2028;&#x2066;";
const DSS_AUTH: &str = "/DssAuthWebService/DssAuthWebService.asmx";

fn envelope(inside: &str) -> String {
    format!("<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>{inside}</s:Body></s:Envelope>")
}

/// Messages that are refused and logged, each with something in it that the log may repeat.
fn refused() -> Vec<(&'static str, String)> {
    let simple_auth = "http://www.microsoft.com/SoftwareDistribution/Server/SimpleAuthWebService";
    let reporting = "http://www.microsoft.com/SoftwareDistribution";
    let client = "http://www.microsoft.com/SoftwareDistribution/Server/ClientWebService";
    vec![
        (
            path(Service::SimpleAuth),
            format!(
                "<GetAuthorizationCookie xmlns=\"{simple_auth}\"><clientId>{EVIL}</clientId><dnsName>a</dnsName></GetAuthorizationCookie>"
            ),
        ),
        (
            path(Service::SimpleAuth),
            format!(
                "<GetAuthorizationCookie xmlns=\"{simple_auth}\"><clientId>an-id</clientId><dnsName>{EVIL}</dnsName></GetAuthorizationCookie>"
            ),
        ),
        (
            path(Service::Client),
            format!("<GetConfig xmlns=\"{client}\"><protocolVersion>{EVIL}</protocolVersion></GetConfig>"),
        ),
        (path(Service::Client), format!("<\u{202e}op xmlns=\"{client}\"/>")),
        (path(Service::Client), format!("<a xmlns=\"{EVIL}\"/>")),
        (
            path(Service::Reporting),
            format!(
                "<ReportEventBatch2 xmlns=\"{reporting}\"><computerId>{EVIL}</computerId><eventBatch/></ReportEventBatch2>"
            ),
        ),
    ]
}

/// A server that has heard all of that; what it logged.
async fn log(format: &str, folder: &Path) -> (ServerProcess, String) {
    let file = folder.join("log");
    let log = std::fs::File::create(&file).unwrap();
    let server = ServerProcess::start_logging(folder, &["--log-format", format], log);
    let before = std::fs::read_to_string(&file).unwrap().lines().count();
    let messages = refused();
    for (place, message) in &messages {
        let agent = [("user-agent", "evil\t1999-01-01T00:00:00Z INFO forged"), ("ms-cv", "evil")];
        post(server.url(), place, &agent, envelope(message)).await;
    }
    // A server below that was refused is named each time that it asks.
    let name = "evil\n1999-01-01T00:00:00Z  INFO forged\u{1b}]0;title\u{7}\u{202e}";
    let question = GetAuthorizationCookie {
        account_name: name.replace(['\u{1b}', '\u{7}'], "\u{9b}"),
        account_guid: Uuid::from_u128(9),
    };
    let body = dss_auth::encode_request(&question, SoapVersion::V11).into_bytes();
    post(server.url(), DSS_AUTH, &[], body.clone()).await;
    let refuse = serde_json::json!({ "refused": true });
    let id = Uuid::from_u128(9);
    crate::harness::administer(folder, http::Method::PATCH, &format!("/api/v1/servers/{id}"), &refuse).await.unwrap();
    post(server.url(), DSS_AUTH, &[], body).await;
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.lines().count() > before + messages.len(), "each is logged: {text}");
    (server, text)
}

fn is_harmless(text: &str) {
    for character in text.chars() {
        let steers = character.is_control() && character != '\n';
        let turns = matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        assert!(!steers && !turns, "{character:?} in {text}");
    }
}

#[tokio::test]
async fn sec_p9_an_event_of_the_log_is_one_line_in_both_forms() {
    let folder = tempfile::tempdir().unwrap();
    let (server, text) = log("text", folder.path()).await;
    is_harmless(&text);
    assert!(text.contains("evil"), "{text}");
    assert!(text.lines().all(|line| line.starts_with("20")), "{text}");
    drop(server);

    let folder = tempfile::tempdir().unwrap();
    let (_server, text) = log("json", folder.path()).await;
    is_harmless(&text);
    for line in text.lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(event["level"].is_string(), "{line}");
    }
}

#[tokio::test]
async fn sec_p9_no_list_repeats_what_would_steer_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let (_server, _) = log("text", folder.path()).await;
    let data = folder.path().to_str().unwrap();
    for output in ["table", "json"] {
        let ran = Program::run(&["servers", "list", "--data-dir", data, "--output", output]);
        let text = String::from_utf8(ran.stdout).unwrap();
        is_harmless(&text);
        assert!(text.contains("evil"), "{text}");
    }
    let ran = Program::run(&["servers", "list", "--data-dir", data]);
    assert_eq!(String::from_utf8(ran.stdout).unwrap().lines().count(), 2, "a header and one server");
    let ran = Program::run(&["computers", "remove", "\u{1b}[2Jgone\nerror: forged", "--data-dir", data]);
    let complaint = String::from_utf8(ran.stderr).unwrap();
    assert!(!complaint.contains('\u{1b}'), "{complaint}");
}

#[tokio::test]
async fn sec_p9_honest_names_are_logged_and_listed_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let server = ServerProcess::start(folder.path(), &[]);
    for name in ["rechner-süd.example", "компьютер-7", "コンピュータ"] {
        let computer = Computer::stranger(server.url());
        let request = wire::simple_auth::GetAuthorizationCookie {
            client_id: computer.id.clone(),
            target_group_name: None,
            dns_name: name.to_owned(),
        };
        computer.call(&wire::Request::GetAuthorizationCookie(request)).await.unwrap();
        let ran = Program::run(&["computers", "list", "--data-dir", folder.path().to_str().unwrap()]);
        assert!(String::from_utf8(ran.stdout).unwrap().contains(name), "{name}");
    }
}
