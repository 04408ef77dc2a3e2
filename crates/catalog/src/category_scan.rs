use model::{CategoryKind, UpdateId, UpdateType};

use crate::query::CategoryScan;
use crate::snapshot::Snapshot;

impl Snapshot {
    /// Which of the requested categories, given with the and-group each belongs to, a category scan shall name.
    ///
    /// Categories that are unknown here are in error, and with them their whole group is left out. Of each
    /// other group the product is preferred, be it alone or with one classification; any other group
    /// empties the list. A category of no kind, as two thirds of a real server's are, counts as a product.
    ///
    /// Source: MS-WUSP 3.1.5.6.
    pub fn category_scan(&self, requested: &[(i32, UpdateId)]) -> CategoryScan {
        let mut groups: Vec<(i32, Vec<(UpdateId, Option<CategoryKind>)>)> = Vec::new();
        let mut in_error = Vec::new();
        for (group, id) in requested {
            let kind = self.category(*id);
            if kind.is_none() && !in_error.contains(id) {
                in_error.push(*id);
            }
            match groups.iter_mut().find(|(known, _)| known == group) {
                Some((_, members)) => members.push((*id, kind)),
                None => groups.push((*group, vec![(*id, kind)])),
            }
        }
        groups.retain(|(_, members)| members.iter().all(|(_, kind)| kind.is_some()));

        let mut preferred = Vec::new();
        for (_, members) in &groups {
            let Some(product) = product_of(members) else {
                return CategoryScan { preferred: Vec::new(), in_error };
            };
            if !preferred.contains(&product) {
                preferred.push(product);
            }
        }
        CategoryScan { preferred, in_error }
    }

    /// The kind of the category `id`; `None` if there is no such category.
    fn category(&self, id: UpdateId) -> Option<CategoryKind> {
        let row = self.latest_row(id)?;
        (row.update_type == UpdateType::Category).then(|| row.category.unwrap_or(CategoryKind::Unspecified))
    }
}

/// The product of a group that is a product, or a product and a classification.
fn product_of(members: &[(UpdateId, Option<CategoryKind>)]) -> Option<UpdateId> {
    let is_product =
        |kind: &Option<CategoryKind>| matches!(kind, Some(CategoryKind::Product | CategoryKind::Unspecified));
    let is_classification = |kind: &Option<CategoryKind>| *kind == Some(CategoryKind::UpdateClassification);
    match members {
        [(id, kind)] if is_product(kind) => Some(*id),
        [(id, kind), (_, other)] | [(_, other), (id, kind)] if is_product(kind) && is_classification(other) => {
            Some(*id)
        }
        _ => None,
    }
}
