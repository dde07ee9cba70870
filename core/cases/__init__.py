"""The case store: everything kept of a case, and the audit trail. `store.open_store` is the way in."""
