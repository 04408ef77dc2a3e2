//! What a client asks about revisions it may install: GetExtendedUpdateInfo, GetExtendedUpdateInfo2, GetFileLocations.

use std::collections::{HashMap, HashSet};

use model::{ContentFile, RevisionId, Sha1, UpdateIdentity};
use wire::client::{
    DecryptionInformation, ExtendedUpdateInfo, ExtendedUpdateInfo2, FileDecryption, FileLocation,
    GetExtendedUpdateInfo, GetExtendedUpdateInfo2, GetFileLocations, GetFileLocationsResults, InfoType, UpdateData,
    UpdateEncryptionDetail,
};

use super::exchange::Origin;
use super::handshake::EXTENDED_MAX;
use super::refusal::Refusal;
use super::session::{Session, View};
use crate::app::App;
use crate::config::ContentMode;

/// GetExtendedUpdateInfo (MS-WUSP 3.1.5.9). With Extended go the locations of all files, held or not:
/// an offered update without one makes a stock client find nothing, silently (native-behaviour §2.5).
pub(super) async fn extended(
    app: &App,
    origin: &Origin,
    session: &Session,
    request: &GetExtendedUpdateInfo,
) -> Result<ExtendedUpdateInfo, Refusal> {
    let asked = &request.revision_ids;
    if asked.len() > EXTENDED_MAX {
        return Err(Refusal::parameter("revisionIDs"));
    }
    let types = request.info_types.as_deref().ok_or_else(|| Refusal::parameter("infoTypes"))?;
    let locales = locales(types, request.locales.as_deref())?;
    let view = session.view(app).await?;
    let (deployed, out_of_scope) = split(&view, asked.iter().copied());
    let updates = fragments(app, types, &deployed, &locales).await?;
    let wants_files = types.iter().any(|kind| matches!(kind, InfoType::Extended | InfoType::FileUrl));
    let files = if wants_files { app.fragments.files(&app.store, &deployed).await? } else { Vec::new() };
    Ok(ExtendedUpdateInfo {
        updates,
        file_locations: locations(app, origin, &files).await?,
        out_of_scope_revision_ids: out_of_scope,
    })
}

/// GetExtendedUpdateInfo2 (MS-WUSP 2.2.2.2.10): by global name, and with what opens encrypted files.
pub(super) async fn extended2(
    app: &App,
    origin: &Origin,
    session: &Session,
    request: &GetExtendedUpdateInfo2,
) -> Result<ExtendedUpdateInfo2, Refusal> {
    let asked = request.update_ids.as_deref().ok_or_else(|| Refusal::parameter("updateIDs"))?;
    if asked.len() > EXTENDED_MAX {
        return Err(Refusal::parameter("updateIDs"));
    }
    let types = request.info_types.as_deref().ok_or_else(|| Refusal::parameter("infoTypes"))?;
    let locales = locales(types, request.locales.as_deref())?;
    let view = session.view(app).await?;
    let known: HashMap<RevisionId, UpdateIdentity> =
        asked.iter().filter_map(|identity| Some((view.snapshot.revision_of(*identity)?, *identity))).collect();
    let (deployed, _) = split(&view, asked.iter().filter_map(|identity| view.snapshot.revision_of(*identity)));
    let updates = fragments(app, types, &deployed, &locales).await?;
    let wants_files = types.contains(&InfoType::FileUrl);
    let files = if wants_files { app.fragments.files(&app.store, &deployed).await? } else { Vec::new() };
    let info = ExtendedUpdateInfo2 {
        updates,
        file_locations: locations(app, origin, &files).await?,
        ..ExtendedUpdateInfo2::default()
    };
    match types.contains(&InfoType::FileDecryption) {
        true => with_keys(app, info, &deployed, &known).await,
        false => Ok(info),
    }
}

/// Adds what opens the encrypted files of revisions, and which revisions have any. In all forms that agents know: that of
/// native servers, its twin, and beside the address of a file that of agents since Windows 10 1803 (MS-WUSP notes 32, 33).
/// A digest of the encrypted file is not told, because no document says it.
async fn with_keys(
    app: &App,
    mut info: ExtendedUpdateInfo2,
    revisions: &[RevisionId],
    known: &HashMap<RevisionId, UpdateIdentity>,
) -> Result<ExtendedUpdateInfo2, Refusal> {
    let files = app.store.files_of(revisions).await?;
    let mut digests: Vec<Sha1> = files.iter().map(|(_, file)| file.sha1).collect();
    digests.sort_unstable();
    digests.dedup();
    let keys: HashMap<Sha1, Vec<u8>> = app.store.decryption_keys(&digests).await?.into_iter().collect();
    let opened = digests.iter().filter_map(|file| Some((file, keys.get(file)?)));
    let decryption = opened.map(|(file, key)| FileDecryption {
        file_digest: file.as_bytes().to_vec(),
        decryption_key: key.clone(),
        // Exactly one, the same as the key.
        security_data: vec![key.clone()],
    });
    info.file_decryption_data = decryption.collect();
    info.file_decryption_data2.clone_from(&info.file_decryption_data);
    for location in &mut info.file_locations {
        if let Some(key) = keys.get(&location.file_digest) {
            location.decryption_information = Some(DecryptionInformation::new(key.clone()).to_string());
            location.file_digest_algorithm = Some("SHA1".to_owned());
        }
    }
    let encrypted: HashSet<RevisionId> =
        files.iter().filter(|(_, file)| keys.contains_key(&file.sha1)).map(|(revision, _)| *revision).collect();
    let details = revisions.iter().filter_map(|revision| {
        let has_encrypted_files = encrypted.contains(revision);
        Some(UpdateEncryptionDetail { update_identity: *known.get(revision)?, has_encrypted_files })
    });
    // Of what is not encrypted nothing is said, as long as nothing is.
    if !encrypted.is_empty() {
        info.update_encryption_details = details.collect();
    }
    Ok(info)
}

/// GetFileLocations (MS-WUSP 3.1.5.10): the files that updates name; others have no entry.
pub(super) async fn file_locations(
    app: &App,
    origin: &Origin,
    session: &Session,
    request: &GetFileLocations,
) -> Result<GetFileLocationsResults, Refusal> {
    let asked = request.file_digests.as_deref().ok_or_else(|| Refusal::parameter("fileDigests"))?;
    let files = app.store.files_by_sha1(asked).await?;
    let file_locations = locations(app, origin, &files).await?;
    Ok(GetFileLocationsResults { file_locations, new_cookie: session.renewed(app) })
}

/// The languages to send, in lower case: those asked for, their first parts, and English always (2.2.2.2.6).
fn locales(types: &[InfoType], asked: Option<&[String]>) -> Result<Vec<String>, Refusal> {
    if !types.contains(&InfoType::LocalizedProperties) && !types.contains(&InfoType::Eula) {
        return Ok(Vec::new());
    }
    let asked = asked.ok_or_else(|| Refusal::parameter("locales"))?;
    let mut locales: Vec<String> = Vec::new();
    let mut add = |locale: &str| {
        if !locales.iter().any(|known| known == locale) {
            locales.push(locale.to_owned());
        }
    };
    for locale in asked.iter().map(|locale| locale.trim().to_lowercase()) {
        add(&locale);
        add(locale.split('-').next().unwrap_or_default());
    }
    add("en");
    Ok(locales)
}

/// Tells the revisions this computer may ask about from the others, each once.
fn split(view: &View, asked: impl Iterator<Item = RevisionId>) -> (Vec<RevisionId>, Vec<RevisionId>) {
    let mut seen = HashSet::new();
    asked.filter(|revision| seen.insert(*revision)).partition(|revision| view.snapshot.deployed(&view.scope, *revision))
}

/// One entry a fragment, kind by kind, as native orders them.
async fn fragments(
    app: &App,
    types: &[InfoType],
    revisions: &[RevisionId],
    locales: &[String],
) -> Result<Vec<UpdateData>, Refusal> {
    let mut updates = Vec::new();
    for kind in types {
        let found = match kind {
            InfoType::Core => app.fragments.core(&app.store, revisions).await?,
            InfoType::Extended => app.fragments.extended(&app.store, revisions).await?,
            InfoType::LocalizedProperties => app.fragments.localized(&app.store, revisions, locales).await?,
            InfoType::Eula => app.fragments.eulas(&app.store, revisions, locales).await?,
            // Named in the enumeration without a definition, or answered elsewhere.
            InfoType::Published
            | InfoType::VerificationRule
            | InfoType::FileUrl
            | InfoType::FileDecryption
            | InfoType::Other(_) => Vec::new(),
        };
        updates.extend(found.into_iter().map(|(id, xml)| UpdateData { id, xml }));
    }
    Ok(updates)
}

/// Where each file is, each digest once. The host is the one the client used, the port the content's own; when no content
/// is kept here, it is where its publisher serves it, as far as that is known.
async fn locations(app: &App, origin: &Origin, files: &[ContentFile]) -> Result<Vec<FileLocation>, Refusal> {
    let elsewhere: HashMap<Sha1, String> = match app.config.content.mode {
        ContentMode::None => {
            let digests: Vec<Sha1> = files.iter().map(|file| file.sha1).collect();
            app.store.file_locations(&digests).await?.into_iter().collect()
        }
        _ => HashMap::new(),
    };
    let host = origin.host.as_deref().unwrap_or("localhost");
    let port = app.content_port();
    let mut seen = HashSet::new();
    let once = files.iter().filter(|file| seen.insert(file.sha1));
    let locations = once.map(|file| {
        if let Some(url) = elsewhere.get(&file.sha1) {
            return FileLocation::new(file.sha1, url.clone());
        }
        let extension = file.name.extension().unwrap_or_default();
        let address = content::address(&file.sha1, &extension);
        FileLocation::new(file.sha1, format!("http://{host}:{port}/Content/{address}"))
    });
    Ok(locations.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_is_always_sent_and_regions_fall_back_to_their_language() {
        let types = [InfoType::LocalizedProperties];
        let asked = |list: &[&str]| {
            let list: Vec<String> = list.iter().map(ToString::to_string).collect();
            locales(&types, Some(&list)).unwrap()
        };
        assert_eq!(asked(&["en-US", "en"]), ["en-us", "en"]);
        assert_eq!(asked(&["de-CH"]), ["de-ch", "de", "en"]);
        assert!(locales(&types, None).is_err());
        assert!(locales(&[InfoType::Extended], None).unwrap().is_empty());
    }
}
