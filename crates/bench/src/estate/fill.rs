use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use anyhow::{Context as _, anyhow, ensure};
use jiff::Timestamp;
use model::{ApprovalAction, Revision, TargetGroupId, UpdateId, UpdateType};
use server::admin::api::Outcome;
use server::import::Offered;
use server::{App, Config};
use store::{Contact, ContactEvent, Location, Registration, Store};
use testkit::catalogs;
use testkit::random::Random;

use super::{BUILDS, Estate, Size, Wanted, computer, dns_name};

/// Decisions in force: real deployments approve hundreds.
const APPROVED_MAX: usize = 500;
/// Hardware ids that are remembered, of all that drivers are for.
const HARDWARE_IDS_KEPT: usize = 20_000;
/// Documents in one transaction.
const SET: usize = 2_000;
/// Sets that wait while one is imported.
const SETS_WAITING: usize = 2;
/// Computers in one transaction.
const COMPUTERS_IN_SET: usize = 10_000;

/// Fills the database of `data_dir`, or the PostgreSQL at `url`, in this process and with the server's own code.
pub(crate) fn fill(data_dir: &Path, url: Option<&str>, wanted: &Wanted) -> anyhow::Result<Estate> {
    let catalog = catalogs::large(wanted.shape());
    let builds: Vec<Vec<UpdateId>> = (0..BUILDS).map(|build| catalog.installed(build)).collect();
    let mut config = Config::default();
    config.database.url = url.map(str::to_owned);
    let location =
        url.map_or_else(|| Location::Sqlite(data_dir.join("vanne.db")), |url| Location::Postgres(url.into()));

    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("could not start a runtime")?;
    let (sets, made) = sync_channel(SETS_WAITING);
    let usual: HashSet<UpdateId> = builds.iter().flatten().copied().collect();
    let maker = thread::spawn(move || make(catalog, &usual, &sets));
    runtime.block_on(import(data_dir, config, made))?;
    let made = maker.join().ok().context("a catalog could not be made")?;

    let mut approved = made.bundles;
    Random::new(wanted.seed).shuffle(&mut approved);
    approved.truncate(APPROVED_MAX);
    let mut hardware_ids = made.hardware_ids;
    Random::new(wanted.seed).shuffle(&mut hardware_ids);
    hardware_ids.truncate(HARDWARE_IDS_KEPT);
    runtime.block_on(decide(&location, &approved, wanted.computers))?;
    let size = Size { seed: wanted.seed, approved: approved.len(), computers: wanted.computers, ..made.size };
    Ok(Estate { size, builds, approved, hardware_ids, kept: data_dir.to_owned() })
}

/// What was seen while the documents were made.
#[derive(Default)]
struct Made {
    size: Size,
    /// Bundles that computers of some build are told of.
    bundles: Vec<UpdateId>,
    hardware_ids: Vec<model::HardwareId>,
}

/// Writes the documents, set by set, until all are written or nobody takes them.
fn make(catalog: catalogs::Large, usual: &HashSet<UpdateId>, sets: &SyncSender<Vec<Offered>>) -> Made {
    let mut made = Made::default();
    let mut set = Vec::with_capacity(SET);
    for draft in catalog {
        made.note(draft.revision(), usual);
        let document = draft.finish();
        made.size.document_bytes += document.document.len();
        made.size.document_bytes_max = made.size.document_bytes_max.max(document.document.len());
        set.push(Offered { name: document.file_name, bytes: document.document.into_bytes(), expected: None });
        if set.len() == SET && sets.send(std::mem::take(&mut set)).is_err() {
            return made;
        }
    }
    // Nobody takes it only after an error, which is told by who found it.
    let _ = sets.send(set);
    made
}

impl Made {
    fn note(&mut self, revision: Revision, usual: &HashSet<UpdateId>) {
        self.size.revisions += 1;
        match revision.update_type {
            UpdateType::Category | UpdateType::Detectoid => self.size.facts += 1,
            UpdateType::Software => self.size.software += 1,
            UpdateType::Driver => self.size.drivers += 1,
        }
        let relations = &revision.relations;
        let is_met = |clause: &model::Clause| clause.members.iter().any(|member| usual.contains(member));
        if !relations.bundled.is_empty() && relations.prerequisites.iter().all(is_met) {
            self.bundles.push(revision.identity.update_id);
        }
        self.size.hardware_ids += revision.drivers.len();
        // Of each driver one is enough: what is kept is a sample.
        self.hardware_ids.extend(revision.drivers.into_iter().next().map(|driver| driver.hardware_id));
    }
}

async fn import(data_dir: &Path, config: Config, sets: Receiver<Vec<Offered>>) -> anyhow::Result<()> {
    let app = App::open(data_dir, config, Arc::new(Timestamp::now)).await.context("could not make the database")?;
    while let Ok(set) = tokio::task::block_in_place(|| sets.recv()) {
        let outcomes =
            server::import::import(&app, set).await.map_err(|error| anyhow!("a set was not imported: {error:?}"))?;
        let refused = outcomes.iter().find(|outcome| !matches!(outcome.outcome, Outcome::Added { .. }));
        ensure!(refused.is_none(), "a document was not added: {refused:?}");
    }
    Ok(())
}

/// Approves bundles for everyone and registers computers.
async fn decide(location: &Location, approved: &[UpdateId], computers: usize) -> anyhow::Result<()> {
    let now = Timestamp::now();
    let store = Store::open(location, now).await?;
    store.approve(approved, TargetGroupId::ALL_COMPUTERS, ApprovalAction::Install, None, now).await?;
    let registration = Registration {
        os_major: 10,
        os_build: 26_200,
        manufacturer: "Fabrikam".into(),
        model: "Laptop 7".into(),
        architecture: "amd64".into(),
        json: "{}".into(),
        ..Registration::default()
    };
    let numbers: Vec<usize> = (0..computers).collect();
    for set in numbers.chunks(COMPUTERS_IN_SET) {
        let contact = |number: &usize| -> anyhow::Result<Contact> {
            Ok(Contact {
                computer: computer(*number)?,
                at: now,
                address: "127.0.0.1".into(),
                dns_name: Some(dns_name(*number)),
                requested_groups: None,
                protocol: None,
                agent: "Windows-Update-Agent".into(),
                installed: None,
                event: ContactEvent::Authorization,
            })
        };
        let contacts = set.iter().map(contact).collect::<anyhow::Result<Vec<Contact>>>()?;
        store.see_computers(&contacts).await?;
        let registrations: Vec<_> = contacts.iter().map(|contact| (&contact.computer, &registration)).collect();
        store.register_all(&registrations, now).await?;
    }
    // Leaves SQLite in one file, which can be copied.
    store.close().await;
    Ok(())
}
