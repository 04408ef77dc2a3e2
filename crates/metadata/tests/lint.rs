//! What the linter says of documents that are read all the same.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use metadata::{Finding, Severity, lint};

const SHA1: &str = "/gW83NxJKAEngaXxoqd8u1OY4QY=";

fn document(properties: &str, rest: &str) -> String {
    format!(
        r#"<u:Update xmlns:u="http://schemas.microsoft.com/msus/2002/12/Update" xmlns="http://schemas.microsoft.com/msus/2002/12/LogicalApplicabilityRules" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<u:UpdateIdentity UpdateID="11111111-0000-4000-8000-000000000001" RevisionNumber="1"/>
<u:Properties {properties}/>
{rest}
</u:Update>"#
    )
}

const TITLE: &str = "<u:LocalizedPropertiesCollection><u:LocalizedProperties><u:Language>en</u:Language><u:Title>T</u:Title>\
                     </u:LocalizedProperties></u:LocalizedPropertiesCollection>";
const RULES: &str = "<u:ApplicabilityRules><u:IsInstalled><False/></u:IsInstalled><u:IsInstallable><True/>\
                     </u:IsInstallable></u:ApplicabilityRules>";

fn only(text: &str) -> Finding {
    let mut found = lint("gate.xml", text.as_bytes());
    assert_eq!(found.len(), 1, "{found:#?}");
    found.pop().unwrap()
}

fn software(rest: &str) -> String {
    document(r#"UpdateType="Software""#, rest)
}

#[test]
fn a_good_document_has_no_findings() {
    assert_eq!(lint("gate.xml", software(&format!("{TITLE}\n{RULES}")).as_bytes()), []);
}

#[test]
fn a_finding_reads_as_a_compiler_s_message() {
    let finding = only(&software(RULES));
    assert_eq!(finding.severity, Severity::Warning);
    let message =
        "gate.xml:1:1: warning: the update has no title in any language; add LocalizedProperties with a Title";
    assert_eq!(finding.to_string(), message);
}

#[test]
fn a_file_without_sha_256_is_pointed_at() {
    let good = format!(
        r#"<u:File Digest="{SHA1}" DigestAlgorithm="SHA1" FileName="a.cab" Size="3"><u:AdditionalDigest Algorithm="SHA256">dpLDrTVAu4A8Ags67mbNiIcSMjTqDG5xQ8Ct1z/0Me0=</u:AdditionalDigest></u:File>"#
    );
    let bad = format!(r#"<u:File Digest="{SHA1}" DigestAlgorithm="SHA1" FileName="b.cab" Size="3"/>"#);
    let handler = r#"<u:HandlerSpecificData xsi:type="x:Cbs"/>"#;
    let finding = only(&software(&format!("{TITLE}\n{RULES}\n<u:Files>{good}\n {bad}</u:Files>{handler}")));
    assert_eq!((finding.line, finding.column), (7, 2));
    assert_eq!(finding.what, "file b.cab has no SHA-256 digest");
}

#[test]
fn sizes_that_do_not_fit_are_told() {
    let file = format!(
        r#"<u:File Digest="{SHA1}" DigestAlgorithm="SHA1" FileName="a.cab" Size="30"><u:AdditionalDigest Algorithm="SHA256">dpLDrTVAu4A8Ags67mbNiIcSMjTqDG5xQ8Ct1z/0Me0=</u:AdditionalDigest></u:File>"#
    );
    let rest = format!(r#"{TITLE}{RULES}<u:Files>{file}</u:Files><u:HandlerSpecificData xsi:type="x:Cbs"/>"#);
    let finding = only(&document(r#"UpdateType="Software" MaxDownloadSize="31" MinDownloadSize="0""#, &rest));
    assert_eq!(finding.what, "MaxDownloadSize is 31, the files are 30 (largest) to 30 (all) bytes");
    assert_eq!(finding.line, 3);
}

#[test]
fn an_expired_revision_is_told() {
    let finding = only(&document(r#"UpdateType="Software" PublicationState="Expired""#, &format!("{TITLE}{RULES}")));
    assert_eq!((finding.severity, finding.what.as_str()), (Severity::Warning, "the revision is expired"));
}

#[test]
fn an_update_must_not_supersede_itself() {
    let own = r#"<u:UpdateIdentity UpdateID="11111111-0000-4000-8000-000000000001"/>"#;
    let relations = format!("<u:Relationships><u:SupersededUpdates>{own}</u:SupersededUpdates></u:Relationships>");
    let finding = only(&software(&format!("{TITLE}\n{relations}\n{RULES}")));
    assert_eq!((finding.severity, finding.what.as_str()), (Severity::Error, "the update supersedes itself"));
    assert_eq!((finding.line, finding.column), (5, 18));
}

#[test]
fn unknown_handlers_and_expressions_are_warnings() {
    let rules = RULES.replace("<True/>", r#"<Moon phase="full"/>"#);
    let finding = only(&software(&format!("{TITLE}\n{rules}")));
    assert_eq!((finding.severity, finding.what.as_str()), (Severity::Warning, "the expression Moon is unknown"));
    let handler = r#"<u:HandlerSpecificData xsi:type="v:Gate"><v:Open xmlns:v="urn:v"/></u:HandlerSpecificData>"#;
    let finding = only(&software(&format!("{TITLE}{RULES}{handler}")));
    assert_eq!((finding.severity, finding.what.as_str()), (Severity::Warning, "the handler v:Gate is unknown"));
}

#[test]
fn rules_that_cannot_be_evaluated_are_errors() {
    for (rule, what) in [
        ("<And/>", "an And has no operand and is unknown everywhere"),
        ("<Not><True/><True/></Not>", "a Not has 2 operands and is unknown everywhere"),
        (
            r#"<b:RegDword xmlns:b="http://schemas.microsoft.com/msus/2002/12/BaseApplicabilityRules" Key="HKEY_LOCAL_MACHINE" Subkey="S" Comparison="EqualTo"/>"#,
            "a rule is unknown everywhere: RegDword has no attribute Data",
        ),
    ] {
        let finding = only(&software(&format!("{TITLE}\n{}", RULES.replace("<True/>", rule))));
        assert_eq!((finding.severity, finding.what.as_str()), (Severity::Error, what));
    }
}

#[test]
fn a_program_that_is_not_among_the_files_is_told() {
    let handler = r#"<u:HandlerSpecificData xsi:type="c:CommandLineInstallation"><c:InstallCommand xmlns:c="urn:c" Program="gate.exe"/></u:HandlerSpecificData>"#;
    let finding = only(&software(&format!("{TITLE}{RULES}{handler}")));
    assert_eq!(finding.what, "the program gate.exe is not among the files");
}

#[test]
fn a_flood_of_findings_is_cut_and_counted() {
    let file = format!(r#"<u:File Digest="{SHA1}" DigestAlgorithm="SHA1" FileName="a.cab" Size="3"/>"#);
    let handler = r#"<u:HandlerSpecificData xsi:type="x:Cbs"/>"#;
    let found = lint(
        "gate.xml",
        software(&format!("{TITLE}{RULES}<u:Files>{}</u:Files>{handler}", file.repeat(300))).as_bytes(),
    );
    assert_eq!(found.len(), 200);
    assert!(found[199].remedy.ends_with("100 further findings are not shown"), "{}", found[199].remedy);
}
