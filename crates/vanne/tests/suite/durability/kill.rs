use std::collections::HashSet;
use std::process::Stdio;
use std::time::Duration;

use http::{Method, Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use model::Timestamp;
use server::admin::api::{DocumentText, ImportAnswer, ImportRequest, Outcome};
use store::EventQuery;
use testkit::catalogs::{Shape, large};
use testkit::documents::{Draft, Made, MadeFile, Rule};
use uuid::Uuid;
use wire::reporting::{Event, ReportEventBatch};
use wire::{Response, SoapVersion};

use super::{assert_catalog_is_whole, assert_content_is_whole};
use crate::harness::{Computer, ServerProcess, Site, administer, path};

/// Documents of one set: the store takes or leaves all of it.
const SET: usize = 60;

/// Ends a server after a while, with no chance to tidy up.
fn kill_later(server: ServerProcess, after_ms: u64) -> tokio::task::JoinHandle<()> {
    tokio::task::spawn_blocking(move || {
        std::thread::sleep(Duration::from_millis(after_ms));
        server.kill();
    })
}

fn catalog(revisions: usize) -> Vec<Made> {
    large(Shape { revisions, ..Shape::default() }).map(|draft| draft.finish()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_while_it_imports_keeps_whole_sets_and_all_it_acknowledged() {
    let sets: Vec<ImportRequest> = catalog(20 * SET)
        .chunks(SET)
        .map(|set| {
            let text = |made: &Made| DocumentText { name: made.file_name.clone(), text: made.document.clone() };
            ImportRequest { documents: set.iter().map(text).collect() }
        })
        .collect();
    let site = Site::new();
    let (mut acknowledged, mut next) = (HashSet::new(), 0);
    for after_ms in [50, 180, 400, 700] {
        let killed = kill_later(site.serve(), after_ms);
        while let Some(set) = sets.get(next)
            && let Ok((200, answer)) = administer(&site.data_dir(), Method::POST, "/api/v1/documents", set).await
        {
            let answer: ImportAnswer = serde_json::from_value(answer).unwrap();
            for outcome in answer.documents {
                assert!(!matches!(outcome.outcome, Outcome::Refused { .. }), "{outcome:?}");
                acknowledged.insert(outcome.identity.unwrap());
            }
            next += 1;
        }
        killed.await.unwrap();
        let here = assert_catalog_is_whole(&site, &acknowledged).await;
        assert_eq!(here % SET, 0, "sets are taken whole or not at all");
    }
    let _server = site.serve();
    for set in &sets {
        assert_eq!(administer(&site.data_dir(), Method::POST, "/api/v1/documents", set).await.unwrap().0, 200);
    }
    assert_eq!(assert_catalog_is_whole(&site, &acknowledged).await, sets.len() * SET);
}

#[tokio::test]
async fn an_import_that_is_killed_itself_leaves_whole_sets_and_can_be_repeated() {
    let site = Site::new();
    let lines: Vec<String> = catalog(1_300).iter().map(|made| made.document.replace(['\r', '\n'], " ")).collect();
    site.write("large.xml", lines.join("\n"));
    for after_ms in [100, 300, 900] {
        let mut import = site.command(&["catalog", "import", "large.xml"]);
        let mut import = import.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(after_ms));
        import.kill().unwrap();
        import.wait().unwrap();
        if site.data_dir().exists() {
            let here = assert_catalog_is_whole(&site, &HashSet::new()).await;
            assert!(here % 500 == 0 || here == lines.len(), "{here}");
        }
    }
    assert_eq!(site.run(&["catalog", "import", "large.xml"]).code, 0);
    assert_eq!(assert_catalog_is_whole(&site, &HashSet::new()).await, lines.len());
}

#[tokio::test]
async fn a_server_killed_while_it_takes_a_file_holds_it_whole_or_not_at_all() {
    let file = MadeFile::of_size("large.wim", 40 << 20);
    let made = Draft::command_line("large file").running("x.exe", "").with_file(&file);
    let made = made.installed_when(Rule::registry_text("SOFTWARE\\Contoso", "Large", "1")).finish();
    let site = Site::new();
    site.write("document.xml", &made.document);
    let path = site.write("large.wim", &file.bytes);
    assert_eq!(site.run(&["catalog", "import", "document.xml"]).code, 0);
    for after_ms in [30, 90, 200, 350] {
        let server = site.serve();
        let mut add = site.command(&["content", "add", path.to_str().unwrap()]);
        let mut add = add.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        kill_later(server, after_ms).await.unwrap();
        let acknowledged = add.wait().unwrap().success();
        site.serve().terminate();
        let held = assert_content_is_whole(&site).await;
        assert!(held == 1 || !acknowledged, "what was acknowledged is held");
    }
    let _server = site.serve();
    assert_eq!(site.run(&["content", "add", path.to_str().unwrap()]).code, 0);
    assert_eq!(assert_content_is_whole(&site).await, 1);
}

/// Sends a batch of reports; true when the server said that it has them.
async fn report(computer: &Computer, url: &str, instances: &[Uuid]) -> bool {
    let event =
        |instance: &Uuid| Event { sid: Some(computer.id.to_string()), ..Event::new(147, *instance, Timestamp::now()) };
    let request = wire::Request::ReportEventBatch(ReportEventBatch {
        cookie: computer.cookie.clone(),
        client_time: Some(Timestamp::now()),
        events: Some(instances.iter().map(event).collect()),
    });
    let body = wire::encode_request(&request, SoapVersion::V11).into_bytes();
    let post = Request::post(format!("{url}{}", path(request.service()))).header(header::CONTENT_TYPE, "text/xml");
    let client = Client::builder(TokioExecutor::new()).build_http();
    let Ok(response) = client.request(post.body(Full::new(body)).unwrap()).await else { return false };
    let Ok(answer) = response.into_body().collect().await else { return false };
    matches!(wire::decode_response(request.method(), &answer.to_bytes()), Ok(Ok(Response::ReportEventBatch(true))))
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_that_were_acknowledged_survive_a_kill() {
    let site = Site::new();
    let mut server = site.serve();
    let computer = Computer::join(server.url(), "reporter").await;
    let mut acknowledged = Vec::new();
    for after_ms in [40, 150, 300] {
        let url = server.url().to_owned();
        let killed = kill_later(server, after_ms);
        loop {
            let instances: Vec<Uuid> = (0..7).map(|_| Uuid::new_v4()).collect();
            if !report(&computer, &url, &instances).await {
                break;
            }
            acknowledged.extend(instances);
        }
        killed.await.unwrap();
        server = site.serve();
        let kept = site.store().await.events(&EventQuery { computer: None, limit: 1_000_000 }).await.unwrap();
        assert_eq!(kept.len() % 7, 0, "batches are kept whole or not at all");
        let kept: HashSet<Uuid> = kept.into_iter().map(|row| row.event.instance).collect();
        assert!(acknowledged.iter().all(|instance| kept.contains(instance)));
    }
    assert!(!acknowledged.is_empty());
    assert!(report(&computer, server.url(), &[Uuid::new_v4()]).await, "its cookie is still good");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_stopped_has_written_every_report_it_acknowledged() {
    let site = Site::new();
    let server = site.serve();
    let url = server.url().to_owned();
    let mut reporters = Vec::new();
    for number in 0..6 {
        let (computer, url) = (Computer::join(&url, &format!("stopped-{number}")).await, url.clone());
        reporters.push(tokio::spawn(async move {
            let mut acknowledged = Vec::new();
            loop {
                let instance = Uuid::new_v4();
                if !report(&computer, &url, &[instance]).await {
                    return acknowledged;
                }
                acknowledged.push(instance);
            }
        }));
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    tokio::task::spawn_blocking(move || server.terminate()).await.unwrap();
    let kept = site.store().await.events(&EventQuery { computer: None, limit: 1_000_000 }).await.unwrap();
    let kept: HashSet<Uuid> = kept.into_iter().map(|row| row.event.instance).collect();
    for reporter in reporters {
        let acknowledged = reporter.await.unwrap();
        assert!(!acknowledged.is_empty());
        assert!(acknowledged.iter().all(|instance| kept.contains(instance)));
    }
}
