//! A reverse proxy that nobody here wrote.

use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Set by `cargo xtask test`: an nginx that is not on the PATH.
const PROGRAM: &str = "VANNE_NGINX";

/// An nginx before a server, that keeps connections to it; it stops with the value.
pub(super) struct Nginx {
    child: Child,
    address: String,
    _folder: tempfile::TempDir,
}

impl Nginx {
    /// `None`, with a loud line, where there is none.
    pub(super) fn before(server: &str) -> Option<Self> {
        let program = std::env::var_os(PROGRAM).unwrap_or_else(|| "nginx".into());
        if !Command::new(&program).arg("-v").stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
            eprintln!(
                "SKIPPED: requests smuggled through nginx: it is absent; cargo xtask test unpacks Debian's and sets {PROGRAM}"
            );
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        // Taken and given back: nginx cannot be told to take a free one.
        let address = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().to_string();
        let configuration = folder.path().join("nginx.conf");
        std::fs::write(&configuration, text(folder.path(), &address, server)).unwrap();
        let mut command = Command::new(program);
        command.arg("-p").arg(folder.path()).arg("-c").arg(&configuration).arg("-e").arg(folder.path().join("log"));
        let mut child = command.stdin(Stdio::null()).spawn().unwrap();
        while TcpStream::connect(&address).is_err() {
            assert_eq!(child.try_wait().unwrap(), None, "nginx did not start");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        Some(Self { child, address, _folder: folder })
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// As reverse proxies are set up: connections to the server are kept and shared, and bodies are handed on as they come.
fn text(folder: &Path, address: &str, server: &str) -> String {
    let folder_text = folder.display();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary: String = temporary.iter().map(|kind| format!("{kind}_temp_path {folder_text}/{kind};\n")).collect();
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|this| this.uid() == 0);
    let user = if is_root { "user root;\n" } else { "" };
    format!(
        "{user}daemon off;\nmaster_process off;\nworker_processes 1;\npid {folder_text}/pid;\nerror_log {folder_text}/log;\nevents {{}}\n\
         http {{\n{temporary}access_log off;\nupstream vanne {{ server {server}; keepalive 4; }}\n\
         server {{\nlisten {address};\nclient_body_timeout 1s;\nclient_header_timeout 1s;\n\
         location / {{\nproxy_pass http://vanne;\nproxy_http_version 1.1;\nproxy_set_header Connection \"\";\n\
         proxy_set_header Host $http_host;\nproxy_request_buffering off;\n}}\n}}\n}}\n"
    )
}
