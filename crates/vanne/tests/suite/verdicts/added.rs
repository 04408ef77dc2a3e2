//! Files that an administrator adds.

use model::DeploymentAction;

use super::*;
use crate::content::update_with;
use crate::harness::{Computer, eventually};

#[tokio::test]
async fn an_unsigned_program_is_withheld_until_somebody_looked_and_its_update_is_installed_by_nobody() {
    let site = Site::new();
    let server = site.serve();
    let program = unsigned("tool.exe");
    let ran = import(&site, &update_with("unsigned", std::slice::from_ref(&program)));
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.err.contains("is withheld: Unsigned: ") && ran.err.contains("vanne content quarantine"), "{ran:?}");
    assert_eq!(status(&server, &program).await, 404);
    let file = withheld(&site);
    assert_eq!((file.sha256, file.name.as_deref(), file.can_be_released), (program.sha256(), Some("tool.exe"), true));
    assert!(file.updates.iter().any(|naming| naming.title == "unsigned child"), "{:?}", file.updates);
    let findings = file.findings.unwrap();
    assert_eq!(findings["findings"][0]["verdict"]["reasons"][0]["reason"], "Unsigned");
    let text = site.run(&["content", "quarantine"]).out;
    for told in ["withheld  tool.exe", "because  Unsigned", "update ", "to do    find out"] {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert!(site.run(&["content", "list"]).out.contains("withheld"));

    assert_eq!(site.run(&["approve", "--all", "--group", "All Computers"]).code, 0);
    let mut computer = Computer::join(server.url(), "before").await;
    let offered = async |computer: &mut Computer| {
        computer.scan().await;
        computer.known.values().any(|told| told.deployment.action == DeploymentAction::Install)
    };
    assert!(!offered(&mut computer).await, "what nobody may have is offered to nobody");

    let digest = program.sha256().to_string();
    let ran = site.run(&["content", "release", &digest, "--why", " "]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert_eq!(site.run(&["content", "release", &digest, "--why", "built by us, looked at by Ada"]).code, 0);
    assert_eq!(status(&server, &program).await, 200);
    let released = quarantine(&site).released;
    assert_eq!((released[0].sha256, released[0].why.as_str()), (program.sha256(), "built by us, looked at by Ada"));
    let server_url = server.url().to_owned();
    eventually("it is offered", async || offered(&mut Computer::join(&server_url, "after").await).await).await;

    assert_eq!(site.run(&["content", "withhold", &digest]).code, 0);
    assert_eq!(status(&server, &program).await, 404);
    assert_eq!(site.run(&["content", "discard", &digest]).code, 0);
    assert!(quarantine(&site).withheld.is_empty());
    assert_eq!(site.run(&["content", "discard", &digest]).code, 4);
}

#[tokio::test]
async fn what_a_trusted_publisher_signed_is_held_and_altered_it_is_nobodys_to_let_through() {
    let site = Site::new();
    let publisher = Publisher::new("Paris");
    let server = serve(&site, &trusting(&site, &publisher, ""));
    let good = signed_by(&publisher, "good.exe");
    let ran = import(&site, &local_update("good", &good));
    assert_eq!((ran.code, status(&server, &good).await), (0, 200), "{ran:?}");

    // Whoever brings the file brings the document as well, so that its digests are right.
    let bad = altered(&good);
    assert_eq!(import(&site, &local_update("bad", &bad)).code, 3);
    assert_eq!(status(&server, &bad).await, 404);
    let file = withheld(&site);
    assert!(file.reason.starts_with("DigestMismatch: "), "{file:?}");
    assert!(!file.can_be_released && file.remedy.contains("nobody's to let through"), "{file:?}");
    let ran = site.run(&["content", "release", &bad.sha256().to_string(), "--why", "it will be fine"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("the file is refused: DigestMismatch"), "{ran:?}");
    assert_eq!(status(&server, &bad).await, 404);
}

#[tokio::test]
async fn sec_a4_a_local_publisher_signs_nothing_of_microsofts() {
    let site = Site::new();
    let publisher = Publisher::new("Paris");
    let server = serve(&site, &trusting(&site, &publisher, ""));
    let program = signed_by(&publisher, "kb5000001.exe");
    // The document says nothing of local publishing: so it is Microsoft's, or says so.
    let ran = import(&site, &update_with("posing", std::slice::from_ref(&program)));
    assert_eq!((ran.code, status(&server, &program).await), (3, 404), "{ran:?}");
    assert!(withheld(&site).reason.starts_with("WrongPublisher: "), "{}", withheld(&site).reason);
}

#[tokio::test]
async fn what_can_carry_no_signature_is_vouched_for_by_its_document_unless_that_is_not_enough() {
    let ranges = MadeFile::of_size("delta.psf", 40_000);
    let made = update_with("ranges", std::slice::from_ref(&ranges));
    let site = Site::new();
    let server = site.serve();
    assert_eq!((import(&site, &made).code, status(&server, &ranges).await), (0, 200));

    let strict = Site::new();
    let config = strict.write("vanne.toml", "[signatures]\nby_reference = false\n").display().to_string();
    let server = serve(&strict, &config);
    assert_eq!((import(&strict, &made).code, status(&server, &ranges).await), (3, 404));
    let file = withheld(&strict);
    assert!(file.reason.starts_with("UnknownFormat: ") && file.can_be_released, "{file:?}");
}
