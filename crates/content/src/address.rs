use model::Sha1;

/// The longest extension that becomes part of an address.
const EXTENSION_BYTES_MAX: usize = 16;

/// Where clients find a file below `/Content/`: `<XX>/<SHA1>.<ext>`, with the SHA-1 in upper-case hex and its last
/// two digits as the folder.
///
/// `extension` is without its dot. One that is not 1 to 16 ASCII letters or digits is left out, with the dot.
///
/// Source: MS-WUSP notes 56 and 57; `native-behaviour` §3.
pub fn address(sha1: &Sha1, extension: &str) -> String {
    let name = sha1.to_string().to_ascii_uppercase();
    let folder = &name[name.len() - 2..];
    if is_extension(extension) { format!("{folder}/{name}.{extension}") } else { format!("{folder}/{name}") }
}

/// The SHA-1 that an address below `/Content/` names, in any letter case, with or without an extension.
///
/// `None` for everything that [`address`] would not have made: another folder, another length, escapes, dots,
/// slashes. The extension is not compared with the file's.
pub fn parse_address(path: &str) -> Option<Sha1> {
    let (folder, name) = path.split_once('/')?;
    let digits = match name.split_once('.') {
        Some((digits, extension)) if is_extension(extension) => digits,
        Some(_) => return None,
        None => name,
    };
    let sha1: Sha1 = digits.parse().ok()?;
    let expected = sha1.as_bytes().last().map(|last| format!("{last:02x}"))?;
    folder.eq_ignore_ascii_case(&expected).then_some(sha1)
}

fn is_extension(text: &str) -> bool {
    (1..=EXTENSION_BYTES_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NAME: &str = "00112233445566778899AABBCCDDEEFF0123451F";

    #[test]
    fn an_address_has_the_last_two_digits_as_its_folder() {
        let sha1 = NAME.parse().unwrap();
        assert_eq!(address(&sha1, "cab"), format!("1F/{NAME}.cab"));
        assert_eq!(address(&sha1, ""), format!("1F/{NAME}"));
    }

    #[test]
    fn a_hostile_extension_never_becomes_part_of_an_address() {
        let sha1 = NAME.parse().unwrap();
        for extension in ["../x", "a b", "c%2f", "ab/c", "é", &"x".repeat(17)] {
            assert_eq!(address(&sha1, extension), format!("1F/{NAME}"), "{extension:?}");
        }
    }

    #[test]
    fn addresses_are_read_in_any_letter_case() {
        let sha1: Sha1 = NAME.parse().unwrap();
        let lower = NAME.to_lowercase();
        for path in [format!("1F/{NAME}.CAB"), format!("1f/{lower}.cab"), format!("1F/{lower}"), format!("1f/{NAME}.x")]
        {
            assert_eq!(parse_address(&path), Some(sha1), "{path}");
        }
    }

    #[test]
    fn sec_p12_nothing_but_an_address_is_read() {
        let hostile = [
            String::new(),
            "/".to_owned(),
            NAME.to_owned(),
            format!("/1F/{NAME}.cab"),
            format!("1E/{NAME}.cab"),
            format!("1F/{NAME}."),
            format!("1F/{NAME}.cab/"),
            format!("1F/{NAME}.cab.exe"),
            format!("1F/{NAME}.c%61b"),
            format!("1F/{NAME}.cab\0"),
            format!("1F/{NAME}.cab:stream"),
            format!("1F/ {NAME}.cab"),
            format!("1F//{NAME}.cab"),
            format!("1F\\{NAME}.cab"),
            format!("1F/../1F/{NAME}.cab"),
            format!("../1F/{NAME}.cab"),
            format!("1F/{}.cab", &NAME[1..]),
            format!("1F/{NAME}00.cab"),
            format!("1F/{}.cab", NAME.replace('0', "٠")),
            "1F/../../../../etc/passwd".to_owned(),
            "%2e%2e/%2e%2e/etc/passwd".to_owned(),
            "..%5c..%5cboot.ini".to_owned(),
            "\u{c0}\u{ae}/x".to_owned(),
            format!("1F/{}", "A".repeat(1 << 20)),
        ];
        for path in hostile {
            assert_eq!(parse_address(&path), None, "{path:.80?}");
        }
    }

    proptest! {
        #[test]
        fn an_address_is_read_back(bytes: [u8; 20], extension in "[a-zA-Z0-9]{0,16}") {
            let sha1 = Sha1::new(bytes);
            prop_assert_eq!(parse_address(&address(&sha1, &extension)), Some(sha1));
        }

        #[test]
        fn no_text_makes_the_reader_fall(path in ".*") {
            parse_address(&path);
        }
    }
}
