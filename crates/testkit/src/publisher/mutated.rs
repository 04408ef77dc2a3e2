//! Answers that say what is not so.

use jiff::Timestamp;
use model::{TargetGroupId, UpdateIdentity};
use wire::server::{Action, Deployment, Request, Response, TargetGroup, UpdateData, UpdateDocument};

use super::answers::{Refused, auth_config, invented, packed, update_data};
use super::{Lie, State, shelf};
use crate::documents::update_id;

/// Where a cabinet of one member says how long that is: behind header and folder ("Microsoft Cabinet Format").
const MEMBER_LENGTH_AT: usize = 44;

impl State {
    /// Makes of an answer what the lie wants it to be. Lies about how something is said leave it as it is.
    pub(super) fn mutate(&self, lie: &Lie, request: &Request, answer: Response) -> Result<Response, Refused> {
        Ok(match (lie, answer) {
            (Lie::Refuses(code), _) => return Err((*code, String::new())),
            (Lie::RefusesOver(over), Response::GetUpdateData(updates)) => {
                if updates.updates.iter().any(|update| update.id == *over) {
                    return Err((wire::ErrorCode::InternalServerError, String::new()));
                }
                Response::GetUpdateData(updates)
            }
            (Lie::AuthorizesAt(address), Response::GetAuthConfig(_)) => Response::GetAuthConfig(auth_config(address)),
            (Lie::Invents(number), Response::GetRevisionIdList(mut list)) => {
                list.new_revisions.extend((0..*number).map(invented));
                Response::GetRevisionIdList(list)
            }
            (Lie::GoesBack, Response::GetRevisionIdList(mut list)) => {
                list.anchor = shelf::anchor(0);
                Response::GetRevisionIdList(list)
            }
            (Lie::WithoutKeys, Response::GetUpdateDecryptionData(mut updates)) => {
                for file in updates.iter_mut().flat_map(|update| &mut update.files) {
                    file.decryption_key = None;
                }
                Response::GetUpdateDecryptionData(updates)
            }
            (Lie::NoGroups, Response::GetDeployments(mut told)) => {
                told.groups.clear();
                Response::GetDeployments(told)
            }
            (Lie::OrphanGroup, Response::GetDeployments(mut told)) => {
                told.groups.push(TargetGroup {
                    id: group("orphan"),
                    parent: Some(group("nobody")),
                    name: "Orphans".to_owned(),
                    is_builtin: false,
                });
                Response::GetDeployments(told)
            }
            (Lie::DeploysNowhere(update), Response::GetDeployments(mut told)) => {
                told.deployments.push(deployment(*update, group("nobody")));
                Response::GetDeployments(told)
            }
            (_, Response::GetUpdateData(mut updates)) => {
                self.mutate_documents(lie, request, &mut updates.updates);
                Response::GetUpdateData(updates)
            }
            (_, answer) => answer,
        })
    }

    fn mutate_documents(&self, lie: &Lie, request: &Request, updates: &mut Vec<UpdateData>) {
        let find = |updates: &mut [UpdateData], wanted| updates.iter().position(|update| update.id == wanted);
        match lie {
            Lie::OneAtATime => updates.truncate(1),
            Lie::SendsOthers => {
                let Request::GetUpdateData(asked) = request else { return };
                let asked = asked.update_ids.as_deref().unwrap_or_default();
                *updates = self.shelf.other_than(asked).map(update_data).into_iter().collect();
            }
            Lie::Swaps(wanted) => {
                let other = self.shelf.other_than(&[*wanted]).map(update_data);
                if let (Some(place), Some(other)) = (find(updates, *wanted), other) {
                    updates[place].document = other.document;
                }
            }
            Lie::HalfACabinet(wanted) => self.recut(updates, *wanted, |cabinet| cabinet.truncate(cabinet.len() / 2)),
            Lie::SwollenCabinet(wanted) => self.recut(updates, *wanted, |cabinet| {
                if let Some(length) = cabinet.get_mut(MEMBER_LENGTH_AT..MEMBER_LENGTH_AT + 4) {
                    length.copy_from_slice(&0x7fff_ffff_u32.to_le_bytes());
                }
            }),
            _ => {}
        }
    }

    /// Sends a document as a cabinet, and that changed.
    fn recut(&self, updates: &mut [UpdateData], wanted: UpdateIdentity, change: impl Fn(&mut Vec<u8>)) {
        let Some(text) = self.shelf.find(wanted).map(|published| &published.document) else { return };
        for update in updates.iter_mut().filter(|update| update.id == wanted) {
            let mut cabinet = packed(text.trim_start_matches(|letter| letter != '<'));
            change(&mut cabinet);
            update.document = UpdateDocument::Cabinet(cabinet.into());
        }
    }
}

fn group(name: &str) -> TargetGroupId {
    TargetGroupId(update_id(&format!("group {name}")).0)
}

fn deployment(update: UpdateIdentity, target_group_id: TargetGroupId) -> Deployment {
    Deployment {
        update,
        action: Action::Install,
        admin_name: "nobody".to_owned(),
        deadline: None,
        is_assigned: true,
        go_live_time: Timestamp::UNIX_EPOCH,
        deployment_guid: update_id(&format!("deployment of {update}")).0,
        target_group_id,
        download_priority: 1,
    }
}
