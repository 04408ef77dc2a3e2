use metadata::rules::Expression;
use metadata::{CoreFragment, Document, ExtendedFragment, Severity, lint, read};
use model::UpdateType;

use super::*;
use crate::catalogs::{Profile, Shape, large, small_drafts};

/// No expression may be one that nobody understands.
fn understood(expression: &Expression) -> bool {
    !matches!(expression, Expression::Opaque(_)) && expression.operands().iter().all(understood)
}

fn check(draft: &Draft) {
    let made = draft.finish();
    let (document, fragments) = read(made.document.as_bytes()).unwrap_or_else(|error| {
        panic!("{}: {error}\n{}", made.file_name, made.document);
    });
    assert_eq!(document.revision(), draft.revision(), "{}", made.document);
    assert!(document.rules.sections().all(understood), "{}", made.document);
    assert!(document.rules.metadata.unknown.is_empty(), "{:?}", document.rules.metadata.unknown);
    let core = CoreFragment::parse(&fragments.core).unwrap();
    assert_eq!((core.identity, &core.relations), (document.identity, &document.relations));
    assert_eq!(core.rules, document.rules, "{}", fragments.core);
    let extended = ExtendedFragment::parse(&fragments.extended).unwrap();
    assert_eq!(extended.files, document.files);
    assert_eq!(extended.handler, document.handler);
    for file in &made.files {
        let promised = document.content_files().into_iter().find(|promised| promised.sha1 == file.sha1()).unwrap();
        assert_eq!(promised.sha256, Some(file.sha256()));
        assert_eq!(promised.size, file.bytes.len() as u64);
        assert_eq!(promised.name.as_str(), file.name);
    }
}

#[test]
fn every_document_of_the_small_catalog_is_read_back_as_it_was_meant() {
    let drafts = small_drafts();
    drafts.iter().for_each(check);
    for made in drafts.iter().map(Draft::finish) {
        let errors = lint(&made.file_name, made.document.as_bytes());
        assert!(!errors.iter().any(|finding| finding.severity == Severity::Error), "{errors:?}\n{}", made.document);
    }
    let count = |wanted: &dyn Fn(&Draft) -> bool| drafts.iter().filter(|draft| wanted(draft)).count();
    let of_type = |kind| count(&|draft| draft.revision().update_type == kind);
    assert_eq!(
        (of_type(UpdateType::Category), of_type(UpdateType::Detectoid), of_type(UpdateType::Driver)),
        (11, 12, 6)
    );
    assert_eq!(count(&|draft| !draft.revision().relations.bundled.is_empty()), 21);
    let bytes: usize = drafts.iter().flat_map(|draft| draft.finish().files).map(|file| file.bytes.len()).sum();
    assert!((10 << 20..30 << 20).contains(&bytes), "{bytes} bytes of files");
}

#[test]
fn every_document_of_a_large_catalog_is_read_back_as_it_was_meant() {
    large(Shape { revisions: 600, seed: 5, profile: Profile::Lean }).for_each(|draft| check(&draft));
    // The last ones are drivers; the first documents of the heavy profile are enough to see it is read too.
    large(Shape { revisions: 300, seed: 5, profile: Profile::RealSizes }).take(100).for_each(|draft| check(&draft));
}

#[test]
fn a_draft_says_what_was_said() {
    let licence = MadeFile::of_text("licence.txt", "You may.");
    let fix = Draft::command_line("fix").revision_number(201).for_language("de").expired().licensed("en", &licence);
    let document = Document::parse(fix.finish().document.as_bytes()).unwrap();
    assert_eq!(document.identity.revision_number.number(), 201);
    assert_eq!(document.properties.publication_state, Some(metadata::PublicationState::Expired));
    assert_eq!(document.eulas.len(), 1);
    assert_eq!(document.title(&["en"]), Some("fix"));
    let update =
        Draft::bundle("b").kb("9000001").cves(["CVE-2026-1"]).rated("Low").optional().titled_in("de", "B", "x");
    let document = Document::parse(update.finish().document.as_bytes()).unwrap();
    assert_eq!(document.properties.cves, ["CVE-2026-1"]);
    assert_eq!(document.properties.msrc_severity.as_deref(), Some("Low"));
    assert!(document.properties.browse_only && document.properties.explicitly_deployable);
    assert_eq!(document.title(&["de"]), Some("B"));
}

#[test]
fn a_padded_package_is_about_as_long_as_asked_for() {
    let padded = Draft::cbs("heavy", "Contoso-Heavy", "amd64", "1.0.0.0").padded_to(400_000);
    check(&padded);
    let length = padded.finish().document.len();
    assert!((360_000..440_000).contains(&length), "{length}");
}

#[test]
fn what_is_broken_in_itself_is_refused() {
    for made in [broken::without_digest(), broken::cut_short(), broken::not_xml(), broken::with_wrong_root()] {
        assert!(Document::parse(made.document.as_bytes()).is_err(), "{}", made.document);
    }
}

#[test]
fn what_is_broken_beside_others_is_read_and_is_wrong_as_it_says() {
    let parse = |made: &Made| Document::parse(made.document.as_bytes()).unwrap();
    let wrong_size = broken::with_wrong_size();
    assert_eq!(parse(&wrong_size).files[0].size, wrong_size.files[0].bytes.len() as u64 + 1);
    let other = broken::with_digest_of_other_file();
    assert_ne!(parse(&other).files[0].sha1, other.files[0].sha1());
    assert_eq!(parse(&other).files[0].sha256, Some(other.files[0].sha256()));
    let [first, second] = broken::with_other_content();
    assert_eq!(parse(&first).identity, parse(&second).identity);
    assert_ne!(first.document, second.document);
    let ring = broken::with_prerequisite_cycle(3);
    for (at, made) in ring.iter().enumerate() {
        let next = parse(&ring[(at + 1) % 3]).identity.update_id;
        assert_eq!(parse(made).relations.prerequisites[0].members, [next]);
    }
    let bundles = broken::with_bundle_cycle();
    assert_eq!(parse(&bundles[0]).relations.bundled[0].members, [parse(&bundles[1]).identity]);
    assert_eq!(parse(&broken::with_missing_child()).relations.bundled.len(), 1);
}

#[test]
fn an_encrypted_file_is_told_from_the_others_and_asks_for_its_key() {
    let (open, closed) = (MadeFile::of_size("open.cab", 10), MadeFile::of_size("closed.cab", 10));
    let draft = Draft::command_line("closed").with_file(&open).with_encrypted_file(&closed, b"sesame");
    check(&draft);
    let document = Document::parse(draft.finish().document.as_bytes()).unwrap();
    assert_eq!(document.files.iter().map(|file| file.is_encrypted).collect::<Vec<_>>(), [false, true]);
    assert_eq!(document.properties.secured_fragments, ["FileDecryption"]);
    assert!(document.has_keys());
    let plain = Draft::command_line("plain").with_file(&open).finish();
    assert!(!Document::parse(plain.document.as_bytes()).unwrap().has_keys());
}
