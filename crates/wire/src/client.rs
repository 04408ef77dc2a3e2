//! The messages of the Client service (MS-WUSP 2.2.2.2), in both directions.
//!
//! A field is optional where a client may leave it out; whether that is a fault depends on the
//! cookie having been opened first, so the server decides it. Lists that may be absent without
//! meaning anything by it are plain.

mod config;
mod cookie;
mod decryption;
mod deployment;
mod device;
mod extended;
mod extended2;
mod locations;
mod refresh;
mod register;
mod scan;
mod sync;
mod timestamps;

pub use config::{
    Architecture, AuthPlugInInfo, ClientConfiguration, Config, ConfigurationProperty, GetConfig, GetConfig2, OsVersion,
};
pub use cookie::{AuthorizationCookie, Cookie, GetCookie};
pub use decryption::{DecryptionInformation, InvalidDecryptionInformation};
pub use deployment::{Deployment, DeploymentFlags};
pub use device::{Device, ExtensionDriver, InstalledDriver};
pub use extended::{ExtendedUpdateInfo, GetExtendedUpdateInfo, InfoType, UpdateData};
pub use extended2::{ExtendedUpdateInfo2, FileDecryption, GetExtendedUpdateInfo2, UpdateEncryptionDetail};
pub use locations::{FileLocation, GetFileLocations, GetFileLocationsResults};
pub use refresh::{RefreshCache, RefreshCacheResult};
pub use register::{ComputerInfo, RegisterComputer};
pub use scan::{CategoryRelationship, CategoryScan, StartCategoryScan};
pub use sync::{SyncInfo, SyncPrinterCatalog, SyncUpdateParameters, SyncUpdates, UpdateInfo};
pub use timestamps::GetTimestamps;
