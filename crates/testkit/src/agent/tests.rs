use model::{DeploymentAction, UpdateId};
use wire::ErrorCode;

use super::*;
use crate::catalogs::{KB, small_drafts};
use crate::documents::{Draft, MadeFile, Reboot, Rule};
use crate::machine::MachineProfile;

mod captures;
mod server;

use server::Site;

/// A product, a detectoid, and an update with one child.
fn few() -> Vec<Draft> {
    let product = Draft::product("Product");
    let fact = Draft::detectoid("Fact").installed_when(Rule::build_at_least(10_240)).in_category([product.id()]);
    let leaf = Draft::command_line("Leaf")
        .requires(fact.id())
        .installed_when(Rule::registry_text("SOFTWARE\\Leaf", "v", "1"))
        .with_file(&MadeFile::of_size("leaf.exe", (2 << 20) + 77));
    let update = Draft::bundle("Update").requires(fact.id()).bundling([leaf.identity()]);
    vec![product, fact, leaf, update]
}

fn update_of(drafts: &[Draft]) -> UpdateId {
    drafts.last().unwrap().id()
}

fn approved(drafts: &[Draft]) -> Site {
    Site::with(drafts, 100).approving(update_of(drafts), DeploymentAction::Install)
}

fn agent(address: &str) -> Agent {
    Agent::new(address, AgentProfile::new(Machine::new(MachineProfile::Windows11, 0), 7)).unwrap()
}

fn event_ids(site: &Site) -> Vec<i16> {
    site.log.lock().unwrap().events.iter().map(|event| event.event_id).collect()
}

fn last_report(site: &Site, key: &str) -> Vec<String> {
    let log = site.log.lock().unwrap();
    let report = log.events.iter().rev().find(|event| event.event_id == 156).unwrap();
    let list = report.misc_data.iter().find_map(|text| text.strip_prefix(&format!("{key}=")));
    list.map(|list| list.split(';').map(str::to_owned).collect()).unwrap_or_default()
}

#[tokio::test]
async fn an_update_is_found_downloaded_installed_and_reported() {
    let drafts = few();
    let (address, site) = approved(&drafts).start().await;
    let mut agent = agent(&address);
    agent.update().await.unwrap();
    let summary = agent.summary();
    assert_eq!(summary.findings, []);
    assert_eq!((summary.scans, summary.offered, summary.installed, summary.failed), (2, 1, 1, 0));
    assert_eq!((summary.files, summary.file_bytes, summary.ranges), (1, (2 << 20) + 77, 3));
    assert_eq!(event_ids(&site), [147, 156, 167, 162, 181, 183, 147, 156]);
    let id = update_of(&drafts).to_string().to_uppercase();
    assert_eq!(last_report(&site, "V"), [id]);
    assert_eq!(last_report(&site, "U"), [""; 0]);
    let log = site.log.lock().unwrap();
    // Two levels of prerequisites, the update, the end, the driver pass; then a scan that finds nothing new.
    let handshake = ["GetConfig", "GetAuthorizationCookie", "GetCookie", "RegisterComputer"];
    let first_scan = ["SyncUpdates"; 5];
    let rest = ["ReportEventBatch", "GetExtendedUpdateInfo", "ReportEventBatch"];
    let second_scan = ["SyncUpdates", "SyncUpdates", "ReportEventBatch"];
    assert_eq!(log.methods, [&handshake[..], &first_scan, &rest, &second_scan].concat());
    let mut ranges = log.ranges.clone();
    ranges.sort();
    assert_eq!(ranges, ["bytes=0-1048575", "bytes=1048576-2097151", "bytes=2097152-2097228"]);
}

#[tokio::test]
async fn requests_look_like_a_stock_clients() {
    let (address, site) = approved(&few()).start().await;
    agent(&address).update().await.unwrap();
    let log = site.log.lock().unwrap();
    let header = |at: usize, name: &str| log.headers[at].get(name).map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(header(0, "accept-encoding").as_deref(), Some("xpress"));
    assert_eq!(header(0, "content-type").as_deref(), Some("text/xml; charset=utf-8"));
    assert_eq!(
        header(0, "soapaction").as_deref(),
        Some("\"http://www.microsoft.com/SoftwareDistribution/Server/ClientWebService/GetConfig\"")
    );
    assert!(header(0, "user-agent").unwrap().ends_with("Client-Protocol/2.90"));
    assert!(header(0, "ms-cv").unwrap().ends_with(".1.0.0.2.1"));
    assert_eq!(header(1, "ms-cv"), None, "only the Client service gets a correlation vector");
    let body =
        |method: &str, nth: usize| log.bodies.iter().filter(|(asked, _)| *asked == method).nth(nth).unwrap().1.clone();
    let first_cookie = body("GetCookie", 0);
    let old = first_cookie.split("<oldCookie>").nth(1).unwrap().split("</oldCookie>").next().unwrap();
    assert!(old.starts_with("<Expiration>") && !old.contains("EncryptedData"), "{old}");
    let names = |text: &str, wanted: &[&str]| {
        let places: Vec<_> = wanted.iter().map(|name| text.find(&format!("<{name}")).expect(name)).collect();
        assert!(places.is_sorted(), "{wanted:?} in {text}");
    };
    let first = body("SyncUpdates", 0);
    assert!(!first.contains("UpdateIDs>") && !first.contains("SystemSpec"), "{first}");
    names(&first, &["cookie", "parameters", "ExpressQuery", "SkipSoftwareSync", "AlsoPerformRegularSync"]);
    names(&first, &["AlsoPerformRegularSync", "ComputerSpec", "ProductsParameters", "DeviceAttributes"]);
    names(&body("SyncUpdates", 2), &["InstalledNonLeafUpdateIDs", "SkipSoftwareSync>false"]);
    names(&body("SyncUpdates", 3), &["InstalledNonLeafUpdateIDs", "OtherCachedUpdateIDs", "SkipSoftwareSync>false"]);
    let drivers = body("SyncUpdates", 4);
    names(&drivers, &["InstalledNonLeafUpdateIDs", "SystemSpec", "SkipSoftwareSync>true", "ComputerSpec"]);
    names(&drivers, &["FeatureScoreMatchingKey>AMD64.10.0"]);
    assert!(!drivers.contains("OtherCachedUpdateIDs"));
    let extended = body("GetExtendedUpdateInfo", 0);
    names(&extended, &["revisionIDs", "infoTypes", "locales", "deviceAttributes", "GeoId", "callerAttributes"]);
    assert!(!first.starts_with("<?xml"), "stock clients send no declaration");
}

#[tokio::test]
async fn a_mixed_fleet_brings_itself_up_to_date_from_the_small_catalog() {
    let drafts = small_drafts();
    let deployable = drafts.iter().filter(|draft| draft.revision().explicitly_deployable);
    let mut site =
        deployable.fold(Site::with(&drafts, 0), |site, draft| site.approving(draft.id(), DeploymentAction::Install));
    site.xpress = true;
    let (address, site) = site.start().await;
    let network = Network::new(&address).unwrap();
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let told = std::sync::Arc::clone(&seen);
    let agents = crate::fleet::agents(&network, 10, 1);
    let outcome = crate::fleet::run(agents, crate::fleet::Work::Update, 4, move |progress| {
        told.lock().unwrap().push(progress.done);
    })
    .await;
    assert!(outcome.failures.is_empty(), "{:?}", outcome.failures);
    assert_eq!(outcome.summary.findings, []);
    assert_eq!(*seen.lock().unwrap(), (1..=10).collect::<Vec<_>>());
    assert!(outcome.summary.installed >= 60, "{:?}", outcome.summary);
    assert!(outcome.summary.restarts_wanted > 0);
    assert!(outcome.summary.response_bytes * 3 < outcome.summary.decoded_bytes, "answers were compressed");
    // Everything that was needed is there now, and nothing is offered twice.
    for agent in &outcome.agents {
        let left: Vec<_> = agent.offers().iter().map(|offer| offer.identity).collect();
        assert_eq!(left, [], "{} still has offers", agent.machine().dns_name());
    }
    assert_eq!(last_report(&site, "U"), [""; 0]);
    assert_eq!(outcome.summary.events, site.log.lock().unwrap().events.len() as u64);
    let again = crate::fleet::run(outcome.agents, crate::fleet::Work::Scan, 10, |_| {}).await;
    assert_eq!((again.summary.scans, again.summary.updates_seen, again.summary.offered), (10, 0, 0));
    assert_eq!(again.summary.trips, 30, "a scan without news is one call, its driver pass and its report");
}

#[tokio::test]
async fn only_the_newest_of_several_superseding_updates_is_installed() {
    let drafts = small_drafts();
    let bundles = || drafts.iter().filter(|draft| !draft.revision().relations.bundled.is_empty());
    let titled = |kb: &str| bundles().find(|draft| draft.finish().document.contains(&format!("(KB{kb})"))).unwrap();
    let october = titled(KB::CLIENT_11_OCTOBER).id();
    let september = titled(KB::CLIENT_11_SEPTEMBER).id();
    let site = Site::with(&drafts, 0)
        .approving(october, DeploymentAction::Install)
        .approving(september, DeploymentAction::Install);
    let (address, site) = site.start().await;
    let mut agent = agent(&address);
    agent.scan().await.unwrap();
    assert_eq!(agent.offers().iter().map(|offer| offer.identity.update_id).collect::<Vec<_>>(), [october]);
    agent.report().await.unwrap();
    let upper = |update: UpdateId| update.to_string().to_uppercase();
    let needed = last_report(&site, "U");
    assert!(needed.contains(&upper(october)) && needed.contains(&upper(september)));
    agent.update().await.unwrap();
    assert!(last_report(&site, "V").contains(&upper(october)));
    assert!(!last_report(&site, "U").contains(&upper(september)), "an older one does not apply any more");
}

#[tokio::test]
async fn an_installation_that_wants_a_restart_waits_for_it() {
    let mut drafts = few();
    drafts[2] = drafts[2].clone().rebooting(Reboot::Always);
    let (address, site) = approved(&drafts).start().await;
    let profile = AgentProfile::new(Machine::new(MachineProfile::Windows11, 0), 7).waiting_for_restart();
    let mut agent = Agent::new(&address, profile).unwrap();
    agent.update().await.unwrap();
    assert_eq!(event_ids(&site), [147, 156, 167, 162, 181, 201, 147, 156]);
    assert_eq!(site.log.lock().unwrap().events[5].hresult, 0x0024_0005);
    let id = update_of(&drafts).to_string().to_uppercase();
    assert_eq!(last_report(&site, "W"), [id.as_str()]);
    assert!(agent.machine().needs_restart() && agent.offers().is_empty());
    agent.restart();
    agent.scan().await.unwrap();
    agent.report().await.unwrap();
    assert_eq!(last_report(&site, "V"), [id]);
}

#[tokio::test]
async fn what_is_to_be_removed_is_removed() {
    let drafts = few();
    let site = Site::with(&drafts, 0).approving(update_of(&drafts), DeploymentAction::Uninstall);
    let (address, site) = site.start().await;
    let machine = Machine::new(MachineProfile::Windows11, 0);
    let machine = machine.with_registry("SOFTWARE\\Leaf", "v", metadata::rules::RegistryData::Sz("1".into()));
    let mut agent = Agent::new(&address, AgentProfile::new(machine, 7)).unwrap();
    agent.update().await.unwrap();
    assert_eq!(event_ids(&site), [147, 156, 222, 147, 156]);
    assert_eq!(last_report(&site, "V"), [""; 0]);
}

#[tokio::test]
async fn failed_downloads_and_installations_are_reported_as_such() {
    let cut = |bytes: &bytes::Bytes| bytes.slice(..bytes.len() - 1);
    let changed = |bytes: &bytes::Bytes| bytes.iter().map(|byte| byte ^ 1).collect();
    for site in [approved(&few()).serving(cut), approved(&few()).serving(changed)] {
        let (address, site) = site.start().await;
        let mut agent = agent(&address);
        agent.update().await.unwrap();
        let finding = &agent.summary().findings[0];
        assert!(matches!(finding, Finding::WrongRange { .. } | Finding::WrongDigest { algorithm: "SHA-1", .. }));
        assert_eq!(agent.summary().failed, 1);
        assert_eq!(event_ids(&site), [147, 156, 167, 161, 147, 156]);
    }
    let (address, site) = approved(&few()).start().await;
    let profile = AgentProfile::new(Machine::new(MachineProfile::Windows11, 0), 7).failing(100);
    let mut agent = Agent::new(&address, profile).unwrap();
    agent.update().await.unwrap();
    assert_eq!(event_ids(&site), [147, 156, 167, 162, 181, 182, 147, 156]);
    assert_eq!(last_report(&site, "U").len(), 1);
}

#[tokio::test]
async fn a_file_that_is_not_held_fails_its_update_only() {
    let mut drafts = few();
    let missing = Draft::command_line("Missing").promising_file("missing.exe", 10).installed_when(Rule::never());
    let update = Draft::bundle("Other").bundling([missing.identity()]);
    let other = update.id();
    drafts.splice(0..0, [missing, update]);
    let (address, _) = approved(&drafts).approving(other, DeploymentAction::Install).start().await;
    let mut agent = agent(&address);
    agent.update().await.unwrap();
    assert_eq!(agent.summary().findings, [Finding::NotServed { file: "missing.exe".into(), status: 404 }]);
    assert_eq!((agent.summary().installed, agent.summary().failed), (1, 1));
}

#[tokio::test]
async fn an_offered_file_without_an_address_silences_everything() {
    let mut site = approved(&few());
    site.without_locations = true;
    let (address, site) = site.start().await;
    let mut agent = agent(&address);
    agent.update().await.unwrap();
    assert!(matches!(agent.summary().findings[..], [Finding::NoLocation { ref file, .. }] if file == "leaf.exe"));
    assert_eq!(agent.summary().installed, 0);
    assert_eq!(event_ids(&site), [147, 156, 147, 156]);
}

#[tokio::test]
async fn an_update_without_deployment_ends_the_scan_as_with_a_stock_client() {
    let cut = |method: &str, body: String| match body.split_once("<Deployment>") {
        Some((before, rest)) if method == "SyncUpdates" => {
            format!("{before}{}", rest.split_once("</Deployment>").unwrap().1)
        }
        _ => body,
    };
    let (address, site) = approved(&few()).editing(cut).start().await;
    let mut agent = agent(&address);
    let error = agent.scan().await.unwrap_err();
    assert!(matches!(error, AgentError::Lacking { parent: "UpdateInfo", element: "Deployment", .. }), "{error}");
    agent.report().await.unwrap();
    assert_eq!(event_ids(&site), [148]);
    assert_eq!(site.log.lock().unwrap().events[0].hresult.cast_unsigned(), 0x8007_0057);
}

#[tokio::test]
async fn children_out_of_order_end_the_scan() {
    let swap = |_: &str, body: String| {
        body.replace(
            "<IsAssigned>true</IsAssigned><LastChangeTime>2026-10-04</LastChangeTime>",
            "<LastChangeTime>2026-10-04</LastChangeTime><IsAssigned>true</IsAssigned>",
        )
    };
    let (address, _) = approved(&few()).editing(swap).start().await;
    let error = agent(&address).scan().await.unwrap_err();
    assert_eq!(error.hresult().cast_unsigned(), 0x8007_0057, "{error}");
}

#[tokio::test]
async fn a_server_that_always_has_more_is_given_up_after_two_hundred_trips() {
    let mut site = approved(&few());
    site.always_truncated = true;
    let (address, site) = site.start().await;
    let mut agent = agent(&address);
    let error = agent.scan().await.unwrap_err();
    assert!(matches!(error, AgentError::TooManyTrips { limit: 200 }));
    assert_eq!(error.hresult().cast_unsigned(), 0x8024_4010);
    let trips = site.log.lock().unwrap().methods.iter().filter(|method| **method == "SyncUpdates").count();
    assert_eq!(trips, 200);
    assert!(agent.summary().findings.contains(&Finding::TruncatedWithoutNews));
}

#[tokio::test]
async fn a_wrong_leaf_hides_what_hangs_on_it_and_unmet_prerequisites_are_seen() {
    let drafts = few();
    let mut site = approved(&drafts);
    site.wrong_leaves.insert(drafts[1].id());
    let (address, _) = site.start().await;
    let mut blind = agent(&address);
    assert_eq!(blind.scan().await.unwrap().offered, 0);
    let mut site = approved(&drafts);
    site.wrong_leaves.insert(drafts[1].id());
    site.without_prerequisites = true;
    let (address, _) = site.start().await;
    let mut agent = agent(&address);
    agent.scan().await.unwrap();
    let findings = &agent.summary().findings;
    assert!(
        findings.iter().any(
            |finding| matches!(finding, Finding::PrerequisiteNotMet { update } if *update == drafts[1].identity())
        )
    );
    assert!(findings.iter().any(
        |finding| matches!(finding, Finding::LeafNamedAsPrerequisite { update, .. } if *update == drafts[1].identity())
    ));
}

#[tokio::test]
async fn faults_are_answered_as_the_specification_wants() {
    let handshake = ["GetConfig", "GetAuthorizationCookie", "GetCookie"];
    for (code, expected) in [
        (ErrorCode::InvalidCookie, [&handshake[..], &["RefreshCache"]].concat()),
        (ErrorCode::ServerChanged, [&handshake[..], &["RefreshCache"]].concat()),
        (ErrorCode::ConfigChanged, handshake.to_vec()),
        (ErrorCode::CookieExpired, handshake[1..].to_vec()),
        (ErrorCode::RegistrationRequired, vec!["RegisterComputer"]),
    ] {
        let (address, site) = approved(&few()).start().await;
        let mut agent = agent(&address);
        agent.scan().await.unwrap();
        {
            let mut log = site.log.lock().unwrap();
            log.methods.clear();
            log.faults.push(("SyncUpdates", code));
        }
        agent.scan().await.unwrap();
        let methods = site.log.lock().unwrap().methods.clone();
        assert_eq!(methods, [&["SyncUpdates"], &expected[..], &["SyncUpdates", "SyncUpdates"]].concat(), "{code}");
        assert_eq!(agent.summary().faults[code.as_str()], 1);
        assert_eq!(agent.cached(), 4, "the cache survives {code}");
    }
}

#[tokio::test]
async fn a_cache_is_renumbered_when_the_server_changed() {
    let drafts = few();
    let (address, _) = approved(&drafts).start().await;
    let mut agent = agent(&address);
    agent.scan().await.unwrap();
    let moved = Site::with(&drafts, 900).failing("SyncUpdates", ErrorCode::ServerChanged, 1);
    let (address, site) = moved.start().await;
    agent.network = Network::new(&address).unwrap();
    let scan = agent.scan().await.unwrap();
    assert_eq!((scan.new, scan.out_of_scope, agent.cached()), (0, 0, 4));
    assert_eq!(agent.offers().len(), 0, "here it is not approved");
    assert!(site.log.lock().unwrap().bodies.last().unwrap().1.contains("<int>901</int>"));
}

#[tokio::test]
async fn files_are_looked_for_again_when_they_moved() {
    let drafts = few();
    let (address, _) = approved(&drafts).start().await;
    let mut agent = agent(&address);
    agent.scan().await.unwrap();
    agent.prepare().await.unwrap();
    let moved = Site::with(&drafts, 500).failing("ReportEventBatch", ErrorCode::ServerChanged, 1);
    let (address, site) = moved.start().await;
    agent.network = Network::new(&address).unwrap();
    agent.report().await.unwrap();
    let methods = site.log.lock().unwrap().methods.clone();
    assert!(methods.ends_with(&["RefreshCache", "GetFileLocations", "ReportEventBatch"]), "{methods:?}");
    assert_eq!(agent.offers()[0].revision.0, 504);
    assert!(agent.offers()[0].payloads[0].files[0].1.starts_with(&address));
    site.log.lock().unwrap().faults.push(("ReportEventBatch", ErrorCode::FileLocationChanged));
    agent.download().await;
    agent.install();
    agent.report().await.unwrap();
    assert!(site.log.lock().unwrap().methods.ends_with(&["GetFileLocations", "ReportEventBatch"]));
    assert_eq!(agent.summary().installed, 1);
}

#[tokio::test]
async fn faults_that_do_not_end_and_faults_that_cannot_be_helped_end_the_scan() {
    let (address, _) = approved(&few()).failing("SyncUpdates", ErrorCode::InvalidCookie, 100).start().await;
    let error = agent(&address).scan().await.unwrap_err();
    assert!(matches!(error, AgentError::FaultLoop { method: "SyncUpdates", code: ErrorCode::InvalidCookie }));
    let (address, _) = approved(&few()).failing("SyncUpdates", ErrorCode::InvalidParameters, 1).start().await;
    let error = agent(&address).scan().await.unwrap_err();
    assert!(matches!(error, AgentError::Refused { method: "SyncUpdates", .. }));
}

#[tokio::test]
async fn a_category_scan_asks_first_and_filters_then() {
    let drafts = few();
    let (address, site) = approved(&drafts).start().await;
    let mut agent = agent(&address);
    agent.scan_categories(&[drafts[0].id()]).await.unwrap();
    let log = site.log.lock().unwrap();
    assert_eq!(log.methods[0], "StartCategoryScan");
    assert!(!log.bodies[0].1.contains("cookie"));
    let sync = &log.bodies.iter().find(|(method, _)| *method == "SyncUpdates").unwrap().1;
    assert!(sync.contains(&format!("<CategoryIdentifier><Id>{}</Id>", drafts[0].id())), "{sync}");
    assert!(sync.contains("<NeedTwoGroupOutOfScopeUpdates>true<"));
}

#[tokio::test]
async fn answers_that_are_none_are_told_apart() {
    let (address, _) = approved(&few()).editing(|_, _| "<html>busy</html>".to_owned()).start().await;
    assert!(matches!(agent(&address).scan().await.unwrap_err(), AgentError::Decode { method: "GetConfig", .. }));
    let nobody = agent("http://127.0.0.1:9").scan().await.unwrap_err();
    assert!(matches!(nobody, AgentError::Http { .. }));
    assert!(matches!(Network::new("ftp://x").err(), Some(AgentError::Address(_))));
    assert!(matches!(Network::new("127.0.0.1:8530").err(), Some(AgentError::Address(_))));
}
