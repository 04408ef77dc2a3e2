//! A draft as an element tree, in the order real documents have (`metadata.md` §2).

use model::{UpdateId, UpdateType};

use super::draft::{Draft, Reboot};
use super::element::Element;
use super::file::Promise;
use super::handler::Handler;
use super::rule::Rule;
use super::update_id;

pub(crate) fn document(draft: &Draft) -> String {
    let identity = Element::new("upd:UpdateIdentity")
        .with("UpdateID", draft.identity.update_id)
        .with("RevisionNumber", draft.identity.revision_number);
    let parts = [
        Some(identity),
        Some(properties(draft)),
        Some(localized(draft)),
        relationships(draft),
        applicability(draft),
        files(draft),
        draft.handler.as_ref().and_then(|handler| handler.data()),
    ];
    Element::new("upd:Update").children(parts.into_iter().flatten()).to_document()
}

fn properties(draft: &Draft) -> Element {
    let licence = draft.licences.first().map(|(_, text)| update_id(&format!("licence {}", text.name)));
    let size = (!draft.files.is_empty()).then(|| draft.files.iter().map(|file| file.size).sum::<u64>());
    let is_encrypted = draft.files.iter().any(|file| file.key.is_some());
    Element::new("upd:Properties")
        .with("UpdateType", draft.update_type)
        .with("DefaultPropertiesLanguage", "en")
        .with_some("Handler", draft.handler.as_ref().map(|handler| handler.uri()))
        .with_some("ExplicitlyDeployable", draft.explicitly_deployable.then_some(true))
        .with_some("AutoSelectOnWebSites", draft.auto_select.then_some(true))
        .with_some("BrowseOnly", draft.browse_only.then_some(true))
        .with_some("EulaID", licence)
        .with_some("MsrcSeverity", draft.severity)
        .with_some("MaxDownloadSize", size)
        .with_some("MinDownloadSize", size.map(|_| 0))
        .with_some("IsPublic", (draft.update_type == UpdateType::Category).then_some(true))
        .with("PublicationState", if draft.expired { "Expired" } else { "Published" })
        .with("CreationDate", &draft.created)
        .with("PublisherID", update_id("publisher"))
        .with_some("IsLocallyPublished", draft.is_local.then_some(true))
        .children(draft.reboot.map(installation_behavior))
        .children(
            draft
                .kb
                .as_ref()
                .map(|kb| Element::new("upd:SupportUrl").text(format!("https://support.contoso.example/help/{kb}"))),
        )
        .children(draft.cves.iter().map(|cve| Element::new("upd:CveID").text(cve)))
        .children(draft.kb.iter().map(|kb| Element::new("upd:KBArticleID").text(kb)))
        .children(draft.languages.iter().map(|tag| Element::new("upd:Language").text(tag)))
        .children(is_encrypted.then(|| Element::new("upd:SecuredFragment").text("FileDecryption")))
        .children(
            draft.licences.iter().map(|(language, text)| promise("upd:EulaFile", text).with("Language", language)),
        )
}

fn installation_behavior(reboot: Reboot) -> Element {
    let behavior = match reboot {
        Reboot::Never => "NeverReboots",
        Reboot::CanRequest => "CanRequestReboot",
        Reboot::Always => "AlwaysRequiresReboot",
    };
    Element::new("upd:InstallationBehavior").with("RebootBehavior", behavior)
}

fn localized(draft: &Draft) -> Element {
    Element::new("upd:LocalizedPropertiesCollection").children(draft.texts.iter().map(|(language, title, text)| {
        Element::new("upd:LocalizedProperties")
            .child(Element::new("upd:Language").text(language))
            .child(Element::new("upd:Title").text(title))
            .children((!text.is_empty()).then(|| Element::new("upd:Description").text(text)))
    }))
}

fn relationships(draft: &Draft) -> Option<Element> {
    let update = |id: &UpdateId| Element::new("upd:UpdateIdentity").with("UpdateID", id);
    let superseded = Element::new("upd:SupersededUpdates").children(draft.relations.superseded.iter().map(update));
    let clauses = draft.relations.prerequisites.iter().map(|clause| match clause.members.as_slice() {
        [one] if !clause.is_category => update(one),
        members => Element::new("upd:AtLeastOne")
            .with_some("IsCategory", clause.is_category.then_some(true))
            .children(members.iter().map(update)),
    });
    let bundles = draft.relations.bundled.iter().map(|bundle| {
        Element::new("upd:AtLeastOne").children(
            bundle.members.iter().map(|child| update(&child.update_id).with("RevisionNumber", child.revision_number)),
        )
    });
    let parts = [
        superseded,
        Element::new("upd:Prerequisites").children(clauses),
        Element::new("upd:BundledUpdates").children(bundles),
    ];
    let element = Element::new("upd:Relationships").children(parts.into_iter().filter(|part| !part.is_empty()));
    (!element.is_empty()).then_some(element)
}

fn applicability(draft: &Draft) -> Option<Element> {
    let section =
        |name: &'static str, rule: &Option<Rule>| rule.as_ref().map(|rule| Element::new(name).child(rule.0.clone()));
    let rows = draft.driver.iter().flat_map(|facts| draft.hardware.iter().map(|hardware| facts.element(hardware)));
    let data = Element::new("upd:Metadata").children(draft.handler.as_ref().and_then(rule_data)).children(rows);
    let element = Element::new("upd:ApplicabilityRules")
        .children(section("upd:IsInstalled", &draft.installed))
        .children(section("upd:IsSuperseded", &draft.superseded))
        .children(section("upd:IsInstallable", &draft.installable))
        .children((!data.is_empty()).then_some(data));
    (!element.is_empty()).then_some(element)
}

fn files(draft: &Draft) -> Option<Element> {
    let element = Element::new("upd:Files").children(draft.files.iter().map(|file| {
        promise("upd:File", file)
            .with("Modified", &draft.created)
            .with_some("PatchingType", file.patching)
            .with_some("IsEncrypted", file.key.as_ref().map(|_| true))
    }));
    (!element.is_empty()).then_some(element)
}

fn promise(name: &'static str, file: &Promise) -> Element {
    Element::new(name)
        .with_some("Digest", file.sha1.map(|digest| digest.to_base64()))
        .with("DigestAlgorithm", "SHA1")
        .with("FileName", &file.name)
        .with("Size", file.size)
        .children(
            file.sha256.map(|digest| {
                Element::new("upd:AdditionalDigest").with("Algorithm", "SHA256").text(digest.to_base64())
            }),
        )
}

/// What the rules of a handler's updates are about.
fn rule_data(handler: &Handler) -> Option<Element> {
    Some(match handler {
        Handler::Cbs { package, architecture, version, padding } => Element::new("car:CbsPackageApplicabilityMetadata")
            .child(assembly(package, architecture, version, *padding)),
        Handler::Msi { product_code, .. } => {
            Element::new("mar:MsiApplicationMetadata").child(Element::new("mar:ProductCode").text(product_code))
        }
        _ => return None,
    })
}

/// A component manifest; `padding` adds components until it is about that many bytes long.
fn assembly(package: &str, architecture: &str, version: &str, padding: usize) -> Element {
    let identity = |name: String| {
        Element::new("assemblyIdentity")
            .with("name", name)
            .with("version", version)
            .with("processorArchitecture", architecture)
            .with("language", "neutral")
            .with("buildType", "release")
            .with("publicKeyToken", "31bf3856ad364e35")
    };
    // One component is about that many bytes long.
    let components = (0..padding / 250).map(|number| {
        Element::new("update")
            .with("name", format!("{package}-component-{number}"))
            .child(Element::new("component").child(identity(format!("{package}-Deployment-{number}"))))
    });
    Element::new("assembly")
        .with("xmlns", "urn:schemas-microsoft-com:asm.v3")
        .with("manifestVersion", "1.0")
        .child(identity(package.to_owned()))
        .child(
            Element::new("package")
                .with("identifier", package)
                .with("releaseType", "Security Update")
                .children(components),
        )
}
