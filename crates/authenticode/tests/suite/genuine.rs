//! Genuine files out of package registries: Microsoft's are accepted, others are not.
//!
//! They are fetched by the registries' own clients, held against `genuine.toml`, and kept below `target/`. Where a registry cannot be
//! reached, takes its time, or gives what is not what was recorded, the test says so on a line that starts with `SKIPPED:`. One
//! process fetches and unpacks while others wait, and what is there is whole.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use authenticode::{
    Class, Examination, Outcome, Policy, Question, Reason, RevocationDemand, RevocationLists, Trust, examine,
};
use forge::certificate::at;
use serde::Deserialize;

#[derive(Deserialize)]
struct Lock {
    package: Vec<Package>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Package {
    source: Source,
    name: String,
    version: String,
    file: String,
    sha256: String,
    class: Class,
    verdicts: BTreeMap<String, usize>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum Source {
    Pypi,
    Npm,
    Debian,
}

impl Package {
    /// The folder with what is in the package, fetched and unpacked if it is not here yet.
    fn provide(&self) -> Option<PathBuf> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("genuine");
        fs::create_dir_all(&folder).ok()?;
        // Given back when it is closed, whatever comes of it.
        let lock = File::create(folder.join(format!("{}.lock", self.file))).ok()?;
        lock.lock().ok()?;
        self.fetch(&folder).and_then(|file| self.unpack(&folder, &file))
    }

    /// The package's file.
    fn fetch(&self, folder: &Path) -> Option<PathBuf> {
        let file = folder.join(&self.file);
        if self.is_recorded(&file) {
            return Some(file);
        }
        let fetched = tempfile::tempdir_in(folder).ok()?;
        let mut command = match self.source {
            Source::Pypi => {
                let mut command = Command::new("python3");
                command.args(["-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:", "--retries", "1"]);
                command.args(["--platform", "win_amd64", "--python-version", "3.12"]);
                command.arg(format!("{}=={}", self.name, self.version));
                command
            }
            Source::Npm => {
                let mut command = Command::new("npm");
                command.args(["pack", "--silent", "--ignore-scripts"]).arg(format!("{}@{}", self.name, self.version));
                command
            }
            Source::Debian => {
                let mut command = Command::new("apt-get");
                command.args(["download", "-q"]).arg(format!("{}={}", self.name, self.version));
                command
            }
        };
        command.current_dir(fetched.path()).stdout(Stdio::null()).stderr(Stdio::null());
        let new = fetched.path().join(&self.file);
        if !is_done(&mut command) || !self.is_recorded(&new) {
            return None;
        }
        fs::rename(new, &file).ok()?;
        Some(file)
    }

    fn is_recorded(&self, file: &Path) -> bool {
        examined(file).is_some_and(|examination| examination.sha256().to_string() == self.sha256)
    }

    /// Unpacks the file into a folder of its own, without running anything of it.
    fn unpack(&self, folder: &Path, file: &Path) -> Option<PathBuf> {
        let unpacked = folder.join(format!("{}.unpacked", self.file));
        if unpacked.is_dir() {
            return Some(unpacked);
        }
        let new = tempfile::tempdir_in(folder).ok()?;
        let mut command = match self.source {
            Source::Pypi => {
                let mut command = Command::new("python3");
                command.args(["-m", "zipfile", "-e"]).arg(file).arg(new.path());
                command
            }
            Source::Npm => {
                let mut command = Command::new("tar");
                command.arg("xzf").arg(file).arg("-C").arg(new.path());
                command
            }
            Source::Debian => {
                let mut command = Command::new("dpkg-deb");
                command.arg("-x").arg(file).arg(new.path());
                command
            }
        };
        if !is_done(&mut command) {
            return None;
        }
        fs::rename(new.keep(), &unpacked).ok()?;
        Some(unpacked)
    }
}

/// How long a registry's client may take: less than a test may.
const CLIENT_SECS: u64 = 90;

/// Whether a program ended well, and in time; one that does not end is ended.
fn is_done(command: &mut Command) -> bool {
    let Ok(mut child) = command.stdin(Stdio::null()).spawn() else { return false };
    let until = Instant::now() + Duration::from_secs(CLIENT_SECS);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(50)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
        }
    }
}

fn examined(file: &Path) -> Option<Examination> {
    examine(&mut File::open(file).ok()?).ok()
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        match entry.file_type().unwrap() {
            kind if kind.is_dir() => files(&entry.path(), found),
            kind if kind.is_file() => found.push(entry.path()),
            _ => {}
        }
    }
}

/// The outcome, and the first reason that says more than that no revocation list is at hand.
fn summary(trust: &Trust, examination: &Examination, class: Class) -> Option<String> {
    examination.form()?;
    let now = at("2026-12-01T00:00:00Z");
    let question = Question { class, at: now, revocation: RevocationDemand::IfAtHand, expected: None };
    let verdict = trust.judge(examination, &question);
    if verdict.signers.is_empty() {
        return None;
    }
    let outcome = match verdict.outcome {
        Outcome::Accepted => "accepted",
        Outcome::Quarantined => "quarantined",
        Outcome::Refused => "refused",
    };
    let reason = verdict.reasons.iter().find(|finding| finding.reason != Reason::RevocationUnknown);
    Some(reason.map_or_else(|| outcome.to_owned(), |finding| format!("{outcome} {}", finding.reason)))
}

#[test]
fn sec_a4_genuine_files_have_the_verdicts_that_were_recorded() {
    let lock: Lock = toml::from_str(include_str!("genuine.toml")).unwrap();
    let trust = Trust { policy: Policy::builtin(), revocation_lists: RevocationLists::new() };
    let mut different = Vec::new();
    for package in &lock.package {
        let Some(folder) = package.provide() else {
            eprintln!(
                "SKIPPED: genuine files of {} {}: it could not be fetched as recorded",
                package.name, package.version
            );
            continue;
        };
        let mut all = Vec::new();
        files(&folder, &mut all);
        let mut verdicts: BTreeMap<String, usize> = BTreeMap::new();
        for file in all {
            let verdict = examined(&file).and_then(|examination| summary(&trust, &examination, package.class));
            if let Some(verdict) = verdict {
                *verdicts.entry(verdict).or_default() += 1;
            }
        }
        if verdicts != package.verdicts {
            different.push(format!("{}: recorded {:?}, found {verdicts:?}", package.name, package.verdicts));
        }
    }
    assert!(different.is_empty(), "{different:#?}");
}

#[test]
fn one_flipped_byte_of_a_genuine_file_is_enough() {
    let lock: Lock = toml::from_str(include_str!("genuine.toml")).unwrap();
    let trust = Trust { policy: Policy::builtin(), revocation_lists: RevocationLists::new() };
    let package = lock.package.iter().find(|package| package.name == "msvc-runtime").unwrap();
    let Some(folder) = package.provide() else {
        eprintln!("SKIPPED: flips in a genuine file: {} could not be fetched as recorded", package.name);
        return;
    };
    let mut all = Vec::new();
    files(&folder, &mut all);
    let file = all.iter().find(|file| file.ends_with("vcruntime140.dll")).unwrap();
    let bytes = fs::read(file).unwrap();
    // One in each region: headers, code, resources, the end of what is covered, the signature itself.
    for at in [0x40, 0x180, 0x1000, bytes.len() / 2, bytes.len() - 20_000, bytes.len() - 9_000] {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1;
        let examination = examine(&mut std::io::Cursor::new(&flipped)).unwrap();
        let verdict = summary(&trust, &examination, Class::MsApp);
        assert_ne!(verdict.as_deref(), Some("accepted"), "at {at}");
    }
}
