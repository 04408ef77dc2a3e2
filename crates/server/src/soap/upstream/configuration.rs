//! GetConfigData (server-server.md §5).

use std::num::NonZeroU32;

use model::Languages;
use policy::FileChoice;
use wire::limits;
use wire::server::{ConfigData, GetConfigData, Language};

use super::session;
use crate::app::App;
use crate::config::ContentMode;
use crate::languages;
use crate::soap::refusal::Refusal;
use crate::sync::settings;

/// What is spoken, as native.
const PROTOCOL: model::ProtocolVersion = model::ProtocolVersion::new(1, 20);

/// How this server is set up. All languages are told each time: there are forty, and whoever asks has them right then.
pub(super) async fn data(app: &App, request: &GetConfigData) -> Result<ConfigData, Refusal> {
    session::open(app, request.cookie.as_ref()).await?;
    if let Some(anchor) = &request.config_anchor {
        let since = session::generation(anchor, "configAnchor")?;
        session::snapshot(app, Some(since)).await?;
    }
    let mark = app.publisher.current(app).await?.mark();
    let most = |limit: limits::Limit| u32::try_from(limit.max).ok().and_then(NonZeroU32::new);
    // Files in others are not fetched here, unless they are asked for by name.
    let subscription = settings::subscription(&app.store).await?;
    let chosen = FileChoice::new(&subscription.languages, app.config.content.express);
    let has_all = subscription.languages.is_empty();
    let all = Language { id: 0, short_name: "all".to_owned(), long_name: "all".to_owned(), enabled: has_all };
    let languages = languages::ALL.iter().map(|language| Language {
        id: language.id,
        short_name: language.short_name.to_owned(),
        long_name: language.long_name.to_owned(),
        enabled: chosen.speaks(&Languages::of([language.short_name])),
    });
    Ok(ConfigData {
        catalog_only_sync: app.config.content.mode == ContentMode::None,
        lazy_sync: app.config.content.mode != ContentMode::Everything,
        server_hosts_psf_files: app.config.content.express,
        max_updates_per_request: most(limits::UPDATE_DATA),
        // Only Microsoft's service has drivers by device.
        max_driver_sets_per_request: None,
        max_computer_ids_in_request: None,
        max_pnp_hardware_ids_in_request: None,
        new_config_anchor: session::anchor(mark, app.now())?,
        protocol_version: Some(PROTOCOL),
        languages: std::iter::once(all).chain(languages).collect(),
        max_updates_per_decryption_request: most(limits::DECRYPTION_DATA),
    })
}
