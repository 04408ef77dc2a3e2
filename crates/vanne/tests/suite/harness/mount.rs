use std::path::{Path, PathBuf};
use std::process::Command;

/// A mount that lasts as long as the value.
pub(crate) struct Mount(PathBuf);

impl Mount {
    /// Mounts onto a folder; `None` with a loud line where this account may not.
    pub(crate) fn new(folder: &Path, arguments: &[&[&str]]) -> Option<Self> {
        std::fs::create_dir_all(folder).unwrap();
        let mut mounted = None;
        for arguments in arguments {
            let done = Command::new("mount").args(*arguments).arg(folder).output();
            if !done.is_ok_and(|done| done.status.success()) {
                eprintln!("SKIPPED: tests of full and read-only disks: this account may not mount");
                return None;
            }
            mounted.get_or_insert_with(|| Self(folder.to_owned()));
        }
        mounted
    }

    /// A disk of its own, with so much room.
    pub(crate) fn disk(folder: &Path, mib: u32) -> Option<Self> {
        Self::new(folder, &[&["-t", "tmpfs", "-o", &format!("size={mib}m"), "none"]])
    }

    /// Gives such a disk another amount of room.
    pub(crate) fn resize(&self, mib: u32) {
        let options = format!("remount,size={mib}m");
        assert!(Command::new("mount").args(["-o", &options]).arg(&self.0).status().unwrap().success());
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Lazily: a server that was killed a moment ago may still hold a file.
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}
