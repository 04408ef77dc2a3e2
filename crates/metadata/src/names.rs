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
    /// The class and the local name of `element`.
    pub(crate) fn name<'e>(self, element: &'e Element<'_>) -> (Class, &'e str) {
        let name = element.name();
        let namespace = element.namespace().map_or("", |namespace| &**namespace);
        let class = match self {
            Self::Fragment => {
                for class in [Class::Base, Class::Msi, Class::Driver] {
                    if let Some(local) = name.strip_prefix(class.prefix()) {
                        return (class, local);
                    }
                }
                Class::Plain
            }
            Self::Document => match namespace {
                BASE => Class::Base,
                MSI => Class::Msi,
                DRIVER => Class::Driver,
                _ => Class::Plain,
            },
            Self::Package => match namespace {
                PACKAGE_BASE => Class::Base,
                PACKAGE_MSI => Class::Msi,
                PACKAGE_DRIVER => Class::Driver,
                _ => Class::Plain,
            },
        };
        (class, name)
    }

    /// The local name of `element` if it is one of the document's own, or an empty text.
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
