//! Real traffic of October 2026, read from beside the repository and never copied into it.

use std::fs;
use std::path::PathBuf;

use crate::{
    Body, Fault, Request, Service, SoapVersion, decode, decode_response, dss_auth, encode, encode_fault,
    encode_request, server,
};

/// Folders below `captures/`, or nothing, said loudly, when they are not there.
fn captures(folder: &str) -> Vec<PathBuf> {
    let shared = std::env::var_os("VANNE_SHARED")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")), PathBuf::from);
    let Ok(entries) = fs::read_dir(shared.join("captures").join(folder)) else {
        eprintln!("SKIPPED: no captures of {folder} (set VANNE_SHARED to the folder that holds captures/)");
        return Vec::new();
    };
    let mut folders: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

fn exchanges() -> Vec<(String, Service, Vec<u8>, Vec<u8>)> {
    let folders = [captures("client-scan"), captures("reports")].concat();
    let exchange = |folder: &PathBuf| {
        let headers = fs::read_to_string(folder.join("request.headers")).unwrap().to_lowercase();
        let service = match headers.split_whitespace().nth(1).unwrap() {
            "/clientwebservice/client.asmx" => Service::Client,
            "/simpleauthwebservice/simpleauth.asmx" => Service::SimpleAuth,
            "/reportingwebservice/reportingwebservice.asmx" => Service::Reporting,
            other => panic!("unknown path {other}"),
        };
        let read = |name: &str| fs::read(folder.join(name)).unwrap();
        (folder.display().to_string(), service, read("request.body"), read("response.body"))
    };
    folders.iter().map(exchange).collect()
}

#[test]
fn recorded_requests_are_read_and_answers_are_written_byte_for_byte() {
    for (name, service, request, answer) in exchanges() {
        let call = decode(service, &request).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(call.soap, SoapVersion::V11);
        let response = decode_response(call.request.method(), &answer).unwrap().unwrap();
        let again = encode(service, call.soap, &response).into_bytes();
        assert!(again == answer, "{name}: {}", String::from_utf8_lossy(&again));
    }
}

#[test]
fn requests_without_unknown_elements_are_written_byte_for_byte() {
    let mut same = Vec::new();
    for (name, service, request, _) in exchanges() {
        let call = decode(service, &request).unwrap();
        let again = encode_request(&call.request, call.soap).into_bytes();
        // These two carry elements that are newer than the WSDL.
        if !matches!(call.request, Request::SyncUpdates(_) | Request::GetExtendedUpdateInfo(_)) {
            assert!(again == request, "{name}: {}", String::from_utf8_lossy(&again));
            same.push(call.request.method());
        }
    }
    assert!(same.is_empty() || same.len() == 6, "{same:?}");
}

#[test]
fn recorded_answers_survive_compression() {
    for (name, _, _, answer) in exchanges() {
        let packed = crate::xpress::compress(&Body::from(answer.clone())).into_bytes();
        assert_eq!(crate::xpress::decompress(&packed, answer.len()).unwrap(), answer, "{name}");
        assert!(packed.len() < answer.len(), "{name}");
    }
}

#[test]
fn recorded_faults_are_read_and_written_byte_for_byte() {
    for folder in captures("server-sync") {
        let answer = fs::read_to_string(folder.join("response.body")).unwrap();
        if !answer.contains("<soap:Fault>") {
            continue;
        }
        let fault: Fault = decode_response("Any", answer.as_bytes()).unwrap().unwrap_err();
        let (before, rest) = answer.split_once("<faultactor>").unwrap();
        let (_, after) = rest.split_once("</faultactor>").unwrap();
        // The server-server service has the namespace and the shape of the Reporting service.
        let again = encode_fault(Service::Reporting, SoapVersion::V11, &fault).into_bytes();
        assert_eq!(String::from_utf8_lossy(&again), format!("{before}{after}"));
    }
}

/// The elements of a message in alphabetical order.
fn sorted(body: &[u8]) -> Vec<String> {
    let mut elements: Vec<_> = String::from_utf8_lossy(body).split('<').map(str::to_owned).collect();
    elements.sort();
    elements
}

#[test]
fn recorded_requests_between_servers_are_read_and_answers_are_written_byte_for_byte() {
    for folder in captures("server-sync") {
        let name = folder.display().to_string();
        let headers = fs::read_to_string(folder.join("request.headers")).unwrap().to_lowercase();
        let read = |name: &str| fs::read(folder.join(name)).unwrap();
        let (request, answer) = (read("request.body"), read("response.body"));
        if headers.contains("/dssauthwebservice/") {
            let call = dss_auth::decode(&request).unwrap();
            let again = dss_auth::encode_request(&call.request, call.soap).into_bytes();
            assert_eq!(dss_auth::decode(&again).unwrap(), call);
            let cookie = dss_auth::decode_response(&answer).unwrap().unwrap();
            assert!(dss_auth::encode(call.soap, &cookie).into_bytes() == answer, "{name}");
            continue;
        }
        let call = server::decode(&request).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(headers.contains(&call.request.action().to_lowercase()), "{name}");
        let again = server::encode_request(&call.request, call.soap).into_bytes();
        assert_eq!(server::decode(&again).unwrap(), call);
        match server::decode_response(call.request.method(), &answer).unwrap() {
            Ok(response) => {
                let again = server::encode(call.soap, &response).into_bytes();
                // Windows Server 2025 has the maxima in another order than the specification, and than this crate.
                let alike = again == answer
                    || matches!(response, server::Response::GetConfigData(_)) && sorted(&again) == sorted(&answer);
                assert!(alike, "{name}: {}", String::from_utf8_lossy(&again));
            }
            Err(fault) => {
                let text = String::from_utf8(answer).unwrap();
                let (before, rest) = text.split_once("<faultactor>").unwrap();
                let (_, after) = rest.split_once("</faultactor>").unwrap();
                let again = server::encode_fault(SoapVersion::V11, &fault).into_bytes();
                assert_eq!(String::from_utf8_lossy(&again), format!("{before}{after}"));
            }
        }
    }
}

#[test]
fn the_configuration_of_microsofts_service_is_read() {
    for file in captures("microsoft") {
        let answer = fs::read(file).unwrap();
        let response = server::decode_response("GetConfigData", &answer).unwrap().unwrap();
        let server::Response::GetConfigData(config) = &response else { panic!("not it") };
        let maxima = [
            config.max_updates_per_request,
            config.max_driver_sets_per_request,
            config.max_computer_ids_in_request,
            config.max_pnp_hardware_ids_in_request,
            config.max_updates_per_decryption_request,
        ];
        assert_eq!(maxima.map(|max| max.map_or(0, std::num::NonZeroU32::get)), [100, 100, 200, 450, 500]);
        assert!(config.catalog_only_sync && config.lazy_sync && config.server_hosts_psf_files);
        assert_eq!(config.protocol_version, Some(model::ProtocolVersion::new(1, 21)));
        assert_eq!(config.new_config_anchor.number(), None);
        // Microsoft's order of elements is this crate's.
        let inside = |body: &[u8]| {
            let text = String::from_utf8_lossy(body).into_owned();
            let (_, rest) = text.split_once("<GetConfigDataResult>").unwrap();
            rest.split_once("</GetConfigDataResult>").unwrap().0.to_owned()
        };
        assert_eq!(inside(&server::encode(SoapVersion::V11, &response).into_bytes()), inside(&answer));
    }
}
