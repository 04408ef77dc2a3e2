use model::{HardwareId, UpdateId};
use uuid::Uuid;

use super::Anchor;
use crate::input::Input;
use crate::output::Output;
use crate::values::Wire;
use crate::{Problem, limits};

/// Which revisions a downstream server wants (MS-WSUSSS 3.1.4.5.3.1). Empty arrays are the same as absent ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// That of the last answer of the same kind; `None` for all from the beginning.
    pub anchor: Option<Anchor>,
    /// Categories, classifications and detectoids instead of software and drivers.
    pub get_config: bool,
    /// A limit on languages of servers before 1.2; without effect on lists.
    pub get_63_language_only: bool,
    /// Products; without effect with `get_config`.
    pub categories: Vec<IdAndDelta>,
    /// Classifications; without effect with `get_config`.
    pub classifications: Vec<IdAndDelta>,
    /// Languages; from protocol 1.3 on.
    pub languages: Vec<LanguageAndDelta>,
}

impl Wire for Filter {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut filter = Self::default();
        input.fields(|input, name| {
            match name {
                "Anchor" => filter.anchor = input.value()?,
                "GetConfig" => filter.get_config = input.value()?,
                "Get63LanguageOnly" => filter.get_63_language_only = input.value()?,
                "Categories" => input.list("IdAndDelta", limits::FILTER_CATEGORIES, &mut filter.categories)?,
                "Classifications" => {
                    input.list("IdAndDelta", limits::FILTER_CATEGORIES, &mut filter.classifications)?;
                }
                "Languages" => input.list("LanguageAndDelta", limits::LANGUAGES, &mut filter.languages)?,
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(filter)
    }

    fn write(&self, out: &mut Output) {
        out.optional("Anchor", self.anchor.as_ref());
        out.field("GetConfig", &self.get_config);
        out.field("Get63LanguageOnly", &self.get_63_language_only);
        out.list("Categories", "IdAndDelta", &self.categories);
        out.list("Classifications", "IdAndDelta", &self.classifications);
        out.list("Languages", "LanguageAndDelta", &self.languages);
    }
}

/// A category, and whether the anchor counts for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdAndDelta {
    /// The category; in a filter for drivers also the id of a computer model.
    pub id: UpdateId,
    /// Only what changed since the anchor; `false` asks for all, as for a category that was just chosen.
    pub delta: bool,
}

impl Wire for IdAndDelta {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (id, delta) = id_and_delta::<Uuid>(input)?;
        Ok(Self { id: UpdateId(id), delta })
    }

    fn write(&self, out: &mut Output) {
        out.field("Id", &self.id);
        out.field("Delta", &self.delta);
    }
}

/// A language, and whether the anchor counts for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LanguageAndDelta {
    /// The locale's number, such as 1033.
    pub id: i32,
    /// Only what changed since the anchor.
    pub delta: bool,
}

impl Wire for LanguageAndDelta {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        id_and_delta(input).map(|(id, delta)| Self { id, delta })
    }

    fn write(&self, out: &mut Output) {
        out.field("Id", &self.id);
        out.field("Delta", &self.delta);
    }
}

/// A device's hardware id, and whether the anchor counts for it (MS-WSUSSS 3.1.4.7.3.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HardwareIdAndDelta {
    /// The hardware id.
    pub id: HardwareId,
    /// Only what changed since the anchor.
    pub delta: bool,
}

impl Wire for HardwareIdAndDelta {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        id_and_delta(input).map(|(id, delta)| Self { id, delta })
    }

    fn write(&self, out: &mut Output) {
        out.field("Id", &self.id);
        out.field("Delta", &self.delta);
    }
}

/// Reads `Id` and `Delta`; an absent `Delta` asks for all, which is never too little.
fn id_and_delta<T: Wire>(input: &mut Input<'_>) -> Result<(T, bool), Problem> {
    let (mut id, mut delta) = (None, false);
    input.fields(|input, name| {
        match name {
            "Id" => id = Some(input.value()?),
            "Delta" => delta = input.value()?,
            _ => input.skip()?,
        }
        Ok(())
    })?;
    Ok((input.required(id, "Id")?, delta))
}
