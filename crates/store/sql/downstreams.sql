SELECT server_id, name, label, parent, state, first_seen_us, last_contact_us, last_sync_us, last_rollup_us, version,
    is_replica, summary
FROM downstream_server
ORDER BY name, server_id
