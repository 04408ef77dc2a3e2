//! What an archive is to be: the request, read and checked.

use std::path::{Path, PathBuf};

use archive::{Base, Handovers, Needs, OpenError, Server, Signed, Split, Wanted};
use model::{ChangeMark, Sha1, Sha256, Timestamp, UpdateIdentity};
use trust::{Fingerprint, SigningKey};

use super::selection::Selection;
use crate::admin::api::ExportRequest;
use crate::air_gap::{AirGapError, blocking, keys, lineage};
use crate::app::App;

/// A request for an archive.
pub(super) struct Order {
    pub(super) to: PathBuf,
    pub(super) split: Split,
    pub(super) decisions: bool,
    pub(super) since: Option<Since>,
    pub(super) needs: Option<Asked>,
    pub(super) selection: Option<Selection>,
    /// Who exports.
    pub(super) server: Server,
    pub(super) key: SigningKey,
    /// How it came from those before it.
    pub(super) handovers: Handovers,
}

/// The archive that this one goes on from.
#[derive(Clone, Copy)]
pub(super) struct Since {
    pub(super) base: Base,
    /// Up to where it has the changes of this server.
    pub(super) mark: ChangeMark,
    /// As of when it has what was held.
    pub(super) made_at: Timestamp,
}

/// A list of needs.
pub(super) struct Asked {
    pub(super) list: Needs,
    pub(super) wanted: Wanted,
    pub(super) digest: Sha256,
}

impl Order {
    pub(super) async fn read(app: &App, request: ExportRequest) -> Result<Self, AirGapError> {
        let ExportRequest { to, since, needs, products, classifications, split, decisions } = request;
        let is_narrow = !products.is_empty() || !classifications.is_empty();
        if [since.is_some(), needs.is_some(), is_narrow].into_iter().filter(|limited| *limited).count() > 1 {
            return Err(AirGapError::TwoLimits);
        }
        let selection = match is_narrow {
            true => Some(Selection::read(app, products, classifications).await?),
            false => None,
        };
        refuse_relative("the folder", &to)?;
        since.iter().try_for_each(|folder| refuse_relative("the folder of the earlier archive", folder))?;
        needs.iter().try_for_each(|file| refuse_relative("the list of needs", file))?;
        let split = split.map_or(Ok(Split::LARGEST), |split| split.parse())?;
        let (server, key) = (keys::identity(app).await?, keys::own(&app.store).await?);
        let handovers = keys::handovers(&app.store).await?;
        let mut own: Vec<Fingerprint> = handovers.old().collect();
        own.push(key.verifying_key().fingerprint());
        let order = blocking(move || {
            let since = since.map(|folder| read_base(folder, &server, &own)).transpose()?;
            let needs = needs.map(read_needs).transpose()?;
            Ok(Self { to, split, decisions, since, needs, selection, server, key, handovers })
        })
        .await?;
        let last = lineage::last_sequence(&app.store).await?;
        match order.since {
            // Whatever its database holds now, it is not what that archive goes up to.
            Some(Since { base, .. }) if base.sequence > last => {
                Err(AirGapError::Restored { base: base.sequence, last })
            }
            _ => Ok(order),
        }
    }
}

impl Order {
    /// What an archive that does not carry all says it was limited by.
    pub(super) fn limit(&self) -> Option<Sha256> {
        let needs = self.needs.as_ref().map(|needs| needs.digest);
        needs.or(self.selection.as_ref().map(|selection| selection.digest))
    }

    /// Whether a revision is not left out by a limit.
    pub(super) fn goes(&self, identity: &UpdateIdentity) -> bool {
        self.needs.as_ref().is_none_or(|needs| needs.wanted.revision(identity))
            && self.selection.as_ref().is_none_or(|selection| selection.revisions.contains(identity))
    }

    /// Whether a content file is not left out by a limit.
    pub(super) fn goes_along(&self, sha1: &Sha1, sha256: &Sha256) -> bool {
        self.needs.as_ref().is_none_or(|needs| needs.wanted.file(sha1, sha256))
            && self.selection.as_ref().is_none_or(|selection| selection.files.contains(sha1))
    }
}

pub(in crate::air_gap) fn refuse_relative(what: &'static str, path: &Path) -> Result<(), AirGapError> {
    if path.is_absolute() { Ok(()) } else { Err(AirGapError::NotWhole { what, path: path.to_owned() }) }
}

/// Only this server's own archives can be gone on from, so that only its own keys count: that of now and those before.
fn read_base(folder: PathBuf, server: &Server, own: &[Fingerprint]) -> Result<Since, AirGapError> {
    let signed = match Signed::open(&[folder], own) {
        Err(OpenError::UnknownSigner { archive, signer }) => return Err(AirGapError::ForeignBase { archive, signer }),
        signed => signed?,
    };
    let base = signed.as_base(server.id)?;
    Ok(Since { base, mark: signed.manifest.mark, made_at: signed.manifest.made_at })
}

fn read_needs(path: PathBuf) -> Result<Asked, AirGapError> {
    let list = Needs::open(&path).map_err(|source| AirGapError::Needs { path, source })?;
    Ok(Asked { wanted: list.wanted(), digest: list.digest(), list })
}
