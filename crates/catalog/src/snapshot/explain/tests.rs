use model::{ApprovalAction, RevisionId, TargetGroupId};
use policy::GroupSet;

use super::*;
use crate::source::Source;
use crate::test_catalog::{Made, PILOT, approved, declined, id, rev, source};

fn explain(source: Source, update: u32, installed: Option<&[i32]>) -> Explanation {
    let snapshot = Snapshot::build(source);
    let scope = snapshot.scope(&GroupSet::unassigned());
    let installed: Option<Vec<RevisionId>> = installed.map(|ids| ids.iter().copied().map(rev).collect());
    snapshot.explain(&scope, id(update), installed.as_deref())
}

/// Category 1, detectoids 2 and 3, a bundle 4 that needs them, its member 5.
fn made() -> [Made; 5] {
    [
        Made::category(1),
        Made::detectoid(2),
        Made::detectoid(3),
        Made::software(4).within(1).needs(&[2, 3]).bundles(&[5]).deployable(),
        Made::software(5).needs(&[2]),
    ]
}

fn installed_for_all(update: u32) -> Source {
    approved(source(&made()), update, TargetGroupId::ALL_COMPUTERS, ApprovalAction::Install)
}

/// The steps that stop, are open, or note, as "what: reason".
fn steps(explanation: &Explanation, outcome: Outcome) -> Vec<String> {
    let wanted = explanation.steps.iter().filter(|step| step.outcome == outcome);
    wanted.map(|step| format!("{}: {}", step.what, step.reason)).collect()
}

fn not_sent(explanation: &Explanation) -> &str {
    match &explanation.verdict {
        Verdict::NotSent { reason } => reason,
        other => panic!("it is sent: {other}"),
    }
}

#[test]
fn an_approved_update_with_its_prerequisites_installed_is_offered() {
    let explanation = explain(installed_for_all(4), 4, Some(&[1, 3]));
    assert_eq!(explanation.verdict, Verdict::Offered { action: DeploymentAction::Install, deadline: None });
    assert_eq!(steps(&explanation, Outcome::Stopped), [] as [String; 0]);
    assert_eq!(
        steps(&explanation, Outcome::Note)[1],
        "approved: approval 1, install for group \"All Computers\": this one counts"
    );
    assert_eq!(
        steps(&explanation, Outcome::Note)[0],
        "groups: the computer is in All Computers > Unassigned Computers"
    );
    assert_eq!(explanation.mentions, [id(1), id(3)]);
}

#[test]
fn the_first_missing_prerequisite_is_the_reason() {
    let explanation = explain(installed_for_all(4), 4, Some(&[1]));
    assert_eq!(not_sent(&explanation), format!("the computer does not have one of {}, {}", id(2), id(3)));
    let explanation = explain(installed_for_all(4), 4, Some(&[]));
    assert_eq!(not_sent(&explanation), format!("the computer does not have {}", id(1)));
    assert_eq!(steps(&explanation, Outcome::Stopped).len(), 2, "every missing one is named");
}

#[test]
fn a_prerequisite_this_server_lacks_is_named() {
    let explanation = explain(source(&[Made::software(1).needs(&[77]).deployable()]), 1, Some(&[]));
    assert!(not_sent(&explanation).contains(&id(77).to_string()));
    assert_eq!(explanation.mentions, [id(77)]);
}

#[test]
fn without_a_scan_the_prerequisites_stay_open() {
    let explanation = explain(installed_for_all(4), 4, None);
    assert!(matches!(&explanation.verdict, Verdict::Undetermined { reason } if reason.contains("not scanned yet")));
}

#[test]
fn an_unapproved_update_is_sent_for_evaluation_and_the_approvals_that_do_not_count_are_named() {
    let source = approved(source(&made()), 4, PILOT, ApprovalAction::Install);
    let explanation = explain(source, 4, Some(&[1, 2]));
    let Verdict::Evaluated { action, reason } = &explanation.verdict else { panic!("{explanation}") };
    assert_eq!(*action, DeploymentAction::PreDeploymentCheck);
    assert!(reason.starts_with("no approval counts"));
    assert_eq!(
        steps(&explanation, Outcome::Note)[1],
        "approved: approval 1, install for group \"Pilot\": the computer is not in this group"
    );
}

#[test]
fn an_update_nobody_imported_is_not_known() {
    let explanation = explain(source(&made()), 99, Some(&[]));
    assert_eq!(not_sent(&explanation), "this server has no revision of it; import it first");
    assert_eq!(explanation.revision, None);
}

#[test]
fn a_declined_update_says_so_first() {
    let explanation = explain(declined(installed_for_all(4), &[4]), 4, Some(&[]));
    assert!(not_sent(&explanation).starts_with("it is declined"));
}

#[test]
fn a_declined_category_that_is_needed_is_sent_all_the_same() {
    let explanation = explain(declined(source(&made()), &[1]), 1, Some(&[]));
    assert!(matches!(explanation.verdict, Verdict::Evaluated { action: DeploymentAction::Evaluate, .. }));
    assert!(explanation.to_string().contains(&format!("it is a prerequisite of {}", id(4))));
}

#[test]
fn a_member_of_a_bundle_names_its_bundle_and_what_becomes_of_that() {
    let explanation = explain(installed_for_all(4), 5, Some(&[2]));
    assert!(matches!(explanation.verdict, Verdict::Evaluated { action: DeploymentAction::Bundle, .. }));
    assert!(steps(&explanation, Outcome::Note).contains(&format!("its bundle: {} has action Install", id(4))));
    let explanation = explain(declined(source(&made()), &[4]), 5, Some(&[2]));
    assert!(not_sent(&explanation).ends_with(&id(4).to_string()));
}

#[test]
fn a_superseded_update_names_what_supersedes_it() {
    let made = [Made::software(1).deployable(), Made::software(2).supersedes(1).deployable()];
    let explanation = explain(source(&made), 1, Some(&[]));
    let notes = steps(&explanation, Outcome::Note);
    assert!(notes.iter().any(|note| note.starts_with(&format!("superseded: superseded by {}", id(2)))), "{notes:?}");
}

#[test]
fn whether_a_driver_is_sent_depends_on_the_devices() {
    let explanation = explain(source(&[Made::driver(1, "PCI\\A")]), 1, Some(&[]));
    assert!(matches!(&explanation.verdict, Verdict::Undetermined { reason } if reason.contains("pci\\a")));
}

#[test]
fn long_lists_are_cut() {
    let mut made: Vec<Made> = (1..=36).map(Made::detectoid).collect();
    made.push(Made::software(40).needs(&(1..=36).collect::<Vec<_>>()).deployable());
    let explanation = explain(source(&made), 40, Some(&[]));
    assert!(not_sent(&explanation).ends_with(" and 28 more"));
}

#[test]
fn the_text_has_a_line_for_each_step() {
    let text = explain(installed_for_all(4), 4, Some(&[1])).to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], format!("update {}, revision 1", id(4)));
    assert!(lines[1].starts_with("not offered: the computer does not have one of "));
    assert_eq!(lines[2], "  ok   known: its latest revision 1 has id 4; only that one is offered");
    assert!(lines.iter().any(|line| line.starts_with("  STOP prerequisite: the computer does not have one of ")));
}

#[test]
fn programs_read_it_as_data() {
    let data = serde_json::to_value(explain(installed_for_all(4), 4, Some(&[1]))).unwrap();
    assert_eq!(data["verdict"], "not-sent");
    assert!(data["reason"].as_str().unwrap().starts_with("the computer does not have"));
    assert_eq!(data["steps"][0]["what"], "known");
    assert_eq!(data["steps"][0]["outcome"], "passed");
    let data = serde_json::to_value(explain(installed_for_all(4), 4, Some(&[1, 2]))).unwrap();
    assert_eq!((&data["verdict"], &data["action"]), (&"offered".into(), &"Install".into()));
}
