-- What is asked of every message of a server below, and of every round, is found without a look at all rows.
CREATE INDEX client_summary_by_time ON client_summary (told_us);
CREATE INDEX client_activity_due ON client_activity (server_id, system, update_id)
    WHERE successes > passed_successes OR failures > passed_failures;
