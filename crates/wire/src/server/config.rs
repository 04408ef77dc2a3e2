use std::num::NonZeroU32;

use model::ProtocolVersion;

use super::{Anchor, Cookie};
use crate::input::Input;
use crate::output::Output;
use crate::values::Wire;
use crate::{Problem, limits};

/// Asks how the upstream server is set up (MS-WSUSSS 3.1.4.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetConfigData {
    /// The session.
    pub cookie: Option<Cookie>,
    /// `new_config_anchor` of the last answer, if there was one.
    pub config_anchor: Option<Anchor>,
}

impl Wire for GetConfigData {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let mut request = Self::default();
        input.parameters(|input, name| {
            match name {
                "cookie" => request.cookie = Some(input.value()?),
                "configAnchor" => request.config_anchor = input.value()?,
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(request)
    }

    fn write(&self, out: &mut Output) {
        out.optional("cookie", self.cookie.as_ref());
        out.optional("configAnchor", self.config_anchor.as_ref());
    }
}

/// How the upstream server is set up.
///
/// A maximum is `None` where the server does not use it or does not say it; 0 stands on the wire then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigData {
    /// The server has no content: files come from [`FileUrl::mu_url`](super::FileUrl::mu_url).
    pub catalog_only_sync: bool,
    /// Content comes once it is approved or asked for.
    pub lazy_sync: bool,
    /// Express files are hosted.
    pub server_hosts_psf_files: bool,
    /// Of [`GetUpdateData`](super::GetUpdateData); 100 everywhere.
    pub max_updates_per_request: Option<NonZeroU32>,
    /// Of [`GetDriverSetData`](super::GetDriverSetData); 100 with Microsoft, none with native WSUS.
    pub max_driver_sets_per_request: Option<NonZeroU32>,
    /// Of [`GetDriverIdList`](super::GetDriverIdList); 200 with Microsoft, none with native WSUS.
    pub max_computer_ids_in_request: Option<NonZeroU32>,
    /// Of [`GetDriverIdList`](super::GetDriverIdList); 450 with Microsoft, none with native WSUS.
    pub max_pnp_hardware_ids_in_request: Option<NonZeroU32>,
    /// Up to where this answer goes.
    pub new_config_anchor: Anchor,
    /// The protocol the server speaks; `None` when it does not say so in two numbers.
    pub protocol_version: Option<ProtocolVersion>,
    /// Language 0, `all`, always; and the languages that changed since the anchor of the request.
    pub languages: Vec<Language>,
    /// Of [`GetUpdateDecryptionData`](super::GetUpdateDecryptionData); 100 with native WSUS, 500 with Microsoft.
    pub max_updates_per_decryption_request: Option<NonZeroU32>,
}

impl Wire for ConfigData {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut catalog_only_sync, mut lazy_sync, mut server_hosts_psf_files) = (false, false, false);
        let (mut updates, mut driver_sets, mut computers, mut hardware, mut decryption) = (0, 0, 0, 0, 0);
        let (mut anchor, mut protocol_version, mut languages) = (None, None, Vec::new());
        input.fields(|input, name| {
            match name {
                "CatalogOnlySync" => catalog_only_sync = input.value()?,
                "LazySync" => lazy_sync = input.value()?,
                "ServerHostsPsfFiles" => server_hosts_psf_files = input.value()?,
                "MaxNumberOfUpdatesPerRequest" => updates = input.value()?,
                "MaxNumberOfDriverSetsPerRequest" => driver_sets = input.value()?,
                "MaxNumberOfComputerIdsInRequest" => computers = input.value()?,
                "MaxNumberOfPnpHardwareIdsInRequest" => hardware = input.value()?,
                "NewConfigAnchor" => anchor = Some(input.value()?),
                "ProtocolVersion" => protocol_version = input.text(limits::TEXT)?.parse().ok(),
                "LanguageUpdateList" => {
                    input.list("ServerSyncLanguageData", limits::LANGUAGES, &mut languages)?;
                }
                "MaxUpdatesPerRequestInGetUpdateDecryptionData" => decryption = input.value()?,
                _ => input.skip()?,
            }
            Ok(())
        })?;
        Ok(Self {
            catalog_only_sync,
            lazy_sync,
            server_hosts_psf_files,
            max_updates_per_request: NonZeroU32::new(updates),
            max_driver_sets_per_request: NonZeroU32::new(driver_sets),
            max_computer_ids_in_request: NonZeroU32::new(computers),
            max_pnp_hardware_ids_in_request: NonZeroU32::new(hardware),
            new_config_anchor: input.required(anchor, "NewConfigAnchor")?,
            protocol_version,
            languages,
            max_updates_per_decryption_request: NonZeroU32::new(decryption),
        })
    }

    /// In the order of MS-WSUSSS 3.1.4.4.3.1, which Microsoft's service sends as well, and readers that demand an order
    /// expect; that of the appendix, which Windows Server 2025 sends, is alphabetical by accident.
    fn write(&self, out: &mut Output) {
        let maximum = |out: &mut Output, name, value: Option<NonZeroU32>| {
            out.field(name, &value.map_or(0, NonZeroU32::get));
        };
        out.field("CatalogOnlySync", &self.catalog_only_sync);
        out.field("LazySync", &self.lazy_sync);
        out.field("ServerHostsPsfFiles", &self.server_hosts_psf_files);
        maximum(out, "MaxNumberOfUpdatesPerRequest", self.max_updates_per_request);
        maximum(out, "MaxNumberOfDriverSetsPerRequest", self.max_driver_sets_per_request);
        maximum(out, "MaxNumberOfComputerIdsInRequest", self.max_computer_ids_in_request);
        maximum(out, "MaxNumberOfPnpHardwareIdsInRequest", self.max_pnp_hardware_ids_in_request);
        out.field("NewConfigAnchor", &self.new_config_anchor);
        out.optional("ProtocolVersion", self.protocol_version.as_ref());
        out.array("LanguageUpdateList", "ServerSyncLanguageData", &self.languages);
        maximum(out, "MaxUpdatesPerRequestInGetUpdateDecryptionData", self.max_updates_per_decryption_request);
    }
}

/// A language of the upstream server, and whether it takes updates in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Language {
    /// `LanguageID`: the locale's number, such as 1033; 0 stands for all languages.
    pub id: i32,
    /// `ShortLanguage`, such as `en`; `all`.
    pub short_name: String,
    /// `LongLanguage`, such as `English`; `all`.
    pub long_name: String,
    /// Updates in it are taken.
    pub enabled: bool,
}

impl Wire for Language {
    fn read(input: &mut Input<'_>) -> Result<Self, Problem> {
        let (mut language, mut id) = (Self::default(), None);
        input.fields(|input, name| {
            match name {
                "LanguageID" => id = Some(input.value()?),
                "ShortLanguage" => language.short_name = input.value()?,
                "LongLanguage" => language.long_name = input.value()?,
                "Enabled" => language.enabled = input.value()?,
                _ => input.skip()?,
            }
            Ok(())
        })?;
        language.id = input.required(id, "LanguageID")?;
        Ok(language)
    }

    fn write(&self, out: &mut Output) {
        out.field("LanguageID", &self.id);
        out.field("ShortLanguage", &self.short_name);
        out.field("LongLanguage", &self.long_name);
        out.field("Enabled", &self.enabled);
    }
}
