-- $1 set of (computer number, time, address, agent, name, protocol major and minor).
-- A computer of a server below that speaks here, later than it last did there, has come here.
UPDATE computer
SET server_id = CASE WHEN seen.at_us > last_contact_us THEN NULL ELSE server_id END,
    rollup_number = CASE WHEN seen.at_us > last_contact_us THEN 0 ELSE rollup_number END,
    last_contact_us = CASE WHEN seen.at_us > last_contact_us THEN seen.at_us ELSE last_contact_us END,
    address = CASE WHEN seen.at_us >= last_contact_us THEN seen.address ELSE computer.address END,
    agent = CASE WHEN seen.at_us >= last_contact_us AND seen.agent <> '' THEN seen.agent ELSE computer.agent END,
    dns_name = coalesce(seen.dns_name, computer.dns_name),
    protocol_major = coalesce(seen.major, protocol_major),
    protocol_minor = coalesce(seen.minor, protocol_minor)
FROM (
    SELECT CAST(value ->> 0 AS INTEGER) AS computer_no, CAST(value ->> 1 AS BIGINT) AS at_us,
        value ->> 2 AS address, value ->> 3 AS agent, value ->> 4 AS dns_name,
        CAST(value ->> 5 AS INTEGER) AS major, CAST(value ->> 6 AS INTEGER) AS minor
    FROM json_each($1)
) AS seen
WHERE computer.computer_no = seen.computer_no
