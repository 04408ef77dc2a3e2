//! Every handler of metadata.md §7, from a document and back out of its extended fragment.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use metadata::{ExtendedFragment, Handler};
use model::CategoryKind;

fn handler(kind: &str, attributes: &str, content: &str) -> Handler {
    let text = format!(
        r#"<Update xmlns="http://schemas.microsoft.com/msus/2002/12/Update" xmlns:h="urn:h" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
           <UpdateIdentity UpdateID="11111111-0000-4000-8000-000000000001" RevisionNumber="1"/>
           <Properties UpdateType="Software"/>
           <HandlerSpecificData xsi:type="{kind}"{attributes}>{content}</HandlerSpecificData></Update>"#
    );
    let (document, fragments) = metadata::read(text.as_bytes()).unwrap();
    let handler = document.handler.unwrap();
    assert_eq!(ExtendedFragment::parse(&fragments.extended).unwrap().handler.as_ref(), Some(&handler));
    handler
}

#[test]
fn a_command_line_keeps_what_its_return_codes_mean() {
    let content = r#"<h:InstallCommand Program="a.exe" Arguments="/q" RebootByDefault="true">
        <h:ReturnCode Code="0" Result="Succeeded"/><h:ReturnCode Code="2147942402" Result="Failed" Reboot="false"><h:LocalizedDescription/></h:ReturnCode>
        <h:ReturnCode Code="-5" Result="Cancelled"/></h:InstallCommand>
        <h:UninstallCommand Program="b.exe" DefaultResult="Succeeded"/><h:WindowsInstallerRepairPath>\\s\p</h:WindowsInstallerRepairPath>"#;
    let Handler::CommandLine(data) = handler("cmd:CommandLineInstallation", "", content) else { panic!("no command") };
    let install = data.install.unwrap();
    assert_eq!((install.program.as_str(), install.arguments.as_deref()), ("a.exe", Some("/q")));
    assert_eq!((install.default_result.as_str(), install.reboot_by_default), ("Failed", true));
    let codes: Vec<(i32, &str, Option<bool>)> =
        install.return_codes.iter().map(|code| (code.code, code.result.as_str(), code.reboot)).collect();
    let not_found = 0x8007_0002_u32.cast_signed();
    assert_eq!(codes, [(0, "Succeeded", None), (not_found, "Failed", Some(false)), (-5, "Cancelled", None)]);
    assert_eq!(data.uninstall.unwrap().default_result, "Succeeded");
    assert_eq!(data.repair_paths, [r"\\s\p"]);
}

#[test]
fn installer_products_and_patches_are_told_apart() {
    let content = r#"<h:MsiData ProductCode="{A}" MsiFile="a.msi" CommandLine="X=1"><h:RepairPath RelativeToServer="true"><h:Path>p</h:Path></h:RepairPath></h:MsiData>"#;
    let Handler::Msi(product) = handler("msp:WindowsInstallerApp", "", content) else { panic!("no product") };
    assert_eq!(
        (product.msi_file.as_deref(), product.repair_paths.as_slice()),
        (Some("a.msi"), ["p".to_owned()].as_slice())
    );
    let content = r#"<h:MspData PatchCode="{A}" FullFilePatchCode="{B}" TargetsSystemMsi="true"/>"#;
    let Handler::Msp(patch) = handler("msp:WindowsInstaller", "", content) else { panic!("no patch") };
    assert_eq!((patch.full_file_patch_code.as_deref(), patch.targets_system_msi), (Some("{B}"), true));
}

#[test]
fn the_other_handlers_are_known() {
    let cbs = handler("cbs:Cbs", "", r#"<h:CbsData PackageIdentity=""/>"#);
    assert_eq!(cbs, Handler::Cbs { package_identity: String::new() });
    let old = handler("psf:WindowsPatch", "", r#"<h:WindowsPatchData InstallParameters="/q" UnpackParameters="/x"/>"#);
    let parameters = |text: &str| Some(text.to_owned());
    assert_eq!(
        old,
        Handler::WindowsPatch { install_parameters: parameters("/q"), unpack_parameters: parameters("/x") }
    );
    let Handler::WindowsDriver(driver) =
        handler("drv:WindowsDriver", r#" OemOnly="true""#, r#"<h:InstalledVersionRange Min="1.0" Max="2.0"/>"#)
    else {
        panic!("no driver")
    };
    assert_eq!((driver.oem_only, driver.installed_version_range), (true, Some(("1.0".to_owned(), "2.0".to_owned()))));
    let setup = handler("wsi:WindowsSetup", "", r#"<h:InstallCommand Program="setup.exe" IsSetup360="true"/>"#);
    assert_eq!(setup, Handler::WindowsSetup { program: parameters("setup.exe"), is_setup360: true });
    let uup = handler("OSInstallerMetadata", "", r#"<h:OSInstallData InitialModule="UpdateAgent.dll"/>"#);
    assert_eq!(uup, Handler::OsInstaller { initial_module: parameters("UpdateAgent.dll") });
    let content = r#"<h:CategoryInformation CategoryType="UpdateClassification" DisplayOrder="-1"/>"#;
    let Handler::Category(category) = handler("cat:Category", "", content) else { panic!("no category") };
    assert_eq!((category.kind, category.display_order), (CategoryKind::UpdateClassification, Some(-1)));
}

#[test]
fn an_unknown_handler_is_kept_whole() {
    let Handler::Unknown(tree) = handler("v:Gate", r#" Width="3""#, "<h:Open>now<h:Wide/></h:Open>") else {
        panic!("not kept")
    };
    assert_eq!((tree.attribute("type"), tree.attribute("Width")), (Some("v:Gate"), Some("3")));
    assert_eq!(tree.element("Open").unwrap().text(), "now");
    assert!(tree.element("Open").unwrap().element("Wide").is_some());
}
