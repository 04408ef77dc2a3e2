use std::iter::repeat_n;

use crate::limits::{self, Limit, TABLE};
use crate::{DecodeError, Problem, Service, SoapVersion, decode, decode_response};

fn body(namespace: &str, content: &str) -> Vec<u8> {
    // The operation's own element is the first in `content`.
    let content = content.replacen(['>', '/'], &format!(" xmlns='{namespace}'>"), 1);
    format!("<s:Envelope xmlns:s='{}'><s:Body>{content}</s:Body></s:Envelope>", SoapVersion::V11.namespace()).into()
}

fn asked(service: Service, content: &str) -> Result<(), DecodeError> {
    decode(service, &body(service.namespace(), content)).map(drop)
}

fn repeat(item: &str, times: usize) -> String {
    item.repeat(times)
}

fn base64(bytes: usize) -> String {
    crate::text::to_base64(&vec![0; bytes])
}

const IDENTITY: &str = "<UpdateIdentity><UpdateID>00000000-0000-0000-0000-000000000001</UpdateID>\
    <RevisionNumber>1</RevisionNumber></UpdateIdentity>";
const EVENT: &str = "<ReportingEvent><BasicData><TimeAtTarget>2026-10-04T00:00:00Z</TimeAtTarget><EventInstanceID>\
    00000000-0000-0000-0000-000000000001</EventInstanceID><EventID>147</EventID></BasicData></ReportingEvent>";

fn sync(parameters: &str) -> Result<(), DecodeError> {
    asked(Service::Client, &format!("<SyncUpdates><parameters>{parameters}</parameters></SyncUpdates>"))
}

fn device(content: &str) -> Result<(), DecodeError> {
    sync(&format!("<SystemSpec><Device>{content}</Device></SystemSpec>"))
}

fn extended(content: &str) -> Result<(), DecodeError> {
    asked(Service::Client, &format!("<GetExtendedUpdateInfo>{content}</GetExtendedUpdateInfo>"))
}

fn misc_data(strings: &str) -> Result<(), DecodeError> {
    let event = EVENT.replace(
        "</ReportingEvent>",
        &format!("<ExtendedData><MiscData>{strings}</MiscData></ExtendedData></ReportingEvent>"),
    );
    asked(Service::Reporting, &format!("<ReportEventBatch><eventBatch>{event}</eventBatch></ReportEventBatch>"))
}

/// Reads a message that holds `n` of what `limit` counts.
fn with(limit: Limit, n: usize) -> Result<(), DecodeError> {
    let ints = |n| repeat("<int>1</int>", n);
    let strings = |n| repeat("<string>x</string>", n);
    match limit {
        limits::INSTALLED_IDS => sync(&format!("<InstalledNonLeafUpdateIDs>{}</InstalledNonLeafUpdateIDs>", ints(n))),
        limits::CACHED_IDS => sync(&format!("<OtherCachedUpdateIDs>{}</OtherCachedUpdateIDs>", ints(n))),
        limits::DRIVER_IDS => sync(&format!("<CachedDriverIDs>{}</CachedDriverIDs>", ints(n))),
        limits::DEVICES => sync(&format!("<SystemSpec>{}</SystemSpec>", repeat("<Device/>", n))),
        limits::HARDWARE_IDS => device(&format!("<HardwareIDs>{}</HardwareIDs>", strings(n))),
        limits::EXTENSION_DRIVERS => {
            let driver = "<extensionDriver><ExtensionId>x</ExtensionId><DriverVerDate>2026-10-04</DriverVerDate>\
                <DriverVerVersion>1</DriverVerVersion><DriverRank>1</DriverRank></extensionDriver>";
            device(&format!("<extensionDriver>{}</extensionDriver>", repeat(driver, n)))
        }
        limits::RECOVERY_IDS => {
            let id = "<DriverRecoveryID>x</DriverRecoveryID>";
            device(&format!("<DriverRecoveryIDs>{}</DriverRecoveryIDs>", repeat(id, n)))
        }
        limits::COMPUTER_IDS => {
            let id = "<guid>00000000-0000-0000-0000-000000000001</guid>";
            sync(&format!("<ComputerSpec><HardwareIDs>{}</HardwareIDs></ComputerSpec>", repeat(id, n)))
        }
        limits::CATEGORIES => {
            let id = "<CategoryIdentifier><Id>00000000-0000-0000-0000-000000000001</Id></CategoryIdentifier>";
            sync(&format!("<FilterCategoryIds>{}</FilterCategoryIds>", repeat(id, n)))
        }
        limits::IDENTITIES => {
            let ids = repeat(IDENTITY, n);
            asked(Service::Client, &format!("<RefreshCache><globalIDs>{ids}</globalIDs></RefreshCache>"))
        }
        limits::EXTENDED_UPDATES => extended(&format!("<revisionIDs>{}</revisionIDs>", ints(n))),
        limits::INFO_TYPES => {
            let kind = "<XmlUpdateFragmentType>Core</XmlUpdateFragmentType>";
            extended(&format!("<infoTypes>{}</infoTypes>", repeat(kind, n)))
        }
        limits::LOCALES => extended(&format!("<locales>{}</locales>", strings(n))),
        limits::LONG_TEXT => extended(&format!("<callerAttributes>{}</callerAttributes>", repeat("x", n))),
        limits::FILE_DIGESTS => {
            let digests = repeat(&format!("<base64Binary>{}</base64Binary>", base64(20)), n);
            asked(
                Service::Client,
                &format!("<GetFileLocations><fileDigests>{digests}</fileDigests></GetFileLocations>"),
            )
        }
        limits::AUTH_COOKIES => {
            let cookies = repeat("<AuthorizationCookie/>", n);
            asked(
                Service::Client,
                &format!(
                    "<GetCookie><authCookies>{cookies}</authCookies><lastChange>2026-10-04T00:00:00Z</lastChange>\
                     </GetCookie>"
                ),
            )
        }
        limits::TIMESTAMPS => {
            let times = repeat("<dateTime>2026-10-04T00:00:00Z</dateTime>", n);
            asked(Service::Client, &format!("<GetTimestamps><timestamps>{times}</timestamps></GetTimestamps>"))
        }
        limits::EVENTS => {
            let events = repeat(EVENT, n);
            asked(
                Service::Reporting,
                &format!("<ReportEventBatch><eventBatch>{events}</eventBatch></ReportEventBatch>"),
            )
        }
        limits::EVENT_STRINGS => misc_data(&strings(n)),
        limits::EVENT_TEXT => misc_data(&format!("<string>{}</string>", repeat("x", n))),
        limits::TEXT => sync(&format!(
            "<FeatureScoreMatchingKey>{}</FeatureScoreMatchingKey>",
            repeat_n('x', n).collect::<String>()
        )),
        limits::COOKIE_BYTES => asked(
            Service::Client,
            &format!("<SyncUpdates><cookie><EncryptedData>{}</EncryptedData></cookie></SyncUpdates>", base64(n)),
        ),
        limits::INVENTORY_BYTES => asked(
            Service::Reporting,
            &format!(
                "<ReportInventory><inventory><CompressedXml>{}</CompressedXml></inventory></ReportInventory>",
                base64(n)
            ),
        ),
        limits::ANSWER_LIST => {
            let content = format!(
                "<GetExtendedUpdateInfoResponse><GetExtendedUpdateInfoResult><OutOfScopeRevisionIDs>{}\
                 </OutOfScopeRevisionIDs></GetExtendedUpdateInfoResult></GetExtendedUpdateInfoResponse>",
                ints(n)
            );
            decode_response("GetExtendedUpdateInfo", &body(Service::Client.namespace(), &content)).map(drop)
        }
        other => panic!("no message for the limit of {}", other.what),
    }
}

#[test]
fn sec_p2_every_limit_of_the_table_has_an_effect() {
    for &limit in TABLE {
        with(limit, limit.max).unwrap_or_else(|error| panic!("{}: {error}", limit.what));
        let error = with(limit, limit.max + 1).expect_err(limit.what);
        let Problem::TooMuch { what, limit: max, .. } = error.problem else { panic!("{}: {error}", limit.what) };
        assert_eq!((what, max), (limit.what, limit.max));
    }
}

/// What of the XML is too much in `body`.
fn too_much(service: Service, body: &[u8]) -> (&'static str, usize) {
    let error = decode(service, body).expect_err("must be refused");
    let Problem::Xml(xml::Error { fault: xml::Fault::TooMuch { what, limit }, .. }) = error.problem else {
        panic!("{error}")
    };
    (what, limit)
}

#[test]
fn sec_p2_every_limit_of_the_xml_has_an_effect() {
    for (service, limits, method) in [
        (Service::Client, limits::CLIENT, "GetConfig"),
        (Service::SimpleAuth, limits::SIMPLE_AUTH, "GetAuthorizationCookie"),
        (Service::Reporting, limits::REPORTING, "ReportEventBatch"),
    ] {
        let (pieces, limits) = (limits.pieces, limits.xml);
        let long = vec![b' '; limits.bytes + 1];
        assert_eq!(too_much(service, &long), ("bytes", limits.bytes));
        let with = |content: &str| body(service.namespace(), &format!("<{method}>{content}</{method}>"));
        let deep = with(&repeat("<a>", limits.depth));
        assert_eq!(too_much(service, &deep), ("elements inside each other", limits.depth));
        let many = with(&repeat("<a/>", limits.elements));
        assert_eq!(too_much(service, &many), ("elements", limits.elements));
        let attributes: String = (0..=limits.attributes).map(|n| format!(" a{n}=''")).collect();
        let wide = with(&format!("<a{attributes}/>"));
        assert_eq!(too_much(service, &wide), ("attributes in one element", limits.attributes));
        let bindings: String = (0..=limits.namespaces).map(|n| format!(" xmlns:a{n}='urn:{n}'")).collect();
        let bound = with(&format!("<a{bindings}/>"));
        assert_eq!(too_much(service, &bound), ("namespace bindings", limits.namespaces));
        let references = with(&format!("<a>{}</a>", repeat("&lt;", pieces + 1)));
        assert_eq!(too_much(service, &references), ("pieces of text", pieces));
    }
}

#[test]
fn an_answer_has_a_longest_length() {
    // Its pages are never touched: the length is looked at first.
    let long = vec![0; limits::ANSWER.xml.bytes + 1];
    assert!(matches!(decode_response("GetConfig", &long).unwrap_err().problem, Problem::Xml(_)));
}
