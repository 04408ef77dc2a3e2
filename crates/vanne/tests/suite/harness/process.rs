use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};

/// The program, run as a user runs it.
pub(crate) struct Program;

impl Program {
    /// The command, with nothing of this environment's settings for it.
    pub(crate) fn command() -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vanne"));
        command.env_remove("VANNE_LOG").stdin(Stdio::null());
        command
    }

    /// Runs it to its end.
    pub(crate) fn run(arguments: &[&str]) -> Output {
        Self::command().args(arguments).output().unwrap()
    }
}

/// A server as a process of its own.
pub(crate) struct ServerProcess {
    child: Child,
    url: String,
    https_url: String,
}

impl ServerProcess {
    /// Starts it on a free port and waits for the line that says it is ready.
    pub(crate) fn start(data_dir: &Path, more: &[&str]) -> Self {
        Self::start_logging(data_dir, more, Stdio::inherit())
    }

    /// The same, with its log going there.
    pub(crate) fn start_logging(data_dir: &Path, more: &[&str], log: impl Into<Stdio>) -> Self {
        let mut child = Program::command()
            .args(["serve", "--http", "127.0.0.1:0", "--https", "127.0.0.1:0", "--allow-http-metadata", "--data-dir"])
            .arg(data_dir)
            .args(more)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut next = || {
            let line = said.next().unwrap_or_else(|| panic!("not ready")).unwrap();
            line.strip_prefix("listening ").unwrap_or_else(|| panic!("not ready: {line:?}")).to_owned()
        };
        let (url, https_url) = (next(), next());
        Self { child, url, https_url }
    }

    /// Where clients reach it over TLS.
    pub(crate) fn https_url(&self) -> &str {
        &self.https_url
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to look at its certificates again.
    pub(crate) fn hang_up(&self) {
        signal(self.child.id(), "HUP");
    }

    /// Asks it to stop, as a service manager does.
    pub(crate) fn terminate(mut self) -> ExitStatus {
        signal(self.child.id(), "TERM");
        self.child.wait().unwrap()
    }

    /// Ends it at once, with no chance to tidy up.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // Already ended when a test came to its own end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn signal(process: u32, signal: &str) {
    assert!(Command::new("kill").args([&format!("-{signal}"), &process.to_string()]).status().unwrap().success());
}
