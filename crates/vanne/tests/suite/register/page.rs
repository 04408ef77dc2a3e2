//! The page and the sources say the same: every attack is there, and every one that waits for nothing has its tests.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// How many attacks of each letter the register has.
const REGISTER: [(char, u32); 10] =
    [('T', 9), ('S', 6), ('P', 14), ('C', 8), ('A', 10), ('I', 5), ('M', 10), ('D', 2), ('W', 7), ('X', 2)];

/// A row of one of the page's tables.
struct Row {
    id: String,
    /// Tests with honest and with hostile input; `None` for an attack that waits.
    tests: Option<[Vec<Link>; 2]>,
}

/// A test as the page names it: its words, and the file it is in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Link {
    words: String,
    file: PathBuf,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every row that begins with an id.
fn rows() -> Vec<Row> {
    let page = std::fs::read_to_string(root().join("docs/security.md")).unwrap();
    let cells = |line: &str| -> Vec<String> {
        line.trim().trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    let rows = page.lines().filter(|line| line.starts_with("| SEC-")).map(cells);
    rows.map(|row| match row.as_slice() {
        [id, _, waits] => {
            assert!(!waits.is_empty(), "{id} waits for nothing");
            Row { id: id.clone(), tests: None }
        }
        [id, attack, does, honest, hostile] => {
            assert!(!attack.is_empty() && !does.is_empty(), "{id} says nothing");
            Row { id: id.clone(), tests: Some([links(honest), links(hostile)]) }
        }
        other => panic!("a row has three or five cells: {other:?}"),
    })
    .collect()
}

/// The links of a cell: `[words](file); [words](file)`.
fn links(cell: &str) -> Vec<Link> {
    let link = |text: &str| {
        let (words, file) = text.trim().strip_prefix('[')?.split_once("](")?;
        Some(Link { words: words.to_owned(), file: root().join("docs").join(file.strip_suffix(')')?) })
    };
    let all = cell.split(';').filter(|text| !text.trim().is_empty());
    all.map(|text| link(text).unwrap_or_else(|| panic!("no link: {text}"))).collect()
}

/// The name of a test: `sec_p12_` and its words.
fn name(id: &str, words: &str) -> String {
    let id = id.trim_start_matches("SEC-").to_ascii_lowercase();
    format!("sec_{id}_{}", words.to_lowercase().replace([' ', '-'], "_"))
}

/// Every test that is named by an attack, with the files it is in.
fn tests() -> BTreeMap<String, BTreeSet<PathBuf>> {
    let mut found: BTreeMap<String, BTreeSet<PathBuf>> = BTreeMap::new();
    for file in crate::harness::files_below(&root().join("crates")) {
        if file.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for (at, line) in lines.iter().enumerate() {
            let declared = line.trim_start_matches("async ").strip_prefix("fn sec_");
            let Some(rest) = declared.and_then(|rest| rest.split('(').next()) else { continue };
            let above = &lines[at.saturating_sub(3)..at];
            let is_test = above.iter().any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"));
            let is_property = lines[..at].iter().any(|line| line.starts_with("proptest!"));
            assert!(is_test || is_property, "{} is no test: {rest}", file.display());
            found.entry(format!("sec_{rest}")).or_default().insert(file.canonicalize().unwrap());
        }
    }
    found
}

#[test]
fn every_attack_of_the_register_is_on_the_page_once() {
    let expected = REGISTER.iter().flat_map(|(letter, count)| (1..=*count).map(move |at| format!("SEC-{letter}{at}")));
    let mut expected: Vec<String> = expected.collect();
    let mut ids: Vec<String> = rows().into_iter().map(|row| row.id).collect();
    expected.sort();
    ids.sort();
    assert_eq!(ids, expected);
}

#[test]
fn every_attack_that_does_not_wait_has_a_test_with_honest_and_one_with_hostile_input() {
    let tests = tests();
    for row in rows() {
        let Some([honest, hostile]) = row.tests else { continue };
        assert!(!honest.is_empty() && !hostile.is_empty(), "{} has not both", row.id);
        let named: BTreeSet<&Link> = honest.iter().chain(&hostile).collect();
        assert_eq!(named.len(), honest.len() + hostile.len(), "{} counts a test twice", row.id);
        for link in named {
            let name = name(&row.id, &link.words);
            let files = tests.get(&name).unwrap_or_else(|| panic!("the page names {name}, which is no test"));
            let file = link.file.canonicalize().unwrap_or_else(|_| panic!("{} is not there", link.file.display()));
            assert!(files.contains(&file), "{name} is not in {}, but in {files:?}", link.file.display());
        }
    }
}

#[test]
fn every_test_that_is_named_by_an_attack_is_named_by_one_that_has_tests_on_the_page() {
    let rows = rows();
    let tested: BTreeSet<String> = rows.iter().filter(|row| row.tests.is_some()).map(|row| name(&row.id, "")).collect();
    for (test, files) in tests() {
        assert!(
            tested.iter().any(|prefix| test.starts_with(prefix)),
            "{test} in {files:?} is of no attack on the page"
        );
    }
}
