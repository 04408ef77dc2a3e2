//! Documents of our own with the fragments they must yield, byte for byte: `golden/<name>/`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::fs;
use std::path::{Path, PathBuf};

use metadata::rules::{Expression, MsiTarget};
use metadata::{CoreFragment, Document, ExtendedFragment, Fragments, Handler};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn read(name: &str) -> (Document, Fragments) {
    let bytes = fs::read(folder(name).join("document.xml")).unwrap();
    metadata::read(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn derived(fragments: &Fragments) -> Vec<(String, &str)> {
    let mut derived = vec![("core".to_owned(), fragments.core.as_str()), ("extended".to_owned(), &fragments.extended)];
    for fragment in &fragments.localized {
        derived.push((format!("localized-{}", fragment.language), &fragment.text));
    }
    for fragment in &fragments.eulas {
        derived.push((format!("eula-{}", fragment.language), &fragment.text));
    }
    derived
}

#[test]
fn fragments_are_as_written_down() {
    let mut compared = 0;
    for name in ["bundle", "category", "component-store", "detectoid", "driver", "patch"] {
        let (_, fragments) = read(name);
        for (kind, text) in derived(&fragments) {
            if let Ok(golden) = fs::read_to_string(folder(name).join(format!("{kind}.xml"))) {
                assert_eq!(text, golden.trim_end_matches('\n'), "{name}, {kind}");
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 19);
}

#[test]
fn a_fragment_says_what_its_document_says() {
    for name in ["bundle", "category", "component-store", "detectoid", "driver", "patch"] {
        let (document, fragments) = read(name);
        let core = CoreFragment::parse(&fragments.core).unwrap();
        assert_eq!(core.identity, document.identity, "{name}");
        assert_eq!(core.update_type, document.update_type, "{name}");
        assert_eq!(core.explicitly_deployable, document.properties.explicitly_deployable, "{name}");
        assert_eq!(core.relations, document.relations, "{name}");
        assert_eq!(core.rules, document.rules, "{name}");
        let extended = ExtendedFragment::parse(&fragments.extended).unwrap();
        assert_eq!(extended.files, document.files, "{name}");
        assert_eq!(extended.properties.kb_articles, document.properties.kb_articles, "{name}");
        match (&extended.handler, &document.handler) {
            (Some(Handler::Unknown(_)), _) => panic!("{name} has an unknown handler"),
            (read_back, original) => assert_eq!(read_back, original, "{name}"),
        }
    }
}

#[test]
fn a_bundle_keeps_its_relations_licences_and_numbers() {
    let (bundle, _) = read("bundle");
    assert_eq!(bundle.relations.bundled.iter().map(|clause| clause.members.len()).collect::<Vec<_>>(), [2, 1]);
    let clauses: Vec<(usize, bool)> =
        bundle.relations.prerequisites.iter().map(|clause| (clause.members.len(), clause.is_category)).collect();
    assert_eq!(clauses, [(1, false), (2, true)]);
    assert_eq!(bundle.relations.superseded.len(), 1);
    assert_eq!(bundle.properties.cves, ["CVE-2026-0001", "CVE-2026-0002"]);
    assert_eq!(bundle.eulas.iter().map(|eula| eula.geo_id.as_deref()).collect::<Vec<_>>(), [None, Some("84")]);
    assert_eq!(bundle.content_files().len(), 2);
    assert!(bundle.handler.is_none() && bundle.category.is_none());
    assert_eq!(bundle.title(&["de"]), Some("A bundle"));
}

#[test]
fn a_driver_keeps_in_the_document_what_its_core_fragment_drops() {
    let (driver, fragments) = read("driver");
    let first = &driver.drivers[0];
    assert_eq!(first.hardware_id.as_str(), r"usb\vid_1234&pid_abcd");
    assert_eq!(first.version.to_string(), "1.2.3.4");
    assert_eq!(first.date_days, 20_484);
    assert_eq!((first.feature_scores[0].operating_system.as_ref(), first.feature_scores[0].score), ("amd64.10.0", 10));
    assert_eq!((first.target_computers.len(), first.distribution_computers.len()), (1, 1));
    assert_eq!(first.compatible_providers, ["Other".into()]);
    let core = CoreFragment::parse(&fragments.core).unwrap();
    assert_eq!(core.drivers.len(), 2);
    assert!(core.drivers[0].feature_scores.is_empty());
    assert_eq!(core.drivers[0].hardware_id, first.hardware_id);
}

#[test]
fn a_patch_keeps_its_description_and_an_unknown_expression() {
    let (patch, _) = read("patch");
    let described = patch.rules.metadata.msi_patch.as_ref().unwrap();
    assert!(described.targets_rtm && described.fallback.is_some());
    assert_eq!((described.products.len(), described.obsoleted.len()), (1, 1));
    assert_eq!(described.sequences[0].sequence, "1.0.1.0");
    let MsiTarget { version, upgrade_code, .. } = &described.targets[0];
    assert_eq!((version.as_deref(), *upgrade_code), (Some("1.0.0"), None));
    let Some(Expression::And(operands)) = &patch.rules.is_installable else { panic!("no And") };
    let Some(Expression::Opaque(kept)) = operands.last() else { panic!("the unknown expression is gone") };
    assert_eq!(kept.element.name, "GateOpen");
    assert_eq!(kept.element.element("Where").unwrap().text(), "left");
    assert_eq!(kept.fault, None);
}

#[test]
fn a_package_of_the_component_store_is_named_without_its_manifest() {
    let (document, _) = read("component-store");
    let package = document.rules.metadata.cbs.unwrap();
    assert_eq!(package.to_string(), "Package_for_Gate~31bf3856ad364e35~amd64~~1.2.3.4");
}
