//! The statements, one a file in `sql/`, the same text on both engines.

/// A statement by its name, which is that of its file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Statement {
    pub(crate) name: &'static str,
    pub(crate) sql: &'static str,
}

/// Reads the files and lists them, so that a test can prepare each on both engines.
macro_rules! statements {
    ($($constant:ident = $name:literal;)*) => {
        $(pub(crate) const $constant: Statement =
            Statement { name: $name, sql: include_str!(concat!("../sql/", $name, ".sql")) };)*

        #[cfg(test)]
        pub(crate) const ALL: &[Statement] = &[$($constant),*];
    };
}

statements! {
    APPROVALS = "approvals";
    APPROVALS_ADD = "approvals_add";
    APPROVALS_DIE = "approvals_die";
    APPROVALS_IDS_OF_GROUP = "approvals_ids_of_group";
    APPROVALS_IDS_OF_UPDATES = "approvals_ids_of_updates";
    APPROVALS_OF_UPDATES = "approvals_of_updates";
    APPROVALS_REMOVE_IDS = "approvals_remove_ids";
    APPROVALS_SET = "approvals_set";
    BELOW_COUNT = "below_count";
    BELOW_DETAILS = "below_details";
    BELOW_DISBELIEVE = "below_disbelieve";
    BELOW_GROUPS = "below_groups";
    BELOW_KNOWN = "below_known";
    BELOW_NUMBERS = "below_numbers";
    BELOW_SET = "below_set";
    BELOW_SILENT = "below_silent";
    BELOW_STATES = "below_states";
    CATALOG_BODY = "catalog_body";
    CATALOG_SET = "catalog_set";
    CLIENT_ACTIVITIES = "client_activities";
    CLIENT_ACTIVITIES_ADD = "client_activities_add";
    CLIENT_ACTIVITIES_CLEAR = "client_activities_clear";
    CLIENT_ACTIVITIES_COUNT = "client_activities_count";
    CLIENT_ACTIVITIES_DUE = "client_activities_due";
    CLIENT_ACTIVITIES_GROW = "client_activities_grow";
    CLIENT_ACTIVITIES_PASS = "client_activities_pass";
    CLIENT_SUMMARIES = "client_summaries";
    CLIENT_SUMMARIES_CLEAR = "client_summaries_clear";
    CLIENT_SUMMARIES_COUNT = "client_summaries_count";
    CLIENT_SUMMARIES_EXPIRE = "client_summaries_expire";
    CLIENT_SUMMARIES_FORGET = "client_summaries_forget";
    CLIENT_SUMMARIES_SET = "client_summaries_set";
    CLIENT_SYSTEMS = "client_systems";
    CLOCK = "clock";
    COMPUTER_CHANGED = "computer_changed";
    COMPUTER_NUMBER = "computer_number";
    COMPUTER_NUMBERS = "computer_numbers";
    COMPUTER_REGISTERED = "computer_registered";
    COMPUTER_REQUESTING = "computer_requesting";
    COMPUTERS = "computers";
    COMPUTERS_ADD = "computers_add";
    COMPUTERS_CHANGE_ALL = "computers_change_all";
    COMPUTERS_CHANGE_EXPIRE = "computers_change_expire";
    COMPUTERS_CHANGED = "computers_changed";
    COMPUTERS_DISPLACEABLE = "computers_displaceable";
    COMPUTERS_OWN_COUNT = "computers_own_count";
    COMPUTERS_REMOVED = "computers_removed";
    COMPUTERS_REMOVED_ADD = "computers_removed_add";
    COMPUTERS_REMOVED_EXPIRE = "computers_removed_expire";
    COMPUTERS_REPORTED = "computers_reported";
    COMPUTERS_REQUESTING = "computers_requesting";
    COMPUTERS_SEEN = "computers_seen";
    COMPUTERS_SET_REPORTED = "computers_set_reported";
    CONTENT_ALL = "content_all";
    CONTENT_ARRIVE = "content_arrive";
    CONTENT_BY_SHA1 = "content_by_sha1";
    CONTENT_BY_SHA256 = "content_by_sha256";
    CONTENT_COLLECT = "content_collect";
    CONTENT_DISCARD = "content_discard";
    CONTENT_FILES_ADD = "content_files_add";
    CONTENT_FILES_COMPLETE = "content_files_complete";
    CONTENT_GONE = "content_gone";
    CONTENT_JUDGE = "content_judge";
    CONTENT_KEPT_BACK = "content_kept_back";
    CONTENT_MISSING = "content_missing";
    CONTENT_QUARANTINE = "content_quarantine";
    CONTENT_QUESTION = "content_question";
    CONTENT_RELEASE = "content_release";
    CONTENT_RELEASE_REMOVE = "content_release_remove";
    CONTENT_RELEASED = "content_released";
    CONTENT_RENEW = "content_renew";
    CONTENT_REQUEST_ADD = "content_request_add";
    CONTENT_REQUEST_CLEAR = "content_request_clear";
    CONTENT_REQUEST_EXPIRE = "content_request_expire";
    CONTENT_REQUEST_REMOVE = "content_request_remove";
    CONTENT_REQUESTS = "content_requests";
    CONTENT_SET_STATE = "content_set_state";
    CONTENT_STATES = "content_states";
    CONTENT_SUBJECTS = "content_subjects";
    CONTENT_TO_JUDGE = "content_to_judge";
    CONTENT_TURNS = "content_turns";
    CONTENT_TURNS_SET = "content_turns_set";
    CONTENT_VERDICTS = "content_verdicts";
    CONTENT_VERDICTS_EXPIRE = "content_verdicts_expire";
    CONTENT_VERDICTS_SET = "content_verdicts_set";
    COUNTER = "counter";
    COUNTER_ADVANCE = "counter_advance";
    COUNTER_SET = "counter_set";
    CVES_OF_REVISIONS = "cves_of_revisions";
    DEAD_DEPLOYMENTS = "dead_deployments";
    DECLINED = "declined";
    DEPLOYMENTS_FORGET = "deployments_forget";
    DEPLOYMENTS_MAP = "deployments_map";
    DEPLOYMENTS_OF_GUIDS = "deployments_of_guids";
    DOCUMENTS = "documents";
    DOCUMENTS_ADD = "documents_add";
    DOCUMENTS_BY_IDENTITY = "documents_by_identity";
    DOCUMENTS_BYTES = "documents_bytes";
    DOCUMENTS_UNDESCRIBED = "documents_undescribed";
    DOCUMENTS_UNPLACED = "documents_unplaced";
    DOWNSTREAM_ALLOW = "downstream_allow";
    DOWNSTREAM_CONTACT = "downstream_contact";
    DOWNSTREAM_LABEL = "downstream_label";
    DOWNSTREAM_PARENTS = "downstream_parents";
    DOWNSTREAM_REMOVE = "downstream_remove";
    DOWNSTREAM_SEEN = "downstream_seen";
    DOWNSTREAM_STATE = "downstream_state";
    DOWNSTREAMS = "downstreams";
    DOWNSTREAMS_COUNT = "downstreams_count";
    DOWNSTREAMS_TELL = "downstreams_tell";
    DRIVER_SETS = "driver_sets";
    DRIVER_SETS_REMOVE = "driver_sets_remove";
    DRIVER_SETS_SET = "driver_sets_set";
    ESTATE = "estate";
    ESTATE_CREATE = "estate_create";
    ESTATE_TOUCH = "estate_touch";
    EULAS = "eulas";
    EULAS_ACCEPT = "eulas_accept";
    EULAS_ACCEPTED = "eulas_accepted";
    EULAS_KEEP = "eulas_keep";
    EVENTS = "events";
    EVENTS_ADD = "events_add";
    EVENTS_EXPIRE = "events_expire";
    EVENTS_KNOWN = "events_known";
    EXPIRED_UPDATES_ADD = "expired_updates_add";
    FACT_CHANGES_ADD = "fact_changes_add";
    FACT_CHANGES_CLEAR = "fact_changes_clear";
    FACT_CHANGES_SETTLE = "fact_changes_settle";
    FACTS_OF_COMPUTERS = "facts_of_computers";
    FACTS_REMOVE = "facts_remove";
    FACTS_SET = "facts_set";
    FILE_LOCATIONS = "file_locations";
    FILE_LOCATIONS_SET = "file_locations_set";
    FILES_BY_SHA1 = "files_by_sha1";
    FILES_OF_REVISIONS = "files_of_revisions";
    FORGET_COMPUTER = "forget_computer";
    FORGET_EVENT = "forget_event";
    FORGET_FACT = "forget_fact";
    FORGET_FACT_CHANGE = "forget_fact_change";
    FORGET_INSTALL_ACTIVITY = "forget_install_activity";
    FORGET_MEMBERSHIP = "forget_membership";
    FORGET_REGISTRATION = "forget_registration";
    FORGET_REQUESTED_GROUP = "forget_requested_group";
    FORGET_ROLLED_UP = "forget_rolled_up";
    FORGET_SCAN = "forget_scan";
    FRAGMENTS_ADD = "fragments_add";
    FRAGMENTS_CORE = "fragments_core";
    FRAGMENTS_EULA = "fragments_eula";
    FRAGMENTS_EXTENDED = "fragments_extended";
    FRAGMENTS_LOCALIZED = "fragments_localized";
    GROUP_ADD = "group_add";
    GROUP_FOLD = "group_fold";
    GROUP_MOVE = "group_move";
    GROUP_NAME = "group_name";
    GROUP_REMOVE = "group_remove";
    GROUP_REMOVE_MEMBERS = "group_remove_members";
    GROUP_REMOVE_MEMBERS_BELOW = "group_remove_members_below";
    GROUP_RENAME = "group_rename";
    GROUPS = "groups";
    GROUPS_OF_COMPUTERS = "groups_of_computers";
    INSTALL_ACTIVITY_ADD = "install_activity_add";
    INSTALL_ACTIVITY_CLEAR = "install_activity_clear";
    INSTALL_ACTIVITY_DUE = "install_activity_due";
    INSTALL_ACTIVITY_SETTLE = "install_activity_settle";
    KBS_OF_REVISIONS = "kbs_of_revisions";
    KEYS_OF = "keys_of";
    KEYS_SET = "keys_set";
    LANGUAGE_COUNTS = "language_counts";
    LANGUAGE_SET_NUMBERS = "language_set_numbers";
    LANGUAGE_SETS = "language_sets";
    LANGUAGE_SETS_ADD = "language_sets_add";
    LAST_SCAN = "last_scan";
    LATEST_BY_UPDATE = "latest_by_update";
    MEMBERS_OF_GROUP = "members_of_group";
    MEMBERSHIP_ADD = "membership_add";
    MEMBERSHIP_BELOW_ADD = "membership_below_add";
    MEMBERSHIP_BELOW_CLEAR = "membership_below_clear";
    MEMBERSHIP_CLEAR = "membership_clear";
    MEMBERSHIPS = "memberships";
    MEMBERSHIPS_OF = "memberships_of";
    REGISTRATION_SET = "registration_set";
    REQUESTED_GROUPS_ADD = "requested_groups_add";
    REQUESTED_GROUPS_CLEAR = "requested_groups_clear";
    REQUESTS_OF_COMPUTERS = "requests_of_computers";
    REQUESTS_SET = "requests_set";
    REVISION_CVES_ADD = "revision_cves_add";
    REVISION_ENTRIES_ADD = "revision_entries_add";
    REVISION_EULAS_ADD = "revision_eulas_add";
    REVISION_FILES_ADD = "revision_files_add";
    REVISION_FILES_SET_PURPOSE = "revision_files_set_purpose";
    REVISION_KBS_ADD = "revision_kbs_add";
    REVISION_LANGUAGES_ADD = "revision_languages_add";
    REVISIONS_ADD = "revisions_add";
    REVISIONS_BETWEEN = "revisions_between";
    REVISIONS_BY_IDENTITY = "revisions_by_identity";
    REVISIONS_FOR_LANGUAGES = "revisions_for_languages";
    REVISIONS_PLACE = "revisions_place";
    REVISIONS_WITHHELD = "revisions_withheld";
    REVOCATION_LIST_BODIES = "revocation_list_bodies";
    REVOCATION_LIST_FAIL = "revocation_list_fail";
    REVOCATION_LIST_SET = "revocation_list_set";
    REVOCATION_LISTS = "revocation_lists";
    REVOCATION_LISTS_EXPIRE = "revocation_lists_expire";
    REVOCATION_LISTS_WANT = "revocation_lists_want";
    ROLLED_UP_CLEAR = "rolled_up_clear";
    ROLLED_UP_FULL = "rolled_up_full";
    ROLLED_UP_SET = "rolled_up_set";
    ROLLED_UP_STATES = "rolled_up_states";
    ROLLUP_CHANGES = "rollup_changes";
    ROLLUP_DUE = "rollup_due";
    ROLLUP_FACTS = "rollup_facts";
    ROLLUP_PAGE = "rollup_page";
    SCANS_SET = "scans_set";
    SERVER_FIGURES = "server_figures";
    SESSION_KEY_ADD = "session_key_add";
    SESSION_KEYS = "session_keys";
    SESSION_KEYS_RETIRE = "session_keys_retire";
    SETTING = "setting";
    SETTING_SET = "setting_set";
    STAGED_ADD = "staged_add";
    STAGED_CLEAR = "staged_clear";
    STAGED_NAMES = "staged_names";
    STAGED_PAGE = "staged_page";
    STAGED_REMOVE = "staged_remove";
    STATUS_COUNTS = "status_counts";
    STATUS_COUNTS_OF_UPDATES = "status_counts_of_updates";
    STATUS_ROWS = "status_rows";
    STATUS_ROWS_OF_UPDATES = "status_rows_of_updates";
    SYNC_RUN_BEGIN = "sync_run_begin";
    SYNC_RUN_END = "sync_run_end";
    SYNC_RUNS = "sync_runs";
    SYNC_RUNS_CUT = "sync_runs_cut";
    SYNC_RUNS_EXPIRE = "sync_runs_expire";
    UPDATE_NUMBER = "update_number";
    UPDATE_NUMBERS = "update_numbers";
    UPDATES = "updates";
    UPDATES_ADD = "updates_add";
    UPDATES_BY_CVE = "updates_by_cve";
    UPDATES_BY_KB = "updates_by_kb";
    UPDATES_CHOSEN = "updates_chosen";
    UPDATES_DECLINE = "updates_decline";
    UPDATES_OF_FILES = "updates_of_files";
    UPDATES_SET_LATEST = "updates_set_latest";
    UPDATES_UNDECLINE = "updates_undecline";
    UPDATES_UNKNOWN = "updates_unknown";
    UPDATES_WITH_REVISION = "updates_with_revision";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use sqlx::{Executor as _, SqlSafeStr as _};

    use super::*;
    use crate::database::Database;
    use crate::testing::on_both;

    #[tokio::test]
    async fn every_statement_is_prepared_by_both_engines() {
        on_both(async |store| {
            for statement in ALL {
                let sql = statement.sql.into_sql_str();
                let prepared = match &store.database {
                    Database::Sqlite { writer, .. } => writer.prepare(sql).await.map(drop),
                    Database::Postgres(pool) => pool.prepare(sql).await.map(drop),
                };
                if let Err(error) = prepared {
                    panic!("{}: {error}", statement.name);
                }
            }
        })
        .await;
    }

    /// Statements that look through a table as a whole, each for its reason.
    const WHOLE_TABLES: &[&str] = &[
        "approvals",                // All of them are asked for.
        "below_groups",             // Servers below's computers are counted, group by group.
        "below_silent",             // Servers are few; computers by the index of servers.
        "catalog_set",              // The set that it has just put together.
        "client_activities_count",  // Bounded, and counted along the key.
        "client_activities_due",    // Once a round, along the index of what was not passed on.
        "client_summaries",         // Of one server or of all.
        "client_summaries_count",   // Bounded, and counted along the key.
        "client_systems",           // This server's own computers are counted, once a round.
        "computers",                // In order of id, up to the limit.
        "computers_displaceable",   // Asked once for each hundredth of the most that there may be.
        "computers_own_count",      // The same.
        "computers_removed_expire", // Few.
        "computers_requesting",     // All of this server's own are asked for.
        "content_all",              // The same.
        "content_kept_back",        // By an index that has nothing else, up to the limit.
        "content_missing",          // Everything promised is compared with everything here.
        "content_request_clear",    // Few origins, and all wishes of one are meant.
        "content_request_expire",   // Few.
        "content_released",         // Few: a person looked at each.
        "content_requests",         // All of them are asked for.
        "content_verdicts_expire",  // Once an hour.
        "declined",                 // All of them are asked for.
        "downstream_parents",       // Few.
        "downstreams",              // Few.
        "downstreams_count",        // Few.
        "eulas",                    // Updates, by their latest revisions; licences by their key.
        "eulas_accepted",           // All of them are asked for.
        "eulas_keep",               // All of them are compared.
        "events",                   // The latest first, up to the limit.
        "groups",                   // Few.
        "install_activity_due",     // All of them are asked for, once a round.
        "install_activity_settle",  // All of them go, but for the last few.
        "language_counts",          // All of them are counted.
        "language_sets",            // Few.
        "language_sets_add",        // The check of a reference that is never outstanding.
        "memberships",              // All of them are asked for.
        "revocation_list_bodies",   // Few.
        "revocation_lists",         // Few.
        "revocation_lists_expire",  // Few.
        "revisions_withheld",       // All of them, which are few: files that nobody may have.
        "rolled_up_clear",          // All of them go.
        "server_figures",           // Computers and updates; facts by their keys.
        "session_keys",             // Few.
        "session_keys_retire",      // Few.
        "staged_names",             // All of them are asked for.
        "status_counts",            // Computers and updates; facts by their key.
        "status_counts_of_updates", // Computers; facts by their index.
        "status_rows",              // Computers, in order of id, up to the limit; facts by their key.
        "status_rows_of_updates",   // The same.
        "sync_runs",                // The latest first, up to the limit.
        "sync_runs_cut",            // Few.
        "sync_runs_expire",         // Few.
        "updates",                  // Titles have no index.
        "updates_unknown",          // Few are unknown, yet the count has to find them.
    ];

    #[tokio::test]
    async fn no_statement_looks_through_a_table_without_a_reason() {
        let folder = tempfile::tempdir().unwrap();
        let location = crate::Location::Sqlite(folder.path().join("vanne.db"));
        let store = crate::Store::open(&location, crate::testing::at(0)).await.unwrap();
        let Database::Sqlite { writer, .. } = &store.database else { panic!("not SQLite") };
        for statement in ALL {
            let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", statement.sql));
            let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(explain).fetch_all(writer).await.unwrap();
            let steps = plan.into_iter().map(|(_, _, _, step)| step);
            // A set, the one row of `estate`, no table at all, and the check of a reference that is never outstanding.
            let small = ["SCAN json_each", "SCAN estate", "SCAN CONSTANT ROW", "SCAN revision_file"];
            let scans: Vec<String> = steps
                .filter(|step| step.starts_with("SCAN") && !small.iter().any(|small| step.starts_with(small)))
                .collect();
            let expected = WHOLE_TABLES.contains(&statement.name);
            assert_eq!(!scans.is_empty(), expected, "{}: {scans:?}", statement.name);
            let facts = scans.iter().any(|scan| scan.starts_with("SCAN f") && statement.name.starts_with("status"));
            assert!(!facts, "{}: {scans:?}", statement.name);
        }
    }

    #[test]
    fn every_file_is_a_statement() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sql");
        let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        let files: BTreeSet<String> = files.collect();
        let known: BTreeSet<String> = ALL.iter().map(|statement| format!("{}.sql", statement.name)).collect();
        assert_eq!(files, known);
    }
}
