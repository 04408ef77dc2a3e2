use serde_json::{Value, json};
use testkit::catalogs::{KB, small_drafts};

use super::{assert_fails, site};
use crate::harness::Site;

/// What is decided about the update with that KB number.
fn decision(site: &Site, kb: &str) -> Value {
    let mut updates: Vec<Value> = site.json(&["updates", kb]);
    assert_eq!(updates.len(), 1, "{kb}");
    let update = updates.remove(0);
    json!({ "declined": update["declined"], "approvals": update["approvals"] })
}

fn approval(group: &str, action: &str, deadline: Option<&str>) -> Value {
    json!({ "group": group, "action": action, "deadline": deadline })
}

#[test]
fn updates_are_approved_by_id_by_kb_and_all_with_and_without_a_server() {
    for beside_a_server in [false, true] {
        let site = site();
        let _server = beside_a_server.then(|| site.serve());
        assert_eq!(site.run(&["groups", "create", "Pilots"]).code, 0);
        let found: Vec<Value> = site.json(&["updates", KB::BOOT]);
        let update = found[0]["identity"]["update_id"].as_str().unwrap().to_owned();
        let other: Vec<Value> = site.json(&["updates", KB::OPTIONAL]);
        let other = other[0]["identity"]["update_id"].as_str().unwrap().to_owned();

        let deadline = "2026-12-01T18:00:00Z";
        let both = ["approve", "--update", &update, &other, "--group", "Pilots", "--deadline", deadline];
        let decided: Value = site.json(&both);
        assert_eq!(decided["updates"].as_array().unwrap().len(), 2);
        let pilots = approval("Pilots", "install", Some(deadline));
        assert_eq!(decision(&site, KB::BOOT)["approvals"], json!([pilots]));

        let kb = format!("KB{}", KB::CLIENT_11_SEPTEMBER);
        assert_eq!(site.run(&["approve", "--kb", &kb, "--group", "pilots", "--action", "uninstall"]).code, 0);
        assert_eq!(
            decision(&site, KB::CLIENT_11_SEPTEMBER)["approvals"],
            json!([approval("Pilots", "uninstall", None)])
        );
        for (word, action) in [("optional", "optional"), ("not-approved", "not-approved"), ("install", "install")] {
            assert_eq!(site.run(&["approve", "--kb", &kb, "--group", "Pilots", "--action", word]).code, 0);
            assert_eq!(decision(&site, KB::CLIENT_11_SEPTEMBER)["approvals"][0]["action"], action);
        }

        let all: Value = site.json(&["approve", "--all", "--group", "All Computers"]);
        let deployable: Vec<Value> = site.json(&["updates", "--limit", "1000"]);
        assert_eq!(all["updates"].as_array().unwrap().len(), deployable.len());
        let approvals = decision(&site, KB::BOOT)["approvals"].clone();
        assert_eq!(approvals.as_array().unwrap().len(), 2, "{approvals}");
    }
}

#[test]
fn a_decline_removes_approvals_and_can_be_taken_back() {
    let site = site();
    assert_eq!(site.run(&["approve", "--kb", KB::BOOT, "--group", "All Computers"]).code, 0);
    let ran = site.run(&["decline", "--kb", KB::BOOT]);
    assert!(ran.code == 0 && ran.out.starts_with("declined: "), "{ran:?}");
    assert_eq!(decision(&site, KB::BOOT), json!({ "declined": true, "approvals": [] }));
    let ran = site.run(&["decline", "--kb", KB::BOOT, "--undo"]);
    assert!(ran.code == 0 && ran.out.starts_with("no longer declined: "), "{ran:?}");
    assert_eq!(decision(&site, KB::BOOT), json!({ "declined": false, "approvals": [] }));
}

#[test]
fn what_cannot_be_decided_says_why_and_what_to_do() {
    let site = site();
    let _server = site.serve();
    let unknown = "00000000-0000-4000-8000-000000000001";
    let approve = |words: &[&str]| site.run(&[&["approve"], words].concat());
    assert_fails(
        &approve(&["--kb", KB::BOOT, "--group", "Nobody"]),
        4,
        &["there is no group \"Nobody\"", "hint: vanne groups list shows them"],
    );
    assert_fails(
        &approve(&["--update", unknown, "--group", "All Computers"]),
        4,
        &[&format!("there is no update {unknown}"), "import its document first"],
    );
    assert_fails(
        &approve(&["--kb", "404", "--group", "All Computers"]),
        4,
        &["no update with the KB number 404", "hint: "],
    );
    assert_fails(&site.run(&["decline", "--update", unknown]), 4, &["there is no update"]);

    let drafts = small_drafts();
    let bundle = drafts.iter().map(|draft| draft.revision()).find(|revision| !revision.relations.bundled.is_empty());
    let member = bundle.unwrap().relations.bundled[0].members[0].update_id.to_string();
    assert_fails(
        &approve(&["--update", &member, "--group", "All Computers"]),
        2,
        &[
            "cannot be approved or declined by itself: it is a member of a bundle",
            "hint: decide about the bundle instead",
        ],
    );
    let explain = |computer: &str| site.run(&["explain", "--computer", computer, "--update", &member]);
    assert_fails(&explain("pc-nobody"), 4, &["there is no computer \"pc-nobody\"", "vanne computers list shows them"]);
    assert_fails(&site.run(&["status", "--computer", "pc-nobody"]), 4, &["there is no computer"]);
    assert_fails(&site.run(&["status", "--group", "Nobody"]), 4, &["there is no group"]);
    assert_eq!(approve(&["--update", "no-guid", "--group", "x"]).code, 2);
    assert_eq!(approve(&["--all", "--kb", "1", "--group", "x"]).code, 2);
    assert_eq!(approve(&["--all", "--group", "All Computers", "--deadline", "tomorrow"]).code, 2);
}
