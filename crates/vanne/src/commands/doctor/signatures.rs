//! Lists of revoked certificates that signers of files name.

use server::admin::api::RevocationListsAnswer;

use super::check::Check;
use crate::administration::Administration;

const NAME: &str = "lists of revoked signers";

/// Whether those are here that are to be; nothing if nobody can say.
pub(super) async fn check(administration: Option<&Administration>) -> Option<Check> {
    let answer: RevocationListsAnswer = administration?.read("/api/v1/signatures/lists", &()).await.ok()?;
    Some(judge(&answer))
}

fn judge(answer: &RevocationListsAnswer) -> Check {
    let missing = answer.lists.iter().filter(|list| !list.is_current).count();
    let (all, current) = (answer.lists.len(), answer.lists.len() - missing);
    let found = format!("{current} of {all} that signers of files name are current");
    match (missing, answer.are_fetched) {
        (0, _) => Check::good(NAME, found),
        (_, true) => {
            let remedy =
                "`vanne trust lists` says which do not come and why; let this server through to their hosts on TCP 80";
            Check::warning(NAME, found, remedy)
        }
        (_, false) => Check::note(
            NAME,
            format!(
                "{found} here by themselves: none are fetched; those of the folder signatures.revocation_lists count beside them"
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use model::{Sha256, Timestamp};
    use server::admin::api::RevocationListPlace;

    use super::super::check::State;
    use super::*;

    #[test]
    fn a_list_that_does_not_come_is_a_warning_where_it_should() {
        let list = |is_current| RevocationListPlace {
            address: "http://lists/a".into(),
            authority: "CA".into(),
            key: Sha256::new([1; 32]),
            is_current,
            made_at: None,
            ends_at: None,
            tried_at: None,
            failure: None,
            again_at: Timestamp::UNIX_EPOCH,
        };
        let judged = |are_fetched, lists| judge(&RevocationListsAnswer { are_fetched, lists }).state;
        assert_eq!(judged(true, vec![]), State::Good);
        assert_eq!(judged(true, vec![list(true)]), State::Good);
        assert_eq!(judged(true, vec![list(true), list(false)]), State::Warning);
        assert_eq!(judged(false, vec![list(true), list(false)]), State::Note);
    }
}
