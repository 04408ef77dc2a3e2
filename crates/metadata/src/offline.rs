//! The lists of an offline scan package (`wsusscn2.cab`): which member holds what.
//!
//! The members themselves are fragments: see [`CoreFragment`](crate::CoreFragment),
//! [`ExtendedFragment`](crate::ExtendedFragment) and [`LocalizedProperties`](crate::LocalizedProperties).

use model::{RevisionId, Timestamp, UpdateId, UpdateIdentity};

use crate::attributes::Attributes;
use crate::cursor::Cursor;
use crate::document::utf8;
use crate::error::{DocumentError, DocumentFault};
use crate::limits::FRAGMENT_LIMITS;
use crate::names::Dialect;

/// One revision of `package.xml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfflineUpdate {
    /// Its global name.
    pub identity: UpdateIdentity,
    /// Its number in this package, which names its members.
    pub revision: RevisionId,
    /// When it was authored.
    pub creation_date: Option<Timestamp>,
    /// Fallback language of its texts.
    pub default_language: Option<String>,
    /// Nothing needs it as prerequisite.
    pub is_leaf: bool,
    /// It bundles others.
    pub is_bundle: bool,
    /// Numbers of the revisions that supersede it.
    pub superseded_by: Vec<RevisionId>,
    /// Updates it needs.
    pub prerequisites: Vec<UpdateId>,
    /// Categories it is in: type as written, and update.
    pub categories: Vec<(String, UpdateId)>,
}

/// One cabinet of `index.xml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfflineCabinet {
    /// Its name.
    pub name: String,
    /// The lowest revision number it holds; absent for the one with the list.
    pub range_start: Option<u32>,
}

/// Reads `package.xml`.
///
/// # Errors
/// [`DocumentError`] with the place.
pub fn read_updates(bytes: &[u8]) -> Result<Vec<OfflineUpdate>, DocumentError> {
    let mut cursor = Cursor::new(utf8(bytes)?, Dialect::Fragment, &FRAGMENT_LIMITS)?;
    cursor.root("OfflineSyncPackage")?;
    let mut updates = Vec::new();
    cursor.children(|cursor, element| {
        if element.name() != "Updates" {
            return cursor.skip();
        }
        cursor.children(|cursor, element| {
            if element.name() != "Update" {
                return cursor.skip();
            }
            let mut update = cursor.place(of_attributes(&cursor.attributes(element)?))?;
            read_links(cursor, &mut update)?;
            updates.push(update);
            Ok(())
        })
    })?;
    cursor.finish()?;
    Ok(updates)
}

fn of_attributes(attributes: &Attributes<'_>) -> Result<OfflineUpdate, DocumentFault> {
    Ok(OfflineUpdate {
        identity: UpdateIdentity {
            update_id: UpdateId(attributes.required_guid("UpdateId")?),
            revision_number: attributes.required_parse("RevisionNumber", "a revision number (0 to 2147483647)")?,
        },
        revision: RevisionId(attributes.required_parse("RevisionId", "a number")?),
        creation_date: attributes.time("CreationDate")?,
        default_language: attributes.owned("DefaultLanguage"),
        is_leaf: attributes.flag("IsLeaf")?,
        is_bundle: attributes.flag("IsBundle")?,
        superseded_by: Vec::new(),
        prerequisites: Vec::new(),
        categories: Vec::new(),
    })
}

fn read_links(cursor: &mut Cursor<'_>, update: &mut OfflineUpdate) -> Result<(), DocumentError> {
    cursor.children(|cursor, list| {
        let list = list.name().to_owned();
        cursor.children(|cursor, element| {
            let attributes = cursor.attributes(element)?;
            match (list.as_str(), element.name()) {
                ("SupersededBy", "Revision") => {
                    let id = cursor.place(attributes.required_parse("Id", "a number"))?;
                    update.superseded_by.push(RevisionId(id));
                }
                ("Prerequisites", "UpdateId") => {
                    update.prerequisites.push(UpdateId(cursor.place(attributes.required_guid("Id"))?));
                }
                ("Categories", "Category") => {
                    let id = UpdateId(cursor.place(attributes.required_guid("Id"))?);
                    update.categories.push((attributes.owned("Type").unwrap_or_default(), id));
                }
                _ => {}
            }
            cursor.skip()
        })
    })
}

/// Reads `index.xml`.
///
/// # Errors
/// [`DocumentError`] with the place.
pub fn read_cabinets(bytes: &[u8]) -> Result<Vec<OfflineCabinet>, DocumentError> {
    let mut cursor = Cursor::new(utf8(bytes)?, Dialect::Fragment, &FRAGMENT_LIMITS)?;
    cursor.root("INDEX")?;
    let mut cabinets = Vec::new();
    cursor.children(|cursor, list| {
        if list.name() != "CABLIST" {
            return cursor.skip();
        }
        cursor.children(|cursor, element| {
            if element.name() == "CAB" {
                let attributes = cursor.attributes(element)?;
                let name = cursor.place(attributes.required("NAME"))?.to_owned();
                let range_start = cursor.place(attributes.parse("RANGESTART", "a number"))?;
                cabinets.push(OfflineCabinet { name, range_start });
            }
            cursor.skip()
        })
    })?;
    cursor.finish()?;
    Ok(cabinets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_updates_is_read_with_its_links() {
        let id = "11111111-2222-3333-4444-555555555555";
        let text = format!(
            "<OfflineSyncPackage><Updates><Update UpdateId='{id}' RevisionNumber='3' RevisionId='7' IsLeaf='true'>\
             <SupersededBy><Revision Id='9'/></SupersededBy><Prerequisites><UpdateId Id='{id}'/></Prerequisites>\
             <Categories><Category Type='Product' Id='{id}'/></Categories></Update></Updates></OfflineSyncPackage>"
        );
        let updates = read_updates(text.as_bytes()).unwrap();
        assert_eq!(updates[0].revision, RevisionId(7));
        assert_eq!(updates[0].superseded_by, [RevisionId(9)]);
        assert_eq!(updates[0].prerequisites, [id.parse().unwrap()]);
        assert_eq!(updates[0].categories, [("Product".to_owned(), id.parse().unwrap())]);
        assert!(updates[0].is_leaf && !updates[0].is_bundle);
    }

    #[test]
    fn cabinets_say_where_their_revisions_begin() {
        let text = "<INDEX><CABLIST><CAB NAME='a.cab'/><CAB NAME='b.cab' RANGESTART='5'/></CABLIST></INDEX>";
        let cabinets = read_cabinets(text.as_bytes()).unwrap();
        assert_eq!(cabinets.iter().map(|cabinet| cabinet.range_start).collect::<Vec<_>>(), [None, Some(5)]);
    }
}
