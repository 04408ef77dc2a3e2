//! The languages updates come in, by their locale's number ([MS-LCID] 2.2).

/// A language as servers name it to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Language {
    /// The locale's number.
    pub id: i32,
    /// Its tag, in lower case.
    pub short_name: &'static str,
    /// Its English name.
    pub long_name: &'static str,
}

const fn language(id: i32, short_name: &'static str, long_name: &'static str) -> Language {
    Language { id, short_name, long_name }
}

/// The languages Windows is published in, by number; numbers and tags are those that Microsoft's service and native WSUS
/// tell (captures of October 2026).
pub const ALL: &[Language] = &[
    language(1025, "ar", "Arabic"),
    language(1026, "bg", "Bulgarian"),
    language(1028, "zh-tw", "Chinese (Traditional)"),
    language(1029, "cs", "Czech"),
    language(1030, "da", "Danish"),
    language(1031, "de", "German"),
    language(1032, "el", "Greek"),
    language(1033, "en", "English"),
    language(1034, "es", "Spanish"),
    language(1035, "fi", "Finnish"),
    language(1036, "fr", "French"),
    language(1037, "he", "Hebrew"),
    language(1038, "hu", "Hungarian"),
    language(1040, "it", "Italian"),
    language(1041, "ja", "Japanese"),
    language(1042, "ko", "Korean"),
    language(1043, "nl", "Dutch"),
    language(1044, "no", "Norwegian"),
    language(1045, "pl", "Polish"),
    language(1046, "pt-br", "Portuguese (Brazil)"),
    language(1048, "ro", "Romanian"),
    language(1049, "ru", "Russian"),
    language(1050, "hr", "Croatian"),
    language(1051, "sk", "Slovak"),
    language(1053, "sv", "Swedish"),
    language(1054, "th", "Thai"),
    language(1055, "tr", "Turkish"),
    language(1058, "uk", "Ukrainian"),
    language(1060, "sl", "Slovenian"),
    language(1061, "et", "Estonian"),
    language(1062, "lv", "Latvian"),
    language(1063, "lt", "Lithuanian"),
    language(1066, "vi", "Vietnamese"),
    language(1081, "hi", "Hindi"),
    language(2052, "zh-cn", "Chinese (Simplified)"),
    language(2070, "pt", "Portuguese (Portugal)"),
    language(2074, "sr", "Serbian (Latin)"),
    language(3076, "zh-hk", "Chinese (Hong Kong)"),
    language(66_577, "ja-nec", "Japanese (NEC)"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_is_named_once() {
        assert!(ALL.is_sorted_by(|one, next| one.id < next.id));
        let mut tags: Vec<&str> = ALL.iter().map(|language| language.short_name).collect();
        tags.sort_unstable();
        tags.dedup();
        assert_eq!(tags.len(), ALL.len());
    }
}
