//! Update, mobile and Store rules (metadata.md §5.5).

use super::{Comparison, Context, Fact, TextComparison, Truth, Unknown, Version};
use crate::attributes::Attributes;
use crate::error::DocumentFault;

/// Rules of all other namespaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Other {
    /// The release is there in at least this version.
    ProductReleaseInstalled {
        /// Such as `Client.OS.RS2.AMD64`.
        name: String,
        /// The lowest version.
        version: Version,
    },
    /// Compares the version of the installed release; one that is not installed compares as nothing, so false.
    ProductReleaseVersion {
        /// The release.
        name: String,
        /// The version it is compared with.
        version: Version,
        /// How.
        comparison: Comparison,
    },
    /// Compares a device attribute; one the computer does not have is false.
    DeviceAttribute {
        /// Such as `OSSkuId`.
        name: String,
        /// The comparison.
        test: AttributeTest,
    },
    /// Configuration service query of phones: nobody here can ask it.
    CspQuery {
        /// What is asked for.
        location: String,
        /// How its answer is compared.
        comparison: Option<String>,
        /// With what.
        value: Option<String>,
    },
    /// Store package is installed: not served by WSUS, and unknown here.
    AppxPackageInstalled,
    /// Store package applies: not served by WSUS, and unknown here.
    AppxPackageInstallable,
}

/// How a device attribute is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeTest {
    /// As text.
    Text(TextComparison, String),
    /// As version; an attribute that is none is unknown.
    Version(Comparison, Version),
}

pub(super) fn read(name: &str, attributes: &Attributes<'_>) -> Option<Result<Other, DocumentFault>> {
    Some(match name {
        "ProductReleaseInstalled" => release_installed(attributes),
        "ProductReleaseVersion" => release_version(attributes),
        "DeviceAttribute" => device_attribute(attributes),
        "CspQuery" => attributes.required("LocUri").map(|location| Other::CspQuery {
            location: location.to_owned(),
            comparison: attributes.owned("Comparison"),
            value: attributes.owned("Value"),
        }),
        "AppxPackageInstalled" => Ok(Other::AppxPackageInstalled),
        "AppxPackageInstallable" => Ok(Other::AppxPackageInstallable),
        _ => return None,
    })
}

fn release_installed(attributes: &Attributes<'_>) -> Result<Other, DocumentFault> {
    Ok(Other::ProductReleaseInstalled {
        name: attributes.required("Name")?.to_owned(),
        version: attributes.required_parse("Version", "a version")?,
    })
}

fn release_version(attributes: &Attributes<'_>) -> Result<Other, DocumentFault> {
    Ok(Other::ProductReleaseVersion {
        name: attributes.required("Name")?.to_owned(),
        version: attributes.required_parse("Version", "a version")?,
        comparison: attributes.required_parse("Comparison", "a comparison of numbers")?,
    })
}

fn device_attribute(attributes: &Attributes<'_>) -> Result<Other, DocumentFault> {
    let value = attributes.required("Value")?;
    let test = match attributes.text("Type").unwrap_or("String") {
        kind if kind.eq_ignore_ascii_case("String") => {
            AttributeTest::Text(attributes.required_parse("Comparison", "a comparison of texts")?, value.to_owned())
        }
        kind if kind.eq_ignore_ascii_case("Version") => AttributeTest::Version(
            attributes.required_parse("Comparison", "a comparison of numbers")?,
            attributes.required_parse("Value", "a version")?,
        ),
        kind => return Err(attributes.invalid("Type", kind, "String or Version")),
    };
    Ok(Other::DeviceAttribute { name: attributes.required("Name")?.to_owned(), test })
}

impl Other {
    pub(super) fn evaluate(&self, context: &Context<'_>) -> Truth {
        Truth::from(self.fact(context))
    }

    fn fact(&self, context: &Context<'_>) -> Fact<bool> {
        let inventory = context.inventory;
        match self {
            Self::ProductReleaseInstalled { name, version } => {
                Ok(inventory.product_release(name)?.is_some_and(|installed| installed >= *version))
            }
            Self::ProductReleaseVersion { name, version, comparison } => {
                Ok(inventory.product_release(name)?.is_some_and(|installed| comparison.holds(installed.cmp(version))))
            }
            Self::DeviceAttribute { name, test } => match (inventory.device_attribute(name)?, test) {
                (None, _) => Ok(false),
                (Some(observed), AttributeTest::Text(comparison, wanted)) => Ok(comparison.holds(&observed, wanted)),
                (Some(observed), AttributeTest::Version(comparison, wanted)) => {
                    let observed: Version = observed.parse().map_err(|_| Unknown)?;
                    Ok(comparison.holds(observed.cmp(wanted)))
                }
            },
            Self::CspQuery { .. } | Self::AppxPackageInstalled | Self::AppxPackageInstallable => Err(Unknown),
        }
    }
}
