//! Messages between update servers: both directions, liberal and hostile input.

use bytes::Bytes;
use model::UpdateState;
use proptest::prelude::*;
use uuid::Uuid;

use super::at_once::spaced;
use super::server_samples as samples;
use crate::reporting::{self, rollup};
use crate::server::{self, Request, Response, UpdateData, UpdateDocument, Updates};
use crate::{
    DecodeError, ErrorCode, Escaped, Fault, Problem, Refusal, Service, SoapVersion, dss_auth, encode_fault,
    encode_request,
};

const VERSIONS: [SoapVersion; 2] = [SoapVersion::V11, SoapVersion::V12];

fn envelope(content: &str) -> String {
    format!("<e:Envelope xmlns:e='{}'><e:Body>{content}</e:Body></e:Envelope>", SoapVersion::V11.namespace())
}

fn text(body: &crate::Body) -> String {
    String::from_utf8(body.clone().into_bytes().to_vec()).unwrap()
}

fn request(content: &str) -> Result<Request, DecodeError> {
    let content = content.replacen(['>', '/'], &format!(" xmlns='{}'>", server::NAMESPACE), 1);
    server::decode(envelope(&content).as_bytes()).map(|call| call.request)
}

fn answer(method: &str, content: &str) -> Result<Response, DecodeError> {
    let namespace = server::NAMESPACE;
    let content = format!("<{method}Response xmlns='{namespace}'>{content}</{method}Response>");
    server::decode_response(method, envelope(&content).as_bytes()).map(|answer| answer.expect("no fault"))
}

fn rollup(content: &str) -> Result<rollup::Request, DecodeError> {
    let content = content.replacen('>', &format!(" xmlns='{}'>", server::NAMESPACE), 1);
    reporting::decode(envelope(&content).as_bytes()).map(|call| match call.request {
        reporting::Request::Rollup(request) => request,
        reporting::Request::Client(request) => panic!("{request:?} is no rollup"),
    })
}

/// The code and the message of the fault that answers `error`.
fn fault(error: &DecodeError) -> (ErrorCode, String) {
    match error.refusal(Uuid::nil()) {
        Refusal::Fault(fault) => (fault.code, fault.message),
        Refusal::Status(status) => panic!("status {status}"),
    }
}

#[test]
fn every_message_is_read_back() {
    for soap in VERSIONS {
        for request in samples::requests() {
            let call = server::decode(&server::encode_request(&request, soap).into_bytes()).unwrap();
            assert_eq!((call.soap, call.request), (soap, request));
        }
        for response in samples::responses() {
            let body = server::encode(soap, &response).into_bytes();
            assert_eq!(server::decode_response(response.method(), &body).unwrap(), Ok(response));
        }
        for request in samples::rollups() {
            let call = reporting::decode(&rollup::encode_request(&request, soap).into_bytes()).unwrap();
            assert_eq!((call.soap, call.request), (soap, reporting::Request::Rollup(request)));
        }
        for response in samples::rollup_responses() {
            let body = rollup::encode(soap, &response).into_bytes();
            assert_eq!(rollup::decode_response(response.method(), &body).unwrap(), Ok(response));
        }
        let request =
            dss_auth::GetAuthorizationCookie { account_name: "dss_1.example".into(), account_guid: Uuid::from_u128(5) };
        let call = dss_auth::decode(&dss_auth::encode_request(&request, soap).into_bytes()).unwrap();
        assert_eq!((call.soap, call.request), (soap, request));
        let cookie = dss_auth::AuthorizationCookie { plug_in_id: "DssTargeting".into(), cookie_data: vec![1; 500] };
        let body = dss_auth::encode(soap, &cookie).into_bytes();
        assert_eq!(dss_auth::decode_response(&body).unwrap(), Ok(cookie));
    }
}

#[test]
fn a_message_means_the_same_with_spaces_in_its_tags() {
    for request in samples::requests() {
        let body = text(&server::encode_request(&request, SoapVersion::V11));
        assert_eq!(server::decode(spaced(&body).as_bytes()).unwrap().request, request, "{body}");
    }
    for response in samples::responses() {
        let body = text(&server::encode(SoapVersion::V11, &response));
        let again = server::decode_response(response.method(), spaced(&body).as_bytes());
        assert_eq!(again.unwrap(), Ok(response), "{body}");
    }
    for request in samples::rollups() {
        let body = text(&rollup::encode_request(&request, SoapVersion::V11));
        let again = reporting::decode(spaced(&body).as_bytes()).unwrap().request;
        assert_eq!(again, reporting::Request::Rollup(request), "{body}");
    }
}

#[test]
fn every_request_has_an_answer_and_its_action() {
    let methods: Vec<_> = samples::requests().iter().map(Request::method).collect();
    let answers: Vec<_> = samples::responses().iter().map(Response::method).collect();
    assert_eq!(methods, answers);
    let methods: Vec<_> = samples::rollups().iter().map(rollup::Request::method).collect();
    let answers: Vec<_> = samples::rollup_responses().iter().map(rollup::Response::method).collect();
    assert_eq!(methods, answers);
    assert_eq!(Request::GetAuthConfig.action(), "http://www.microsoft.com/SoftwareDistribution/GetAuthConfig");
    assert_eq!(Request::Ping(1).action(), "http://www.microsoft.com/SoftwareDistribution/Server/IMonitorable/Ping");
    for request in samples::requests() {
        let without = matches!(request, Request::GetAuthConfig | Request::GetCookie(_) | Request::Ping(_));
        assert_eq!(request.cookie().is_none(), without, "{}", request.method());
    }
}

#[test]
fn the_reporting_service_tells_clients_from_downstream_servers() {
    for request in super::samples::requests().into_iter().filter(|request| request.service() == Service::Reporting) {
        let body = encode_request(&request, SoapVersion::V11).into_bytes();
        assert_eq!(reporting::decode(&body).unwrap().request, reporting::Request::Client(request));
    }
    // What is large enough for a rollup only is refused from a client.
    let spaces = " ".repeat(crate::limits::REPORTING.xml.bytes);
    let namespace = Service::Reporting.namespace();
    let body = envelope(&format!("<ReportEventBatch xmlns='{namespace}'>{spaces}</ReportEventBatch>"));
    assert_eq!(reporting::decode(body.as_bytes()).unwrap_err().refusal(Uuid::nil()), Refusal::Status(413));
    let body = envelope(&format!("<GetRollupConfiguration xmlns='{namespace}'>{spaces}</GetRollupConfiguration>"));
    assert!(reporting::decode(body.as_bytes()).is_ok());
}

#[test]
fn answers_have_a_declaration_all_arrays_and_a_space_in_empty_elements() {
    let anchor = samples::anchor();
    let response = Response::GetDeployments(server::Deployments {
        anchor,
        groups: vec![],
        deployments: vec![],
        dead_deployments: vec![],
        hidden_updates: vec![],
        accepted_eulas: vec![],
    });
    assert_eq!(
        text(&server::encode(SoapVersion::V11, &response)),
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
         <soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\">\
         <soap:Body><GetDeploymentsResponse xmlns=\"http://www.microsoft.com/SoftwareDistribution\">\
         <GetDeploymentsResult><Anchor>4742,2026-10-04 18:59:26.192</Anchor><Groups /><Deployments />\
         <DeadDeployments /><HiddenUpdates /><AcceptedEulas /></GetDeploymentsResult></GetDeploymentsResponse>\
         </soap:Body></soap:Envelope>"
    );
    let downloaded = text(&server::encode(SoapVersion::V11, &Response::DownloadFiles));
    assert!(downloaded.contains("<DownloadFilesResponse xmlns=\"http://www.microsoft.com/SoftwareDistribution\" />"));
}

#[test]
fn the_configuration_is_written_whole_and_in_the_order_of_the_text() {
    let body = text(&server::encode(SoapVersion::V11, &Response::GetConfigData(samples::config())));
    let names = [
        "CatalogOnlySync>true",
        "LazySync>false",
        "ServerHostsPsfFiles>true",
        "MaxNumberOfUpdatesPerRequest>100",
        "MaxNumberOfDriverSetsPerRequest>99",
        "MaxNumberOfComputerIdsInRequest>0",
        "MaxNumberOfPnpHardwareIdsInRequest>450",
        "NewConfigAnchor>4742,",
        "ProtocolVersion>1.20",
        "LanguageUpdateList><ServerSyncLanguageData><LanguageID>0",
        "MaxUpdatesPerRequestInGetUpdateDecryptionData>500",
    ];
    let places: Vec<_> = names.iter().map(|name| body.find(&format!("<{name}")).expect(name)).collect();
    assert!(places.is_sorted(), "{body}");
}

#[test]
fn either_order_of_the_configuration_is_read_and_what_is_absent_is_unknown() {
    let read = |content: &str| match answer("GetConfigData", content).unwrap() {
        Response::GetConfigData(config) => config,
        other => panic!("{other:?}"),
    };
    let old = read(
        "<GetConfigDataResult><MaxNumberOfUpdatesPerRequest>100</MaxNumberOfUpdatesPerRequest><New/>\
         <NewConfigAnchor>14030,2006-06-08 15:38:16.022</NewConfigAnchor></GetConfigDataResult>",
    );
    assert_eq!(old.max_updates_per_request.map(u32::from), Some(100));
    assert_eq!((old.protocol_version, old.max_updates_per_decryption_request), (None, None));
    assert!(old.languages.is_empty());
    let one = read(
        "<GetConfigDataResult><MaxNumberOfComputerIdsInRequest>7</MaxNumberOfComputerIdsInRequest>\
         <MaxNumberOfUpdatesPerRequest>100</MaxNumberOfUpdatesPerRequest><NewConfigAnchor>a</NewConfigAnchor>\
         </GetConfigDataResult>",
    );
    let other = read(
        "<GetConfigDataResult><NewConfigAnchor>a</NewConfigAnchor><MaxNumberOfUpdatesPerRequest>100\
         </MaxNumberOfUpdatesPerRequest><MaxNumberOfComputerIdsInRequest> 7\n</MaxNumberOfComputerIdsInRequest>\
         </GetConfigDataResult>",
    );
    assert_eq!(one, other);
    for anchor in ["", "<NewConfigAnchor/>", "<NewConfigAnchor> </NewConfigAnchor>"] {
        assert!(answer("GetConfigData", &format!("<GetConfigDataResult>{anchor}</GetConfigDataResult>")).is_err());
    }
}

#[test]
fn prefixes_nil_and_unknown_elements_of_an_answer_do_not_matter() {
    let body = format!(
        "<?xml version='1.0'?><s:Envelope xmlns:s='{}' xmlns:i='http://www.w3.org/2001/XMLSchema-instance'><s:Body>\
         <q:GetUpdateDataResponse xmlns:q='{}'><q:GetUpdateDataResult><q:updates><q:ServerSyncUpdateData i:nil='true'/>\
         <q:ServerSyncUpdateData><q:Other><q:Id/></q:Other><q:Id><q:UpdateID>00000000-0000-0000-0000-00000000000A\
         </q:UpdateID><q:RevisionNumber>7</q:RevisionNumber></q:Id><q:XmlUpdateBlob i:nil='true'/>\
         <q:FileDigestList i:nil='true'/><q:XmlUpdateBlobCompressed>TVND\r\nRg==</q:XmlUpdateBlobCompressed>\
         </q:ServerSyncUpdateData></q:updates></q:GetUpdateDataResult></q:GetUpdateDataResponse></s:Body></s:Envelope>",
        SoapVersion::V12.namespace(),
        server::NAMESPACE
    );
    let Response::GetUpdateData(read) = server::decode_response("GetUpdateData", body.as_bytes()).unwrap().unwrap()
    else {
        panic!("not it")
    };
    assert_eq!(read.updates.len(), 1);
    assert_eq!(read.updates[0].document, UpdateDocument::Cabinet(Bytes::from_static(b"MSCF")));
    assert_eq!(read.updates[0].id.to_string(), "00000000-0000-0000-0000-00000000000a/7");
    assert!(read.updates[0].file_digests.is_empty() && read.file_urls.is_empty());
}

#[test]
fn of_two_forms_of_a_document_the_one_with_content_counts_and_none_is_refused() {
    let read = |forms: &str| {
        let id = "<Id><UpdateID>00000000-0000-0000-0000-000000000001</UpdateID><RevisionNumber>1</RevisionNumber></Id>";
        let content = format!(
            "<GetUpdateDataResult><updates><ServerSyncUpdateData>{id}{forms}</ServerSyncUpdateData></updates>\
             </GetUpdateDataResult>"
        );
        answer("GetUpdateData", &content).map(|answer| match answer {
            Response::GetUpdateData(mut updates) => updates.updates.remove(0).document,
            other => panic!("{other:?}"),
        })
    };
    let cabinet = UpdateDocument::Cabinet(Bytes::from_static(b"MSCF"));
    let compressed = "<XmlUpdateBlobCompressed>TVNDRg==</XmlUpdateBlobCompressed>";
    assert_eq!(read(&format!("<XmlUpdateBlob/>{compressed}")).unwrap(), cabinet);
    assert_eq!(read(&format!("{compressed}<XmlUpdateBlob/>")).unwrap(), cabinet);
    let text = read("<XmlUpdateBlob>&lt;Update/&gt;</XmlUpdateBlob><XmlUpdateBlobCompressed/>").unwrap();
    assert_eq!(text.text().as_deref(), Some("<Update/>"));
    for neither in ["", "<XmlUpdateBlob/>", "<XmlUpdateBlob/><XmlUpdateBlobCompressed/>"] {
        assert!(matches!(read(neither).unwrap_err().problem, Problem::Missing { .. }), "{neither}");
    }
}

#[test]
fn absent_and_empty_anchors_and_arrays_are_none() {
    let Ok(Request::GetRevisionIdList(list)) = request(
        "<GetRevisionIdList><filter><DssProtocolVersion/><Anchor/><GetConfig>1</GetConfig></filter></GetRevisionIdList>",
    ) else {
        panic!("not it")
    };
    assert_eq!(list.filter, Some(server::Filter { get_config: true, ..Default::default() }));
    let Ok(Request::GetDeployments(deployments)) =
        request("<GetDeployments><deploymentAnchor></deploymentAnchor></GetDeployments>")
    else {
        panic!("not it")
    };
    assert_eq!(deployments, server::GetDeployments::default());
    let Ok(Request::GetUpdateData(none)) = request("<GetUpdateData></GetUpdateData>") else { panic!("not it") };
    let Ok(Request::GetUpdateData(empty)) = request("<GetUpdateData><updateIds/></GetUpdateData>") else {
        panic!("not it")
    };
    assert_eq!((none.update_ids, empty.update_ids), (None, Some(vec![])));
    let Ok(Response::GetRevisionIdList(list)) =
        answer("GetRevisionIdList", "<GetRevisionIdListResult><Anchor>1</Anchor></GetRevisionIdListResult>")
    else {
        panic!("not it")
    };
    assert!(list.new_revisions.is_empty());
    assert_eq!(answer("GetDriverSetData", "").unwrap(), Response::GetDriverSetData(vec![]));
    assert_eq!(answer("GetUpdateDecryptionData", "").unwrap(), Response::GetUpdateDecryptionData(vec![]));
}

#[test]
fn extreme_times_are_none_and_times_need_no_zone() {
    let deployment = |deadline: &str| {
        let body = text(&server::encode(SoapVersion::V11, &Response::GetDeployments(samples::deployments())));
        let body = body.replace("2027-01-01T03:00:00", deadline);
        match server::decode_response("GetDeployments", body.as_bytes()).unwrap().unwrap() {
            Response::GetDeployments(mut answer) => answer.deployments.remove(0),
            other => panic!("{other:?}"),
        }
    };
    for never in ["9999-12-31T23:59:59.9999999", "9999-12-31T23:59:59.9999999Z", "9999-12-31T00:00:00+02:00"] {
        assert_eq!(deployment(never).deadline, None, "{never}");
    }
    let time = crate::time::parse("2027-01-01T03:00:00.1234567Z");
    assert_eq!(deployment("2027-01-01T03:00:00.1234567").deadline, time);
    let body = text(&server::encode(SoapVersion::V11, &Response::GetDeployments(samples::deployments())));
    for native in ["<Deadline>9999-12-31T23:59:59.9999999</", "<GoLiveTime>2026-10-04T15:37:08.887</"] {
        assert!(body.contains(native), "{native}: {body}");
    }

    let servers = |time: &str| {
        let body = format!(
            "<RollupDownstreamServers><clientTime>2007-03-06T03:28:02.5507362Z</clientTime><downstreamServers>\
             <DownstreamServerRollupInfo><ServerId>00000000-0000-0000-0000-000000000001</ServerId><LastSyncTime>{time}\
             </LastSyncTime></DownstreamServerRollupInfo></downstreamServers></RollupDownstreamServers>"
        );
        match rollup(&body).unwrap() {
            rollup::Request::RollupDownstreamServers(mut request) => request.servers.remove(0).last_sync_time,
            other => panic!("{other:?}"),
        }
    };
    for never in ["1753-01-01T00:00:00", "0001-01-01T00:00:00", "0001-01-01T00:00:00Z", "1753-01-01T00:00:00Z"] {
        assert_eq!(servers(never), None, "{never}");
    }
    assert_eq!(servers("2007-03-06T03:28:01.894503Z"), crate::time::parse("2007-03-06T03:28:01.894503Z"));
}

#[test]
fn swapped_account_fields_are_put_right() {
    let read = |name: &str, guid: &str| {
        let content = format!(
            "<GetAuthorizationCookie xmlns='{}'><accountName>{name}</accountName><accountGuid>{guid}</accountGuid>\
             <programKeys><guid>x</guid></programKeys></GetAuthorizationCookie>",
            dss_auth::NAMESPACE
        );
        dss_auth::decode(envelope(&content).as_bytes()).map(|call| call.request)
    };
    let id = "ADB2FE48-0B2E-451e-8FC8-44B29845B0C6";
    assert_eq!(read("dss.example", id).unwrap(), read(id, "dss.example").unwrap());
    assert_eq!(read("dss.example", id).unwrap().account_name, "dss.example");
    assert_eq!(read(id, id).unwrap().account_name, id);
    assert!(read("single", "00000000-0000-0000-0000-000000000000").is_ok());
    for (name, guid, parameter) in [
        ("", id, "accountName"),
        ("a b", id, "accountName"),
        ("a/b", id, "accountName"),
        (&*"a".repeat(256), id, "accountName"),
        ("dss.example", "", "accountGuid"),
        ("dss.example", "{ADB2FE48-0B2E-451e-8FC8-44B29845B0C6}", "accountGuid"),
    ] {
        let error = read(name, guid).unwrap_err();
        assert_eq!(fault(&error), (ErrorCode::InvalidParameters, parameter.to_owned()), "{name} {guid}");
    }
}

#[test]
fn a_bad_parameter_is_named() {
    let cases = [
        ("<GetCookie><authCookies></authCookies></GetCookie>", "protocolVersion"),
        ("<GetCookie><protocolVersion>one</protocolVersion></GetCookie>", "protocolVersion"),
        ("<GetConfigData><cookie><EncryptedData>%</EncryptedData></cookie></GetConfigData>", "cookie"),
        ("<GetRevisionIdList><filter><GetConfig>maybe</GetConfig></filter></GetRevisionIdList>", "filter"),
        (
            "<GetRevisionIdList><filter><Categories><IdAndDelta><Id>x</Id></IdAndDelta></Categories></filter>\
             </GetRevisionIdList>",
            "filter",
        ),
        ("<GetUpdateData><updateIds><UpdateIdentity></UpdateIdentity></updateIds></GetUpdateData>", "updateIds"),
        (
            "<DownloadFiles><fileDigestList><base64Binary>AAAA</base64Binary></fileDigestList></DownloadFiles>",
            "fileDigestList",
        ),
    ];
    for (content, parameter) in cases {
        let error = request(content).unwrap_err();
        assert_eq!(fault(&error), (ErrorCode::InvalidParameters, parameter.to_owned()), "{content}");
    }
    let time = "<clientTime>2026-10-04T00:00:00Z</clientTime>";
    let id = "<parentServerId>00000000-0000-0000-0000-000000000001</parentServerId>";
    for (content, parameter) in [
        ("<RollupDownstreamServers></RollupDownstreamServers>".to_owned(), "clientTime"),
        (format!("<RollupDownstreamServers>{time}</RollupDownstreamServers>"), "downstreamServers"),
        (format!("<RollupComputers>{time}</RollupComputers>"), "computers"),
        (format!("<RollupComputers>{time}<computers><ComputerRollupInfo/></computers></RollupComputers>"), "computers"),
        (format!("<GetOutOfSyncComputers>{id}</GetOutOfSyncComputers>"), "lastRollupNumbers"),
        (format!("<RollupComputerStatus>{time}{id}</RollupComputerStatus>"), "computers"),
    ] {
        let error = rollup(&content).unwrap_err();
        assert_eq!(fault(&error), (ErrorCode::InvalidParameters, parameter.to_owned()), "{content}");
    }
}

#[test]
fn an_unknown_operation_and_one_of_another_namespace_are_named() {
    for content in [
        format!("<Nonsense xmlns='{}'/>", server::NAMESPACE),
        format!("<Ping xmlns='{}'><pingLevel>1</pingLevel></Ping>", server::NAMESPACE),
        format!("<GetRollupConfiguration xmlns='{}'/>", server::MONITORABLE),
        format!("<GetAuthConfig xmlns='{}'/>", server::MONITORABLE),
        "<GetAuthConfig/>".to_owned(),
    ] {
        let error = server::decode(envelope(&content).as_bytes()).unwrap_err();
        assert!(matches!(error.problem, Problem::UnknownOperation { .. }), "{content}");
        assert!(reporting::decode(envelope(&content).as_bytes()).is_err());
        assert!(dss_auth::decode(envelope(&content).as_bytes()).is_err());
    }
    let body = server::encode(SoapVersion::V11, &Response::DownloadFiles).into_bytes();
    assert!(server::decode_response("GetUpdateData", &body).is_err());
    assert!(server::decode_response("Nonsense", &body).is_err());
}

#[test]
fn faults_are_read_back_with_every_code_in_both_versions() {
    for code in ErrorCode::ALL {
        for soap in VERSIONS {
            let fault = Fault {
                code,
                message: "AAAA=|BBBB=".into(),
                id: Uuid::from_u128(4),
                method: Request::DownloadFiles(server::DownloadFiles::default()).action(),
            };
            let body = server::encode_fault(soap, &fault).into_bytes();
            assert_eq!(server::decode_response("DownloadFiles", &body).unwrap(), Err(fault.clone()));
            assert_eq!(dss_auth::decode_response(&body).unwrap(), Err(fault.clone()));
            let body = encode_fault(Service::Reporting, soap, &fault).into_bytes();
            assert_eq!(rollup::decode_response("RollupComputers", &body).unwrap(), Err(fault));
        }
    }
}

#[test]
fn the_detail_of_a_fault_in_soap_12_is_in_no_namespace() {
    let fault = Fault { code: ErrorCode::TooManyIds, message: String::new(), id: Uuid::nil(), method: "m".into() };
    let body = text(&server::encode_fault(SoapVersion::V12, &fault));
    assert!(body.contains("</soap:Reason><Detail><ErrorCode>TooManyIds</ErrorCode><Message></Message>"), "{body}");
    assert!(body.contains("<soap:Value>soap:Sender</soap:Value>"), "{body}");
}

#[test]
fn states_of_updates_have_the_numbers_of_the_protocol() {
    let Some(status @ rollup::Request::RollupComputerStatus(_)) = samples::rollups().pop() else { panic!("not it") };
    let body = text(&rollup::encode_request(&status, SoapVersion::V11));
    let numbers: Vec<_> =
        body.split("<SummarizationState>").skip(1).map(|rest| rest.split_once('<').expect("an end").0).collect();
    assert_eq!(UpdateState::ALL[5], UpdateState::PendingReboot);
    assert_eq!(numbers, ["0", "1", "2", "3", "4", "6", "5"]);
    let beyond = body.replace("<SummarizationState>6<", "<SummarizationState>7<");
    assert!(reporting::decode(beyond.as_bytes()).is_err());
}

#[test]
fn a_dummy_stands_for_the_cookie_of_a_rollup_and_is_not_looked_at() {
    for request in samples::rollups().into_iter().filter(|request| request.method() != "Ping") {
        let body = text(&rollup::encode_request(&request, SoapVersion::V11));
        let dummy = "<cookie><Expiration>9999-12-31T23:59:59.9999999</Expiration><EncryptedData /></cookie>";
        assert!(body.contains(dummy), "{body}");
        for other in ["", "<cookie/>", "<cookie>garbage</cookie>"] {
            let call = reporting::decode(body.replace(dummy, other).as_bytes()).unwrap();
            assert_eq!(call.request, reporting::Request::Rollup(request.clone()));
        }
    }
}

#[test]
fn a_message_cut_off_anywhere_is_refused() {
    let mut bodies = Vec::new();
    for request in samples::requests() {
        bodies.push((text(&server::encode_request(&request, SoapVersion::V11)), None));
    }
    for request in samples::rollups() {
        bodies.push((text(&rollup::encode_request(&request, SoapVersion::V11)), None));
    }
    for response in samples::responses() {
        bodies.push((text(&server::encode(SoapVersion::V11, &response)), Some(response.method())));
    }
    for response in samples::rollup_responses() {
        bodies.push((text(&rollup::encode(SoapVersion::V11, &response)), Some(response.method())));
    }
    for (body, method) in bodies {
        for cut in 0..body.len() {
            let cut_off = &body.as_bytes()[..cut];
            let read = match method {
                None => server::decode(cut_off).is_ok() || reporting::decode(cut_off).is_ok(),
                Some(method) => {
                    server::decode_response(method, cut_off).is_ok() || rollup::decode_response(method, cut_off).is_ok()
                }
            };
            assert!(!read, "{body} at {cut}");
        }
    }
}

#[test]
fn a_message_with_any_byte_changed_is_read_or_refused() {
    let change = |body: String, read: &dyn Fn(&[u8])| {
        for at in 0..body.len() {
            for byte in [b'<', b'&', b'\'', 0xff] {
                let mut changed = body.as_bytes().to_vec();
                changed[at] = byte;
                read(&changed);
            }
        }
    };
    for request in samples::rollups() {
        let body = text(&rollup::encode_request(&request, SoapVersion::V11));
        change(body, &|bytes| drop(reporting::decode(bytes)));
    }
    for response in samples::responses() {
        let body = text(&server::encode(SoapVersion::V11, &response));
        change(body, &|bytes| drop(server::decode_response(response.method(), bytes)));
    }
}

#[test]
fn a_long_document_is_shared_and_a_long_cabinet_stands_alone() {
    let long = Escaped::from_text(&"<bar:RegSz />".repeat(10_000));
    let cabinet = Bytes::from(vec![7; 30_000]);
    let data = |document| UpdateData { document, ..samples::updates().updates.remove(0) };
    let updates = vec![
        data(UpdateDocument::Escaped(long.clone())),
        data(UpdateDocument::Cabinet(cabinet.clone())),
        data(UpdateDocument::Text("<".repeat(5_000))),
    ];
    let body = server::encode(SoapVersion::V11, &Response::GetUpdateData(Updates { updates, file_urls: vec![] }));
    assert_eq!(body.segments().len(), 7, "the three, and what is around them");
    assert_eq!(body.segments()[1].as_ptr(), long.as_bytes().as_ptr());
    assert_eq!(body.segments()[3].len(), 40_000);
    let read = server::decode_response("GetUpdateData", &body.into_bytes()).unwrap().unwrap();
    let Response::GetUpdateData(Updates { updates, .. }) = read else { panic!("not it") };
    assert_eq!(updates[0].document, UpdateDocument::Text(long.to_text()));
    assert_eq!(updates[1].document, UpdateDocument::Cabinet(cabinet));
    assert_eq!(updates[2].document, UpdateDocument::Text("<".repeat(5_000)));
}

proptest! {
    #[test]
    fn any_document_survives(text in "\\PC{1,200}", cabinet in prop::collection::vec(any::<u8>(), 1..200)) {
        let data = |document| UpdateData { document, ..samples::updates().updates.remove(0) };
        let updates = vec![data(UpdateDocument::Text(text)), data(UpdateDocument::Cabinet(cabinet.into()))];
        let response = Response::GetUpdateData(Updates { updates, file_urls: vec![] });
        let body = server::encode(SoapVersion::V11, &response).into_bytes();
        prop_assert_eq!(server::decode_response("GetUpdateData", &body).unwrap(), Ok(response));
    }

    #[test]
    fn any_text_of_a_computer_survives(text in "\\PC{0,60}", more in "[\t\n\r <&'\"]{0,9}") {
        let mut request = samples::rollups().remove(3);
        if let rollup::Request::RollupComputers(request) = &mut request {
            let details = request.computers[0].details.as_mut().unwrap();
            details.os_description = Some(format!("{text}{more}"));
        }
        let body = rollup::encode_request(&request, SoapVersion::V11).into_bytes();
        prop_assert_eq!(reporting::decode(&body).unwrap().request, reporting::Request::Rollup(request));
    }
}
