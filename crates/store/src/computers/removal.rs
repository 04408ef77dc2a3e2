//! Forgetting a computer, and all that is known of it.

use model::ComputerId;

use crate::counter::Counter;
use crate::statement::{self, Statement};
use crate::{Store, StoreError};

/// What hangs on a computer, those that refer to others first.
const HANGING: [Statement; 7] = [
    statement::FORGET_FACT,
    statement::FORGET_EVENT,
    statement::FORGET_REQUESTED_GROUP,
    statement::FORGET_MEMBERSHIP,
    statement::FORGET_SCAN,
    statement::FORGET_REGISTRATION,
    statement::FORGET_COMPUTER,
];

impl Store {
    /// Forgets a computer and all it reported. Its number is never given again; should it come back, it is a new one.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for a computer that is not known.
    pub async fn remove_computer(&self, computer: &ComputerId) -> Result<(), StoreError> {
        let mut change = self.database.write("forgetting a computer").await?;
        let row: Option<(i32,)> = change.row(statement::COMPUTER_NUMBER, [computer.as_str().into()]).await?;
        let (number,) = row.ok_or_else(|| StoreError::not_found(format!("there is no computer {computer}")))?;
        for statement in HANGING {
            change.run(statement, [number.into()]).await?;
        }
        // Servers that share this database have to forget it as well.
        Counter::Mark.advance(&mut change, 1).await?;
        change.commit().await
    }
}
