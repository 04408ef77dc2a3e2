//! Manifests of the component store: as large as 47 MB, and never built as a tree.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use metadata::CoreFragment;

/// Components in the manifest; about 8 MB of text, well above what may be kept as a tree.
const COMPONENTS: usize = 60_000;

#[test]
fn a_large_manifest_goes_to_the_core_fragment_and_nowhere_else() {
    let component = r#"<update name="gate"><component><assemblyIdentity name="gate-part" version="10.0.1.2" processorArchitecture="amd64"/></component></update>"#;
    let manifest = component.repeat(COMPONENTS);
    let text = format!(
        r#"<Update xmlns="http://schemas.microsoft.com/msus/2002/12/Update"><UpdateIdentity UpdateID="11111111-0000-4000-8000-000000000001" RevisionNumber="1"/><Properties UpdateType="Software"/><ApplicabilityRules><IsInstalled><CbsPackageInstalled xmlns="http://schemas.microsoft.com/msus/2002/12/CbsApplicabilityRules"/></IsInstalled><Metadata><CbsPackageApplicabilityMetadata xmlns="http://schemas.microsoft.com/msus/2002/12/CbsApplicabilityRules"><assembly xmlns="urn:schemas-microsoft-com:asm.v3"><assemblyIdentity name="Package_Gate" version="1.0.0.0" language="neutral" processorArchitecture="amd64" publicKeyToken="31bf"/><package>{manifest}</package></assembly></CbsPackageApplicabilityMetadata></Metadata></ApplicabilityRules></Update>"#
    );
    let (document, fragments) = metadata::read(text.as_bytes()).unwrap();
    let package = document.rules.metadata.cbs.as_ref().unwrap();
    assert_eq!(package.to_string(), "Package_Gate~31bf~amd64~~1.0.0.0");
    // Each of the two empty elements of a component gains a space; the rest is as it was.
    assert_eq!(fragments.core.matches("<component>").count(), COMPONENTS);
    assert!(fragments.core.len() > manifest.len());
    // What is kept beside the text of the fragment is small: it prints in a few lines.
    assert!(format!("{document:?}").len() < 4_000);
    assert_eq!(CoreFragment::parse(&fragments.core).unwrap().rules, document.rules);
}
