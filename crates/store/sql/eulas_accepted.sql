SELECT eula_id, accepted_us FROM eula_accepted ORDER BY eula_id
