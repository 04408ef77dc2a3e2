//! The command line and the administration API: the fixed forms, exit codes, errors that say what to do.

mod configuration;
mod decisions;
mod groups;

use std::os::unix::fs::PermissionsExt as _;

use http::Method;
use serde_json::{Value, json};
use testkit::catalogs::{KB, small};

use crate::harness::{Computer, Program, Ran, Site, administer};

/// A site with the small catalog, without its files.
fn site() -> Site {
    let site = Site::new();
    site.write_catalog(&small());
    let ran = site.run(&["catalog", "import", "documents"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    site
}

/// A command must fail with that code, print nothing as data, and say these things.
fn assert_fails(ran: &Ran, code: i32, says: &[&str]) {
    assert_eq!((ran.code, ran.out.as_str()), (code, ""), "{ran:?}");
    assert!(ran.err.starts_with("error: "), "{ran:?}");
    for says in says {
        assert!(ran.err.contains(says), "{says:?} is not said: {}", ran.err);
    }
}

#[test]
fn help_tells_every_command_and_what_exit_codes_mean() {
    let ran = Ran::from(Program::run(&["--help"]));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    for command in [
        "serve",
        "demo",
        "catalog",
        "updates",
        "approve",
        "decline",
        "groups",
        "computers",
        "content",
        "status",
        "explain",
    ] {
        assert!(ran.out.lines().any(|line| line.trim_start().starts_with(command)), "{command}: {}", ran.out);
        assert_eq!(Ran::from(Program::run(&[command, "--help"])).code, 0, "{command}");
    }
    let folded = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
    for meaning in ["0 done", "1 failed", "2 wrong usage", "3 done in part", "4 the thing named", "5 the server"] {
        assert!(folded.contains(meaning), "{meaning}: {folded}");
    }
    for wrong in
        [&["nonsense"][..], &[], &["approve", "--data-dir", "x"], &["serve", "--http", "nowhere", "--data-dir", "x"]]
    {
        assert_eq!(Ran::from(Program::run(wrong)).code, 2, "{wrong:?}");
    }
}

#[tokio::test]
async fn every_list_is_json_too_with_and_without_a_server() {
    let site = site();
    for beside_a_server in [false, true] {
        let server = beside_a_server.then(|| site.serve());
        if let Some(server) = &server {
            Computer::join(server.url(), "listed").await;
        }
        let lists = [
            (&["updates"][..], 20),
            (&["updates", "--all", "--limit", "1000"], small().len()),
            (&["groups", "list"], 2),
            (&["computers", "list"], usize::from(beside_a_server)),
            (&["content", "list"], 20),
        ];
        for (words, at_least) in lists {
            let list: Vec<Value> = site.json(words);
            assert!(list.len() >= at_least, "{words:?}: {}", list.len());
            let ran = site.run(words);
            assert_eq!(ran.code, 0, "{words:?}: {}", ran.err);
            assert_eq!(ran.out.lines().count(), list.len() + 1, "a line each, and a header: {}", ran.out);
            assert!(ran.out.lines().all(|line| line == line.trim_end()), "no blanks at the end");
        }
        let status: Value = site.json(&["status"]);
        assert_eq!(status["computers"], usize::from(beside_a_server));
        let targeting: Value = site.json(&["groups", "targeting"]);
        assert_eq!(targeting, json!({ "client_side": false }));
        let verified: Value = site.json(&["content", "verify"]);
        assert_eq!(verified["verified"], 0);
    }
}

#[tokio::test]
async fn a_computer_is_explained_assigned_and_removed_by_its_name() {
    let site = site();
    let server = site.serve();
    let mut computer = Computer::join(server.url(), "named").await;
    let dns_name = format!("pc-{}.contoso.example", &computer.id.as_str()[..8]);
    assert_eq!(site.run(&["groups", "create", "Pilots"]).code, 0);
    let assigned: Vec<Value> = site.json(&["computers", "assign", &dns_name, "--group", "pilots"]);
    assert_eq!(assigned[0]["groups"], json!(["Pilots"]));
    let pilots: Vec<Value> = site.json(&["computers", "list", "--group", "Pilots"]);
    assert_eq!(pilots[0]["id"], computer.id.as_str());
    let found: Vec<Value> = site.json(&["computers", "list", &dns_name[..8]]);
    assert_eq!(found.len(), 1);

    let decided: Value = site.json(&["approve", "--kb", KB::CLIENT_11_OCTOBER, "--group", "Pilots"]);
    let update = decided["updates"][0]["update_id"].as_str().unwrap().to_owned();
    computer.scan().await;
    let ran = site.run(&["explain", "--computer", &dns_name, "--update", &update]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.starts_with(&format!("computer {dns_name}\nupdate {update}")), "{}", ran.out);
    let explained: Value = site.json(&["explain", "--computer", computer.id.as_str(), "--update", &update]);
    assert!(explained["explanation"]["steps"].as_array().is_some_and(|steps| !steps.is_empty()), "{explained}");

    let status: Value = site.json(&["status", "--computer", &dns_name, "--kb", KB::CLIENT_11_OCTOBER]);
    assert_eq!((&status["computers"], &status["computers_unknown"]), (&json!(1), &json!(1)));
    assert_eq!(site.run(&["computers", "remove", &dns_name]).code, 0);
    assert_fails(
        &site.run(&["computers", "remove", &dns_name]),
        4,
        &["there is no computer", "hint: vanne computers list"],
    );
}

#[tokio::test]
async fn what_the_command_line_can_do_the_api_can() {
    let site = site();
    let _server = site.serve();
    let socket = site.data_dir().join("vanne.sock");
    assert_eq!(std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    let ask = async |method: Method, path: &str, request: Value| {
        administer(&site.data_dir(), method, path, &request).await.unwrap()
    };
    let (status, groups) = ask(Method::POST, "/api/v1/groups", json!({ "name": "Pilots" })).await;
    assert_eq!((status, groups.as_array().unwrap().len()), (200, 3));
    let approval = json!({ "which": "kb", "of": KB::BOOT, "group": "Pilots", "action": "install" });
    let (status, decided) = ask(Method::POST, "/api/v1/approvals", approval).await;
    assert_eq!(status, 200, "{decided}");
    let (status, updates) = ask(Method::GET, &format!("/api/v1/updates?search={}", KB::BOOT), Value::Null).await;
    assert_eq!((status, &updates[0]["approvals"][0]["group"]), (200, &json!("Pilots")));
    for path in ["overview", "computers", "groups", "targeting", "status", "content"] {
        assert_eq!(ask(Method::GET, &format!("/api/v1/{path}"), Value::Null).await.0, 200, "{path}");
    }
    let (status, error) = ask(Method::DELETE, "/api/v1/groups/Nobody", Value::Null).await;
    assert_eq!(status, 404);
    assert!(error["error"].as_str().unwrap().contains("Nobody") && error["hint"].is_string(), "{error}");
    // Whatever is wrong with a request, the answer has the same form.
    let wrong = json!({ "which": "kb", "of": KB::BOOT, "group": "Pilots", "action": "explode" });
    for (method, path, request, expected) in [
        (Method::POST, "/api/v1/approvals", wrong, 400),
        (Method::POST, "/api/v1/groups", json!("text"), 400),
        (Method::GET, "/api/v1/updates?limit=many", Value::Null, 400),
        (Method::PUT, "/api/v1/content?sha1=short", Value::Null, 400),
        (Method::GET, "/api/v1/nothing", Value::Null, 404),
        (Method::DELETE, "/api/v1/overview", Value::Null, 405),
    ] {
        let (status, error) = ask(method, path, request).await;
        assert_eq!(status, expected, "{path}: {error}");
        assert!(!error["error"].as_str().unwrap().is_empty(), "{path}");
    }
}
