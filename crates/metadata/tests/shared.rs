//! Real documents, fragments and vendor packages, read from outside the repository.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, clippy::print_stdout, reason = "helpers of tests")]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use metadata::rules::{ApplicabilityRules, Expression};
use metadata::sdp::{Installer, Package};
use metadata::{CoreFragment, Document, ExtendedFragment, Fragments, Handler, LocalizedProperties, Severity};

/// The folder of real input, or `None` with a loud line.
fn shared(part: &str) -> Option<PathBuf> {
    let root = std::env::var_os("VANNE_SHARED")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")), PathBuf::from);
    let folder = root.join(part);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: {} is absent; set VANNE_SHARED to the folder that holds real documents", folder.display());
    None
}

fn files(folder: PathBuf) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn fragments_are_native_s_byte_for_byte() {
    for (documents, fragments) in
        [("captures/documents", "captures/fragments"), ("data/updates/update", "data/updates/fragments")]
    {
        let (Some(documents), Some(fragments)) = (shared(documents), shared(fragments)) else { return };
        let mut compared = 0;
        for (name, bytes) in files(documents) {
            let (_, derived) = metadata::read(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
            let stem = name.strip_suffix(".xml").unwrap();
            let localized = derived.localized(&["en"]).map(|fragment| fragment.text.as_str()).unwrap_or_default();
            for (kind, text) in
                [("core", derived.core.as_str()), ("extended", &derived.extended), ("localized-en", localized)]
            {
                if let Ok(golden) = fs::read_to_string(fragments.join(format!("{stem}.{kind}.xml"))) {
                    assert_eq!(text, golden, "{name}, {kind}");
                    compared += 1;
                }
            }
        }
        assert!(compared >= 12, "only {compared} fragments had a golden one");
    }
}

#[test]
fn every_real_document_is_read_or_refused_with_a_reason() {
    let Some(folder) = shared("data/updates/update") else { return };
    let mut kinds = BTreeMap::new();
    for (name, bytes) in files(folder) {
        let kind = match metadata::read(&bytes) {
            Ok((document, fragments)) => {
                fragments_say_what_the_document_says(&document, &fragments);
                assert!(document.title(&["en"]).is_some_and(|title| !title.is_empty()), "{name} has no title");
                let opaque = opaque_expressions(&document.rules);
                assert!(opaque.is_empty(), "{name} has expressions nobody here knows: {opaque:?}");
                let errors = metadata::lint(&name, &bytes);
                assert!(errors.iter().all(|found| found.severity == Severity::Warning), "{name}: {errors:?}");
                format!("{} document", document.update_type)
            }
            Err(error) => format!("refused document: {error}"),
        };
        *kinds.entry(kind).or_insert(0) += 1;
    }
    print_counts(&kinds);
    assert!(kinds.values().sum::<usize>() >= 8);
    assert!(!kinds.keys().any(|kind| kind.starts_with("refused")), "a real document is refused");
}

#[test]
fn every_real_fragment_is_read() {
    let Some(folder) = shared("data/updates/fragments") else { return };
    let mut kinds = BTreeMap::new();
    for (name, bytes) in files(folder) {
        let text = String::from_utf8(bytes).unwrap();
        let kind = if name.contains(".core") {
            let core = CoreFragment::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(opaque_expressions(&core.rules), Vec::<String>::new(), "{name}");
            format!("core fragment of {}", core.update_type)
        } else if name.contains(".extended") {
            let extended = ExtendedFragment::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(!matches!(extended.handler, Some(Handler::Unknown(_))), "{name}");
            "extended fragment".to_owned()
        } else {
            LocalizedProperties::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            "localized fragment".to_owned()
        };
        *kinds.entry(kind).or_insert(0) += 1;
    }
    print_counts(&kinds);
    assert!(kinds.values().sum::<usize>() >= 60);
}

#[test]
fn every_real_vendor_package_is_read() {
    let Some(folder) = shared("data/updates/sdp") else { return };
    let mut kinds = BTreeMap::new();
    for (name, bytes) in files(folder) {
        let package = Package::parse(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!package.items.is_empty() && !package.localized.is_empty(), "{name}");
        for item in &package.items {
            assert_eq!(opaque_expressions(&package.rules(item)), Vec::<String>::new(), "{name}");
            assert!(item.origin_file.is_some(), "{name}");
            let kind = match item.installer {
                Some(Installer::CommandLine(_)) => "vendor package, command line",
                Some(Installer::Msi(_)) => "vendor package, Windows Installer product",
                Some(_) => "vendor package, other installer",
                None => "vendor package without installer",
            };
            *kinds.entry(kind.to_owned()).or_insert(0) += 1;
        }
        assert_eq!(Package::parse_all(&bytes).unwrap(), [package], "{name}");
    }
    print_counts(&kinds);
    assert!(kinds.values().sum::<usize>() >= 218);
}

#[test]
fn every_member_of_a_real_offline_package_is_read() {
    let Some(folder) = shared("data/updates/wsusscn2") else { return };
    let updates = metadata::offline::read_updates(&fs::read(folder.join("package/package.xml")).unwrap()).unwrap();
    let cabinets = metadata::offline::read_cabinets(&fs::read(folder.join("index.xml")).unwrap()).unwrap();
    assert_eq!((updates.len(), cabinets.len()), (4, 3));
    let members = |part: &str| files(folder.join("package2").join(part));
    for (name, bytes) in members("c") {
        let core = CoreFragment::parse(std::str::from_utf8(&bytes).unwrap()).unwrap_or_else(|e| panic!("{name}: {e}"));
        let listed = updates.iter().find(|update| update.revision.to_string() == name).unwrap();
        assert_eq!(core.identity, listed.identity);
        assert_eq!(!core.relations.bundled.is_empty(), listed.is_bundle);
    }
    for (name, bytes) in members("x") {
        ExtendedFragment::parse(std::str::from_utf8(&bytes).unwrap()).unwrap_or_else(|e| panic!("{name}: {e}"));
    }
    for (name, bytes) in members("l/en") {
        LocalizedProperties::parse(std::str::from_utf8(&bytes).unwrap()).unwrap_or_else(|e| panic!("{name}: {e}"));
    }
}

fn fragments_say_what_the_document_says(document: &Document, fragments: &Fragments) {
    let core = CoreFragment::parse(&fragments.core).unwrap();
    assert_eq!(core.identity, document.identity);
    assert_eq!(core.relations, document.relations);
    assert_eq!(core.rules, document.rules);
    let extended = ExtendedFragment::parse(&fragments.extended).unwrap();
    assert_eq!(extended.files, document.files);
    assert_eq!(extended.handler, document.handler);
    for (localized, fragment) in document.localized.iter().zip(&fragments.localized) {
        assert_eq!(&LocalizedProperties::parse(&fragment.text).unwrap(), localized);
    }
}

fn opaque_expressions(rules: &ApplicabilityRules) -> Vec<String> {
    let mut pending: Vec<&Expression> = rules.sections().collect();
    let mut opaque = Vec::new();
    while let Some(expression) = pending.pop() {
        if let Expression::Opaque(kept) = expression {
            opaque.push(format!("{}: {:?}", kept.element.name, kept.fault));
        }
        pending.extend(expression.operands());
    }
    opaque
}

fn print_counts(kinds: &BTreeMap<String, usize>) {
    for (kind, count) in kinds {
        println!("{count:5} {kind}");
    }
}
