//! Real input: recorded requests of a stock client, and real update documents.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use model::RevisionId;
use server::admin::api::{DocumentOutcome, Outcome};
use testkit::documents::Made;
use wire::xpress;

use crate::harness::{Answer, Estate, post, shared};

/// The numbers the recording server had for these updates.
const RECORDED: [(&str, i32); 3] = [
    ("dd78b8a1-0b20-45c1-add6-4da72e9364cf", 72_571),
    ("56309036-4c77-4dd9-951a-99ee9c246a94", 108_226),
    ("6964aab4-c5b5-43bd-a17d-ffb4346a8e1d", 108_231),
];

/// An exchange as it was recorded.
struct Exchange {
    path: String,
    fields: Vec<(String, String)>,
    request: String,
    response: String,
    content_type: String,
    cache_control: String,
}

impl Exchange {
    fn read(folder: &Path) -> Self {
        let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        let head = text("request.headers");
        let field = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.trim().to_owned()));
        // The connection's own are made anew.
        let own = ["host", "content-length", "connection", "content-type"];
        let answered = text("response.headers");
        let answered = |wanted: &str| answered.lines().filter_map(field).find(|(name, _)| name == wanted).unwrap().1;
        Self {
            path: head.split(' ').nth(1).unwrap().to_owned(),
            fields: head
                .lines()
                .filter_map(field)
                .filter(|(name, _)| !own.contains(&name.to_lowercase().as_str()))
                .collect(),
            request: text("request.body"),
            response: text("response.body"),
            content_type: answered("Content-Type"),
            cache_control: answered("Cache-Control"),
        }
    }

    /// Sends the request with these parts of this estate instead of the recorded ones.
    async fn replay(&self, url: &str, parts: &Parts) -> String {
        let request = parts.put_into(&self.request);
        let fields: Vec<(&str, &str)> = self.fields.iter().map(|(name, value)| (&**name, &**value)).collect();
        let answer = post(url, &self.path, &fields, request.clone()).await;
        assert_eq!(answer.headers["content-encoding"], "xpress", "{}", self.path);
        let body = String::from_utf8(xpress::decompress(&answer.body, 1 << 20).unwrap()).unwrap();
        assert_eq!(answer.status, 200, "{body}");
        self.check_head(&answer);

        let uncompressed: Vec<(&str, &str)> =
            fields.into_iter().filter(|(name, _)| *name != "Accept-Encoding").collect();
        let plain = post(url, &self.path, &uncompressed, request).await;
        assert!(plain.headers.get("content-encoding").is_none(), "xpress is for those who ask");
        self.check_head(&plain);
        let plain = String::from_utf8(plain.body.to_vec()).unwrap();
        assert_eq!(neutral(&plain, parts), neutral(&body, parts), "the coding changes nothing else");
        body
    }

    fn check_head(&self, answer: &Answer) {
        assert_eq!(answer.headers["content-type"], self.content_type);
        assert_eq!(answer.headers["cache-control"], self.cache_control);
        assert_eq!(answer.headers["vary"], "Accept-Encoding");
    }
}

/// What differs from server to server and from day to day.
#[derive(Default)]
struct Parts {
    cookie: Option<String>,
    authorization: Option<String>,
    last_change: Option<String>,
    /// This server's number of each recorded one.
    numbers: BTreeMap<i32, RevisionId>,
}

impl Parts {
    fn put_into(&self, request: &str) -> String {
        let mut request = request.to_owned();
        let parts =
            [("EncryptedData", &self.cookie), ("CookieData", &self.authorization), ("lastChange", &self.last_change)];
        for (element, part) in parts {
            if let Some(part) = part {
                request = replaced(&request, element, |_| part.clone());
            }
        }
        replaced(&request, "int", |number| {
            number.parse().ok().and_then(|number: i32| self.numbers.get(&number)).unwrap().to_string()
        })
    }

    /// The recorded number for one of this server's; what is no revision's is left out.
    fn recorded(&self, number: &str) -> String {
        let known = self.numbers.iter().find(|(_, own)| own.to_string() == number);
        known.map(|(recorded, _)| recorded.to_string()).unwrap_or_default()
    }

    /// Keeps what the next requests must repeat.
    fn learn(&mut self, response: &str) {
        let parts = [
            ("EncryptedData", &mut self.cookie),
            ("CookieData", &mut self.authorization),
            ("LastChange", &mut self.last_change),
        ];
        for (element, part) in parts {
            let found = content(response, element).map(ToOwned::to_owned);
            *part = found.or_else(|| part.take());
        }
    }
}

/// The response without ids, times and cookies of one server; revisions keep the numbers they were recorded with.
fn neutral(response: &str, parts: &Parts) -> String {
    let mut text = replaced(response, "Deployment><ID", |_| "deployment".to_owned());
    text = replaced(&text, "ID", |number| match number {
        "deployment" => String::new(),
        number => parts.recorded(number),
    });
    for (element, stands_for) in [("EncryptedData", "cookie"), ("CookieData", "cookie"), ("Expiration", "time")] {
        text = replaced(&text, element, |_| stands_for.to_owned());
    }
    for element in ["LastChange", "LastChangeTime"] {
        // The kind of time stays: a day, or a moment.
        text = replaced(&text, element, |time| if time.contains('T') { "moment" } else { "day" }.to_owned());
    }
    replaced(&text, "Value", |value| match value.strip_suffix("\\UpdateServicesPackages") {
        Some(_) => "share".to_owned(),
        None => value.to_owned(),
    })
}

/// `text` with the content of every `<element>` changed.
fn replaced(text: &str, element: &str, change: impl Fn(&str) -> String) -> String {
    let open = format!("<{element}>");
    let mut parts = text.split(&open);
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (content, rest) = part.split_once('<').unwrap();
        result.push_str(&format!("{open}{}<{rest}", change(content)));
    }
    result
}

fn content<'a>(text: &'a str, element: &str) -> Option<&'a str> {
    text.split_once(&format!("<{element}>"))?.1.split('<').next()
}

fn documents(folder: &Path) -> Vec<Made> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let made = |path: PathBuf| Made {
        file_name: path.file_name().unwrap().to_string_lossy().into_owned(),
        document: std::fs::read_to_string(&path).unwrap(),
        files: Vec::new(),
    };
    paths.into_iter().filter(|path| path.extension().is_some_and(|it| it == "xml")).map(made).collect()
}

fn number(outcome: &DocumentOutcome) -> RevisionId {
    match outcome.outcome {
        Outcome::Added { revision } | Outcome::Unchanged { revision } => revision,
        Outcome::Refused { ref reason } => panic!("{}: {reason}", outcome.name),
    }
}

/// A server with the recorded documents, and its numbers for them.
async fn recorded_estate(captures: &Path) -> (Estate, Parts) {
    let estate = Estate::start().await;
    let outcomes = estate.try_import(&documents(&captures.join("documents"))).await;
    let mut parts = Parts::default();
    for outcome in &outcomes {
        let id = outcome.identity.unwrap().update_id.to_string();
        if let Some((_, recorded)) = RECORDED.iter().find(|(update, _)| *update == id) {
            parts.numbers.insert(*recorded, number(outcome));
        }
    }
    assert_eq!(parts.numbers.len(), RECORDED.len());
    (estate, parts)
}

#[tokio::test]
async fn the_recorded_scan_is_answered_as_it_was_recorded() {
    let Some(captures) = shared("captures") else { return };
    let (estate, mut parts) = recorded_estate(&captures).await;
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(captures.join("client-scan")).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders.push(captures.join("reports/000016"));
    assert_eq!(folders.len(), 10);
    for folder in folders {
        let exchange = Exchange::read(&folder);
        let response = exchange.replay(&estate.url(), &parts).await;
        // The recorded response has the recorded numbers already.
        let own: Parts = Parts {
            numbers: parts.numbers.keys().map(|number| (*number, RevisionId(*number))).collect(),
            ..Parts::default()
        };
        assert_eq!(neutral(&response, &parts), neutral(&exchange.response, &own), "{}", folder.display());
        parts.learn(&response);
    }
}

#[tokio::test]
async fn a_request_is_answered_the_same_whatever_its_prefixes_order_and_unknown_elements() {
    let Some(captures) = shared("captures") else { return };
    let (estate, mut parts) = recorded_estate(&captures).await;
    let mut exchange = None;
    for name in ["000001", "000002", "000003", "000004", "000006"] {
        let recorded = Exchange::read(&captures.join("client-scan").join(name));
        parts.learn(&recorded.replay(&estate.url(), &parts).await);
        exchange = Some(recorded);
    }
    let exchange = exchange.unwrap();
    let as_recorded = neutral(&exchange.replay(&estate.url(), &parts).await, &parts);
    let envelope = |text: &str| {
        text.replace("<s:", "<soap-env:").replace("</s:", "</soap-env:").replace("xmlns:s=", "xmlns:soap-env=")
    };
    let declared = |text: &str| format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{text}");
    let unknown =
        |text: &str| text.replace("<parameters>", "<parameters><NoOneKnowsThis a=\"1\"><b/></NoOneKnowsThis>");
    for change in [&envelope as &dyn Fn(&str) -> String, &declared, &unknown] {
        let body = change(&parts.put_into(&exchange.request));
        let answer = post(&estate.url(), &exchange.path.to_uppercase(), &[], body).await;
        assert_eq!(neutral(&String::from_utf8_lossy(&answer.body), &parts), as_recorded);
    }
}

#[tokio::test]
async fn every_recorded_fragment_is_sent_as_recorded() {
    let Some(captures) = shared("captures") else { return };
    let (estate, parts) = recorded_estate(&captures).await;
    let mut computer = crate::harness::Computer::join(&estate.url(), "fragments").await;
    let outcomes = estate.try_import(&documents(&captures.join("documents"))).await;
    let request = wire::client::GetExtendedUpdateInfo {
        cookie: computer.cookie.take(),
        revision_ids: outcomes.iter().map(number).collect(),
        info_types: Some(vec![
            wire::client::InfoType::Core,
            wire::client::InfoType::Extended,
            wire::client::InfoType::LocalizedProperties,
        ]),
        locales: Some(vec!["en".to_owned()]),
        ..Default::default()
    };
    let wire::Response::GetExtendedUpdateInfo(info) =
        computer.call(&wire::Request::GetExtendedUpdateInfo(request)).await.unwrap()
    else {
        panic!("another answer");
    };
    let mut sent = info.updates.iter().map(|update| update.xml.to_text());
    for kind in ["core", "extended", "localized-en"] {
        for outcome in &outcomes {
            let identity = outcome.identity.unwrap();
            let name = format!("{}-r{}.{kind}.xml", identity.update_id, identity.revision_number);
            let recorded = std::fs::read_to_string(captures.join("fragments").join(&name)).unwrap();
            assert_eq!(sent.next().as_deref(), Some(&*recorded), "{name}");
        }
    }
    assert_eq!((sent.next(), parts.numbers.len()), (None, 3));
    assert!(!info.file_locations.is_empty(), "files are announced although none is held");
}

#[tokio::test]
#[allow(clippy::print_stdout, reason = "the counts are the point")]
async fn every_real_document_is_imported_or_refused_with_a_reason() {
    let Some(updates) = shared("data/updates/update") else { return };
    let estate = Estate::start().await;
    let real = documents(&updates);
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for outcome in estate.try_import(&real).await {
        let kind = outcome.update_type.map_or("unreadable".to_owned(), |kind| format!("{kind:?}"));
        match &outcome.outcome {
            Outcome::Refused { reason } => {
                println!("{}: refused: {reason}", outcome.name);
                assert!(reason.len() > 10 && reason != "not looked at", "a reason says something: {reason}");
                *counts.entry(format!("{kind}, refused")).or_default() += 1;
            }
            _ => *counts.entry(format!("{kind}, imported")).or_default() += 1,
        }
    }
    println!("complete documents of {}: {counts:?}", updates.display());
    assert_eq!(counts.values().sum::<usize>(), real.len());
    let refused: usize = counts.iter().filter(|(kind, _)| kind.ends_with("refused")).map(|(_, count)| count).sum();
    assert_eq!(refused, 0, "all eight known documents are whole");
    let Some(captures) = shared("captures") else { return };
    // The same bytes from another place are the same revisions.
    for outcome in estate.try_import(&documents(&captures.join("documents"))).await {
        assert!(matches!(outcome.outcome, Outcome::Unchanged { .. }), "{outcome:?}");
    }
}
