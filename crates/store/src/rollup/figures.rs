//! This server in figures, as the one above is told.

use sqlx::FromRow;
use uuid::Uuid;

use crate::{Store, StoreError, statement};

/// The classifications whose updates count as critical: Security Updates and Critical Updates (Microsoft's, fixed).
const CRITICAL: [Uuid; 2] = [
    Uuid::from_u128(0x0fa1_201d_4330_4fa8_8ae9_b877_473b_6441),
    Uuid::from_u128(0xe6cf_1350_c01b_414d_a61f_263d_14d1_33b4),
];

/// Counts of this server's own computers, and of updates that may be approved; declined ones only where that is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromRow)]
pub struct ServerFigures {
    /// Updates, declined ones included.
    pub updates: i64,
    /// Declined.
    pub declined: i64,
    /// Approved for any group.
    pub approved: i64,
    /// Approved for none.
    pub not_approved: i64,
    /// Withdrawn by their publisher, and approved for none; declined ones among them.
    pub expired: i64,
    /// Critical or security updates that are approved for none.
    pub critical_not_approved: i64,
    /// A computer failed to install it.
    pub failed: i64,
    /// A computer needs it.
    pub needed: i64,
    /// Installed on a computer, and needed by none.
    pub up_to_date: i64,
    /// Groups that are not built in.
    pub custom_groups: i64,
    /// Computers.
    pub computers: i64,
    /// Computers that need an update.
    pub computers_needing: i64,
    /// Computers that failed to install one.
    pub computers_failed: i64,
    /// Computers that report, and need none.
    pub computers_up_to_date: i64,
}

impl Store {
    /// This server in figures, without those below it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn server_figures(&self) -> Result<ServerFigures, StoreError> {
        let values = CRITICAL.map(|id| id.as_bytes().as_slice().into());
        let row: Option<ServerFigures> = self.database.row(statement::SERVER_FIGURES, values).await?;
        row.ok_or_else(|| StoreError::corrupt("counting", "the database counted nothing"))
    }
}
