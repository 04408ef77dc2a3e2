use uuid::Uuid;

use super::samples;
use crate::{
    DecodeError, ErrorCode, Problem, Refusal, Response, Service, SoapVersion, decode, decode_response, encode,
    encode_request,
};

const CLIENT: &str = "http://www.microsoft.com/SoftwareDistribution/Server/ClientWebService";
const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";

fn body(content: &str) -> String {
    format!("<s:Envelope xmlns:s='{SOAP}'><s:Body>{content}</s:Body></s:Envelope>")
}

fn refused(body: &str) -> DecodeError {
    decode(Service::Client, body.as_bytes()).expect_err("must be refused")
}

fn status(body: &str) -> Refusal {
    refused(body).refusal(Uuid::nil())
}

/// The code, the message and the method of the fault that answers `body`.
fn fault(body: &str) -> (ErrorCode, String, String) {
    match status(body) {
        Refusal::Fault(fault) => (fault.code, fault.message, fault.method),
        Refusal::Status(status) => panic!("status {status}"),
    }
}

#[test]
fn what_is_not_soap_gets_a_plain_status() {
    for text in [
        "",
        "not xml",
        "{\"a\":1}",
        "<a/>",
        "<Envelope/>",
        "<Envelope xmlns='urn:other'><Body/></Envelope>",
        &format!("<Body xmlns='{SOAP}'/>"),
        &format!("<s:Envelope xmlns:s='{SOAP}'/>"),
        &body(""),
        &body("text"),
        &body("").replace("</s:Body></s:Envelope>", ""),
    ] {
        assert_eq!(status(text), Refusal::Status(400), "{text}");
    }
}

#[test]
fn sec_p1_bombs_get_a_plain_status() {
    let doctype = format!("<!DOCTYPE a [<!ENTITY b 'c'><!ENTITY d '&b;&b;'>]>{}", body("<GetConfig>&d;</GetConfig>"));
    assert_eq!(status(&doctype), Refusal::Status(400));
    let deep = body(&format!("<GetConfig xmlns='{CLIENT}'>{}", "<a>".repeat(10_000)));
    assert_eq!(status(&deep), Refusal::Status(413));
    let spaces: String = (0..10_000).map(|n| format!(" xmlns:a{n}='urn:{n}'")).collect();
    assert_eq!(status(&body(&format!("<GetConfig xmlns='{CLIENT}'{spaces}/>"))), Refusal::Status(413));
    let entity = body(&format!("<GetConfig xmlns='{CLIENT}'><protocolVersion>&x;</protocolVersion></GetConfig>"));
    assert_eq!(status(&entity), Refusal::Status(400));
}

#[test]
fn an_unknown_operation_is_named() {
    let (code, message, method) = fault(&body(&format!("<Nonsense xmlns='{CLIENT}'/>")));
    assert_eq!((code, message.as_str(), method.as_str()), (ErrorCode::InvalidParameters, "Nonsense", ""));
    // Of another service, or of none.
    assert!(matches!(
        refused(&body("<ReportEventBatch xmlns='http://www.microsoft.com/SoftwareDistribution'/>")).problem,
        Problem::UnknownOperation { .. }
    ));
    assert!(matches!(refused(&body("<GetConfig/>")).problem, Problem::UnknownOperation { .. }));
}

#[test]
fn a_bad_parameter_is_named_with_its_method() {
    let cases = [
        ("<GetConfig><protocolVersion>two</protocolVersion></GetConfig>", "protocolVersion"),
        ("<GetCookie/>", "lastChange"),
        ("<GetCookie><lastChange>yesterday</lastChange></GetCookie>", "lastChange"),
        ("<SyncUpdates><cookie><EncryptedData>%%%</EncryptedData></cookie></SyncUpdates>", "cookie"),
        (
            "<SyncUpdates><parameters><SkipSoftwareSync>maybe</SkipSoftwareSync></parameters></SyncUpdates>",
            "parameters",
        ),
        (
            "<SyncUpdates><parameters><OtherCachedUpdateIDs><int>99999999999</int></OtherCachedUpdateIDs></parameters>\
             </SyncUpdates>",
            "parameters",
        ),
        (
            "<GetFileLocations><fileDigests><base64Binary>AAAA</base64Binary></fileDigests></GetFileLocations>",
            "fileDigests",
        ),
        ("<RefreshCache><globalIDs><UpdateIdentity/></globalIDs></RefreshCache>", "globalIDs"),
    ];
    for (content, parameter) in cases {
        let method = content.trim_start_matches('<').split(['>', '/']).next().unwrap();
        let content = content.replacen(&format!("<{method}"), &format!("<{method} xmlns='{CLIENT}'"), 1);
        let expected = (ErrorCode::InvalidParameters, parameter.to_owned(), format!("{CLIENT}/{method}"));
        assert_eq!(fault(&body(&content)), expected, "{content}");
    }
}

#[test]
fn an_absent_or_impossible_client_id_is_named() {
    let simple_auth = Service::SimpleAuth.namespace();
    for (fields, parameter) in [
        ("", "clientId"),
        ("<clientId>{braces}</clientId><dnsName>pc</dnsName>", "clientId"),
        ("<clientId>a</clientId>", "dnsName"),
        ("<clientId>a</clientId><dnsName/>", "dnsName"),
        ("<clientId>a</clientId><dnsName>a b</dnsName>", "dnsName"),
    ] {
        let body = body(&format!("<GetAuthorizationCookie xmlns='{simple_auth}'>{fields}</GetAuthorizationCookie>"));
        let error = decode(Service::SimpleAuth, body.as_bytes()).unwrap_err();
        let Refusal::Fault(fault) = error.refusal(Uuid::nil()) else { panic!("{error}") };
        assert_eq!(fault.message, parameter, "{fields}");
    }
}

#[test]
fn the_401st_installed_id_is_a_fault_that_names_the_parameters() {
    let ids = "<int>1</int>".repeat(401);
    let (code, message, _) = fault(&body(&format!(
        "<SyncUpdates xmlns='{CLIENT}'><parameters><InstalledNonLeafUpdateIDs>{ids}</InstalledNonLeafUpdateIDs>\
         </parameters></SyncUpdates>"
    )));
    assert_eq!((code, message.as_str()), (ErrorCode::InvalidParameters, "parameters"));
}

#[test]
fn a_fault_is_answered_in_the_version_asked() {
    let twelve = body("<a/>").replace(SOAP, SoapVersion::V12.namespace());
    assert_eq!(refused(&twelve).soap, SoapVersion::V12);
}

#[test]
fn a_request_cut_off_anywhere_is_refused() {
    for request in samples::requests() {
        let body = encode_request(&request, SoapVersion::V11).into_bytes();
        for cut in 0..body.len() {
            assert!(decode(request.service(), &body[..cut]).is_err(), "{} at {cut}", request.method());
        }
    }
}

#[test]
fn an_answer_cut_off_anywhere_is_refused() {
    let response = Response::SyncUpdates(samples::sync_info());
    let body = encode(Service::Client, SoapVersion::V11, &response).into_bytes();
    for cut in 0..body.len() {
        assert!(decode_response("SyncUpdates", &body[..cut]).is_err(), "at {cut}");
    }
}

#[test]
fn a_request_with_any_byte_changed_is_read_or_refused() {
    for request in samples::requests() {
        let body = encode_request(&request, SoapVersion::V11).into_bytes();
        for at in 0..body.len() {
            for byte in [b'<', b'&', 0, 0xff] {
                let mut changed = body.to_vec();
                changed[at] = byte;
                let _ = decode(request.service(), &changed);
            }
        }
    }
}
