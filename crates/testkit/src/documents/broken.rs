//! Documents with one fault each, named by it.

use super::draft::Draft;
use super::file::{Made, MadeFile, sha1};
use super::{Rule, update_id};

/// A leaf whose file has no SHA-1.
pub fn without_digest() -> Made {
    let mut draft = fix("without digest");
    for file in &mut draft.files {
        file.sha1 = None;
        file.sha256 = None;
    }
    draft.finish()
}

/// A leaf that promises one byte more than its file has.
pub fn with_wrong_size() -> Made {
    let mut draft = fix("with wrong size");
    for file in &mut draft.files {
        file.size += 1;
    }
    draft.finish()
}

/// A leaf whose SHA-1 is that of another file, while its SHA-256 is right.
pub fn with_digest_of_other_file() -> Made {
    let mut draft = fix("with digest of other file");
    for file in &mut draft.files {
        file.sha1 = Some(sha1(b"another file"));
    }
    draft.finish()
}

/// Detectoids that require each other in a ring of `length`.
pub fn with_prerequisite_cycle(length: usize) -> Vec<Made> {
    let name = |number: usize| format!("ring {}", number % length.max(1));
    (0..length)
        .map(|number| {
            Draft::detectoid(&name(number))
                .installed_when(Rule::always())
                .requires(update_id(&name(number + 1)))
                .finish()
        })
        .collect()
}

/// Two bundles that contain each other.
pub fn with_bundle_cycle() -> Vec<Made> {
    let (left, right) = (Draft::bundle("left bundle"), Draft::bundle("right bundle"));
    let (left_identity, right_identity) = (left.identity(), right.identity());
    vec![left.bundling([right_identity]).finish(), right.bundling([left_identity]).finish()]
}

/// The same revision twice, with different content.
pub fn with_other_content() -> [Made; 2] {
    [fix("twice").finish(), fix("twice").described_as("The same revision says something else.").finish()]
}

/// A bundle whose child nobody has.
pub fn with_missing_child() -> Made {
    let child = Draft::command_line("a child that was never published").identity();
    Draft::bundle("with missing child").bundling([child]).finish()
}

/// A document that ends in the middle of an element.
pub fn cut_short() -> Made {
    let mut made = fix("cut short").finish();
    let half = made.document.len() / 2;
    made.document.truncate(half);
    made
}

/// A file that is no XML.
pub fn not_xml() -> Made {
    let mut made = fix("not xml").finish();
    "MZ\u{90} this program cannot be run in DOS mode".clone_into(&mut made.document);
    made
}

/// A well-formed document that is not an update.
pub fn with_wrong_root() -> Made {
    let mut made = fix("with wrong root").finish();
    "<invoice xmlns=\"urn:contoso:invoices\"><total>12</total></invoice>".clone_into(&mut made.document);
    made
}

fn fix(name: &str) -> Draft {
    let subkey = "SOFTWARE\\Contoso\\Broken";
    Draft::command_line(name)
        .running("fix.exe", "/quiet")
        .with_file(&MadeFile::of_size(&format!("{name}.exe"), 4096))
        .installed_when(Rule::registry_text(subkey, name, "1"))
}
