use model::{UpdateIdentity, UpdateType};

use super::Snapshot;
use crate::bits::Bits;
use crate::listing::{Chosen, Listing};
use crate::row::Row;

impl Snapshot {
    /// The revisions a downstream server is told of, prerequisites first.
    ///
    /// Of each update it is the latest, and any older one that a listed bundle names. What is declined is listed as all
    /// else. With categories but no classifications, or the other way round, nothing is: native WSUS does the same.
    pub fn listing(&self, listing: &Listing) -> Vec<UpdateIdentity> {
        let is_newer = |row: &Row| listing.since.is_none_or(|since| row.imported > since);
        let rows = || (0..).zip(&self.revisions.rows);
        if listing.facts {
            let facts = rows().filter(|(_, row)| row.is_fact() && is_newer(row));
            return facts.map(|(_, row)| row.identity).collect();
        }
        if listing.categories.is_empty() != listing.classifications.is_empty() {
            return Vec::new();
        }
        let mut wanted = Bits::none(self.revisions.rows.len());
        if listing.categories.is_empty() {
            for (index, _) in rows().filter(|(_, row)| !row.is_fact() && is_newer(row)) {
                self.want(&mut wanted, index);
            }
        } else {
            self.want_filtered(&mut wanted, listing, &is_newer);
        }
        self.named(&wanted)
    }

    /// These revisions, and all that they need and bundle, by the latest revisions, and so on: what has to be with them for
    /// agents to find them applicable. Of a prerequisite that several updates meet, all are among it.
    pub fn with_needed(&self, revisions: &[UpdateIdentity]) -> Vec<UpdateIdentity> {
        let mut wanted = Bits::none(self.revisions.rows.len());
        let indexes = revisions.iter().filter_map(|identity| self.revisions.index_of(identity.update_id));
        let mut open: Vec<u32> = indexes.collect();
        let conditions = &self.revisions.conditions;
        while let Some(index) = open.pop() {
            if wanted.insert(index) {
                open.extend(self.revisions.bundled.row(index));
                open.extend(conditions.of(index).iter().flat_map(|condition| conditions.members(*condition)));
            }
        }
        self.named(&wanted)
    }

    fn want_filtered(&self, wanted: &mut Bits, listing: &Listing, is_newer: &dyn Fn(&Row) -> bool) {
        let (whole_product, product) = self.belonging(&listing.categories);
        let (whole_class, class) = self.belonging(&listing.classifications);
        let mut matching = Bits::none(self.revisions.rows.len());
        for index in product.and(&class).iter() {
            let Some(row) = self.row(index).filter(|row| !row.is_fact()) else { continue };
            if whole_product.contains(index) || whole_class.contains(index) || is_newer(row) {
                self.want(wanted, index);
            }
            self.want(&mut matching, index);
        }
        // A member may be newer than the bundle it comes with.
        for index in matching.iter().filter(|index| self.row(*index).is_some_and(is_newer)) {
            self.want(wanted, index);
        }
    }

    /// What is in the chosen categories or in those below them: of those wanted whole, and of all.
    fn belonging(&self, chosen: &[Chosen]) -> (Bits, Bits) {
        let whole = chosen.iter().filter(|chosen| !chosen.only_newer);
        (self.within(whole), self.within(chosen.iter()))
    }

    fn within<'a>(&self, chosen: impl Iterator<Item = &'a Chosen>) -> Bits {
        let mut within = Bits::none(self.revisions.rows.len());
        let mut open: Vec<u32> = chosen.filter_map(|chosen| self.revisions.index_of(chosen.update)).collect();
        let conditions = &self.revisions.conditions;
        while let Some(index) = open.pop() {
            if within.insert(index) && self.row(index).is_some_and(|row| row.update_type == UpdateType::Category) {
                open.extend(conditions.naming(index).iter().flat_map(|condition| conditions.holders(*condition)));
            }
        }
        within
    }

    /// Adds an update and all it bundles.
    fn want(&self, wanted: &mut Bits, index: u32) {
        let mut open = vec![index];
        while let Some(index) = open.pop() {
            if wanted.insert(index) {
                open.extend(self.revisions.bundled.row(index));
            }
        }
    }

    fn named(&self, wanted: &Bits) -> Vec<UpdateIdentity> {
        let latest = wanted.iter().filter_map(|index| Some(self.row(index)?.identity));
        let older = &self.revisions.older_members;
        let mut older: Vec<UpdateIdentity> =
            older.iter().filter(|(bundle, _)| wanted.contains(*bundle)).map(|(_, member)| *member).collect();
        older.sort_unstable();
        older.dedup();
        older.into_iter().chain(latest).collect()
    }
}

#[cfg(test)]
mod tests;
