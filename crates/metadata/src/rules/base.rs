//! `BaseApplicabilityRules` (metadata.md §5.2).

mod file;
mod registry;
mod system;

pub use file::{FileAttributes, FileBase, FileLocation};
pub use registry::{LoopCondition, RegistryKey, RegistryRoot, RegistryValue};
pub use system::VersionTest;

pub(super) use registry::read_loop;

use model::Timestamp;

use super::{Comparison, Context, Expression, Fact, TextComparison, Truth, Unknown, Version};
use crate::attributes::Attributes;
use crate::error::DocumentFault;

/// The namespace WMI queries go to that name none.
const DEFAULT_WMI_NAMESPACE: &str = r"root\cimv2";

/// Rules about the system, its files and its registry.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "fields are the attributes of the same name; metadata.md §5.2 describes them")]
pub enum Base {
    /// Compares the operating system's version.
    WindowsVersion(VersionTest),
    /// As `WindowsVersion`.
    PlatformVersion(VersionTest),
    /// Agents run on `Windows`.
    Platform { id: String },
    /// The operating system is localized to it, and no MUI is installed.
    WindowsLanguage { language: String },
    /// As `WindowsLanguage`.
    PlatformLanguage { language: String },
    /// A multilingual user interface is installed.
    MuiInstalled,
    /// It is, with that language.
    MuiLanguageInstalled { language: String },
    /// Compares a system metric.
    SystemMetric { index: i32, comparison: Comparison, value: i32 },
    /// The native processor is this one.
    Processor { architecture: u16, level: Option<u16>, revision: Option<u16> },
    /// Compares the number of logical processors.
    NumberOfProcessors { comparison: Comparison, number: u32 },
    /// The computer is a member of a cluster.
    ClusteredOs,
    /// This node owns the cluster resource named by a registry value between prefix and suffix.
    ClusterResourceOwner { value: RegistryValue, prefix: String, suffix: String },
    /// The file exists and is as given.
    FileExists { file: FileLocation, attributes: FileAttributes },
    /// Compares the version of a file; without a version resource it is unknown.
    FileVersion { file: FileLocation, comparison: Comparison, version: Version },
    /// Compares when a file was created.
    FileCreated { file: FileLocation, comparison: Comparison, created: Timestamp },
    /// Compares when a file was modified.
    FileModified { file: FileLocation, comparison: Comparison, modified: Timestamp },
    /// Compares the length of a file in bytes.
    FileSize { file: FileLocation, comparison: Comparison, size: u64 },
    /// The key exists.
    RegKeyExists(RegistryKey),
    /// The value exists, with that type if one is given.
    RegValueExists { value: RegistryValue, type_name: Option<String> },
    /// Compares a `REG_DWORD`.
    RegDword { value: RegistryValue, comparison: Comparison, data: u32 },
    /// Compares a `REG_SZ`.
    RegSz { value: RegistryValue, comparison: TextComparison, data: String },
    /// Compares a `REG_EXPAND_SZ` as it is stored.
    RegExpandSz { value: RegistryValue, comparison: TextComparison, data: String },
    /// Compares a `REG_SZ` that is a version; one that is none is unknown.
    RegSzToVersion { value: RegistryValue, comparison: Comparison, data: Version },
    /// Evaluates its body, which must be one expression, for every subkey.
    RegKeyLoop { key: RegistryKey, true_if: LoopCondition, body: Vec<Expression> },
    /// Legacy: a text value equals the data.
    Wuv4RegKeyValue { value: RegistryValue, data: String },
    /// Legacy: a text value contains the data.
    Wuv4RegKeySubstring { value: RegistryValue, data: String },
    /// The query yields a row.
    WmiQuery { namespace: String, query: String },
    /// There is a licensing policy of that name.
    LicenseValueExists { name: String },
    /// Compares a licensing policy; one that does not exist is false.
    LicenseDword { name: String, comparison: Comparison, data: u32 },
    /// This update was installed here before.
    InstalledOnce,
    /// An extension of some vendor: unknown here.
    GenericQuery {
        namespace: String,
        kind: String,
        parameter: String,
        comparison: Option<String>,
        value: Option<String>,
    },
    /// Hardware test of Store content: unknown here.
    Memory { min_size_mb: u64, kind: Option<String> },
    /// Hardware test of Store content: unknown here.
    VideoMemory { min_size_mb: u64 },
    /// Hardware test of Store content: unknown here.
    Direct3D { hardware_version: Option<String>, feature_level_major: Option<u32>, feature_level_minor: Option<u32> },
    /// Hardware test of Store content: unknown here.
    SensorById { id: String },
    /// Hardware test of Store content: unknown here.
    Nfc { capability: Option<String> },
    /// Hardware test of Store content: unknown here.
    Camera { location: Option<String> },
}

/// What a rule is made of that stands wholly in a start tag.
type Read = Result<Base, DocumentFault>;

pub(super) fn read(name: &str, attributes: &Attributes<'_>) -> Option<Read> {
    system::read(name, attributes)
        .or_else(|| file::read(name, attributes))
        .or_else(|| registry::read(name, attributes))
        .or_else(|| read_query(name, attributes))
        .or_else(|| read_hardware(name, attributes))
}

fn read_query(name: &str, attributes: &Attributes<'_>) -> Option<Read> {
    let owned = |name| attributes.required(name).map(str::to_owned);
    Some(match name {
        "WmiQuery" => owned("WqlQuery").map(|query| Base::WmiQuery {
            namespace: attributes.owned("Namespace").unwrap_or_else(|| DEFAULT_WMI_NAMESPACE.to_owned()),
            query,
        }),
        "LicenseValueExists" => owned("Value").map(|name| Base::LicenseValueExists { name }),
        "LicenseDword" => owned("Value").and_then(|name| {
            let comparison = comparison(attributes)?;
            Ok(Base::LicenseDword { name, comparison, data: attributes.required_parse("Data", "a number")? })
        }),
        "InstalledOnce" => Ok(Base::InstalledOnce),
        "GenericQuery" => owned("Namespace").and_then(|namespace| {
            Ok(Base::GenericQuery {
                namespace,
                kind: owned("Type")?,
                parameter: owned("Parameter")?,
                comparison: attributes.owned("Comparison"),
                value: attributes.owned("Value"),
            })
        }),
        _ => return None,
    })
}

fn read_hardware(name: &str, attributes: &Attributes<'_>) -> Option<Read> {
    let megabytes = || attributes.required_parse("MinSizeInMB", "a number of megabytes");
    Some(match name {
        "Memory" => megabytes().map(|min_size_mb| Base::Memory { min_size_mb, kind: attributes.owned("Type") }),
        "VideoMemory" => megabytes().map(|min_size_mb| Base::VideoMemory { min_size_mb }),
        "Direct3D" => attributes.parse("FeatureLevelMajor", "a number").and_then(|feature_level_major| {
            Ok(Base::Direct3D {
                hardware_version: attributes.owned("HardwareVersion"),
                feature_level_major,
                feature_level_minor: attributes.parse("FeatureLevelMinor", "a number")?,
            })
        }),
        "SensorById" => attributes.required("Id").map(|id| Base::SensorById { id: id.to_owned() }),
        "NFC" => Ok(Base::Nfc { capability: attributes.owned("Capability") }),
        "Camera" => Ok(Base::Camera { location: attributes.owned("Location") }),
        _ => return None,
    })
}

fn comparison(attributes: &Attributes<'_>) -> Result<Comparison, DocumentFault> {
    attributes.required_parse("Comparison", "a comparison of numbers")
}

impl Base {
    /// The expressions inside a loop.
    pub(super) fn body(&self) -> &[Expression] {
        match self {
            Self::RegKeyLoop { body, .. } => body,
            _ => &[],
        }
    }

    pub(super) fn evaluate(&self, context: &Context<'_>) -> Truth {
        match self {
            Self::WindowsLanguage { language } | Self::PlatformLanguage { language } => {
                system::is_localized_to(context, language)
            }
            Self::RegKeyLoop { key, true_if, body } => registry::evaluate_loop(context, key, *true_if, body),
            _ => Truth::from(self.fact(context)),
        }
    }

    fn fact(&self, context: &Context<'_>) -> Fact<bool> {
        let inventory = context.inventory;
        match self {
            Self::WindowsVersion(test) | Self::PlatformVersion(test) => Ok(test.passes(&inventory.os_version()?)),
            Self::Platform { id } => inventory.is_platform(id),
            Self::MuiInstalled => Ok(inventory.mui_languages()?.is_some()),
            Self::MuiLanguageInstalled { language } => {
                let languages = inventory.mui_languages()?.unwrap_or_default();
                Ok(languages.iter().any(|installed| system::language_matches(language, installed)))
            }
            Self::SystemMetric { index, comparison, value } => {
                Ok(comparison.holds(inventory.system_metric(*index)?.cmp(value)))
            }
            Self::Processor { architecture, level, revision } => {
                let processor = inventory.processor()?;
                Ok(processor.architecture == *architecture
                    && level.is_none_or(|level| level == processor.level)
                    && revision.is_none_or(|revision| revision == processor.revision))
            }
            Self::NumberOfProcessors { comparison, number } => {
                Ok(comparison.holds(inventory.processor_count()?.cmp(number)))
            }
            Self::ClusteredOs => inventory.is_cluster_node(),
            Self::ClusterResourceOwner { value, prefix, suffix } => match value.text(context)? {
                Some(name) => inventory.owns_cluster_resource(&format!("{prefix}{name}{suffix}")),
                None => Ok(false),
            },
            Self::FileExists { file, attributes } => {
                Ok(file.facts(context)?.is_some_and(|facts| attributes.match_all(&facts)))
            }
            Self::FileVersion { file, comparison, version } => match file.facts(context)? {
                Some(facts) => Ok(comparison.holds(facts.version.ok_or(Unknown)?.cmp(version))),
                None => Ok(false),
            },
            Self::FileCreated { file, comparison, created } => {
                Ok(file.facts(context)?.is_some_and(|facts| comparison.holds(facts.created.cmp(created))))
            }
            Self::FileModified { file, comparison, modified } => {
                Ok(file.facts(context)?.is_some_and(|facts| comparison.holds(facts.modified.cmp(modified))))
            }
            Self::FileSize { file, comparison, size } => {
                Ok(file.facts(context)?.is_some_and(|facts| comparison.holds(facts.size.cmp(size))))
            }
            Self::WmiQuery { namespace, query } => inventory.wmi_has_row(namespace, query),
            Self::LicenseValueExists { name } => inventory.license_value_exists(name),
            Self::LicenseDword { name, comparison, data } => {
                Ok(inventory.license_dword(name)?.is_some_and(|held| comparison.holds(held.cmp(data))))
            }
            Self::InstalledOnce => inventory.installed_once(context.update.ok_or(Unknown)?),
            Self::GenericQuery { .. }
            | Self::Memory { .. }
            | Self::VideoMemory { .. }
            | Self::Direct3D { .. }
            | Self::SensorById { .. }
            | Self::Nfc { .. }
            | Self::Camera { .. } => Err(Unknown),
            _ => registry::fact(self, context),
        }
    }
}
