//! Finding update documents: single files, folders, and files that hold one document a line.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// One document as it was found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Its path, with the line number when the file holds several.
    pub(crate) name: String,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
}

/// Lists the files to read: those named, and every file below a folder, in order of names.
pub(crate) fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        let kind = std::fs::metadata(path).with_context(|| format!("could not read {}", path.display()))?;
        if kind.is_dir() {
            walk(path, &mut files)?;
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

/// Every file below `folder`, folders in order of their names. Links are not followed.
pub(crate) fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let read = |error: std::io::Error| {
        anyhow::Error::new(error).context(format!("could not read the folder {}", folder.display()))
    };
    let mut entries = std::fs::read_dir(folder).map_err(read)?.collect::<Result<Vec<_>, _>>().map_err(read)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type().map_err(read)?;
        if kind.is_dir() {
            walk(&entry.path(), files)?;
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    Ok(())
}

/// Hands every document of `file` to `take`, one at a time, so that a file of half a million of
/// them is never in memory as a whole.
pub(crate) fn read(file: &Path, mut take: impl FnMut(Found) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let context = || format!("could not read {}", file.display());
    let mut reader = BufReader::with_capacity(1 << 20, std::fs::File::open(file).with_context(context)?);
    let mut first = Vec::new();
    reader.read_until(b'\n', &mut first).with_context(context)?;
    if !is_whole_document(&first) {
        let mut bytes = first;
        reader.read_to_end(&mut bytes).with_context(context)?;
        return take(Found { name: file.display().to_string(), bytes });
    }
    let mut line = first;
    for number in 1_u64.. {
        if !line.trim_ascii().is_empty() {
            let name = if number == 1 && reader.fill_buf().with_context(context)?.is_empty() {
                file.display().to_string()
            } else {
                format!("{}:{number}", file.display())
            };
            take(Found { name, bytes: std::mem::take(&mut line) })?;
        }
        line.clear();
        if reader.read_until(b'\n', &mut line).with_context(context)? == 0 {
            return Ok(());
        }
    }
    Ok(())
}

/// The text of a document: UTF-8, or UTF-16 with a byte-order mark, which upstream blobs are in.
pub(crate) fn text(bytes: Vec<u8>) -> Result<String, String> {
    match bytes.strip_prefix(b"\xff\xfe") {
        Some(utf16) => {
            let units: Vec<u16> = utf16.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
            String::from_utf16(&units).map_err(|_| "not valid UTF-16; convert the document to UTF-8 first".into())
        }
        None => String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            format!("not UTF-8 from byte {at} on; convert the document to UTF-8 first")
        }),
    }
}

/// True when a first line opens and closes an `Update` by itself, so that what follows is another document.
fn is_whole_document(line: &[u8]) -> bool {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii();
    let Some(end_tag) = line.strip_suffix(b">") else { return false };
    let Some(at) = end_tag.windows(2).rposition(|pair| pair == b"</") else { return false };
    let name = &end_tag[at + 2..];
    let local = name.rsplit(|byte| *byte == b':').next().unwrap_or(name);
    line.starts_with(b"<") && local.trim_ascii_end() == b"Update"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names_of(text: &str) -> Vec<(String, String)> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("f");
        std::fs::write(&file, text).unwrap();
        let mut found = Vec::new();
        read(&file, |document| {
            let name = document.name.rsplit('/').next().unwrap().to_owned();
            found.push((name, String::from_utf8(document.bytes).unwrap().trim().to_owned()));
            Ok(())
        })
        .unwrap();
        found
    }

    fn pair(name: &str, text: &str) -> (String, String) {
        (name.to_owned(), text.to_owned())
    }

    #[test]
    fn one_document_may_span_lines() {
        assert_eq!(names_of("<a:Update>\n</a:Update>\n"), [pair("f", "<a:Update>\n</a:Update>")]);
    }

    #[test]
    fn one_document_a_line_gives_each_its_number() {
        let text = "<Update>1</Update>\n\n<u:Update>2</u:Update>\n";
        assert_eq!(names_of(text), [pair("f:1", "<Update>1</Update>"), pair("f:3", "<u:Update>2</u:Update>")]);
    }

    #[test]
    fn a_single_line_is_a_single_document() {
        assert_eq!(names_of("<Update>1</Update>"), [pair("f", "<Update>1</Update>")]);
        assert_eq!(names_of("garbage"), [pair("f", "garbage")]);
    }

    #[test]
    fn folders_are_read_in_order_of_names() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("b")).unwrap();
        for name in ["c.xml", "b/z.xml", "a.xml"] {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        let found = files(&[folder.path().to_path_buf()]).unwrap();
        let names: Vec<_> =
            found.iter().map(|path| path.strip_prefix(folder.path()).unwrap().display().to_string()).collect();
        assert_eq!(names, ["a.xml", "b/z.xml", "c.xml"]);
    }
}
