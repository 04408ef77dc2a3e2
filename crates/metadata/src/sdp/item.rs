use uuid::Uuid;
use xml::{Element, Tree};

use crate::cursor::Cursor;
use crate::document::{
    Command, File, InstallationBehavior, MsiInstallation, MspInstallation, read_behavior, read_command, read_msi,
    read_msp,
};
use crate::error::DocumentError;
use crate::rules::{self, ApplicabilityRules};

/// `InstallableItem` of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its id.
    pub id: Uuid,
    /// Its own rules; see [`Package::rules`](super::Package::rules) for what holds.
    pub rules: ApplicabilityRules,
    /// What it matches, if it is a driver.
    pub drivers: Vec<model::DriverMatch>,
    /// How installation behaves.
    pub installation_behavior: Option<InstallationBehavior>,
    /// How removal behaves; that it is there means the item can be removed.
    pub uninstallation_behavior: Option<InstallationBehavior>,
    /// How it is installed.
    pub installer: Option<Installer>,
    /// What is fetched.
    pub origin_file: Option<OriginFile>,
    /// Languages of the binaries.
    pub languages: Vec<String>,
}

/// How an item is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Installer {
    /// A program.
    CommandLine(Command),
    /// A Windows Installer product.
    Msi(MsiInstallation),
    /// A Windows Installer patch.
    Msp(MspInstallation),
    /// A driver package.
    WindowsDriver,
    /// One nobody here knows, kept as it is.
    Unknown(Tree),
}

/// `OriginFile` of an item. Local publishing signs and repacks it, which changes its digests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginFile {
    /// The file.
    pub file: File,
    /// Where the vendor serves it.
    pub uri: Option<String>,
}

impl Item {
    /// Reads the rest of an `InstallableItem`.
    pub(super) fn read(cursor: &mut Cursor<'_>, element: &Element<'_>) -> Result<Self, DocumentError> {
        let mut item = Self {
            id: cursor.place(cursor.attributes(element)?.required_guid("ID"))?,
            rules: ApplicabilityRules::default(),
            drivers: Vec::new(),
            installation_behavior: None,
            uninstallation_behavior: None,
            installer: None,
            origin_file: None,
            languages: Vec::new(),
        };
        cursor.children(|cursor, element| {
            match cursor.own_name(element) {
                "ApplicabilityRules" => item.rules = rules::read(cursor, &mut item.drivers)?,
                "InstallProperties" => {
                    item.installation_behavior = Some(read_behavior(cursor, &cursor.attributes(element)?)?);
                    cursor.skip()?;
                }
                "UninstallProperties" => {
                    item.uninstallation_behavior = Some(read_behavior(cursor, &cursor.attributes(element)?)?);
                    cursor.skip()?;
                }
                "OriginFile" => {
                    let attributes = cursor.attributes(element)?;
                    let uri = attributes.owned("OriginUri");
                    item.origin_file = Some(OriginFile { file: File::read(cursor, &attributes)?, uri });
                }
                "Language" => item.languages.push(cursor.text()?.into_owned()),
                // Installers are of other namespaces.
                "" => item.installer = Some(read_installer(cursor, element)?),
                _ => cursor.skip()?,
            }
            Ok(())
        })?;
        Ok(item)
    }
}

fn read_installer(cursor: &mut Cursor<'_>, element: &Element<'_>) -> Result<Installer, DocumentError> {
    Ok(match element.name() {
        "CommandLineInstallerData" => Installer::CommandLine(read_command(cursor, element)?),
        "MsiInstallerData" => Installer::Msi(read_msi(cursor, element)?),
        "MspInstallerData" => Installer::Msp(read_msp(cursor, element)?),
        "WindowsDriverInstallerData" => {
            cursor.skip()?;
            Installer::WindowsDriver
        }
        _ => Installer::Unknown(cursor.extended_tree(element)?),
    })
}
