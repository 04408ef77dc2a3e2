//! What never matters on input: requests come from several SOAP stacks.

use model::{ProtocolVersion, RevisionId};

use crate::client::{GetCookie, SyncUpdateParameters, SyncUpdates};
use crate::{Request, Service, SoapVersion, decode};

const CLIENT: &str = "http://www.microsoft.com/SoftwareDistribution/Server/ClientWebService";
const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";

fn body(content: &str) -> String {
    format!("<s:Envelope xmlns:s='{SOAP}'><s:Body>{content}</s:Body></s:Envelope>")
}

fn read(body: &str) -> Request {
    decode(Service::Client, body.as_bytes()).unwrap().request
}

fn sync(parameters: &str) -> SyncUpdateParameters {
    let request =
        read(&body(&format!("<SyncUpdates xmlns='{CLIENT}'><parameters>{parameters}</parameters></SyncUpdates>")));
    let Request::SyncUpdates(SyncUpdates { parameters: Some(parameters), .. }) = request else { panic!("not a sync") };
    parameters
}

#[test]
fn sec_p1_prefixes_declarations_headers_and_comments_do_not_matter() {
    let plain = body(&format!("<GetConfig xmlns='{CLIENT}'><protocolVersion>2.90</protocolVersion></GetConfig>"));
    let dressed = format!(
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<!-- hello -->\r\n\
         <E:Envelope xmlns:E=\"{SOAP}\" xmlns:q1=\"{CLIENT}\" E:encodingStyle=\"http://x\">\r\n\
         <E:Header><a:Action xmlns:a=\"urn:a\" E:mustUnderstand=\"1\">x</a:Action></E:Header>\r\n\
         <E:Body>\r\n  <q1:GetConfig>\r\n    <q1:protocolVersion>\r\n 2.<!-- ; -->90 </q1:protocolVersion>\r\n  \
         </q1:GetConfig>\r\n</E:Body>\r\n</E:Envelope>\r\n"
    );
    assert_eq!(read(&plain), read(&dressed));
    let Request::GetConfig(request) = read(&plain) else { panic!("not it") };
    assert_eq!(request.protocol_version, Some(ProtocolVersion::new(2, 90)));
}

#[test]
fn soap_12_is_told_by_its_namespace() {
    let twelve = body(&format!("<GetConfig xmlns='{CLIENT}'/>")).replace(SOAP, SoapVersion::V12.namespace());
    assert_eq!(decode(Service::Client, twelve.as_bytes()).unwrap().soap, SoapVersion::V12);
}

#[test]
fn the_order_of_elements_does_not_matter() {
    let one = sync("<SkipSoftwareSync>1</SkipSoftwareSync><OtherCachedUpdateIDs><int>7</int></OtherCachedUpdateIDs>");
    let other =
        sync("<OtherCachedUpdateIDs><int>7</int></OtherCachedUpdateIDs><SkipSoftwareSync>true</SkipSoftwareSync>");
    assert_eq!(one, other);
    assert_eq!(one.other_cached_update_ids, [RevisionId(7)]);
    assert!(one.skip_software_sync);
}

#[test]
fn unknown_elements_and_foreign_namesakes_are_passed_over() {
    let parameters = sync(
        "<AlsoPerformRegularSync>false</AlsoPerformRegularSync><ProductsParameters><Products><SkipSoftwareSync>true\
         </SkipSoftwareSync></Products></ProductsParameters><x:SkipSoftwareSync xmlns:x='urn:x'>true\
         </x:SkipSoftwareSync><ComputerSpec/>",
    );
    assert_eq!(parameters, SyncUpdateParameters::default());
}

#[test]
fn nil_is_absent_and_foreign_attributes_do_not_matter() {
    let parameters = sync(
        "<InstalledNonLeafUpdateIDs xmlns:x='http://www.w3.org/2001/XMLSchema-instance' x:nil='1'/>\
         <OtherCachedUpdateIDs xmlns:soapenc='urn:enc' soapenc:arrayType='xsd:int[2]'><int>1</int><int> 2\n</int>\
         </OtherCachedUpdateIDs><SystemSpec xmlns:x='urn:x' x:nil='true'/>\
         <CachedDriverIDs xmlns:x='urn:x' x:nil='false'><int>3</int></CachedDriverIDs>",
    );
    assert!(parameters.installed_non_leaf_update_ids.is_empty());
    assert_eq!(parameters.other_cached_update_ids, [RevisionId(1), RevisionId(2)]);
    assert_eq!(parameters.system_spec, None);
    assert_eq!(parameters.cached_driver_ids, [RevisionId(3)]);
}

#[test]
fn absent_arrays_are_empty() {
    assert_eq!(sync(""), SyncUpdateParameters::default());
    let Request::SyncUpdates(request) = read(&body(&format!("<SyncUpdates xmlns='{CLIENT}'/>"))) else { panic!() };
    assert_eq!(request, SyncUpdates::default());
}

#[test]
fn cookies_may_be_wrapped_over_lines_and_the_first_old_one_is_hollow() {
    let request = read(&body(&format!(
        "<GetCookie xmlns='{CLIENT}'><authCookies><AuthorizationCookie><PlugInId>p</PlugInId><CookieData>AAEC\r\n AwQF\n\
         </CookieData></AuthorizationCookie></authCookies><oldCookie><Expiration>2006-05-16T18:54:28.85</Expiration>\
         <EncryptedData xmlns:i='urn:i' i:nil='1'/></oldCookie><lastChange>2006-05-16T20:54:28.85+02:00</lastChange>\
         </GetCookie>"
    )));
    let Request::GetCookie(GetCookie { auth_cookies, old_cookie: Some(old), last_change, .. }) = request else {
        panic!("not it")
    };
    assert_eq!(auth_cookies[0].cookie_data, [0, 1, 2, 3, 4, 5]);
    assert_eq!(old.expiration, Some(last_change));
    assert!(old.encrypted_data.is_empty());
}
