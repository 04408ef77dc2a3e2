use std::cmp::Ordering;

use super::{Base, Read, comparison};
use crate::attributes::Attributes;
use crate::error::DocumentFault;
use crate::rules::{Comparison, Context, OsVersion, Truth};

/// `WindowsVersion`: as the Win32 call `VerifyVersionInfo`; what is absent is not tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VersionTest {
    /// How the numbers are compared.
    pub comparison: Comparison,
    /// Major version.
    pub major: Option<u32>,
    /// Minor version.
    pub minor: Option<u32>,
    /// Build number, compared apart from the others.
    pub build: Option<u32>,
    /// Major number of the service pack.
    pub service_pack_major: Option<u16>,
    /// Minor number of the service pack.
    pub service_pack_minor: Option<u16>,
    /// Suites.
    pub suite_mask: Option<u16>,
    /// All of these suites rather than any.
    pub all_suites: bool,
    /// Product type; must be equal whatever the comparison is (observed).
    pub product_type: Option<u16>,
}

impl VersionTest {
    fn read(attributes: &Attributes<'_>) -> Result<Self, DocumentFault> {
        let number = "a number";
        Ok(Self {
            comparison: attributes.parse("Comparison", "a comparison of numbers")?.unwrap_or(Comparison::EqualTo),
            major: attributes.parse("MajorVersion", number)?,
            minor: attributes.parse("MinorVersion", number)?,
            build: attributes.parse("BuildNumber", number)?,
            service_pack_major: attributes.parse("ServicePackMajor", number)?,
            service_pack_minor: attributes.parse("ServicePackMinor", number)?,
            suite_mask: attributes.parse("SuiteMask", number)?,
            all_suites: attributes.flag("AllSuitesMustBePresent")?,
            product_type: attributes.parse("ProductType", number)?,
        })
    }

    /// True if the operating system is as the test says.
    pub fn passes(&self, os: &OsVersion) -> bool {
        self.version_passes(os)
            && self.build.is_none_or(|build| self.comparison.holds(os.build.cmp(&build)))
            && self.suite_mask.is_none_or(|mask| self.suites_pass(os.suite_mask, mask))
            && self.product_type.is_none_or(|wanted| os.product_type == wanted)
    }

    /// Version and service pack compare hierarchically: the first that differs decides.
    fn version_passes(&self, os: &OsVersion) -> bool {
        let tests = [
            (os.major, self.major),
            (os.minor, self.minor),
            (u32::from(os.service_pack_major), self.service_pack_major.map(u32::from)),
            (u32::from(os.service_pack_minor), self.service_pack_minor.map(u32::from)),
        ];
        let mut given = tests.into_iter().filter_map(|(observed, wanted)| Some(observed.cmp(&wanted?))).peekable();
        if given.peek().is_none() {
            return true;
        }
        self.comparison.holds(given.find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal))
    }

    fn suites_pass(&self, observed: u16, mask: u16) -> bool {
        if self.all_suites { observed & mask == mask } else { observed & mask != 0 }
    }
}

pub(super) fn read(name: &str, attributes: &Attributes<'_>) -> Option<Read> {
    let language = || attributes.required("Language").map(str::to_owned);
    Some(match name {
        "WindowsVersion" => VersionTest::read(attributes).map(Base::WindowsVersion),
        "PlatformVersion" => VersionTest::read(attributes).map(Base::PlatformVersion),
        "Platform" => attributes.required("PlatformID").map(|id| Base::Platform { id: id.to_owned() }),
        "WindowsLanguage" => language().map(|language| Base::WindowsLanguage { language }),
        "PlatformLanguage" => language().map(|language| Base::PlatformLanguage { language }),
        "MuiInstalled" => Ok(Base::MuiInstalled),
        "MuiLanguageInstalled" => language().map(|language| Base::MuiLanguageInstalled { language }),
        "SystemMetric" => comparison(attributes).and_then(|comparison| {
            let index = attributes.required_parse("Index", "a number")?;
            Ok(Base::SystemMetric { index, comparison, value: attributes.required_parse("Value", "a number")? })
        }),
        "Processor" => attributes.required_parse("Architecture", "a number").and_then(|architecture| {
            let level = attributes.parse("Level", "a number")?;
            Ok(Base::Processor { architecture, level, revision: attributes.parse("Revision", "a number")? })
        }),
        "NumberOfProcessors" => comparison(attributes).and_then(|comparison| {
            Ok(Base::NumberOfProcessors { comparison, number: attributes.required_parse("Number", "a number")? })
        }),
        "ClusteredOS" => Ok(Base::ClusteredOs),
        _ => return None,
    })
}

/// Always false where a MUI is installed.
pub(super) fn is_localized_to(context: &Context<'_>, language: &str) -> Truth {
    let without_mui = context.inventory.mui_languages().map(|languages| languages.is_none());
    let localized = context.inventory.os_language().map(|observed| language_matches(language, &observed));
    Truth::all([Truth::from(without_mui), Truth::from(localized)])
}

/// A wanted language without a region matches every region (metadata.md §5.2, our reading).
pub(super) fn language_matches(wanted: &str, observed: &str) -> bool {
    let wanted = wanted.trim();
    let observed_language = observed.split('-').next().unwrap_or(observed);
    wanted.eq_ignore_ascii_case(observed) || wanted.eq_ignore_ascii_case(observed_language)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER_2022: OsVersion = OsVersion {
        major: 10,
        minor: 0,
        build: 20348,
        service_pack_major: 0,
        service_pack_minor: 0,
        suite_mask: 0x0110,
        product_type: 3,
    };

    fn test(comparison: Comparison) -> VersionTest {
        VersionTest {
            comparison,
            major: None,
            minor: None,
            build: None,
            service_pack_major: None,
            service_pack_minor: None,
            suite_mask: None,
            all_suites: false,
            product_type: None,
        }
    }

    #[test]
    fn a_higher_major_version_decides_whatever_the_minor_is() {
        let at_least_6_3 = VersionTest { major: Some(6), minor: Some(3), ..test(Comparison::GreaterThanOrEqualTo) };
        assert!(at_least_6_3.passes(&SERVER_2022));
        let at_most_6_3 = VersionTest { comparison: Comparison::LessThanOrEqualTo, ..at_least_6_3 };
        assert!(!at_most_6_3.passes(&SERVER_2022));
        let equal = VersionTest { major: Some(10), minor: Some(1), ..test(Comparison::EqualTo) };
        assert!(!equal.passes(&SERVER_2022));
    }

    #[test]
    fn the_build_number_is_compared_apart() {
        let newer = VersionTest { major: Some(6), build: Some(17763), ..test(Comparison::GreaterThan) };
        assert!(newer.passes(&SERVER_2022));
        let later_build = VersionTest { build: Some(22000), ..newer };
        assert!(!later_build.passes(&SERVER_2022));
    }

    #[test]
    fn the_product_type_is_equal_whatever_the_comparison_says() {
        let workstation =
            VersionTest { major: Some(6), product_type: Some(1), ..test(Comparison::GreaterThanOrEqualTo) };
        assert!(!workstation.passes(&SERVER_2022));
        assert!(VersionTest { product_type: Some(3), ..workstation }.passes(&SERVER_2022));
    }

    #[test]
    fn suites_are_any_or_all_bits() {
        let any = VersionTest { suite_mask: Some(0x0101), ..test(Comparison::EqualTo) };
        assert!(any.passes(&SERVER_2022));
        assert!(!VersionTest { all_suites: true, ..any }.passes(&SERVER_2022));
        assert!(VersionTest { all_suites: true, suite_mask: Some(0x0110), ..any }.passes(&SERVER_2022));
    }

    #[test]
    fn a_language_without_region_matches_all_its_regions() {
        assert!(language_matches("en", "en-US"));
        assert!(language_matches("zh-cn", "zh-CN"));
        assert!(!language_matches("pt-br", "pt-PT"));
        assert!(!language_matches("pt-br", "pt"));
    }
}
