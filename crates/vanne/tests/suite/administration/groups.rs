use serde_json::Value;

use super::{assert_fails, site};
use crate::harness::Site;

/// The groups as the list shows them: depth and name, in the order of the tree.
fn tree(site: &Site) -> Vec<(u64, String)> {
    let groups: Vec<Value> = site.json(&["groups", "list"]);
    groups.iter().map(|group| (group["depth"].as_u64().unwrap(), group["name"].as_str().unwrap().to_owned())).collect()
}

fn named(tree: &[(u64, String)]) -> Vec<(u64, &str)> {
    tree.iter().map(|(depth, name)| (*depth, name.as_str())).collect()
}

#[test]
fn groups_are_made_renamed_moved_and_removed() {
    for beside_a_server in [false, true] {
        let site = site();
        let _server = beside_a_server.then(|| site.serve());
        let done = |words: &[&str]| {
            let ran = site.run(&[&["groups"], words].concat());
            assert_eq!(ran.code, 0, "{words:?}: {}", ran.err);
        };
        done(&["create", "Paris"]);
        done(&["create", "Lab", "--parent", "Paris"]);
        done(&["create", "Lyon / Süd"]);
        assert_eq!(
            named(&tree(&site)),
            [(0, "All Computers"), (1, "Lyon / Süd"), (1, "Paris"), (2, "Lab"), (1, "Unassigned Computers")]
        );
        done(&["rename", "Lyon / Süd", "Lyon"]);
        done(&["move", "lab", "--parent", "LYON"]);
        done(&["remove", "Paris"]);
        assert_eq!(named(&tree(&site)), [(0, "All Computers"), (1, "Lyon"), (2, "Lab"), (1, "Unassigned Computers")]);
    }
}

#[test]
fn groups_that_cannot_be_so_say_why() {
    let site = site();
    let _server = site.serve();
    let groups = |words: &[&str]| site.run(&[&["groups"], words].concat());
    assert_eq!(groups(&["create", "Paris"]).code, 0);
    assert_eq!(groups(&["create", "Lab", "--parent", "Paris"]).code, 0);
    assert_fails(&groups(&["create", "PARIS"]), 1, &["there is a group Paris already"]);
    assert_fails(&groups(&["create", " "]), 2, &[]);
    assert_fails(&groups(&["create", "X", "--parent", "Nowhere"]), 4, &["there is no group \"Nowhere\"", "hint: "]);
    assert_fails(&groups(&["move", "Paris", "--parent", "Lab"]), 2, &["Paris cannot go below itself"]);
    assert_fails(&groups(&["remove", "Paris"]), 2, &["has groups below it", "hint: move or remove those first"]);
    assert_fails(&groups(&["remove", "All Computers"]), 2, &["is built in and stays as it is"]);
    assert_fails(&groups(&["rename", "Unassigned Computers", "x"]), 2, &["is built in"]);
}

#[test]
fn who_decides_about_groups_can_be_chosen() {
    let site = site();
    let _server = site.serve();
    let says = |words: &[&str]| site.run(&[&["groups", "targeting"], words].concat()).out;
    assert_eq!(says(&[]), "the administrator decides which groups a computer is in\n");
    assert_eq!(says(&["client"]), "the computers decide by their own policy which groups a computer is in\n");
    assert_eq!(says(&[]), says(&["client"]));
    assert_eq!(says(&["server"]), "the administrator decides which groups a computer is in\n");
}
