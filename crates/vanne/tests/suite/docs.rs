//! The tables of the documentation say what the code does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use server::Config;

fn page(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name)).unwrap()
}

/// The rows of the table whose header begins with these columns, cell by cell, without marks of code.
fn table(page: &str, columns: &[&str]) -> Vec<Vec<String>> {
    let cells = |line: &str| -> Vec<String> {
        let inner = line.trim_matches('|').replace("\\|", "\u{1}");
        inner.split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect()
    };
    let lines: Vec<&str> = page.lines().collect();
    let header = lines.iter().position(|line| line.starts_with('|') && cells(line).starts_with(&strings(columns)));
    let rows = &lines[header.unwrap_or_else(|| panic!("there is no table {columns:?}")) + 2..];
    rows.iter().take_while(|line| line.starts_with('|')).map(|line| cells(line)).collect()
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

#[test]
fn the_limits_of_lists_and_texts_are_those_of_the_code() {
    let documented: Vec<(String, String)> = table(&page("limits.md"), &["Limit on", "At most", "Why"])
        .into_iter()
        .map(|row| {
            assert!(!row[2].is_empty(), "{row:?} has no reason");
            (row[0].clone(), row[1].clone())
        })
        .collect();
    let coded = wire::limits::TABLE.iter().map(|limit| (limit.what.to_owned(), limit.max.to_string()));
    assert_eq!(documented, coded.collect::<Vec<_>>());
}

#[test]
fn the_limits_between_servers_are_those_of_the_code() {
    let rows = table(&page("limits.md"), &["Limit between servers", "At most", "Why"]);
    let documented = rows.iter().map(|row| (row[0].clone(), row[1].clone()));
    let coded = wire::limits::SERVER_TABLE.iter().map(|limit| (limit.what.to_owned(), limit.max.to_string()));
    assert_eq!(documented.collect::<Vec<_>>(), coded.collect::<Vec<_>>());
    assert!(rows.iter().all(|row| !row[2].is_empty()), "a limit has no reason");
}

#[test]
fn the_limits_of_xml_are_those_of_the_code() {
    use wire::limits::{
        ANSWER, CLIENT, DSS_AUTH, REPORTING, ROLLUP, ROLLUP_ANSWER, SERVER_ANSWER, SERVER_DATA, SERVER_SYNC,
        SIMPLE_AUTH,
    };
    let messages = [
        CLIENT,
        SIMPLE_AUTH,
        REPORTING,
        ANSWER,
        SERVER_SYNC,
        DSS_AUTH,
        SERVER_ANSWER,
        SERVER_DATA,
        ROLLUP,
        ROLLUP_ANSWER,
    ];
    let messages = messages.into_iter().map(|message| message.xml);
    let coded: Vec<_> = messages.chain([metadata::LIMITS, metadata::FRAGMENT_LIMITS]).collect();
    let coded = coded.into_iter().map(|xml| [xml.bytes, xml.depth, xml.elements, xml.attributes, xml.namespaces]);
    let documented: Vec<Vec<String>> =
        table(&page("limits.md"), &["Of", "Bytes"]).into_iter().map(|row| row[1..6].to_vec()).collect();
    let coded = coded.map(|row| row.map(|number| number.to_string()).to_vec());
    assert_eq!(documented, coded.collect::<Vec<_>>());
}

#[test]
fn the_other_limits_are_those_of_the_code() {
    let coded: BTreeMap<&str, u64> = [
        ("wire::limits::XPRESS_RATIO", wire::limits::XPRESS_RATIO as u64),
        ("metadata::EXPRESSIONS_MAX", metadata::EXPRESSIONS_MAX as u64),
        ("metadata::TREE_ELEMENTS_MAX", metadata::TREE_ELEMENTS_MAX as u64),
        ("catalog::PAGE", catalog::PAGE as u64),
        ("catalog::PAGE_MAX", catalog::PAGE_MAX as u64),
        ("policy::targeting::REQUESTED_NAMES_MAX", policy::targeting::REQUESTED_NAMES_MAX as u64),
        ("policy::reports::COMPLIANCE_IDS_MAX", policy::reports::COMPLIANCE_IDS_MAX as u64),
        ("content::range::RANGES_MAX", content::range::RANGES_MAX as u64),
        ("content::request::HEAD_BYTES_MAX", content::request::HEAD_BYTES_MAX as u64),
        ("content::request::HEADERS_MAX", content::request::HEADERS_MAX as u64),
        ("content::FILE_BYTES_MAX", content::FILE_BYTES_MAX),
        ("archive::limits::PART_BYTES_MIN", archive::limits::PART_BYTES_MIN),
        ("archive::limits::STREAM_RAW_BYTES_MAX", archive::limits::STREAM_RAW_BYTES_MAX),
        ("archive::limits::FILES_MAX", archive::limits::FILES_MAX),
        ("archive::limits::PIECES_TOTAL_MAX", archive::limits::PIECES_TOTAL_MAX),
        ("archive::limits::NEEDS_ITEMS_MAX", archive::limits::NEEDS_ITEMS_MAX as u64),
        ("archive::limits::NEEDS_BYTES_MAX", archive::limits::NEEDS_BYTES_MAX),
        ("authenticode::limits::SIGNATURE_BYTES_MAX", authenticode::limits::SIGNATURE_BYTES_MAX),
        ("authenticode::limits::CATALOG_BYTES_MAX", authenticode::limits::CATALOG_BYTES_MAX),
        ("authenticode::limits::MEMBERS_MAX", authenticode::limits::MEMBERS_MAX as u64),
        ("authenticode::limits::CERTIFICATES_MAX", authenticode::limits::CERTIFICATES_MAX as u64),
        ("authenticode::limits::CERTIFICATE_BYTES_MAX", authenticode::limits::CERTIFICATE_BYTES_MAX as u64),
        ("authenticode::limits::SERIAL_BYTES_MAX", authenticode::limits::SERIAL_BYTES_MAX as u64),
        ("authenticode::limits::OID_BYTES_MAX", authenticode::limits::OID_BYTES_MAX as u64),
        ("authenticode::limits::SIGNATURES_MAX", authenticode::limits::SIGNATURES_MAX as u64),
        ("authenticode::limits::ATTRIBUTES_MAX", authenticode::limits::ATTRIBUTES_MAX as u64),
        ("authenticode::limits::MSI_SECTORS_MAX", authenticode::limits::MSI_SECTORS_MAX.into()),
        ("authenticode::limits::MSI_ENTRIES_MAX", authenticode::limits::MSI_ENTRIES_MAX as u64),
        ("authenticode::limits::MSI_MINI_SECTORS_MAX", authenticode::limits::MSI_MINI_SECTORS_MAX as u64),
        ("authenticode::limits::EXAMINATION_BYTES_MAX", authenticode::limits::EXAMINATION_BYTES_MAX as u64),
        ("authenticode::limits::CRL_BYTES_MAX", authenticode::limits::CRL_BYTES_MAX as u64),
        ("server::admin::api::DOCUMENTS_MAX", server::admin::api::DOCUMENTS_MAX as u64),
        ("server::admin::api::BODY_BYTES_MAX", server::admin::api::BODY_BYTES_MAX as u64),
        ("server::import::stream::SET_DOCUMENTS", server::import::stream::SET_DOCUMENTS as u64),
        ("server::import::stream::SET_BYTES", server::import::stream::SET_BYTES as u64),
        ("server::EVENTS_DAILY_MAX", server::EVENTS_DAILY_MAX as u64),
        ("server::report_writer::WAITING_BYTES_MAX", server::report_writer::WAITING_BYTES_MAX as u64),
        ("model::LANGUAGES_BYTES_MAX", model::LANGUAGES_BYTES_MAX as u64),
        ("server::sync::amounts::PARTS_MAX", server::sync::amounts::PARTS_MAX as u64),
        ("pins::CHAIN_MAX", pins::CHAIN_MAX as u64),
        ("pins::LIST_BYTES_MAX", pins::LIST_BYTES_MAX as u64),
        ("pins::FILE_BYTES_MAX", pins::FILE_BYTES_MAX as u64),
        ("sync::REFUSED_MAX", sync::REFUSED_MAX as u64),
        ("server::report_writer::SET_REPORTS_MAX", server::report_writer::SET_REPORTS_MAX as u64),
    ]
    .into();
    let rows = table(&page("limits.md"), &["Name", "Value", "Why"]);
    let documented: BTreeMap<&str, u64> = rows.iter().map(|row| (row[0].as_str(), row[1].parse().unwrap())).collect();
    assert_eq!(documented, coded);
}

/// Every key of the configuration with its default; null for one that has none.
fn defaults() -> BTreeMap<String, Value> {
    let sections = serde_json::to_value(Config::default()).unwrap();
    let section = |(section, keys): (&String, &Value)| -> Vec<(String, Value)> {
        let keys = keys.as_object().unwrap().iter();
        keys.map(|(key, value)| (format!("{section}.{key}"), value.clone())).collect()
    };
    sections.as_object().unwrap().iter().flat_map(section).collect()
}

fn loads(key: &str, value: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let (section, key) = key.split_once('.').unwrap();
    let file = folder.path().join("vanne.toml");
    std::fs::write(&file, format!("[{section}]\n{key} = {value}\n")).unwrap();
    Config::load(Some(&file), folder.path()).map(drop).map_err(|error| error.to_string())
}

#[test]
fn the_keys_of_the_configuration_are_documented_with_their_defaults_and_bounds() {
    let rows = table(&page("operating.md"), &["Key", "Default", "Bounds", "Meaning"]);
    let documented: BTreeSet<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    let defaults = defaults();
    assert_eq!(documented, defaults.keys().map(String::as_str).collect());
    for row in &rows {
        let (key, default, bounds) = (row[0].as_str(), row[1].as_str(), row[2].as_str());
        match &defaults[key] {
            Value::Null => assert_eq!(default, "none", "{key}"),
            value => assert_eq!(default, value.to_string(), "{key}"),
        }
        if let Some((lowest, highest)) = bounds.split_once(" to ") {
            for within in [lowest, highest] {
                assert_eq!(loads(key, within), Ok(()), "{key}");
            }
            let beyond = (highest.parse::<u64>().unwrap() + 1).to_string();
            assert!(loads(key, &beyond).unwrap_err().contains(&format!("it must be {bounds}")), "{key}");
        } else {
            assert_eq!(bounds, "", "{key}");
        }
    }
}

#[test]
fn exit_codes_are_documented_as_the_program_tells_them() {
    let help = crate::harness::Ran::from(crate::harness::Program::run(&["--help"])).out;
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let rows = table(&page("operating.md"), &["Code", "Means"]);
    assert_eq!(rows.len(), 6);
    for row in rows {
        let first_words = row[1].split([';', ':', ',']).next().unwrap();
        assert!(help.contains(&format!("{} {first_words}", row[0])), "{row:?}: {help}");
    }
}

#[test]
fn every_address_of_the_api_is_documented() {
    let page = page("operating.md");
    let router = include_str!("../../../server/src/admin.rs");
    let addresses = router.lines().filter_map(|line| line.trim().strip_prefix(".route(\"")?.split('"').next());
    let mut count = 0;
    for address in addresses {
        count += 1;
        assert!(page.contains(&format!("{address}`")) || page.contains(&format!("{address}?")), "{address}");
    }
    assert!(count >= 18, "{count} addresses were found");
}
