//! What no document may be: fixtures named by their fault in `hostile/`, and those too large for a file.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::fs;
use std::path::Path;

use metadata::{CoreFragment, DocumentFault, EXPRESSIONS_MAX, ExtendedFragment, LIMITS, TREE_ELEMENTS_MAX};

/// Each fixture with the reason it is refused for.
const FIXTURES: [(&str, &str); 35] = [
    ("bundled-without-revision.xml", "UpdateIdentity has no attribute RevisionNumber at line 3, column 34"),
    ("bundles-itself.xml", "the revision bundles itself at line 3, column 3"),
    ("control-character-in-attribute.xml", "character U+0001 is not allowed in XML at line 3, column 3"),
    ("digest-is-not-base64.xml", "file a.cab has a malformed digest at line 4, column 5"),
    ("digest-of-another-algorithm.xml", "attribute DigestAlgorithm of File is \"MD5\", not SHA1 at line 4, column 5"),
    ("digest-of-wrong-length.xml", "file a.cab has a malformed digest at line 4, column 5"),
    ("driver-version-too-large.xml", "attribute DriverVerVersion of WindowsDriverMetaData is \"1.2.3.70000\""),
    ("empty.txt", "the text ends too early at line 1, column 1"),
    ("entity-bomb.xml", "a document type declaration is not allowed"),
    ("external-entity.xml", "a document type declaration is not allowed"),
    ("file-name-is-a-path.xml", "attribute FileName of File is \"..\\\\..\\\\a.cab\", not a plain file name"),
    ("file-without-digest.xml", "file a.cab has no digest at line 4, column 5"),
    ("fragment-instead-of-document.xml", "the root element is UpdateIdentity in no namespace, not Update"),
    ("identity-twice.xml", "UpdateIdentity is there twice at line 3, column 3"),
    ("is-category-is-no-boolean.xml", "attribute IsCategory of AtLeastOne is \"maybe\", not true or false"),
    ("latin-1.xml", "not UTF-8 (invalid byte sequence)"),
    ("negative-size.xml", "attribute Size of File is \"-3\", not a number of bytes"),
    ("no-identity.xml", "Update has no UpdateIdentity at line 1, column 1"),
    ("no-properties.xml", "Update has no Properties"),
    ("no-update-type.xml", "Properties has no attribute UpdateType at line 3, column 3"),
    ("not-xml.txt", "not well-formed XML"),
    ("prerequisite-is-no-guid.xml", "attribute UpdateID of UpdateIdentity is \"x\", not a GUID"),
    ("prerequisite-on-itself.xml", "the update names itself as its prerequisite at line 3, column 3"),
    ("revision-number-too-large.xml", "attribute RevisionNumber of UpdateIdentity is \"4294967296\""),
    ("root-of-another-namespace.xml", "the root element is Update in urn:other, not Update"),
    ("sha256-of-wrong-length.xml", "file a.cab has a malformed digest"),
    ("texts-without-language.xml", "LocalizedProperties has no Language"),
    ("truncated.xml", "not well-formed XML: syntax error: attribute value not closed"),
    ("two-expressions-in-a-section.xml", "the expression of a section is there twice"),
    ("two-roots.xml", "not well-formed XML: a second root element"),
    ("unknown-entity.xml", "unknown entity &nbsp;"),
    ("unknown-update-type.xml", "attribute UpdateType of Properties is \"Firmware\", not Software, Driver"),
    ("update-id-is-no-guid.xml", "attribute UpdateID of UpdateIdentity is \"KB5017029\", not a GUID"),
    ("utf-16.xml", "not UTF-8 (invalid byte sequence)"),
    ("wrong-root.xml", "the root element is Updates in http://schemas.microsoft.com/msus/2002/12/Update, not Update"),
];

const IDENTITY: &str = r#"<UpdateIdentity UpdateID="11111111-0000-4000-8000-000000000001" RevisionNumber="1"/>"#;

fn document(rest: &str) -> String {
    let namespace = "http://schemas.microsoft.com/msus/2002/12/Update";
    format!(r#"<Update xmlns="{namespace}">{IDENTITY}<Properties UpdateType="Software"/>{rest}</Update>"#)
}

fn rules(expression: &str) -> String {
    document(&format!("<ApplicabilityRules><IsInstalled>{expression}</IsInstalled></ApplicabilityRules>"))
}

fn fault(text: &str) -> DocumentFault {
    metadata::read(text.as_bytes()).expect_err("must be refused").fault
}

fn too_much(fault: &DocumentFault) -> Option<(&'static str, usize)> {
    match fault {
        DocumentFault::Xml(xml::Fault::TooMuch { what, limit }) | DocumentFault::TooMuch { what, limit } => {
            Some((what, *limit))
        }
        _ => None,
    }
}

#[test]
fn every_fixture_is_refused_for_its_fault() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile");
    let mut names: Vec<String> =
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, FIXTURES.map(|(name, _)| name), "a fixture without a reason, or a reason without its fixture");
    for (name, reason) in FIXTURES {
        let bytes = fs::read(folder.join(name)).unwrap();
        let error = metadata::read(&bytes).expect_err(name);
        assert!(error.to_string().starts_with(reason), "{name}: {error}");
        let findings = metadata::lint(name, &bytes);
        assert_eq!((findings.len(), findings[0].line, findings[0].column), (1, error.line, error.column), "{name}");
        assert!(!findings[0].remedy.is_empty(), "{name}");
    }
}

#[test]
fn nesting_is_bounded_whoever_nests() {
    let depth = Some(("elements inside each other", LIMITS.depth));
    for element in ["And", "Not", "Unheard"] {
        let deep =
            rules(&format!("{}{}", format!("<{element}>").repeat(10_000), format!("</{element}>").repeat(10_000)));
        assert_eq!(too_much(&fault(&deep)), depth, "{element}");
    }
    let handler = document(&format!("<HandlerSpecificData>{}", "<a>".repeat(10_000)));
    assert_eq!(too_much(&fault(&handler)), depth);
    let manifest = document(&format!("<ApplicabilityRules><Metadata>{}", "<a>".repeat(10_000)));
    assert_eq!(too_much(&fault(&manifest)), depth);
    let fragment = format!("<ApplicabilityRules><IsInstalled>{}", "<Not>".repeat(10_000));
    assert_eq!(too_much(&CoreFragment::parse(&fragment).unwrap_err().fault), depth);
}

#[test]
fn the_deepest_nesting_allowed_is_read_and_evaluated() {
    struct Nothing;
    impl metadata::rules::Inventory for Nothing {}
    // Update, ApplicabilityRules, IsInstalled and the innermost element stand around and inside.
    let nots = LIMITS.depth - 4;
    let text = rules(&format!("{}<True/>{}", "<Not>".repeat(nots), "</Not>".repeat(nots)));
    let (document, fragments) = metadata::read(text.as_bytes()).unwrap();
    let verdict = document.rules.evaluate(document.identity.update_id, &[], &Nothing);
    assert_eq!(verdict.is_installed.is_true(), nots.is_multiple_of(2));
    assert_eq!(CoreFragment::parse(&fragments.core).unwrap().rules, document.rules);
}

#[test]
fn attributes_and_namespaces_are_bounded() {
    let attributes: String = (0..10_000).map(|n| format!(" a{n}=''")).collect();
    let wide = document(&format!("<Relationships{attributes}/>"));
    assert_eq!(too_much(&fault(&wide)), Some(("attributes in one element", LIMITS.attributes)));
    let namespaces: String = (0..10_000).map(|n| format!(" xmlns:n{n}='urn:{n}'")).collect();
    let bomb = document(&format!("<Relationships{namespaces}/>"));
    assert_eq!(too_much(&fault(&bomb)), Some(("namespace bindings", LIMITS.namespaces)));
}

#[test]
fn expressions_and_kept_trees_are_bounded() {
    let many = rules(&format!("<Or>{}</Or>", "<True/>".repeat(EXPRESSIONS_MAX)));
    assert_eq!(too_much(&fault(&many)), Some(("expressions", EXPRESSIONS_MAX)));
    let tree = document(&format!("<HandlerSpecificData>{}</HandlerSpecificData>", "<a/>".repeat(TREE_ELEMENTS_MAX)));
    assert_eq!(too_much(&fault(&tree)), Some(("elements inside unknown ones", TREE_ELEMENTS_MAX)));
}

#[test]
fn a_document_may_not_be_longer_than_its_limit() {
    let long = vec![b' '; LIMITS.bytes + 1];
    let error = metadata::read(&long).expect_err("must be refused");
    assert_eq!(too_much(&error.fault), Some(("bytes", LIMITS.bytes)));
}

#[test]
fn a_text_cut_anywhere_is_refused_and_never_a_panic() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/patch/document.xml");
    let bytes = fs::read(path).unwrap();
    let end = bytes.trim_ascii_end().len();
    for cut in 0..end {
        assert!(metadata::read(&bytes[..cut]).is_err(), "cut at {cut}");
    }
}

#[test]
fn a_fragment_cannot_leave_the_root_it_is_given() {
    let escaping = format!("{IDENTITY}<Properties UpdateType=\"Software\"/></Fragment><Fragment>");
    assert!(CoreFragment::parse(&escaping).is_err());
    assert!(ExtendedFragment::parse("</Fragment>").is_err());
    let error = CoreFragment::parse("<UpdateIdentity/>").unwrap_err();
    assert_eq!((error.line, error.column), (1, 1), "{error}");
}

#[test]
fn a_fragment_without_prefixes_stays_well_formed() {
    let text = document(
        r#"<Relationships xmlns:p="urn:p" p:xmlns="urn:q" A="1" p:A="2" A="3"><Prerequisites/></Relationships>"#,
    );
    let (_, fragments) = metadata::read(text.as_bytes()).unwrap();
    assert!(
        fragments.core.ends_with(r#"<Relationships A="1"><Prerequisites /></Relationships>"#),
        "{}",
        fragments.core
    );
}

#[test]
fn the_server_reads_rules_as_an_agent_sees_them() {
    let text = rules(r#"<b.Processor xmlns="urn:foreign" Architecture="9"/>"#);
    let (document, fragments) = metadata::read(text.as_bytes()).unwrap();
    assert_eq!(CoreFragment::parse(&fragments.core).unwrap().rules, document.rules);
    assert!(!matches!(document.rules.is_installed, Some(metadata::rules::Expression::Opaque(_))));
}

#[test]
fn what_nobody_knows_is_passed_over() {
    let text = document(
        r#"<Novelty x="1"><y/></Novelty><Relationships New="1"><Kin/><Prerequisites><Odd/></Prerequisites></Relationships>
           <v:Properties xmlns:v="urn:v"/><Files><Folder/></Files>"#,
    );
    let (document, fragments) = metadata::read(text.as_bytes()).unwrap();
    assert!(document.relations.prerequisites.is_empty() && document.files.is_empty());
    let relationships = r#"<Relationships New="1"><Kin /><Prerequisites><Odd /></Prerequisites></Relationships>"#;
    assert!(fragments.core.contains(relationships));
    assert!(!fragments.core.contains("Novelty") && !fragments.extended.contains("Novelty"));
}
