//! What must hold of any input; the fuzz targets include this file.

use metadata::rules::Inventory;
use metadata::{CoreFragment, ExtendedFragment, LocalizedProperties};

/// A computer nobody knows anything of.
struct Nothing;

impl Inventory for Nothing {}

/// Any bytes taken for a document: read or refused, and its fragments say what it says.
#[allow(dead_code, reason = "each fuzz target uses one of the two")]
pub(crate) fn document(bytes: &[u8]) {
    metadata::lint("input", bytes);
    let _ = metadata::sdp::Package::parse_all(bytes);
    let Ok((document, fragments)) = metadata::read(bytes) else { return };
    let core = CoreFragment::parse(&fragments.core).expect("a core fragment is read back");
    assert_eq!(core.identity, document.identity);
    assert_eq!(core.update_type, document.update_type);
    assert_eq!(core.relations, document.relations);
    assert_eq!(core.rules, document.rules);
    assert_eq!(core.drivers.len(), document.drivers.len());
    let extended = ExtendedFragment::parse(&fragments.extended).expect("an extended fragment is read back");
    assert_eq!(extended.files, document.files);
    assert_eq!(extended.handler, document.handler);
    for (texts, fragment) in document.localized.iter().zip(&fragments.localized) {
        assert_eq!(&LocalizedProperties::parse(&fragment.text).expect("a localized fragment is read back"), texts);
    }
    document.rules.evaluate(document.identity.update_id, &document.drivers, &Nothing);
}

/// Any text taken for a fragment: read or refused, and its rules can be evaluated.
#[allow(dead_code, reason = "each fuzz target uses one of the two")]
pub(crate) fn fragment(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let _ = ExtendedFragment::parse(&text);
    let _ = LocalizedProperties::parse(&text);
    if let Ok(core) = CoreFragment::parse(&text) {
        core.rules.evaluate(core.identity.update_id, &core.drivers, &Nothing);
    }
}
