DELETE FROM fact_change
