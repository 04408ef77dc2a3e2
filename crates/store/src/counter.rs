//! The counters that give numbers; none is given twice.

use crate::database::Transaction;
use crate::{StoreError, statement};

/// A row of the table `counter`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Counter {
    /// The generation. Whoever advances it holds it until commit: changes of what is offered are in order.
    Mark,
    /// The generation that last declined an update or took that back.
    Declines,
    Revision,
    Deployment,
    Update,
    Computer,
    SessionKey,
    SyncRun,
    /// Rounds of telling the server above.
    Rollup,
    LanguageSet,
}

impl Counter {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Mark => "mark",
            Self::Declines => "declines",
            Self::Revision => "revision",
            Self::Deployment => "deployment",
            Self::Update => "update",
            Self::Computer => "computer",
            Self::SessionKey => "session-key",
            Self::SyncRun => "sync-run",
            Self::Rollup => "rollup",
            Self::LanguageSet => "language-set",
        }
    }

    /// Takes `count` numbers and returns the last of them; with 0 it only takes the counter's lock.
    pub(crate) async fn advance(self, change: &mut Transaction, count: usize) -> Result<i64, StoreError> {
        let by = i64::try_from(count).map_err(|_| StoreError::invalid("too many numbers at once"))?;
        let row: Option<(i64,)> = change.row(statement::COUNTER_ADVANCE, [by.into(), self.name().into()]).await?;
        let (value,) = row.ok_or_else(|| StoreError::corrupt("taking a number", "a counter is missing"))?;
        Ok(value)
    }

    /// Takes `count` numbers for columns of 32 bits, ascending.
    pub(crate) async fn take(
        self,
        change: &mut Transaction,
        count: usize,
    ) -> Result<impl Iterator<Item = i32> + use<>, StoreError> {
        let last = self.advance(change, count).await?;
        let last = i32::try_from(last)
            .map_err(|_| StoreError::conflict(format!("all numbers of the counter {} are used up", self.name())))?;
        let count = i32::try_from(count).map_err(|_| StoreError::invalid("too many numbers at once"))?;
        Ok(last - count + 1..=last)
    }
}
