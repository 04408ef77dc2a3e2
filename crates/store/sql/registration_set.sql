INSERT INTO registration (computer_no, registered_us, os_major, os_minor, os_build, manufacturer, model,
    architecture, body)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (computer_no) DO UPDATE
SET registered_us = excluded.registered_us, os_major = excluded.os_major, os_minor = excluded.os_minor,
    os_build = excluded.os_build, manufacturer = excluded.manufacturer, model = excluded.model,
    architecture = excluded.architecture, body = excluded.body
