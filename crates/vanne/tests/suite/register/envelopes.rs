//! SEC-S5: objects that were written down to be run by whoever reads them. Nobody here reads objects: cookies are sealed bytes of a
//! fixed layout, and what an event says is text. The envelopes are our own, made as the published ones are.

mod sources;

use std::path::Path;

use model::Timestamp;
use uuid::Uuid;
use wire::client::{AuthorizationCookie, Cookie, GetCookie};
use wire::reporting::{Event, ReportEventBatch};
use wire::{ErrorCode, Request};

use crate::harness::{Computer, Estate, PROTOCOL, ServerProcess, files_below};

/// An object in the form of a SOAP message, whose type would start a program.
fn soap_object() -> String {
    let mut text = "<SOAP-ENV:Envelope xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\" \
        xmlns:clr=\"http://schemas.microsoft.com/clr/nsassem/Contoso.Delegates/Contoso%2C%20Version%3D1.0.0.0\"><SOAP-ENV:Body>"
        .to_owned();
    for number in 0..20 {
        text.push_str(&format!(
            "<clr:Step id=\"ref-{number}\"><method>Start</method><arg>/bin/sh -c touch /tmp/sec-s5</arg></clr:Step>"
        ));
    }
    text + "</SOAP-ENV:Body></SOAP-ENV:Envelope>"
}

/// The same in the binary form: its header, a library, a class with a member, and what would be called.
fn binary_object() -> Vec<u8> {
    let mut bytes = vec![0, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0, 0, 0, 0, 0, 12, 2, 0, 0, 0];
    for text in ["Contoso, Version=1.0.0.0", "Contoso.Delegates.Step", "method", "/bin/sh -c touch /tmp/sec-s5"] {
        bytes.push(text.len() as u8);
        bytes.extend(text.bytes());
    }
    bytes.push(11);
    bytes
}

/// What stood in `MiscData`, and ways to say the same.
fn misc_data() -> Vec<String> {
    let key = "SynchronizationUpdateErrorsKey";
    vec![
        format!("{key}={}", soap_object()),
        format!("{key} = {}", soap_object()),
        format!("{key}={}", String::from_utf8_lossy(&binary_object()).replace(char::is_control, ".")),
        format!("{key}={{\"$type\":\"Contoso.Delegates.Step, Contoso\"}}"),
        format!("{key}=!!python/object/apply:os.system [\"touch /tmp/sec-s5\"]"),
        format!("{key}=rO0ABXNyABdqYXZhLnV0aWwuUHJpb3JpdHlRdWV1ZQ"),
    ]
}

fn event(computer: &Computer, misc_data: Vec<String>) -> Event {
    Event { sid: Some(computer.id.to_string()), misc_data, ..Event::new(389, Uuid::new_v4(), Timestamp::now()) }
}

/// Programs that a process has started and that still run; none where there is no `/proc`.
fn children(process: u32) -> String {
    std::fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default()
}

#[tokio::test]
async fn sec_s5_an_object_without_a_cookie_is_not_even_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let server = ServerProcess::start(folder.path(), &[]);
    let computer = Computer::join(server.url(), "attacker").await;
    let before = files_below(folder.path());
    for cookie in [None, Some(Cookie { expiration: None, encrypted_data: binary_object() })] {
        let batch = ReportEventBatch { cookie, client_time: None, events: Some(vec![event(&computer, misc_data())]) };
        let fault = computer.call(&Request::ReportEventBatch(batch)).await.unwrap_err();
        assert_eq!(fault.code, ErrorCode::InvalidCookie);
    }
    assert_eq!(children(server.id()), "");
    assert_eq!(files_below(folder.path()), before);
    assert!(!Path::new("/tmp/sec-s5").exists());
    assert!(server.terminate().success());
}

#[tokio::test]
async fn sec_s5_an_object_in_place_of_a_cookie_is_no_cookie() {
    let estate = Estate::start().await;
    let computer = Computer::join(&estate.url(), "attacker").await;
    let good = computer.cookie.clone().unwrap().encrypted_data;
    let authorization = computer.authorize(None).await.unwrap();
    let last_change = computer.config().await.last_change;
    // As it is, encrypted by a key that everybody knows, behind or before the bytes of a good one.
    let known_key: Vec<u8> =
        binary_object().iter().zip([0x87, 0x7c, 0x14].iter().cycle()).map(|(byte, key)| byte ^ key).collect();
    for cookie_data in [
        binary_object(),
        soap_object().into_bytes(),
        known_key,
        [good.clone(), binary_object()].concat(),
        [binary_object(), good.clone()].concat(),
        [good[..5].to_vec(), binary_object()].concat(),
    ] {
        let request = GetCookie {
            auth_cookies: vec![AuthorizationCookie { cookie_data: cookie_data.clone(), ..authorization.clone() }],
            old_cookie: None,
            last_change,
            current_time: Some(Timestamp::now()),
            protocol_version: Some(PROTOCOL),
        };
        let fault = computer.call(&Request::GetCookie(request)).await.unwrap_err();
        assert_eq!(fault.code, ErrorCode::InvalidAuthorizationCookie);
        let old = Cookie { expiration: None, encrypted_data: cookie_data };
        let fault = computer.ask_cookie(vec![authorization.clone()], Some(old)).await.unwrap_err();
        assert_eq!(fault.code, ErrorCode::InvalidCookie);
    }
}

#[tokio::test]
async fn sec_s5_what_an_event_says_is_kept_as_text_and_nothing_comes_of_it() {
    let estate = Estate::start().await;
    let computer = Computer::join(&estate.url(), "reporting").await;
    for text in misc_data() {
        assert!(computer.report(vec![event(&computer, vec![text.clone()])]).await.unwrap());
        let kept = String::from_utf8(estate.events().await.remove(0).event.raw).unwrap();
        let kept: serde_json::Value = serde_json::from_str(&kept).unwrap();
        assert_eq!(kept["misc"], serde_json::json!([text]));
    }
    assert!(!Path::new("/tmp/sec-s5").exists());
}
