//! Whom to trust with files: the policy that comes with the program, and what the configuration adds to it.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::trust::DigestSha256;
use arc_swap::ArcSwap;
use authenticode::limits::CRL_BYTES_MAX;
use authenticode::{Policy, RevocationLists, Trust};
use model::Sha256;
use store::ListPlace;

use super::intent::Kind;
use super::rule::Promise;
use crate::app::App;
use crate::config::SignaturesConfig;

/// The version of the rule that weighs verdicts, and of everything in `authenticode` that they follow from: raised with any
/// change there that lets through less or more, so that every file is judged anew.
const RULE: u8 = 2;
/// Most lists that are read of the folder.
const LISTS_MAX: usize = 1_000;

/// Everything that decides about files, but for what they are said to be.
#[derive(Clone)]
pub(crate) struct Judges {
    pub(super) trust: Arc<Trust>,
    pub(super) demands_revocation: bool,
    pub(super) by_reference: bool,
    /// Nothing that the configuration names is missing. Otherwise what was proven before counts on.
    pub(super) is_complete: bool,
    /// Lists that were read,
    lists: BTreeSet<PathBuf>,
    /// and files beside them that are none.
    unreadable: BTreeSet<PathBuf>,
}

/// The judges in office, who may be renewed.
pub(crate) struct InOffice {
    config: SignaturesConfig,
    current: ArcSwap<Judges>,
}

/// Why it is not known whom to trust with files.
#[derive(Debug, thiserror::Error)]
enum SignaturesError {
    /// A file cannot be read.
    #[error("could not read {}, which signatures.{key} names", path.display())]
    Unreadable {
        /// The key of the configuration.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// An authority that was looked at is not named well enough.
    #[error("signatures.reviewed cannot be used")]
    Reviewed(#[source] authenticode::PolicyError),
    /// It is no certificate of an authority.
    #[error("{}, which signatures.publishers names, is no certificate of an authority: {source}", path.display())]
    Publisher {
        /// The file.
        path: PathBuf,
        /// Why.
        source: authenticode::PolicyError,
    },
}

impl InOffice {
    /// Those whom the configuration asks for. If a file of it cannot be read, a server starts all the same, and goes on giving
    /// away what was proven: only what is new to it is then judged, by what comes with the program.
    pub(crate) fn new(config: &SignaturesConfig, fetched: &[(ListPlace, Vec<u8>)]) -> Self {
        let judges = Judges::of(config, fetched).unwrap_or_else(|error| {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "whom to trust with files is not fully known; what was proven before goes on being given away"
            );
            let alone = Trust { policy: Policy::builtin(), revocation_lists: RevocationLists::new() };
            Judges { is_complete: false, ..Judges::with(config, alone) }
        });
        Self { config: config.clone(), current: ArcSwap::from_pointee(judges) }
    }

    /// Those who judge now.
    pub(crate) fn current(&self) -> Judges {
        Judges::clone(&self.current.load())
    }
}

/// Reads the files of the configuration again, and the lists that were fetched. What is known stays if one cannot be read, or is a list that was one before and
/// no longer is: what is known does not get less because somebody is copying.
pub(super) async fn renew(app: &App) {
    let (config, before) = (app.judges.config.clone(), app.judges.current());
    let fetched = match app.store.revocation_list_bodies().await {
        Ok(fetched) => fetched,
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::error!(
                error,
                "lists of revoked certificates were not read again; what they said before goes on to count"
            );
            return;
        }
    };
    let read = tokio::task::spawn_blocking(move || Judges::of(&config, &fetched)).await;
    match read {
        Ok(Ok(judges)) if judges.unreadable.is_disjoint(&before.lists) => {
            app.judges.current.store(Arc::new(judges));
        }
        Ok(Ok(judges)) => {
            let damaged: Vec<_> = judges.unreadable.intersection(&before.lists).map(|path| path.display()).collect();
            tracing::error!(
                files = ?damaged.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "lists of revoked certificates cannot be read any more; what they said before goes on to count"
            );
        }
        Ok(Err(error)) => tracing::error!(
            error = &error as &dyn std::error::Error,
            "whom to trust with files was not read again; what was known before goes on to count"
        ),
        Err(error) => tracing::error!(%error, "whom to trust with files was not read again to the end"),
    }
}

impl Judges {
    fn of(config: &SignaturesConfig, fetched: &[(ListPlace, Vec<u8>)]) -> Result<Self, SignaturesError> {
        let mut policy = Policy::builtin();
        for path in &config.publishers {
            let bytes = read(path).map_err(unreadable("publishers", path))?;
            policy
                .add_local_publisher(&bytes)
                .map_err(|source| SignaturesError::Publisher { path: path.clone(), source })?;
        }
        for reviewed in &config.reviewed {
            policy.add_reviewed(reviewed).map_err(SignaturesError::Reviewed)?;
        }
        let mut judges = Self::with(config, Trust { policy, revocation_lists: RevocationLists::new() });
        if let Some(folder) = &config.revocation_lists {
            judges.add_lists(folder).map_err(unreadable("revocation_lists", folder))?;
        }
        let lists = &mut Arc::make_mut(&mut judges.trust).revocation_lists;
        for (_, list) in fetched {
            // Each was read when it came.
            let _ = lists.add(list);
        }
        Ok(judges)
    }

    fn with(config: &SignaturesConfig, trust: Trust) -> Self {
        Self {
            trust: Arc::new(trust),
            demands_revocation: config.require_revocation,
            by_reference: config.by_reference,
            is_complete: true,
            lists: BTreeSet::new(),
            unreadable: BTreeSet::new(),
        }
    }

    /// Adds the lists in `folder`. What is none is passed over, and said so: the others still count.
    fn add_lists(&mut self, folder: &Path) -> io::Result<()> {
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            // By what a link leads to: folders are often links to a version.
            if fs::metadata(&path).is_ok_and(|metadata| metadata.is_file()) {
                paths.push(path);
            }
        }
        if paths.len() > LISTS_MAX {
            return Err(io::Error::other(format!("there are more than {LISTS_MAX} files")));
        }
        paths.sort();
        for path in paths {
            let added = read(&path).map_err(|error| error.to_string());
            let lists = &mut Arc::make_mut(&mut self.trust).revocation_lists;
            match added.and_then(|bytes| lists.add(&bytes).map_err(|error| error.to_string())) {
                Ok(_) => drop(self.lists.insert(path)),
                Err(error) => {
                    let file = path.display();
                    tracing::warn!(%file, error, "this is no list of revoked certificates that can be used");
                    self.unreadable.insert(path);
                }
            }
        }
        Ok(())
    }

    /// Names everything that a verdict on a file follows from, but the time and the file.
    pub(super) fn basis(&self, kinds: &[Kind], promise: Promise) -> Sha256 {
        let mut digest = DigestSha256::new();
        digest.update(&[RULE, self.demands_revocation.into(), self.by_reference.into(), promise.has_sha256.into()]);
        digest.update(self.trust.policy.fingerprint().as_bytes());
        digest.update(self.trust.revocation_lists.id().as_bytes());
        kinds.iter().for_each(|kind| digest.update(&[*kind as u8]));
        digest.finish().0
    }

    /// Names the judges themselves.
    pub(super) fn id(&self) -> Sha256 {
        self.basis(&[], Promise { has_sha256: true })
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(CRL_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > CRL_BYTES_MAX {
        return Err(io::Error::other(format!("it has more than {CRL_BYTES_MAX} bytes")));
    }
    Ok(bytes)
}

fn unreadable(key: &'static str, path: &Path) -> impl FnOnce(io::Error) -> SignaturesError {
    move |source| SignaturesError::Unreadable { key, path: path.to_owned(), source }
}
