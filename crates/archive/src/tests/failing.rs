//! A disk that fails when tests say.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use crate::export::medium::{Disk, Lasting, Medium};

/// A disk on which the first steps succeed and all that follow fail. A write that fails has written half.
pub(crate) struct Failing {
    steps: Arc<AtomicU64>,
    kind: io::ErrorKind,
    created: Mutex<Vec<PathBuf>>,
}

impl Failing {
    pub(crate) fn after(steps: u64, kind: io::ErrorKind) -> Arc<Self> {
        Arc::new(Self { steps: Arc::new(AtomicU64::new(steps)), kind, created: Mutex::default() })
    }

    /// A disk that never fails. As nothing is made lasting, it is quicker than the true one.
    pub(crate) fn never() -> Arc<Self> {
        Self::after(u64::MAX, io::ErrorKind::Other)
    }

    fn step(&self) -> io::Result<()> {
        step(&self.steps, self.kind)
    }

    /// The parts that were begun.
    pub(crate) fn created(&self) -> Vec<PathBuf> {
        self.created.lock().unwrap().clone()
    }
}

fn step(steps: &AtomicU64, kind: io::ErrorKind) -> io::Result<()> {
    let left = steps.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
    left.map(drop).map_err(|_| io::Error::from(kind))
}

struct FailingFile {
    file: Box<dyn Lasting>,
    steps: Arc<AtomicU64>,
    kind: io::ErrorKind,
}

impl Write for FailingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(error) = step(&self.steps, self.kind) {
            self.file.write_all(&bytes[..bytes.len() / 2])?;
            return Err(error);
        }
        self.file.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Lasting for FailingFile {
    fn sync(&mut self) -> io::Result<()> {
        step(&self.steps, self.kind)
    }
}

impl Medium for Failing {
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.step().and_then(|()| Disk.create_folder(path))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn Lasting>> {
        self.step()?;
        self.created.lock().unwrap().push(path.to_owned());
        let file = Disk.create(path)?;
        Ok(Box::new(FailingFile { file, steps: Arc::clone(&self.steps), kind: self.kind }))
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn Lasting>> {
        self.step()?;
        let file = Disk.append(path)?;
        Ok(Box::new(FailingFile { file, steps: Arc::clone(&self.steps), kind: self.kind }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step().and_then(|()| Disk.rename(from, to))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.step().and_then(|()| Disk.remove(path))
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        self.step()
    }
}
