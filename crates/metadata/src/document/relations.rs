use model::{Bundle, Clause, Relations, UpdateId};

use super::read_identity;
use crate::cursor::Cursor;
use crate::error::{DocumentError, DocumentFault};

/// Reads the rest of `Relationships` (metadata.md §3).
pub(crate) fn read_relations(cursor: &mut Cursor<'_>) -> Result<Relations, DocumentError> {
    let mut relations = Relations::default();
    let mut seen = Vec::new();
    cursor.children(|cursor, element| {
        let section = ["SupersededUpdates", "Prerequisites", "BundledUpdates"]
            .into_iter()
            .find(|section| *section == cursor.core_name(element));
        let Some(section) = section else { return cursor.skip() };
        if seen.contains(&section) {
            return Err(cursor.fault(DocumentFault::RepeatedElement { element: section.to_owned() }));
        }
        seen.push(section);
        match section {
            "SupersededUpdates" => relations.superseded = read_updates(cursor)?,
            "Prerequisites" => relations.prerequisites = read_clauses(cursor)?,
            _ => relations.bundled = read_bundles(cursor)?,
        }
        Ok(())
    })?;
    Ok(relations)
}

/// Updates without revisions, to the end of the element that was opened last.
fn read_updates(cursor: &mut Cursor<'_>) -> Result<Vec<UpdateId>, DocumentError> {
    let mut updates = Vec::new();
    cursor.children(|cursor, element| {
        if cursor.core_name(element) == "UpdateIdentity" {
            updates.push(UpdateId(cursor.place(cursor.attributes(element)?.required_guid("UpdateID"))?));
        }
        cursor.skip()
    })?;
    Ok(updates)
}

fn read_clauses(cursor: &mut Cursor<'_>) -> Result<Vec<Clause>, DocumentError> {
    let mut clauses = Vec::new();
    cursor.children(|cursor, element| match cursor.core_name(element) {
        "UpdateIdentity" => {
            let id = cursor.place(cursor.attributes(element)?.required_guid("UpdateID"))?;
            clauses.push(Clause { members: vec![UpdateId(id)], is_category: false });
            cursor.skip()
        }
        "AtLeastOne" => {
            let is_category = cursor.place(cursor.attributes(element)?.flag("IsCategory"))?;
            clauses.push(Clause { members: read_updates(cursor)?, is_category });
            Ok(())
        }
        _ => cursor.skip(),
    })?;
    Ok(clauses)
}

/// Bundles name revisions; a bare one is a clause of one.
fn read_bundles(cursor: &mut Cursor<'_>) -> Result<Vec<Bundle>, DocumentError> {
    let mut bundles = Vec::new();
    cursor.children(|cursor, element| match cursor.core_name(element) {
        "UpdateIdentity" => {
            bundles.push(Bundle { members: vec![read_identity(cursor, &cursor.attributes(element)?)?] });
            cursor.skip()
        }
        "AtLeastOne" => {
            let mut members = Vec::new();
            cursor.children(|cursor, element| {
                if cursor.core_name(element) == "UpdateIdentity" {
                    members.push(read_identity(cursor, &cursor.attributes(element)?)?);
                }
                cursor.skip()
            })?;
            bundles.push(Bundle { members });
            Ok(())
        }
        _ => cursor.skip(),
    })?;
    Ok(bundles)
}
