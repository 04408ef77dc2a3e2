//! On what the figures were taken: without it they mean nothing.

use std::fs;
use std::process::Command;

use serde::Serialize;

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) kernel: String,
    /// The load of the last minute before the bench began: others at work spoil figures.
    pub(crate) load_before: String,
    /// The same at its end, the bench itself included.
    pub(crate) load_after: String,
    /// With `+` when the checkout had changes on top.
    pub(crate) commit: String,
}

impl Machine {
    /// What can be found out; what cannot is `unknown`.
    pub(crate) fn before() -> Self {
        let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        Self {
            processor: model.map_or_else(unknown, |(_, name)| name.to_owned()),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            kernel: first_word("/proc/sys/kernel/osrelease"),
            load_before: first_word("/proc/loadavg"),
            load_after: unknown(),
            commit: commit().unwrap_or_else(unknown),
        }
    }

    /// The same machine when the bench is over.
    pub(crate) fn after(self) -> Self {
        Self { load_after: first_word("/proc/loadavg"), ..self }
    }
}

impl std::fmt::Display for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { processor, cores, kernel, load_before, load_after, commit } = self;
        write!(
            f,
            "{processor}, {cores} cores shared with the load generator, Linux {kernel}, load {load_before} before and \
             {load_after} after; commit {commit}"
        )
    }
}

fn first_word(path: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.split_whitespace().next().map_or_else(unknown, str::to_owned)
}

fn commit() -> Option<String> {
    let commit = git(&["rev-parse", "--short=10", "HEAD"])?;
    let is_changed = git(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|changes| !changes.is_empty());
    Some(if is_changed { commit + "+" } else { commit })
}

fn git(words: &[&str]) -> Option<String> {
    let output = Command::new("git").args(words).current_dir(env!("CARGO_MANIFEST_DIR")).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

fn unknown() -> String {
    "unknown".to_owned()
}
