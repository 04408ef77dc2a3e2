//! Keys and certificates below `pki` in the data folder: for this account alone, written whole or not at all.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use pki::PEM_BYTES_MAX;

use super::HttpsError;
use crate::app::App;

/// A key and its chain, as one file, so that no moment has the one without the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// Issued here, ECDSA.
    Internal,
    /// Issued here, RSA.
    InternalRsa,
    /// What the first took the place of.
    Before,
    /// What the second took the place of.
    BeforeRsa,
    /// The organisation's.
    Installed,
    /// A key whose certificate was asked for.
    Requested,
}

impl Kept {
    pub(super) fn path(self, app: &App) -> PathBuf {
        folder(app).join(match self {
            Self::Internal => "server.pem",
            Self::InternalRsa => "server-rsa.pem",
            Self::Before => "server-before.pem",
            Self::BeforeRsa => "server-rsa-before.pem",
            Self::Installed => "installed.pem",
            Self::Requested => "request.key.pem",
        })
    }

    /// What is kept; `None` when nothing is.
    pub(super) fn read(self, app: &App) -> Result<Option<String>, HttpsError> {
        match read(&self.path(app)) {
            Err(HttpsError::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
            read => read.map(Some),
        }
    }

    /// Keeps it in the place of what was kept.
    pub(super) fn write(self, app: &App, text: &str) -> Result<(), HttpsError> {
        let path = self.path(app);
        let failed = |source| HttpsError::Write { path: path.clone(), source };
        let folder = folder(app);
        DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(failed)?;
        replace(&folder, &path, text.as_bytes()).map_err(failed)
    }

    /// Keeps nothing any more.
    pub(super) fn remove(self, app: &App) -> Result<(), HttpsError> {
        let path = self.path(app);
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(HttpsError::Write { path, source }),
            _ => Ok(()),
        }
    }
}

fn folder(app: &App) -> PathBuf {
    app.data_dir.join("pki")
}

/// A text file of bounded length.
pub(super) fn read(path: &Path) -> Result<String, HttpsError> {
    let mut text = String::new();
    let bounded = |file: File| file.take(PEM_BYTES_MAX as u64 + 1).read_to_string(&mut text);
    File::open(path).and_then(bounded).map_err(|source| HttpsError::Read { path: path.into(), source })?;
    Ok(text)
}

/// Beside it first and on disk, then in its place: a full disk or a lost power supply leaves what was there.
fn replace(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    let written = (|| {
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        // Made for this account alone, rather than made and then closed to others.
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)
    })();
    if written.is_err() {
        // Half of it serves nobody.
        let _ = fs::remove_file(&beside);
    }
    written?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_is_written_is_this_accounts_alone_and_replaces_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.pem");
        fs::write(path.with_extension("new"), "left over").unwrap();
        for text in ["first", "second"] {
            replace(folder.path(), &path, text.as_bytes()).unwrap();
            assert_eq!(read(&path).unwrap(), text);
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_cannot_be_written_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.pem");
        replace(folder.path(), &path, b"first").unwrap();
        // A folder in the way of the file beside it.
        fs::create_dir_all(path.with_extension("new").join("x")).unwrap();
        assert!(replace(folder.path(), &path, b"second").is_err());
        assert_eq!(read(&path).unwrap(), "first");
    }
}
