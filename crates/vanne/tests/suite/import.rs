//! Importing documents: what is wrong is refused by name and reason, and the rest is taken.

mod refusals;

use http::Method;
use serde_json::Value;
use testkit::catalogs::small;
use testkit::catalogs::{Shape, large};
use testkit::documents::{Draft, Made, MadeFile, Rule};

use crate::harness::{Ran, Site, administer};

/// What `vanne catalog import --output json` says.
#[derive(Debug, serde::Deserialize)]
struct Import {
    added: std::collections::BTreeMap<String, u64>,
    unchanged: u64,
    refused: Vec<Refused>,
    files_added: u64,
    skipped: u64,
}

#[derive(Debug, serde::Deserialize)]
struct Refused {
    document: String,
    reason: String,
}

impl Import {
    fn added(&self) -> u64 {
        self.added.values().sum()
    }

    /// Why that document was refused.
    fn reason(&self, document: &str) -> &str {
        let refused = self.refused.iter().find(|refused| refused.document.ends_with(document));
        &refused.unwrap_or_else(|| panic!("{document} was not refused: {self:?}")).reason
    }
}

/// Runs an import to its end, and says its exit code with what it did.
fn import(site: &Site, words: &[&str]) -> (i32, Import) {
    let Ran { code, out, err } = site.run(&[&["catalog", "import", "--output", "json"], words].concat());
    (code, serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}")))
}

/// A detectoid, as a document of its own.
fn detectoid(name: &str) -> Draft {
    Draft::detectoid(name).installed_when(Rule::always())
}

/// The titles of all updates that are here.
fn titles(site: &Site) -> Vec<String> {
    let updates: Vec<Value> = site.json(&["updates", "--all", "--limit", "100000"]);
    let mut titles: Vec<String> = updates.iter().map(|update| update["title"].as_str().unwrap().to_owned()).collect();
    titles.sort();
    titles
}

#[test]
fn documents_folders_and_files_of_one_document_a_line_are_taken() {
    let documents: Vec<Made> = (0..7).map(|number| detectoid(&format!("fact {number}")).finish()).collect();
    for beside_a_server in [false, true] {
        let site = Site::new();
        let _server = beside_a_server.then(|| site.serve());
        site.write("single.xml", &documents[0].document);
        site.write("folder/a.xml", &documents[1].document);
        site.write("folder/deeper/b.xml", &documents[2].document);
        site.write("folder/readme.txt", "not an update");
        let one_line = |made: &Made| made.document.replace(['\r', '\n'], " ");
        let lines = [one_line(&documents[3]), String::new(), one_line(&documents[4]), one_line(&documents[5])];
        site.write("lines.xml", lines.join("\n"));
        site.write("marked.xml", [b"\xef\xbb\xbf", documents[6].document.as_bytes()].concat());

        let (code, done) = import(&site, &["single.xml", "folder", "lines.xml", "marked.xml"]);
        assert_eq!((code, done.added(), done.refused.len(), done.skipped), (0, 7, 0, 1), "{done:?}");
        assert_eq!(titles(&site), (0..7).map(|number| format!("fact {number}")).collect::<Vec<_>>());
        let ran = site.run(&["catalog", "import", "missing.xml"]);
        assert_eq!(ran.code, 1);
        assert!(ran.err.starts_with("error: could not read missing.xml"), "{}", ran.err);
    }
}

#[tokio::test]
async fn importing_again_changes_nothing_and_makes_no_generation() {
    let site = Site::new();
    let server = site.serve();
    site.write_catalog(&small());
    let (code, first) = import(&site, &["documents", "--content", "files"]);
    assert_eq!((code, first.added(), first.refused.len()), (0, small().len() as u64, 0), "{first:?}");
    assert!(first.files_added > 10);
    let generation = async || {
        let (status, overview) = administer(&site.data_dir(), Method::GET, "/api/v1/overview", &()).await.unwrap();
        assert_eq!(status, 200);
        assert_eq!(overview["revisions"], small().len());
        overview["generation"].as_u64().unwrap()
    };
    let before = generation().await;
    let (code, again) = import(&site, &["documents", "--content", "files"]);
    assert_eq!((code, again.added(), again.unchanged, again.files_added), (0, 0, first.added(), 0));
    assert_eq!(generation().await, before);
    drop(server);
    let (code, alone) = import(&site, &["documents", "--content", "files"]);
    assert_eq!((code, alone.added(), alone.unchanged, alone.files_added), (0, 0, first.added(), 0));
    assert_eq!(site.store().await.mark().await.unwrap().0, before);
}

#[test]
fn thousands_of_documents_are_taken_beside_a_server() {
    let site = Site::new();
    let _server = site.serve();
    let lines: Vec<String> = large(Shape { revisions: 3_000, ..Shape::default() })
        .map(|draft| draft.finish().document.replace(['\r', '\n'], " "))
        .collect();
    site.write("large.xml", lines.join("\n"));
    let (code, done) = import(&site, &["large.xml"]);
    assert_eq!((code, done.added(), done.refused.len()), (0, 3_000, 0), "{:?}", done.refused);
    let updates: Vec<Value> = site.json(&["updates", "--all", "--limit", "100000"]);
    assert_eq!(updates.len(), 3_000);
}

#[test]
fn a_document_in_utf_16_is_taken_with_its_files_and_other_encodings_are_named() {
    let file = MadeFile::of_size("wide.cab", 5_000);
    let wide = Draft::command_line("wide").running("wide.cab", "").with_file(&file);
    let wide = wide.installed_when(Rule::registry_text("SOFTWARE\\Contoso", "Wide", "1")).finish();
    let declared = format!("<?xml version=\"1.0\" encoding=\"utf-16\"?>\r\n{}", wide.document);
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(declared.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let latin = Draft::detectoid("caf\u{e9}").installed_when(Rule::always()).finish();
    let latin1: Vec<u8> = latin.document.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect();

    let site = Site::new();
    let path = site.write("wide.xml", &utf16);
    site.write("latin.xml", &latin1);
    site.write("files/x", &file.bytes);
    let (code, done) = import(&site, &["wide.xml", "latin.xml", "--content", "files"]);
    assert_eq!((code, done.added(), done.files_added), (3, 1, 1), "{done:?}");
    assert!(done.reason("latin.xml").starts_with("not UTF-8 from byte"), "{}", done.reason("latin.xml"));
    assert_eq!(titles(&site), ["wide"]);

    let fragment = |path: &str| {
        let arguments = ["catalog", "fragment", "--kind", "core", path];
        Ran::from(crate::harness::Program::run(&arguments)).out
    };
    let plain = site.write("plain.xml", &wide.document);
    assert_eq!(fragment(path.to_str().unwrap()), fragment(plain.to_str().unwrap()));
    assert!(fragment(plain.to_str().unwrap()).starts_with("<UpdateIdentity "));
}

#[test]
fn fragments_are_printed_as_clients_are_sent_them() {
    let site = Site::new();
    let text = MadeFile::of_text("eula.txt", "Do what you like.");
    let made = Draft::command_line("Contoso tool").described_as("A tool.").titled_in("fr", "Outil", "Un outil.");
    let made = made.licensed("en", &text).running("tool.exe", "/s").with_file(&MadeFile::of_size("tool.exe", 100));
    let path = site.write("tool.xml", made.finish().document);
    let fragment = |words: &[&str]| {
        let mut arguments = vec!["catalog", "fragment"];
        arguments.extend(words);
        arguments.push(path.to_str().unwrap());
        Ran::from(crate::harness::Program::run(&arguments))
    };
    let (document, expected) = metadata::read(made.finish().document.as_bytes()).unwrap();
    assert_eq!(document.title(&["en"]), Some("Contoso tool"));
    assert_eq!(fragment(&["--kind", "core"]).out.trim_end(), expected.core);
    assert_eq!(fragment(&["--kind", "extended"]).out.trim_end(), expected.extended);
    for (language, title) in [("en", "Contoso tool"), ("FR", "Outil")] {
        let ran = fragment(&["--kind", "localized", "--language", language]);
        assert!(ran.code == 0 && ran.out.contains(title), "{ran:?}");
    }
    assert_eq!(fragment(&["--kind", "eula"]).out.trim_end(), expected.eulas[0].text);
    let absent = fragment(&["--kind", "localized", "--language", "xx"]);
    assert_eq!((absent.code, absent.out.as_str()), (4, ""));
    assert!(absent.err.contains("has no such fragment in the language xx"), "{}", absent.err);
}

#[test]
fn lint_says_what_is_wrong_and_where() {
    let site = Site::new();
    let good = site.write("good.xml", detectoid("fine").finish().document);
    let lint = |words: &[&str]| {
        let mut arguments = vec!["catalog", "lint"];
        arguments.extend(words);
        Ran::from(crate::harness::Program::run(&arguments))
    };
    let ran = lint(&[good.to_str().unwrap()]);
    assert_eq!((ran.code, ran.out.lines().last()), (0, Some("1 documents, 0 errors, 0 warnings")), "{ran:?}");

    let broken = site.write("broken.xml", testkit::documents::broken::without_digest().document);
    let ran = lint(&[good.to_str().unwrap(), broken.to_str().unwrap()]);
    assert_eq!(ran.code, 3);
    let first = ran.out.lines().next().unwrap();
    let place = first.strip_prefix(broken.to_str().unwrap()).unwrap();
    let numbers: Vec<usize> = place[1..].split(':').take(2).map(|number| number.parse().unwrap()).collect();
    assert!(numbers[0] >= 1 && numbers[1] > 1, "{first}");
    assert!(first.contains(": error: "), "{first}");

    let not_xml = site.write("not.xml", "MZ");
    let ran = lint(&["--output", "json", not_xml.to_str().unwrap()]);
    let remarks: Vec<Value> = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.code, remarks[0]["severity"].as_str()), (3, Some("error")));
    assert!(!remarks[0]["remedy"].as_str().unwrap().is_empty());
}
