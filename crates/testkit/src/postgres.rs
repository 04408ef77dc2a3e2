//! A PostgreSQL server of the tests' own.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use uuid::Uuid;

/// How long the server may take to answer its first connection.
const START_LIMIT: Duration = Duration::from_secs(30);

/// Runs the server until standard input closes, then stops it and removes the folder.
///
/// The pipe closes when this process ends, however it ends: nothing is left behind after a kill either.
const GUARD: &str = r#"
"$@" >"$FOLDER/log" 2>&1 </dev/null &
server=$!
cat >/dev/null
kill -INT $server 2>/dev/null
wait $server
rm -rf "$FOLDER"
"#;

/// A PostgreSQL server in a temporary folder, reached through a Unix socket in it.
///
/// It listens on no network address, keeps nothing through a power cut (`fsync` is off), and is gone when
/// the value is dropped or the process ends.
#[derive(Debug)]
pub struct Postgres {
    folder: PathBuf,
    programs: PathBuf,
    guard: Child,
    databases: AtomicU32,
}

impl Postgres {
    /// Starts a server, or says on standard error, in a line that starts with `SKIPPED:`, why there is none.
    pub fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            skipped("PostgreSQL is not installed (Debian: apt-get install postgresql)");
            return None;
        };
        match Self::start_with(programs) {
            Ok(server) => Some(server),
            Err(error) => {
                skipped(&format!("PostgreSQL does not start: {error}"));
                None
            }
        }
    }

    /// The one server of this process, started at the first call.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Postgres>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref()
    }

    /// The address of the database that every server has.
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// The address of a new, empty database.
    ///
    /// # Errors
    /// When the server does not make one.
    pub fn database(&self) -> io::Result<String> {
        let name = format!("estate{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut create = Command::new(self.programs.join("createdb"));
        create.arg("--host").arg(&self.folder).args(["--username", "vanne", &name]);
        finished(create.stdin(Stdio::null()))?;
        Ok(self.url_of(&name))
    }

    /// Stops the server as a crash does; its databases stay.
    ///
    /// # Errors
    /// When it does not stop.
    pub fn stop(&self) -> io::Result<()> {
        self.control(&["stop", "--mode=immediate"])
    }

    /// Starts it again after [`Postgres::stop`], with the same address.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start_again(&self) -> io::Result<()> {
        let options = format!("-k {} -c listen_addresses= -c fsync=off", self.folder.display());
        self.control(&["start", "--wait", "--options", &options])
    }

    fn control(&self, arguments: &[&str]) -> io::Result<()> {
        let mut control = Account::choose(&self.folder)?.command(&self.programs.join("pg_ctl"));
        control.arg("--pgdata").arg(self.folder.join("data")).arg("--silent").args(arguments);
        // The server inherits what it is started with: a pipe would keep whoever reads it waiting.
        let status = control.current_dir(&self.folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        match status.status()? {
            status if status.success() => Ok(()),
            status => Err(io::Error::other(format!("pg_ctl {arguments:?}: {status}"))),
        }
    }

    fn url_of(&self, database: &str) -> String {
        let socket = self.folder.display().to_string().replace('/', "%2F");
        format!("postgres://vanne@{socket}/{database}")
    }

    fn start_with(programs: PathBuf) -> io::Result<Self> {
        // A socket's path holds at most about 100 bytes: hence this short one.
        let folder = std::env::temp_dir().join(format!("vanne-pg-{}", &Uuid::new_v4().simple().to_string()[..12]));
        std::fs::create_dir(&folder)?;
        let account = Account::choose(&folder)?;
        let data = folder.join("data");
        let mut initialise = account.command(&programs.join("initdb"));
        initialise.arg("--pgdata").arg(&data);
        initialise.args(["--username=vanne", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"]);
        finished(initialise.current_dir(&folder).stdin(Stdio::null()))?;

        let mut serve = account.command(&programs.join("postgres"));
        serve.arg("-D").arg(&data).arg("-k").arg(&folder);
        serve.args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200"]);
        serve.args(["-c", "shared_buffers=32MB"]);
        let guard = Command::new("sh")
            .args(["-c", GUARD, "guard"])
            .arg(serve.get_program())
            .args(serve.get_args())
            .env("FOLDER", &folder)
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let server = Self { folder, programs, guard, databases: AtomicU32::new(0) };
        server.wait_until_ready()?;
        Ok(server)
    }

    fn wait_until_ready(&self) -> io::Result<()> {
        let started = Instant::now();
        loop {
            let mut probe = Command::new(self.programs.join("pg_isready"));
            probe.arg("--quiet").arg("--host").arg(&self.folder);
            if probe.stdin(Stdio::null()).status()?.success() {
                return Ok(());
            }
            if started.elapsed() > START_LIMIT {
                let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                return Err(io::Error::other(format!("no answer within {START_LIMIT:?}; its log says: {log}")));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // One that was started again is not the guard's. It fails when there is none, which is as well.
        let _ = self.stop();
        drop(self.guard.stdin.take());
        let _ = self.guard.wait(); // Nothing more can be done about a guard that is already gone.
    }
}

/// Who the server runs as: PostgreSQL refuses to run as root.
enum Account {
    Own,
    Unprivileged(&'static str),
}

impl Account {
    /// The own account, or as root an unprivileged one, which is given the folder.
    fn choose(folder: &Path) -> io::Result<Self> {
        if finished(Command::new("id").arg("-u"))?.trim() != "0" {
            return Ok(Self::Own);
        }
        let known = |name: &&str| finished(Command::new("id").arg("-u").arg(name)).is_ok();
        let name = ["postgres", "nobody"].into_iter().find(known);
        let name = name.ok_or_else(|| io::Error::other("there is no account postgres or nobody to run it under"))?;
        finished(Command::new("chown").arg(name).arg(folder))?;
        Ok(Self::Unprivileged(name))
    }

    fn command(&self, program: &Path) -> Command {
        match self {
            Self::Own => Command::new(program),
            Self::Unprivileged(name) => {
                let mut command = Command::new("setpriv");
                command.args(["--reuid", name, "--clear-groups", "--"]).arg(program);
                command
            }
        }
    }
}

/// The folder that holds `initdb` and the programs beside it: on the PATH, or where Debian keeps them.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join("initdb"));
    // A link on the PATH points to the folder that has all the other programs too.
    let on_path = on_path.filter_map(|program| program.canonicalize().ok());
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let debian = debian.map(|version| version.path().join("bin").join("initdb"));
    on_path.chain(debian).filter_map(|program| program.parent().map(Path::to_owned)).find(|folder| {
        ["initdb", "postgres", "createdb", "pg_isready", "pg_ctl"].iter().all(|name| folder.join(name).exists())
    })
}

/// What the command printed, or an error with what it complained of.
fn finished(command: &mut Command) -> io::Result<String> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let program = command.get_program().to_string_lossy().into_owned();
    Err(io::Error::other(format!("{program}: {}", String::from_utf8_lossy(&output.stderr).trim())))
}

#[allow(clippy::print_stderr, reason = "a test that does not run must be seen")]
fn skipped(why: &str) {
    eprintln!("SKIPPED: tests on PostgreSQL: {why}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_answers_and_leaves_nothing_behind() {
        let Some(server) = Postgres::start() else { return };
        let first = server.database().unwrap();
        assert_ne!(first, server.database().unwrap());
        let folder = server.folder.clone();
        assert!(folder.exists());
        drop(server);
        assert!(!folder.exists());
    }
}
