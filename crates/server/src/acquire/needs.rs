//! What is wanted of content, and what is kept: pure, over what the store says.

use std::collections::{HashMap, HashSet};

use model::{ContentFile, Sha1, Timestamp};
use store::{ContentRequest, ContentRow, ContentState, RequestOrigin};

use crate::config::ContentMode;

/// What anybody may want of content.
#[derive(Debug, Default)]
pub(super) struct Needs {
    /// Files of approved updates, to be installed or offered, as far as they are of use here.
    pub(super) approved: Vec<ContentFile>,
    /// Files of updates with any approval, that to remove them included, as far as they are of use.
    pub(super) decided: HashSet<Sha1>,
    /// Files of use of all updates that are not declined; read in the mode `everything` only.
    pub(super) every: Vec<ContentFile>,
    /// Who asked for files.
    pub(super) requests: Vec<ContentRequest>,
}

impl Needs {
    /// The files that are to be here in `mode`, each once: those that somebody waits for first, the longest waiting first.
    pub(super) fn wanted(&self, mode: ContentMode) -> Vec<&ContentFile> {
        let requests = self.requests.iter().filter(|request| match request.origin {
            RequestOrigin::Client => mode == ContentMode::OnDemand,
            RequestOrigin::Downstream | RequestOrigin::Administrator | RequestOrigin::Archive => true,
        });
        let requests = requests.map(|request| &request.file);
        let (approved, every): (&[_], &[_]) = match mode {
            ContentMode::None => return Vec::new(),
            ContentMode::OnDemand => (&[], &[]),
            ContentMode::OnApproval => (&self.approved, &[]),
            ContentMode::Everything => (&self.approved, &self.every),
        };
        let mut seen = HashSet::new();
        requests.chain(approved).chain(every).filter(|file| seen.insert(file.sha1)).collect()
    }

    /// The held files that nothing needs, in whatever mode.
    ///
    /// What any approval, a request of a server below, of an archive or of the administrator, a request of a computer not
    /// before `asked_since`, or the mode needs, stays; and what was set aside or withheld stays as evidence.
    pub(super) fn removable<'rows>(
        &self,
        mode: ContentMode,
        rows: &'rows [ContentRow],
        asked_since: Timestamp,
    ) -> Vec<&'rows ContentRow> {
        let asked = self
            .requests
            .iter()
            .filter(|request| request.origin != RequestOrigin::Client || request.asked_at >= asked_since);
        let mut kept: HashSet<Sha1> = asked.map(|request| request.file.sha1).collect();
        kept.extend(self.approved.iter().map(|file| file.sha1));
        kept.extend(&self.decided);
        if mode == ContentMode::Everything {
            kept.extend(self.every.iter().map(|file| file.sha1));
        }
        let is_removable = |row: &&ContentRow| matches!(row.state, ContentState::Held | ContentState::Unjudged);
        rows.iter().filter(is_removable).filter(|row| !kept.contains(&row.sha1)).collect()
    }
}

/// Those of `wanted` that are not here as promised, given away or not. `vanished` are not in their place, whatever their rows say.
pub(super) fn missing<'files>(
    wanted: &[&'files ContentFile],
    rows: &[ContentRow],
    vanished: &HashSet<Sha1>,
) -> Vec<&'files ContentFile> {
    let mut here: HashMap<Sha1, Vec<&ContentRow>> = HashMap::new();
    for row in rows.iter().filter(|row| row.state.is_intact() && !vanished.contains(&row.sha1)) {
        here.entry(row.sha1).or_default().push(row);
    }
    let is_as_promised = |file: &ContentFile, row: &ContentRow| {
        row.size == file.size && file.sha256.is_none_or(|sha256| sha256 == row.sha256)
    };
    let is_here =
        |file: &ContentFile| here.get(&file.sha1).is_some_and(|rows| rows.iter().any(|row| is_as_promised(file, row)));
    wanted.iter().copied().filter(|file| !is_here(file)).collect()
}

#[cfg(test)]
mod tests {
    use model::Sha256;
    use proptest::prelude::*;

    use super::*;

    fn file(number: u8) -> ContentFile {
        let name = format!("{number}.cab").parse().unwrap();
        ContentFile { sha1: Sha1::new([number; 20]), sha256: Some(Sha256::new([number; 32])), size: 7, name }
    }

    fn row(number: u8, state: ContentState) -> ContentRow {
        let file = file(number);
        let sha256 = file.sha256.unwrap();
        ContentRow { sha1: file.sha1, sha256, size: file.size, state, changed_at: Timestamp::UNIX_EPOCH }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn request(origin: RequestOrigin, second: i64, number: u8) -> ContentRequest {
        ContentRequest { origin, asked_at: at(second), file: file(number) }
    }

    fn needs() -> Needs {
        Needs {
            approved: vec![file(1), file(2)],
            decided: [file(1), file(2), file(3)].map(|file| file.sha1).into(),
            every: vec![file(1), file(2), file(3), file(4)],
            requests: vec![
                request(RequestOrigin::Client, 1, 5),
                request(RequestOrigin::Downstream, 2, 6),
                request(RequestOrigin::Archive, 3, 2),
            ],
        }
    }

    #[test]
    fn each_mode_wants_its_files_and_those_that_are_waited_for_first() {
        let wanted = |mode| -> Vec<u8> { needs().wanted(mode).iter().map(|file| file.sha1.as_bytes()[0]).collect() };
        assert_eq!(wanted(ContentMode::OnApproval), [6, 2, 1]);
        assert_eq!(wanted(ContentMode::OnDemand), [5, 6, 2]);
        assert_eq!(wanted(ContentMode::Everything), [6, 2, 1, 3, 4]);
        assert!(wanted(ContentMode::None).is_empty());
    }

    #[test]
    fn what_is_set_aside_vanished_or_another_file_is_missing() {
        let wanted = [file(1), file(2), file(3), file(4), file(5)];
        let wanted: Vec<&ContentFile> = wanted.iter().collect();
        let rows = [
            row(1, ContentState::Held),
            row(2, ContentState::Quarantined { reason: "changed".into() }),
            row(3, ContentState::Held),
            ContentRow { size: 8, ..row(4, ContentState::Held) },
            ContentRow { sha256: Sha256::new([0; 32]), ..row(5, ContentState::Held) },
        ];
        let missing = missing(&wanted, &rows, &[file(3).sha1].into());
        assert_eq!(missing, [&file(2), &file(3), &file(4), &file(5)]);
    }

    fn numbers() -> impl Strategy<Value = Vec<u8>> {
        proptest::collection::vec(0..30_u8, 0..12)
    }

    proptest! {
        #[test]
        fn nothing_is_removed_that_anybody_needs_and_nothing_else_stays(
            approved in numbers(),
            decided in numbers(),
            every in numbers(),
            asked in proptest::collection::vec((0..4_usize, 0..20_i64, 0..30_u8), 0..12),
            held in numbers(),
            aside in numbers(),
            mode in 0..4_usize,
        ) {
            const ORIGINS: [RequestOrigin; 4] =
                [RequestOrigin::Client, RequestOrigin::Downstream, RequestOrigin::Administrator, RequestOrigin::Archive];
            let mode = [ContentMode::OnApproval, ContentMode::OnDemand, ContentMode::Everything, ContentMode::None][mode];
            let needs = Needs {
                approved: approved.iter().copied().map(file).collect(),
                decided: decided.iter().map(|number| file(*number).sha1).collect(),
                every: every.iter().copied().map(file).collect(),
                requests: asked.iter().map(|(origin, at, number)| request(ORIGINS[*origin], *at, *number)).collect(),
            };
            let aside_rows = aside.iter().map(|number| row(*number, ContentState::Quarantined { reason: String::new() }));
            let rows: Vec<ContentRow> =
                held.iter().map(|number| row(*number, ContentState::Held)).chain(aside_rows).collect();
            let removed = needs.removable(mode, &rows, at(10));
            for row in &rows {
                let number = row.sha1.as_bytes()[0];
                let is_needed = approved.contains(&number)
                    || decided.contains(&number)
                    || (mode == ContentMode::Everything && every.contains(&number))
                    || asked.iter().any(|(origin, at, asked)| *asked == number && (*origin != 0 || *at >= 10));
                let is_removed = removed.iter().any(|removed| removed == &row);
                prop_assert_eq!(is_removed, row.state == ContentState::Held && !is_needed);
            }
            // What is wanted is never removed and fetched again.
            if mode != ContentMode::OnDemand {
                for file in needs.wanted(mode) {
                    prop_assert!(removed.iter().all(|row| row.sha1 != file.sha1));
                }
            }
        }
    }
}
