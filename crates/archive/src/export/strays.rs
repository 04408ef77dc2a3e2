//! What earlier runs left in the folder and the archive does not have.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::ExportError;
use super::target::{PARTIAL, Target};
use crate::PartName;

/// Removes parts, finished or not, that are not among `names`. What has no name of a part is not ours, and stays.
pub(super) fn remove(target: &Target, names: &HashSet<PartName>) -> Result<(), ExportError> {
    for folder in part_folders(&target.folder) {
        for entry in entries(target, &folder)? {
            let Some(name) = entry.file_name().and_then(|name| name.to_str()) else { continue };
            let (stem, partial) = name.strip_suffix(PARTIAL).map_or((name, false), |stem| (stem, true));
            let Ok(part) = stem.parse::<PartName>() else { continue };
            if partial || !names.contains(&part) {
                target.medium.remove(&entry).map_err(target.failed("remove", &entry))?;
            }
        }
    }
    Ok(())
}

/// Makes the names of all parts last.
pub(super) fn sync_folders(target: &Target, names: &HashSet<PartName>) -> Result<(), ExportError> {
    let mut folders: Vec<PathBuf> =
        names.iter().filter_map(|name| Some(target.path(name).parent()?.to_owned())).collect();
    folders
        .extend(["parts", "files"].map(|name| target.folder.join(name)).into_iter().filter(|folder| folder.is_dir()));
    folders.push(target.folder.clone());
    folders.sort_unstable();
    folders.dedup();
    folders.iter().try_for_each(|folder| target.sync_folder(folder))
}

fn part_folders(archive: &Path) -> Vec<PathBuf> {
    let files = archive.join("files");
    let prefixes = (0..=u8::MAX).map(|prefix| files.join(format!("{prefix:02x}")));
    std::iter::once(archive.join("parts")).chain(prefixes).collect()
}

fn entries(target: &Target, folder: &Path) -> Result<Vec<PathBuf>, ExportError> {
    // A link is not followed: whatever is behind it is not ours to remove.
    if !folder.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Ok(Vec::new());
    }
    let list = fs::read_dir(folder).and_then(|list| list.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>());
    list.map_err(target.failed("list", folder))
}
