use std::collections::BTreeSet;
use std::fmt;

/// Bytes of a set of languages. All of Windows' have 200 together; with more than this, nothing is told apart.
pub const LANGUAGES_BYTES_MAX: usize = 1_024;
/// Bytes of a language's tag; the longest in use has 15.
const TAG_BYTES_MAX: usize = 35;
/// What stands for no language in particular; the last one is that of MS-WSUSSS 2.2.5.2.
const NEUTRAL: [&str; 4] = ["all", "neutral", "x-none", "neutrallanguage"];

/// The languages something is for: tags in lower case, each once, in order. Without any it is neutral, for all of them.
///
/// Shape: tags with a comma between, at most [`LANGUAGES_BYTES_MAX`] bytes. What cannot be told apart (too many, or no
/// tags at all) counts as neutral: rather something too much is kept than something too little.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Languages(String);

impl Languages {
    /// For the languages with these `tags`; neutral if one of them says so, or none is there.
    pub fn of<'a>(tags: impl IntoIterator<Item = &'a str>) -> Self {
        let mut known: BTreeSet<String> = BTreeSet::new();
        let mut bytes = 0;
        for tag in tags {
            let tag = tag.trim();
            let is_tag = (1..=TAG_BYTES_MAX).contains(&tag.len())
                && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            let tag = tag.to_ascii_lowercase();
            if !is_tag || NEUTRAL.contains(&tag.as_str()) {
                return Self::default();
            }
            let length = tag.len() + 1;
            if known.insert(tag) {
                bytes += length;
            }
            if bytes > LANGUAGES_BYTES_MAX {
                return Self::default();
            }
        }
        Self(known.into_iter().collect::<Vec<_>>().join(","))
    }

    /// For no language in particular.
    pub fn is_neutral(&self) -> bool {
        self.0.is_empty()
    }

    /// Its tags, in order; none if it is neutral.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.0.split(',').filter(|tag| !tag.is_empty())
    }
}

impl fmt::Display for Languages {
    /// As [`Languages::of`] takes it, with a comma between.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_the_same_in_whatever_order_and_case() {
        let set = Languages::of(["pt-BR", " en ", "fr", "EN"]);
        assert_eq!(set, Languages::of(["fr", "en", "pt-br"]));
        assert_eq!((set.to_string().as_str(), set.is_neutral()), ("en,fr,pt-br", false));
        assert_eq!(Languages::of(set.to_string().split(',')), set, "as it is written, it is read");
    }

    #[test]
    fn what_is_for_all_or_cannot_be_told_apart_is_neutral() {
        let many: Vec<String> = (0..2_000).map(|number| format!("x{number}")).collect();
        for neutral in [vec![], vec!["en", "all"], vec!["NeutralLanguage"], vec!["en", "not a tag"], vec![""]] {
            assert!(Languages::of(neutral.iter().copied()).is_neutral(), "{neutral:?}");
        }
        assert!(Languages::of(many.iter().map(String::as_str)).is_neutral());
        assert_eq!(Languages::default().tags().count(), 0);
    }
}
