use model::CategoryKind;
use xml::{Element, Tree};

use crate::attributes::Attributes;
use crate::cursor::Cursor;
use crate::error::{DocumentError, DocumentFault};

/// How an update is installed: `HandlerSpecificData` (metadata.md §7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handler {
    /// A program among the files.
    CommandLine(CommandLine),
    /// A package for the servicing stack; the identity is empty in practice.
    Cbs {
        /// `PackageIdentity`.
        package_identity: String,
    },
    /// A Windows Installer product.
    Msi(MsiInstallation),
    /// A Windows Installer patch.
    Msp(MspInstallation),
    /// A package of `update.exe`, of Windows XP's time.
    WindowsPatch {
        /// How it is installed.
        install_parameters: Option<String>,
        /// How it is unpacked.
        unpack_parameters: Option<String>,
    },
    /// A driver package, installed from its `.inf`.
    WindowsDriver(WindowsDriverInstallation),
    /// The setup of an operating system.
    WindowsSetup {
        /// The program among the files.
        program: Option<String>,
        /// A WIM-based setup.
        is_setup360: bool,
    },
    /// UUP.
    OsInstaller {
        /// The module among the files that knows the rest.
        initial_module: Option<String>,
    },
    /// A category: nothing to install.
    Category(Category),
    /// One nobody here knows, kept as it is; names are those of a fragment.
    Unknown(Tree),
}

/// A program to run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandLine {
    /// To install.
    pub install: Option<Command>,
    /// To remove.
    pub uninstall: Option<Command>,
    /// Where Windows Installer may look for sources.
    pub repair_paths: Vec<String>,
}

/// One command and what its return codes mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The program among the files.
    pub program: String,
    /// Its arguments.
    pub arguments: Option<String>,
    /// What a code means that is not listed: `Failed` unless said otherwise.
    pub default_result: String,
    /// Whether a code that does not say restarts.
    pub reboot_by_default: bool,
    /// Listed codes.
    pub return_codes: Vec<ReturnCode>,
}

/// One return code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnCode {
    /// The code as a signed number.
    pub code: i32,
    /// Succeeded, Failed or Cancelled; as written.
    pub result: String,
    /// Whether it restarts; as the command's default if absent.
    pub reboot: Option<bool>,
}

/// `MsiData`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MsiInstallation {
    /// The product's code, as written.
    pub product_code: Option<String>,
    /// The `.msi` among the files.
    pub msi_file: Option<String>,
    /// Properties to install with.
    pub command_line: Option<String>,
    /// Properties to remove with.
    pub uninstall_command_line: Option<String>,
    /// Where it is on its media.
    pub media_package_path: Option<String>,
    /// Where Windows Installer may look for sources.
    pub repair_paths: Vec<String>,
}

/// `MspData`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MspInstallation {
    /// The patch's code, as written.
    pub patch_code: Option<String>,
    /// The code of the patch that is a full file, as written.
    pub full_file_patch_code: Option<String>,
    /// Properties to install with.
    pub command_line: Option<String>,
    /// Properties to remove with.
    pub uninstall_command_line: Option<String>,
    /// It patches Windows Installer itself.
    pub targets_system_msi: bool,
}

/// `WindowsDriver`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WindowsDriverInstallation {
    /// Only for computers of its maker.
    pub oem_only: bool,
    /// Lowest and highest installed version it replaces, as written.
    pub installed_version_range: Option<(String, String)>,
}

/// `CategoryInformation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Category {
    /// What kind of category.
    pub kind: CategoryKind,
    /// No categories below.
    pub prohibits_subcategories: bool,
    /// No updates in it.
    pub prohibits_updates: bool,
    /// Place among its siblings.
    pub display_order: Option<i64>,
    /// Not synchronised unless asked for.
    pub excluded_by_default: bool,
}

/// Reads the rest of `HandlerSpecificData`; `None` if it is empty.
pub(crate) fn read_handler(cursor: &mut Cursor<'_>, element: &Element<'_>) -> Result<Option<Handler>, DocumentError> {
    let kind = cursor.attributes(element)?.owned("type").unwrap_or_default();
    // The prefix of the type's name is whatever the document declared.
    let kind = kind.rsplit_once(':').map_or(kind.as_str(), |(_, local)| local);
    let handler = match kind {
        "CommandLineInstallation" => Handler::CommandLine(read_command_line(cursor)?),
        "Cbs" => read_cbs(cursor)?,
        "WindowsInstallerApp" => Handler::Msi(read_msi_data(cursor)?),
        "WindowsInstaller" => Handler::Msp(read_msp_data(cursor)?),
        "WindowsPatch" => read_windows_patch(cursor)?,
        "WindowsDriver" => Handler::WindowsDriver(read_windows_driver(cursor, element)?),
        "WindowsSetup" => read_windows_setup(cursor)?,
        "OSInstallerMetadata" | "OSInstaller" => read_os_installer(cursor)?,
        "Category" => Handler::Category(read_category(cursor)?),
        _ => {
            let tree = cursor.extended_tree(element)?;
            let empty = tree.attributes.is_empty() && tree.children.is_empty();
            return Ok((!empty).then_some(Handler::Unknown(tree)));
        }
    };
    Ok(Some(handler))
}

fn read_command_line(cursor: &mut Cursor<'_>) -> Result<CommandLine, DocumentError> {
    let mut data = CommandLine::default();
    cursor.children(|cursor, element| {
        match element.name() {
            "InstallCommand" => data.install = Some(read_command(cursor, element)?),
            "UninstallCommand" => data.uninstall = Some(read_command(cursor, element)?),
            "WindowsInstallerRepairPath" => data.repair_paths.push(cursor.text()?.into_owned()),
            _ => cursor.skip()?,
        }
        Ok(())
    })?;
    Ok(data)
}

/// Reads the rest of an `InstallCommand` or of a vendor package's `CommandLineInstallerData`.
pub(crate) fn read_command(cursor: &mut Cursor<'_>, element: &Element<'_>) -> Result<Command, DocumentError> {
    let attributes = cursor.attributes(element)?;
    let mut command = Command {
        program: cursor.place(attributes.required("Program").map(str::to_owned))?,
        arguments: attributes.owned("Arguments"),
        default_result: attributes.owned("DefaultResult").unwrap_or_else(|| "Failed".to_owned()),
        reboot_by_default: cursor.place(attributes.flag("RebootByDefault"))?,
        return_codes: Vec::new(),
    };
    cursor.children(|cursor, element| {
        if element.name() == "ReturnCode" {
            let attributes = cursor.attributes(element)?;
            command.return_codes.push(cursor.place(return_code(&attributes))?);
        }
        cursor.skip()
    })?;
    Ok(command)
}

fn return_code(attributes: &Attributes<'_>) -> Result<ReturnCode, DocumentFault> {
    let text = attributes.required("Code")?.trim();
    // Codes are written signed or unsigned.
    let unsigned = || text.parse::<u32>().ok().map(u32::cast_signed);
    let code = text.parse().ok().or_else(unsigned);
    Ok(ReturnCode {
        code: code.ok_or_else(|| attributes.invalid("Code", text, "a number of 32 bits"))?,
        result: attributes.owned("Result").unwrap_or_else(|| "Succeeded".to_owned()),
        reboot: attributes.boolean("Reboot")?,
    })
}

fn read_cbs(cursor: &mut Cursor<'_>) -> Result<Handler, DocumentError> {
    let mut package_identity = String::new();
    cursor.children(|cursor, element| {
        if element.name() == "CbsData" {
            package_identity = cursor.attributes(element)?.owned("PackageIdentity").unwrap_or_default();
        }
        cursor.skip()
    })?;
    Ok(Handler::Cbs { package_identity })
}

fn read_msi_data(cursor: &mut Cursor<'_>) -> Result<MsiInstallation, DocumentError> {
    let mut data = MsiInstallation::default();
    cursor.children(|cursor, element| match element.name() {
        "MsiData" => {
            let paths = std::mem::take(&mut data.repair_paths);
            data = read_msi(cursor, element)?;
            data.repair_paths.extend(paths);
            Ok(())
        }
        "RepairPath" => read_repair_path(cursor, &mut data.repair_paths),
        _ => cursor.skip(),
    })?;
    Ok(data)
}

/// Reads the rest of an `MsiData` or of a vendor package's `MsiInstallerData`.
pub(crate) fn read_msi(cursor: &mut Cursor<'_>, element: &Element<'_>) -> Result<MsiInstallation, DocumentError> {
    let attributes = cursor.attributes(element)?;
    let mut data = MsiInstallation {
        product_code: attributes.owned("ProductCode"),
        msi_file: attributes.owned("MsiFile"),
        command_line: attributes.owned("CommandLine"),
        uninstall_command_line: attributes.owned("UninstallCommandLine"),
        media_package_path: attributes.owned("MediaPackagePath"),
        repair_paths: Vec::new(),
    };
    cursor.children(|cursor, element| match element.name() {
        "RepairPath" => read_repair_path(cursor, &mut data.repair_paths),
        _ => cursor.skip(),
    })?;
    Ok(data)
}

/// A `RepairPath` holds its path as text, or as a child `Path`.
fn read_repair_path(cursor: &mut Cursor<'_>, paths: &mut Vec<String>) -> Result<(), DocumentError> {
    loop {
        match cursor.next()? {
            crate::cursor::Step::Open(_) => paths.push(cursor.text()?.into_owned()),
            crate::cursor::Step::Text(text) => paths.push(text.into_owned()),
            crate::cursor::Step::Close => return Ok(()),
        }
    }
}

fn read_msp_data(cursor: &mut Cursor<'_>) -> Result<MspInstallation, DocumentError> {
    let mut data = MspInstallation::default();
    cursor.children(|cursor, element| {
        if element.name() == "MspData" {
            data = read_msp(cursor, element)?;
            return Ok(());
        }
        cursor.skip()
    })?;
    Ok(data)
}

/// Reads the rest of an `MspData` or of a vendor package's `MspInstallerData`.
pub(crate) fn read_msp(cursor: &mut Cursor<'_>, element: &Element<'_>) -> Result<MspInstallation, DocumentError> {
    let attributes = cursor.attributes(element)?;
    let data = MspInstallation {
        patch_code: attributes.owned("PatchCode"),
        full_file_patch_code: attributes.owned("FullFilePatchCode"),
        command_line: attributes.owned("CommandLine"),
        uninstall_command_line: attributes.owned("UninstallCommandLine"),
        targets_system_msi: cursor.place(attributes.flag("TargetsSystemMsi"))?,
    };
    cursor.skip()?;
    Ok(data)
}

fn read_windows_patch(cursor: &mut Cursor<'_>) -> Result<Handler, DocumentError> {
    let (mut install_parameters, mut unpack_parameters) = (None, None);
    cursor.children(|cursor, element| {
        if element.name() == "WindowsPatchData" {
            let attributes = cursor.attributes(element)?;
            install_parameters = attributes.owned("InstallParameters");
            unpack_parameters = attributes.owned("UnpackParameters");
        }
        cursor.skip()
    })?;
    Ok(Handler::WindowsPatch { install_parameters, unpack_parameters })
}

fn read_windows_driver(
    cursor: &mut Cursor<'_>,
    element: &Element<'_>,
) -> Result<WindowsDriverInstallation, DocumentError> {
    let oem_only = cursor.place(cursor.attributes(element)?.flag("OemOnly"))?;
    let mut data = WindowsDriverInstallation { oem_only, installed_version_range: None };
    cursor.children(|cursor, element| {
        let attributes = cursor.attributes(element)?;
        data.oem_only |= cursor.place(attributes.flag("OemOnly"))?;
        if let (Some(min), Some(max)) = (attributes.owned("Min"), attributes.owned("Max")) {
            data.installed_version_range = Some((min, max));
        }
        cursor.children(|cursor, element| {
            let attributes = cursor.attributes(element)?;
            if let (Some(min), Some(max)) = (attributes.owned("Min"), attributes.owned("Max")) {
                data.installed_version_range = Some((min, max));
            }
            cursor.skip()
        })
    })?;
    Ok(data)
}

fn read_windows_setup(cursor: &mut Cursor<'_>) -> Result<Handler, DocumentError> {
    let (mut program, mut is_setup360) = (None, false);
    cursor.children(|cursor, element| {
        if element.name() == "InstallCommand" {
            let attributes = cursor.attributes(element)?;
            program = attributes.owned("Program");
            is_setup360 = cursor.place(attributes.flag("IsSetup360"))?;
        }
        cursor.skip()
    })?;
    Ok(Handler::WindowsSetup { program, is_setup360 })
}

fn read_os_installer(cursor: &mut Cursor<'_>) -> Result<Handler, DocumentError> {
    let mut initial_module = None;
    cursor.children(|cursor, element| {
        if element.name() == "OSInstallData" {
            initial_module = cursor.attributes(element)?.owned("InitialModule");
        }
        cursor.skip()
    })?;
    Ok(Handler::OsInstaller { initial_module })
}

fn read_category(cursor: &mut Cursor<'_>) -> Result<Category, DocumentError> {
    let mut category = Category {
        kind: CategoryKind::Unspecified,
        prohibits_subcategories: false,
        prohibits_updates: false,
        display_order: None,
        excluded_by_default: false,
    };
    cursor.children(|cursor, element| {
        if element.name() == "CategoryInformation" {
            category = cursor.place(category_information(&cursor.attributes(element)?))?;
        }
        cursor.skip()
    })?;
    Ok(category)
}

fn category_information(attributes: &Attributes<'_>) -> Result<Category, DocumentFault> {
    Ok(Category {
        // A kind nobody here knows is a category all the same.
        kind: match attributes.text("CategoryType").unwrap_or_default() {
            "Company" => CategoryKind::Company,
            "ProductFamily" => CategoryKind::ProductFamily,
            "Product" => CategoryKind::Product,
            "UpdateClassification" => CategoryKind::UpdateClassification,
            _ => CategoryKind::Unspecified,
        },
        prohibits_subcategories: attributes.flag("ProhibitsSubcategories")?,
        prohibits_updates: attributes.flag("ProhibitsUpdates")?,
        display_order: attributes.parse("DisplayOrder", "a number")?,
        excluded_by_default: attributes.flag("ExcludedByDefault")?,
    })
}
