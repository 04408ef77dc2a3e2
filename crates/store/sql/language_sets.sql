SELECT set_no, tags FROM language_set
