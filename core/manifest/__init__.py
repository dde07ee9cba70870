"""Many cases at once: a table of them (the manifest), their files, and what becomes of each row."""
