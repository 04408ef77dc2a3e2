//! The administration socket: a Unix socket in the data folder, for the folder's owner alone.

use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

/// Why the socket cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// Another server runs on the same data folder.
    #[error("a server is already running on {}; stop it first, or use another --data-dir", data_dir.display())]
    AlreadyRunning {
        /// The folder.
        data_dir: PathBuf,
    },
    /// The system does not let it be made.
    #[error("could not make the administration socket {}", path.display())]
    Make {
        /// The socket.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Where the socket of the server on `data_dir` is.
pub fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("vanne.sock")
}

/// Connects to the server on `data_dir`; `None` when none is running.
///
/// # Errors
/// Anything but an absent or abandoned socket, such as a lack of permission.
pub async fn connect(data_dir: &Path) -> std::io::Result<Option<UnixStream>> {
    match UnixStream::connect(path(data_dir)).await {
        Ok(stream) => Ok(Some(stream)),
        // A socket whose server was killed stays behind and refuses.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Binds the socket of `data_dir`, taking the place of one that a killed server left.
pub(crate) async fn bind(data_dir: &Path) -> Result<UnixListener, SocketError> {
    let path = path(data_dir);
    let failed = |source| SocketError::Make { path: path.clone(), source };
    if connect(data_dir).await.map_err(failed)?.is_some() {
        return Err(SocketError::AlreadyRunning { data_dir: data_dir.into() });
    }
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let listener = UnixListener::bind(&path).map_err(failed)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).map_err(failed)?;
    Ok(listener)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_left_over_socket_is_replaced_and_a_living_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        assert!(connect(folder.path()).await.unwrap().is_none());
        drop(bind(folder.path()).await.unwrap());
        assert!(connect(folder.path()).await.unwrap().is_none(), "nobody answers on a left-over socket");
        let _living = bind(folder.path()).await.unwrap();
        assert!(matches!(bind(folder.path()).await, Err(SocketError::AlreadyRunning { .. })));
        let mode = std::fs::metadata(path(folder.path())).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
