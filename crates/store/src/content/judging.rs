//! Noting what was found: a file is held from then on, or withheld.

use std::collections::{HashMap, HashSet};

use model::{ChangeMark, RevisionId, Sha1, Sha256, Timestamp};

use super::{JudgedAs, JudgedContent, NewContent, Subject, state, subjects, verdicts};
use crate::codec::{micros, signed, unsigned};
use crate::counter::Counter;
use crate::database::Transaction;
use crate::value::{Hex, Value};
use crate::{Store, StoreError, statement};

/// What became of a file that was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is given away.
    Held,
    /// It is given to nobody.
    Withheld {
        /// It was not so before.
        is_news: bool,
    },
    /// What updates say of it changed while it was looked at: it is to be judged anew, and given to nobody until then.
    Outdated,
    /// It is not here any more, or was damaged meanwhile; nothing was noted.
    Gone,
}

/// A revision that names a file which is withheld, or was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WithheldRevision {
    /// The revision.
    pub revision: RevisionId,
    /// Whether it is now.
    pub is_withheld: bool,
    /// The generation in which that changed last.
    pub changed: ChangeMark,
}

/// What is known of a file before it is noted what was found.
#[derive(Debug, Clone, Default)]
struct Before {
    state: i16,
    reason: Option<String>,
    /// As what it was released, if it was.
    released_as: Option<String>,
}

impl Store {
    /// Notes what was found of files that are here and match their digests: they are held from now on, or withheld. One that
    /// an administrator released is held if it would have to be reviewed as the same thing, and withheld if it is refused.
    ///
    /// With `again`, only files count that are still noted as being here and not damaged. The generation grows if a file is
    /// withheld or let through by this: who is offered its updates changes. Says of each, in order, what became of it.
    ///
    /// # Errors
    /// Those of the database; then nothing of the set is noted.
    pub async fn content_judged(
        &self,
        files: &[JudgedContent],
        again: bool,
        now: Timestamp,
    ) -> Result<Vec<Standing>, StoreError> {
        let mut change = self.database.write("noting content").await?;
        // In order with imports, which say what files are.
        let mark = Counter::Mark.advance(&mut change, 0).await?;
        let named: Vec<Sha1> = files.iter().map(|judged| judged.file.sha1).collect();
        let before = before(&mut change, files).await?;
        let subjects = subjects::of(&mut change, &named).await?;
        let mut turned = turns(&mut change, &named).await?;
        let (mut states, mut verdicts, mut turns, mut standings) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for judged in files {
            let known = before.get(&judged.file.sha256);
            let was_withheld = turned.get(&judged.file.sha1).copied().unwrap_or_default();
            let standing = standing(judged, known, again, &subjects, was_withheld);
            standings.push(standing);
            let (number, reason) = match standing {
                Standing::Gone => continue,
                Standing::Held => (state::HELD, None),
                Standing::Withheld { .. } => (state::WITHHELD, Some(judged.reason.as_str())),
                Standing::Outdated => (state::UNJUDGED, None),
            };
            let (digest, name) = (Hex(*judged.file.sha256.as_bytes()), Hex(*judged.file.sha1.as_bytes()));
            // One that stays what it is keeps the time since when.
            if known.is_none_or(|known| known.state != number || known.reason.as_deref() != reason) {
                states.push((digest, name, signed(judged.file.size)?, number, reason));
            }
            if standing == Standing::Outdated {
                continue;
            }
            let is_withheld = matches!(standing, Standing::Withheld { .. });
            if was_withheld != is_withheld {
                turned.insert(judged.file.sha1, is_withheld);
                turns.push((Hex(*judged.file.sha1.as_bytes()), u8::from(is_withheld)));
            }
            let (basis, kinds, body) = (Hex(*judged.basis.as_bytes()), judged.kinds.as_str(), judged.body.as_str());
            let digest = Hex(*judged.file.sha256.as_bytes());
            let (again, examination) =
                (judged.again_at.map(micros), judged.examination.map(|kept| Hex(*kept.as_bytes())));
            verdicts.push((digest, basis, kinds, judged.outcome.number(), body, again, examination));
        }
        change.run(statement::CONTENT_JUDGE, [Value::set(states)?, micros(now).into()]).await?;
        change.run(statement::CONTENT_VERDICTS_SET, [Value::set(verdicts)?, micros(now).into()]).await?;
        if !turns.is_empty() {
            Counter::Mark.advance(&mut change, 1).await?;
            change.run(statement::CONTENT_TURNS_SET, [Value::set(turns)?, (mark + 1).into()]).await?;
        }
        change.commit().await?;
        Ok(standings)
    }

    /// Notes that files are here that match their digests, and that nobody has looked yet who signed them. What was judged
    /// before stays as it is.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn content_arrived(&self, files: &[NewContent], now: Timestamp) -> Result<(), StoreError> {
        let row =
            |file: &NewContent| Ok((Hex(*file.sha256.as_bytes()), Hex(*file.sha1.as_bytes()), signed(file.size)?));
        let set = Value::set(files.iter().map(row).collect::<Result<Vec<_>, StoreError>>()?)?;
        self.database.change("noting content", statement::CONTENT_ARRIVE, [set, micros(now).into()]).await.map(drop)
    }
}

/// What becomes of a file, by what is known of it.
fn standing(
    judged: &JudgedContent,
    before: Option<&Before>,
    again: bool,
    subjects: &[Subject],
    was_withheld: bool,
) -> Standing {
    if again && before.is_none_or(|before| before.state == state::QUARANTINED) {
        return Standing::Gone;
    }
    let said: HashSet<&Subject> = subjects.iter().filter(|subject| subject.file == judged.file.sha1).collect();
    if said != judged.subjects.iter().collect() {
        return Standing::Outdated;
    }
    let is_released =
        before.and_then(|before| before.released_as.as_deref()).is_some_and(|released_as| released_as == judged.kinds);
    match judged.outcome {
        JudgedAs::Allowed => Standing::Held,
        JudgedAs::ForReview if is_released => Standing::Held,
        JudgedAs::ForReview | JudgedAs::Refused => Standing::Withheld { is_news: !was_withheld },
    }
}

async fn before(change: &mut Transaction, files: &[JudgedContent]) -> Result<HashMap<Sha256, Before>, StoreError> {
    type Row = (Vec<u8>, i16, Option<String>, Option<String>);
    let digests: Vec<Sha256> = files.iter().map(|judged| judged.file.sha256).collect();
    let rows: Vec<Row> = change.rows(statement::CONTENT_STATES, [verdicts::digest_set(&digests)?]).await?;
    let before = |(digest, state, reason, released_as): Row| {
        Ok((crate::codec::sha256(&digest)?, Before { state, reason, released_as }))
    };
    rows.into_iter().map(before).collect()
}

/// Which of these files were withheld the last time it was noted.
async fn turns(change: &mut Transaction, files: &[Sha1]) -> Result<HashMap<Sha1, bool>, StoreError> {
    let rows: Vec<(Vec<u8>, i16)> = change.rows(statement::CONTENT_TURNS, [subjects::name_set(files)?]).await?;
    rows.into_iter().map(|(file, is_withheld)| Ok((crate::codec::sha1(&file)?, is_withheld != 0))).collect()
}

/// Notes in a change of its own generation that a file is withheld, or is so no longer.
pub(super) async fn turn(change: &mut Transaction, file: Sha1, is_withheld: bool) -> Result<(), StoreError> {
    if turns(change, &[file]).await?.get(&file).copied().unwrap_or_default() == is_withheld {
        return Ok(());
    }
    let mark = Counter::Mark.advance(change, 0).await?;
    let set = Value::set([(Hex(*file.as_bytes()), u8::from(is_withheld))])?;
    change.run(statement::CONTENT_TURNS_SET, [set, mark.into()]).await.map(drop)
}

/// The revisions that name a file which is withheld, or was.
pub(crate) fn withheld_revisions(rows: Vec<(i32, i16, i64)>) -> Vec<WithheldRevision> {
    let mut found: HashMap<RevisionId, WithheldRevision> = HashMap::new();
    for (id, is_withheld, mark) in rows {
        let (revision, changed) = (RevisionId(id), ChangeMark(unsigned(mark)));
        let known = found.entry(revision).or_insert(WithheldRevision { revision, is_withheld: false, changed });
        known.is_withheld |= is_withheld != 0;
        known.changed = known.changed.max(changed);
    }
    let mut found: Vec<WithheldRevision> = found.into_values().collect();
    found.sort_unstable_by_key(|one| one.revision);
    found
}
