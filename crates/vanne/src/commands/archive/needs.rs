//! `vanne archive needs`.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use archive::Needs;

use crate::administration::Administration;
use crate::exit::Failure;
use crate::output::{Output, count, line};

pub(super) async fn run(
    administration: &Administration,
    to: Option<PathBuf>,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let needs: Needs = administration.read("/api/v1/archive/needs", &()).await?;
    let text = needs.to_bytes();
    match to {
        Some(path) => {
            keep(&path, &text).with_context(|| format!("could not write {}", path.display()))?;
            let (files, revisions) = (needs.files.len() as u64, needs.revisions.len() as u64);
            output.say(&format!(
                "{} files and {} revisions are missing here; the list is in {}",
                count(files),
                count(revisions),
                path.display()
            ));
        }
        // The list is read by a program on the other side, in whatever form people want to be told here.
        None => line(String::from_utf8_lossy(&text).trim_end())?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes a file whole or not at all.
fn keep(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    name.push(".partial");
    let partial = path.with_file_name(name);
    let mut file = File::create(&partial)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&partial, path));
    written.inspect_err(|_| {
        // Best effort: what failed is what counts.
        let _ = fs::remove_file(&partial);
    })
}
