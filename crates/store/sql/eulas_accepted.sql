SELECT eula_id FROM eula_accepted ORDER BY eula_id
