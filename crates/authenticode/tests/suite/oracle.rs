//! Held against osslsigncode, which knows nothing of us: what it signs is read, and what is signed here it reads.
//!
//! It judges each signature's mathematics and path, and has no policy: where it says otherwise, `DIFFERENCES` says why.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};

use authenticode::{Class, Finding, Outcome, Reason, Signer, Standing, Verdict, Weight};
use forge::certificate::Identity;
use forge::{Authority, Digest, Draft, Flaw, Key, Publisher, Signing, cabinet, catalog, compound, image};

use crate::conditions::{conditions, signers};
use crate::estate::{ACCEPTED, Comparison, ESTATE, Form, judge, now, question, refused};

const PROGRAM: &str = "osslsigncode";

/// Whether the program is here; says so if not.
fn is_here() -> bool {
    let runs = Command::new(PROGRAM).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !runs {
        eprintln!("SKIPPED: {PROGRAM} is not here: nothing is held against it");
    }
    runs
}

fn run(command: &mut Command) -> (bool, String) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), text)
}

/// Files that the program needs.
struct Workshop {
    folder: tempfile::TempDir,
}

impl Workshop {
    fn new() -> Self {
        let workshop = Self { folder: tempfile::tempdir().unwrap() };
        let publisher = &ESTATE.publisher;
        workshop.write("root.pem", publisher.root.identity.pem().as_bytes());
        workshop.write("time-root.pem", publisher.time_root.identity.pem().as_bytes());
        workshop
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).unwrap();
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_string_lossy().into_owned()
    }

    fn identity(&self, name: &str, identity: &Identity) {
        self.write(&format!("{name}.pem"), identity.pem().as_bytes());
        self.write(&format!("{name}.key"), identity.key.pem().as_bytes());
    }

    /// Whether the program takes a file.
    fn verify(&self, bytes: &[u8]) -> (bool, String) {
        self.verify_with(bytes, &[])
    }

    /// Whether it takes a file that a catalog lists.
    fn verify_listed(&self, bytes: &[u8], catalog: &[u8]) -> (bool, String) {
        self.write("catalog", catalog);
        self.verify_with(bytes, &["-catalog", &self.path("catalog")])
    }

    fn verify_with(&self, bytes: &[u8], words: &[&str]) -> (bool, String) {
        self.write("verified", bytes);
        let mut command = Command::new(PROGRAM);
        command.args(["verify", "-ignore-cdp", "-ignore-crl", "-time", &now().as_second().to_string()]);
        command.args(["-CAfile", &self.path("root.pem"), "-TSA-CAfile", &self.path("time-root.pem")]);
        command.args(words).args(["-in", &self.path("verified")]);
        run(&mut command)
    }
}

/// What the program says of each signature by itself, the outermost first: it succeeds if any of several is right.
fn of_each(said: &str) -> Vec<bool> {
    // Of its timestamp it says the same, in a line of its own.
    let is_right = |block: &str| block.lines().any(|line| line.trim() == "Signature verification: ok");
    said.split("Signature Index: ").skip(1).map(is_right).collect()
}

/// The same here: right, and by somebody who may.
fn ours_of_each(verdict: &Verdict, positions: &[&str]) -> Vec<bool> {
    let is_good = |position: &&str| {
        let stands = |signer: &Signer| matches!(signer.standing, Standing::Relied | Standing::Allowed);
        let is_refused =
            |finding: &Finding| finding.weight == Weight::Refuse && finding.signature.as_deref() == Some(*position);
        verdict.signers.iter().any(|signer| signer.signature == *position && stands(signer))
            && !verdict.reasons.iter().any(is_refused)
    };
    positions.iter().map(is_good).collect()
}

/// A file, and the ways in which it is signed: words for the program.
type Unsigned = (&'static str, Vec<u8>, &'static [&'static [&'static str]]);

#[test]
fn sec_a1_what_osslsigncode_signs_is_read() {
    if !is_here() {
        return;
    }
    let publisher = &ESTATE.publisher;
    let workshop = Workshop::new();
    let draft = Draft::signer("Forged");
    workshop.identity("p256", &publisher.issuer.identity(&draft));
    workshop.identity("p384", &publisher.issuer.issue(Key::p384(), &draft));
    workshop.identity("rsa", &publisher.issuer.issue(Key::rsa(), &draft));
    workshop.identity("time", &publisher.time_root.issue(Key::rsa(), &Draft::time_stamper("Forged Time")));
    let files: [Unsigned; 4] = [
        ("image-32", image::image(false, &[700, 9000]), &[&[], &["-ph"]]),
        ("image-64", image::image(true, &[700]), &[&[], &["-ph"]]),
        ("cabinet", cabinet::cabinet(&[42; 900], false), &[&[]]),
        ("installer", compound::file(&compound::sample()), &[&[], &["-add-msi-dse"]]),
    ];
    let signed_at = Publisher::signing_time().as_second().to_string();
    let trust = ESTATE.trust(&[]);
    let mut comparison = Comparison::default();
    for (name, bytes, ways) in &files {
        workshop.write(name, bytes);
        for way in *ways {
            for key in ["p256", "p384", "rsa"] {
                for digest in ["sha1", "sha256", "sha384", "sha512"] {
                    for is_stamped in [false, true] {
                        // ECDSA is taken with SHA-256 and SHA-384 only.
                        if key != "rsa" && !matches!(digest, "sha256" | "sha384") {
                            continue;
                        }
                        let mut command = Command::new(PROGRAM);
                        command.args(["sign", "-h", digest, "-certs", &workshop.path(&format!("{key}.pem"))]);
                        command.args(["-key", &workshop.path(&format!("{key}.key"))]).args(*way);
                        if is_stamped {
                            command.args([
                                "-TSA-certs",
                                &workshop.path("time.pem"),
                                "-TSA-key",
                                &workshop.path("time.key"),
                            ]);
                            command.args(["-TSA-time", &signed_at]);
                        }
                        let _ = fs::remove_file(workshop.path("signed"));
                        command.args(["-in", &workshop.path(name), "-out", &workshop.path("signed")]);
                        let (is_signed, said) = run(&mut command);
                        assert!(is_signed, "{name} {key} {digest}: {said}");
                        let signed = fs::read(workshop.path("signed")).unwrap();
                        let verdict = judge(&trust, &signed, &question(Class::MsApp));
                        let expected = match (digest, is_stamped) {
                            ("sha1", _) => refused(Reason::LegacyDigest),
                            (_, false) => refused(Reason::TimestampRequired),
                            (_, true) => ACCEPTED,
                        };
                        let case = format!("{name} {way:?} {key} {digest} stamped {is_stamped}");
                        comparison.check(&case, &verdict, expected);
                    }
                }
            }
        }
    }
    comparison.finish(80);
}

/// Conditions of which osslsigncode says otherwise, and why; reviewed by hand.
///
/// In each of them it takes what is refused or quarantined here. The opposite never happens.
const DIFFERENCES: &[(&str, &str)] = &[
    ("other name", POLICY),
    ("other organization", POLICY),
    ("unlisted issuer", POLICY),
    ("issued by the root", POLICY),
    ("issuer ended since", POLICY),
    ("purpose not listed", POLICY),
    ("class that the policy lacks", POLICY),
    ("stamped in the future", FALLS_BACK),
    ("time of a stranger", FALLS_BACK),
    ("time of the publisher's root", FALLS_BACK),
    ("time authority ended", FALLS_BACK),
    ("time authority signs code too", FALLS_BACK),
    ("time authority without purpose", FALLS_BACK),
    ("other imprint", FALLS_BACK),
    ("wrong timestamp", FALLS_BACK),
    ("two timestamps", FALLS_BACK),
    ("garbage timestamp", FALLS_BACK),
    ("countersignature of a stranger", FALLS_BACK),
    ("revoked before", NO_LISTS),
    ("key compromised", NO_LISTS),
    ("authority compromised", NO_LISTS),
    ("revoked, no timestamp", NO_LISTS),
    ("issuer revoked", NO_LISTS),
    ("no list, taken in", NO_LISTS),
    ("ended list, taken in", NO_LISTS),
    ("list of tomorrow", NO_LISTS),
    ("no list of the issuer", NO_LISTS),
    ("no list of the time's authority", NO_LISTS),
    ("list of a namesake", NO_LISTS),
    ("revoked by an ended list beside a good one", NO_LISTS),
    ("revoked by a newer list beside a good one", NO_LISTS),
    ("revoked by a coming list beside a good one", NO_LISTS),
    ("held", NO_LISTS),
    ("older list that goes on for longer", NO_LISTS),
    ("revoked after, root unknown, strict", NO_LISTS),
    ("revoked after, root unknown, no timestamp", NO_LISTS),
    ("unsigned attribute of a timestamp", UNSIGNED),
    ("unsigned attribute of a countersignature", UNSIGNED),
    ("two attribute certificates", UNSIGNED),
    ("timestamp with a stray certificate", UNSIGNED),
    ("countersignature with a stray certificate", UNSIGNED),
    ("stray certificate", UNSIGNED),
    ("stray namesake of its root", UNSIGNED),
    ("LongVersion", UNSIGNED),
    ("large certificate", "it has no bound"),
    ("no timestamp", "it asks for none"),
    ("lifetime, expired", "it does not know the purpose that ends signatures with their certificate"),
    ("no purposes", "a certificate without purposes is good for every one"),
    ("key for encipherment", "it does not ask for digitalSignature"),
    ("ContentTypeAttribute", "it does not compare the signed content type"),
    ("AttributeTwice", "it takes the first"),
    ("UnknownAttribute", UNSIGNED),
    ("AlgorithmsDiffer", "it takes the digest that the signer names"),
    ("Ber", "it reads BER"),
    ("ManyCertificates", "it has no bound"),
];

const POLICY: &str = "it has no policy: whoever has a path to the root may sign";
const FALLS_BACK: &str = "a timestamp that is wrong counts as none, and it asks for none";
const UNSIGNED: &str = "it passes over what it does not know, which nobody signed";
const NO_LISTS: &str = "it is given no revocation lists, and asks for none";

#[test]
fn osslsigncode_says_the_same_of_each_condition_but_for_reviewed_ones() {
    if !is_here() {
        return;
    }
    let workshop = Workshop::new();
    let signers = signers(&ESTATE);
    let (mut different, mut met) = (Vec::new(), BTreeSet::new());
    for condition in conditions(&ESTATE, &signers) {
        // It signs and reads catalogs, but says of one by itself only that it is signed.
        for form in [Form::Image32, Form::Image64, Form::Cabinet, Form::Installer, Form::InstallerWithMetadata] {
            let bytes = form.sign(&condition.signing);
            let ours = judge(&condition.trust, &bytes, &condition.question).outcome;
            let (is_taken, said) = workshop.verify(&bytes);
            let is_reviewed = DIFFERENCES.iter().any(|(name, _)| *name == condition.name);
            match (is_taken, ours == Outcome::Accepted) {
                (true, false) if is_reviewed => {
                    met.insert(condition.name);
                }
                (true, true) | (false, false) => {}
                _ => different.push(format!("{} {form:?}: {ours:?}, theirs {is_taken}: {said}", condition.name)),
            }
        }
    }
    assert!(different.is_empty(), "{different:#?}");
    // One that is no difference any more is taken off the list.
    assert_eq!(met, DIFFERENCES.iter().map(|(name, _)| *name).collect());
}

/// Signatures of which several stand on one file, by what is the matter with them.
fn matters(stranger: &Identity) -> Vec<(&'static str, Signing<'_>)> {
    let good = || ESTATE.publisher.signing();
    vec![
        ("good", good()),
        ("a stranger's", ESTATE.publisher.signing_by(stranger)),
        ("wrong signature", good().flawed(Flaw::Signature)),
        ("wrong messageDigest", good().flawed(Flaw::MessageDigest)),
        ("of another file", good().flawed(Flaw::FileDigest)),
    ]
}

#[test]
fn sec_a3_osslsigncode_says_the_same_of_each_signature_beside_others() {
    if !is_here() {
        return;
    }
    let workshop = Workshop::new();
    let trust = ESTATE.trust(&[]);
    let stranger = Authority::root("Stranger Root").identity(&Draft::signer("Stranger"));
    let count = matters(&stranger).len();
    let mut compared = 0;
    for outer in 0..count {
        for inner in 0..count {
            for form in [Form::Image32, Form::Image64, Form::Cabinet, Form::Installer] {
                let pick = |index: usize| matters(&stranger).swap_remove(index);
                let ((outside, signing), (inside, nested)) = (pick(outer), pick(inner));
                let bytes = form.sign(&signing.with(nested).with(ESTATE.publisher.signing()));
                let (_, said) = workshop.verify(&bytes);
                let ours = ours_of_each(&judge(&trust, &bytes, &question(Class::MsApp)), &["1", "1.1", "1.2"]);
                assert_eq!(of_each(&said), ours, "{form:?}: outside {outside}, inside {inside}: {said}");
                compared += 1;
            }
        }
    }
    assert_eq!(compared, count * count * 4);
}

#[test]
fn sec_a3_osslsigncode_says_the_same_of_a_file_that_a_catalog_lists() {
    if !is_here() {
        return;
    }
    let workshop = Workshop::new();
    let trust = ESTATE.trust(&[]);
    let stranger = Authority::root("Stranger Root").identity(&Draft::signer("Stranger"));
    let (listed, other) = (image::image(true, &[700]), image::image(true, &[701]));
    for digest in [Digest::Sha256, Digest::Sha384] {
        for (matter, signing) in matters(&stranger) {
            // It is the catalog that is signed, and which has no digest of itself.
            if matter == "of another file" {
                continue;
            }
            let members = [(digest, digest.of(b"another")), (digest, image::digest_of(&listed, digest))];
            let bytes = catalog::sign(&members, &signing);
            let examination = authenticode::examine(&mut std::io::Cursor::new(&bytes)).unwrap();
            let is_good = trust.judge(&examination, &question(Class::DriverWhql)).outcome == Outcome::Accepted;
            for (file, name) in [(&listed, "listed"), (&other, "not listed")] {
                let lists = |member: &authenticode::Member| member.digest == image::digest_of(file, digest);
                let ours = is_good && examination.members().iter().any(lists);
                let (theirs, said) = workshop.verify_listed(file, &bytes);
                assert_eq!(theirs, ours, "{matter} catalog, {digest:?}, {name}: {said}");
            }
        }
    }
}
