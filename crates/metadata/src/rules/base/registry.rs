use std::str::FromStr;

use super::{Base, Read, comparison};
use crate::attributes::Attributes;
use crate::error::DocumentFault;
use crate::rules::{Context, Expression, Fact, RegistryData, RegistryView, Truth, Unknown, Version};

/// A registry key as a rule names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryKey {
    /// What the subkey is relative to.
    pub root: RegistryRoot,
    /// The path below it, as written.
    pub subkey: String,
    /// Which registry.
    pub view: RegistryView,
}

/// What a subkey is relative to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistryRoot {
    /// `HKEY_LOCAL_MACHINE`.
    LocalMachine,
    /// `HKEY_LOOP_TARGET`: the subkey the innermost loop is at; unknown outside of one.
    LoopTarget,
    /// Another: rules may not look there, so unknown.
    Other(String),
}

/// A registry value as a rule names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryValue {
    /// The key it is in.
    pub key: RegistryKey,
    /// Its name; empty for the key's default value.
    pub name: String,
}

/// `TrueIf` of a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoopCondition {
    /// The body holds for some subkey.
    Any,
    /// The body holds for all subkeys, of which there is at least one.
    All,
    /// The body holds for no subkey.
    None,
}

impl FromStr for LoopCondition {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let all = [("Any", Self::Any), ("All", Self::All), ("None", Self::None)];
        all.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, found)| found).ok_or(())
    }
}

impl RegistryKey {
    fn read(attributes: &Attributes<'_>) -> Result<Self, DocumentFault> {
        let root = match attributes.required("Key")? {
            key if key.eq_ignore_ascii_case("HKEY_LOCAL_MACHINE") => RegistryRoot::LocalMachine,
            key if key.eq_ignore_ascii_case("HKEY_LOOP_TARGET") => RegistryRoot::LoopTarget,
            key => RegistryRoot::Other(key.to_owned()),
        };
        let view = if attributes.flag("RegType32")? { RegistryView::Wow32 } else { RegistryView::Native };
        Ok(Self { root, subkey: attributes.owned("Subkey").unwrap_or_default(), view })
    }

    /// The view and the path below `HKEY_LOCAL_MACHINE`, without backslashes at either end.
    fn resolve(&self, context: &Context<'_>) -> Fact<(RegistryView, String)> {
        let subkey = self.subkey.split('\\').filter(|part| !part.is_empty());
        let (view, base) = match &self.root {
            RegistryRoot::LocalMachine => (self.view, None),
            RegistryRoot::LoopTarget => {
                let (view, target) = context.loop_target.ok_or(Unknown)?;
                // The loop already chose the registry; the body need not say it again.
                (if self.view == RegistryView::Wow32 { self.view } else { view }, Some(target))
            }
            RegistryRoot::Other(_) => return Err(Unknown),
        };
        Ok((view, base.into_iter().chain(subkey).collect::<Vec<_>>().join("\\")))
    }
}

impl RegistryValue {
    pub(super) fn read(attributes: &Attributes<'_>) -> Result<Self, DocumentFault> {
        Ok(Self { key: RegistryKey::read(attributes)?, name: attributes.owned("Value").unwrap_or_default() })
    }

    /// The value's data, if key and value exist.
    fn data(&self, context: &Context<'_>) -> Fact<Option<RegistryData>> {
        let (view, path) = self.key.resolve(context)?;
        context.inventory.registry_value(view, &path, &self.name)
    }

    /// The text of a `REG_SZ`, if it exists; another type is unknown.
    pub(super) fn text(&self, context: &Context<'_>) -> Fact<Option<String>> {
        match self.data(context)? {
            None => Ok(None),
            Some(RegistryData::Sz(text)) => Ok(Some(text)),
            Some(_) => Err(Unknown),
        }
    }
}

pub(super) fn read(name: &str, attributes: &Attributes<'_>) -> Option<Read> {
    let value = || RegistryValue::read(attributes);
    let texts = "a comparison of texts";
    Some(match name {
        "RegKeyExists" => RegistryKey::read(attributes).map(Base::RegKeyExists),
        "RegValueExists" => value().map(|value| Base::RegValueExists { value, type_name: attributes.owned("Type") }),
        "RegDword" => value().and_then(|value| {
            let data = attributes.required_parse("Data", "a number up to 4294967295")?;
            Ok(Base::RegDword { value, comparison: comparison(attributes)?, data })
        }),
        "RegSz" => value().and_then(|value| {
            let data = attributes.required("Data")?.to_owned();
            Ok(Base::RegSz { value, comparison: attributes.required_parse("Comparison", texts)?, data })
        }),
        "RegExpandSz" => value().and_then(|value| {
            let data = attributes.required("Data")?.to_owned();
            Ok(Base::RegExpandSz { value, comparison: attributes.required_parse("Comparison", texts)?, data })
        }),
        "RegSzToVersion" => value().and_then(|value| {
            let data = attributes.required_parse("Data", "a version")?;
            Ok(Base::RegSzToVersion { value, comparison: comparison(attributes)?, data })
        }),
        "WUv4RegKeyValue" => {
            value().and_then(|value| Ok(Base::Wuv4RegKeyValue { value, data: attributes.required("Data")?.to_owned() }))
        }
        "WUv4RegKeySubstring" => value()
            .and_then(|value| Ok(Base::Wuv4RegKeySubstring { value, data: attributes.required("Data")?.to_owned() })),
        "ClusterResourceOwner" => value().map(|value| Base::ClusterResourceOwner {
            value,
            prefix: attributes.owned("Prefix").unwrap_or_default(),
            suffix: attributes.owned("Suffix").unwrap_or_default(),
        }),
        _ => return None,
    })
}

/// What the start tag of a `RegKeyLoop` says.
pub(crate) fn read_loop(attributes: &Attributes<'_>) -> Result<(RegistryKey, LoopCondition), DocumentFault> {
    Ok((RegistryKey::read(attributes)?, attributes.required_parse("TrueIf", "Any, All or None")?))
}

/// The rules that look at one key or value; a missing one is false, never an error.
pub(super) fn fact(rule: &Base, context: &Context<'_>) -> Fact<bool> {
    match rule {
        Base::RegKeyExists(key) => {
            let (view, path) = key.resolve(context)?;
            context.inventory.registry_key(view, &path)
        }
        Base::RegValueExists { value, type_name } => {
            // The type of a key's default value is always REG_SZ.
            let wanted = type_name.as_deref().or(value.name.is_empty().then_some("REG_SZ"));
            Ok(value
                .data(context)?
                .is_some_and(|data| wanted.is_none_or(|wanted| wanted.eq_ignore_ascii_case(data.type_name()))))
        }
        Base::RegDword { value, comparison, data } => match value.data(context)? {
            None => Ok(false),
            Some(RegistryData::Dword(observed)) => Ok(comparison.holds(observed.cmp(data))),
            Some(_) => Err(Unknown),
        },
        Base::RegSz { value, comparison, data } => {
            Ok(value.text(context)?.is_some_and(|observed| comparison.holds(&observed, data)))
        }
        Base::RegExpandSz { value, comparison, data } => match value.data(context)? {
            None => Ok(false),
            Some(RegistryData::ExpandSz(observed)) => Ok(comparison.holds(&observed, data)),
            Some(_) => Err(Unknown),
        },
        Base::RegSzToVersion { value, comparison, data } => match value.text(context)? {
            None => Ok(false),
            Some(observed) => {
                let observed: Version = observed.parse().map_err(|_| Unknown)?;
                Ok(comparison.holds(observed.cmp(data)))
            }
        },
        Base::Wuv4RegKeyValue { value, data } => {
            Ok(legacy_text(value, context)?.is_some_and(|observed| observed.to_lowercase() == data.to_lowercase()))
        }
        Base::Wuv4RegKeySubstring { value, data } => {
            Ok(legacy_text(value, context)?
                .is_some_and(|observed| observed.to_lowercase().contains(&data.to_lowercase())))
        }
        _ => Err(Unknown),
    }
}

fn legacy_text(value: &RegistryValue, context: &Context<'_>) -> Fact<Option<String>> {
    match value.data(context)? {
        None => Ok(None),
        Some(RegistryData::Sz(text) | RegistryData::ExpandSz(text)) => Ok(Some(text)),
        Some(_) => Err(Unknown),
    }
}

/// Evaluates `body` for every subkey; a missing key has none.
pub(super) fn evaluate_loop(
    context: &Context<'_>,
    key: &RegistryKey,
    true_if: LoopCondition,
    body: &[Expression],
) -> Truth {
    let [body] = body else { return Truth::Unknown };
    let found = key
        .resolve(context)
        .and_then(|(view, path)| Ok((view, context.inventory.registry_subkeys(view, &path)?, path)));
    let Ok((view, subkeys, path)) = found else { return Truth::Unknown };
    let values = subkeys.iter().map(|subkey| {
        let target = format!("{path}\\{subkey}");
        body.evaluate(&Context { loop_target: Some((view, &target)), ..*context })
    });
    match true_if {
        LoopCondition::Any => Truth::any(values),
        LoopCondition::None => !Truth::any(values),
        // What holds of nothing is not stated anywhere; false installs nothing.
        LoopCondition::All if subkeys.is_empty() => Truth::False,
        LoopCondition::All => Truth::all(values),
    }
}
