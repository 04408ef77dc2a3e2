DELETE FROM computer_removed WHERE removed_us < $1
