DELETE FROM rolled_up
