//! Effects become facts: what is known of the computers is read, merged and written as sets.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use model::{ComputerId, Timestamp, UpdateId};
use policy::reports::Effect;

use super::facts::{self, Fact, Facts};
use super::{Report, UNKNOWN_UPDATES_MAX};
use crate::codec::update_state;
use crate::counter::Counter;
use crate::database::Transaction;
use crate::import::{number_updates, update_numbers};
use crate::rollup::is_tracked;
use crate::value::Value;
use crate::{StoreError, statement};

/// Facts written by one statement.
const FACTS_PER_STATEMENT: usize = 50_000;

/// Applies the effects of new events; how many updates nothing is kept about.
pub(super) async fn apply(
    change: &mut Transaction,
    reports: &[Report],
    fresh: &[HashSet<usize>],
    numbers: &HashMap<ComputerId, i32>,
) -> Result<usize, StoreError> {
    let mut effects: BTreeMap<i32, Vec<(Timestamp, &Effect)>> = BTreeMap::new();
    for (report, fresh) in reports.iter().zip(fresh) {
        let Some(number) = numbers.get(&report.computer) else { continue };
        for (position, effect) in &report.effects {
            let event = report.events.get(*position).filter(|_| fresh.contains(position));
            let Some(event) = event.filter(|_| !matches!(effect, Effect::Nothing)) else { continue };
            effects.entry(*number).or_default().push((event.at.min(report.received_at), effect));
        }
    }
    if effects.is_empty() {
        return Ok(0);
    }
    let named = effects.values().flatten().flat_map(|(_, effect)| facts::updates_of(effect));
    let (updates, dropped) = number_reported(change, named.collect()).await?;

    let mut computers = load(change, effects.keys().copied()).await?;
    for (number, mut effects) in effects {
        effects.sort_by_key(|(at, _)| *at);
        let facts = computers.entry(number).or_default();
        for (at, effect) in effects {
            facts.apply(at, effect, &updates);
        }
    }
    write(change, &computers).await?;
    Ok(dropped)
}

/// The numbers of reported updates. One that is not known gets a number too, within bounds.
pub(crate) async fn number_reported(
    change: &mut Transaction,
    named: BTreeSet<UpdateId>,
) -> Result<(HashMap<UpdateId, i32>, usize), StoreError> {
    let named: Vec<UpdateId> = named.into_iter().collect();
    let known = update_numbers(change, &named).await?;
    let unknown: Vec<UpdateId> = named.into_iter().filter(|update| !known.contains_key(update)).collect();
    if unknown.is_empty() {
        return Ok((known, 0));
    }
    let row: Option<(i64,)> = change.row(statement::UPDATES_UNKNOWN, []).await?;
    let taken = row.map_or(0, |(count,)| usize::try_from(count).unwrap_or(usize::MAX));
    let kept = unknown.len().min(UNKNOWN_UPDATES_MAX.saturating_sub(taken));
    let dropped = unknown.len() - kept;
    let mut numbers = known;
    numbers.extend(number_updates(change, unknown.into_iter().take(kept)).await?);
    Ok((numbers, dropped))
}

/// What is known of computers.
pub(crate) async fn load(
    change: &mut Transaction,
    computers: impl Iterator<Item = i32>,
) -> Result<BTreeMap<i32, Facts>, StoreError> {
    let set = Value::set(computers.map(|number| (number,)))?;
    let mut all: BTreeMap<i32, Facts> = BTreeMap::new();
    type Reported = (i32, Option<i64>, Option<i64>, Option<i16>);
    let reported: Vec<Reported> = change.rows(statement::COMPUTERS_REPORTED, [set.clone()]).await?;
    for (number, compliance, detection, ok) in reported {
        all.insert(number, Facts::new(compliance, detection.zip(ok.map(|ok| ok != 0))));
    }
    let facts: Vec<(i32, i32, i16, i64)> = change.rows(statement::FACTS_OF_COMPUTERS, [set]).await?;
    for (computer, update, state, since_secs) in facts {
        let fact = Fact { state: update_state(state)?, since_secs };
        all.entry(computer).or_default().insert(update, fact);
    }
    Ok(all)
}

/// Writes what differs from what was read.
async fn write(change: &mut Transaction, computers: &BTreeMap<i32, Facts>) -> Result<(), StoreError> {
    let reported = computers.iter().map(|(number, facts)| {
        let (detection, ok) = facts.detection().unzip();
        (number, facts.compliance_us(), detection, ok.map(i16::from))
    });
    change.run(statement::COMPUTERS_SET_REPORTED, [Value::set(reported)?]).await?;
    write_facts(change, computers).await
}

/// Writes the facts that differ from those that were read, and notes them for the server above.
pub(crate) async fn write_facts(change: &mut Transaction, computers: &BTreeMap<i32, Facts>) -> Result<(), StoreError> {
    let removed = computers.iter().flat_map(|(number, facts)| facts.removed().map(move |update| (*number, update)));
    let removed: Vec<(i32, i32)> = removed.collect();
    for part in removed.chunks(FACTS_PER_STATEMENT) {
        change.run(statement::FACTS_REMOVE, [Value::set(part)?]).await?;
    }
    let set = computers.iter().flat_map(|(number, facts)| {
        facts.set().map(move |(update, fact)| (*number, update, fact.state.number(), fact.since_secs))
    });
    let set: Vec<(i32, i32, u8, i64)> = set.collect();
    for part in set.chunks(FACTS_PER_STATEMENT) {
        change.run(statement::FACTS_SET, [Value::set(part)?]).await?;
    }
    if !is_tracked(change).await? {
        return Ok(());
    }
    let round = Counter::Rollup.advance(change, 0).await?;
    let changed = set.into_iter().map(|(computer, update, ..)| (computer, update)).chain(removed);
    for part in changed.collect::<Vec<_>>().chunks(FACTS_PER_STATEMENT) {
        change.run(statement::FACT_CHANGES_ADD, [Value::set(part)?, round.into()]).await?;
    }
    Ok(())
}
