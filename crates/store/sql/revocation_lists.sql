-- Every place, without what came from there.
SELECT address, authority_key, authority, again_us, made_us, ends_us, tried_us, failure
FROM revocation_list
ORDER BY address, authority_key
