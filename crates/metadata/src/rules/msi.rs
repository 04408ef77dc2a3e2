//! `MsiApplicabilityRules` (metadata.md §5.3).

use uuid::Uuid;
use xml::Tree;

use super::{Context, Fact, MsiPatchState, MsiProduct, Truth, Unknown, Version};
use crate::attributes::{Attributes, parse_boolean};
use crate::error::{DocumentFault, cut};

/// Rules about Windows Installer's products and patches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Msi {
    /// The product is installed and passes.
    ProductInstalled(ProductTest),
    /// The patch is applied to the product, which passes.
    PatchInstalledForProduct {
        /// The patch.
        patch: Uuid,
        /// The product.
        product: ProductTest,
    },
    /// One or all features are installed for one or all products.
    FeatureInstalledForProduct {
        /// The features, at least one.
        features: Vec<String>,
        /// The products, at least one.
        products: Vec<Uuid>,
        /// All features rather than one.
        all_features: bool,
        /// All products rather than one.
        all_products: bool,
    },
    /// One or all components are installed for one or all products.
    ComponentInstalledForProduct {
        /// The components, at least one.
        components: Vec<Uuid>,
        /// The products, at least one.
        products: Vec<Uuid>,
        /// All components rather than one.
        all_components: bool,
        /// All products rather than one.
        all_products: bool,
    },
    /// The patch of the metadata is applied.
    PatchInstalled,
    /// The patch of the metadata is obsoleted by an applied one.
    PatchSuperseded,
    /// The patch of the metadata applies to an installed product.
    PatchInstallable,
    /// The product of the metadata is installed.
    ApplicationInstalled,
    /// A newer product related to the one of the metadata is installed.
    ApplicationSuperseded,
    /// The product of the metadata is not installed.
    ApplicationInstallable,
}

/// A product and what its version and language must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProductTest {
    /// The product.
    pub product: Uuid,
    /// Lowest version, and whether that one itself is excluded.
    pub version_min: Option<(Version, bool)>,
    /// Highest version, and whether that one itself is excluded.
    pub version_max: Option<(Version, bool)>,
    /// Its language, as an LCID.
    pub language: Option<u32>,
}

impl ProductTest {
    fn read(attributes: &Attributes<'_>) -> Result<Self, DocumentFault> {
        // An Exclude without its bound occurs in real documents and says nothing.
        let bound = |version: &'static str, exclude: &'static str| {
            let exclude = attributes.flag(exclude)?;
            Ok(attributes.parse::<Version>(version, "a version")?.map(|version| (version, exclude)))
        };
        Ok(Self {
            product: attributes.required_guid("ProductCode")?,
            version_min: bound("VersionMin", "ExcludeVersionMin")?,
            version_max: bound("VersionMax", "ExcludeVersionMax")?,
            language: attributes.parse("Language", "a language number")?,
        })
    }

    fn passes(&self, installed: &MsiProduct) -> bool {
        let version = installed.version;
        self.version_min.is_none_or(|(min, excluded)| if excluded { version > min } else { version >= min })
            && self.version_max.is_none_or(|(max, excluded)| if excluded { version < max } else { version <= max })
            && self.language.is_none_or(|language| language == installed.language)
    }

    fn fact(&self, context: &Context<'_>) -> Fact<bool> {
        Ok(context.inventory.msi_product(self.product)?.is_some_and(|installed| self.passes(&installed)))
    }
}

pub(super) fn read(name: &str, attributes: &Attributes<'_>) -> Option<Result<Msi, DocumentFault>> {
    Some(match name {
        "MsiProductInstalled" => ProductTest::read(attributes).map(Msi::ProductInstalled),
        "MsiPatchInstalledForProduct" => attributes
            .required_guid("PatchCode")
            .and_then(|patch| Ok(Msi::PatchInstalledForProduct { patch, product: ProductTest::read(attributes)? })),
        "MsiPatchInstalled" => Ok(Msi::PatchInstalled),
        "MsiPatchSuperseded" => Ok(Msi::PatchSuperseded),
        "MsiPatchInstallable" => Ok(Msi::PatchInstallable),
        "MsiApplicationInstalled" => Ok(Msi::ApplicationInstalled),
        "MsiApplicationSuperseded" => Ok(Msi::ApplicationSuperseded),
        "MsiApplicationInstallable" => Ok(Msi::ApplicationInstallable),
        _ => return None,
    })
}

/// True for the rules whose operands are child elements.
pub(super) fn has_children(name: &str) -> bool {
    matches!(name, "MsiFeatureInstalledForProduct" | "MsiComponentInstalledForProduct")
}

/// Reads a rule for which [`has_children`] is true.
pub(super) fn read_list(tree: &Tree) -> Result<Msi, DocumentFault> {
    let products = guids(tree, "Product")?;
    let all_products = flag(tree, "AllProductsRequired")?;
    if tree.name.ends_with("MsiFeatureInstalledForProduct") {
        let features = texts(tree, "Feature");
        if features.is_empty() {
            return Err(missing("MsiFeatureInstalledForProduct", "Feature"));
        }
        let all_features = flag(tree, "AllFeaturesRequired")?;
        return Ok(Msi::FeatureInstalledForProduct { features, products, all_features, all_products });
    }
    let components = guids(tree, "Component")?;
    let all_components = flag(tree, "AllComponentsRequired")?;
    Ok(Msi::ComponentInstalledForProduct { components, products, all_components, all_products })
}

fn texts(tree: &Tree, name: &str) -> Vec<String> {
    tree.elements().filter(|child| local(&child.name) == name).map(|child| child.text().trim().to_owned()).collect()
}

fn guids(tree: &Tree, name: &'static str) -> Result<Vec<Uuid>, DocumentFault> {
    let guids = texts(tree, name)
        .into_iter()
        .map(|text| {
            Uuid::try_parse(&text).map_err(|_| DocumentFault::InvalidText {
                element: name,
                value: cut(&text),
                expected: "a GUID",
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    if guids.is_empty() { Err(missing("an installer rule", name)) } else { Ok(guids) }
}

fn missing(parent: &'static str, element: &'static str) -> DocumentFault {
    DocumentFault::MissingElement { parent, element }
}

fn flag(tree: &Tree, name: &'static str) -> Result<bool, DocumentFault> {
    let Some(text) = tree.attribute(name) else { return Ok(false) };
    parse_boolean(text.trim()).ok_or_else(|| DocumentFault::InvalidAttribute {
        element: tree.name.clone(),
        attribute: name,
        value: cut(text),
        expected: "true or false",
    })
}

/// The name without the prefix a fragment gives it.
fn local(name: &str) -> &str {
    name.strip_prefix("m.").unwrap_or(name)
}

impl Msi {
    pub(super) fn evaluate(&self, context: &Context<'_>) -> Truth {
        let inventory = context.inventory;
        match self {
            Self::ProductInstalled(product) => product.fact(context).into(),
            Self::PatchInstalledForProduct { patch, product } => {
                Truth::all([product.fact(context).into(), inventory.msi_patch_applied(product.product, *patch).into()])
            }
            Self::FeatureInstalledForProduct { features, products, all_features, all_products } => {
                quantified(*all_products, products, |product| {
                    quantified(*all_features, features, |feature| {
                        inventory.msi_feature_installed(*product, feature).into()
                    })
                })
            }
            Self::ComponentInstalledForProduct { components, products, all_components, all_products } => {
                quantified(*all_products, products, |product| {
                    quantified(*all_components, components, |component| {
                        inventory.msi_component_installed(*product, *component).into()
                    })
                })
            }
            Self::PatchInstalled => patch_is(context, MsiPatchState::Applied),
            Self::PatchSuperseded => patch_is(context, MsiPatchState::Obsoleted),
            Self::PatchInstallable => patch_is(context, MsiPatchState::Applicable),
            Self::ApplicationInstalled => application_installed(context).into(),
            Self::ApplicationSuperseded => {
                application(context).and_then(|product| inventory.msi_application_superseded(product)).into()
            }
            Self::ApplicationInstallable => !Truth::from(application_installed(context)),
        }
    }
}

fn quantified<T>(all: bool, items: &[T], holds: impl Fn(&T) -> Truth) -> Truth {
    let values = items.iter().map(holds);
    if all { Truth::all(values) } else { Truth::any(values) }
}

fn patch_is(context: &Context<'_>, wanted: MsiPatchState) -> Truth {
    let state = context
        .metadata
        .and_then(|metadata| metadata.msi_patch.as_deref())
        .ok_or(Unknown)
        .and_then(|patch| context.inventory.msi_patch_state(patch));
    state.map(|state| state == wanted).into()
}

fn application(context: &Context<'_>) -> Fact<Uuid> {
    let application = context.metadata.and_then(|metadata| metadata.msi_application.as_ref());
    application.map(|application| application.product).ok_or(Unknown)
}

fn application_installed(context: &Context<'_>) -> Fact<bool> {
    Ok(context.inventory.msi_product(application(context)?)?.is_some())
}
