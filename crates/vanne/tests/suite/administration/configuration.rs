use super::assert_fails;
use crate::harness::{ServerProcess, Site, fetch};

#[test]
fn a_configuration_is_checked_without_starting() {
    let site = Site::new();
    let file = site.write("vanne.toml", "[server]\nhttp = \"127.0.0.1:0\"\n\n[clients]\ncookie_minutes = 30\n");
    let check = || site.run(&["serve", "--check-config", "--config", file.to_str().unwrap()]);
    let ran = check();
    assert_eq!((ran.code, ran.err.trim()), (0, "the configuration is valid"));
    assert!(!site.data_dir().exists(), "nothing is made");

    site.write("vanne.toml", "[server]\nhttp = \"127.0.0.1:0\"\ndrain_sec = 5\n");
    assert_fails(&check(), 2, &["vanne.toml is not valid", "line 3", "drain_sec"]);
    site.write("vanne.toml", "[clients]\ncookie_minutes = 0\n");
    assert_fails(&check(), 2, &["clients.cookie_minutes = 0, but it must be 1 to 10080"]);
    site.write("vanne.toml", "[server\n");
    assert_fails(&check(), 2, &["line 1"]);
    std::fs::remove_file(&file).unwrap();
    assert_fails(&check(), 2, &["could not read the configuration"]);
}

#[tokio::test]
async fn the_file_in_the_data_folder_counts_for_the_server_and_for_commands() {
    let site = Site::new();
    site.write("data/vanne.toml", "[metrics]\nlisten = \"127.0.0.1:0\"\n[content]\ndirectory = \"elsewhere\"\n");
    let ran = site.run(&["content", "verify"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(site.path("elsewhere/files").is_dir());
    site.write("data/vanne.toml", "[contents]\n");
    assert_fails(&site.run(&["content", "verify"]), 2, &["line 1", "contents"]);
}

#[tokio::test]
async fn a_server_says_where_it_listens_and_that_it_is_up() {
    let site = Site::new();
    let server = ServerProcess::start(&site.data_dir(), &[]);
    assert!(server.url().starts_with("http://127.0.0.1:") && !server.url().ends_with(":0"));
    assert_eq!(fetch(http::Method::GET, server.url(), &[]).await.status, 200);
    assert_eq!(server.terminate().code(), Some(0));
}

#[test]
fn a_data_folder_that_is_not_there_is_an_error_for_all_but_the_first_import() {
    let site = Site::new();
    assert_fails(&site.run(&["groups", "list"]), 2, &["there is no data folder", "start a server on it first"]);
    site.write("x.xml", testkit::documents::Draft::detectoid("x").finish().document);
    assert_eq!(site.run(&["catalog", "import", "x.xml"]).code, 0);
    assert_eq!(site.run(&["groups", "list"]).code, 0);
}
