//! A web server that nobody here wrote: to compare with, and to stand before ours as a proxy.

use std::path::PathBuf;
use std::process::Command;

use crate::tools;

/// Debian's nginx, unpacked below `target/` rather than installed: nothing else on this machine shall start to serve.
/// `None` where it cannot be had; whoever wanted it says so then.
pub(crate) fn unpacked() -> anyhow::Result<Option<PathBuf>> {
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
