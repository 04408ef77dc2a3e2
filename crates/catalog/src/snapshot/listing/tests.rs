use model::{CategoryKind, ChangeMark};

use super::*;
use crate::test_catalog::{Made, id, snapshot};

/// Company 1 above product 2; classifications 5 and 6; bundles 20 and 30 with members 21 and 31; update 40 in no product.
fn catalog() -> Vec<Made> {
    vec![
        Made::category(1).kind(CategoryKind::Company),
        Made::category(2).within(1),
        Made::category(5).kind(CategoryKind::UpdateClassification),
        Made::category(6).kind(CategoryKind::UpdateClassification),
        Made::detectoid(10),
        Made::software(21).imported(2),
        Made::software(20).deployable().within(2).within(5).needs(&[10]).bundles(&[21]).imported(2),
        Made::software(31).imported(3),
        Made::software(30).deployable().within(2).within(6).bundles(&[31]).imported(3),
        Made::software(40).deployable().within(5).imported(3),
    ]
}

/// Update and revision number of what is listed.
fn listed(made: &[Made], listing: &Listing) -> Vec<(u32, u32)> {
    let numbered = |identity: UpdateIdentity| {
        let number = (0..100).find(|number| id(*number) == identity.update_id).unwrap();
        (number, identity.revision_number.number())
    };
    let mut listed: Vec<(u32, u32)> = snapshot(made).listing(listing).into_iter().map(numbered).collect();
    listed.sort_unstable();
    listed
}

fn whole(update: u32) -> Chosen {
    Chosen { update: id(update), only_newer: false }
}

fn newer(update: u32) -> Chosen {
    Chosen { update: id(update), only_newer: true }
}

fn filtered(categories: Vec<Chosen>, classifications: Vec<Chosen>) -> Listing {
    Listing { categories, classifications, ..Listing::default() }
}

#[test]
fn facts_and_the_rest_are_two_lists() {
    let facts = Listing { facts: true, ..Listing::default() };
    assert_eq!(listed(&catalog(), &facts), [(1, 1), (2, 1), (5, 1), (6, 1), (10, 1)]);
    assert_eq!(listed(&catalog(), &Listing::default()), [(20, 1), (21, 1), (30, 1), (31, 1), (40, 1)]);
    let since = |mark| Listing { since: Some(ChangeMark(mark)), ..Listing::default() };
    assert_eq!(listed(&catalog(), &since(2)), [(30, 1), (31, 1), (40, 1)]);
    assert_eq!(listed(&catalog(), &since(3)), []);
}

#[test]
fn an_update_is_in_a_product_and_in_a_classification_and_brings_its_members() {
    assert_eq!(listed(&catalog(), &filtered(vec![whole(2)], vec![whole(5)])), [(20, 1), (21, 1)]);
    // A company stands for its products.
    assert_eq!(listed(&catalog(), &filtered(vec![whole(1)], vec![whole(5), whole(6)])).len(), 4);
    assert_eq!(listed(&catalog(), &filtered(vec![whole(2)], Vec::new())), []);
    assert_eq!(listed(&catalog(), &filtered(Vec::new(), vec![whole(5)])), []);
    assert_eq!(listed(&catalog(), &filtered(vec![whole(99)], vec![whole(5)])), []);
}

#[test]
fn a_category_chosen_just_now_is_wanted_whole() {
    let asked =
        |categories, classifications| Listing { since: Some(ChangeMark(2)), ..filtered(categories, classifications) };
    assert_eq!(listed(&catalog(), &asked(vec![newer(2)], vec![newer(5), newer(6)])), [(30, 1), (31, 1)]);
    assert_eq!(listed(&catalog(), &asked(vec![newer(2)], vec![whole(5), newer(6)])).len(), 4);
    assert_eq!(listed(&catalog(), &asked(vec![whole(2)], vec![newer(5)])), [(20, 1), (21, 1)]);
}

#[test]
fn a_member_may_be_newer_than_its_bundle_and_older_ones_are_listed_as_well() {
    let mut made = catalog();
    made.push(Made::software(21).revision(2).imported(4));
    let since = Listing { since: Some(ChangeMark(3)), ..filtered(vec![newer(2)], vec![newer(5)]) };
    assert_eq!(listed(&made, &since), [(21, 2)]);
    // The bundle names revision 1, and is useless without it.
    assert_eq!(listed(&made, &filtered(vec![whole(2)], vec![whole(5)])), [(20, 1), (21, 1), (21, 2)]);
}

#[test]
fn what_is_listed_comes_with_all_that_it_needs() {
    let snapshot = snapshot(&catalog());
    let listing = filtered(vec![whole(2)], vec![whole(5)]);
    let with = snapshot.with_needed(&snapshot.listing(&listing));
    let mut numbers: Vec<u32> =
        with.iter().map(|identity| (0..100).find(|number| id(*number) == identity.update_id).unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 5, 10, 20, 21], "the detectoid, both categories, and the company above one");
    assert_eq!(snapshot.with_needed(&[]), []);
}
