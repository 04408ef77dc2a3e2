use std::collections::BTreeMap;

use metadata::rules::{
    CbsIdentity, DriverStanding, Fact, FileFacts, Inventory, MsiPatch, MsiPatchState, MsiProduct, OsVersion, Processor,
    RegistryData, RegistryView, Unknown, Version,
};
use model::{DriverMatch, UpdateId};
use uuid::Uuid;

/// A product that is installed.
pub(crate) const PRODUCT: &str = "{22222222-0000-4000-8000-000000000001}";
/// One that is not.
pub(crate) const OTHER_PRODUCT: &str = "{22222222-0000-4000-8000-000000000009}";
/// A component of the product.
pub(crate) const COMPONENT: &str = "{44444444-0000-4000-8000-000000000001}";
/// A patch applied to the product.
pub(crate) const PATCH: &str = "{33333333-0000-4000-8000-000000000001}";

/// A computer that knows everything that is asked here.
#[derive(Default)]
pub(crate) struct Computer {
    pub(crate) mui: Option<Vec<String>>,
}

type Values = BTreeMap<(RegistryViewName, &'static str, &'static str), RegistryData>;
type RegistryViewName = &'static str;

fn registry() -> Values {
    let sz = |text: &str| RegistryData::Sz(text.to_owned());
    BTreeMap::from([
        (("native", r"software\vanne", "name"), sz("Gate")),
        (("native", r"software\vanne", ""), sz("default")),
        (("native", r"software\vanne", "version"), sz("6.3")),
        (("native", r"software\vanne", "words"), sz("six point three")),
        (("native", r"software\vanne", "folder"), sz(r"C:\Vanne\")),
        (("native", r"software\vanne", "count"), RegistryData::Dword(7)),
        (("native", r"software\vanne", "path"), RegistryData::ExpandSz(r"%SystemRoot%\gate".to_owned())),
        (("native", r"software\vanne\gates\left", "open"), RegistryData::Dword(1)),
        (("native", r"software\vanne\gates\right", "open"), RegistryData::Dword(0)),
        (("native", r"software\vanne\gates\right\hinge", "kind"), sz("steel")),
        (("wow32", r"software\vanne", "name"), sz("Gate32")),
    ])
}

fn view_name(view: RegistryView) -> RegistryViewName {
    match view {
        RegistryView::Native => "native",
        RegistryView::Wow32 => "wow32",
    }
}

impl Inventory for Computer {
    fn os_version(&self) -> Fact<OsVersion> {
        Ok(OsVersion { major: 10, minor: 0, build: 26100, product_type: 1, ..OsVersion::default() })
    }

    fn os_language(&self) -> Fact<String> {
        Ok("en-US".to_owned())
    }

    fn mui_languages(&self) -> Fact<Option<Vec<String>>> {
        Ok(self.mui.clone())
    }

    fn system_metric(&self, index: i32) -> Fact<i32> {
        Ok(i32::from(index == 86))
    }

    fn processor(&self) -> Fact<Processor> {
        Ok(Processor { architecture: 9, level: 6, revision: 1 })
    }

    fn processor_count(&self) -> Fact<u32> {
        Ok(8)
    }

    fn is_cluster_node(&self) -> Fact<bool> {
        Ok(true)
    }

    fn owns_cluster_resource(&self, name: &str) -> Fact<bool> {
        Ok(name == "<Gate>")
    }

    fn known_folder(&self, csidl: i32) -> Fact<Option<String>> {
        Ok((csidl == 37).then(|| r"C:\Windows\System32\".to_owned()))
    }

    fn file(&self, path: &str) -> Fact<Option<FileFacts>> {
        let facts = |version: Option<&str>| FileFacts {
            version: version.map(|version| version.parse().unwrap()),
            language: version.map(|_| 1033),
            created: "2020-01-01T00:00:00Z".parse().unwrap(),
            modified: "2021-01-01T00:00:00Z".parse().unwrap(),
            size: 10,
        };
        Ok(match path.to_lowercase().as_str() {
            r"c:\windows\system32\drivers\gate.sys" => Some(facts(Some("1.2.3.4"))),
            r"c:\vanne\gate.exe" => Some(facts(Some("2.0"))),
            r"c:\readme.txt" => Some(facts(None)),
            _ => None,
        })
    }

    fn registry_key(&self, view: RegistryView, path: &str) -> Fact<bool> {
        let path = path.to_lowercase();
        Ok(registry().keys().any(|(held_view, key, _)| *held_view == view_name(view) && key.starts_with(&path)))
    }

    fn registry_subkeys(&self, _: RegistryView, path: &str) -> Fact<Vec<String>> {
        Ok(match path.to_lowercase().as_str() {
            r"software\vanne\gates" => vec!["Left".to_owned(), "Right".to_owned()],
            _ => Vec::new(),
        })
    }

    fn registry_value(&self, view: RegistryView, path: &str, name: &str) -> Fact<Option<RegistryData>> {
        if name == "secret" {
            return Err(Unknown);
        }
        let (path, name) = (path.to_lowercase(), name.to_lowercase());
        let found = registry()
            .into_iter()
            .find(|((held, key, value), _)| (*held, *key, *value) == (view_name(view), &path, &name));
        Ok(found.map(|(_, data)| data))
    }

    fn wmi_has_row(&self, namespace: &str, query: &str) -> Fact<bool> {
        match query {
            "bad" => Err(Unknown),
            query => Ok(namespace.eq_ignore_ascii_case(r"root\cimv2") && query.contains("Win32_Gate")),
        }
    }

    fn license_dword(&self, name: &str) -> Fact<Option<u32>> {
        Ok((name == "Gate-Width").then_some(3))
    }

    fn installed_once(&self, update: UpdateId) -> Fact<bool> {
        Ok(update == UpdateId(Uuid::from_u128(1)))
    }

    fn msi_product(&self, product: Uuid) -> Fact<Option<MsiProduct>> {
        let installed = MsiProduct { version: Version([1, 2, 0, 0]), language: 1033 };
        Ok((product == Uuid::try_parse(PRODUCT).unwrap()).then_some(installed))
    }

    fn msi_feature_installed(&self, product: Uuid, feature: &str) -> Fact<bool> {
        Ok(self.msi_product(product)?.is_some() && feature == "Gate")
    }

    fn msi_component_installed(&self, product: Uuid, component: Uuid) -> Fact<bool> {
        Ok(self.msi_product(product)?.is_some() && component == Uuid::try_parse(COMPONENT).unwrap())
    }

    fn msi_patch_applied(&self, product: Uuid, patch: Uuid) -> Fact<bool> {
        Ok(self.msi_product(product)?.is_some() && patch == Uuid::try_parse(PATCH).unwrap())
    }

    fn msi_patch_state(&self, patch: &MsiPatch) -> Fact<MsiPatchState> {
        let applied = patch.code == Uuid::try_parse(PATCH).unwrap();
        Ok(if applied { MsiPatchState::Applied } else { MsiPatchState::Applicable })
    }

    fn msi_application_superseded(&self, _: Uuid) -> Fact<bool> {
        Ok(false)
    }

    fn cbs_package_installed(&self, package: &CbsIdentity) -> Fact<bool> {
        Ok(package.is_same(&"Package_Gate~31bf~amd64~~1.0.0.0".parse().unwrap()))
    }

    fn cbs_package_installable(&self, package: &CbsIdentity) -> Fact<bool> {
        Ok(!self.cbs_package_installed(package)?)
    }

    fn driver_standing(&self, driver: &DriverMatch) -> Fact<Option<DriverStanding>> {
        Ok(match driver.hardware_id.as_str() {
            "better" => Some(DriverStanding::Better),
            "equal" => Some(DriverStanding::Equal),
            "worse" => Some(DriverStanding::Worse),
            _ => None,
        })
    }

    fn product_release(&self, name: &str) -> Fact<Option<Version>> {
        Ok((name == "Client.OS.RS2.AMD64").then_some(Version([10, 0, 26100, 1])))
    }

    fn device_attribute(&self, name: &str) -> Fact<Option<String>> {
        Ok(match name {
            "OSSkuId" => Some("4".to_owned()),
            "OSVersion" => Some("10.0.26100.1".to_owned()),
            _ => None,
        })
    }
}
