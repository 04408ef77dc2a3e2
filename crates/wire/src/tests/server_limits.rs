use crate::limits::{self, Limit, Limits, SERVER_TABLE};
use crate::{DecodeError, Problem, SoapVersion, dss_auth, reporting, server};

const GUID: &str = "<guid>00000000-0000-0000-0000-000000000001</guid>";
const IDENTITY: &str = "<UpdateIdentity><UpdateID>00000000-0000-0000-0000-000000000001</UpdateID>\
    <RevisionNumber>1</RevisionNumber></UpdateIdentity>";
const TIME: &str = "<clientTime>2026-10-04T00:00:00Z</clientTime>";
const PARENT: &str = "<parentServerId>00000000-0000-0000-0000-000000000001</parentServerId>";

/// An envelope around the element `name` of `namespace`, so that nothing has to be copied for each.
fn body(namespace: &str, name: &str, content: &str) -> String {
    let envelope = SoapVersion::V11.namespace();
    format!(
        "<e:Envelope xmlns:e='{envelope}'><e:Body><{name} xmlns='{namespace}'>{content}</{name}></e:Body></e:Envelope>"
    )
}

fn asked(method: &str, content: &str) -> Result<(), DecodeError> {
    server::decode(body(server::NAMESPACE, method, content).as_bytes()).map(drop)
}

fn answered(method: &str, content: &str) -> Result<(), DecodeError> {
    let content = format!("<{method}Result>{content}</{method}Result>");
    let body = body(server::NAMESPACE, &format!("{method}Response"), &content);
    server::decode_response(method, body.as_bytes()).map(drop)
}

fn rolled_up(method: &str, content: &str) -> Result<(), DecodeError> {
    reporting::decode(body(server::NAMESPACE, method, content).as_bytes()).map(drop)
}

fn filter(content: &str) -> Result<(), DecodeError> {
    asked("GetRevisionIdList", &format!("<filter>{content}</filter>"))
}

fn update_data(content: &str) -> Result<(), DecodeError> {
    answered("GetUpdateData", &format!("<updates>{content}</updates>"))
}

fn update(content: &str) -> String {
    format!(
        "<ServerSyncUpdateData><Id><UpdateID>00000000-0000-0000-0000-000000000001</UpdateID><RevisionNumber>1\
         </RevisionNumber></Id>{content}</ServerSyncUpdateData>"
    )
}

fn downstream(content: &str) -> Result<(), DecodeError> {
    rolled_up("RollupDownstreamServers", &format!("{TIME}<downstreamServers>{content}</downstreamServers>"))
}

fn downstream_server(summaries: &str) -> String {
    format!(
        "<DownstreamServerRollupInfo><ServerId>00000000-0000-0000-0000-000000000001</ServerId><ClientSummaries>\
         {summaries}</ClientSummaries></DownstreamServerRollupInfo>"
    )
}

fn computers(content: &str) -> Result<(), DecodeError> {
    rolled_up("RollupComputers", &format!("{TIME}<computers>{content}</computers>"))
}

fn computer(content: &str) -> String {
    format!(
        "<ComputerRollupInfo ComputerId='a' ParentServerId='00000000-0000-0000-0000-000000000001'>{content}\
         </ComputerRollupInfo>"
    )
}

fn states(computers: &str) -> Result<(), DecodeError> {
    rolled_up("RollupComputerStatus", &format!("{TIME}{PARENT}<computers>{computers}</computers>"))
}

fn status(rows: &str) -> String {
    format!(
        "<ComputerStatusRollupInfo><InstanceId>00000000-0000-0000-0000-000000000001</InstanceId><ComputerId>a\
         </ComputerId><RollupNumber>1</RollupNumber><IsFullRollup>true</IsFullRollup><UpdateStatus>{rows}</UpdateStatus>\
         </ComputerStatusRollupInfo>"
    )
}

fn base64(bytes: usize) -> String {
    crate::text::to_base64(&vec![0; bytes])
}

/// Reads a message that holds `n` of what `limit` counts.
fn with(limit: Limit, n: usize) -> Result<(), DecodeError> {
    let digest = format!("<base64Binary>{}</base64Binary>", base64(20));
    let id_and_delta = "<IdAndDelta><Id>00000000-0000-0000-0000-000000000001</Id></IdAndDelta>";
    match limit {
        limits::ANCHOR => filter(&format!("<Anchor>{}</Anchor>", "1".repeat(n))),
        limits::AUTH_PLUG_INS => {
            let plug_ins = "<AuthPlugInInfo></AuthPlugInInfo>".repeat(n);
            answered("GetAuthConfig", &format!("<AuthInfo>{plug_ins}</AuthInfo>"))
        }
        limits::LANGUAGES => {
            let language = "<LanguageAndDelta><Id>1</Id></LanguageAndDelta>";
            filter(&format!("<Languages>{}</Languages>", language.repeat(n)))
        }
        limits::FILTER_CATEGORIES => filter(&format!("<Categories>{}</Categories>", id_and_delta.repeat(n))),
        limits::REVISION_IDS => {
            let list = format!("<Anchor>1</Anchor><NewRevisions>{}</NewRevisions>", IDENTITY.repeat(n));
            answered("GetRevisionIdList", &list)
        }
        limits::UPDATE_DATA => asked("GetUpdateData", &format!("<updateIds>{}</updateIds>", IDENTITY.repeat(n))),
        limits::DECRYPTION_DATA => {
            asked("GetUpdateDecryptionData", &format!("<updateIds>{}</updateIds>", IDENTITY.repeat(n)))
        }
        limits::DRIVER_SETS => asked("GetDriverSetData", &format!("<driverSets>{}</driverSets>", GUID.repeat(n))),
        limits::DRIVER_FILTER_IDS => {
            let ids = id_and_delta.repeat(n);
            asked("GetDriverIdList", &format!("<filter><ComputerIds>{ids}</ComputerIds></filter>"))
        }
        limits::RELATED_UPDATES => {
            asked("GetRelatedRevisionsForUpdates", &format!("<updateIDs>{}</updateIDs>", GUID.repeat(n)))
        }
        limits::DOWNLOAD_FILES => {
            asked("DownloadFiles", &format!("<fileDigestList>{}</fileDigestList>", digest.repeat(n)))
        }
        limits::UPDATES => update_data(&update("<XmlUpdateBlob>x</XmlUpdateBlob>").repeat(n)),
        limits::FILES_OF_UPDATE => {
            let list = format!("<FileDigestList>{}</FileDigestList>", digest.repeat(n));
            update_data(&update(&format!("<XmlUpdateBlob>x</XmlUpdateBlob>{list}")))
        }
        limits::FILE_URLS => {
            let url = format!("<ServerSyncUrlData><FileDigest>{}</FileDigest></ServerSyncUrlData>", base64(20));
            answered("GetUpdateData", &format!("<fileUrls>{}</fileUrls>", url.repeat(n)))
        }
        limits::DECRYPTION_KEY => {
            let file = format!(
                "<ServerSyncFileDecryption><FileDigest>{}</FileDigest><DecryptionKey>{}</DecryptionKey>\
                 </ServerSyncFileDecryption>",
                base64(20),
                base64(n)
            );
            let update = format!(
                "<ServerSyncUpdateFileDecryption><UpdateId>{}</UpdateId><FileDecryptionData>{file}</FileDecryptionData>\
                 </ServerSyncUpdateFileDecryption>",
                "<UpdateID>00000000-0000-0000-0000-000000000001</UpdateID><RevisionNumber>1</RevisionNumber>"
            );
            let data = format!("<UpdateFileDecryptionData>{update}</UpdateFileDecryptionData>");
            answered("GetUpdateDecryptionData", &data)
        }
        limits::CABINET_BYTES => {
            let cabinet = format!("<XmlUpdateBlobCompressed>{}</XmlUpdateBlobCompressed>", base64(n));
            update_data(&update(&cabinet))
        }
        limits::TARGET_GROUPS => {
            let group = "<ServerSyncTargetGroup><TargetGroupID>00000000-0000-0000-0000-000000000001</TargetGroupID>\
                </ServerSyncTargetGroup>";
            answered("GetDeployments", &format!("<Anchor>1</Anchor><Groups>{}</Groups>", group.repeat(n)))
        }
        limits::DEPLOYMENTS => {
            let deployment = "<ServerSyncDeployment><UpdateId>00000000-0000-0000-0000-000000000001</UpdateId>\
                <RevisionNumber>1</RevisionNumber><Action>0</Action><GoLiveTime>2026-10-04T00:00:00</GoLiveTime>\
                <DeploymentGuid>00000000-0000-0000-0000-000000000001</DeploymentGuid>\
                <TargetGroupId>00000000-0000-0000-0000-000000000001</TargetGroupId></ServerSyncDeployment>";
            let list = format!("<Anchor>1</Anchor><Deployments>{}</Deployments>", deployment.repeat(n));
            answered("GetDeployments", &list)
        }
        limits::DEPLOYMENT_IDS => {
            let list = format!("<Anchor>1</Anchor><HiddenUpdates>{}</HiddenUpdates>", GUID.repeat(n));
            answered("GetDeployments", &list)
        }
        limits::ROLLUP_SERVERS => downstream(&downstream_server("").repeat(n)),
        limits::CLIENT_SUMMARIES => {
            // In two servers, for all are counted together.
            let summary = "<DownstreamServerRollupClientSummary></DownstreamServerRollupClientSummary>";
            let (some, rest) = (summary.repeat(1_000), summary.repeat(n - 1_000));
            downstream(&format!("{}{}", downstream_server(&some), downstream_server(&rest)))
        }
        limits::ACTIVITY_SUMMARIES => {
            let activity = "<DownstreamServerRollupClientActivitySummary>\
                <UpdateId>00000000-0000-0000-0000-000000000001</UpdateId><RevisionNumber>1</RevisionNumber>\
                </DownstreamServerRollupClientActivitySummary>";
            let summaries = format!("<ActivitySummaries>{}</ActivitySummaries>", activity.repeat(n));
            let client =
                format!("<DownstreamServerRollupClientSummary>{summaries}</DownstreamServerRollupClientSummary>");
            downstream(&downstream_server(&client))
        }
        limits::ROLLUP_COMPUTERS => computers(&computer("").repeat(n)),
        limits::GROUPS_OF_COMPUTER => {
            let list = format!("<TargetGroupIdList>{}</TargetGroupIdList>", GUID.repeat(n));
            computers(&computer(&format!("<Details>{list}</Details>")))
        }
        limits::ROLLUP_NUMBERS => {
            let number = "<ComputerLastRollupNumber><ComputerId>a</ComputerId><RollupNumber>1</RollupNumber>\
                </ComputerLastRollupNumber>";
            let numbers = number.repeat(n);
            rolled_up("GetOutOfSyncComputers", &format!("{PARENT}<lastRollupNumbers>{numbers}</lastRollupNumbers>"))
        }
        limits::STATUS_COMPUTERS => states(&status("").repeat(n)),
        limits::UPDATE_STATUS => {
            let row = "<ComputerStatusRollupUpdateStatus><UpdateId>00000000-0000-0000-0000-000000000001</UpdateId>\
                <SummarizationState>4</SummarizationState><LastChangeTime>2026-10-04T00:00:00Z</LastChangeTime>\
                </ComputerStatusRollupUpdateStatus>";
            states(&status(&row.repeat(n)))
        }
        other => panic!("no message for the limit of {}", other.what),
    }
}

fn assert_has_an_effect(limit: Limit) {
    with(limit, limit.max).unwrap_or_else(|error| panic!("{}: {error}", limit.what));
    let error = with(limit, limit.max + 1).expect_err(limit.what);
    let Problem::TooMuch { what, limit: max, .. } = error.problem else { panic!("{}: {error}", limit.what) };
    assert_eq!((what, max), (limit.what, limit.max));
}

/// Those whose messages are so large that they are tested beside the others.
const LARGE: [Limit; 3] = [limits::REVISION_IDS, limits::DEPLOYMENTS, limits::CABINET_BYTES];

#[test]
fn sec_p2_every_limit_between_servers_has_an_effect() {
    SERVER_TABLE.iter().filter(|limit| !LARGE.contains(limit)).copied().for_each(assert_has_an_effect);
}

#[test]
fn a_list_of_revisions_has_a_longest_length() {
    assert_has_an_effect(limits::REVISION_IDS);
}

#[test]
fn a_list_of_deployments_has_a_longest_length() {
    assert_has_an_effect(limits::DEPLOYMENTS);
}

#[test]
fn a_cabinet_has_a_largest_size() {
    assert_has_an_effect(limits::CABINET_BYTES);
}

/// What of the XML is too much.
fn too_much(read: Result<(), DecodeError>) -> (&'static str, usize) {
    let error = read.expect_err("must be refused");
    let Problem::Xml(xml::Error { fault: xml::Fault::TooMuch { what, limit }, .. }) = error.problem else {
        panic!("{error}")
    };
    (what, limit)
}

#[test]
fn every_limit_of_the_xml_of_requests_has_an_effect() {
    type Read = fn(&[u8]) -> Result<(), DecodeError>;
    let services: [(&str, &str, Limits, Read); 3] = [
        (server::NAMESPACE, "GetUpdateData", limits::SERVER_SYNC, |body| server::decode(body).map(drop)),
        (dss_auth::NAMESPACE, "GetAuthorizationCookie", limits::DSS_AUTH, |body| dss_auth::decode(body).map(drop)),
        (server::NAMESPACE, "RollupComputers", limits::ROLLUP, |body| reporting::decode(body).map(drop)),
    ];
    for (namespace, method, Limits { xml: limits, pieces }, read) in services {
        assert_eq!(too_much(read(&vec![b' '; limits.bytes + 1])), ("bytes", limits.bytes));
        let with = |content: &str| too_much(read(body(namespace, method, content).as_bytes()));
        assert_eq!(with(&"<a>".repeat(limits.depth)), ("elements inside each other", limits.depth));
        assert_eq!(with(&"<a/>".repeat(limits.elements)), ("elements", limits.elements));
        let attributes: String = (0..=limits.attributes).map(|n| format!(" a{n}=''")).collect();
        assert_eq!(with(&format!("<a{attributes}/>")), ("attributes in one element", limits.attributes));
        let bindings: String = (0..=limits.namespaces).map(|n| format!(" xmlns:a{n}='urn:{n}'")).collect();
        assert_eq!(with(&format!("<a{bindings}/>")), ("namespace bindings", limits.namespaces));
        assert_eq!(with(&format!("<a>{}</a>", "&lt;".repeat(pieces + 1))), ("pieces of text", pieces));
    }
}

#[test]
fn answers_of_an_upstream_server_have_a_longest_length() {
    for (method, limits) in [("GetUpdateData", limits::SERVER_DATA), ("GetRevisionIdList", limits::SERVER_ANSWER)] {
        // Its pages are never touched: the length is looked at first.
        let long = vec![0; limits.xml.bytes + 1];
        let read = server::decode_response(method, &long).map(drop);
        assert_eq!(too_much(read), ("bytes", limits.xml.bytes));
    }
}
