use metadata::rules::Truth;

use crate::computer::Computer;
use crate::{all_are, evaluate_on};

#[test]
fn registry_values_compare_as_their_types() {
    const V: &str = r#"Key="HKEY_LOCAL_MACHINE" Subkey="SOFTWARE\\Vanne\""#;
    let rule = |text: &str| text.replace("V ", &format!("{V} "));
    for (expected, text) in [
        (Truth::True, "<b.RegKeyExists V />"),
        (Truth::True, "<b.RegValueExists V Value=\"NAME\" />"),
        (Truth::True, "<b.RegValueExists V Value=\"count\" Type=\"REG_DWORD\" />"),
        (Truth::False, "<b.RegValueExists V Value=\"count\" Type=\"REG_SZ\" />"),
        (Truth::True, "<b.RegValueExists V />"),
        (Truth::False, "<b.RegValueExists V Type=\"REG_DWORD\" />"),
        (Truth::True, "<b.RegDword V Value=\"count\" Comparison=\"GreaterThan\" Data=\"6\" />"),
        (Truth::False, "<b.RegDword V Value=\"gone\" Comparison=\"GreaterThanOrEqualTo\" Data=\"0\" />"),
        (Truth::True, "<Not><b.RegDword V Value=\"gone\" Comparison=\"EqualTo\" Data=\"1\" /></Not>"),
        (Truth::Unknown, "<b.RegDword V Value=\"name\" Comparison=\"EqualTo\" Data=\"1\" />"),
        (Truth::Unknown, "<b.RegDword V Value=\"secret\" Comparison=\"EqualTo\" Data=\"1\" />"),
        (Truth::True, "<b.RegSz V Value=\"name\" Comparison=\"EqualTo\" Data=\"gATE\" />"),
        (Truth::False, "<b.RegSz V Value=\"name\" Comparison=\"EqualTo\" Data=\"Gate32\" />"),
        (Truth::True, "<b.RegSz V Value=\"name\" Comparison=\"EqualTo\" Data=\"Gate32\" RegType32=\"1\" />"),
        (Truth::True, "<b.RegSzToVersion V Value=\"version\" Comparison=\"GreaterThan\" Data=\"6.1.0.0\" />"),
        (Truth::Unknown, "<b.RegSzToVersion V Value=\"words\" Comparison=\"GreaterThan\" Data=\"6.1.0.0\" />"),
        (Truth::True, "<b.RegExpandSz V Value=\"path\" Comparison=\"EndsWith\" Data=\"\\GATE\" />"),
        (Truth::True, "<b.WUv4RegKeyValue V Value=\"name\" Data=\"gate\" />"),
        (Truth::True, "<b.WUv4RegKeySubstring V Value=\"name\" Data=\"at\" />"),
        (Truth::True, "<b.ClusterResourceOwner V Value=\"name\" Prefix=\"&lt;\" Suffix=\"&gt;\" />"),
        (Truth::False, "<b.ClusterResourceOwner V Value=\"gone\" />"),
    ] {
        assert_eq!(evaluate_on(&Computer::default(), &rule(text), ""), expected, "{text}");
    }
    all_are(Truth::Unknown, &["<b.RegKeyExists Key=\"HKEY_CURRENT_USER\" Subkey=\"Software\" />"]);
}

#[test]
fn a_loop_evaluates_its_body_for_every_subkey() {
    let open = |data: &str| {
        format!("<b.RegDword Key=\"HKEY_LOOP_TARGET\" Value=\"open\" Comparison=\"EqualTo\" Data=\"{data}\" />")
    };
    let looped = |subkey: &str, true_if: &str, body: &str| {
        format!(
            "<b.RegKeyLoop Key=\"HKEY_LOCAL_MACHINE\" Subkey=\"{subkey}\" TrueIf=\"{true_if}\">{body}</b.RegKeyLoop>"
        )
    };
    let on = |rule: &str| evaluate_on(&Computer::default(), rule, "");
    let gates = r"Software\Vanne\Gates";
    assert_eq!(on(&looped(gates, "Any", &open("1"))), Truth::True);
    assert_eq!(on(&looped(gates, "All", &open("1"))), Truth::False);
    assert_eq!(on(&looped(gates, "None", &open("2"))), Truth::True);
    assert_eq!(on(&looped(gates, "None", &open("0"))), Truth::False);
    let hinge = r#"<b.RegSz Key="HKEY_LOOP_TARGET" Subkey="Hinge\" Value="kind" Comparison="EqualTo" Data="steel" />"#;
    assert_eq!(on(&looped(gates, "Any", hinge)), Truth::True);
    // A missing key has no subkeys.
    assert_eq!(on(&looped("gone", "Any", "<True />")), Truth::False);
    assert_eq!(on(&looped("gone", "All", "<True />")), Truth::False);
    assert_eq!(on(&looped("gone", "None", "<True />")), Truth::True);
    // Outside of a loop there is no target, and a loop has one body.
    assert_eq!(on(&open("1")), Truth::Unknown);
    assert_eq!(on(&looped(gates, "Any", "")), Truth::Unknown);
    assert_eq!(on(&looped(gates, "Any", "<True /><True />")), Truth::Unknown);
}

#[test]
fn files_are_found_by_folder_and_by_registry() {
    let folder = r#"Key="HKEY_LOCAL_MACHINE" Subkey="SOFTWARE\Vanne" Value="folder""#;
    all_are(
        Truth::True,
        &[
            r#"<b.FileExists Path="drivers\\gate.sys" Csidl="37" />"#,
            r#"<b.FileExists Path="drivers\gate.sys" Csidl="37" Version="1.2.3.4" Size="10" Language="1033" />"#,
            r#"<b.FileVersion Path="drivers\gate.sys" Csidl="37" Comparison="LessThan" Version="1.2.4" />"#,
            r#"<b.FileCreated Path="C:\readme.txt" Comparison="LessThan" Created="2020-06-01T00:00:00Z" />"#,
            r#"<b.FileModified Path="C:\readme.txt" Comparison="EqualTo" Modified="2021-01-01T00:00:00Z" />"#,
            r#"<b.FileSize Path="C:\readme.txt" Comparison="GreaterThanOrEqualTo" Size="10" />"#,
            &format!(
                r#"<b.FileVersionPrependRegSz Path="\gate.exe" {folder} Comparison="EqualTo" Version="2.0.0.0" />"#
            ),
        ],
    );
    all_are(
        Truth::False,
        &[
            r#"<b.FileVersion Path="gone.sys" Csidl="37" Comparison="LessThan" Version="9.0" />"#,
            r#"<b.FileExists Path="gate.sys" Csidl="5" />"#,
            r#"<b.FileExists Path="C:\readme.txt" Version="1.0" />"#,
            &format!(r#"<b.FileExistsPrependRegSz Path="gate.exe" {} />"#, folder.replace("folder", "gone")),
        ],
    );
    all_are(Truth::Unknown, &[r#"<b.FileVersion Path="C:\readme.txt" Comparison="EqualTo" Version="1.0" />"#]);
}

#[test]
fn the_system_is_what_it_is() {
    all_are(
        Truth::True,
        &[
            r#"<b.WindowsVersion Comparison="GreaterThanOrEqualTo" MajorVersion="6" MinorVersion="3" ProductType="1" />"#,
            r#"<b.WindowsVersion MajorVersion="10" />"#,
            r#"<b.Platform PlatformID="Windows" />"#,
            r#"<b.WindowsLanguage Language="en" />"#,
            r#"<b.Processor Architecture="9" />"#,
            r#"<b.NumberOfProcessors Comparison="GreaterThan" Number="4" />"#,
            r#"<b.SystemMetric Index="86" Comparison="EqualTo" Value="1" />"#,
            "<b.ClusteredOS />",
            r#"<b.WmiQuery WqlQuery="select * from Win32_Gate" />"#,
            r#"<b.WmiQuery Namespace="Root\CIMv2" WqlQuery="select * from Win32_Gate" />"#,
            r#"<b.LicenseDword Value="Gate-Width" Comparison="EqualTo" Data="3" />"#,
            r#"<b.LicenseValueExists Value="Gate-Width" />"#,
            "<b.InstalledOnce />",
        ],
    );
    all_are(
        Truth::False,
        &[
            r#"<b.WindowsVersion Comparison="GreaterThanOrEqualTo" MajorVersion="6" ProductType="3" />"#,
            r#"<b.WindowsLanguage Language="de" />"#,
            r#"<b.Processor Architecture="9" Level="7" />"#,
            "<b.MuiInstalled />",
            r#"<b.MuiLanguageInstalled Language="en" />"#,
            r#"<b.LicenseDword Value="gone" Comparison="GreaterThanOrEqualTo" Data="0" />"#,
        ],
    );
    all_are(Truth::Unknown, &[r#"<b.WmiQuery WqlQuery="bad" />"#, r#"<b.Memory MinSizeInMB="1" />"#]);
}

#[test]
fn a_language_is_never_the_system_s_where_a_mui_is_installed() {
    let computer = Computer { mui: Some(vec!["fr-FR".to_owned()]) };
    assert_eq!(evaluate_on(&computer, r#"<b.WindowsLanguage Language="en" />"#, ""), Truth::False);
    assert_eq!(evaluate_on(&computer, "<b.MuiInstalled />", ""), Truth::True);
    assert_eq!(evaluate_on(&computer, r#"<b.MuiLanguageInstalled Language="fr" />"#, ""), Truth::True);
}
