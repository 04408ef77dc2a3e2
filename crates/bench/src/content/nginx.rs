use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::process::Process;

/// Where it serves the file.
pub(crate) const PATH: &str = "/payload.cab";

/// How long it may take to be ready.
const START_MAX: Duration = Duration::from_secs(10);

/// An nginx that serves one file, set up as its documentation says for static files.
pub(crate) struct Nginx {
    pub(crate) process: Process,
    pub(crate) port: u16,
    pub(crate) version: String,
}

impl Nginx {
    /// Starts it; `None`, with a loud line, where there is none.
    pub(super) fn start(program: Option<&Path>, folder: &Path, file: &Path) -> anyhow::Result<Option<Self>> {
        Self::start_with(program, folder, file, None)
    }

    /// The same over TLS, with the key and certificate in `pem`.
    pub(crate) fn start_secured(
        program: Option<&Path>,
        folder: &Path,
        file: &Path,
        pem: &Path,
    ) -> anyhow::Result<Option<Self>> {
        Self::start_with(program, folder, file, Some(pem))
    }

    fn start_with(
        program: Option<&Path>,
        folder: &Path,
        file: &Path,
        pem: Option<&Path>,
    ) -> anyhow::Result<Option<Self>> {
        let program = program.map_or_else(|| PathBuf::from("nginx"), Path::to_owned);
        let Ok(output) = Command::new(&program).arg("-v").output() else {
            eprintln!("SKIPPED: the comparison with nginx: it is absent; install Debian's package nginx and run again");
            return Ok(None);
        };
        let version = String::from_utf8_lossy(&output.stderr).trim().rsplit(": ").next().unwrap_or_default().to_owned();
        let port = free_port()?;
        let configuration = folder.join("nginx.conf");
        fs::write(&configuration, text(folder, file, port, pem)).context("could not write nginx's configuration")?;
        let mut command = Command::new(&program);
        command.arg("-p").arg(folder).arg("-c").arg(&configuration).arg("-e").arg(folder.join("nginx.log"));
        let child = command.stdin(Stdio::null()).spawn().context("could not start nginx")?;
        let mut nginx = Self { process: Process(child), port, version };
        let started = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if nginx.process.0.try_wait()?.is_some() || started.elapsed() > START_MAX {
                bail!("nginx did not start; see what it said above");
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(Some(nginx))
    }
}

/// Taken and given back: nginx cannot be told to take a free one.
fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("there is no free port")?;
    Ok(listener.local_addr()?.port())
}

/// Logs off, `sendfile` on, a worker for each core: nothing that would hold it back.
fn text(folder: &Path, file: &Path, port: u16, pem: Option<&Path>) -> String {
    let (folder, file) = (folder.display(), file.display());
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary: String = temporary.iter().map(|kind| format!("    {kind}_temp_path {folder}/{kind};\n")).collect();
    // As the user who runs the bench: the folder is nobody else's.
    let user = fs::metadata("/proc/self").map(|this| std::os::unix::fs::MetadataExt::uid(&this));
    let (ssl, keys) = match pem.map(Path::display) {
        Some(pem) => (" ssl", format!("        ssl_certificate {pem};\n        ssl_certificate_key {pem};\n")),
        None => ("", String::new()),
    };
    let user = if user.is_ok_and(|user| user == 0) { "user root;\n" } else { "" };
    format!(
        "{user}daemon off;\nworker_processes auto;\npid {folder}/nginx.pid;\nerror_log {folder}/nginx.log;\n\
         events {{}}\nhttp {{\n{temporary}    access_log off;\n    sendfile on;\n    tcp_nopush on;\n    \
         keepalive_requests 1000000;\n    server {{\n        listen 127.0.0.1:{port}{ssl};\n{keys}        \
         location = {PATH} {{ alias {file}; }}\n    }}\n}}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_nginx_there_is_no_comparison_and_no_failure() {
        let nowhere = Path::new("/nowhere/nginx");
        assert!(Nginx::start(Some(nowhere), Path::new("/nowhere"), Path::new("/nowhere/file")).unwrap().is_none());
    }

    #[test]
    fn it_listens_on_this_machine_only() {
        let text = text(Path::new("/tmp/x"), Path::new("/tmp/x/file"), 8080, None);
        assert_eq!(text.matches("listen ").count(), 1);
        assert!(text.contains("listen 127.0.0.1:8080;") && text.contains("alias /tmp/x/file;"));
    }
}
