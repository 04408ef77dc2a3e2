-- What came, and from where.
SELECT address, authority_key, authority, list
FROM revocation_list
WHERE list IS NOT NULL
ORDER BY address, authority_key
