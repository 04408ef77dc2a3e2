-- $1 incarnation, $2 time. Nothing happens if the estate has its identity already.
INSERT INTO estate (one, incarnation, created_us, config_changed_us)
VALUES (1, $1, $2, $2)
ON CONFLICT (one) DO NOTHING
