use model::{ProtocolVersion, Timestamp};
use uuid::Uuid;

use super::{EULA_FILE, EulaFile};
use crate::attributes::Attributes;
use crate::cursor::Cursor;
use crate::error::{DocumentError, DocumentFault};

/// `Properties`: attributes and children in no language (metadata.md §2.1, §2.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Properties {
    /// Fallback language of the localized texts.
    pub default_language: Option<String>,
    /// URI of the installation handler; absent on bundles and detectoids.
    pub handler: Option<String>,
    /// May be approved and offered by itself.
    pub explicitly_deployable: bool,
    /// Important rather than optional.
    pub auto_select_on_web_sites: bool,
    /// Largest download, in bytes.
    pub max_download_size: Option<u64>,
    /// Smallest download, in bytes; 0 where deltas exist.
    pub min_download_size: Option<u64>,
    /// Whether it may still be offered.
    pub publication_state: Option<PublicationState>,
    /// When this revision was authored.
    pub creation_date: Option<Timestamp>,
    /// Who published it.
    pub publisher_id: Option<Uuid>,
    /// Seen on categories.
    pub is_public: Option<bool>,
    /// Free text name of the package; of a locally published one the package's id.
    pub legacy_name: Option<String>,
    /// Legacy tag on detectoids.
    pub detectoid_type: Option<String>,
    /// Marks an operating system upgrade; as written.
    pub os_upgrade: Option<String>,
    /// The licence that must be accepted before installation.
    pub eula_id: Option<Uuid>,
    /// Critical, Important, Moderate, Low; as written.
    pub msrc_severity: Option<String>,
    /// Lowest protocol version that may receive the document.
    pub compatible_protocol_version: Option<ProtocolVersion>,
    /// Per-user content.
    pub per_user: bool,
    /// Optional: shown but not selected.
    pub browse_only: bool,
    /// UUP: the product this update installs.
    pub product_name: Option<String>,
    /// UUP: the release it installs.
    pub release_version: Option<String>,
    /// UUP: the revision of the release.
    pub release_revision: Option<String>,
    /// Original media may be needed.
    pub can_source_be_required: bool,
    /// A test version.
    pub is_beta: bool,
    /// Published by local publishing.
    pub is_locally_published: bool,
    /// How installation behaves; bundles derive it from their children.
    pub installation_behavior: Option<InstallationBehavior>,
    /// How removal behaves; that it is there means the update can be removed.
    pub uninstallation_behavior: Option<InstallationBehavior>,
    /// Where to find help.
    pub support_urls: Vec<String>,
    /// Where to read more.
    pub more_info_urls: Vec<String>,
    /// Security bulletins.
    pub security_bulletins: Vec<String>,
    /// CVEs.
    pub cves: Vec<String>,
    /// KB numbers without the letters.
    pub kb_articles: Vec<String>,
    /// Languages of the binaries; `all` for neutral.
    pub languages: Vec<String>,
    /// What is handed out only to whoever asks for it: `FileUrl`, `FileDecryption` (MS-WSUSSS 3.1.1.1, `FragmentType`).
    pub secured_fragments: Vec<String>,
    /// Release readiness, on Windows bundles.
    pub readiness: Option<Readiness>,
}

/// `PublicationState`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicationState {
    /// May be offered.
    Published,
    /// No longer offered, cannot be revised, must not be approved.
    Expired,
    /// Another, by its name.
    Other(String),
}

/// `InstallationBehavior` and `UninstallationBehavior`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstallationBehavior {
    /// Whether it restarts.
    pub reboot_behavior: RebootBehavior,
    /// What it disturbs.
    pub impact: Impact,
    /// It may ask the user.
    pub can_request_user_input: bool,
    /// It needs the network.
    pub requires_network_connectivity: bool,
}

/// Whether an installation restarts the computer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum RebootBehavior {
    /// Never.
    NeverReboots,
    /// Always.
    AlwaysRequiresReboot,
    /// When it asks to.
    #[default]
    CanRequestReboot,
    /// Another, by its name.
    Other(String),
}

/// What an installation disturbs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Impact {
    /// What is usual.
    #[default]
    Normal,
    /// Nothing.
    Minor,
    /// It must be alone.
    RequiresExclusiveHandling,
    /// Another, by its name.
    Other(String),
}

/// `Readiness` of a Windows bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readiness {
    /// Such as `RTW`.
    pub level: String,
    /// Since when; as written.
    pub date: Option<String>,
}

/// Reads what the attributes of `Properties` or `ExtendedProperties` say.
pub(crate) fn read_attributes(cursor: &Cursor<'_>, attributes: &Attributes<'_>) -> Result<Properties, DocumentError> {
    cursor.place(of_attributes(attributes))
}

fn of_attributes(attributes: &Attributes<'_>) -> Result<Properties, DocumentFault> {
    Ok(Properties {
        default_language: attributes.owned("DefaultPropertiesLanguage"),
        handler: attributes.owned("Handler"),
        explicitly_deployable: attributes.flag("ExplicitlyDeployable")?,
        auto_select_on_web_sites: attributes.flag("AutoSelectOnWebSites")?,
        max_download_size: attributes.parse("MaxDownloadSize", "a number of bytes")?,
        min_download_size: attributes.parse("MinDownloadSize", "a number of bytes")?,
        publication_state: attributes.text("PublicationState").map(publication_state),
        creation_date: attributes.time("CreationDate")?,
        publisher_id: attributes.guid("PublisherID")?,
        is_public: attributes.boolean("IsPublic")?,
        legacy_name: attributes.owned("LegacyName"),
        detectoid_type: attributes.owned("DetectoidType"),
        os_upgrade: attributes.owned("OSUpgrade"),
        eula_id: attributes.guid("EulaID")?,
        msrc_severity: attributes.owned("MsrcSeverity").filter(|severity| !severity.is_empty()),
        compatible_protocol_version: attributes.parse("CompatibleProtocolVersion", "a version such as 1.4")?,
        per_user: attributes.flag("PerUser")?,
        browse_only: attributes.flag("BrowseOnly")?,
        product_name: attributes.owned("ProductName"),
        release_version: attributes.owned("ReleaseVersion"),
        release_revision: attributes.owned("ReleaseRevision"),
        can_source_be_required: attributes.flag("CanSourceBeRequired")?,
        is_beta: attributes.flag("IsBeta")?,
        is_locally_published: attributes.flag("IsLocallyPublished")?,
        ..Properties::default()
    })
}

/// Reads the rest of the element; returns the licence files with what the fragment that is on says of them.
pub(crate) fn read_children(
    cursor: &mut Cursor<'_>,
    properties: &mut Properties,
) -> Result<Vec<(EulaFile, String)>, DocumentError> {
    let mut eulas = Vec::new();
    cursor.children(|cursor, element| {
        let list = match cursor.extended_name(element) {
            "SupportUrl" => &mut properties.support_urls,
            "MoreInfoUrl" => &mut properties.more_info_urls,
            "SecurityBulletinID" => &mut properties.security_bulletins,
            "CveID" => &mut properties.cves,
            "KBArticleID" => &mut properties.kb_articles,
            "Language" => &mut properties.languages,
            "SecuredFragment" => &mut properties.secured_fragments,
            "InstallationBehavior" => {
                properties.installation_behavior = Some(read_behavior(cursor, &cursor.attributes(element)?)?);
                return cursor.skip();
            }
            "UninstallationBehavior" => {
                properties.uninstallation_behavior = Some(read_behavior(cursor, &cursor.attributes(element)?)?);
                return cursor.skip();
            }
            "Readiness" => {
                let attributes = cursor.attributes(element)?;
                let level = attributes.owned("Level").unwrap_or_default();
                properties.readiness = Some(Readiness { level, date: attributes.owned("Date") });
                return cursor.skip();
            }
            EULA_FILE => {
                let at = cursor.opened_at();
                let eula = EulaFile::read(cursor, element)?;
                eulas.push((eula, cursor.written_from(at)));
                return Ok(());
            }
            _ => return cursor.skip(),
        };
        let text = cursor.text()?;
        if !text.trim().is_empty() {
            list.push(text.trim().to_owned());
        }
        Ok(())
    })?;
    Ok(eulas)
}

pub(crate) fn read_behavior(
    cursor: &Cursor<'_>,
    attributes: &Attributes<'_>,
) -> Result<InstallationBehavior, DocumentError> {
    Ok(InstallationBehavior {
        reboot_behavior: attributes.text("RebootBehavior").map_or_else(RebootBehavior::default, reboot_behavior),
        impact: attributes.text("Impact").map_or_else(Impact::default, impact),
        can_request_user_input: cursor.place(attributes.flag("CanRequestUserInput"))?,
        requires_network_connectivity: cursor.place(attributes.flag("RequiresNetworkConnectivity"))?,
    })
}

pub(crate) fn publication_state(text: &str) -> PublicationState {
    match text {
        "Published" => PublicationState::Published,
        "Expired" => PublicationState::Expired,
        other => PublicationState::Other(other.to_owned()),
    }
}

fn reboot_behavior(text: &str) -> RebootBehavior {
    match text {
        "NeverReboots" => RebootBehavior::NeverReboots,
        "AlwaysRequiresReboot" => RebootBehavior::AlwaysRequiresReboot,
        "CanRequestReboot" => RebootBehavior::CanRequestReboot,
        other => RebootBehavior::Other(other.to_owned()),
    }
}

fn impact(text: &str) -> Impact {
    match text {
        "Normal" => Impact::Normal,
        "Minor" => Impact::Minor,
        "RequiresExclusiveHandling" => Impact::RequiresExclusiveHandling,
        other => Impact::Other(other.to_owned()),
    }
}
