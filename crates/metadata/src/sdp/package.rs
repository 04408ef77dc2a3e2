use model::Timestamp;
use uuid::Uuid;

use super::Item;
use crate::attributes::Attributes;
use crate::cursor::{Cursor, Step};
use crate::document::{LocalizedProperties, PublicationState, publication_state, read_texts, utf8};
use crate::error::{DocumentError, DocumentFault, cut};
use crate::limits::LIMITS;
use crate::names::Dialect;
use crate::rules::{ApplicabilityRules, Expression, read_section};

/// A vendor package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// The package's id; becomes the legacy name of the update.
    pub package_id: Uuid,
    /// Version of the schema it was written to.
    pub schema_version: Option<String>,
    /// When it was made.
    pub creation_date: Option<Timestamp>,
    /// Who made it.
    pub vendor: String,
    /// Whether it may still be offered.
    pub publication_state: Option<PublicationState>,
    /// Original media may be needed.
    pub can_source_be_required: bool,
    /// Only programs may offer it, not a user.
    pub restrict_to_client_servicing_api: bool,
    /// Where to read more.
    pub more_info_urls: Vec<String>,
    /// Where to find help.
    pub support_url: Option<String>,
    /// Products it is for.
    pub product_names: Vec<String>,
    /// Texts, one entry per language; the first is the default.
    pub localized: Vec<LocalizedProperties>,
    /// What it is.
    pub content: Option<Content>,
    /// Where it can be installed at all; absent means everywhere.
    pub is_installable: Option<Expression>,
    /// Where it is installed, whatever its items say.
    pub is_installed: Option<Expression>,
    /// Packages it supersedes.
    pub superseded: Vec<Uuid>,
    /// Packages that must be there: of each clause at least one.
    pub prerequisites: Vec<Vec<Uuid>>,
    /// Packages it bundles: of each clause at least one.
    pub bundled: Vec<Vec<Uuid>>,
    /// What is installed.
    pub items: Vec<Item>,
}

/// `UpdateSpecificData` or `ApplicationSpecificData`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// An update.
    Update {
        /// Critical, Important, Moderate, Low; as written.
        severity: Option<String>,
        /// Such as `Updates`; as written.
        classification: Option<String>,
        /// Security bulletin.
        security_bulletin: Option<String>,
        /// CVEs.
        cves: Vec<String>,
        /// The vendor's article.
        kb_article: Option<String>,
    },
    /// An application.
    Application,
}

impl Package {
    /// Reads one package; bytes are UTF-8, at most [`LIMITS`].
    ///
    /// # Errors
    /// [`DocumentError`] with the place, if it is no package, has no id, or a file has no valid SHA-1.
    pub fn parse(bytes: &[u8]) -> Result<Self, DocumentError> {
        let mut cursor = Cursor::new(utf8(bytes)?, Dialect::Package, &LIMITS)?;
        let root = cursor.root("SoftwareDistributionPackage")?;
        let attributes = cursor.attributes(&root)?;
        let package = Self::read(&mut cursor, &attributes)?;
        cursor.finish()?;
        Ok(package)
    }

    /// Reads all packages of a `SystemsManagementCatalog`, or the one of a package of its own.
    ///
    /// # Errors
    /// As [`Package::parse`], for the first package at fault.
    pub fn parse_all(bytes: &[u8]) -> Result<Vec<Self>, DocumentError> {
        let mut cursor = Cursor::new(utf8(bytes)?, Dialect::Package, &LIMITS)?;
        let mut packages = Vec::new();
        let mut open = 0_usize;
        loop {
            match cursor.next()? {
                Step::Open(element) if cursor.own_name(&element) == "SoftwareDistributionPackage" => {
                    let attributes = cursor.attributes(&element)?;
                    packages.push(Self::read(&mut cursor, &attributes)?);
                }
                Step::Open(element) if open == 0 && element.name() != "SystemsManagementCatalog" => {
                    let wanted = "SystemsManagementCatalog or SoftwareDistributionPackage";
                    return Err(cursor.fault(DocumentFault::WrongRoot { found: cut(element.name()), wanted }));
                }
                Step::Open(_) => open += 1,
                Step::Close => open = open.saturating_sub(1),
                Step::Text(_) => {}
            }
            if open == 0 {
                cursor.finish()?;
                return Ok(packages);
            }
        }
    }

    /// The rules of one of its items with the package's own and-ed into them.
    pub fn rules(&self, item: &Item) -> ApplicabilityRules {
        let both = |package: &Option<Expression>, item: &Option<Expression>| match (package, item) {
            (Some(package), Some(item)) => Some(Expression::And(vec![package.clone(), item.clone()])),
            (None, Some(item)) => Some(item.clone()),
            // A section that is missing in the item is false, whatever the package says.
            (_, None) => None,
        };
        ApplicabilityRules {
            is_installed: both(&self.is_installed, &item.rules.is_installed),
            is_installable: both(&self.is_installable, &item.rules.is_installable),
            ..item.rules.clone()
        }
    }

    fn read(cursor: &mut Cursor<'_>, root: &Attributes<'_>) -> Result<Self, DocumentError> {
        let mut package = Self::empty(root.owned("SchemaVersion"));
        let mut has_properties = false;
        cursor.children(|cursor, element| {
            match cursor.own_name(element) {
                "Properties" => {
                    has_properties = true;
                    cursor.place(package.take_attributes(&cursor.attributes(element)?))?;
                    package.read_properties(cursor)?;
                }
                "LocalizedProperties" => package.read_localized(cursor)?,
                "UpdateSpecificData" => package.content = Some(read_update(cursor, &cursor.attributes(element)?)?),
                "ApplicationSpecificData" => {
                    package.content = Some(Content::Application);
                    cursor.skip()?;
                }
                "IsInstallable" => package.is_installable = read_section(cursor)?,
                "IsInstalled" => package.is_installed = read_section(cursor)?,
                "SupersededPackages" => package.superseded = read_ids(cursor)?,
                "Prerequisites" => package.prerequisites = read_clauses(cursor)?,
                "BundledPackages" => package.bundled = read_clauses(cursor)?,
                "InstallableItem" => package.items.push(Item::read(cursor, element)?),
                _ => cursor.skip()?,
            }
            Ok(())
        })?;
        if has_properties {
            return Ok(package);
        }
        let parent = "SoftwareDistributionPackage";
        Err(cursor.fault(DocumentFault::MissingElement { parent, element: "Properties" }))
    }

    fn empty(schema_version: Option<String>) -> Self {
        Self {
            package_id: Uuid::nil(),
            schema_version,
            creation_date: None,
            vendor: String::new(),
            publication_state: None,
            can_source_be_required: false,
            restrict_to_client_servicing_api: false,
            more_info_urls: Vec::new(),
            support_url: None,
            product_names: Vec::new(),
            localized: Vec::new(),
            content: None,
            is_installable: None,
            is_installed: None,
            superseded: Vec::new(),
            prerequisites: Vec::new(),
            bundled: Vec::new(),
            items: Vec::new(),
        }
    }

    fn take_attributes(&mut self, attributes: &Attributes<'_>) -> Result<(), DocumentFault> {
        self.package_id = attributes.required_guid("PackageID")?;
        self.creation_date = attributes.time("CreationDate")?;
        self.vendor = attributes.owned("VendorName").unwrap_or_default();
        self.publication_state = attributes.text("PublicationState").map(publication_state);
        self.can_source_be_required = attributes.flag("CanSourceBeRequired")?;
        self.restrict_to_client_servicing_api = attributes.flag("RestrictToClientServicingApi")?;
        Ok(())
    }

    fn read_properties(&mut self, cursor: &mut Cursor<'_>) -> Result<(), DocumentError> {
        cursor.children(|cursor, element| {
            match cursor.own_name(element) {
                "MoreInfoUrl" => self.more_info_urls.push(cursor.text()?.into_owned()),
                "SupportUrl" => self.support_url = Some(cursor.text()?.into_owned()),
                "ProductName" => self.product_names.push(cursor.text()?.into_owned()),
                _ => cursor.skip()?,
            }
            Ok(())
        })
    }

    fn read_localized(&mut self, cursor: &mut Cursor<'_>) -> Result<(), DocumentError> {
        let (texts, further) = read_texts(cursor)?;
        let further = further.into_iter().map(|language| LocalizedProperties { language, ..texts.clone() });
        let further: Vec<LocalizedProperties> = further.collect();
        self.localized.push(texts);
        self.localized.extend(further);
        Ok(())
    }
}

fn read_update(cursor: &mut Cursor<'_>, attributes: &Attributes<'_>) -> Result<Content, DocumentError> {
    let (mut security_bulletin, mut cves, mut kb_article) = (None, Vec::new(), None);
    cursor.children(|cursor, element| {
        match cursor.own_name(element) {
            "SecurityBulletinID" => security_bulletin = Some(cursor.text()?.into_owned()),
            "CveID" => cves.push(cursor.text()?.into_owned()),
            "KBArticleID" => kb_article = Some(cursor.text()?.into_owned()),
            _ => cursor.skip()?,
        }
        Ok(())
    })?;
    Ok(Content::Update {
        severity: attributes.owned("MsrcSeverity"),
        classification: attributes.owned("UpdateClassification"),
        security_bulletin,
        cves,
        kb_article,
    })
}

fn read_ids(cursor: &mut Cursor<'_>) -> Result<Vec<Uuid>, DocumentError> {
    let mut ids = Vec::new();
    cursor.children(|cursor, element| {
        if cursor.own_name(element) != "PackageID" {
            return cursor.skip();
        }
        ids.push(read_id(cursor)?);
        Ok(())
    })?;
    Ok(ids)
}

fn read_clauses(cursor: &mut Cursor<'_>) -> Result<Vec<Vec<Uuid>>, DocumentError> {
    let mut clauses = Vec::new();
    cursor.children(|cursor, element| {
        match cursor.own_name(element) {
            "AtLeastOne" => clauses.push(read_ids(cursor)?),
            "PackageID" => clauses.push(vec![read_id(cursor)?]),
            _ => cursor.skip()?,
        }
        Ok(())
    })?;
    Ok(clauses)
}

fn read_id(cursor: &mut Cursor<'_>) -> Result<Uuid, DocumentError> {
    let text = cursor.text()?;
    Uuid::try_parse(text.trim()).map_err(|_| {
        cursor.fault(DocumentFault::InvalidText { element: "PackageID", value: cut(&text), expected: "a GUID" })
    })
}
