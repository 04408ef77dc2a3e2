//! Ports and folders that somebody else has.

use crate::harness::Site;

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let site = Site::new();
    let ran = site.run(&["serve", "--http", &address]);
    assert_eq!((ran.code, ran.out.as_str()), (5, ""), "{ran:?}");
    assert!(ran.err.contains(&format!("could not listen on {address}")), "{}", ran.err);
    assert!(ran.err.contains("name a free one with --http"), "{}", ran.err);
}

#[test]
fn a_folder_has_one_server() {
    let site = Site::new();
    let first = site.serve();
    let ran = site.run(&["serve", "--http", "127.0.0.1:0"]);
    assert_eq!((ran.code, ran.out.as_str()), (5, ""), "{ran:?}");
    assert!(ran.err.contains("a server is already running on"), "{}", ran.err);
    assert!(ran.err.contains(site.data_dir().to_str().unwrap()), "{}", ran.err);
    assert_eq!(site.run(&["groups", "list"]).code, 0, "the first one is not disturbed");
    first.kill();
    // What a killed server left behind does not stand in the way.
    assert_eq!(site.run(&["groups", "list"]).code, 0);
    assert_eq!(site.serve().terminate().code(), Some(0));
}

#[test]
fn a_database_server_that_is_not_there_is_named_without_its_password() {
    let site = Site::new();
    let url = "postgres://vanne:secret@127.0.0.1:9/estate";
    let ran = site.run(&["serve", "--http", "127.0.0.1:0", "--database", url]);
    assert_eq!(ran.code, 5, "{ran:?}");
    assert!(ran.err.contains("could not open the database") && ran.err.contains("127.0.0.1:9"), "{}", ran.err);
    assert!(!ran.err.contains("secret"), "{}", ran.err);
}
