-- $1 generation: those removed after it; $2 generation: and not after that one.
SELECT deployment_id FROM dead_deployment WHERE mark > $1 AND mark <= $2 ORDER BY deployment_id
