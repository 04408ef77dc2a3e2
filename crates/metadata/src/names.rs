//! Namespaces, and what fragments make of them (metadata.md §2, §9).

use xml::Element;

/// The namespace of an update document's own elements.
pub(crate) const UPDATE: &str = "http://schemas.microsoft.com/msus/2002/12/Update";
/// The namespace of a vendor package's own elements.
pub(crate) const PACKAGE: &str =
    "http://schemas.microsoft.com/wsus/2005/04/CorporatePublishing/SoftwareDistributionPackage.xsd";

const BASE: &str = "http://schemas.microsoft.com/msus/2002/12/BaseApplicabilityRules";
const MSI: &str = "http://schemas.microsoft.com/msus/2002/12/MsiApplicabilityRules";
const DRIVER: &str = "http://schemas.microsoft.com/msus/2002/12/UpdateHandlers/WindowsDriver";
const PACKAGE_BASE: &str = "http://schemas.microsoft.com/wsus/2005/04/CorporatePublishing/BaseApplicabilityRules.xsd";
const PACKAGE_MSI: &str = "http://schemas.microsoft.com/wsus/2005/04/CorporatePublishing/MsiApplicabilityRules.xsd";
const PACKAGE_DRIVER: &str =
    "http://schemas.microsoft.com/wsus/2005/04/CorporatePublishing/Installers/WindowsDriver.xsd";

/// Embedded foreign documents whose default namespace native keeps in fragments.
const KEPT: [&str; 2] = ["http://www.microsoft.com/msi/patch_applicability.xsd", "urn:schemas-microsoft-com:asm.v3"];

/// How the elements of a text are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// An update document: by namespace.
    Document,
    /// A fragment as agents get it: no namespaces, a prefix such as `b.` in the name.
    Fragment,
    /// A vendor package: by namespace, other ones than a document's.
    Package,
}

/// The namespaces that fragments still tell apart; an agent sees no more than this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Logical, CBS and all others.
    Plain,
    /// `BaseApplicabilityRules`.
    Base,
    /// `MsiApplicabilityRules`.
    Msi,
    /// `UpdateHandlers/WindowsDriver`.
    Driver,
}

impl Class {
    /// What stands before the local name in a fragment.
    pub(crate) const fn prefix(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Base => "b.",
            Self::Msi => "m.",
            Self::Driver => "d.",
        }
    }
}

impl Dialect {
    /// The class and the local name of `element` in rules and relations.
    ///
    /// A document is read as an agent sees its core fragment, where a name may also begin with a prefix
    /// of its own: server and agent must not read the same text in two ways.
    pub(crate) fn name<'e>(self, element: &'e Element<'_>) -> (Class, &'e str) {
        let name = element.name();
        let namespace = element.namespace().map_or("", |namespace| &**namespace);
        let class = match (self, namespace) {
            (Self::Document, BASE) | (Self::Package, PACKAGE_BASE) => Class::Base,
            (Self::Document, MSI) | (Self::Package, PACKAGE_MSI) => Class::Msi,
            (Self::Document, DRIVER) | (Self::Package, PACKAGE_DRIVER) => Class::Driver,
            _ => Class::Plain,
        };
        if class == Class::Plain {
            for prefixed in [Class::Base, Class::Msi, Class::Driver] {
                if let Some(local) = name.strip_prefix(prefixed.prefix()) {
                    return (prefixed, local);
                }
            }
        }
        (class, name)
    }

    /// The local name of `element` in rules and relations if it has no class; else an empty text.
    pub(crate) fn core_name<'e>(self, element: &'e Element<'_>) -> &'e str {
        match (self, self.name(element)) {
            (Self::Package, _) => self.own_name(element),
            (_, (Class::Plain, name)) => name,
            _ => "",
        }
    }

    /// The local name of `element` in all that goes to other fragments, which know no classes.
    pub(crate) fn extended_name<'e>(self, element: &'e Element<'_>) -> &'e str {
        if self == Self::Package { self.own_name(element) } else { element.name() }
    }

    /// The local name of `element` if it is of the namespace of the text's own elements; else an empty text.
    pub(crate) fn own_name<'e>(self, element: &'e Element<'_>) -> &'e str {
        let own = match self {
            Self::Fragment => true,
            Self::Document => element.namespace().is_some_and(|namespace| &**namespace == UPDATE),
            Self::Package => element.namespace().is_some_and(|namespace| &**namespace == PACKAGE),
        };
        if own { element.name() } else { "" }
    }
}

/// True for elements that keep a default namespace they declare themselves.
pub(crate) fn keeps_declaration(element: &Element<'_>) -> bool {
    element.namespace().is_some_and(|namespace| KEPT.contains(&&**namespace))
}
