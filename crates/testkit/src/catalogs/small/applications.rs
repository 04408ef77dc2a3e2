use model::UpdateId;

use super::base::{Base, OFFICE_PRODUCT, braced};
use super::{DEFINITION_UPDATES, KB, SECURITY_UPDATES, UPDATES, bundled, identities};
use crate::documents::{Draft, MadeFile, Reboot, Rule};

/// Product code of Contoso Reader 5, which no machine has at first.
const READER_PRODUCT: &str = "{7c1d0a52-6c0e-4f0b-9f1e-0c1a9a1b2c02}";
const PROTECT_KEY: &str = "SOFTWARE\\Contoso\\Protect";
const OFFICE_KEY: &str = "SOFTWARE\\Contoso\\Office";

pub(super) fn drafts(base: &Base) -> Vec<Draft> {
    let mut drafts = definitions(base, "1.451.10.0", "9002001", &[]);
    let older: Vec<UpdateId> = drafts.last().map(Draft::id).into_iter().collect();
    drafts.extend(definitions(base, "1.451.12.0", KB::DEFINITIONS, &older));
    drafts.extend(office(base));
    drafts.extend(reader(base));
    drafts
}

fn definitions(base: &Base, version: &str, kb: &str, older: &[UpdateId]) -> Vec<Draft> {
    let compare = |comparison| Rule::registry_version(PROTECT_KEY, "Definitions", comparison, version);
    let leaf = Draft::command_line(&format!("Contoso Protect definitions {version} program"))
        .running("definitions.exe", "/q")
        .rebooting(Reboot::Never)
        .requires(base.protect.id())
        .with_file(&MadeFile::of_size(&format!("definitions-{version}.exe"), 896 * 1024))
        .installed_when(compare("EqualTo"))
        .superseded_when(compare("GreaterThan"));
    let bundle = Draft::bundle(&format!("Definition Update for Contoso Protect - KB{kb} (Version {version})"))
        .described_as("Revised definition files to detect viruses, spyware and other unwanted software.")
        .kb(kb)
        .superseding(older.iter().copied())
        .requires(base.protect.id())
        .in_category([DEFINITION_UPDATES])
        .in_category([base.applications.id()]);
    bundled(bundle, vec![leaf])
}

/// A clause with the program, and one with an alternative for each language.
fn office(base: &Base) -> Vec<Draft> {
    let (current, old) = ("16.0.20100.1", Some("16.0.0.0"));
    let part = |name: &str, value: &str, size_kib: usize| {
        Draft::command_line(name)
            .running("officepatch.exe", value)
            .with_file(&MadeFile::of_size(&format!("officepatch-{value}.exe").to_lowercase(), size_kib * 1024))
            .installed_when(Rule::registry_version(OFFICE_KEY, value, "GreaterThanOrEqualTo", current))
            .installable_when(Rule::msi_product(&braced(OFFICE_PRODUCT), old))
            .requires(base.office.id())
    };
    let program = part("Contoso Office program", "Program", 2048);
    let languages = [
        part("Contoso Office proofing, English", "Proof-en", 192).requires(base.english.id()).for_language("en"),
        part("Contoso Office proofing, German", "Proof-de", 192).requires(base.german.id()).for_language("de"),
        part("Contoso Office proofing, French", "Proof-fr", 192).requires(base.french.id()).for_language("fr"),
    ];
    let bundle = Draft::bundle("Security Update for Contoso Office (KB9002003)")
        .described_as("A vulnerability exists in how Contoso Office opens documents.")
        .titled_in("fr", "Mise à jour de sécurité pour Contoso Office (KB9002003)", "")
        .kb("9002003")
        .cves(["CVE-2026-14050"])
        .rated("Important")
        .requires(base.office.id())
        .in_category([SECURITY_UPDATES])
        .in_category([base.applications.id()])
        .bundling([program.identity()])
        .bundling(identities(&languages));
    [program].into_iter().chain(languages).chain([bundle]).collect()
}

fn reader(base: &Base) -> Vec<Draft> {
    let licence = MadeFile::of_text("reader-licence-en.txt", "You may read documents with Contoso Reader.\r\n");
    let leaf = Draft::msi("Contoso Reader 5.0, installer", READER_PRODUCT, "reader.msi")
        .with_file(&MadeFile::of_size("reader.msi", 1280 * 1024));
    let bundle = Draft::bundle("Contoso Reader 5.0 (KB9002005)")
        .kb(KB::READER)
        .licensed("en", &licence)
        .in_category([UPDATES])
        .in_category([base.applications.id()]);
    bundled(bundle, vec![leaf])
}
