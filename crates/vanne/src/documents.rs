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
/// them is never in memory as a whole. Of one that is too long to be a document, enough is handed on to be refused.
pub(crate) fn read(file: &Path, mut take: impl FnMut(Found) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let context = || format!("could not read {}", file.display());
    let most = metadata::LIMITS.bytes as u64 + 1;
    let mut reader = BufReader::with_capacity(1 << 20, std::fs::File::open(file).with_context(context)?);
    let mut line = Vec::new();
    (&mut reader).take(most).read_until(b'\n', &mut line).with_context(context)?;
    if !is_whole_document(&line) {
        let left = most.saturating_sub(line.len() as u64);
        reader.take(left).read_to_end(&mut line).with_context(context)?;
        return take(Found { name: file.display().to_string(), bytes: line });
    }
    let is_only_one = reader.fill_buf().with_context(context)?.is_empty();
    for number in 1_u64.. {
        if !line.trim_ascii().is_empty() {
            let numbered = || format!("{}:{number}", file.display());
            let name = if is_only_one { file.display().to_string() } else { numbered() };
            take(Found { name, bytes: std::mem::take(&mut line) })?;
        }
        line.clear();
        if (&mut reader).take(most).read_until(b'\n', &mut line).with_context(context)? == 0 {
            return Ok(());
        }
    }
    Ok(())
}

/// The text of a document: UTF-8, or UTF-16 with a byte-order mark, which upstream blobs are in.
pub(crate) fn text(bytes: Vec<u8>) -> Result<String, String> {
    let bytes = without_utf16(bytes).map_err(|wrong| format!("{wrong}; {CONVERT}"))?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        format!("not UTF-8 from byte {at} on; {CONVERT}")
    })
}

/// What to do about a document in an encoding that is not read.
pub(crate) const CONVERT: &str = "convert the document to UTF-8 first";

/// A document in UTF-16 with a byte-order mark as UTF-8, without its XML declaration, which speaks of the old
/// encoding. Any other document as it is.
pub(crate) fn without_utf16(bytes: Vec<u8>) -> Result<Vec<u8>, &'static str> {
    let (pairs, unit): (_, fn([u8; 2]) -> u16) = match bytes.as_slice() {
        [0xff, 0xfe, pairs @ ..] => (pairs, u16::from_le_bytes),
        [0xfe, 0xff, pairs @ ..] => (pairs, u16::from_be_bytes),
        _ => return Ok(bytes),
    };
    let (pairs, rest) = pairs.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().copied().map(unit).collect();
    let text = String::from_utf16(&units).ok().filter(|_| rest.is_empty()).ok_or("not valid UTF-16")?;
    let declared = text.strip_prefix("<?xml ").and_then(|rest| rest.split_once("?>"));
    Ok(declared.map_or(text.as_str(), |(_, document)| document.trim_start()).as_bytes().to_vec())
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
    fn utf_16_is_read_in_either_order_and_nothing_else_is_guessed() {
        let document = "<?xml version=\"1.0\" encoding=\"utf-16\"?>\r\n<Update>é</Update>";
        let with = |mark: [u8; 2], bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
            mark.into_iter().chain(document.encode_utf16().flat_map(bytes)).collect()
        };
        let little = with([0xff, 0xfe], u16::to_le_bytes);
        assert_eq!(text(little.clone()).unwrap(), "<Update>é</Update>");
        assert_eq!(text(with([0xfe, 0xff], u16::to_be_bytes)).unwrap(), "<Update>é</Update>");
        assert!(text(little[..little.len() - 1].to_vec()).unwrap_err().contains("UTF-16"), "half a unit is left");
        assert_eq!(
            text(b"<Update>\xe9</Update>".to_vec()).unwrap_err().split(';').next(),
            Some("not UTF-8 from byte 8 on")
        );
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
