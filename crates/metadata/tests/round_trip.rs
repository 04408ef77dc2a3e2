//! Any document: its fragments say what it says.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use metadata::{CoreFragment, Document, ExtendedFragment, LocalizedProperties};
use proptest::prelude::*;

const UPDATE: &str = "http://schemas.microsoft.com/msus/2002/12/Update";
const LOGICAL: &str = "http://schemas.microsoft.com/msus/2002/12/LogicalApplicabilityRules";
const BASE: &str = "http://schemas.microsoft.com/msus/2002/12/BaseApplicabilityRules";
const MSI: &str = "http://schemas.microsoft.com/msus/2002/12/MsiApplicabilityRules";

fn attribute(text: &str) -> String {
    let mut out = String::new();
    xml::escape_attribute(&mut out, text);
    out
}

/// Any text that XML can hold and native does not take for insignificant white space.
fn text() -> impl Strategy<Value = String> {
    "[ -~\u{a0}-\u{2ff}\u{4e00}-\u{4eff}\u{1f600}-\u{1f64f}\t\n]{0,12}[!-~]"
}

fn guid() -> impl Strategy<Value = String> {
    any::<u128>().prop_map(|bits| {
        let guid = uuid::Uuid::from_u128(bits);
        if bits & 1 == 0 { guid.to_string() } else { guid.to_string().to_uppercase() }
    })
}

fn rule() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("<l:True/>".to_owned()),
        Just("<l:False></l:False>".to_owned()),
        (text(), any::<u32>()).prop_map(|(value, data)| {
            let value = attribute(&value);
            format!("<b:RegDword Key=\"HKEY_LOCAL_MACHINE\" Subkey=\"S\" Value=\"{value}\" Comparison=\"LessThan\" Data=\"{data}\"/>")
        }),
        guid().prop_map(|guid| format!("<m:MsiProductInstalled ProductCode=\"{{{guid}}}\" Language=\"1033\"/>")),
        (text(), text()).prop_map(|(value, inside)| {
            format!("<odd:Moon xmlns:odd=\"urn:odd\" Phase=\"{}\">{}</odd:Moon>", attribute(&value), xml::escaped_text(&inside))
        }),
        text().prop_map(|value| format!("<b:WmiQuery WqlQuery=\"{}\"/>", attribute(&value))),
        Just("<b:RegSz Key=\"HKEY_LOCAL_MACHINE\"/>".to_owned()),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        (prop::sample::select(vec!["l:And", "l:Or", "l:Not"]), prop::collection::vec(inner, 0..4))
            .prop_map(|(name, operands)| format!("<{name}>\n  {}\n</{name}>", operands.join("\n")))
    })
}

fn relations() -> impl Strategy<Value = String> {
    let identity = || guid().prop_map(|id| format!("<u:UpdateIdentity UpdateID=\"{id}\"/>"));
    let clause = (prop::collection::vec(identity(), 0..4), any::<bool>(), any::<bool>()).prop_map(
        |(members, is_category, bare)| match (bare, members.first()) {
            (true, Some(first)) => first.clone(),
            _ => format!("<u:AtLeastOne IsCategory=\"{is_category}\">{}</u:AtLeastOne>", members.concat()),
        },
    );
    let bundled = (guid(), 0..=i32::MAX)
        .prop_map(|(id, number)| format!("<u:UpdateIdentity UpdateID=\"{id}\" RevisionNumber=\"{number}\"/>"));
    let superseded = prop::collection::vec(identity(), 0..3);
    (superseded, prop::collection::vec(clause, 0..4), prop::collection::vec(bundled, 0..3)).prop_map(
        |(superseded, clauses, bundled)| {
            format!(
                "<u:Relationships><u:SupersededUpdates>{}</u:SupersededUpdates><u:Prerequisites>{}</u:Prerequisites>\
                 <u:BundledUpdates>{}</u:BundledUpdates></u:Relationships>",
                superseded.concat(),
                clauses.concat(),
                bundled.concat()
            )
        },
    )
}

fn file() -> impl Strategy<Value = String> {
    (any::<[u8; 20]>(), any::<Option<[u8; 32]>>(), "[a-zA-Z0-9 _.-]{1,20}", any::<u64>()).prop_map(
        |(sha1, sha256, name, size)| {
            let sha1 = model::Sha1::new(sha1).to_base64();
            let sha256 = sha256.map_or_else(String::new, |sha256| {
                let sha256 = model::Sha256::new(sha256).to_base64();
                format!("<u:AdditionalDigest Algorithm=\"SHA256\">{sha256}</u:AdditionalDigest>")
            });
            format!("<u:File Digest=\"{sha1}\" DigestAlgorithm=\"SHA1\" FileName=\"{name}\" Size=\"{size}\">{sha256}</u:File>")
        },
    )
}

fn document() -> impl Strategy<Value = String> {
    let texts = (text(), text());
    (guid(), any::<bool>(), texts, relations(), rule(), rule(), prop::collection::vec(file(), 0..3)).prop_map(
        |(id, deployable, (title, description), relations, installed, installable, files)| {
            format!(
                "<u:Update xmlns:u=\"{UPDATE}\" xmlns:l=\"{LOGICAL}\" xmlns:b=\"{BASE}\" xmlns:m=\"{MSI}\">\n\
                 <u:UpdateIdentity UpdateID=\"{id}\" RevisionNumber=\"1\"/>\
                 <u:Properties UpdateType=\"Software\" ExplicitlyDeployable=\"{deployable}\"/>\
                 <u:LocalizedPropertiesCollection><u:LocalizedProperties><u:Language>en</u:Language>\
                 <u:Title>{}</u:Title><u:Description>{}</u:Description></u:LocalizedProperties>\
                 </u:LocalizedPropertiesCollection>{relations}<u:ApplicabilityRules><u:IsInstalled>{installed}\
                 </u:IsInstalled>\n<u:IsInstallable>{installable}</u:IsInstallable></u:ApplicabilityRules>\
                 <u:Files>{}</u:Files></u:Update>\n",
                xml::escaped_text(&title),
                xml::escaped_text(&description),
                files.concat()
            )
        },
    )
}

proptest! {
    #[test]
    fn fragments_say_what_the_document_says(text in document()) {
        let (document, fragments) = metadata::read(text.as_bytes()).unwrap();
        let core = CoreFragment::parse(&fragments.core).unwrap();
        prop_assert_eq!(core.identity, document.identity);
        prop_assert_eq!(core.explicitly_deployable, document.properties.explicitly_deployable);
        prop_assert_eq!(&core.relations, &document.relations);
        prop_assert_eq!(&core.rules, &document.rules);
        let extended = ExtendedFragment::parse(&fragments.extended).unwrap();
        prop_assert_eq!(&extended.files, &document.files);
        let localized = LocalizedProperties::parse(&fragments.localized[0].text).unwrap();
        prop_assert_eq!(&localized, &document.localized[0]);
        prop_assert_eq!(Document::parse(text.as_bytes()).unwrap(), document);
    }

    #[test]
    fn white_space_between_elements_changes_nothing(text in document()) {
        let loose = text.replace("><", ">\n\t <");
        prop_assert_eq!(metadata::read(loose.as_bytes()).unwrap(), metadata::read(text.as_bytes()).unwrap());
    }

    #[test]
    fn any_bytes_are_read_or_refused_with_a_place(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Err(error) = metadata::read(&bytes) {
            prop_assert!(error.line >= 1 && error.column >= 1);
        }
    }

    #[test]
    fn a_document_with_any_one_byte_changed_is_read_or_refused(text in document(), at: prop::sample::Index, byte: u8) {
        let mut bytes = text.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        metadata::lint("changed", &bytes);
    }
}
