use std::time::Instant;

use anyhow::{Context as _, bail};
use model::RevisionId;
use wire::client::{Cookie, GetExtendedUpdateInfo, InfoType};
use wire::{Request, Response};

use crate::estate::Estate;
use crate::process::Server;
use crate::scan::asking::{Seal, Template};
use crate::scan::computer::{Computer, Office, Traffic};
use crate::scan::drivers::{Pass, devices};

/// Revisions in one GetExtendedUpdateInfo: `MaxExtendedUpdatesPerRequest` of native.
const DETAILS_MAX: usize = 50;

/// A first scan that was made.
pub(super) struct Recorded {
    /// Every request in order: software until nothing is new, drivers, details of what is approved.
    pub(super) steps: Vec<Step>,
    pub(super) software_trips: usize,
    pub(super) told: usize,
    pub(super) sent: usize,
    pub(super) received: usize,
    pub(super) seconds: f64,
    pub(super) cpu_seconds: f64,
}

/// One request, and how long its answer was.
pub(super) struct Step {
    pub(super) request: Template,
    pub(super) answer_bytes: usize,
}

impl Recorded {
    /// Lets the `number`th computer join and scan on `server`.
    pub(super) fn of(
        server: &Server,
        office: &Office,
        seal: &Seal,
        estate: &Estate,
        number: usize,
    ) -> anyhow::Result<Self> {
        let mut connection = office.connect()?;
        let mut computer = Computer::join(office, &mut connection, number)?;
        let mut seen: Vec<(Request, usize)> = Vec::new();
        let (cpu_before, started) = (server.process.cpu_seconds()?, Instant::now());

        let software =
            computer.scan_seen(office, &mut connection, |request, bytes| seen.push((request.clone(), bytes)))?;
        let mut pass = Pass {
            cookie: computer.cookie().clone(),
            installed: computer.installed().to_vec(),
            devices: devices(number, &estate.hardware_ids),
            cached: Vec::new(),
        };
        let drivers = pass.run(office, &mut connection, |request, bytes| seen.push((request.clone(), bytes)))?;
        let is_approved = |revision: &&RevisionId| {
            office.update_of(**revision).is_some_and(|update| estate.approved.contains(&update))
        };
        let offered: Vec<RevisionId> = computer.cached().iter().filter(is_approved).copied().collect();
        let mut details = Traffic::default();
        for revisions in offered.chunks(DETAILS_MAX) {
            let request = details_of(&pass.cookie, revisions);
            let before = details.received;
            let Response::GetExtendedUpdateInfo(_) = office.call(&mut connection, &request, &mut details)? else {
                bail!("GetExtendedUpdateInfo was answered with something else");
            };
            seen.push((request, details.received - before));
        }

        let seconds = started.elapsed().as_secs_f64();
        let cpu_seconds = server.process.cpu_seconds()? - cpu_before;
        let step = |(request, answer_bytes): (Request, usize)| {
            let cookie = cookie_of(&request).context("a request has no cookie")?.clone();
            anyhow::Ok(Step { request: Template::new(office, seal, &cookie, &request)?, answer_bytes })
        };
        Ok(Self {
            steps: seen.into_iter().map(step).collect::<anyhow::Result<_>>()?,
            software_trips: software.trips,
            told: computer.knows() + pass.cached.len(),
            sent: software.sent + drivers.sent + details.sent,
            received: software.received + drivers.received + details.received,
            seconds,
            cpu_seconds,
        })
    }
}

fn details_of(cookie: &Cookie, revisions: &[RevisionId]) -> Request {
    Request::GetExtendedUpdateInfo(GetExtendedUpdateInfo {
        cookie: Some(cookie.clone()),
        revision_ids: revisions.to_vec(),
        info_types: Some(vec![InfoType::Extended, InfoType::LocalizedProperties]),
        locales: Some(vec!["en-US".to_owned(), "en".to_owned()]),
        geo_id: Some("USA".to_owned()),
        caller_attributes: None,
    })
}

fn cookie_of(request: &Request) -> Option<&Cookie> {
    match request {
        Request::SyncUpdates(request) => request.cookie.as_ref(),
        Request::GetExtendedUpdateInfo(request) => request.cookie.as_ref(),
        _ => None,
    }
}
