//! Whether a replica still has the approvals that its upstream's differences are about.
//!
//! GetDeployments tells in full once, and by difference then (MS-WSUSSS 3.1.4.10). Whatever changed here by another way, a
//! restored database, a while as an autonomous server, a hand in the tables, would stay for ever: no difference names it.
//! So a digest of the approvals is kept with the anchor that covers them; when they have another one, all is asked for
//! again. Groups, declines and licences are told in full each time and need none.

use model::{Approval, RevisionId};
use store::StoreError;
use trust::DigestSha256;

use super::settings::Anchors;
use crate::app::App;

/// Why deployments are asked for in full, though there is an anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InFull {
    /// Nothing speaks against asking by difference.
    No,
    /// The approvals here are not those that the upstream told.
    Drifted,
    /// Deployments were told of updates that were not here, and updates are coming: no difference names them again.
    Arriving,
}

/// Whether `anchors` may be relied upon; `is_news` when this synchronisation brings revisions, those that others name among
/// them.
pub(super) async fn in_full(app: &App, anchors: &Anchors, is_news: bool) -> Result<InFull, StoreError> {
    let decided = app.store.catalog_since(RevisionId(i32::MAX), None, |_| ()).await?;
    Ok(match &anchors.approvals {
        Some(told) if *told != digest(&decided.approvals) => InFull::Drifted,
        _ if anchors.unknown > 0 && is_news => InFull::Arriving,
        _ => InFull::No,
    })
}

/// The digest of what is decided, whatever numbers that has here and whenever it was: 64 hexadecimal digits.
pub(super) fn digest(approvals: &[Approval]) -> String {
    let mut approvals: Vec<&Approval> = approvals.iter().collect();
    approvals.sort_unstable_by_key(|approval| (approval.update_id, approval.group));
    let mut digest = DigestSha256::new();
    for Approval { update_id, group, action, deadline, .. } in approvals {
        digest.update(update_id.0.as_bytes());
        digest.update(group.0.as_bytes());
        let deadline = deadline.map_or_else(|| "never".to_owned(), |deadline| deadline.as_microsecond().to_string());
        digest.update(format!("{action} {deadline};").as_bytes());
    }
    digest.finish().0.to_string()
}

#[cfg(test)]
mod tests {
    use model::{ApprovalAction, ChangeMark, DeploymentId, TargetGroupId, Timestamp, UpdateId};
    use uuid::Uuid;

    use super::*;

    fn approval(update: u128) -> Approval {
        Approval {
            id: DeploymentId(1),
            update_id: UpdateId(Uuid::from_u128(update)),
            group: TargetGroupId::ALL_COMPUTERS,
            action: ApprovalAction::Install,
            deadline: None,
            changed_at: Timestamp::UNIX_EPOCH,
            changed: ChangeMark(1),
        }
    }

    #[test]
    fn only_what_is_decided_counts() {
        let told = digest(&[approval(1), approval(2)]);
        let later = Approval { id: DeploymentId(9), changed: ChangeMark(7), ..approval(2) };
        assert_eq!(digest(&[later, approval(1)]), told, "neither order nor numbers nor times");
        let optional = Approval { action: ApprovalAction::Optional, ..approval(2) };
        let due = Approval { deadline: Some(Timestamp::UNIX_EPOCH), ..approval(2) };
        let elsewhere = Approval { group: TargetGroupId::UNASSIGNED_COMPUTERS, ..approval(2) };
        for other in [optional, due, elsewhere, approval(3)] {
            assert_ne!(digest(&[approval(1), other]), told);
        }
        assert_ne!(digest(&[approval(1)]), told);
    }
}
