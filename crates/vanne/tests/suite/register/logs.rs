//! SEC-P9: what strangers call themselves must not look like a line of the log, or steer the terminal of who reads it.

use std::path::Path;

use server::admin::api::UpdateSummary;
use testkit::documents::Draft;
use wire::Service;

use crate::harness::{Computer, Program, ServerProcess, Site, path, post};

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
    let dss = "http://www.microsoft.com/SoftwareDistribution/Server/DssAuthWebService";
    vec![
        (
            DSS_AUTH,
            format!(
                "<GetAuthorizationCookie xmlns=\"{dss}\"><accountName>{EVIL}</accountName><accountGuid>{EVIL}</accountGuid>\
                 </GetAuthorizationCookie>"
            ),
        ),
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
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.lines().count() >= before + messages.len(), "each is logged: {text}");
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

#[test]
fn sec_p9_no_list_repeats_what_would_steer_a_terminal() {
    let site = Site::new();
    let made = Draft::bundle("PLACEHOLDER").finish();
    site.write("documents/evil.xml", made.document.replace("PLACEHOLDER", EVIL));
    assert_eq!(site.run(&["catalog", "import", "documents"]).code, 0);
    let table = site.run(&["updates", "--all"]).out;
    is_harmless(&table);
    assert!(table.contains("evil") && table.lines().count() == 2, "a header and one update: {table}");
    let json = site.run(&["updates", "--all", "--output", "json"]).out;
    is_harmless(&json);
    let updates: Vec<UpdateSummary> = serde_json::from_str(&json).unwrap();
    assert!(updates[0].title.contains("\u{202e}gpj.exe"), "a program is told what it is: {}", updates[0].title);

    let complaint = site.run(&["computers", "remove", "\u{9b}2Jgone\u{202e}\nerror: forged"]).err;
    is_harmless(&complaint);
    assert!(complaint.contains("gone"), "{complaint}");
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
