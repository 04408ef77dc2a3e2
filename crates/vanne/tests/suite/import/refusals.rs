//! What is refused, and why. Each refusal leaves nothing behind, and takes nothing else with it.

use testkit::documents::broken;
use testkit::documents::{Draft, Made, MadeFile, Rule};

use super::{detectoid, import, titles};
use crate::harness::Site;

/// Documents that must be taken whatever is beside them.
fn bystanders() -> Vec<Made> {
    (0..3).map(|number| detectoid(&format!("bystander {number}")).finish()).collect()
}

const BYSTANDERS: [&str; 3] = ["bystander 0", "bystander 1", "bystander 2"];

/// Imports bystanders together with what is broken, with and without a server; exactly the broken ones are refused.
fn refused(broken: &[Made], more: &[&str], prepare: impl Fn(&Site)) -> Vec<String> {
    let mut reasons = Vec::new();
    for beside_a_server in [false, true] {
        let site = Site::new();
        let _server = beside_a_server.then(|| site.serve());
        prepare(&site);
        for (number, made) in bystanders().iter().enumerate() {
            site.write(&format!("documents/{number}.xml"), &made.document);
        }
        for (number, made) in broken.iter().enumerate() {
            site.write(&format!("documents/1-broken-{number}.xml"), &made.document);
        }
        let (code, done) = import(&site, &[&["documents"], more].concat());
        assert_eq!(code, 3, "{done:?}");
        assert_eq!((done.added(), done.refused.len()), (3, broken.len()), "{done:?}");
        assert_eq!(titles(&site), BYSTANDERS, "nothing of it is here");
        for refused in &done.refused {
            assert!(refused.document.starts_with("documents/1-broken-"), "{refused:?}");
        }
        let again = (0..broken.len()).map(|number| done.reason(&format!("1-broken-{number}.xml")).to_owned()).collect();
        assert!(reasons.is_empty() || reasons == again, "the same with and without a server");
        reasons = again;
    }
    reasons
}

fn reason(broken: Made) -> String {
    refused(&[broken], &[], |_| {}).remove(0)
}

#[test]
fn what_is_no_update_document_says_what_it_is() {
    for (broken, says) in
        [(broken::not_xml(), "XML"), (broken::cut_short(), "ends"), (broken::with_wrong_root(), "invoice")]
    {
        let reason = reason(broken);
        assert!(reason.contains(says), "{says}: {reason}");
    }
}

#[test]
fn a_file_without_a_digest_names_the_file() {
    let reason = reason(broken::without_digest());
    assert!(reason.contains("without digest.exe") && reason.to_lowercase().contains("digest"), "{reason}");
}

#[test]
fn a_ring_of_prerequisites_in_one_batch_is_shown() {
    for reason in refused(&broken::with_prerequisite_cycle(3), &[], |_| {}) {
        assert_eq!(reason.matches(" needs ").count(), 4, "{reason}");
        assert!(reason.contains("needs itself"), "{reason}");
    }
    for reason in refused(&broken::with_bundle_cycle(), &[], |_| {}) {
        assert!(reason.contains("needs itself"), "{reason}");
    }
}

#[test]
fn a_ring_over_two_batches_or_two_imports_is_refused_where_it_closes() {
    let ring = broken::with_prerequisite_cycle(2);
    for imports in [1, 2] {
        let site = Site::new();
        let _server = site.serve();
        // More than one set of documents holds.
        let filler: Vec<String> = (0..1_000)
            .map(|number| detectoid(&format!("filler {number}")).finish().document.replace('\n', " "))
            .collect();
        site.write("documents/1.xml", &ring[0].document);
        site.write("documents/2.xml", filler.join("\n"));
        if imports == 2 {
            let (code, done) = import(&site, &["documents"]);
            assert_eq!((code, done.added()), (0, 1_001));
        }
        site.write("documents/3.xml", &ring[1].document);
        let (code, done) = import(&site, &["documents"]);
        assert_eq!((code, done.refused.len()), (3, 1), "{done:?}");
        assert!(done.reason("3.xml").contains("needs itself"), "{done:?}");
        assert_eq!(titles(&site).len(), 1_001);
    }
}

#[test]
fn sec_s4_the_same_revision_with_other_content_is_refused_and_what_is_here_stays() {
    let [first, second] = broken::with_other_content();
    let site = Site::new();
    let _server = site.serve();
    site.write("documents/1.xml", &first.document);
    site.write("documents/2.xml", &second.document);
    let (code, done) = import(&site, &["documents"]);
    assert_eq!((code, done.added(), done.refused.len()), (3, 1, 1), "in one batch: {done:?}");
    assert!(done.reason("2.xml").contains("other content"), "{done:?}");

    let (code, done) = import(&site, &["documents/2.xml"]);
    assert_eq!((code, done.added(), done.refused.len()), (3, 0, 1), "later: {done:?}");
    assert!(done.reason("2.xml").contains("needs a new revision number"), "{done:?}");
    let (code, done) = import(&site, &["documents/1.xml"]);
    assert_eq!((code, done.unchanged), (0, 1));
}

#[test]
fn a_file_of_another_size_than_promised_is_found_by_its_digest() {
    let made = broken::with_wrong_size();
    let file = made.files[0].clone();
    let reasons = refused(&[made], &["--content", "files"], |site| {
        site.write(&format!("files/{}", file.name), &file.bytes);
    });
    assert!(reasons[0].contains("is promised with 4097 bytes") && reasons[0].contains("has 4096"), "{}", reasons[0]);
}

#[test]
fn a_damaged_copy_of_a_promised_file_is_found_by_its_name() {
    let file = MadeFile::of_size("tool.exe", 4_096);
    let made = Draft::command_line("tool").running("tool.exe", "").with_file(&file);
    let made = made.installed_when(Rule::registry_text("SOFTWARE\\Contoso", "Tool", "1")).finish();
    for name in ["TOOL.exe".to_owned(), format!("{}.exe", file.sha1())] {
        let reasons = refused(std::slice::from_ref(&made), &["--content", "files"], |site| {
            site.write(&format!("files/{name}"), &file.bytes[..4_000]);
        });
        assert!(reasons[0].contains("tool.exe is promised with 4096 bytes"), "{}", reasons[0]);
        assert!(reasons[0].contains(&format!("{name} has 4000 bytes")), "{}", reasons[0]);
    }
}

#[test]
fn sec_a7_two_documents_that_promise_different_things_of_one_file_cannot_both_be_true() {
    let first = Draft::command_line("first").with_file(&MadeFile::of_text("a.exe", "same bytes")).finish();
    let second = Draft::command_line("second").with_file(&MadeFile::of_text("a.exe", "same bytes")).finish();
    let lying = Made { document: second.document.replace("Size=\"10\"", "Size=\"11\""), ..second };
    let site = Site::new();
    site.write("documents/1.xml", &first.document);
    site.write("documents/2.xml", &lying.document);
    let (code, done) = import(&site, &["documents"]);
    assert_eq!((code, done.added(), done.refused.len()), (3, 1, 1), "{done:?}");
    assert!(done.reason("2.xml").contains("11 bytes are promised, another revision says 10"), "{done:?}");
}
