use metadata::rules::Truth;

use crate::computer::{COMPONENT, Computer, OTHER_PRODUCT, PATCH, PRODUCT};
use crate::{all_are, evaluate_on};

#[test]
fn installer_rules_look_at_products_features_and_patches() {
    let product = |rest: &str| format!(r#"<m.MsiProductInstalled ProductCode="{PRODUCT}" {rest} />"#);
    let feature = |features: &str, products: &str, flags: &str| {
        format!("<m.MsiFeatureInstalledForProduct {flags}>{features}{products}</m.MsiFeatureInstalledForProduct>")
    };
    let (both, one) = ("<m.Feature>Gate</m.Feature><m.Feature>Bell</m.Feature>", "<m.Feature>Gate</m.Feature>");
    let products = format!("<m.Product>{PRODUCT}</m.Product><m.Product>{OTHER_PRODUCT}</m.Product>");
    all_are(
        Truth::True,
        &[
            &product(""),
            &product(r#"VersionMin="1.2" VersionMax="1.2""#),
            // An Exclude without its bound says nothing.
            &product(r#"ExcludeVersionMin="true""#),
            &product(r#"Language="1033""#),
            &format!(r#"<m.MsiPatchInstalledForProduct PatchCode="{PATCH}" ProductCode="{PRODUCT}" />"#),
            &feature(both, &products, ""),
            &feature(one, &products, r#"AllFeaturesRequired="true""#),
            &format!(
                "<m.MsiComponentInstalledForProduct><m.Component>{COMPONENT}</m.Component><m.Product>{PRODUCT}</m.Product></m.MsiComponentInstalledForProduct>"
            ),
        ],
    );
    all_are(
        Truth::False,
        &[
            &product(r#"VersionMin="1.2" ExcludeVersionMin="true""#),
            &product(r#"VersionMax="1.1.9""#),
            &product(r#"Language="1031""#),
            &format!(r#"<m.MsiProductInstalled ProductCode="{OTHER_PRODUCT}" />"#),
            &feature(both, &products, r#"AllFeaturesRequired="true""#),
            &feature(one, &products, r#"AllProductsRequired="1""#),
        ],
    );
    all_are(
        Truth::Unknown,
        &[
            r#"<m.MsiProductInstalled ProductCode="Gate" />"#,
            &feature(one, "", ""),
            "<m.MsiPatchInstalled />",
            "<m.MsiApplicationInstallable />",
        ],
    );
}

#[test]
fn rules_about_metadata_ask_about_what_it_describes() {
    let computer = Computer::default();
    let patch = |code: &str| {
        format!(
            "<m.MsiPatchMetadata><MsiPatch xmlns=\"http://www.microsoft.com/msi/patch_applicability.xsd\" \
             PatchGUID=\"{code}\"></MsiPatch></m.MsiPatchMetadata>"
        )
    };
    assert_eq!(evaluate_on(&computer, "<m.MsiPatchInstalled />", &patch(PATCH)), Truth::True);
    assert_eq!(evaluate_on(&computer, "<m.MsiPatchInstallable />", &patch(PATCH)), Truth::False);
    assert_eq!(evaluate_on(&computer, "<m.MsiPatchInstallable />", &patch(OTHER_PRODUCT)), Truth::True);
    assert_eq!(evaluate_on(&computer, "<m.MsiPatchSuperseded />", &patch(PATCH)), Truth::False);

    let application =
        format!("<m.MsiApplicationMetadata><m.ProductCode>{PRODUCT}</m.ProductCode></m.MsiApplicationMetadata>");
    assert_eq!(evaluate_on(&computer, "<m.MsiApplicationInstalled />", &application), Truth::True);
    assert_eq!(evaluate_on(&computer, "<m.MsiApplicationInstallable />", &application), Truth::False);
    assert_eq!(evaluate_on(&computer, "<m.MsiApplicationSuperseded />", &application), Truth::False);

    let manifest = "<CbsPackageApplicabilityMetadata><assembly xmlns=\"urn:schemas-microsoft-com:asm.v3\">\
         <assemblyIdentity name=\"Package_Gate\" version=\"1.0.0.0\" language=\"neutral\" \
         processorArchitecture=\"amd64\" publicKeyToken=\"31bf\" /></assembly></CbsPackageApplicabilityMetadata>";
    assert_eq!(evaluate_on(&computer, "<CbsPackageInstalled />", manifest), Truth::True);
    assert_eq!(evaluate_on(&computer, "<CbsPackageInstallable />", manifest), Truth::False);
    assert_eq!(evaluate_on(&computer, "<CbsPackageInstalled />", ""), Truth::Unknown);
    let named = r#"<CbsPackageInstalledByIdentity PackageIdentity="package_gate~31bf~amd64~~1.0.0.0" />"#;
    assert_eq!(evaluate_on(&computer, named, ""), Truth::True);
}

#[test]
fn a_driver_is_judged_over_all_it_matches() {
    let matching = |ids: &[&str]| -> String {
        let one = |id: &&str| {
            format!(
                "<d.WindowsDriverMetaData HardwareID=\"{id}\" DriverVerDate=\"2026-01-31\" DriverVerVersion=\"1.0\" />"
            )
        };
        ids.iter().map(one).collect()
    };
    let states = |ids: &[&str]| {
        ["Installed", "Superseded", "Installable"]
            .map(|rule| evaluate_on(&Computer::default(), &format!("<d.WindowsDriver{rule} />"), &matching(ids)))
    };
    use Truth::{False, True};
    assert_eq!(states(&["better", "worse"]), [False, False, True]);
    assert_eq!(states(&["equal", "worse"]), [True, False, False]);
    assert_eq!(states(&["worse", "absent"]), [False, True, False]);
    assert_eq!(states(&["absent"]), [False, False, False]);
    assert_eq!(states(&[]), [Truth::Unknown; 3]);
}

#[test]
fn releases_and_device_attributes_compare() {
    all_are(
        Truth::True,
        &[
            r#"<ProductReleaseInstalled Name="Client.OS.RS2.AMD64" Version="10.0.26100.1" />"#,
            r#"<ProductReleaseVersion Name="Client.OS.RS2.AMD64" Version="0.0.0.0" Comparison="greaterthan" />"#,
            r#"<DeviceAttribute Name="OSSkuId" Type="String" Comparison="EqualTo" Value="4" />"#,
            r#"<DeviceAttribute Name="OSVersion" Type="Version" Comparison="LessThan" Value="10.0.26101.0" />"#,
        ],
    );
    all_are(
        Truth::False,
        &[
            r#"<ProductReleaseInstalled Name="Client.OS.RS2.AMD64" Version="10.0.26100.2" />"#,
            r#"<ProductReleaseInstalled Name="Client.OS.RS2.ARM64" Version="0.0" />"#,
            r#"<DeviceAttribute Name="sku" Type="String" Comparison="EqualTo" Value="4" />"#,
        ],
    );
    all_are(
        Truth::Unknown,
        &[
            r#"<DeviceAttribute Name="OSSkuId" Type="Colour" Comparison="EqualTo" Value="4" />"#,
            r#"<CspQuery LocUri="./x" />"#,
            "<AppxPackageInstalled />",
        ],
    );
}
