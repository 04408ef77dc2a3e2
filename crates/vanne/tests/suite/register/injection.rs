//! SEC-P14: texts that would be statements, patterns or paths if anybody took them for that.

use http::Method;
use model::{Timestamp, UpdateIdentity};
use server::admin::api::{ComputerSummary, GroupSummary, Overview, UpdateSummary};
use testkit::postgres::Postgres;
use uuid::Uuid;
use wire::Request;
use wire::client::{ComputerInfo, RegisterComputer};
use wire::reporting::Event;

use crate::harness::{Computer, Estate, documents, post};

/// What SQL, its patterns, JSON and shells have been led astray by.
const PAYLOADS: [&str; 32] = [
    "'",
    "''",
    "\"",
    "`",
    "\\",
    "\\'",
    "%",
    "_",
    "%%%%%%%%",
    "[a-z]",
    "' OR '1'='1",
    "' OR 1=1 --",
    "\" OR \"\"=\"",
    "1; DROP TABLE computer",
    "'; DROP TABLE computer; --",
    "'; DELETE FROM computer; --",
    "') UNION SELECT key FROM session_key --",
    "' UNION ALL SELECT NULL, NULL, NULL --",
    "x' AND (SELECT count(*) FROM computer) > 0 --",
    "x'||(SELECT value FROM setting)||'",
    "'; ATTACH DATABASE '/tmp/sec-p14' AS a; --",
    "'; SELECT load_extension('x'); --",
    "'; COPY computer TO PROGRAM 'id'; --",
    "'; SELECT pg_sleep(60); --",
    "$1",
    "?1",
    ":name",
    "{\"$ne\": null}",
    "$(id)",
    "`id`",
    "(a+)+$",
    "\u{0}NULL\u{0}",
];

struct Here {
    estate: Estate,
    before: State,
}

/// All that no question may change.
#[derive(Debug, PartialEq)]
struct State {
    updates: Vec<UpdateIdentity>,
    computers: Vec<String>,
    groups: Vec<String>,
    generation: u64,
}

impl Here {
    /// On SQLite, and on PostgreSQL where there is one: each has statements and patterns of its own.
    async fn on_every_engine() -> Vec<Self> {
        let mut all = vec![Self::on(None).await];
        if let Some(postgres) = Postgres::shared() {
            all.push(Self::on(Some(postgres.database().unwrap())).await);
        }
        all
    }

    async fn on(database: Option<String>) -> Self {
        let estate = Estate::with(|config| config.database.url = database).await;
        estate.import(&documents()).await;
        for name in ["pc_17", "pc-17"] {
            let computer = Computer::stranger(&estate.url());
            let request = wire::simple_auth::GetAuthorizationCookie {
                client_id: computer.id.clone(),
                target_group_name: None,
                dns_name: name.to_owned(),
            };
            computer.call(&Request::GetAuthorizationCookie(request)).await.unwrap();
        }
        estate.create_group("Desks", None).await;
        let before = state(&estate).await;
        Self { estate, before }
    }

    /// Asks, and must be answered that this is nothing, or that nothing is found: status and body.
    async fn ask(&self, method: Method, path: &str, body: &serde_json::Value) -> (u16, String) {
        let (status, answer) = self.estate.try_api(method, path, serde_json::to_vec(body).unwrap().into()).await;
        (status, String::from_utf8(answer).unwrap())
    }
}

async fn state(estate: &Estate) -> State {
    let updates: Vec<UpdateSummary> = estate.api(Method::GET, "/api/v1/updates?limit=100000", &()).await;
    let computers: Vec<ComputerSummary> = estate.api(Method::GET, "/api/v1/computers?limit=100000", &()).await;
    let groups: Vec<GroupSummary> = estate.api(Method::GET, "/api/v1/groups", &()).await;
    let overview: Overview = estate.api(Method::GET, "/api/v1/overview", &()).await;
    State {
        updates: updates.into_iter().map(|update| update.identity).collect(),
        computers: computers.into_iter().map(|computer| computer.id.to_string()).collect(),
        groups: groups.into_iter().map(|group| group.name.to_string()).collect(),
        generation: overview.generation,
    }
}

fn encoded(text: &str) -> String {
    serde_urlencoded::to_string([("", text)]).unwrap()[1..].replace('+', "%20")
}

#[tokio::test]
async fn sec_p14_no_filter_of_the_administration_is_taken_for_a_statement() {
    for here in Here::on_every_engine().await {
        no_filter_is_a_statement(&here).await;
    }
}

async fn no_filter_is_a_statement(here: &Here) {
    let nothing = serde_json::Value::Null;
    for payload in PAYLOADS {
        let text = encoded(payload);
        for (list, matches_all) in [
            (format!("/api/v1/computers?search={text}"), false),
            (format!("/api/v1/updates?search={text}"), false),
            (format!("/api/v1/computers?group={text}"), false),
            (format!("/api/v1/computers?server={text}"), false),
            (format!("/api/v1/computers?limit={text}"), false),
            (format!("/api/v1/updates?update_type={text}"), false),
            (format!("/api/v1/status?kb={text}"), true),
            (format!("/api/v1/status?cve={text}"), true),
            (format!("/api/v1/status?group={text}"), true),
            (format!("/api/v1/status?computer={text}"), true),
            (format!("/api/v1/explain?computer={text}&update={}", Uuid::from_u128(1)), true),
            (format!("/api/v1/content?sha1={text}"), true),
        ] {
            let (status, answer) = here.ask(Method::GET, &list, &nothing).await;
            assert!([200, 400, 404].contains(&status), "{list}: {status} {answer}");
            // A blank and a letter stand in names and titles; nothing else of this does.
            let is_plain = ["_", "\"", "'"].contains(&payload);
            assert!(matches_all || is_plain || status != 200 || answer == "[]", "{list}: {answer}");
        }
        for (method, path, body) in [
            (Method::DELETE, format!("/api/v1/computers/{text}"), nothing.clone()),
            (Method::DELETE, format!("/api/v1/groups/{text}"), nothing.clone()),
            (Method::DELETE, format!("/api/v1/servers/{text}"), nothing.clone()),
            (Method::PATCH, format!("/api/v1/groups/{text}"), serde_json::json!({ "name": "Other" })),
            (Method::PUT, format!("/api/v1/computers/{text}/groups"), serde_json::json!({ "groups": ["Desks"] })),
            (Method::PUT, "/api/v1/computers/pc-17/groups".to_owned(), serde_json::json!({ "groups": [payload] })),
            (
                Method::POST,
                "/api/v1/approvals".to_owned(),
                serde_json::json!({ "which": "kb", "of": payload, "group": "Desks", "action": "install" }),
            ),
            (
                Method::POST,
                "/api/v1/approvals".to_owned(),
                serde_json::json!({ "which": "all", "group": payload, "action": "install" }),
            ),
        ] {
            let (status, answer) = here.ask(method.clone(), &path, &body).await;
            assert!((400..500).contains(&status), "{method} {path} {body}: {status} {answer}");
        }
    }
    assert_eq!(state(&here.estate).await, here.before);
    assert!(!std::path::Path::new("/tmp/sec-p14").exists());
}

#[tokio::test]
async fn sec_p14_a_part_of_a_name_finds_what_has_it_and_nothing_else() {
    for here in Here::on_every_engine().await {
        parts_of_names_find(&here).await;
    }
}

async fn parts_of_names_find(here: &Here) {
    let found = async |text: &str| -> Vec<Option<String>> {
        let all: Vec<ComputerSummary> =
            here.estate.api(Method::GET, &format!("/api/v1/computers?search={}", encoded(text)), &()).await;
        let mut names: Vec<_> = all.into_iter().map(|computer| computer.dns_name).collect();
        names.sort();
        names
    };
    let (dash, line) = (Some("pc-17".to_owned()), Some("pc_17".to_owned()));
    // Each has a letter that no computer's id has: those are searched too, and made at random.
    assert_eq!(found("PC").await, [dash.clone(), line.clone()]);
    assert_eq!(found("pc_1").await, [line]);
    assert_eq!(found("pc-1").await, [dash]);
    for none in ["pc%1", "p%", "pc.17", "pc?17", &"%_".repeat(500)] {
        assert_eq!(found(none).await, [], "{none:.20}");
    }
    // No engine is given a pattern that it would choke on.
    for too_long in ["_".repeat(60_000), "\0".to_owned()] {
        let path = format!("/api/v1/computers?search={}", encoded(&too_long));
        let (status, answer) = here.ask(Method::GET, &path, &serde_json::Value::Null).await;
        assert!(status == 400 && answer.contains("search"), "{status} {answer:.200}");
    }
}

#[tokio::test]
async fn sec_p14_what_computers_say_of_themselves_is_kept_as_text() {
    for here in Here::on_every_engine().await {
        texts_are_kept(&here).await;
    }
}

async fn texts_are_kept(here: &Here) {
    for payload in PAYLOADS {
        // XML has no zero.
        let payload = payload.replace('\u{0}', "");
        let text = || Some(payload.clone());
        let computer = Computer::meet(&here.estate.url(), &format!("says {payload}"), text().as_deref()).await;
        let info = ComputerInfo {
            dns_name: text(),
            os_locale: text(),
            os_description: text(),
            computer_manufacturer: text(),
            computer_model: text(),
            bios_name: text(),
            bios_version: text(),
            firmware_version: text(),
            processor_architecture: text(),
            ..ComputerInfo::default()
        };
        let register = RegisterComputer { cookie: computer.cookie.clone(), computer_info: Some(info) };
        computer.call(&Request::RegisterComputer(register)).await.unwrap();
        let event = Event {
            misc_data: vec![payload.clone(), format!("V={payload}"), format!("{payload}=1")],
            replacement_strings: vec![payload.clone()],
            ..Event::new(156, Uuid::new_v4(), Timestamp::now())
        };
        assert!(computer.report(vec![event]).await.unwrap());
        let all: Vec<ComputerSummary> =
            here.estate.api(Method::GET, &format!("/api/v1/computers?search={}", computer.id), &()).await;
        let [listed] = all.as_slice() else { panic!("{payload}: {all:?}") };
        assert_eq!(listed.model.as_deref(), Some(format!("{payload} {payload}").trim()));
        let kept = here
            .estate
            .store()
            .await
            .events(&store::EventQuery { computer: Some(computer.id.clone()), limit: 9 })
            .await;
        let raw = String::from_utf8(kept.unwrap().remove(0).event.raw).unwrap();
        assert!(raw.contains(&serde_json::to_string(&payload).unwrap()), "{payload}: {raw}");
        let agent = [("user-agent", payload.as_str()), ("ms-cv", payload.as_str())];
        let header_may_say_it = payload.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        if header_may_say_it {
            post(&here.estate.url(), "/ClientWebService/client.asmx", &agent, "not a message").await;
        }
    }
    let after = state(&here.estate).await;
    assert_eq!((&after.updates, &after.groups), (&here.before.updates, &here.before.groups));
    assert_eq!(after.computers.len(), here.before.computers.len() + PAYLOADS.len());
}
