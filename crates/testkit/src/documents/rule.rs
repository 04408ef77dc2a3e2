use super::element::Element;

/// An applicability expression (`metadata.md` §5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule(pub(crate) Element);

/// A processor as `Processor/@Architecture` numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Architecture {
    /// 32-bit Intel.
    X86,
    /// 64-bit Intel and AMD.
    X64,
    /// 64-bit ARM.
    Arm64,
}

impl Architecture {
    /// The number rules use.
    pub const fn number(self) -> u32 {
        match self {
            Self::X86 => 0,
            Self::X64 => 9,
            Self::Arm64 => 12,
        }
    }

    /// The name in package identities.
    pub const fn package_name(self) -> &'static str {
        match self {
            Self::X86 => "x86",
            Self::X64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }
}

impl Rule {
    /// Always true.
    pub fn always() -> Self {
        Self(Element::new("lar:True"))
    }

    /// Never true.
    pub fn never() -> Self {
        Self(Element::new("lar:False"))
    }

    /// True when all of `rules` are.
    pub fn all(rules: impl IntoIterator<Item = Self>) -> Self {
        Self(Element::new("lar:And").children(rules.into_iter().map(|rule| rule.0)))
    }

    /// True when any of `rules` is.
    pub fn any(rules: impl IntoIterator<Item = Self>) -> Self {
        Self(Element::new("lar:Or").children(rules.into_iter().map(|rule| rule.0)))
    }

    /// True when `rule` is false.
    #[allow(clippy::should_implement_trait, reason = "reads as the element's name, beside all and any")]
    pub fn not(rule: Self) -> Self {
        Self(Element::new("lar:Not").child(rule.0))
    }

    /// Windows 10.0 with at least this build.
    pub fn build_at_least(build: u32) -> Self {
        Self(
            Element::new("bar:WindowsVersion")
                .with("Comparison", "GreaterThanOrEqualTo")
                .with("MajorVersion", 10)
                .with("MinorVersion", 0)
                .with("BuildNumber", build),
        )
    }

    /// A product type: 1 workstation, 2 domain controller, 3 server.
    pub fn product_type(number: u32) -> Self {
        Self(Element::new("bar:WindowsVersion").with("ProductType", number))
    }

    /// The native processor.
    pub fn processor(architecture: Architecture) -> Self {
        Self(Element::new("bar:Processor").with("Architecture", architecture.number()))
    }

    /// Windows speaks that language: it is localized to it, or, as with all recent ones, has it as an interface language.
    pub fn language(tag: &str) -> Self {
        let rule = |name: &'static str| Self(Element::new(name).with("Language", tag));
        Self::any([rule("bar:WindowsLanguage"), rule("bar:MuiLanguageInstalled")])
    }

    /// The value is a text equal to `data`; `subkey` is below `HKEY_LOCAL_MACHINE`.
    pub fn registry_text(subkey: &str, value: &str, data: &str) -> Self {
        Self(registry("bar:RegSz", subkey, value).with("Comparison", "EqualTo").with("Data", data))
    }

    /// The value is a number that compares as `comparison` with `data`.
    pub fn registry_number(subkey: &str, value: &str, comparison: &'static str, data: u32) -> Self {
        Self(registry("bar:RegDword", subkey, value).with("Comparison", comparison).with("Data", data))
    }

    /// The value is a version that compares as `comparison` with `version`.
    pub fn registry_version(subkey: &str, value: &str, comparison: &'static str, version: &str) -> Self {
        Self(registry("bar:RegSzToVersion", subkey, value).with("Comparison", comparison).with("Data", version))
    }

    /// The value is there, whatever it is.
    pub fn registry_value(subkey: &str, value: &str) -> Self {
        Self(registry("bar:RegValueExists", subkey, value))
    }

    /// The key is there.
    pub fn registry_key(subkey: &str) -> Self {
        Self(Element::new("bar:RegKeyExists").with("Key", "HKEY_LOCAL_MACHINE").with("Subkey", subkey))
    }

    /// The file is there; `csidl` names the folder (38 is Program Files).
    pub fn file(csidl: u32, path: &str) -> Self {
        Self(Element::new("bar:FileExists").with("Csidl", csidl).with("Path", path))
    }

    /// The file is there and its version is at least `version`.
    pub fn file_version_at_least(csidl: u32, path: &str, version: &str) -> Self {
        Self(
            Element::new("bar:FileVersion")
                .with("Csidl", csidl)
                .with("Path", path)
                .with("Comparison", "GreaterThanOrEqualTo")
                .with("Version", version),
        )
    }

    /// A Windows Installer product of at least `version_min`.
    pub fn msi_product(product_code: &str, version_min: Option<&str>) -> Self {
        Self(
            Element::new("mar:MsiProductInstalled")
                .with("ProductCode", product_code)
                .with_some("VersionMin", version_min),
        )
    }

    /// The document's own MSI product is installed, obsolete or missing.
    pub(crate) fn msi_application(state: &'static str) -> Self {
        Self(Element::new(format!("mar:MsiApplication{state}")))
    }

    /// The document's own component package is installed or applies.
    pub(crate) fn cbs_package(state: &'static str) -> Self {
        Self(Element::new(format!("car:CbsPackage{state}")))
    }

    /// The document's own driver compares with the installed one.
    pub(crate) fn driver(state: &'static str) -> Self {
        Self(Element::new(format!("drv:WindowsDriver{state}")))
    }

    /// Any element: `name` with its prefix (`bar`, `lar`, `mar`, `car`, `drv`, `upd`), for rules that have no words here.
    pub fn other<'a>(name: &str, attributes: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let element = Element::new(name.to_owned());
        Self(attributes.into_iter().fold(element, |element, (name, value)| element.with(name.to_owned(), value)))
    }
}

fn registry(name: &'static str, subkey: &str, value: &str) -> Element {
    Element::new(name).with("Key", "HKEY_LOCAL_MACHINE").with("Subkey", subkey).with("Value", value)
}
