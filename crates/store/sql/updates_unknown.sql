SELECT count(*) FROM updates WHERE latest IS NULL
