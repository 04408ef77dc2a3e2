//! Languages of a subscription, as an upstream numbers them.

use std::collections::{BTreeMap, BTreeSet};

use wire::server::{Language, LanguageAndDelta};

/// An upstream has not got a language that was chosen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it has no language {tag:?}; it has {}", known.join(", "))]
pub(crate) struct NoSuchLanguage {
    tag: String,
    known: Vec<String>,
}

/// The numbers of the chosen languages, from what an upstream says it has (MS-WSUSSS 3.1.4.4.3.1, `LanguageUpdateList`):
/// those that are enabled, or any if 0, all languages, is. So Microsoft's service says it, every single one not being
/// enabled; a native WSUS that an administrator limited says the opposite (captures of October 2026). A language that is
/// there without a region, as `fr` for `fr-fr`, is meant.
pub(super) fn numbers(tags: &BTreeSet<String>, told: &[Language]) -> Result<BTreeMap<String, i32>, NoSuchLanguage> {
    let has_all = told.iter().any(|language| language.id == 0 && language.enabled);
    let told: BTreeMap<String, i32> = told
        .iter()
        .filter(|language| language.id != 0 && (has_all || language.enabled))
        .map(|language| (language.short_name.to_lowercase(), language.id))
        .collect();
    let number = |tag: &String| {
        let without_region = || told.get(tag.split('-').next()?);
        let number = told.get(tag).or_else(without_region).copied();
        let missing = || NoSuchLanguage { tag: tag.clone(), known: told.keys().cloned().collect() };
        Ok((tag.clone(), number.ok_or_else(missing)?))
    };
    tags.iter().map(number).collect()
}

/// The filter for those languages. `before` are those that the anchor covers; none means all.
pub(super) fn chosen(numbers: &BTreeMap<String, i32>, before: &BTreeSet<String>) -> Vec<LanguageAndDelta> {
    let delta = |tag: &String| before.is_empty() || before.contains(tag);
    numbers.iter().map(|(tag, id)| LanguageAndDelta { id: *id, delta: delta(tag) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(tags: &[&str]) -> BTreeSet<String> {
        tags.iter().map(ToString::to_string).collect()
    }

    /// As Microsoft's service tells it.
    fn told() -> Vec<Language> {
        let language = |id, short_name: &str| {
            let short_name = short_name.to_owned();
            Language { id, short_name, long_name: String::new(), enabled: id == 0 }
        };
        vec![language(0, "all"), language(1033, "en"), language(1036, "fr"), language(1046, "pt-BR")]
    }

    #[test]
    fn of_an_upstream_that_is_limited_itself_only_what_it_takes_is_there() {
        let mut limited = told();
        for language in &mut limited {
            language.enabled = language.id == 1033;
        }
        assert!(numbers(&tags(&["en"]), &limited).is_ok());
        let error = numbers(&tags(&["fr"]), &limited).unwrap_err().to_string();
        assert_eq!(error, "it has no language \"fr\"; it has en");
    }

    #[test]
    fn a_language_is_found_in_any_case_and_without_its_region() {
        let found = numbers(&tags(&["fr-fr", "pt-br"]), &told()).unwrap();
        assert_eq!(found, [("fr-fr".to_owned(), 1036), ("pt-br".to_owned(), 1046)].into());
    }

    #[test]
    fn one_that_the_upstream_has_not_got_is_named_with_those_it_has() {
        for tag in ["xx", "all", ""] {
            let error = numbers(&tags(&[tag]), &told()).unwrap_err().to_string();
            assert_eq!(error, format!("it has no language {tag:?}; it has en, fr, pt-br"));
        }
    }

    #[test]
    fn a_language_that_was_just_chosen_is_asked_for_whole() {
        let numbers = numbers(&tags(&["en", "fr"]), &told()).unwrap();
        let deltas = |before: &[&str]| -> Vec<(i32, bool)> {
            chosen(&numbers, &tags(before)).iter().map(|one| (one.id, one.delta)).collect()
        };
        assert_eq!(deltas(&["en"]), [(1033, true), (1036, false)]);
        assert_eq!(deltas(&[]), [(1033, true), (1036, true)], "all were asked for before");
    }
}
