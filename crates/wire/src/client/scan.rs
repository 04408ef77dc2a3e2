use model::UpdateId;

use crate::input::Input;
use crate::output::Output;
use crate::values::Wire;
use crate::{Problem, limits};

/// Begins a scan of some categories only (MS-WUSP 2.2.2.2.8). It carries no cookie.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StartCategoryScan {
    /// The categories, in disjunctive normal form: members of one group are and-ed, groups are or-ed.
    pub requested_categories: Option<Vec<CategoryRelationship>>,
}

impl Wire for StartCategoryScan {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut request = Self::default();
        input.parameters(|input, name| match name {
            "requestedCategories" => {
                let categories = request.requested_categories.get_or_insert_default();
                input.list("CategoryRelationship", limits::CATEGORIES, categories)
            }
            _ => input.skip(),
        })?;
        Ok(request)
    }

    fn write(&self, out: &mut Output) {
        out.optional_array("requestedCategories", "CategoryRelationship", self.requested_categories.as_deref());
    }
}

/// A category and the group it stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CategoryRelationship {
    /// Number of the group.
    pub index_of_and_group: i32,
    /// The category.
    pub category_id: UpdateId,
}

impl Wire for CategoryRelationship {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut index_of_and_group, mut category_id) = (None, None);
        input.fields(|input, name| {
            match name {
                "IndexOfAndGroup" => index_of_and_group = Some(input.value()?),
                "CategoryId" => category_id = Some(input.value()?),
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(Self {
            index_of_and_group: input.required(index_of_and_group, "IndexOfAndGroup")?,
            category_id: input.required(category_id, "CategoryId")?,
        })
    }

    fn write(&self, out: &mut Output) {
        out.field("IndexOfAndGroup", &self.index_of_and_group);
        out.field("CategoryId", &self.category_id);
    }
}

/// The answer to [`StartCategoryScan`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CategoryScan {
    /// What the client is to send as `FilterCategoryIds`.
    pub preferred_category_ids: Vec<UpdateId>,
    /// Categories this server does not know.
    pub requested_category_ids_in_error: Vec<UpdateId>,
}

impl Wire for CategoryScan {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut answer = Self::default();
        input.fields(|input, name| {
            let list = match name {
                "preferredCategoryIds" => &mut answer.preferred_category_ids,
                "requestedCategoryIdsInError" => &mut answer.requested_category_ids_in_error,
                _ => return input.skip(),
            };
            input.list("guid", limits::ANSWER_LIST, list)
        })?;
        Ok(answer)
    }

    fn write(&self, out: &mut Output) {
        out.list("preferredCategoryIds", "guid", &self.preferred_category_ids);
        out.list("requestedCategoryIdsInError", "guid", &self.requested_category_ids_in_error);
    }
}
