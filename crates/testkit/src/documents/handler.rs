use model::CategoryKind;

use super::element::Element;

/// What a program's return code means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Installed.
    Succeeded,
    /// Installed once the computer has restarted.
    SucceededWithReboot,
    /// Not installed.
    Failed,
}

/// How an update is installed (`metadata.md` §7).
#[derive(Clone, Debug)]
pub(crate) enum Handler {
    Category(CategoryKind),
    CommandLine {
        program: String,
        arguments: String,
        outcomes: Vec<(i32, Outcome)>,
    },
    /// The servicing stack; `padding` is how many bytes of component data are added.
    Cbs {
        package: String,
        architecture: String,
        version: String,
        padding: usize,
    },
    Msi {
        product_code: String,
        file: String,
    },
    OsInstaller,
    Driver,
}

impl Handler {
    pub(crate) fn uri(&self) -> &'static str {
        match self {
            Self::Category(_) => "http://schemas.microsoft.com/msus/2002/12/UpdateHandlers/Category",
            Self::CommandLine { .. } => {
                "http://schemas.microsoft.com/msus/2002/12/UpdateHandlers/CommandLineInstallation"
            }
            Self::Cbs { .. } => "http://schemas.microsoft.com/msus/2002/12/UpdateHandlers/Cbs",
            Self::Msi { .. } => "http://schemas.microsoft.com/msus/2002/12/UpdateHandlers/WindowsInstaller",
            Self::OsInstaller => "http://schemas.microsoft.com/msus/2016/01/UpdateHandlers/OSInstaller",
            Self::Driver => "http://schemas.microsoft.com/msus/2002/12/UpdateHandlers/WindowsDriver",
        }
    }

    /// The `HandlerSpecificData` element; drivers often have none, and neither do ours.
    pub(crate) fn data(&self) -> Option<Element> {
        let data = |kind: &'static str| Element::new("upd:HandlerSpecificData").with("xsi:type", kind);
        Some(match self {
            Self::Driver => return None,
            Self::Category(kind) => data("cat:Category").child(
                Element::new("cat:CategoryInformation")
                    .with_some("CategoryType", category_type(*kind))
                    .with("ProhibitsSubcategories", *kind == CategoryKind::Product)
                    .with_some("ProhibitsUpdates", (*kind != CategoryKind::Product).then_some(true))
                    .with("ExcludedByDefault", false),
            ),
            Self::CommandLine { program, arguments, outcomes } => data("cmd:CommandLineInstallation").child(
                Element::new("cmd:InstallCommand")
                    .with("Program", program)
                    .with("Arguments", arguments)
                    .with("DefaultResult", "Failed")
                    .with("RebootByDefault", false)
                    .children(outcomes.iter().map(|(code, outcome)| return_code(*code, *outcome))),
            ),
            Self::Cbs { .. } => data("cbs:Cbs").child(Element::new("cbs:CbsData").with("PackageIdentity", "")),
            Self::OsInstaller => data("osi:OSInstallerMetadata")
                .child(Element::new("osi:OSInstallData").with("InitialModule", "UpdateAgent.dll")),
            Self::Msi { product_code, file } => data("msp:WindowsInstallerApp").child(
                Element::new("msp:MsiData")
                    .with("ProductCode", product_code)
                    .with("MsiFile", file)
                    .with("CommandLine", "REBOOT=ReallySuppress"),
            ),
        })
    }
}

pub(crate) fn category_type(kind: CategoryKind) -> Option<&'static str> {
    match kind {
        CategoryKind::Company => Some("Company"),
        CategoryKind::ProductFamily => Some("ProductFamily"),
        CategoryKind::Product => Some("Product"),
        CategoryKind::UpdateClassification => Some("UpdateClassification"),
        CategoryKind::Unspecified => None,
    }
}

fn return_code(code: i32, outcome: Outcome) -> Element {
    let element = Element::new("cmd:ReturnCode").with("Code", code);
    match outcome {
        Outcome::Succeeded => element.with("Result", "Succeeded"),
        Outcome::SucceededWithReboot => element.with("Result", "Succeeded").with("Reboot", true),
        Outcome::Failed => element.with("Result", "Failed"),
    }
}
