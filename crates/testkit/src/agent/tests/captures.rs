//! What this agent sends, held against what a stock one was recorded to send.

use std::path::PathBuf;

use xml::{Event, Limits, Reader};

use super::server::Site;
use super::*;

/// The folder of recorded traffic, if it is there.
fn captures() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("VANNE_SHARED").map_or(beside, PathBuf::from);
    let captures = shared.join("captures");
    if captures.is_dir() {
        return Some(captures);
    }
    eprintln!("SKIPPED: no recorded traffic in {}; set VANNE_SHARED", captures.display());
    None
}

/// The elements of a message as paths, each once, in order of first appearance.
fn shape(text: &str) -> Vec<String> {
    let limits = Limits { bytes: 1 << 20, depth: 32, elements: 10_000, attributes: 32, namespaces: 32 };
    let mut reader = Reader::new(text.trim(), &limits).unwrap();
    let (mut open, mut shape) = (Vec::new(), Vec::new());
    loop {
        match reader.next().unwrap() {
            Event::Start(element) => {
                open.push(element.name().to_owned());
                let path = open.join("/");
                if !shape.contains(&path) {
                    shape.push(path);
                }
            }
            Event::End => drop(open.pop()),
            Event::Text(_) => {}
            Event::Eof => return shape,
        }
    }
}

#[tokio::test]
async fn messages_have_the_elements_of_a_stock_clients_in_the_same_order() {
    let Some(captures) = captures() else { return };
    let drafts = few();
    let (address, site) = Site::with(&drafts, 0).approving(update_of(&drafts), DeploymentAction::Install).start().await;
    let machine = Machine::new(MachineProfile::Windows10, 2);
    let mut agent = Agent::new(&address, AgentProfile::new(machine, 7)).unwrap();
    agent.scan_categories(&[drafts[0].id()]).await.unwrap();
    agent.prepare().await.unwrap();
    agent.report().await.unwrap();
    let log = site.log.lock().unwrap();
    for (folder, method, nth) in [
        ("client-scan/000001", "GetConfig", 0),
        ("client-scan/000002", "GetAuthorizationCookie", 0),
        ("client-scan/000003", "GetCookie", 0),
        ("client-scan/000004", "RegisterComputer", 0),
        ("client-scan/000005", "StartCategoryScan", 0),
        ("client-scan/000006", "SyncUpdates", 0),
        ("client-scan/000007", "SyncUpdates", 1),
        ("client-scan/000010", "GetExtendedUpdateInfo", 0),
        ("reports/000016", "ReportEventBatch", 0),
    ] {
        let recorded = std::fs::read_to_string(captures.join(folder).join("request.body")).unwrap();
        let sent = &log.bodies.iter().filter(|(asked, _)| *asked == method).nth(nth).unwrap().1;
        assert_eq!(shape(sent), shape(&recorded), "{method} against {folder}");
    }
}

#[tokio::test]
async fn headers_are_those_of_a_stock_client() {
    let Some(captures) = captures() else { return };
    let (address, site) = Site::with(&few(), 0).start().await;
    let mut agent = agent(&address);
    agent.scan().await.unwrap();
    agent.report().await.unwrap();
    let log = site.log.lock().unwrap();
    for (folder, method) in [
        ("client-scan/000001", "GetConfig"),
        ("client-scan/000002", "GetAuthorizationCookie"),
        ("client-scan/000006", "SyncUpdates"),
        ("reports/000016", "ReportEventBatch"),
    ] {
        let recorded = std::fs::read_to_string(captures.join(folder).join("request.headers")).unwrap();
        let at = log.methods.iter().position(|asked| *asked == method).unwrap();
        let mut names = Vec::new();
        for line in recorded.lines().skip(1).filter(|line| !line.trim().is_empty()) {
            let (name, value) = line.split_once(": ").unwrap();
            let name = name.to_lowercase();
            let sent = log.headers[at].get(&name).map(|value| value.to_str().unwrap().to_owned());
            let varies = ["ms-cv", "content-length", "host"].contains(&name.as_str());
            assert!(sent.is_some(), "{method} lacks {name}");
            assert!(
                varies || sent.as_deref() == Some(value.trim()),
                "{method}: {name} is {sent:?}, recorded {value:?}"
            );
            names.push(name);
        }
        let more: Vec<_> = log.headers[at].keys().filter(|name| !names.contains(&name.to_string())).collect();
        assert!(more.is_empty(), "{method} sends {more:?} as well");
    }
}
