//! Files that are judged again, because something changed that decides about them.

use forge::crl::{self, Revoked};
use model::Timestamp;

use super::*;
use crate::harness::eventually;

#[tokio::test]
async fn sec_t7_a_publisher_who_is_trusted_later_has_his_files_let_through() {
    let site = Site::new();
    let publisher = Publisher::new("Paris");
    let program = signed_by(&publisher, "later.exe");
    let server = site.serve();
    assert_eq!(import(&site, &local_update("later", &program)).code, 3);
    assert!(withheld(&site).reason.starts_with("UnknownRoot: "), "{}", withheld(&site).reason);
    assert_eq!(server.terminate().code(), Some(0));

    let server = serve(&site, &trusting(&site, &publisher, ""));
    eventually("it is let through", async || status(&server, &program).await == 200).await;
    assert!(quarantine(&site).withheld.is_empty());
}

#[tokio::test]
async fn sec_t7_a_verdict_goes_with_the_publisher_it_followed_from() {
    let site = Site::new();
    let publisher = Publisher::new("Paris");
    let program = signed_by(&publisher, "gone.exe");
    let server = serve(&site, &trusting(&site, &publisher, ""));
    assert_eq!(import(&site, &local_update("gone", &program)).code, 0);
    assert_eq!(status(&server, &program).await, 200);
    assert_eq!(server.terminate().code(), Some(0));

    let server = site.serve();
    eventually("it is withheld", async || status(&server, &program).await == 404).await;
    assert!(!withheld(&site).can_be_released);
}

#[tokio::test]
async fn sec_t7_a_signer_who_is_revoked_takes_his_files_with_him() {
    let site = Site::new();
    let publisher = Publisher::new("Paris");
    let program = signed_by(&publisher, "revoked.exe");
    let lists = site.path("lists");
    std::fs::create_dir(&lists).unwrap();
    let config = trusting(&site, &publisher, &format!("revocation_lists = {:?}\n", lists.display().to_string()));
    let server = serve(&site, &config);
    assert_eq!(import(&site, &local_update("revoked", &program)).code, 0);
    assert_eq!(status(&server, &program).await, 200);
    assert_eq!(server.terminate().code(), Some(0));

    let since = Publisher::signing_time();
    let revoked = Revoked { serial: publisher.signer.serial, at: since, reason: 1 };
    let now = Timestamp::now();
    let until = now.checked_add(jiff::SignedDuration::from_hours(24)).unwrap();
    site.write("lists/paris.crl", crl::list(&publisher.issuer, since, until, &[revoked]));
    site.write("lists/notes.txt", "no list, and in nobody's way");
    let server = serve(&site, &config);
    eventually("it is withheld", async || status(&server, &program).await == 404).await;
    let file = withheld(&site);
    assert!(file.reason.starts_with("Revoked: ") && !file.can_be_released, "{file:?}");
}

/// Where it is kept what was seen in a file.
fn kept(site: &Site, file: &MadeFile) -> std::path::PathBuf {
    let name = file.sha256().to_string();
    site.data_dir().join("content/examinations").join(&name[..2]).join(name)
}

#[tokio::test]
async fn what_was_seen_in_a_file_is_kept_so_that_judging_it_again_reads_nothing() {
    let site = Site::new();
    let publisher = Publisher::new("Paris");
    let program = signed_by(&publisher, "later.exe");
    let server = site.serve();
    assert_eq!(import(&site, &local_update("later", &program)).code, 3);
    assert_eq!(server.terminate().code(), Some(0));

    let name = program.sha256().to_string();
    let place = site.data_dir().join("content/files").join(&name[..2]).join(&name);
    std::fs::write(&place, altered(&program).bytes).unwrap();
    // Nobody else is to read it meanwhile.
    let _server = serve(&site, &trusting(&site, &publisher, "[content]\nscrub_mib_per_sec = 0\n"));
    eventually("it is let through", async || quarantine(&site).withheld.is_empty()).await;
    assert_eq!(site.run(&["content", "verify"]).code, 3, "whether it is still the same is for that to find");
}

#[tokio::test]
async fn sec_t7_what_was_seen_in_one_file_is_not_believed_of_another() {
    let site = Site::new();
    let publisher = Publisher::new("Paris");
    let (signed, program) = (signed_by(&publisher, "signed.exe"), unsigned("unsigned.exe"));
    let server = serve(&site, &trusting(&site, &publisher, ""));
    assert_eq!(import(&site, &local_update("signed", &signed)).code, 0);
    assert_eq!(import(&site, &local_update("unsigned", &program)).code, 3);
    assert_eq!(server.terminate().code(), Some(0));

    // Somebody who may write into the folder, and not into the database.
    std::fs::copy(kept(&site, &signed), kept(&site, &program)).unwrap();
    std::fs::write(kept(&site, &signed), b"cut short").unwrap();
    let another = Publisher::new("Lyon").root.identity.pem();
    site.write("publisher.pem", format!("{}{another}", publisher.root.identity.pem()));
    let more = format!("publishers = [{:?}, {:?}]\n", site.path("publisher.pem"), site.write("lyon.pem", another));
    let config = site.write("other.toml", format!("[signatures]\n{more}")).display().to_string();
    let basis = async || site.store().await.content_verdicts(&[signed.sha256(), program.sha256()]).await.unwrap();
    let before = basis().await;
    let server = serve(&site, &config);
    eventually("both are judged again", async || {
        basis().await.iter().all(|now| before.iter().all(|then| then.basis != now.basis))
    })
    .await;
    assert_eq!(status(&server, &signed).await, 200, "it was read again");
    assert!(withheld(&site).reason.starts_with("Unsigned: "), "{}", withheld(&site).reason);
}

#[tokio::test]
async fn a_publisher_whose_file_is_gone_takes_nothing_away_that_was_proven() {
    let site = Site::new();
    let publisher = Publisher::new("Paris");
    let proven = signed_by(&publisher, "proven.exe");
    let config = trusting(&site, &publisher, "");
    let server = serve(&site, &config);
    assert_eq!(import(&site, &local_update("proven", &proven)).code, 0);
    assert_eq!(server.terminate().code(), Some(0));

    std::fs::remove_file(site.path("publisher.pem")).unwrap();
    let log = std::fs::File::create(site.path("log")).unwrap();
    let server = ServerProcess::start_logging(&site.data_dir(), &["--config", &config], log);
    let later = signed_by(&publisher, "later.exe");
    assert_eq!(import(&site, &local_update("later", &altered(&later))).code, 3);
    assert_eq!(site.run(&["content", "verify"]).code, 0);
    assert_eq!(status(&server, &proven).await, 200, "it was proven while the file was there");
    let log = std::fs::read_to_string(site.path("log")).unwrap();
    assert!(log.contains("whom to trust with files is not fully known") && log.contains("publisher.pem"), "{log}");
}

#[tokio::test]
async fn where_revocation_must_be_known_nothing_passes_without_a_list() {
    let site = Site::new();
    let publisher = Publisher::new("Paris");
    let lists = site.path("lists");
    std::fs::create_dir(&lists).unwrap();
    let more = format!("require_revocation = true\nrevocation_lists = {:?}\n", lists.display().to_string());
    let config = trusting(&site, &publisher, &more);
    let program = signed_by(&publisher, "unknown.exe");
    let server = serve(&site, &config);
    assert_eq!(import(&site, &local_update("unknown", &program)).code, 3);
    assert!(withheld(&site).reason.starts_with("RevocationUnknown: "), "{}", withheld(&site).reason);
    assert_eq!(server.terminate().code(), Some(0));

    let since = Publisher::signing_time();
    let until = Timestamp::now().checked_add(jiff::SignedDuration::from_hours(24)).unwrap();
    site.write("lists/issuer.crl", crl::list(&publisher.issuer, since, until, &[]));
    site.write("lists/root.crl", crl::list(&publisher.root, since, until, &[]));
    let server = serve(&site, &config);
    eventually("it is let through", async || status(&server, &program).await == 200).await;
}

#[tokio::test]
async fn what_was_proven_is_given_away_while_lists_are_missing_and_what_is_new_is_not() {
    let site = Site::new();
    let publisher = Publisher::new("Paris");
    std::fs::create_dir(site.path("lists")).unwrap();
    let until = Timestamp::now().checked_add(jiff::SignedDuration::from_hours(24)).unwrap();
    let list = |authority| crl::list(authority, Publisher::signing_time(), until, &[]);
    site.write("lists/issuer.crl", list(&publisher.issuer));
    site.write("lists/root.crl", list(&publisher.root));
    let folder = site.path("lists").display().to_string();
    let config = trusting(&site, &publisher, &format!("require_revocation = true\nrevocation_lists = {folder:?}\n"));
    let (proven, later) = (signed_by(&publisher, "proven.exe"), signed_by(&publisher, "later.exe"));
    let server = serve(&site, &config);
    assert_eq!(import(&site, &local_update("proven", &proven)).code, 0);
    assert_eq!(server.terminate().code(), Some(0));

    std::fs::remove_file(site.path("lists/root.crl")).unwrap();
    let basis = async || site.store().await.content_verdicts(&[proven.sha256()]).await.unwrap()[0].basis;
    let before = basis().await;
    let server = serve(&site, &config);
    eventually("it is judged again", async || basis().await != before).await;
    assert_eq!(status(&server, &proven).await, 200, "nothing was found against it");
    assert_eq!(import(&site, &local_update("proven", &proven)).code, 0, "that it comes again changes nothing");
    assert_eq!(status(&server, &proven).await, 200);
    assert_eq!(import(&site, &local_update("later", &later)).code, 3);
    assert!(withheld(&site).reason.starts_with("RevocationUnknown: "), "{}", withheld(&site).reason);
    assert_eq!(server.terminate().code(), Some(0));

    // What a list takes back is taken back, though others are missing.
    let revoked = Revoked { serial: publisher.signer.serial, at: Publisher::signing_time(), reason: 1 };
    site.write("lists/issuer.crl", crl::list(&publisher.issuer, Publisher::signing_time(), until, &[revoked]));
    let server = serve(&site, &config);
    eventually("it is withheld", async || status(&server, &proven).await == 404).await;
    assert_eq!(server.terminate().code(), Some(0));
    // And is not proven any more when that list goes.
    std::fs::remove_file(site.path("lists/issuer.crl")).unwrap();
    let before = basis().await;
    let server = serve(&site, &config);
    eventually("it is judged again", async || basis().await != before).await;
    assert_eq!(status(&server, &proven).await, 404);
}
