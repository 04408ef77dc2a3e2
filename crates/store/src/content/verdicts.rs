//! What was found of who signed a file.

use model::{Sha256, Timestamp};

use super::{ContentRow, Found, Subject, content_row};
use crate::codec::{micros, optional_timestamp, sha256, timestamp};
use crate::value::{Hex, Value};
use crate::{NewContent, Store, StoreError, statement};

/// What a verdict on a file comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JudgedAs {
    /// It may be given away.
    Allowed,
    /// Not before a person has looked.
    ForReview,
    /// Never.
    Refused,
}

impl JudgedAs {
    const ALL: [Self; 3] = [Self::Allowed, Self::ForReview, Self::Refused];

    pub(super) fn number(self) -> i16 {
        match self {
            Self::Allowed => 0,
            Self::ForReview => 1,
            Self::Refused => 2,
        }
    }

    fn of(number: i16) -> Result<Self, StoreError> {
        let known = Self::ALL.into_iter().find(|outcome| outcome.number() == number);
        known.ok_or_else(|| StoreError::corrupt("reading a verdict", format!("{number} is no outcome")))
    }
}

/// A file that matches its digests, and what was found of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedContent {
    /// The file.
    pub file: NewContent,
    /// What updates said of it, as it was read: if they say something else by now, nothing was found.
    pub subjects: Vec<Subject>,
    /// The same, as it counts: a release is for a file as this and nothing else.
    pub kinds: String,
    /// Names everything the verdict follows from: what was found under another basis is to be found anew.
    pub basis: Sha256,
    /// What it comes to.
    pub outcome: JudgedAs,
    /// Why, in a sentence.
    pub reason: String,
    /// All of it, as JSON.
    pub body: String,
    /// From when on it is to be judged again though nothing else changed; `None`: the time did not decide.
    pub again_at: Option<Timestamp>,
    /// SHA-256 of what is kept of the look at it; `None`: nothing is.
    pub examination: Option<Sha256>,
}

/// A file that may have to be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToJudge {
    /// The file.
    pub row: ContentRow,
    /// What it was judged by last; `None` if it never was.
    pub basis: Option<Sha256>,
    /// From when on it is to be judged again in any case.
    pub again_at: Option<Timestamp>,
    /// SHA-256 of what is kept of the last look at it; `None`: it has to be read again.
    pub examination: Option<Sha256>,
}

/// What was found of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerdictRow {
    /// The file.
    pub sha256: Sha256,
    /// Names everything it follows from.
    pub basis: Sha256,
    /// What updates said that it is.
    pub kinds: String,
    /// What it comes to.
    pub outcome: JudgedAs,
    /// All of it, as JSON.
    pub body: String,
    /// When.
    pub judged_at: Timestamp,
    /// That an administrator lets it through, why and since when.
    pub released: Option<(String, Timestamp)>,
}

type VerdictFound = (Vec<u8>, Vec<u8>, String, i16, String, i64, Option<String>, Option<i64>);

impl Store {
    /// What was found of files, in no order; of some that are not here any more as well.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn content_verdicts(&self, digests: &[Sha256]) -> Result<Vec<VerdictRow>, StoreError> {
        let rows: Vec<VerdictFound> = self.database.rows(statement::CONTENT_VERDICTS, [digest_set(digests)?]).await?;
        rows.into_iter().map(verdict_row).collect()
    }

    /// Forgets what was found before that time of files that are not here. How much it was.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn expire_verdicts(&self, before: Timestamp) -> Result<u64, StoreError> {
        let values = [micros(before).into()];
        self.database.change("forgetting verdicts", statement::CONTENT_VERDICTS_EXPIRE, values).await
    }

    /// The next files behind `after` that are as they were promised; at most `limit`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn content_to_judge(&self, after: Option<Sha256>, limit: u32) -> Result<Vec<ToJudge>, StoreError> {
        type Row = (Vec<u8>, Vec<u8>, i64, i16, Option<String>, i64, Option<Vec<u8>>, Option<i64>, Option<Vec<u8>>);
        let after = after.map_or_else(Vec::new, |digest| digest.as_bytes().to_vec());
        let values = [after.into(), i64::from(limit).into()];
        let rows: Vec<Row> = self.database.rows(statement::CONTENT_TO_JUDGE, values).await?;
        let row = |(digest256, digest1, size, state, reason, changed, basis, again, examination): Row| {
            let found: Found = (digest256, digest1, size, state, reason, changed);
            Ok(ToJudge {
                row: content_row(found)?,
                basis: basis.as_deref().map(sha256).transpose()?,
                again_at: optional_timestamp(again)?,
                examination: examination.as_deref().map(sha256).transpose()?,
            })
        };
        rows.into_iter().map(row).collect()
    }
}

pub(super) fn verdict_row(found: VerdictFound) -> Result<VerdictRow, StoreError> {
    let (digest, basis, kinds, outcome, body, judged, why, since) = found;
    let released = why.zip(since).map(|(why, since)| Ok::<_, StoreError>((why, timestamp(since)?)));
    Ok(VerdictRow {
        sha256: sha256(&digest)?,
        basis: sha256(&basis)?,
        kinds,
        outcome: JudgedAs::of(outcome)?,
        body,
        judged_at: timestamp(judged)?,
        released: released.transpose()?,
    })
}

pub(super) fn digest_set(digests: &[Sha256]) -> Result<Value, StoreError> {
    Value::set(digests.iter().map(|digest| (Hex(*digest.as_bytes()),)))
}
