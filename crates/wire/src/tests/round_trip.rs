use model::RevisionId;
use proptest::prelude::*;

use super::samples;
use crate::client::{SyncInfo, SyncUpdateParameters, SyncUpdates, UpdateInfo};
use crate::{Escaped, Request, Response, Service, SoapVersion, decode, decode_response, encode, encode_request};

const VERSIONS: [SoapVersion; 2] = [SoapVersion::V11, SoapVersion::V12];

fn service_of(response: &Response) -> Service {
    let requests = samples::requests();
    requests.iter().find(|request| request.method() == response.method()).unwrap().service()
}

#[test]
fn every_request_is_read_back() {
    for request in samples::requests() {
        for soap in VERSIONS {
            let body = encode_request(&request, soap).into_bytes();
            let call = decode(request.service(), &body).unwrap();
            assert_eq!(call.soap, soap);
            assert_eq!(call.request, request);
        }
    }
}

#[test]
fn every_answer_is_read_back() {
    for response in samples::responses() {
        for soap in VERSIONS {
            let body = encode(service_of(&response), soap, &response).into_bytes();
            assert_eq!(decode_response(response.method(), &body).unwrap(), Ok(response.clone()));
        }
    }
}

#[test]
fn every_request_has_an_answer_and_its_action() {
    let methods: Vec<_> = samples::requests().iter().map(Request::method).collect();
    let answers: Vec<_> = samples::responses().iter().map(Response::method).collect();
    for method in &methods {
        assert!(answers.contains(method), "{method}");
    }
    assert_eq!(methods.len(), answers.len());
    assert_eq!(
        samples::requests()[5].action(),
        "http://www.microsoft.com/SoftwareDistribution/Server/ClientWebService/SyncUpdates"
    );
}

#[test]
fn an_answer_to_something_else_is_refused() {
    let body = encode(Service::Reporting, SoapVersion::V11, &Response::ReportEventBatch(true)).into_bytes();
    assert!(decode_response("ReportInventory", &body).is_err());
}

#[test]
fn empty_lists_are_left_out_but_for_the_one_that_is_the_answer() {
    let text = |response: &Response| {
        let body = encode(Service::Client, SoapVersion::V11, response).into_bytes();
        String::from_utf8(body.to_vec()).unwrap()
    };
    let nothing = text(&Response::SyncUpdates(SyncInfo::default()));
    assert!(
        nothing.contains("<SyncUpdatesResult><Truncated>false</Truncated><NewCookie/></SyncUpdatesResult>"),
        "{nothing}"
    );
    assert!(text(&Response::RefreshCache(vec![])).contains("><RefreshCacheResult/></RefreshCacheResponse>"));
}

#[test]
fn a_long_fragment_is_never_copied() {
    let long = Escaped::from_text(&"<b.RegSz />".repeat(100_000));
    let mut info = samples::sync_info();
    info.new_updates = vec![UpdateInfo { xml: Some(long.clone()), ..info.new_updates[0].clone() }; 3];
    let body = encode(Service::Client, SoapVersion::V11, &Response::SyncUpdates(info));
    let shared = body.segments().iter().filter(|segment| segment.as_ptr() == long.as_bytes().as_ptr());
    assert_eq!(shared.count(), 3);
}

proptest! {
    #[test]
    fn any_ids_and_texts_survive(installed in proptest::collection::vec(any::<i32>(), 0..50), key in "\\PC{0,40}") {
        let parameters = SyncUpdateParameters {
            installed_non_leaf_update_ids: installed.into_iter().map(RevisionId).collect(),
            feature_score_matching_key: Some(key),
            ..Default::default()
        };
        let request = Request::SyncUpdates(SyncUpdates { cookie: None, parameters: Some(parameters) });
        let body = encode_request(&request, SoapVersion::V11).into_bytes();
        prop_assert_eq!(decode(Service::Client, &body).unwrap().request, request);
    }

    #[test]
    fn any_fragment_survives(xml in "\\PC{0,200}") {
        let mut info = samples::sync_info();
        info.new_updates[0].xml = Some(Escaped::from_text(&xml));
        let response = Response::SyncUpdates(info);
        let body = encode(Service::Client, SoapVersion::V11, &response).into_bytes();
        prop_assert_eq!(decode_response("SyncUpdates", &body).unwrap(), Ok(response));
    }
}
