//! Cookies and the faults that end a session, each when the specification says, and how agents go on.

mod recovery;
mod shared_store;

use model::{DeploymentAction, Sha1, Timestamp, UpdateId};
use server::admin::api::ComputerSummary;
use testkit::catalogs::KB;
use uuid::Uuid;
use wire::client::{
    Cookie, GetCookie, GetExtendedUpdateInfo, GetExtendedUpdateInfo2, GetFileLocations, InfoType, RefreshCache,
    RegisterComputer, SyncPrinterCatalog, SyncUpdateParameters, SyncUpdates,
};
use wire::reporting::{Event, GetRequiredInventoryType, ReportEventBatch, ReportEventBatch2, ReportInventory};
use wire::{ErrorCode, Fault, Request, Response};

use crate::harness::{Computer, Estate, bundle, documents, path, post};

/// Every call that carries a session cookie, otherwise right.
fn calls(computer: &Computer, cookie: Option<&Cookie>) -> Vec<Request> {
    let cookie = cookie.cloned();
    let event = Event { sid: Some(computer.id.to_string()), ..Event::new(147, Uuid::new_v4(), Timestamp::now()) };
    let locales = Some(vec!["en".to_owned()]);
    vec![
        Request::RegisterComputer(RegisterComputer {
            cookie: cookie.clone(),
            computer_info: Some(wire::client::ComputerInfo::default()),
        }),
        Request::SyncUpdates(SyncUpdates { cookie: cookie.clone(), parameters: Some(SyncUpdateParameters::default()) }),
        Request::SyncPrinterCatalog(SyncPrinterCatalog { cookie: cookie.clone(), ..SyncPrinterCatalog::default() }),
        Request::RefreshCache(RefreshCache { cookie: cookie.clone(), global_ids: Some(Vec::new()) }),
        Request::GetExtendedUpdateInfo(GetExtendedUpdateInfo {
            cookie: cookie.clone(),
            info_types: Some(vec![InfoType::Extended]),
            locales: locales.clone(),
            ..GetExtendedUpdateInfo::default()
        }),
        Request::GetExtendedUpdateInfo2(GetExtendedUpdateInfo2 {
            cookie: cookie.clone(),
            update_ids: Some(Vec::new()),
            info_types: Some(vec![InfoType::Extended]),
            locales,
            caller_attributes: None,
        }),
        Request::GetFileLocations(GetFileLocations { cookie: cookie.clone(), file_digests: Some(vec![no_file()]) }),
        Request::ReportEventBatch(ReportEventBatch {
            cookie: cookie.clone(),
            client_time: Some(Timestamp::now()),
            events: Some(vec![event]),
        }),
        Request::GetRequiredInventoryType(GetRequiredInventoryType {
            cookie: cookie.clone(),
            rules_id: None,
            rules_version: None,
        }),
        Request::ReportInventory(ReportInventory { cookie, client_time: None, inventory: None }),
    ]
}

fn no_file() -> Sha1 {
    Sha1::try_from(&[7; 20][..]).unwrap()
}

/// What each call that carries a cookie is answered: its name, and the code of the fault if it is one.
async fn outcomes(computer: &Computer, cookie: Option<&Cookie>) -> Vec<(&'static str, Option<ErrorCode>)> {
    let mut outcomes = Vec::new();
    for request in calls(computer, cookie) {
        let code = computer.call(&request).await.err().map(|fault| fault.code);
        outcomes.push((request.method(), code));
    }
    outcomes
}

fn all_are(outcomes: &[(&str, Option<ErrorCode>)], code: Option<ErrorCode>) {
    assert!(outcomes.iter().all(|(_, found)| *found == code), "{outcomes:?}");
}

/// Those that were answered with `code`.
fn with(outcomes: &[(&'static str, Option<ErrorCode>)], code: ErrorCode) -> Vec<&'static str> {
    outcomes.iter().filter(|(_, found)| *found == Some(code)).map(|(method, _)| *method).collect()
}

fn garbled(cookie: &Cookie, change: impl FnOnce(&mut Vec<u8>)) -> Cookie {
    let mut cookie = cookie.clone();
    change(&mut cookie.encrypted_data);
    cookie
}

#[tokio::test]
async fn sec_c1_a_cookie_that_does_not_verify_is_invalid_wherever_it_is_sent() {
    let estate = Estate::start().await;
    let other_estate = Estate::start().await;
    let computer = Computer::join(&estate.url(), "invalid").await;
    all_are(&outcomes(&computer, computer.cookie.as_ref()).await, None);
    let good = computer.cookie.clone().unwrap();
    let foreign = Computer::join(&other_estate.url(), "invalid").await.cookie;
    // The time beside the sealed data is the client's own business.
    let expiration_only = Cookie { encrypted_data: Vec::new(), ..good.clone() };
    let other_time = Cookie { expiration: None, ..good.clone() };
    all_are(&outcomes(&computer, Some(&other_time)).await, None);
    let wrong = [
        None,
        Some(expiration_only),
        foreign,
        Some(garbled(&good, |bytes| bytes.truncate(bytes.len() - 1))),
        Some(garbled(&good, |bytes| bytes[20] ^= 1)),
        Some(garbled(&good, |bytes| bytes.iter_mut().for_each(|byte| *byte = 0x41))),
        Some(garbled(&good, |bytes| bytes.resize(16 * 1024, 0))),
    ];
    for cookie in wrong {
        all_are(&outcomes(&computer, cookie.as_ref()).await, Some(ErrorCode::InvalidCookie));
    }
    let authorization = computer.authorize(None).await.unwrap();
    let as_session = garbled(&good, |bytes| *bytes = authorization.cookie_data.clone());
    all_are(&outcomes(&computer, Some(&as_session)).await, Some(ErrorCode::InvalidCookie));
    let old = garbled(&good, |bytes| bytes[20] ^= 1);
    let fault = computer.ask_cookie(vec![authorization], Some(old)).await.unwrap_err();
    assert_eq!(fault.code, ErrorCode::InvalidCookie, "an old cookie must verify as well");
}

#[tokio::test]
async fn a_fault_is_written_as_native_writes_it() {
    let estate = Estate::start().await;
    let computer = Computer::join(&estate.url(), "fault").await;
    for request in calls(&computer, None) {
        let body = wire::encode_request(&request, wire::SoapVersion::V11).into_bytes();
        let answer = post(&estate.url(), path(request.service()), &[], body).await;
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        assert_eq!(answer.status, 500);
        assert_eq!(answer.headers["content-type"], "text/xml; charset=utf-8");
        assert!(text.contains(":Client</faultcode><faultstring>Fault occurred</faultstring>"), "{text}");
        assert!(text.contains("<ErrorCode>InvalidCookie</ErrorCode><Message"), "{text}");
        assert!(text.contains(&format!("<Method>\"{}\"</Method>", request.action())), "{text}");
    }
}

#[tokio::test]
async fn sec_c2_a_cookie_expires_by_the_time_sealed_in_it_and_what_it_remembers_is_handed_on() {
    let estate = Estate::with_catalog(&documents()).await;
    let mut computer = Computer::join(&estate.url(), "expired").await;
    let expiration = computer.cookie.as_ref().unwrap().expiration;
    computer.scan().await;
    assert_eq!(computer.cookie.as_ref().unwrap().expiration, expiration, "a new cookie does not live longer");
    estate.advance_mins(59);
    all_are(&outcomes(&computer, computer.cookie.as_ref()).await, None);
    estate.advance_mins(2);
    let late = Cookie { expiration: Timestamp::from_second(4_000_000_000).ok(), ..computer.cookie.clone().unwrap() };
    all_are(&outcomes(&computer, Some(&late)).await, Some(ErrorCode::CookieExpired));
    computer.renew().await.unwrap();
    assert!(computer.scan().await.is_empty(), "the old cookie said what it knows");
}

#[tokio::test]
async fn only_scans_need_a_registered_computer() {
    let estate = Estate::start().await;
    let computer = Computer::meet(&estate.url(), "unregistered", None).await;
    let cookie = computer.cookie.as_ref();
    let mut found = Vec::new();
    for request in calls(&computer, cookie).into_iter().skip(1) {
        found.push((request.method(), computer.call(&request).await.err().map(|fault| fault.code)));
    }
    assert_eq!(with(&found, ErrorCode::RegistrationRequired), ["SyncUpdates", "SyncPrinterCatalog"]);
    assert_eq!(found.iter().filter(|(_, code)| code.is_none()).count(), found.len() - 2);
    computer.register().await.unwrap();
    all_are(&outcomes(&computer, cookie).await, None);

    let path = format!("/api/v1/computers/{}", computer.id);
    let _: ComputerSummary = estate.api(http::Method::DELETE, &path, &()).await;
    let after_removal = outcomes(&computer, cookie).await;
    // The first of the calls registers it again.
    all_are(&after_removal, None);
    let _: ComputerSummary = estate.api(http::Method::DELETE, &path, &()).await;
    let sync = calls(&computer, cookie).swap_remove(1);
    assert_eq!(computer.call(&sync).await.unwrap_err().code, ErrorCode::RegistrationRequired);
}

#[tokio::test]
async fn sec_c2_exactly_one_fresh_authorization_cookie_of_this_server_opens_a_session() {
    let estate = Estate::start().await;
    let other_estate = Estate::start().await;
    let computer = Computer::join(&estate.url(), "authorization").await;
    let good = computer.authorize(None).await.unwrap();
    let mut garbage = good.clone();
    garbage.cookie_data = vec![0x41; 200];
    let mut session = good.clone();
    session.cookie_data = computer.cookie.clone().unwrap().encrypted_data;
    let mut empty = good.clone();
    empty.cookie_data = Vec::new();
    let foreign = Computer::join(&other_estate.url(), "authorization").await.authorize(None).await.unwrap();
    for wrong in [vec![], vec![good.clone(), good.clone()], vec![garbage], vec![session], vec![empty], vec![foreign]] {
        let fault = computer.ask_cookie(wrong, None).await.unwrap_err();
        assert_eq!(fault.code, ErrorCode::InvalidAuthorizationCookie);
    }
    computer.ask_cookie(vec![good.clone()], None).await.unwrap();
    estate.advance_mins(25 * 60);
    let fault = computer.ask_cookie(vec![good], None).await.unwrap_err();
    assert_eq!(fault.code, ErrorCode::InvalidAuthorizationCookie, "kept for a day by somebody");
}

#[tokio::test]
async fn another_computers_old_cookie_says_nothing_about_this_one() {
    let estate = Estate::with_catalog(&documents()).await;
    let mut original = Computer::join(&estate.url(), "original").await;
    original.scan().await;
    let mut clone = Computer::join(&estate.url(), "clone").await;
    let authorization = clone.authorize(None).await.unwrap();
    clone.cookie = Some(clone.ask_cookie(vec![authorization], original.cookie.clone()).await.unwrap());
    let event = Event { sid: Some(original.id.to_string()), ..Event::new(147, Uuid::new_v4(), Timestamp::now()) };
    assert!(clone.report(vec![event]).await.is_err(), "the cookie is the clone's");
    assert!(!clone.scan().await.new.is_empty());
}

#[tokio::test]
async fn invalid_parameters_names_the_parameter_and_only_a_good_cookie_gets_that_far() {
    let estate = Estate::start().await;
    let computer = Computer::join(&estate.url(), "parameters").await;
    let authorization = computer.authorize(None).await.unwrap();
    let request = |cookie: Option<Cookie>| {
        vec![
            (Request::SyncUpdates(SyncUpdates { cookie: cookie.clone(), parameters: None }), "parameters"),
            (
                Request::RegisterComputer(RegisterComputer { cookie: cookie.clone(), computer_info: None }),
                "computerInfo",
            ),
            (Request::RefreshCache(RefreshCache { cookie: cookie.clone(), global_ids: None }), "globalIDs"),
            (
                Request::GetExtendedUpdateInfo(GetExtendedUpdateInfo {
                    cookie: cookie.clone(),
                    ..GetExtendedUpdateInfo::default()
                }),
                "infoTypes",
            ),
            (Request::GetFileLocations(GetFileLocations { cookie: cookie.clone(), file_digests: None }), "fileDigests"),
            (Request::ReportEventBatch(ReportEventBatch { cookie, client_time: None, events: None }), "eventBatch"),
        ]
    };
    for (request, parameter) in request(computer.cookie.clone()) {
        let fault = computer.call(&request).await.unwrap_err();
        assert_eq!((fault.code, &*fault.message), (ErrorCode::InvalidParameters, parameter), "{}", request.method());
    }
    for (request, _) in request(None) {
        let fault = computer.call(&request).await.unwrap_err();
        assert_eq!(fault.code, ErrorCode::InvalidCookie, "{}", request.method());
    }
    let without_version = Request::GetCookie(GetCookie {
        auth_cookies: vec![authorization],
        old_cookie: None,
        last_change: computer.config().await.last_change,
        current_time: None,
        protocol_version: None,
    });
    let fault = computer.call(&without_version).await.unwrap_err();
    assert_eq!((fault.code, &*fault.message), (ErrorCode::InvalidParameters, "protocolVersion"));
    for (element, named) in [
        ("<clientId>not an id at all</clientId><dnsName>pc</dnsName>", "clientId"),
        ("<clientId>a</clientId>", "dnsName"),
    ] {
        let body = format!(
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><GetAuthorizationCookie \
             xmlns=\"http://www.microsoft.com/SoftwareDistribution/Server/SimpleAuthWebService\">{element}\
             </GetAuthorizationCookie></s:Body></s:Envelope>"
        );
        let answer = post(&estate.url(), path(wire::Service::SimpleAuth), &[], body).await;
        let fault = wire::decode_response("GetAuthorizationCookie", &answer.body).unwrap().unwrap_err();
        assert_eq!((fault.code, &*fault.message), (ErrorCode::InvalidParameters, named));
    }
}

#[tokio::test]
async fn sec_c1_nothing_of_a_request_is_acted_upon_before_its_cookie_opened() {
    let estate = Estate::start().await;
    let stranger = Computer::meet(&estate.url(), "stranger", None).await;
    let _: ComputerSummary = estate.api(http::Method::DELETE, &format!("/api/v1/computers/{}", stranger.id), &()).await;
    let bad = garbled(stranger.cookie.as_ref().unwrap(), |bytes| bytes[20] ^= 1);
    all_are(&outcomes(&stranger, Some(&bad)).await, Some(ErrorCode::InvalidCookie));
    let everyone: Vec<ComputerSummary> = estate.api(http::Method::GET, "/api/v1/computers", &()).await;
    assert!(everyone.is_empty(), "{everyone:?}");
    assert!(estate.events().await.is_empty());
}

#[tokio::test]
async fn sec_c3_a_computer_reports_for_itself_only() {
    let estate = Estate::start().await;
    let victim = Computer::join(&estate.url(), "victim").await;
    let liar = Computer::join(&estate.url(), "liar").await;
    let event = |sid: Option<String>| Event { sid, ..Event::new(156, Uuid::new_v4(), Timestamp::now()) };
    for sid in [Some(victim.id.to_string()), Some("S-1-5-18".to_owned()), None] {
        let request = Request::ReportEventBatch(ReportEventBatch {
            cookie: liar.cookie.clone(),
            client_time: None,
            // One honest event does not carry the other one through.
            events: Some(vec![event(Some(liar.id.to_string())), event(sid)]),
        });
        let fault: Fault = liar.call(&request).await.unwrap_err();
        assert_eq!((fault.code, &*fault.message), (ErrorCode::InvalidParameters, "eventBatch"));
    }
    let uncookied = Request::ReportEventBatch2(ReportEventBatch2 {
        computer_id: Some(victim.id.to_string()),
        client_time: None,
        events: Some(vec![event(Some(victim.id.to_string()))]),
    });
    assert_eq!(victim.call(&uncookied).await.unwrap(), Response::ReportEventBatch2(false));
    assert!(estate.events().await.is_empty(), "nothing of it was kept");
    let status = estate.status(&server::admin::api::StatusQuery::default()).await;
    assert_eq!((status.computers, status.computers_unknown), (2, 2));
    // The same in capital letters is the same computer.
    assert!(victim.report(vec![event(Some(victim.id.to_string().to_uppercase()))]).await.unwrap());
    assert_eq!(estate.events().await.len(), 1);
}

/// Decides on an update, which moves the catalog on.
async fn change_something(estate: &Estate, action: model::ApprovalAction) -> UpdateId {
    let update = bundle(KB::BOOT).id();
    estate.approve(server::admin::api::Which::Updates(vec![update]), "All Computers", action).await;
    update
}

/// What it is told to do with an update.
fn action_of(computer: &Computer, update: UpdateId) -> DeploymentAction {
    computer.told(update).unwrap().1.deployment.action
}
