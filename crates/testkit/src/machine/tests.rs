use metadata::Document;
use metadata::rules::Inventory as _;
use metadata::rules::state::{Applicability, state};
use metadata::rules::{RegistryView, Truth};

use super::*;
use crate::catalogs::small_drafts;
use crate::documents::{Draft, Rule};

fn standing(machine: &Machine, document: &Document) -> Applicability {
    let verdict = document.rules.evaluate(document.identity.update_id, &document.drivers, machine);
    state(document.update_type, Truth::True, &verdict)
}

fn parse(draft: &Draft) -> Document {
    Document::parse(draft.finish().document.as_bytes()).unwrap()
}

#[test]
fn whatever_of_the_small_catalog_applies_is_installed_once_it_was_installed() {
    let documents: Vec<Document> = small_drafts().iter().map(parse).collect();
    let leaves = documents.iter().filter(|document| !document.files.is_empty());
    let leaves: Vec<&Document> = leaves.collect();
    for profile in MachineProfile::ALL {
        let mut installed = 0;
        for document in &leaves {
            let mut machine = Machine::new(profile, 0);
            if standing(&machine, document) != Applicability::Needed {
                continue;
            }
            machine.install(document.identity.update_id, &document.rules, &document.drivers, false);
            assert_eq!(standing(&machine, document), Applicability::Installed, "{:?}", document.title(&["en"]));
            assert!(machine.installed_once(document.identity.update_id).unwrap());
            installed += 1;
        }
        assert!(installed > 10, "{profile:?} installed {installed}");
    }
}

#[test]
fn machines_differ_in_what_they_are() {
    let documents: Vec<Document> = small_drafts().iter().map(parse).collect();
    let holds = |machine: &Machine, title: &str| {
        let document = documents.iter().find(|document| document.title(&["en"]) == Some(title)).unwrap();
        standing(machine, document) == Applicability::Installed
    };
    let products =
        ["Contoso Client 11", "Contoso Client 10", "Contoso Server 2025", "x64 processor", "ARM64 processor"];
    for (profile, expected) in [
        (MachineProfile::Windows11, [true, false, false, true, false]),
        (MachineProfile::Windows10, [false, true, false, true, false]),
        (MachineProfile::Server2025, [false, false, true, true, false]),
        (MachineProfile::Windows11Arm, [true, false, false, false, true]),
    ] {
        let machine = Machine::new(profile, 0);
        assert_eq!(products.map(|product| holds(&machine, product)), expected, "{profile:?}");
    }
    let german = Machine::new(MachineProfile::Windows11, 1);
    assert!(holds(&german, "German") && !holds(&german, "English"));
}

#[test]
fn what_waits_for_a_restart_holds_after_it() {
    let document = parse(&Draft::command_line("fix").installed_when(Rule::registry_text("SOFTWARE\\A", "b", "1")));
    let mut machine = Machine::new(MachineProfile::Windows11, 0);
    machine.install(document.identity.update_id, &document.rules, &[], true);
    assert!(machine.needs_restart());
    assert_eq!(standing(&machine, &document), Applicability::Needed);
    machine.restart();
    assert!(!machine.needs_restart());
    assert_eq!(standing(&machine, &document), Applicability::Installed);
    machine.uninstall(&document.rules);
    assert_eq!(standing(&machine, &document), Applicability::Needed);
}

#[test]
fn a_newer_package_makes_an_older_one_inapplicable() {
    let package = |version: &str| parse(&Draft::cbs(version, "Contoso-Pack", "amd64", version));
    let (old, new, foreign) =
        (package("1.0.0.0"), package("2.0.0.0"), parse(&Draft::cbs("f", "Contoso-Pack", "arm64", "3.0.0.0")));
    let mut machine = Machine::new(MachineProfile::Windows11, 0);
    assert_eq!(standing(&machine, &old), Applicability::Needed);
    assert_eq!(standing(&machine, &foreign), Applicability::NotInstallable);
    machine.install(new.identity.update_id, &new.rules, &[], false);
    assert_eq!(standing(&machine, &old), Applicability::NotInstallable);
    assert_eq!(standing(&machine, &new), Applicability::Installed);
}

#[test]
fn rules_are_made_true_through_conjunctions_alternatives_and_negations() {
    let rule = Rule::all([
        Rule::any([Rule::registry_number("A", "n", "GreaterThan", 4), Rule::never()]),
        Rule::not(Rule::registry_value("A", "gone")),
        Rule::registry_version("A", "v", "GreaterThan", "1.2.3.4"),
        Rule::file_version_at_least(37, "x\\y.dll", "3.1"),
        Rule::msi_product("{7c1d0a52-6c0e-4f0b-9f1e-0c1a9a1b2cff}", Some("2.0")),
    ]);
    let document = parse(&Draft::command_line("everything").installed_when(rule));
    let mut machine = Machine::new(MachineProfile::Windows10, 0).with_registry("A", "Gone", RegistryData::Dword(1));
    assert_eq!(standing(&machine, &document), Applicability::Needed);
    machine.install(document.identity.update_id, &document.rules, &[], false);
    assert_eq!(standing(&machine, &document), Applicability::Installed);
    assert_eq!(machine.registry_value(RegistryView::Native, "a", "N").unwrap(), Some(RegistryData::Dword(5)));
    assert!(machine.registry_key(RegistryView::Native, "A").unwrap());
    assert!(!machine.registry_key(RegistryView::Native, "AB").unwrap());
}
