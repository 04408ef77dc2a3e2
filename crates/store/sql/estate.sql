SELECT incarnation, config_changed_us FROM estate
