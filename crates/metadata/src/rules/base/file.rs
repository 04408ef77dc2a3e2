use model::Timestamp;

use super::{Base, Read, RegistryValue, comparison};
use crate::attributes::Attributes;
use crate::error::DocumentFault;
use crate::rules::{Context, Fact, FileFacts, Version};

/// Where a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileLocation {
    /// What stands before the path.
    pub base: FileBase,
    /// The path as written.
    pub path: String,
}

/// What stands before a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileBase {
    /// Nothing: the path is absolute.
    Absolute,
    /// A known folder.
    Csidl(i32),
    /// A `REG_SZ`, joined with exactly one backslash; if it is missing, the rule is false.
    Registry(RegistryValue),
}

/// What else must be equal of a file that exists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileAttributes {
    /// Version of its version resource.
    pub version: Option<Version>,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// When it was modified.
    pub modified: Option<Timestamp>,
    /// Length in bytes.
    pub size: Option<u64>,
    /// Language of its version resource.
    pub language: Option<u16>,
}

impl FileLocation {
    fn read(attributes: &Attributes<'_>, in_registry: bool) -> Result<Self, DocumentFault> {
        let path = attributes.required("Path")?.to_owned();
        let base = if in_registry {
            FileBase::Registry(RegistryValue::read(attributes)?)
        } else {
            attributes.parse("Csidl", "a folder number")?.map_or(FileBase::Absolute, FileBase::Csidl)
        };
        Ok(Self { base, path })
    }

    /// The facts of the file, if it and what its path hangs on exist.
    pub(super) fn facts(&self, context: &Context<'_>) -> Fact<Option<FileFacts>> {
        let base = match &self.base {
            FileBase::Absolute => return context.inventory.file(&canonical(&self.path)),
            FileBase::Csidl(csidl) => context.inventory.known_folder(*csidl)?,
            FileBase::Registry(value) => value.text(context)?,
        };
        match base {
            Some(base) => context.inventory.file(&canonical(&format!("{base}\\{}", self.path))),
            None => Ok(None),
        }
    }
}

impl FileAttributes {
    fn read(attributes: &Attributes<'_>) -> Result<Self, DocumentFault> {
        Ok(Self {
            version: attributes.parse("Version", "a version")?,
            created: attributes.time("Created")?,
            modified: attributes.time("Modified")?,
            size: attributes.parse("Size", "a number of bytes")?,
            language: attributes.parse("Language", "a language number")?,
        })
    }

    /// True if every one that is given equals the file's.
    pub(super) fn match_all(&self, facts: &FileFacts) -> bool {
        self.version.is_none_or(|version| facts.version == Some(version))
            && self.created.is_none_or(|created| facts.created == created)
            && self.modified.is_none_or(|modified| facts.modified == modified)
            && self.size.is_none_or(|size| facts.size == size)
            && self.language.is_none_or(|language| facts.language == Some(language))
    }
}

/// Removes repeated backslashes but those a network path begins with, and steps over `.` and `..`.
fn canonical(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split(['\\', '/']) {
        match part {
            "" | "." => {}
            ".." if parts.len() > 1 => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let joined = parts.join("\\");
    if path.starts_with(r"\\") { format!(r"\\{joined}") } else { joined }
}

pub(super) fn read(name: &str, attributes: &Attributes<'_>) -> Option<Read> {
    let (name, in_registry) = match name.strip_suffix("PrependRegSz") {
        Some(name) => (name, true),
        None => (name, false),
    };
    if !matches!(name, "FileExists" | "FileVersion" | "FileCreated" | "FileModified" | "FileSize") {
        return None;
    }
    Some(FileLocation::read(attributes, in_registry).and_then(|file| read_test(name, file, attributes)))
}

fn read_test(name: &str, file: FileLocation, attributes: &Attributes<'_>) -> Read {
    if name == "FileExists" {
        return Ok(Base::FileExists { file, attributes: FileAttributes::read(attributes)? });
    }
    let comparison = comparison(attributes)?;
    let time = |name| {
        let time = attributes.time(name)?;
        attributes.required(name).map(|_| time.unwrap_or_default())
    };
    Ok(match name {
        "FileVersion" => {
            Base::FileVersion { file, comparison, version: attributes.required_parse("Version", "a version")? }
        }
        "FileCreated" => Base::FileCreated { file, comparison, created: time("Created")? },
        "FileModified" => Base::FileModified { file, comparison, modified: time("Modified")? },
        _ => Base::FileSize { file, comparison, size: attributes.required_parse("Size", "a number of bytes")? },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lose_repeated_backslashes_and_steps() {
        assert_eq!(canonical(r"C:\Program Files\\Vendor\\app.exe"), r"C:\Program Files\Vendor\app.exe");
        assert_eq!(canonical(r"\\server\share\\a"), r"\\server\share\a");
        assert_eq!(canonical(r"C:\Windows\.\System32\..\explorer.exe"), r"C:\Windows\explorer.exe");
        assert_eq!(canonical(r"C:\..\.."), r"C:");
    }
}
