use model::{ComputerId, Timestamp};

use super::number_computers;
use crate::codec::micros;
use crate::database::Transaction;
use crate::value::Value;
use crate::{Store, StoreError, statement};

/// What a computer told of itself: typed where it is searched, and whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Registration {
    /// Major version of the operating system.
    pub os_major: i32,
    /// Minor version of the operating system.
    pub os_minor: i32,
    /// Build of the operating system; the only one of its texts and numbers to rely on.
    pub os_build: i32,
    /// Who made the computer.
    pub manufacturer: String,
    /// Its model.
    pub model: String,
    /// Its architecture, as it wrote it.
    pub architecture: String,
    /// All it told, as JSON.
    pub json: String,
}

impl Store {
    /// Keeps what a computer told of itself, in the place of what it told before. It need not be known yet.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn register(
        &self,
        computer: &ComputerId,
        registration: &Registration,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.register_all(&[(computer, registration)], at).await
    }

    /// The same for a set of computers, in one transaction.
    ///
    /// # Errors
    /// Those of the database; then none of the set is registered.
    pub async fn register_all(
        &self,
        registrations: &[(&ComputerId, &Registration)],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let mut change = self.database.write("registering computers").await?;
        let computers = registrations.iter().map(|(computer, _)| (*computer, at));
        let numbers = number_computers(&mut change, computers).await?;
        for (computer, registration) in registrations {
            let Some(number) = numbers.get(*computer).copied() else { continue };
            keep_registration(&mut change, number, registration, at).await?;
            change.run(statement::COMPUTER_REGISTERED, [number.into(), micros(at).into()]).await?;
        }
        change.commit().await
    }
}

/// Keeps what is told of a computer, in the place of what was told before.
pub(crate) async fn keep_registration(
    change: &mut Transaction,
    number: i32,
    registration: &Registration,
    at: Timestamp,
) -> Result<(), StoreError> {
    let Registration { os_major, os_minor, os_build, manufacturer, model, architecture, json } = registration;
    let values: [Value; 9] = [
        number.into(),
        micros(at).into(),
        (*os_major).into(),
        (*os_minor).into(),
        (*os_build).into(),
        manufacturer.as_str().into(),
        model.as_str().into(),
        architecture.as_str().into(),
        json.as_str().into(),
    ];
    change.run(statement::REGISTRATION_SET, values).await.map(drop)
}
