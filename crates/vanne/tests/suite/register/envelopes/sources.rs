//! What is not in the sources: formats whose bytes choose a type, and programs that are started.

use std::path::{Path, PathBuf};

use crate::harness::files_below;

/// What reads bytes into whatever type the bytes name, or runs what they say.
const TYPE_BY_BYTES: [&str; 13] = [
    "typetag",
    "erased_serde",
    "bincode",
    "rmp_serde",
    "ciborium",
    "serde_yaml",
    "serde_pickle",
    "ron::",
    "serde(untagged)",
    "dyn Any",
    "libloading",
    "process::Command",
    "Command::new(",
];

/// Crates that are no part of the product.
const NOT_SHIPPED: [&str; 3] = ["bench", "forge", "testkit"];

/// What starts programs on purpose: the demonstration, which starts this very one.
const STARTS_PROGRAMS: &str = "vanne/src/commands/demo/parts.rs";

/// The text without the items that are there for tests only, which do start programs.
fn product(text: &str) -> String {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut kept = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim() != "#[cfg(test)]" {
            kept.push_str(line);
            kept.push('\n');
            continue;
        }
        let Some(item) = lines.by_ref().find(|line| !line.trim_start().starts_with("#[")) else { continue };
        if !item.ends_with(';') && !item.ends_with('}') {
            // As the formatter has it: the brace that closes an item stands below its beginning.
            lines.by_ref().find(|line| line.trim() == "}" && indent(line) == indent(item));
        }
    }
    kept
}

fn is_of_tests(file: &Path) -> bool {
    file.components().any(|part| part.as_os_str() == "tests") || file.ends_with("tests.rs")
}

#[test]
fn sec_s5_nothing_that_reads_from_the_network_lets_bytes_choose_a_type() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let all = std::fs::read_dir(&crates).unwrap().map(|entry| entry.unwrap().path());
    let rooms: Vec<PathBuf> = all.filter(|room| !NOT_SHIPPED.iter().any(|name| room.ends_with(name))).collect();
    assert!(rooms.len() >= 17, "{rooms:?}");
    let mut read = 0;
    for room in rooms {
        let manifest = std::fs::read_to_string(room.join("Cargo.toml")).unwrap();
        let found = TYPE_BY_BYTES.iter().find(|word| manifest.contains(**word));
        assert!(found.is_none(), "{}: {found:?}", room.display());
        for file in files_below(&room.join("src")).into_iter().filter(|file| !is_of_tests(file)) {
            let text = product(&std::fs::read_to_string(&file).unwrap());
            let found = TYPE_BY_BYTES.iter().find(|word| text.contains(**word));
            assert!(found.is_none() || file.ends_with(STARTS_PROGRAMS), "{}: {found:?}", file.display());
            read += 1;
        }
    }
    assert!(read > 400, "{read}");
}

#[test]
fn what_follows_an_item_for_tests_is_looked_at_as_well() {
    let text = "one\n#[cfg(test)]\nmod testing;\ntwo\n    #[cfg(test)]\n    #[allow(a)]\n    fn f() {\n        three\n    }\nfour\n\
        #[cfg(test)]\nmod tests {\n    fn g() {\n    }\n}\nfive\n#[cfg(test)]";
    assert_eq!(product(text), "one\ntwo\nfour\nfive\n");
}
