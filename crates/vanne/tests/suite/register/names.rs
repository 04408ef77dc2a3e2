//! SEC-P6: names in documents that would be paths if anybody took them for that.

use testkit::documents::{Draft, Made, MadeFile, Rule};

use crate::harness::{Site, files_below};

/// Sixty names that have led unpackers, servers and Windows out of their folder, or to something that is no file.
fn corpus() -> Vec<String> {
    let fixed = [
        "..",
        ".",
        "../evil.dll",
        "..\\evil.dll",
        "../../../../evil.dll",
        "..\\..\\..\\evil.dll",
        "a/../../evil.dll",
        "a\\..\\..\\evil.dll",
        "/etc/passwd",
        "/evil.dll",
        "//server/share/evil.dll",
        "\\evil.dll",
        "\\\\server\\share\\evil.dll",
        "\\\\?\\C:\\evil.dll",
        "\\\\.\\PhysicalDrive0",
        "\\??\\C:\\evil.dll",
        "C:\\Windows\\evil.dll",
        "C:/Windows/evil.dll",
        "C:evil.dll",
        "c:",
        "Z:..\\evil.dll",
        "evil.dll:stream",
        "evil.dll::$DATA",
        "evil.dll::$INDEX_ALLOCATION",
        ":evil",
        "CON",
        "con.dll",
        "NUL",
        "nul.txt",
        "AUX",
        "PRN.cab",
        "COM1",
        "com1.cab",
        "LPT9",
        "CONIN$",
        "CLOCK$",
        "evil.dll.",
        "evil.dll ",
        "evil.dll...",
        " evil.dll",
        "evil..dll",
        "...",
        "....//evil",
        "..%2fevil.dll",
        "%2e%2e%2fevil.dll",
        "..%5cevil.dll",
        "..\u{2215}evil.dll",
        "..\u{ff0f}evil.dll",
        "\u{ff0e}\u{ff0e}/evil.dll",
        "evil\u{202e}lld.exe",
        "evil\u{0}.dll",
        "evil\n.dll",
        "evil\r.dll",
        "~/evil.dll",
        "~root",
        "$HOME/evil",
        "%TEMP%\\evil.dll",
        "evil|id",
        "evil;id",
        "evil`id`",
    ];
    assert_eq!(fixed.len(), 60);
    fixed.iter().map(ToString::to_string).collect()
}

/// An update whose file has that name.
fn named(name: &str, number: usize) -> (Made, MadeFile) {
    let file = MadeFile::of_text("PLACEHOLDER.dll", &format!("content {number}"));
    let draft = Draft::command_line(&format!("named {number}")).with_file(&file);
    let made = draft.installed_when(Rule::registry_text("SOFTWARE\\Contoso", "Named", &number.to_string())).finish();
    let escaped: String = name
        .chars()
        .map(|character| match character {
            '\u{0}' => "&#0;".to_owned(),
            character if character.is_control() || "<&\"".contains(character) => format!("&#{};", u32::from(character)),
            character => character.to_string(),
        })
        .collect();
    let document = made.document.replace("PLACEHOLDER.dll", &escaped);
    assert_ne!(document, made.document);
    (Made { document, ..made }, file)
}

#[test]
fn sec_p6_no_name_of_a_file_becomes_a_path() {
    let site = Site::new();
    let mut kept = Vec::new();
    for (number, name) in corpus().iter().enumerate() {
        let (made, file) = named(name, number);
        site.write(&format!("documents/{number}.xml"), made.document);
        site.write(&format!("files/{}", file.sha1()), &file.bytes);
        kept.push(file.sha256().to_string());
    }
    site.write("canary/beside", "untouched");
    let before = files_below(&site.path(""));
    let ran = site.run(&["catalog", "import", "documents", "--content", "files"]);
    assert_eq!(ran.code, 3, "names with separators and controls are refused: {}{}", ran.out, ran.err);
    assert_eq!(site.run(&["archive", "export", "--to", site.path("disk").to_str().unwrap()]).code, 0);

    let data = site.data_dir();
    for path in files_below(&site.path("")).into_iter().filter(|path| !before.contains(path)) {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let is_content = path.starts_with(data.join("content/files"))
            || path.starts_with(data.join("content/pieces"))
            || path.starts_with(data.join("content/examinations"))
            || path.starts_with(site.path("disk/files"));
        let is_state = path.parent() == Some(&data) && name.starts_with("vanne.");
        let is_archive =
            path.starts_with(site.path("disk")) && ["manifest.json", "manifest.sig"].contains(&name.as_str());
        let is_part = path.starts_with(site.path("disk/parts"));
        assert!(is_state || is_archive || is_part || (is_content && kept.contains(&name)), "{}", path.display());
    }
    assert_eq!(std::fs::read_to_string(site.path("canary/beside")).unwrap(), "untouched");
}

#[test]
fn sec_p6_an_honest_name_is_kept_and_its_file_lies_under_its_digest() {
    let site = Site::new();
    let (made, file) = named("Windows10.0-KB5013943-x64 (1).cab", 1);
    site.write("documents/1.xml", made.document);
    site.write("files/1", &file.bytes);
    assert_eq!(site.run(&["catalog", "import", "documents", "--content", "files"]).code, 0);
    let digest = file.sha256().to_string();
    assert_eq!(
        std::fs::read(site.data_dir().join("content/files").join(&digest[..2]).join(&digest)).unwrap(),
        file.bytes
    );
    assert!(site.run(&["content", "list"]).out.contains("Windows10.0-KB5013943-x64 (1).cab"));
}
