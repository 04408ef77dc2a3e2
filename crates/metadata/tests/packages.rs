//! Vendor packages of our own.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use metadata::rules::{ApplicabilityRules, Expression, Inventory, Truth};
use metadata::sdp::{Content, Installer, Package};
use model::UpdateId;
use uuid::Uuid;

const NAMESPACE: &str = "http://schemas.microsoft.com/wsus/2005/04/CorporatePublishing";

fn package(rules: &str, item: &str) -> String {
    format!(
        r#"<s:SoftwareDistributionPackage SchemaVersion="1.1" xmlns:s="{NAMESPACE}/SoftwareDistributionPackage.xsd" xmlns:l="{NAMESPACE}/LogicalApplicabilityRules.xsd" xmlns:b="{NAMESPACE}/BaseApplicabilityRules.xsd" xmlns:c="{NAMESPACE}/Installers/CommandLineInstallation.xsd">
  <s:Properties PackageID="99999999-0000-4000-8000-000000000001" CreationDate="2026-01-31T08:00:00" VendorName="Vanne">
    <s:MoreInfoUrl>https://vanne.example</s:MoreInfoUrl><s:ProductName>Gate</s:ProductName>
  </s:Properties>
  <s:LocalizedProperties><s:Language>en</s:Language><s:Language>de</s:Language><s:Title>Gate 1</s:Title></s:LocalizedProperties>
  <s:UpdateSpecificData MsrcSeverity="Important" UpdateClassification="Updates"><s:KBArticleID>g1</s:KBArticleID></s:UpdateSpecificData>
  {rules}
  <s:SupersededPackages><s:PackageID>99999999-0000-4000-8000-000000000000</s:PackageID></s:SupersededPackages>
  <s:Prerequisites><s:AtLeastOne><s:PackageID>99999999-0000-4000-8000-000000000002</s:PackageID><s:PackageID>99999999-0000-4000-8000-000000000003</s:PackageID></s:AtLeastOne></s:Prerequisites>
  <s:InstallableItem ID="99999999-0000-4000-8000-0000000000A1">
    <s:ApplicabilityRules><s:IsInstalled><l:False/></s:IsInstalled><s:IsInstallable><b:Processor Architecture="9"/></s:IsInstallable></s:ApplicabilityRules>
    <s:InstallProperties RebootBehavior="NeverReboots"/>
    {item}
    <s:Language>en</s:Language>
  </s:InstallableItem>
</s:SoftwareDistributionPackage>"#
    )
}

const PROGRAM: &str = r#"<c:CommandLineInstallerData Program="gate.exe"><c:ReturnCode Code="0" Result="Succeeded"/></c:CommandLineInstallerData>
    <s:OriginFile Digest="/gW83NxJKAEngaXxoqd8u1OY4QY=" FileName="gate.exe" Size="3" Modified="2026-01-31T08:00:00" OriginUri="https://vanne.example/gate.exe"/>"#;

#[test]
fn a_package_is_read_with_its_item() {
    let package = Package::parse(package("", PROGRAM).as_bytes()).unwrap();
    assert_eq!((package.vendor.as_str(), package.product_names.as_slice()), ("Vanne", ["Gate".to_owned()].as_slice()));
    let languages: Vec<&str> = package.localized.iter().map(|texts| texts.language.as_str()).collect();
    assert_eq!(languages, ["en", "de"]);
    assert_eq!(package.localized[1].title, "Gate 1");
    let Some(Content::Update { severity, kb_article, .. }) = &package.content else { panic!("no update") };
    assert_eq!((severity.as_deref(), kb_article.as_deref()), (Some("Important"), Some("g1")));
    assert_eq!((package.superseded.len(), package.prerequisites[0].len()), (1, 2));
    let item = &package.items[0];
    let Some(Installer::CommandLine(command)) = &item.installer else { panic!("no command") };
    assert_eq!((command.program.as_str(), command.return_codes.len()), ("gate.exe", 1));
    let origin = item.origin_file.as_ref().unwrap();
    assert_eq!((origin.file.size, origin.uri.as_deref()), (3, Some("https://vanne.example/gate.exe")));
}

#[test]
fn the_package_s_rules_hold_for_its_items() {
    struct X64;
    impl Inventory for X64 {
        fn processor(&self) -> metadata::rules::Fact<metadata::rules::Processor> {
            Ok(metadata::rules::Processor { architecture: 9, ..Default::default() })
        }
    }
    let installable = |rules: &ApplicabilityRules| rules.evaluate(UpdateId(Uuid::nil()), &[], &X64).is_installable;
    let with = |rule: &str| {
        let package = Package::parse(package(rule, PROGRAM).as_bytes()).unwrap();
        installable(&package.rules(&package.items[0]))
    };
    // A package without a rule of its own applies everywhere.
    assert_eq!(with(""), Truth::True);
    assert_eq!(with("<s:IsInstallable><l:False/></s:IsInstallable>"), Truth::False);
    assert_eq!(with("<s:IsInstallable><l:Odd/></s:IsInstallable>"), Truth::Unknown);
}

#[test]
fn a_catalog_holds_many_packages() {
    let one = package("", PROGRAM);
    let catalog = format!(
        r#"<k:SystemsManagementCatalog xmlns:k="urn:k"><k:Part>{one}</k:Part><k:Part>{one}</k:Part></k:SystemsManagementCatalog>"#
    );
    assert_eq!(Package::parse_all(catalog.as_bytes()).unwrap().len(), 2);
    assert!(Package::parse(catalog.as_bytes()).is_err());
    assert!(Package::parse_all(b"<Catalog/>").is_err());
}

#[test]
fn an_unknown_installer_is_kept_and_a_bad_digest_refused() {
    let odd = Package::parse(package("", r#"<x:GateInstaller xmlns:x="urn:x" Width="3"/>"#).as_bytes()).unwrap();
    let Some(Installer::Unknown(tree)) = &odd.items[0].installer else { panic!("not kept") };
    assert_eq!((tree.name.as_str(), tree.attribute("Width")), ("GateInstaller", Some("3")));
    assert!(matches!(odd.items[0].rules.is_installed, Some(Expression::False)));
    let error = Package::parse(package("", &PROGRAM.replace("/gW83N", "!")).as_bytes()).unwrap_err();
    assert!(error.to_string().starts_with("file gate.exe has a malformed digest at line 14"), "{error}");
}
