-- $1 round that is under way.
SELECT os_major, os_minor, os_build, service_pack, service_pack_minor, locale, suite_mask, old_product_type,
    new_product_type, system_metrics, architecture, a.update_id, max(a.revision_number) AS revision_number,
    CAST(sum(a.successes) AS BIGINT) AS successes, CAST(sum(a.failures) AS BIGINT) AS failures
FROM install_activity a JOIN computer_system s ON s.computer_no = a.computer_no
WHERE a.round < $1
GROUP BY os_major, os_minor, os_build, service_pack, service_pack_minor, locale, suite_mask, old_product_type,
    new_product_type, system_metrics, architecture, a.update_id
