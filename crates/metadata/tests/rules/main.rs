//! Every expression of metadata.md §5: that it is known, and whether it holds on a computer.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod base;
mod computer;
mod other;

use metadata::CoreFragment;
use metadata::rules::{Context, Expression, Inventory, Truth};

use computer::{COMPONENT, Computer, PATCH, PRODUCT};

/// A core fragment whose one rule is `rule`, as an agent gets it.
fn fragment(rule: &str, metadata: &str) -> CoreFragment {
    let text = format!(
        "<UpdateIdentity UpdateID=\"00000000-0000-0000-0000-000000000001\" RevisionNumber=\"1\" />\
         <Properties UpdateType=\"Software\" /><ApplicabilityRules><IsInstalled>{rule}</IsInstalled>\
         <Metadata>{metadata}</Metadata></ApplicabilityRules>"
    );
    CoreFragment::parse(&text).unwrap_or_else(|error| panic!("{rule}: {error}"))
}

fn evaluate_on(computer: &Computer, rule: &str, metadata: &str) -> Truth {
    let fragment = fragment(rule, metadata);
    fragment.rules.evaluate(fragment.identity.update_id, &fragment.drivers, computer).is_installed
}

#[track_caller]
fn all_are(expected: Truth, rules: &[&str]) {
    for rule in rules {
        assert_eq!(evaluate_on(&Computer::default(), rule, ""), expected, "{rule}");
    }
}

#[test]
fn every_expression_is_known() {
    let key = r#"Key="HKEY_LOCAL_MACHINE" Subkey="S""#;
    let value = r#"Key="HKEY_LOCAL_MACHINE" Subkey="S" Value="V""#;
    let mut rules: Vec<String> = [
        "<True />",
        "<False />",
        "<And><True /></And>",
        "<Or><True /></Or>",
        "<Not><True /></Not>",
        "<b.WindowsVersion MajorVersion=\"6\" />",
        "<b.PlatformVersion BuildNumber=\"1\" />",
        "<b.Platform PlatformID=\"Windows\" />",
        "<b.WindowsLanguage Language=\"en\" />",
        "<b.PlatformLanguage Language=\"en\" />",
        "<b.MuiInstalled />",
        "<b.MuiLanguageInstalled Language=\"en\" />",
        "<b.SystemMetric Index=\"86\" Comparison=\"EqualTo\" Value=\"1\" />",
        "<b.Processor Architecture=\"9\" Level=\"6\" Revision=\"1\" />",
        "<b.NumberOfProcessors Comparison=\"EqualTo\" Number=\"1\" />",
        "<b.ClusteredOS />",
        "<b.WmiQuery WqlQuery=\"q\" />",
        "<b.LicenseValueExists Value=\"v\" />",
        "<b.LicenseDword Value=\"v\" Comparison=\"EqualTo\" Data=\"1\" />",
        "<b.InstalledOnce />",
        "<b.GenericQuery Namespace=\"n\" Type=\"t\" Parameter=\"p\" />",
        "<b.Memory MinSizeInMB=\"1\" Type=\"t\" />",
        "<b.VideoMemory MinSizeInMB=\"1\" />",
        "<b.Direct3D HardwareVersion=\"11\" FeatureLevelMajor=\"11\" FeatureLevelMinor=\"0\" />",
        "<b.SensorById Id=\"i\" />",
        "<b.NFC Capability=\"c\" />",
        "<b.Camera Location=\"l\" />",
        "<m.MsiPatchInstalled />",
        "<m.MsiPatchSuperseded />",
        "<m.MsiPatchInstallable />",
        "<m.MsiApplicationInstalled />",
        "<m.MsiApplicationSuperseded />",
        "<m.MsiApplicationInstallable />",
        "<CbsPackageInstalledByIdentity PackageIdentity=\"n~t~a~~1.0\" />",
        "<CbsPackageInstalled />",
        "<CbsPackageInstallable />",
        "<d.WindowsDriverInstalled />",
        "<d.WindowsDriverSuperseded />",
        "<d.WindowsDriverInstallable />",
        "<ProductReleaseInstalled Name=\"n\" Version=\"1.0\" />",
        "<ProductReleaseVersion Name=\"n\" Version=\"1.0\" Comparison=\"greaterthan\" />",
        "<DeviceAttribute Name=\"n\" Type=\"String\" Comparison=\"EqualTo\" Value=\"v\" />",
        "<DeviceAttribute Name=\"n\" Type=\"Version\" Comparison=\"LessThan\" Value=\"1.0\" />",
        "<CspQuery LocUri=\"./x\" Comparison=\"EqualTo\" Value=\"v\" />",
        "<AppxPackageInstalled />",
        "<AppxPackageInstallable />",
    ]
    .map(str::to_owned)
    .into();
    for (kind, test) in [
        ("Exists", ""),
        ("Version", "Comparison=\"EqualTo\" Version=\"1.0\""),
        ("Created", "Comparison=\"EqualTo\" Created=\"2020-01-01T00:00:00Z\""),
        ("Modified", "Comparison=\"EqualTo\" Modified=\"2020-01-01T00:00:00\""),
        ("Size", "Comparison=\"EqualTo\" Size=\"1\""),
    ] {
        rules.push(format!("<b.File{kind} Path=\"p\" Csidl=\"37\" {test} />"));
        rules.push(format!("<b.File{kind}PrependRegSz Path=\"p\" {value} {test} />"));
    }
    for rule in [
        format!("<b.RegKeyExists {key} />"),
        format!("<b.RegValueExists {value} Type=\"REG_SZ\" />"),
        format!("<b.RegDword {value} Comparison=\"EqualTo\" Data=\"4294967295\" />"),
        format!("<b.RegSz {value} Comparison=\"Contains\" Data=\"d\" />"),
        format!("<b.RegExpandSz {value} Comparison=\"EqualTo\" Data=\"d\" />"),
        format!("<b.RegSzToVersion {value} Comparison=\"EqualTo\" Data=\"1.0\" RegType32=\"true\" />"),
        format!("<b.RegKeyLoop {key} TrueIf=\"Any\"><True /></b.RegKeyLoop>"),
        format!("<b.WUv4RegKeyValue {value} Data=\"d\" />"),
        format!("<b.WUv4RegKeySubstring {value} Data=\"d\" />"),
        format!("<b.ClusterResourceOwner {value} Prefix=\"p\" Suffix=\"s\" />"),
        format!(
            "<m.MsiProductInstalled ProductCode=\"{PRODUCT}\" VersionMin=\"1.0\" ExcludeVersionMax=\"true\" Language=\"1033\" />"
        ),
        format!("<m.MsiPatchInstalledForProduct PatchCode=\"{PATCH}\" ProductCode=\"{PRODUCT}\" />"),
        format!(
            "<m.MsiFeatureInstalledForProduct><m.Feature>F</m.Feature><m.Product>{PRODUCT}</m.Product></m.MsiFeatureInstalledForProduct>"
        ),
        format!(
            "<m.MsiComponentInstalledForProduct><m.Component>{COMPONENT}</m.Component><m.Product>{PRODUCT}</m.Product></m.MsiComponentInstalledForProduct>"
        ),
    ] {
        rules.push(rule);
    }
    for rule in &rules {
        let expression = fragment(rule, "").rules.is_installed.unwrap();
        assert!(!matches!(expression, Expression::Opaque(_)), "{rule}: {expression:?}");
    }
}

#[test]
fn nothing_known_of_a_computer_makes_nothing_true_but_constants() {
    struct Nothing;
    impl Inventory for Nothing {}
    let rule = fragment("<b.Processor Architecture=\"9\" />", "").rules.is_installed.unwrap();
    assert_eq!(rule.evaluate(&Context::new(&Nothing)), Truth::Unknown);
    assert_eq!(Expression::True.evaluate(&Context::new(&Nothing)), Truth::True);
}

#[test]
fn one_false_decides_an_and_whatever_else_is_unknown() {
    all_are(Truth::False, &["<And><Moon /><False /></And>", "<Not><Or><Moon /><True /></Or></Not>"]);
    all_are(Truth::Unknown, &["<And><Moon /><True /></And>", "<Or><Moon /><False /></Or>", "<Not><Moon /></Not>"]);
    all_are(Truth::Unknown, &["<And />", "<Or />", "<Not />", "<Not><True /><True /></Not>"]);
}

#[test]
fn a_missing_section_is_false() {
    assert_eq!(evaluate_on(&Computer::default(), "", ""), Truth::False);
}

#[test]
fn a_malformed_expression_is_kept_and_unknown() {
    let rule = r#"<b.RegDword Key="HKEY_LOCAL_MACHINE" Subkey="S" Value="V" Comparison="About" Data="1"><Note>x</Note></b.RegDword>"#;
    let Some(Expression::Opaque(kept)) = fragment(rule, "").rules.is_installed else { panic!("not kept") };
    assert_eq!(kept.element.name, "b.RegDword");
    assert_eq!(kept.element.attribute("Comparison"), Some("About"));
    assert_eq!(kept.element.element("Note").unwrap().text(), "x");
    let fault = "attribute Comparison of RegDword is \"About\", not a comparison of numbers";
    assert_eq!(kept.fault.unwrap().to_string(), fault);
    all_are(Truth::Unknown, &[rule]);
}
