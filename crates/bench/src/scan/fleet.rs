use std::collections::HashSet;
use std::thread;

use anyhow::{Context as _, ensure};
use model::RevisionId;
use testkit::random::Random;

use super::asking::{Asking, Seal, Template};
use super::computer::{Computer, Office};
use crate::estate::{BUILDS, computer};

/// Distinct sets of installed updates among odd computers: far more than a server can be expected to remember.
pub(crate) const ODD_SETS_MAX: usize = 5_000;
/// Installed updates that a build's odd computers may lack: facts and steps of Windows, at the end of its list.
const MAY_LACK: usize = 40;
/// Tries to find a set that is not there yet.
const TRIES: usize = 100;

/// What repeat scans are drawn from.
pub(crate) struct Fleet {
    /// The odd ones come first.
    pub(crate) asking: Asking,
    odd: usize,
    /// Distinct sets of installed updates among the odd computers.
    pub(crate) odd_sets: usize,
    /// Ids in the first request.
    pub(crate) known: usize,
}

impl Fleet {
    /// Its odd computers, if there are any: all that is left.
    pub(super) fn odd_alone(self) -> Option<Asking> {
        let Asking { templates, mut computers } = self.asking;
        computers.truncate(self.odd);
        (!computers.is_empty()).then_some(Asking { templates, computers })
    }
}

/// `count` computers at full cache, of which `odd_percent` in 100 are odd: each of those lacks two or three of the
/// updates of its build, and has scanned.
pub(super) fn assemble(
    office: &Office,
    seal: &Seal,
    builds: &[Computer],
    count: usize,
    odd_percent: usize,
    connections: usize,
) -> anyhow::Result<Fleet> {
    let odd = count * odd_percent / 100;
    let sets = sets(office, builds, odd.min(ODD_SETS_MAX));
    let mut templates = Vec::with_capacity(builds.len() + sets.len());
    for build in builds {
        templates.push(Template::new(office, seal, build.cookie(), &build.sync_updates())?);
    }
    thread::scope(|scope| {
        let share = sets.len().div_ceil(connections).max(1);
        let one = |sets: &[(usize, Vec<RevisionId>)], first: usize| {
            let mut connection = office.connect()?;
            let mut templates = Vec::with_capacity(sets.len());
            for (number, (build, lacks)) in (first..).zip(sets) {
                let build = builds.get(*build).context("there is no such build")?;
                let id = computer(number)?;
                let cookie = seal.cookie(&seal.open(build.cookie())?, id.clone());
                let mut odd = build.without(id, cookie, lacks);
                odd.settle(office, &mut connection)?;
                templates.push(Template::new(office, seal, odd.cookie(), &odd.sync_updates())?);
            }
            anyhow::Ok(templates)
        };
        let shares = sets.chunks(share).zip((0..).map(|part| part * share));
        let workers: Vec<_> = shares.map(|(sets, first)| scope.spawn(move || one(sets, first))).collect();
        for worker in workers {
            templates.extend(worker.join().ok().context("a computer failed")??);
        }
        anyhow::Ok(())
    })?;
    let computers = (0..count).map(|number| {
        let template = if number < odd { builds.len() + number % sets.len() } else { number % builds.len() };
        let asked = templates.get(template).context("there is no such template")?;
        let cookie = seal.text(&asked.session, computer(number)?);
        ensure!(asked.takes(&cookie), "cookies are not all of one length");
        Ok((template, cookie.into_boxed_str()))
    });
    let computers = computers.collect::<anyhow::Result<_>>()?;
    let known = builds.first().map_or(0, Computer::knows);
    Ok(Fleet { asking: Asking { templates, computers }, odd, odd_sets: sets.len(), known })
}

/// Distinct pairs of a build and what it lacks.
fn sets(office: &Office, builds: &[Computer], count: usize) -> Vec<(usize, Vec<RevisionId>)> {
    let mut random = Random::new(BUILDS as u64);
    let candidates: Vec<Vec<RevisionId>> = builds.iter().map(|build| may_lack(office, build)).collect();
    let mut seen = HashSet::new();
    (0..count * TRIES)
        .filter_map(|attempt| {
            let build = attempt % candidates.len();
            let mut from = candidates.get(build)?.clone();
            random.shuffle(&mut from);
            from.truncate(random.between(2, 3));
            from.sort_unstable();
            seen.insert((build, from.clone())).then_some((build, from))
        })
        .take(count)
        .collect()
}

fn may_lack(office: &Office, build: &Computer) -> Vec<RevisionId> {
    let ends = office.last_installed(build.build(), MAY_LACK);
    let is_at_end = |revision: &RevisionId| office.update_of(*revision).is_some_and(|update| ends.contains(&update));
    build.installed().iter().copied().filter(is_at_end).collect()
}
