//! The rows of an import, table by table, each in one statement for the whole set.

use std::collections::HashMap;

use model::{FileUse, Timestamp, UpdateId};

use super::prepared::Prepared;
use super::{Plan, number_updates};
use crate::codec::{micros, update_type_number};
use crate::database::Transaction;
use crate::statement::Statement;
use crate::value::{Hex, Value};
use crate::{StoreError, languages, statement};

/// Bytes bound to one statement; one larger row may exceed it.
const CHUNK_BYTES: usize = 16 * 1024 * 1024;

pub(super) async fn all(
    change: &mut Transaction,
    prepared: &[Prepared],
    plan: &Plan,
    ids: &[i32],
    mark: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    let added: Vec<(i32, &Prepared)> =
        ids.iter().copied().zip(plan.added.iter().filter_map(|position| prepared.get(*position))).collect();
    let updates = added.iter().map(|(_, one)| one.new.revision.identity.update_id);
    let numbers = number_updates(change, updates).await?;

    revisions(change, &added, &numbers, mark, now).await?;
    names(change, &added).await?;
    let licences = added.iter().filter_map(|(id, one)| Some((id, Hex(one.new.eula?))));
    change.run(statement::REVISION_EULAS_ADD, [Value::set(licences)?]).await?;
    languages::add(change, added.iter().map(|(id, one)| (*id, &one.new.traits))).await?;
    files(change, plan, &added).await?;
    // What is held is held as something: whoever makes it something else has it looked at anew.
    change.run(statement::CONTENT_QUESTION, [Value::set(ids.iter().map(|id| (id,)))?]).await?;
    let entries = added.iter().map(|(id, one)| (*id, vec![one.packed.entry.as_slice()])).collect();
    bodies(change, statement::REVISION_ENTRIES_ADD, entries).await?;
    let documents = added.iter().map(|(id, one)| (*id, vec![one.packed.document.as_slice()])).collect();
    bodies(change, statement::DOCUMENTS_ADD, documents).await?;
    let fragments = added.iter().map(|(id, one)| {
        let packed = &one.packed;
        (*id, [&packed.extended, &packed.localized, &packed.eulas, &packed.core].map(Vec::as_slice).to_vec())
    });
    let fragments = fragments.collect();
    bodies(change, statement::FRAGMENTS_ADD, fragments).await?;
    let changed = Value::set(numbers.values().map(|number| (number,)))?;
    change.run(statement::UPDATES_SET_LATEST, [changed]).await.map(drop)
}

async fn revisions(
    change: &mut Transaction,
    added: &[(i32, &Prepared)],
    numbers: &HashMap<UpdateId, i32>,
    mark: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    let rows = added.iter().map(|(id, one)| {
        let new = &one.new;
        let identity = new.revision.identity;
        (
            id,
            numbers.get(&identity.update_id),
            identity.revision_number.number(),
            new.created_at.map(micros),
            update_type_number(new.revision.update_type),
            i16::from(new.revision.explicitly_deployable),
            new.classification.map(|classification| Hex(classification.0)),
            new.severity.as_deref(),
            Hex(&one.digest),
            new.title.as_str(),
            new.title.to_lowercase(),
            u8::from(new.is_local),
        )
    });
    let values = [Value::set(rows)?, mark.into(), micros(now).into()];
    change.run(statement::REVISIONS_ADD, values).await.map(drop)
}

async fn names(change: &mut Transaction, added: &[(i32, &Prepared)]) -> Result<(), StoreError> {
    let articles = added.iter().flat_map(|(id, one)| one.new.kb.iter().map(move |kb| (normal_kb(kb), id)));
    change.run(statement::REVISION_KBS_ADD, [Value::set(articles)?]).await?;
    let cves = added.iter().flat_map(|(id, one)| one.new.cves.iter().map(move |cve| (normal_cve(cve), id)));
    change.run(statement::REVISION_CVES_ADD, [Value::set(cves)?]).await.map(drop)
}

async fn files(change: &mut Transaction, plan: &Plan, added: &[(i32, &Prepared)]) -> Result<(), StoreError> {
    let new = plan.ledger.new_files().map(|file| {
        let sha256 = file.sha256.map(|digest| Hex(*digest.as_bytes()));
        (Hex(file.sha1.as_bytes()), sha256, file.size, file.name.as_str())
    });
    change.run(statement::CONTENT_FILES_ADD, [Value::set(new)?]).await?;
    let completed = plan
        .ledger
        .completed_files()
        .map(|file| (Hex(file.sha1.as_bytes()), file.sha256.map(|digest| Hex(*digest.as_bytes()))));
    change.run(statement::CONTENT_FILES_COMPLETE, [Value::set(completed)?]).await?;
    let of_revisions = added.iter().flat_map(|(id, one)| {
        let files = one.new.files.iter().enumerate();
        files.map(move |(position, file)| {
            let used = one.new.traits.uses.get(position).unwrap_or(&FileUse::Payload);
            let purpose = (languages::purpose(used), languages::language(used));
            (id, position, Hex(file.sha1.as_bytes()), file.name.as_str(), purpose.0, purpose.1)
        })
    });
    change.run(statement::REVISION_FILES_ADD, [Value::set(of_revisions)?]).await.map(drop)
}

/// Adds rows of a revision's number and bodies.
///
/// The bodies are bound as one run of bytes, of which the statement cuts each by offset (from 1) and
/// length: that is a whole set in one statement without turning bytes into text.
async fn bodies(
    change: &mut Transaction,
    statement: Statement,
    rows: Vec<(i32, Vec<&[u8]>)>,
) -> Result<(), StoreError> {
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let mut bytes: Vec<u8> = Vec::new();
        let mut cuts: Vec<Vec<usize>> = Vec::new();
        while let Some((id, bodies)) = rows.next_if(|_| bytes.len() < CHUNK_BYTES) {
            let mut cut = vec![usize::try_from(id).unwrap_or_default()];
            for body in bodies {
                cut.extend([bytes.len() + 1, body.len()]);
                bytes.extend_from_slice(body);
            }
            cuts.push(cut);
        }
        change.run(statement, [Value::set(cuts)?, bytes.into()]).await?;
    }
    Ok(())
}

/// An article's number without `KB`.
pub(crate) fn normal_kb(text: &str) -> String {
    let text = text.trim();
    let digits = text.get(..2).filter(|prefix| prefix.eq_ignore_ascii_case("kb")).map_or(text, |_| &text[2..]);
    digits.trim().to_uppercase()
}

pub(crate) fn normal_cve(text: &str) -> String {
    text.trim().to_uppercase()
}
