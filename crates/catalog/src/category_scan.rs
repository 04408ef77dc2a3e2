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
        let mut groups: Vec<(i32, Vec<Member>)> = Vec::new();
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

/// A category of a group; its kind is `None` if it is unknown here.
type Member = (UpdateId, Option<CategoryKind>);

/// The product of a group that is a product, or a product and a classification.
fn product_of(members: &[Member]) -> Option<UpdateId> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_catalog::{Made, id, snapshot};

    /// 1 and 2 are products, 3 is a classification, 4 a company, 5 a category of no kind, 6 no category.
    fn scan(requested: &[(i32, u32)]) -> (Vec<UpdateId>, Vec<UpdateId>) {
        let snapshot = snapshot(&[
            Made::category(1),
            Made::category(2),
            Made::category(3).kind(CategoryKind::UpdateClassification),
            Made::category(4).kind(CategoryKind::Company),
            Made::category(5).kind(CategoryKind::Unspecified),
            Made::detectoid(6),
        ]);
        let requested: Vec<(i32, UpdateId)> = requested.iter().map(|(group, update)| (*group, id(*update))).collect();
        let CategoryScan { preferred, in_error } = snapshot.category_scan(&requested);
        (preferred, in_error)
    }

    #[test]
    fn a_product_is_preferred_alone_or_with_a_classification() {
        assert_eq!(scan(&[(0, 1)]), (vec![id(1)], vec![]));
        assert_eq!(scan(&[(0, 1), (0, 3), (1, 3), (1, 2), (2, 5)]), (vec![id(1), id(2), id(5)], vec![]));
        assert_eq!(scan(&[(0, 1), (1, 1)]), (vec![id(1)], vec![]));
    }

    #[test]
    fn an_unknown_category_takes_its_group_with_it() {
        assert_eq!(scan(&[(0, 1), (0, 99), (1, 2)]), (vec![id(2)], vec![id(99)]));
        assert_eq!(scan(&[(0, 6)]), (vec![], vec![id(6)]));
    }

    #[test]
    fn any_other_group_empties_the_list() {
        for wrong in [&[(1, 3)][..], &[(1, 4)], &[(1, 2), (1, 5)], &[(1, 3), (1, 3)], &[(1, 2), (1, 3), (1, 5)]] {
            let requested: Vec<(i32, u32)> = [(0, 1)].iter().chain(wrong).copied().collect();
            assert_eq!(scan(&requested), (vec![], vec![]), "{wrong:?}");
        }
    }

    #[test]
    fn nothing_asked_is_nothing_preferred() {
        assert_eq!(scan(&[]), (vec![], vec![]));
    }
}
