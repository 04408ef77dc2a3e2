use crate::cursor::Cursor;
use crate::error::{DocumentError, DocumentFault};

/// The element that names a licence file.
pub(crate) const EULA_FILE: &str = "EulaFile";

/// The texts of one language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocalizedProperties {
    /// The language tag as written, such as `zh-cn`.
    pub language: String,
    /// The title; empty if there is none.
    pub title: String,
    /// What the update is for.
    pub description: Option<String>,
    /// How it is removed.
    pub uninstall_notes: Option<String>,
    /// Where to read more.
    pub more_info_urls: Vec<String>,
    /// Where to find help.
    pub support_url: Option<String>,
}

/// Reads the rest of `LocalizedProperties`.
pub(crate) fn read(cursor: &mut Cursor<'_>) -> Result<LocalizedProperties, DocumentError> {
    read_texts(cursor).map(|(texts, _)| texts)
}

/// As [`read`]; vendor packages may name further languages the texts are for.
pub(crate) fn read_texts(cursor: &mut Cursor<'_>) -> Result<(LocalizedProperties, Vec<String>), DocumentError> {
    let mut localized = LocalizedProperties::default();
    let mut further = Vec::new();
    cursor.children(|cursor, element| {
        match cursor.extended_name(element) {
            "Language" if localized.language.is_empty() => localized.language = cursor.text()?.trim().to_owned(),
            "Language" => further.push(cursor.text()?.trim().to_owned()),
            "Title" => localized.title = cursor.text()?.into_owned(),
            "Description" => localized.description = Some(cursor.text()?.into_owned()),
            "UninstallNotes" => localized.uninstall_notes = Some(cursor.text()?.into_owned()),
            "MoreInfoUrl" => localized.more_info_urls.push(cursor.text()?.into_owned()),
            "SupportUrl" => localized.support_url = Some(cursor.text()?.into_owned()),
            _ => cursor.skip()?,
        }
        Ok(())
    })?;
    if localized.language.is_empty() {
        let fault = DocumentFault::MissingElement { parent: "LocalizedProperties", element: "Language" };
        return Err(cursor.fault(fault));
    }
    Ok((localized, further))
}

/// The texts in the first of `languages` that is there, or its parent; else in `default`, English, or the first.
pub(crate) fn pick<'a>(
    all: &'a [LocalizedProperties],
    languages: &[&str],
    default: Option<&str>,
) -> Option<&'a LocalizedProperties> {
    let exact = |wanted: &str| all.iter().find(|held| held.language.eq_ignore_ascii_case(wanted));
    let parent = |wanted: &str| wanted.split_once('-').and_then(|(parent, _)| exact(parent));
    languages
        .iter()
        .copied()
        .chain(default)
        .chain(["en"])
        .find_map(|wanted| exact(wanted).or_else(|| parent(wanted)))
        .or_else(|| all.first())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_language_is_exact_then_parent_then_default_then_english() {
        let all: Vec<LocalizedProperties> = ["de", "en", "pt"]
            .into_iter()
            .map(|language| LocalizedProperties { language: language.to_owned(), ..LocalizedProperties::default() })
            .collect();
        let picked = |languages: &[&str], default| pick(&all, languages, default).unwrap().language.clone();
        assert_eq!(picked(&["pt-br"], None), "pt");
        assert_eq!(picked(&["PT"], None), "pt");
        assert_eq!(picked(&["fr"], Some("de")), "de");
        assert_eq!(picked(&["fr"], None), "en");
        assert_eq!(pick(&all[..1], &["fr"], None).unwrap().language, "de");
        assert!(pick(&[], &["fr"], None).is_none());
    }
}
