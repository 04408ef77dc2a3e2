use std::collections::{HashMap, HashSet};

use metadata::{ExtendedFragment, Handler, LocalizedProperties, RebootBehavior};
use model::{ContentFile, RevisionId, Sha1, UpdateIdentity};
use wire::client::{Cookie, GetExtendedUpdateInfo, GetFileLocations, InfoType};
use wire::{Fault, Request, Response};

use super::offer::Payload;
use super::{Agent, AgentError, Finding, stock};

/// What the server says about offered revisions beyond their core fragments.
#[derive(Default)]
struct Details {
    extended: HashMap<RevisionId, ExtendedFragment>,
    titles: HashMap<RevisionId, String>,
    locations: HashMap<Sha1, String>,
    out_of_scope: HashSet<RevisionId>,
}

impl Agent {
    /// Asks for the properties, texts, files and addresses of what is offered.
    ///
    /// A file without an address, or an extended fragment that does not come, is a finding, and nothing at all
    /// is offered then: that is what a stock client does (native-behaviour §2.5).
    ///
    /// # Errors
    /// [`AgentError`].
    pub async fn prepare(&mut self) -> Result<(), AgentError> {
        let details = self.details().await?;
        let mut findings = Vec::new();
        self.offers.retain(|offer| !details.out_of_scope.contains(&offer.revision));
        for offer in &mut self.offers {
            offer.title = details.titles.get(&offer.revision).cloned();
            for payload in &mut offer.payloads {
                details.complete(payload, &mut findings);
            }
        }
        if findings.iter().any(Finding::silences) {
            self.offers.clear();
        }
        findings.into_iter().for_each(|finding| self.summary.find(finding));
        Ok(())
    }

    /// Asks again where the files of what is offered are; without any, nothing is asked.
    pub(super) async fn locate(&mut self, cookie: Cookie) -> Result<Result<(), Fault>, AgentError> {
        let payloads = self.offers.iter().flat_map(|offer| &offer.payloads);
        let digests: Vec<Sha1> = payloads.flat_map(|payload| &payload.files).map(|(file, _)| file.sha1).collect();
        if digests.is_empty() {
            return Ok(Ok(()));
        }
        let request = GetFileLocations { cookie: Some(cookie), file_digests: Some(digests) };
        match self.call(&Request::GetFileLocations(request)).await? {
            Ok(Response::GetFileLocations(results)) => {
                self.session.keep_cookie(results.new_cookie);
                let places: HashMap<Sha1, String> =
                    results.file_locations.into_iter().map(|place| (place.file_digest, place.url)).collect();
                let payloads = self.offers.iter_mut().flat_map(|offer| &mut offer.payloads);
                for (file, url) in payloads.flat_map(|payload| &mut payload.files) {
                    if let Some(place) = places.get(&file.sha1) {
                        url.clone_from(place);
                    }
                }
                Ok(Ok(()))
            }
            Ok(_) => Err(AgentError::OtherAnswer { method: "GetFileLocations" }),
            Err(fault) => Ok(Err(fault)),
        }
    }

    async fn details(&mut self) -> Result<Details, AgentError> {
        let mut revisions: Vec<UpdateIdentity> = Vec::new();
        for offer in &self.offers {
            revisions.push(offer.identity);
            revisions.extend(offer.payloads.iter().map(|payload| payload.identity));
        }
        revisions.sort_unstable();
        revisions.dedup();
        let mut details = Details::default();
        let maximum = self.extended_updates_max();
        for batch in revisions.chunks(maximum) {
            let make = |agent: &Self, cookie: Cookie| {
                let number = |identity: &UpdateIdentity| Some(agent.cache.by_identity(*identity)?.0);
                Request::GetExtendedUpdateInfo(GetExtendedUpdateInfo {
                    cookie: Some(cookie),
                    revision_ids: batch.iter().filter_map(number).collect(),
                    info_types: Some(vec![InfoType::Extended, InfoType::LocalizedProperties]),
                    locales: Some(vec!["en-US".to_owned(), "en".to_owned()]),
                    geo_id: Some("USA".to_owned()),
                    caller_attributes: Some(stock::CALLER_ATTRIBUTES.to_owned()),
                })
            };
            let Response::GetExtendedUpdateInfo(info) = self.call_with_cookie(make).await? else {
                return Err(AgentError::OtherAnswer { method: "GetExtendedUpdateInfo" });
            };
            details.out_of_scope.extend(info.out_of_scope_revision_ids);
            details.locations.extend(info.file_locations.into_iter().map(|place| (place.file_digest, place.url)));
            for update in info.updates {
                details.read(update.id, &update.xml.to_text())?;
            }
        }
        Ok(details)
    }
}

impl Details {
    /// Fragments are told apart by how they begin, as by stock clients.
    fn read(&mut self, revision: RevisionId, text: &str) -> Result<(), AgentError> {
        let failed = |source| AgentError::Fragment { revision, source };
        if text.starts_with("<ExtendedProperties") {
            self.extended.insert(revision, ExtendedFragment::parse(text).map_err(failed)?);
        } else if text.starts_with("<LocalizedProperties") {
            let localized = LocalizedProperties::parse(text).map_err(failed)?;
            self.titles.entry(revision).or_insert(localized.title);
        }
        Ok(())
    }

    fn complete(&self, payload: &mut Payload, findings: &mut Vec<Finding>) {
        let update = payload.identity;
        let Some(extended) = self.extended.get(&payload.revision) else {
            findings.push(Finding::NoExtended { update });
            return;
        };
        payload.wants_restart = wants_restart(extended);
        payload.files.clear();
        for file in extended.files.iter().map(metadata::File::content_file) {
            match self.locations.get(&file.sha1) {
                Some(url) => payload.files.push((file.clone(), url.clone())),
                None => findings.push(Finding::NoLocation { update, file: file.name.to_string() }),
            }
            self.check_digests(payload, &file, findings);
        }
    }

    fn check_digests(&self, payload: &Payload, file: &ContentFile, findings: &mut Vec<Finding>) {
        if file.sha256.is_none() {
            findings.push(Finding::NoSha256 { update: payload.identity, file: file.name.to_string() });
        }
    }
}

impl Finding {
    /// True for what makes a stock client offer nothing, without a word.
    fn silences(&self) -> bool {
        matches!(self, Self::NoLocation { .. } | Self::NoExtended { .. } | Self::NoSha256 { .. })
    }
}

/// An update that always restarts does; one that says it can does when its installer could ask for it:
/// the servicing stack, or a program with a return code for it.
fn wants_restart(extended: &ExtendedFragment) -> bool {
    let behavior = extended.properties.installation_behavior.as_ref().map(|behavior| &behavior.reboot_behavior);
    match (behavior, &extended.handler) {
        (Some(RebootBehavior::AlwaysRequiresReboot), _) => true,
        (Some(RebootBehavior::CanRequestReboot), Some(Handler::Cbs { .. })) => true,
        (Some(RebootBehavior::CanRequestReboot), Some(Handler::CommandLine(program))) => {
            let codes = program.install.iter().flat_map(|command| &command.return_codes);
            codes.into_iter().any(|code| code.reboot == Some(true))
        }
        _ => false,
    }
}
