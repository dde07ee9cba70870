"""Durable runs over the database of the cases: the runs themselves, and who takes over from the dead."""
