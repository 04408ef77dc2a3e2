use std::path::{Path, PathBuf};
use std::process::Output;

use serde::de::DeserializeOwned;
use store::{Location, Store};
use tempfile::TempDir;
use testkit::documents::Made;

use super::{Program, ServerProcess};

/// A folder to work in, with a data folder in it, on which the program is run as an administrator runs it.
pub(crate) struct Site {
    folder: TempDir,
    database: Option<String>,
}

/// What became of a command.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Site {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), database: None }
    }

    /// With its state in a PostgreSQL database.
    pub(crate) fn on_database(url: String) -> Self {
        Self { database: Some(url), ..Self::new() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.path("data")
    }

    /// Writes a file, and the folders it is in.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Writes documents into `documents` and their files into `files`.
    pub(crate) fn write_catalog(&self, made: &[Made]) {
        for made in made {
            self.write(&format!("documents/{}", made.file_name), &made.document);
            for file in &made.files {
                self.write(&format!("files/{}", file.sha1()), &file.bytes);
            }
        }
    }

    fn place(&self) -> Vec<String> {
        let mut place = vec!["--data-dir".to_owned(), self.data_dir().display().to_string()];
        place.extend(self.database.iter().flat_map(|url| ["--database".to_owned(), url.clone()]));
        place
    }

    /// The command, ready to be run in the folder; where the state is comes last.
    pub(crate) fn command(&self, words: &[&str]) -> std::process::Command {
        let mut command = Program::command();
        command.args(words).args(self.place()).current_dir(self.folder.path());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, words: &[&str]) -> Ran {
        self.command(words).output().unwrap().into()
    }

    /// Runs a command that must succeed, and reads what it prints as JSON.
    pub(crate) fn json<A: DeserializeOwned>(&self, words: &[&str]) -> A {
        let ran = self.run(&[words, &["--output", "json"]].concat());
        assert_eq!(ran.code, 0, "{words:?}: {}", ran.err);
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{words:?}: {error}: {}", ran.out))
    }

    /// Starts a server.
    pub(crate) fn serve(&self) -> ServerProcess {
        self.serve_with(&[])
    }

    /// Starts a server with more arguments.
    pub(crate) fn serve_with(&self, more: &[&str]) -> ServerProcess {
        let database: Vec<&str> = self.database.iter().flat_map(|url| ["--database", url]).collect();
        ServerProcess::start(&self.data_dir(), &[&database, more].concat())
    }

    /// The state, by another handle.
    pub(crate) async fn store(&self) -> Store {
        let location = match &self.database {
            Some(url) => Location::Postgres(url.clone()),
            None => Location::Sqlite(self.data_dir().join("vanne.db")),
        };
        Store::open(&location, model::Timestamp::now()).await.unwrap()
    }
}

/// Every file below a folder, by its path in it.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            files.extend(files_below(&entry.path()));
        } else {
            files.push(entry.path());
        }
    }
    files.sort();
    files
}
