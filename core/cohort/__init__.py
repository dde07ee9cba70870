"""Many cases at once: a measured row for each, the table of them, and what the rows say together."""
