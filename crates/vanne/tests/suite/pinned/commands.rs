//! The commands, as an administrator uses them.

use testkit::tls::{Authority, Order};

use super::{HERE, publisher, shown_key};
use crate::harness::{Site, drafts};

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_is_enrolled_by_what_it_presents_or_by_its_authority() {
    let authority = Authority::root("Contoso Internal CA");
    let publisher = publisher(authority.issue(&Order::server(HERE))).await;
    let url = publisher.url();
    let site = Site::new();
    std::fs::create_dir(site.data_dir()).unwrap();
    let ca = site.write("ca.pem", authority.pem());

    let seen = site.run(&["upstream", "set", "--kind", "wsus", "--url", &url]);
    assert_eq!(seen.code, 1, "{}", seen.err);
    assert!(
        seen.err.contains("error: the upstream was not changed: ") && seen.err.contains("hint: compare the key"),
        "{}",
        seen.err
    );
    let key = shown_key(&seen.err).to_string();
    let set = site.run(&["upstream", "set", "--kind", "wsus", "--url", &url, "--accept-pin", &key]);
    assert_eq!(set.code, 0, "{}", set.err);
    // A proxy of the environment is nobody this server was told to speak to.
    let mut probe = site.command(&["upstream", "probe", "--url", &url]);
    let probed =
        probe.env("HTTPS_PROXY", "http://127.0.0.1:1").env("ALL_PROXY", "http://127.0.0.1:1").output().unwrap();
    let out = String::from_utf8(probed.stdout).unwrap();
    assert!(probed.status.success() && out.contains("is trusted") && out.contains("CN=Contoso Internal CA"), "{out}");

    let by_file = site.run(&["upstream", "trust", "--url", &url, "--ca", ca.to_str().unwrap()]);
    assert_eq!(by_file.code, 0, "{}", by_file.err);
    assert!(by_file.out.contains("CN=Contoso Internal CA until 2120-01-01"), "{}", by_file.out);
    let synced = site.run(&["sync", "--now", "--wait"]);
    assert_eq!(synced.code, 0, "{}", synced.err);
    assert!(synced.out.contains(&format!("{} of", drafts().len())), "{}", synced.out);

    let forgotten = site.run(&["upstream", "trust", "--url", &url, "--forget"]);
    assert_eq!(forgotten.code, 0, "{}", forgotten.err);
    let refused = site.run(&["upstream", "probe", "--url", &url]);
    assert_eq!(refused.code, 3);
    assert!(refused.out.contains("nothing is pinned for it"), "{}", refused.out);
}

#[test]
fn pins_are_signed_shown_and_imported() {
    let site = Site::new();
    std::fs::create_dir(site.data_dir()).unwrap();
    let shown = site.run(&["upstream", "pins", "show"]);
    assert!(shown.out.contains("version 1, as they came with this program"), "{}", shown.out);
    assert!(
        shown.out.contains("CN=Microsoft Update Secure Server CA 2.2") && shown.out.contains("not known: refused"),
        "{}",
        shown.out
    );

    let key = trust::SigningKey::generate();
    site.write("key.pem", key.to_pem());
    let mut newer = pins::PinSet::built_in();
    newer.version = 2;
    let newer = newer.to_text();
    site.write("newer.json", newer);
    let mut sign = crate::harness::Program::command();
    let sign = sign.args(["upstream", "pins", "sign", "newer.json", "--key", "key.pem"]).current_dir(site.path(""));
    let signed = sign.output().unwrap();
    assert!(signed.status.success(), "{}", String::from_utf8_lossy(&signed.stderr));
    site.write("newer.pins", signed.stdout);

    let stranger = site.run(&["upstream", "pins", "import", "newer.pins"]);
    assert_eq!(stranger.code, 1);
    assert!(stranger.err.contains("is not trusted for pins"), "{}", stranger.err);
    let fingerprint = key.verifying_key().fingerprint().to_string();
    let trusted = site.run(&["upstream", "pins", "trust", &fingerprint]);
    assert_eq!(trusted.code, 0, "{}", trusted.err);
    let taken = site.run(&["upstream", "pins", "import", "newer.pins"]);
    assert_eq!(taken.code, 0, "{}", taken.err);
    assert!(taken.out.contains("version 2, imported"), "{}", taken.out);
    let again = site.run(&["upstream", "pins", "import", "newer.pins"]);
    assert!(again.err.contains("version 2, and version 2 is in force"), "{}", again.err);
    // Whoever is not trusted any more does not count from then on.
    let removed = site.run(&["upstream", "pins", "trust", &fingerprint, "--remove"]);
    assert!(removed.out.contains("version 1, as they came"), "{}", removed.out);
}
