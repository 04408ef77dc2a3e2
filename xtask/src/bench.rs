//! `cargo xtask bench`: builds the server and the load generators for release, and lets them run.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use crate::report::Outcome;
use crate::tools::{self, cargo};

/// Runs a bench with these words, such as `scan --revisions 100000`.
pub(crate) fn run(words: &[&str]) -> ExitCode {
    match bench(words) {
        Ok(Outcome::Passed | Outcome::Skipped) => ExitCode::SUCCESS,
        Ok(Outcome::Failed) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn bench(words: &[&str]) -> anyhow::Result<Outcome> {
    if let Some((&"micro", rest)) = words.split_first() {
        let micro = ["bench", "--locked", "--package", "bench", "--bench", "micro", "--"];
        return tools::run(&mut cargo(&[&micro, rest].concat()));
    }
    let build = ["build", "--locked", "--release", "--package", "vanne", "--package", "bench"];
    if tools::run(&mut cargo(&build))? == Outcome::Failed {
        return Ok(Outcome::Failed);
    }
    let mut command = Command::new(tools::target().join("release").join("bench"));
    command.args(words);
    if matches!(words.first(), Some(&("content" | "tls")))
        && !tools::is_on_path("nginx")
        && let Some(nginx) = unpacked_nginx()?
    {
        command.arg("--nginx").arg(nginx);
    }
    tools::run(&mut command)
}

/// Debian's nginx, unpacked below `target/` rather than installed: nothing else on this machine shall start to serve.
/// `None` where it cannot be had; the bench says so then.
fn unpacked_nginx() -> anyhow::Result<Option<PathBuf>> {
    let folder = tools::target().join("nginx");
    let program = folder.join("usr/sbin/nginx");
    let runs = || tools::succeeds(Command::new(&program).arg("-v"));
    if runs() {
        return Ok(Some(program));
    }
    std::fs::create_dir_all(&folder)?;
    let download = || tools::succeeds(Command::new("apt-get").args(["download", "-q", "nginx"]).current_dir(&folder));
    // The list of packages may be absent or old; a new one takes root.
    let is_here = download() || (tools::succeeds(Command::new("apt-get").args(["update", "-q"])) && download());
    let package = std::fs::read_dir(&folder)?.flatten().map(|entry| entry.path());
    let package = package.into_iter().find(|path| path.extension().is_some_and(|extension| extension == "deb"));
    let Some(package) = package.filter(|_| is_here) else { return Ok(None) };
    tools::run(Command::new("dpkg-deb").arg("-x").arg(package).arg(&folder))?;
    Ok(runs().then_some(program))
}
