SELECT os_major, os_minor, os_build, service_pack, service_pack_minor, locale, suite_mask, old_product_type,
    new_product_type, system_metrics, architecture, count(*) AS computers
FROM computer_system
WHERE server_id IS NULL
GROUP BY os_major, os_minor, os_build, service_pack, service_pack_minor, locale, suite_mask, old_product_type,
    new_product_type, system_metrics, architecture
