//! Which content files of a revision an estate has use for.

use std::collections::BTreeSet;

use model::{FileUse, Languages};

/// Fallback of every text and base of every language pack: always among the languages that are chosen, as native WSUS's
/// documentation demands it of its administrators.
const ALWAYS: &str = "en";

/// What was chosen: languages, and whether express files are fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChoice {
    /// Tags in lower case; none for all.
    languages: BTreeSet<String>,
    express: bool,
}

impl Default for FileChoice {
    /// All there is.
    fn default() -> Self {
        Self { languages: BTreeSet::new(), express: true }
    }
}

impl FileChoice {
    /// Files in `languages`, by tag, or in all if there are none; express files only with `express`.
    pub fn new<'a>(languages: impl IntoIterator<Item = &'a String>, express: bool) -> Self {
        Self { languages: languages.into_iter().map(|tag| tag.to_lowercase()).collect(), express }
    }

    /// Whether anything at all is left out.
    pub fn narrows(&self) -> bool {
        !self.express || !self.languages.is_empty()
    }

    /// Whether something for `languages` is of use: for one that is chosen, or for none in particular. A language is meant
    /// by its regions, and a region by its language: `fr-ca` is of use to who chose `fr`, and the other way round.
    pub fn speaks(&self, languages: &Languages) -> bool {
        let is_chosen = |tag: &str| tag == ALWAYS || self.languages.iter().any(|chosen| is_kin(chosen, tag));
        self.languages.is_empty() || languages.is_neutral() || languages.tags().any(is_chosen)
    }

    /// Those of a revision's files that are of use, in order; `is_spoken` tells whether it is for a language that is
    /// [chosen](Self::speaks).
    ///
    /// Nobody installs what is for other languages only, so that nothing of it is fetched but licences somebody may read.
    /// Express files are left out only beside others: a revision that has nothing else is installed from them.
    pub fn of_use<T>(&self, is_spoken: bool, files: Vec<(T, FileUse)>) -> Vec<T> {
        let has_complete = files.iter().any(|(_, used)| *used == FileUse::Payload);
        let is_of_use = |used: &FileUse| match used {
            FileUse::Payload => is_spoken,
            FileUse::Express => is_spoken && (self.express || !has_complete),
            FileUse::Licence(language) => self.speaks(language),
        };
        files.into_iter().filter(|(_, used)| is_of_use(used)).map(|(file, _)| file).collect()
    }
}

/// One is the other, or its language without the region.
fn is_kin(one: &str, other: &str) -> bool {
    let is_region_of =
        |longer: &str, shorter: &str| longer.strip_prefix(shorter).is_some_and(|rest| rest.starts_with('-'));
    one == other || is_region_of(one, other) || is_region_of(other, one)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(languages: &[&str], express: bool) -> FileChoice {
        let languages: Vec<String> = languages.iter().map(ToString::to_string).collect();
        FileChoice::new(&languages, express)
    }

    fn languages(tags: &[&str]) -> Languages {
        Languages::of(tags.iter().copied())
    }

    #[test]
    fn what_is_neutral_english_or_chosen_is_spoken() {
        let french = choice(&["FR"], true);
        for spoken in [&[][..], &["fr"], &["de", "fr-ca"], &["en"], &["en", "de"]] {
            assert!(french.speaks(&languages(spoken)), "{spoken:?}");
        }
        for foreign in [&["de"][..], &["fry"], &["zh-cn", "ja"]] {
            assert!(!french.speaks(&languages(foreign)), "{foreign:?}");
        }
        assert!(choice(&["pt-br"], true).speaks(&languages(&["pt"])), "the language is there without its region");
        assert!(choice(&[], true).speaks(&languages(&["de"])), "none chosen are all");
    }

    #[test]
    fn express_files_are_left_out_where_there_is_another_way() {
        let files = || vec![("cab", FileUse::Payload), ("psf", FileUse::Express)];
        assert_eq!(choice(&[], true).of_use(true, files()), ["cab", "psf"]);
        assert_eq!(choice(&[], false).of_use(true, files()), ["cab"]);
        let licence = ("licence", FileUse::Licence(languages(&["en"])));
        let alone = vec![("psf", FileUse::Express), licence];
        assert_eq!(choice(&[], false).of_use(true, alone), ["psf", "licence"], "a licence installs nothing");
    }

    #[test]
    fn of_what_is_for_others_nothing_is_of_use_but_licences_that_can_be_read() {
        let licence = |tag| (tag, FileUse::Licence(languages(&[tag])));
        let files = vec![("cab", FileUse::Payload), licence("de"), licence("fr"), licence("en")];
        let french = choice(&["fr"], true);
        assert_eq!(french.of_use(false, files.clone()), ["fr", "en"]);
        assert_eq!(french.of_use(true, files), ["cab", "fr", "en"]);
    }

    #[test]
    fn only_a_choice_narrows() {
        assert!(!FileChoice::default().narrows());
        assert!(choice(&["fr"], true).narrows() && choice(&[], false).narrows());
    }
}
