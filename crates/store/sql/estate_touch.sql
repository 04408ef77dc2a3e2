UPDATE estate SET config_changed_us = $1
