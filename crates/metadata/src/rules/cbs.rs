//! `CbsApplicabilityRules` (metadata.md §5.4).

use std::fmt;
use std::str::FromStr;

use super::{Context, Fact, Truth, Unknown};
use crate::attributes::Attributes;
use crate::error::DocumentFault;

/// Rules about packages of the component store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cbs {
    /// The named package is installed.
    PackageInstalledByIdentity(CbsIdentity),
    /// The package of the metadata is installed.
    PackageInstalled,
    /// The package of the metadata applies.
    PackageInstallable,
}

/// A package of the component store.
///
/// Text form: `name~publicKeyToken~architecture~language~version`; a neutral language is empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CbsIdentity {
    /// Its name.
    pub name: String,
    /// The token of the key it is signed with.
    pub public_key_token: String,
    /// Such as `amd64`.
    pub architecture: String,
    /// Empty if it is neutral.
    pub language: String,
    /// Its version.
    pub version: String,
}

/// A text that does not name a package.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a package identity of five parts joined by ~")]
pub struct InvalidCbsIdentity(String);

impl CbsIdentity {
    /// The identity of an `assemblyIdentity` element.
    pub(crate) fn of_assembly(attributes: &Attributes<'_>) -> Option<Self> {
        let language = attributes.text("language").unwrap_or_default();
        Some(Self {
            name: attributes.owned("name")?,
            public_key_token: attributes.owned("publicKeyToken").unwrap_or_default(),
            architecture: attributes.owned("processorArchitecture").unwrap_or_default(),
            language: if language.eq_ignore_ascii_case("neutral") { String::new() } else { language.to_owned() },
            version: attributes.owned("version").unwrap_or_default(),
        })
    }

    /// True for the same package, without regard to case.
    pub fn is_same(&self, other: &Self) -> bool {
        self.name.eq_ignore_ascii_case(&other.name)
            && self.public_key_token.eq_ignore_ascii_case(&other.public_key_token)
            && self.architecture.eq_ignore_ascii_case(&other.architecture)
            && self.language.eq_ignore_ascii_case(&other.language)
            && self.version.eq_ignore_ascii_case(&other.version)
    }
}

impl FromStr for CbsIdentity {
    type Err = InvalidCbsIdentity;

    fn from_str(text: &str) -> Result<Self, InvalidCbsIdentity> {
        let parts: Vec<&str> = text.trim().split('~').collect();
        match parts.as_slice() {
            [name, token, architecture, language, version] if !name.is_empty() => Ok(Self {
                name: (*name).to_owned(),
                public_key_token: (*token).to_owned(),
                architecture: (*architecture).to_owned(),
                language: if language.eq_ignore_ascii_case("neutral") { String::new() } else { (*language).to_owned() },
                version: (*version).to_owned(),
            }),
            _ => Err(InvalidCbsIdentity(text.chars().take(100).collect())),
        }
    }
}

impl fmt::Display for CbsIdentity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, public_key_token, architecture, language, version } = self;
        write!(out, "{name}~{public_key_token}~{architecture}~{language}~{version}")
    }
}

pub(super) fn read(name: &str, attributes: &Attributes<'_>) -> Option<Result<Cbs, DocumentFault>> {
    Some(match name {
        "CbsPackageInstalledByIdentity" => attributes
            .required_parse("PackageIdentity", "a package identity of five parts joined by ~")
            .map(Cbs::PackageInstalledByIdentity),
        "CbsPackageInstalled" => Ok(Cbs::PackageInstalled),
        "CbsPackageInstallable" => Ok(Cbs::PackageInstallable),
        _ => return None,
    })
}

impl Cbs {
    pub(super) fn evaluate(&self, context: &Context<'_>) -> Truth {
        Truth::from(self.fact(context))
    }

    fn fact(&self, context: &Context<'_>) -> Fact<bool> {
        let described = || context.metadata.and_then(|metadata| metadata.cbs.as_ref()).ok_or(Unknown);
        match self {
            Self::PackageInstalledByIdentity(package) => context.inventory.cbs_package_installed(package),
            Self::PackageInstalled => context.inventory.cbs_package_installed(described()?),
            Self::PackageInstallable => context.inventory.cbs_package_installable(described()?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_neutral_language_is_written_empty() {
        let package: CbsIdentity = "Package_X~31bf3856ad364e35~amd64~neutral~1.2.3.4".parse().unwrap();
        assert_eq!(package.to_string(), "Package_X~31bf3856ad364e35~amd64~~1.2.3.4");
        assert!(package.is_same(&"package_x~31BF3856AD364E35~AMD64~~1.2.3.4".parse().unwrap()));
        assert!("Package_X~amd64".parse::<CbsIdentity>().is_err());
    }
}
